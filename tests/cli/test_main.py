"""Test the exit status of the command, and its output."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import IO

import click
import pytest

import boundaryethics
from boundaryethics.__pyinstaller import hook_folders
from boundaryethics.cli import options
from boundaryethics.cli.main import commands, main

PROJECT = tomllib.loads(
    (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
)
SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"
CONSULT = ("consult", "--policy", str(SMALL), "--fact", "contact=message")
COMMAND = (sys.executable, "-m", "boundaryethics")


def ended(*arguments: str) -> int | str | None:
    """Run the command and return its exit status."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    return exit_.value.code


def test_success_ends_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    """A valid situation gets an answer, and standard error is empty."""
    assert 0 == ended(*CONSULT)
    result = capsys.readouterr()
    assert result.out.startswith("Suggested order under a small code")
    assert "" == result.err


CAUTION = "If anyone may be in danger, follow your crisis procedure first.\n\n"


@pytest.mark.parametrize(
    "wrong",
    [
        ("--fact", "contact=mesage"),
        ("--fact=risk_of_harm=imminent", "--fact", "contact"),
        ("--policy", "nope"),
        ("--nope",),
        ("missing.yaml",),
    ],
)
@pytest.mark.parametrize("command", [("consult",), ("why", "decline"), ("interview",)])
def test_an_error_about_a_situation_begins_with_danger(
    command: tuple[str, ...],
    wrong: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A mistake does not hide what to do first, whatever the facts state."""
    assert 2 == ended(*command, *wrong)
    assert capsys.readouterr().err.startswith(CAUTION)


def test_an_error_about_a_policy_does_not_mention_danger(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Commands for authors and researchers are not about a person."""
    assert 2 == ended("lint", "--policy", "nope")
    assert "crisis procedure" not in capsys.readouterr().err


def test_output_to_a_file_has_no_color_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Output to a file has no escape codes."""
    ended(*CONSULT)

    assert "\x1b" not in capsys.readouterr().out


def test_an_interrupt_ends_with_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C ends the command without a message."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(options, "consult", interrupt)

    assert 130 == ended(*CONSULT)
    assert ("", "") == capsys.readouterr()


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
@pytest.mark.parametrize("name", ["consult", "worksheet"])
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP"])
def test_a_terminated_command_leaves_no_partial_file(
    name: str,
    number: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Every command removes its temporary file, and then restores the handlers."""
    target = tmp_path / "out.md"
    target.write_text("precious")
    sent = signal.Signals[number]
    monkeypatch.setattr(os, "fsync", lambda _: signal.raise_signal(sent))
    written = ("--output", str(target), "--force")

    assert 128 + sent == ended(name, *CONSULT[1:], *written)
    assert ("", "") == capsys.readouterr()
    assert "precious" == target.read_text()
    assert [target] == [*tmp_path.iterdir()]
    assert signal.SIG_DFL == signal.getsignal(sent)


#: Interrupts the command when it first looks for a module.
INTERRUPTED = """
import signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
@pytest.mark.parametrize("way", ["module", "script"])
@pytest.mark.parametrize(
    "module",
    [
        *("attrs", "boundaryethics.policies.loader", "boundaryethics.cli"),
        *("click", "boundaryethics.cli.situation"),
    ],
)
def test_an_interrupt_at_the_start_causes_no_traceback(
    module: str, way: str, tmp_path: Path
) -> None:
    """Ctrl-C ends the command with 130 while its modules are imported."""
    given = INTERRUPTED.format(module=module)
    (tmp_path / "sitecustomize.py").write_text(given, "utf-8")
    script = tmp_path / "boundaryethics"
    home, _, name = PROJECT["project"]["scripts"]["boundaryethics"].partition(":")
    script.write_text(f"import sys\nfrom {home} import {name}\nsys.exit({name}())\n")
    started = COMMAND if way == "module" else (sys.executable, str(script))
    paths = [str(tmp_path), str(Path(boundaryethics.__file__).parents[1])]
    command = subprocess.run(
        [*started, *CONSULT],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
    )

    assert (130, b"", b"") == (command.returncode, command.stdout, command.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
def test_an_interrupted_import_of_the_library_raises(tmp_path: Path) -> None:
    """A program that imports the library handles Ctrl-C itself."""
    (tmp_path / "own.py").write_text(
        INTERRUPTED.format(module="boundaryethics.policies.loader")
        + "try: import boundaryethics\nexcept KeyboardInterrupt: print('caught')\n"
    )
    program = subprocess.run(
        [sys.executable, str(tmp_path / "own.py")], capture_output=True, check=True
    )

    assert b"caught\n" == program.stdout


def test_a_closed_pipe_causes_no_error() -> None:
    """`boundaryethics facts | head -1` ends without an error."""
    read, write = os.pipe()
    os.close(read)
    command = subprocess.run(
        [*COMMAND, "facts"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)

    assert (141, b"") == (command.returncode, command.stderr)


def test_a_closed_output_is_reported_without_a_traceback() -> None:
    """The command ends with status 2. The verdict is lost, but not what comes first."""
    command = subprocess.run(
        [*COMMAND, *CONSULT],
        stderr=subprocess.PIPE,
        preexec_fn=lambda: os.close(1),
        check=False,
    )

    closed = f"{CAUTION}cannot write the output: it is closed\n".encode()
    assert (2, closed) == (command.returncode, command.stderr)


def test_a_full_disk_is_reported_without_a_traceback(full_disk: IO[bytes]) -> None:
    """The command ends with status 2."""
    command = subprocess.run(
        [*COMMAND, *CONSULT], stdout=full_disk, stderr=subprocess.PIPE, check=False
    )

    assert 2 == command.returncode
    expected = f"{CAUTION}cannot write the output: "
    assert command.stderr.startswith(expected.encode())


@pytest.mark.parametrize(
    "arguments",
    [
        ("consult", "nope"),
        ("consult", "--nope"),
        (*CONSULT, "--fact", "risk_of_harm=imminent", "--nope"),
    ],
)
def test_a_full_disk_for_errors_ends_with_2(
    arguments: tuple[str, ...], full_disk: IO[bytes]
) -> None:
    """An error that cannot be printed is no failed check, which has status 1."""
    for output in (subprocess.PIPE, full_disk):
        command = subprocess.run(
            [*COMMAND, *arguments], stdout=output, stderr=full_disk, check=False
        )

        assert 2 == command.returncode
        assert not command.stdout


def test_a_terminal_without_unicode_gets_an_answer() -> None:
    """Characters that the terminal lacks are replaced."""
    command = subprocess.run(
        [*COMMAND, "facts", "--policy", "me→ssage"],
        env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )

    assert 2 == command.returncode
    assert b"`me->ssage`" in command.stderr


def test_help_imports_only_what_it_needs() -> None:
    """Help does not import the parser, NumPy or charts."""
    probe = (
        "import sys\n"
        "from boundaryethics.cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit:\n"
        "    heavy = {'altair', 'jsonschema', 'numpy', 'scipy', 'yaml'}\n"
        "    print(heavy & set(sys.modules))\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, check=True, text=True
    )

    assert "set()" == result.stdout.splitlines()[-1]


#: Options whose help depends on the command.
OWN_WORDS = {"--policy", "--output", "--fact"}
#: `panel` and `fit` read two files, so these can be given twice there.
TWICE = {
    *("--separator", "--decimal", "--encoding"),
    *("--sheet", "--header-row", "--skip-rows"),
}


def test_an_option_means_the_same_in_every_command() -> None:
    """An option has the same help, value name and type in each command."""
    result: dict[str, set[tuple[str | None, ...]]] = {}
    for name in commands.list_commands(click.Context(commands)):
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option):
                help_ = None if option.opts[0] in OWN_WORDS | TWICE else option.help
                kind = None if option.opts[0] == "--format" else option.type.name
                said = result.setdefault(option.opts[0], set())
                said.add((help_, option.metavar, kind))

    assert {} == {name: said for name, said in result.items() if len(said) > 1}


def test_the_policy_is_an_option_unless_policies_are_compared() -> None:
    """Commands that compare policies take them as arguments."""
    having = set()
    for name in commands.list_commands(click.Context(commands)):
        command = commands.get_command(click.Context(commands), name)
        assert command is not None
        if any("--policy" in option.opts for option in command.params):
            having.add(name)
    others = {"agreement", "compare", "diff", "effects", "policies", "vignettes"}

    assert having == {*commands.list_commands(click.Context(commands))} - others


def test_a_bundle_supports_worker_processes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a frozen bundle, worker processes must not run the command again."""
    called = []
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr("multiprocessing.freeze_support", lambda: called.append(1))

    assert 0 == ended("--version")
    assert [1] == called
    assert capsys.readouterr().out.startswith("boundaryethics ")


def test_pyinstaller_finds_its_hook() -> None:
    """The hook is in the folder that the entry point names."""
    (folder,) = hook_folders()

    assert Path(folder, "hook-boundaryethics.py").is_file()


def test_each_missing_argument_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """The error says what to give for each required argument and option."""
    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command
        needed = [one for one in command.params if one.required]
        options = [one for one in needed if isinstance(one, click.Option)]
        arguments = [one for one in needed if one not in options]
        for number, missing in enumerate([*arguments, *options]):
            given = ["x"] * min(number, len(arguments))
            if missing in arguments:
                given += [word for one in options for word in (one.opts[0], "x")]
            assert 2 == ended(name, *given)
            err = capsys.readouterr().err
            assert "Missing " in err
            assert "\nGive " in err


@pytest.mark.parametrize("command", ["why", "why-not"])
def test_a_file_instead_of_a_target_is_reported(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The error shows the right order of the arguments."""
    for words in (["facts.yaml"], ["facts.yaml", "leave"], ["--", "facts.yaml", "-"]):
        assert 2 == ended(command, *words)
        err = capsys.readouterr().err
        assert "`facts.yaml` is a file, but TARGET must be" in err
        first = "leave" if "leave" in words else "decline"
        assert f"boundaryethics {command} {first} facts.yaml\n" in err


def test_a_policy_instead_of_cases_is_reported(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The error names the option for a policy."""
    assert 2 == ended("test", "apa-2017")
    assert "use `--policy apa-2017`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("contact=message", "give `contact`, without a value"),
        ("He wrote = x", "give only the name of the fact, without a value"),
    ],
)
def test_a_value_of_a_constant_fact_is_reported(
    text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fact is held constant whatever its value is; free text is not repeated."""
    asked = ("counterfactuals", "--fact", "contact=message", "--immutable", text)
    assert 2 == ended(*asked)
    assert said in (err := capsys.readouterr().err)
    assert "He wrote" not in err
