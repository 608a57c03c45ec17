"""Test `consult --record` and `replay`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from boundaryethics import consult
from boundaryethics.cli.main import main

SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"


def status(*arguments: str) -> object:
    """Run the command and return its status."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


@pytest.mark.parametrize("policy", ["apa-2017", str(SMALL)])
def test_a_record_can_be_replayed(policy: str, tmp_path: Path) -> None:
    """A record has its time, is not overwritten, and replays without changes."""
    file = tmp_path / "record.json"
    asked = ["consult", "--fact", "contact=message", "--policy", policy]
    save = [*asked, "--record", str(file)]
    assert 0 == status(*save)
    record = json.loads(file.read_text("utf-8"))

    assert datetime.fromisoformat(record["time"]).utcoffset() is not None
    assert (policy == str(SMALL)) == ("policy_text" in record)
    assert 2 == status(*save)
    assert 0 == status(*save, "--force")
    assert 0 == status("replay", str(file))


def test_a_change_is_shown_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With another policy, the status is 1 and the changes are listed."""
    file = tmp_path / "record.json"
    file.write_text(json.dumps(consult({"contact": "message"}).record()), "utf-8")

    assert 1 == status("replay", str(file), "--policy", "nasw-2021", "--format", "json")
    assert "policy" in json.loads(capsys.readouterr().out)["changed"]


@pytest.mark.parametrize("text", ["{", "[]", "root:x:0:0", "\xff", "[" * 100_000])
def test_a_file_without_a_record_is_refused(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the file or the mistake, and quotes nothing."""
    file = tmp_path / "record.json"
    file.write_bytes(text.encode("latin-1"))

    assert 2 == status("replay", str(file))
    said = capsys.readouterr()
    assert "BE91" in said.err
    assert ":0:0" not in said.err
    assert "" == said.out


def test_a_missing_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A missing record is reported as not found."""
    assert 2 == status("replay", "nowhere.json")
    assert "file not found: `nowhere.json`" in capsys.readouterr().err
