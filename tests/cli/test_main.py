"""How the command ends, and what it never prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from boundaryethics.cli import options
from boundaryethics.cli.main import commands, main

SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"
CONSULT = ("consult", "--policy", str(SMALL), "--fact", "contact=message")
COMMAND = (sys.executable, "-m", "boundaryethics")


def ended(*arguments: str) -> int | str | None:
    """The status with which the command ends."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    return exit_.value.code


def test_an_answer_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """A situation that can be answered is answered, with nothing on standard error."""
    assert 0 == ended(*CONSULT)
    told = capsys.readouterr()
    assert told.out.startswith("Suggested order under a small code")
    assert "" == told.err


def test_no_color_code_is_kept_in_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    """Output that is no terminal holds no escape codes."""
    ended(*CONSULT)

    assert "\x1b" not in capsys.readouterr().out


def test_interrupting_ends_with_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is no fault, and is answered by no words."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(options, "consult", interrupt)

    assert 130 == ended(*CONSULT)
    assert ("", "") == capsys.readouterr()


def test_a_reader_that_has_gone_is_no_fault() -> None:
    """`boundaryethics facts | head -1` ends without a complaint."""
    read, write = os.pipe()
    os.close(read)
    command = subprocess.run(
        [*COMMAND, "facts"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)

    assert (141, b"") == (command.returncode, command.stderr)


def test_an_output_that_was_closed_is_no_fault() -> None:
    """A command started with its output closed ends as if nobody listened."""
    command = subprocess.run(
        [*COMMAND, *CONSULT],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.close(1),
        check=False,
    )

    assert (0, b"") == (command.returncode, command.stderr)


def test_a_full_disk_is_told_in_words() -> None:
    """An answer that cannot be written ends with 2 and no traceback."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no full device")
    with full.open("wb") as output:
        command = subprocess.run(
            [*COMMAND, *CONSULT], stdout=output, stderr=subprocess.PIPE, check=False
        )

    assert 2 == command.returncode
    assert command.stderr.startswith(b"the answer cannot be written: ")


def test_a_terminal_without_unicode_gets_an_answer() -> None:
    """What cannot be shown is replaced; the answer is not lost."""
    command = subprocess.run(
        [*COMMAND, *CONSULT[:-1], "contact=me→ssage"],
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )

    assert 2 == command.returncode
    assert b"`me?ssage`" in command.stderr


def test_help_is_quick_and_loads_no_terminal() -> None:
    """Help needs no parser, no numbers, no charts and no colors of a terminal."""
    probe = (
        "import sys\n"
        "from boundaryethics.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit:\n"
        "    heavy = {'altair', 'jsonschema', 'numpy', 'rich', 'scipy', 'yaml'}\n"
        "    print(heavy & set(sys.modules))\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, check=True, text=True
    )

    assert "set()" == told.stdout.splitlines()[-1]


#: Options whose help says what a command does with them.
OWN_WORDS = {"--policy", "--overlay", "--format", "--output"}


def test_an_option_means_the_same_in_every_command() -> None:
    """It has the same help, the same name for its value, and the same type."""
    told: dict[str, set[tuple[str | None, ...]]] = {}
    for name in commands.list_commands(click.Context(commands)):
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option):
                help_ = None if option.opts[0] in OWN_WORDS else option.help
                kind = None if option.opts[0] == "--format" else option.type.name
                said = told.setdefault(option.opts[0], set())
                said.add((help_, option.metavar, kind))

    assert {} == {name: said for name, said in told.items() if len(said) > 1}


def test_the_policy_is_an_option_unless_policies_are_compared() -> None:
    """Only `compare`, `diff` and `agreement` take policies as arguments."""
    having = set()
    for name in commands.list_commands(click.Context(commands)):
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        if any("--policy" in option.opts for option in command.params):
            having.add(name)
    others = {"agreement", "compare", "diff", "effects", "policies"}

    assert having == {*commands.list_commands(click.Context(commands))} - others
