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
    """The command at the head of *transcript*."""
    return transcript.read_text("utf-8").splitlines()[0].removeprefix("$ ")


@pytest.mark.parametrize("transcript", [*GOOD, *BAD], ids=lambda path: path.stem)
def test_the_command_prints_its_transcript(
    transcript: Path, reset_golden: bool
) -> None:
    """Output, problems and status are those that were agreed on."""
    command = command_of(transcript)
    told = answer(command).told(command)
    if reset_golden:
        transcript.write_text(told, "utf-8")

    assert transcript.read_text("utf-8") == told


@pytest.mark.parametrize("transcript", GOOD, ids=lambda path: path.stem)
def test_good_input_is_answered(transcript: Path) -> None:
    """Status 0, an answer, and nothing on standard error."""
    told = transcript.read_text("utf-8").splitlines()

    assert ["--- status 0", "--- out"] == told[1:3]
    assert "--- err" not in told


@pytest.mark.parametrize("transcript", BAD, ids=lambda path: path.stem)
def test_bad_input_is_refused(transcript: Path) -> None:
    """Status 2, every problem on standard error, no answer and no traceback."""
    told = transcript.read_text("utf-8").splitlines()

    assert ["--- status 2", "--- err"] == told[1:3]
    assert "--- out" not in told
    assert told[3:]
    assert not any(line.startswith("Traceback") for line in told)


def test_ten_megabytes_of_brackets_are_refused(tmp_path: Path) -> None:
    """Depth exhausts no stack, in a situation or in a policy."""
    deep = tmp_path / "deep.yaml"
    deep.write_text("[" * 10_000_000, "utf-8")
    message = "tests/golden/inputs/message.json"

    for line in (f"consult {deep}", f"consult {message} --policy {deep}"):
        told = answer(f"boundaryethics {line}")
        assert (2, "") == (told.status, told.out)
        assert told.err.strip()
        assert "Traceback" not in told.err


@pytest.mark.parametrize("start", [SCRIPT, MODULE], ids=["script", "module"])
@pytest.mark.parametrize(
    "name", ["good/interview", "good/standard-input", "bad/unknown-format"]
)
def test_a_process_prints_the_same(name: str, start: tuple[str, ...]) -> None:
    """So do the script and `python -m boundaryethics`, each in a process of its own."""
    command = command_of(TRANSCRIPTS / f"{name}.txt")

    assert answer(command) == answer(command, start)


def test_all_engines_print_the_same() -> None:
    """Which engine answers cannot be told from the answer."""
    pytest.importorskip("durable_rules_engine")
    line = "boundaryethics consult examples/step4_message.yaml --format json --engine"

    assert answer(f"{line} reference") == answer(f"{line} durable")
    assert answer(f"{line} reference") == answer(f"{line} columnar")
