"""Compare the output of the command with transcripts, for valid and invalid input.

After an intended change, `pytest --reset-golden` rewrites the transcripts.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.command import MODULE, SCRIPT, answer

TRANSCRIPTS = Path(__file__).parent / "transcripts"
GOOD = sorted((TRANSCRIPTS / "good").glob("*.txt"))
BAD = sorted((TRANSCRIPTS / "bad").glob("*.txt"))


def command_of(transcript: Path) -> str:
    """Return the command on the first line of *transcript*."""
    return transcript.read_text("utf-8").splitlines()[0].removeprefix("$ ")


@pytest.mark.parametrize("transcript", [*GOOD, *BAD], ids=lambda path: path.stem)
def test_output_matches_the_transcript(transcript: Path, reset_golden: bool) -> None:
    """Output, problems and exit status equal the recorded ones."""
    command = command_of(transcript)
    found = answer(command).transcript(command)
    if reset_golden:
        transcript.write_text(found, "utf-8")

    assert transcript.read_text("utf-8") == found


@pytest.mark.parametrize("transcript", GOOD, ids=lambda path: path.stem)
def test_valid_input_prints_a_result(transcript: Path) -> None:
    """The status is 0, and nothing is printed on standard error."""
    lines = transcript.read_text("utf-8").splitlines()

    assert ["--- status 0", "--- out"] == lines[1:3]
    assert "--- err" not in lines


@pytest.mark.parametrize("transcript", BAD, ids=lambda path: path.stem)
def test_invalid_input_prints_problems(transcript: Path) -> None:
    """The status is 2, with all problems on standard error and no traceback."""
    lines = transcript.read_text("utf-8").splitlines()

    assert ["--- status 2", "--- err"] == lines[1:3]
    assert "--- out" not in lines
    assert lines[3:]
    assert not any(line.startswith("Traceback") for line in lines)


def test_ten_megabytes_of_brackets_are_rejected(tmp_path: Path) -> None:
    """Deep nesting in a situation or a policy does not exhaust the stack."""
    deep = tmp_path / "deep.yaml"
    deep.write_text("[" * 10_000_000, "utf-8")
    message = "tests/golden/inputs/message.json"

    for line in (f"consult {deep}", f"consult {message} --policy {deep}"):
        ran = answer(f"boundaryethics {line}")
        assert (2, "") == (ran.status, ran.out)
        assert ran.err.strip()
        assert "Traceback" not in ran.err


@pytest.mark.parametrize("start", [SCRIPT, MODULE], ids=["script", "module"])
@pytest.mark.parametrize(
    "name", ["good/interview", "good/standard-input", "bad/unknown-format"]
)
def test_a_separate_process_prints_the_transcript(
    name: str, start: tuple[str, ...]
) -> None:
    """The script and `python -m boundaryethics` give the recorded output."""
    command = command_of(TRANSCRIPTS / f"{name}.txt")

    assert answer(command) == answer(command, start)


def test_all_engines_print_the_same_output() -> None:
    """The output does not show which engine was used."""
    pytest.importorskip("durable_rules_engine")
    line = "boundaryethics consult examples/step4_message.yaml --format json --engine"

    assert answer(f"{line} reference") == answer(f"{line} durable")
    assert answer(f"{line} reference") == answer(f"{line} columnar")
