"""Shells complete commands, options, policies, facts, values and files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from boundaryethics.cli.main import commands
from boundaryethics.model.rules import Option
from boundaryethics.policies import policies, shipped_vocabulary
from support.commands import run_here

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
#: Metavars of options that take a policy, a fact or a file to read.
COMPLETED = {"ID|PATH", "FACT", "FACT=VALUE", "FACT=VALUE[,VALUE]", "FILE", "PATH"}
STATUS = shipped_vocabulary()["client_status"]
STATED = [f"client_status={value}" for value in STATUS.all_values]


def completed(line: str, shell: str = "bash") -> list[str]:
    """Return the lines that the command prints to complete *line*.

    The words of *line* are separated by spaces, as Bash separates them.
    """
    words = ["boundaryethics", *line.split(" ")]
    current = words[-1] if shell == "fish" else str(len(words) - 1)
    environment = {
        "_BOUNDARYETHICS_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": "\n".join(words),
        "COMP_CWORD": current,
    }
    ran = run_here([], folder=INPUTS, environment=environment)
    assert (0, b"") == (ran.status, ran.err)
    return [line for line in ran.out.decode().splitlines() if line]


def plain(*values: str) -> list[str]:
    """Return how Bash reads *values*."""
    return [f"plain,{value}" for value in values]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("cons", ["consult"]),
        ("consult --over", ["--overlay"]),
        ("consult --policy na", ["naadac-2021", "nasw-2021"]),
        ("consult --policy = na", ["naadac-2021", "nasw-2021"]),
        ("consult --overlay ohio-", ["ohio-rules"]),
        ("lint cor", ["core"]),
        ("consult --engine ", ["durable", "reference", "columnar"]),
        ("consult --engine r", ["reference"]),
        ("compare apa-2017 ba", ["bacp-2018"]),
        ("agreement apa-2017 nasw-2021 ba", ["bacp-2018"]),
        ("consult --fact client_st", STATED),
        ("consult --fact client_status =", [*STATUS.all_values]),
        ("consult --fact client_status = fo", ["former"]),
        ("consult --fact contact = message --fact caseload = o", ["own"]),
        ("consult --fact = client_status = fo", ["former"]),
        ("consult --fact = client_st", STATED),
        ("consult --fact 'client_status=fo", ["client_status=former"]),
        ("compare a b --where contact = message,fo", ["message,follow"]),
        ("why-not --immutable client_st", ["client_status"]),
        ("why decline --versus ", [*Option]),
        ("why decline-honest", ["decline-honest-answer"]),
        ("consult --proof decline-honest", ["decline-honest-answer"]),
        ("test --format j", ["json"]),
        ("consult --fact no_such_fact = ", []),
    ],
)
def test_the_words_of_a_line_are_completed(line: str, values: list[str]) -> None:
    """In Bash, text after an equals sign is a separate word, except in quotes."""
    assert plain(*values) == completed(line)


def test_facts_and_rules_of_the_named_policy_are_completed() -> None:
    """The default policy is used if the named one cannot be read."""
    with_fact = "plain,federally_assisted_program=yes"

    assert with_fact not in completed("consult --fact fed")
    assert with_fact in completed("consult --policy us-42-cfr-2 --fact fed")
    assert plain("one-role") == completed("why --policy small-code.yaml one-r")
    assert completed("consult --fact cont") == completed(
        "consult --policy missing.yaml --fact cont"
    )


def test_file_paths_are_left_to_the_shell() -> None:
    """The shell itself completes paths."""
    assert ["file,small"] == completed("consult small")
    assert ["file,small"] == completed("consult --policy small")
    assert ["file,"] == completed("rank ")


def test_labels_describe_values() -> None:
    """Zsh and fish show labels; fish also shows labels with commas."""
    former = ["plain", "client_status=former", "A former client"]
    active = "plain,client_status=active\tYes, a current client"

    assert former == completed("consult --fact client_status=fo", "zsh")
    assert active == completed("consult --fact client_status=ac", "fish")[0]
    source = run_here(
        [], folder=INPUTS, environment={"_BOUNDARYETHICS_COMPLETE": "fish_source"}
    )
    assert b'string split --max 1 ","' in source.out


def test_every_policy_fact_and_file_parameter_is_completed() -> None:
    """This applies to every command."""
    context = click.Context(commands)
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        assert command is not None
        inner = click.Context(command)
        inner.params = {}
        for one in command.params:
            if isinstance(one, click.Argument) or one.metavar in COMPLETED:
                assert one.shell_complete(inner, ""), (name, one.name)


def test_policies_are_not_read_to_complete_their_ids() -> None:
    """Reading all policies would take seconds."""
    assert {f"plain,{id}" for id in policies()} == {*completed("verify --policy ")}


@pytest.mark.skipif(not shutil.which("bash"), reason="needs Bash")
def test_bash_accepts_the_script() -> None:
    """The script defines a function that calls the command for each line."""
    script = """
        eval "$(_BOUNDARYETHICS_COMPLETE=bash_source boundaryethics 2>/dev/null)"
        COMP_WORDS=(boundaryethics consult --fact client_status = f) COMP_CWORD=5
        _boundaryethics_completion boundaryethics
        echo "${COMPREPLY[@]}"
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "--norc", "-c", script],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ("former\n", "") == (ran.stdout, ran.stderr)
