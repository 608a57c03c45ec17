"""Options that describe the file of `--over`."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaryethics.cli.main import main

EXPORT = "contact;status;weight\nmessage;active;1,5\nfollow;former;2\n-9;active;0,5\n"
HOW = ["--separator", ";", "--decimal", ",", "--column", "client_status=status"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Return an export with semicolons, decimal commas and a code for unknown."""
    made = tmp_path / "clients.csv"
    made.write_text(EXPORT, encoding="utf-8")
    return str(made)


@pytest.mark.parametrize(
    "command",
    [
        ["compare", "apa-2017", "nasw-2021"],
        ["agreement", "apa-2017", "nasw-2021"],
        ["sensitivity", "--policy", "apa-2017"],
    ],
    ids=lambda command: command[0],
)
def test_an_exported_table_can_be_a_population(
    command: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The options are those of other tables, and errors name them."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--over", file, *HOW, "--na", "-9"])
    assert not ended.value.code
    over = "the 3 rows of `clients.csv`, weighted by `weight` (sum 4)"
    assert over in capsys.readouterr().out

    with pytest.raises(SystemExit) as ended:
        main([*command, "--over", file])
    assert ended.value.code
    assert "--separator" in capsys.readouterr().err


def test_a_sweep_reads_an_export(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a table, options describe the file of --over, and errors name them."""
    command = ["sweep", "--policy", "apa-2017", "--family", "methods", "--over", file]
    with pytest.raises(SystemExit) as ended:
        main([*command, *HOW, "--na", "-9", "--workers", "1"])
    assert not ended.value.code
    assert "the 3 rows of `clients.csv`, weighted" in capsys.readouterr().out

    for table in ([], ["--table", file]):
        with pytest.raises(SystemExit) as ended:
            main([*command, *table])
        text = capsys.readouterr().err
        assert ended.value.code
        assert "`--separator ';'`" in text
        assert "Reading(" not in text
        assert ("these options describe the table" in text) == bool(table)


def test_the_options_need_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Table options without `--over FILE` are an error."""
    with pytest.raises(SystemExit):
        main(["agreement", "--over", "known", "--na", "x"])
    assert "need --over FILE" in capsys.readouterr().err


def test_the_column_of_weights_can_be_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Weights can be in a column with another name."""
    made = tmp_path / "clients.csv"
    made.write_text(EXPORT.replace("weight", "cases"), encoding="utf-8")
    command = ["compare", "apa-2017", "nasw-2021", "--over", str(made), *HOW]
    with pytest.raises(SystemExit) as ended:
        main([*command, "--na", "-9", "--column", "weight=cases"])

    assert not ended.value.code
    assert "weighted by `cases` (sum 4)" in capsys.readouterr().out
