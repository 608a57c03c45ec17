"""Test the interview in the terminal: commands, the end and saved answers."""

from __future__ import annotations

import io
import json
import os
import random
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from boundaryethics import Interview, Verdict, consult, load_policy
from boundaryethics.cli.main import main
from boundaryethics.errors import as_command
from support.terminals import shown_on

SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"
NONE, ELEVATED, IMMINENT = "1", "2", "3"


class Interrupting:
    """Standard input that raises an interrupt after some lines."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text)

    def isatty(self) -> bool:
        """Return false."""
        return False

    def readline(self) -> str:
        """Return the next line or raise an interrupt."""
        if line := self._lines.readline():
            return line
        raise KeyboardInterrupt


class Talk:
    """Runs of the command with lines of input."""

    def __init__(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self._capsys, self._monkeypatch = capsys, monkeypatch
        self.status: int | str | None = None
        self.err = ""

    def __call__(
        self, lines: Sequence[str], *arguments: str, interrupts: bool = False
    ) -> str:
        """Run `boundaryethics interview` and return its output."""
        text = "".join(f"{line}\n" for line in lines)
        person = Interrupting(text) if interrupts else io.StringIO(text)
        self._monkeypatch.setattr(sys, "stdin", person)
        return self.run("interview", *arguments)

    def run(self, *arguments: str) -> str:
        """Run the command and return its output."""
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        self.status = ended.value.code
        shown = self._capsys.readouterr()
        self.err = shown.err
        return shown.out


@pytest.fixture
def talk(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Talk:
    """Return a function that runs the command with lines of input."""
    return Talk(capsys, monkeypatch)


def random_lines(policy: str, seed: int) -> tuple[list[str], Interview]:
    """Answer at random to the end; return the lines and the interview."""
    drawn = random.Random(seed)  # noqa: S311 - nothing is secret
    interview, lines = Interview(load_policy(policy)), list[str]()
    while question := interview.question:
        values = [*dict(question.choices)]
        number = drawn.randrange(len(values) + 1)
        lines.append(str(number + 1))
        interview = interview.answer([*values, None][number])
    return lines, interview


def _printed(verdict: Verdict) -> str:
    """Return the text of *verdict* as the command prints it."""
    with as_command():
        return verdict.text()


@pytest.mark.parametrize("policy", ["apa-2017", "nasw-2021", str(SMALL)])
def test_the_printed_command_gives_the_same_verdict(policy: str, talk: Talk) -> None:
    """An interview ends with the output of `consult` and the equivalent command."""
    for seed in range(2):
        lines, interview = random_lines(policy, seed)
        out = talk(lines, "--policy", policy)
        assert (0, "") == (talk.status, talk.err)
        assert "Settled: " in out
        assert "Not settled" not in out
        assert _printed(interview.verdict) in out
        printed = out.splitlines()[-1].strip()
        program, *words = shlex.split(printed)
        assert "boundaryethics" == program
        assert talk.run(*words) in out


def test_danger_is_shown_immediately(talk: Talk) -> None:
    """The crisis actions come right after the answer, before the order."""
    out = talk([IMMINENT, "done"])
    _, _, after = out.partition("Your answer: 3\n")

    assert after.lstrip().startswith("HARM COULD BE IMMINENT")
    assert after.index("HARM COULD BE IMMINENT") < after.index("Current order:")
    assert after.index("Current order:") < after.index("Question 2")


def test_the_order_is_shown_when_it_changes(talk: Talk) -> None:
    """One line has the current order."""
    out = talk([NONE, "skip", "done"])

    assert "Current order:" not in out
    assert "Current order: 1 " in talk([ELEVATED, "done"])


def test_questions_have_numbers_labels_and_an_unknown_answer(talk: Talk) -> None:
    """A question also has an estimate of how many remain."""
    out = talk([])

    assert "\nQuestion 1, about " in out
    assert "Could the client or anyone else be in danger?" in out
    assert "\n  1. No sign of danger\n" in out
    assert "\n  4. I don't know\n" in out
    assert "risk_of_harm" not in out.partition("To see this result again")[0]


def test_help_explains_the_question_and_the_commands(talk: Talk) -> None:
    """`?` shows the help of the question and all valid input."""
    out = talk(["?", "done"])

    assert "follow your crisis procedure now." in out
    for word in ("skip", "back", "done", "stop"):
        assert f"\n  {word} " in out


def test_invalid_input_repeats_the_question(talk: Talk) -> None:
    """Only listed numbers, values and commands are valid answers."""
    for line in ("", "0", "5", "yes", "-1", "1.5", "9" * 5000, "\x1b[2J"):
        out = talk([line, "done"])
        assert "Type a number from 1 to 4, or ? for help." in out
        assert "\x1b" not in out


def test_values_can_be_typed_by_name(talk: Talk) -> None:
    """A script can use the names of values."""
    assert "--fact risk_of_harm=none" in talk(["None", "DONE"])


def test_back_asks_the_previous_question_again(talk: Talk) -> None:
    """`back` undoes an answer; at the first question it does nothing."""
    out = talk(["back", NONE, "back", ELEVATED, "done"])

    assert "This is the first question." in out
    assert "--fact risk_of_harm=elevated" in out


def test_done_shows_the_current_verdict(talk: Talk) -> None:
    """The verdict can be seen at any question and says that it is not settled."""
    out = talk([ELEVATED, "done"])

    assert "\nNot settled: " in out
    assert _printed(consult({"risk_of_harm": "elevated"})) in out


def test_danger_comes_first_at_the_end(talk: Talk) -> None:
    """After the last answer, the result starts with what to do in danger."""
    out = talk([IMMINENT, "done"]).rpartition("done\n\n")[2]

    assert out.startswith("HARM COULD BE IMMINENT. DO THIS FIRST.\n")
    assert "\nNot settled: " in out


def test_the_end_of_the_input_is_like_done(talk: Talk) -> None:
    """Piped answers may end early."""
    piped, done = talk([ELEVATED]), talk([ELEVATED, "done"])

    assert 0 == talk.status
    assert piped.replace("answer: \n", "answer: done\n") == done


def test_closed_standard_input_counts_as_its_end() -> None:
    """Without standard input, the verdict is based on the stated facts."""
    command = [sys.executable, "-m", "boundaryethics", "interview"]
    found = subprocess.run(
        [*command, "--fact", "contact=message"],
        preexec_fn=lambda: os.close(0),
        capture_output=True,
        check=False,
        text=True,
    )

    assert (0, "") == (found.returncode, found.stderr)
    assert _printed(consult({"contact": "message"})) in found.stdout


def test_a_stopped_interview_can_be_saved_and_resumed(
    talk: Talk, tmp_path: Path
) -> None:
    """The printed command resumes where the interview stopped."""
    file = tmp_path / "my answers.json"
    out = talk([NONE, "skip", "stop", str(file)])
    assert 0 == talk.status
    saved = Interview.from_dict(json.loads(file.read_text("utf-8")))
    assert {"risk_of_harm": "none"} == saved.answers
    assert 1 == len(saved.skipped)

    _, *words = shlex.split(out.splitlines()[-1])
    assert ["interview", "--policy", "apa-2017", str(file)] == words
    again = talk(["done"], *words[1:])
    assert "Questions answered so far: 2." in again
    assert "\nQuestion 3, " in again
    assert "No sign of danger" not in again.partition("Suggested order")[0]


def test_a_resumed_interview_can_be_saved_in_its_own_file(
    talk: Talk, tmp_path: Path
) -> None:
    """The file that the answers were read from can be replaced."""
    file = tmp_path / "answers.json"
    talk([NONE, "stop", str(file)])
    talk(["skip", "stop", str(file)], str(file))

    assert "" == talk.err
    assert 2 == len(json.loads(file.read_text("utf-8"))["steps"])


def test_danger_is_shown_again_when_an_interview_is_resumed(
    talk: Talk, tmp_path: Path
) -> None:
    """The crisis actions come before the next question."""
    file = tmp_path / "answers.json"
    talk([IMMINENT, "stop", str(file)])
    out = talk(["done"], str(file))

    assert out.index("HARM COULD BE IMMINENT") < out.index("Question 2")


def test_nothing_is_saved_without_a_name(
    talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter, or the end of the input, saves nothing."""
    monkeypatch.chdir(tmp_path)
    for lines in ([NONE, "stop", ""], [NONE, "stop"], ["stop"], [NONE, "done"], [NONE]):
        talk(lines)
        assert 0 == talk.status
    assert [] == [*tmp_path.iterdir()]


