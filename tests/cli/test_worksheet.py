"""Test where `worksheet` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaryethics.cli.main import main

STATED = ("--fact", "contact=message", "--fact", "client_status=active")


def status(*arguments: str) -> object:
    """Run `worksheet` and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main(["worksheet", *STATED, *arguments])
    return ended.value.code


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("text", "Supervision worksheet\n==="),
        ("markdown", "# Supervision worksheet\n"),
        ("html", "<!DOCTYPE html>\n"),
    ],
)
def test_each_format_can_be_printed(
    capsys: pytest.CaptureFixture[str], form: str, head: str
) -> None:
    """Standard output gets the requested format."""
    assert 0 == status("--format", form)
    assert capsys.readouterr().out.startswith(head)


def test_a_file_is_written_and_nothing_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """`--output` gets the whole worksheet."""
    file = tmp_path / "sheet.html"

    assert 0 == status("--format", "html", "--output", str(file))
    assert file.read_text("utf-8").rstrip().endswith("</html>")
    assert ("", "") == capsys.readouterr()


def test_a_file_is_overwritten_only_with_force(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A second worksheet does not replace notes in the first."""
    file = tmp_path / "sheet.txt"
    file.write_text("notes", "utf-8")

    assert 2 == status("--output", str(file))
    assert "notes" == file.read_text("utf-8")
    assert "--force" in capsys.readouterr().err
    assert 0 == status("--output", str(file), "--force")
    assert "Supervision worksheet" in file.read_text("utf-8")


def test_a_missing_folder_is_reported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A file that cannot be written ends with status 2 and the reason."""
    assert 2 == status("--output", str(tmp_path / "nowhere" / "sheet.txt"))
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["worksheet", "consult"])
@pytest.mark.parametrize(
    ("name", "head"),
    [("a.html", "<!DOCTYPE"), ("a.MD", "#"), ("a.txt", "S"), ("a", "S")],
)
def test_the_extension_of_the_file_gives_the_format(
    command: str, name: str, head: str, tmp_path: Path
) -> None:
    """A page that is saved as `.html` opens in a browser."""
    file = tmp_path / name
    with pytest.raises(SystemExit) as ended:
        main([command, *STATED, "--output", str(file)])

    assert 0 == ended.value.code
    assert file.read_text("utf-8").startswith(head)


@pytest.mark.parametrize("name", ["a.pdf", "a.json"])
def test_an_unknown_extension_is_refused_without_a_format(
    name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A text file is not named like a PDF by mistake."""
    file = tmp_path / name

    assert 2 == status("--output", str(file))
    assert "unsupported file type" in capsys.readouterr().err
    assert not file.exists()
    assert 0 == status("--output", str(file), "--format", "text")
