"""Test the help of the commands, and the suggestions for mistyped names."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from boundaryethics.cli.main import commands, main

CONTEXT = click.Context(commands)
NAMES = commands.list_commands(CONTEXT)


def command(name: str) -> click.Command:
    """Return the command of that name."""
    found = commands.get_command(CONTEXT, name)
    assert found is not None
    return found


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Run the command and return its status and output."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    result = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, result.out + result.err


def test_each_command_has_one_line_in_the_help(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No summary is truncated or wrapped in 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    _, text = printed(capsys, "--help")
    lines = dict(re.findall(r"^  ([a-z][a-z-]+) {2,}([A-Z].*\.)$", text, re.MULTILINE))

    assert NAMES == list(lines)
    for name, summary in lines.items():
        assert summary == (command(name).help or "").partition("\n")[0]
    assert "..." not in text.partition("\n")[2]


def test_commands_are_grouped_with_the_first_to_use(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The help has three sections and names the command to start with."""
    _, text = printed(capsys, "--help")
    titles = re.findall(r"^(\S.*):$", text, re.MULTILINE)

    assert ["Options", "One situation", "Policies", "Studies"] == titles
    assert "consult" == NAMES[0]
    assert "Start with `boundaryethics interview`" in text


@pytest.mark.parametrize("name", NAMES)
def test_every_option_has_help(name: str) -> None:
    """Each help is full sentences; repeatable options say that they can be repeated."""
    for option in command(name).params:
        if isinstance(option, click.Option):
            assert re.match(r"[A-Z/].*[.\]]$", option.help or ""), option.name
            single = option.name == "policy"
            repeated = option.multiple and not single
            assert repeated == ("Repeatable" in (option.help or "")) or (
                option.name == "named"
            ), option.name


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("consul", "consult"),
        ("ask", "interview"),
        ("interactive", "interview"),
        ("run", "consult"),
        ("what-if", "counterfactuals"),
        ("flips", "counterfactuals"),
        ("questions", "open-questions"),
        ("batch", "rank"),
        ("because", "why"),
    ],
)
def test_an_unknown_command_suggests_the_nearest(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names with a similar spelling, and synonyms, are suggested."""
    status, text = printed(capsys, typed, "x")

    assert 2 == status
    assert f"unknown command `{typed}`; did you mean `{meant}`?" in text


def test_a_help_command_refers_to_the_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """`boundaryethics help` says how to see the help."""
    status, text = printed(capsys, "help")

    assert 2 == status
    assert "unknown command `help`; use `boundaryethics --help`" in text


def test_a_dissimilar_command_has_no_suggestion(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A sentence is not a command."""
    status, text = printed(capsys, "May I say yes?")

    assert 2 == status
    assert text.endswith("Error: unknown command `May I say yes?`\n")


SINGLE = [
    name
    for name in NAMES
    if any(parameter.name == "policy" for parameter in command(name).params)
]


@pytest.mark.parametrize("name", SINGLE)
def test_a_second_policy_is_an_error(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that uses one policy does not silently ignore another."""
    needed = ["x" for one in command(name).params if isinstance(one, click.Argument)]
    twice = ("--policy", "apa-2017", "--policy", "aca-2014")
    status, text = printed(capsys, name, *needed, *twice)

    assert 2 == status
    assert "Invalid value for '--policy': give one policy, not 2" in text


def test_a_policy_is_found_by_the_start_of_its_id(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The year can be missing, and case does not matter."""
    for typed, meant in (("NAADAC", "naadac-2021"), ("apa", "apa-2017")):
        status, text = printed(capsys, "consult", "--policy", typed, "--fact", "a=b")

        assert 2 == status
        assert f"did you mean `{meant}`?" in text


@pytest.mark.parametrize("arguments", ["consult", "why decline", "worksheet"])
def test_an_example_is_shown_if_no_fact_is_stated(
    arguments: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example can be run as it is."""
    status, text = printed(capsys, *arguments.split())
    (example,) = re.findall(r"^  boundaryethics (.*)$", text, re.MULTILINE)

    assert 2 == status
    assert "state facts with --fact" in text
    assert 0 == printed(capsys, *shlex.split(example))[0]