def test_ctrl_c_offers_to_save(talk: Talk) -> None:
    """The first interrupt stops the interview; a second one ends the command."""
    out = talk([NONE], interrupts=True)

    assert 130 == talk.status
    assert "File to save your answers in" in out
    assert "Traceback" not in talk.err


def test_an_existing_file_is_replaced_only_with_force(
    talk: Talk, tmp_path: Path
) -> None:
    """Without `--force`, the command asks for another name."""
    taken, free = tmp_path / "taken.json", tmp_path / "free.json"
    taken.write_text("mine", "utf-8")
    talk([NONE, "stop", str(taken), str(free)])
    assert "already exists" in talk.err
    assert "mine" == taken.read_text("utf-8")
    assert free.exists()

    talk([NONE, "stop", str(taken)], "--force")
    assert "interview" in json.loads(taken.read_text("utf-8"))


def test_a_failed_save_asks_for_another_file(talk: Talk, tmp_path: Path) -> None:
    """A missing folder is reported, and no answers are lost."""
    free = tmp_path / "free.json"
    talk([NONE, "stop", str(tmp_path / "none" / "a.json"), str(free)])

    assert "cannot be written" in talk.err
    assert free.exists()


def test_stated_facts_are_not_asked(talk: Talk) -> None:
    """`--fact` states facts that are already known."""
    out = talk(["done"], "--fact", "risk_of_harm=none")

    assert "Could the client or anyone" not in out.partition("Suggested")[0]
    assert "--fact risk_of_harm=none" in out


def test_the_printed_commands_name_the_policy_file(talk: Talk, tmp_path: Path) -> None:
    """Both the verdict's command and the resuming command name the policy file."""
    file = tmp_path / "answers.json"
    out = talk(["1", "stop", str(file)], "--policy", str(SMALL))
    _, *words = shlex.split(out.splitlines()[-1])
    talk(["done"], *words[1:])
    assert (0, "") == (talk.status, talk.err)

    talk([], str(file))
    assert 2 == talk.status
    assert "BE906" in talk.err
    talk([], "--policy", "nasw-2021", str(file))
    assert 2 == talk.status
    assert "BE906" in talk.err


@pytest.mark.parametrize(
    "text", ["", "[", "[]", "{}", "[" * 60_000, "secret words", '{"interview": 1}']
)
def test_a_file_without_an_interview_is_refused(
    text: str, talk: Talk, tmp_path: Path
) -> None:
    """The message does not quote the file."""
    file = tmp_path / "answers.json"
    file.write_text(text, "utf-8")
    out = talk([], str(file))

    assert (2, "") == (talk.status, out)
    assert "BE905" in talk.err
    assert "secret" not in talk.err


def test_a_missing_file_is_refused(talk: Talk, tmp_path: Path) -> None:
    """The file must exist and be readable."""
    for file in (tmp_path / "missing.json", tmp_path):
        talk([], str(file))
        assert 2 == talk.status
        assert "BE905" in talk.err


def test_a_stated_fact_overrides_the_file(talk: Talk, tmp_path: Path) -> None:
    """`--fact` replaces an answer or adds one."""
    file = tmp_path / "answers.json"
    talk([NONE, "stop", str(file)])
    facts = ("--fact", "risk_of_harm=elevated", "--fact", "contact=message")
    out = talk(["done"], *facts, str(file))

    assert "--fact risk_of_harm=elevated --fact contact=message" in out


def test_a_changed_policy_is_refused(talk: Talk, tmp_path: Path) -> None:
    """Answers under different rules are not resumed."""
    file = tmp_path / "answers.json"
    data = Interview().answer("none").to_dict() | {"fingerprint": "0"}
    file.write_text(json.dumps(data), "utf-8")
    talk([], str(file))

    assert 2 == talk.status
    assert "BE907" in talk.err


def on_a_terminal(typed: bytes, *arguments: str) -> tuple[int, str]:
    """Run the command on a terminal, type *typed*, and return status and output."""
    pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")
    ours, theirs = pty.openpty()
    command = subprocess.Popen(
        [sys.executable, "-m", "boundaryethics", *arguments],
        env={**os.environ, "TERM": "xterm", "COLUMNS": "80"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    os.write(ours, typed)
    shown = shown_on(ours)
    return command.wait(), shown


def test_the_command_without_arguments_says_how_to_start() -> None:
    """On a terminal, the output names the interview first."""
    status, shown = on_a_terminal(b"")
    lines = shown.splitlines()

    assert 0 == status
    assert len(lines) <= 4
    assert "boundaryethics interview" in lines[1]
    assert any("boundaryethics consult" in line for line in lines)
    assert any("boundaryethics --help" in line for line in lines)


def test_an_interview_on_a_terminal() -> None:
    """Each answer is shown once, and danger is in color."""
    status, shown = on_a_terminal(b"3\ndone\n", "interview")

    assert 0 == status
    assert "\x1b[31m\x1b[1mHARM COULD BE IMMINENT" in shown
    assert "--fact risk_of_harm=imminent" in shown


@pytest.mark.parametrize(
    "options", [(), ("--overlay", "ohio-4757-5"), ("--policy", "nasw-2021+ohio-4757-5")]
)
@pytest.mark.parametrize("lines", [[], [NONE]])
def test_the_command_works_with_overlays_and_with_nothing_known(
    options: tuple[str, ...], lines: list[str], talk: Talk
) -> None:
    """The printed command always runs and names each policy once."""
    out = talk(lines, *options)
    _, *words = shlex.split(out.splitlines()[-1])
    shown = talk.run(*words)

    assert (0, "") == (talk.status, talk.err)
    assert shown in out
