"""The reference pages leave nothing out, and name nothing that is not there."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from pathlib import Path

import click

import boundaryethics
from boundaryethics.cli.main import commands
from boundaryethics.model.facts import Fact

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"

_FACT_ROW = re.compile(r"^\| `(\w+)` \| (.*?) ?\| (.+?) \|$", re.MULTILINE)
_FIRST_CELL = re.compile(r"^\| (`.+?`) \|", re.MULTILINE)
_QUOTED = re.compile(r"`([^`]+)`")


def first_cells(page: str) -> set[str]:
    """What the tables of *page* name in their first column."""
    text = (REFERENCE / page).read_text("utf-8")
    return {
        name for cell in _FIRST_CELL.findall(text) for name in _QUOTED.findall(cell)
    }


def test_the_vocabulary_is_the_shipped_one() -> None:
    """Each shipped fact has its row, with its question and its values in order."""
    text = (REFERENCE / "vocabulary.md").read_text("utf-8")
    told = {
        Fact(name=name, question=ask, values=tuple(_QUOTED.findall(values)))
        for name, ask, values in _FACT_ROW.findall(text)
    }

    assert set(boundaryethics.load_policy("apa-2017").vocabulary.facts) == told


def test_every_key_of_the_json_is_told() -> None:
    """The page of the JSON names each key of a verdict, an option and a step."""
    verdict = boundaryethics.consult({"contact": "message", "client_status": "active"})
    told = verdict.to_dict()
    keys = {*told, *told["options"]["decline"], *told["comparisons"][0]}

    assert set() == keys - first_cells("json.md")


def test_every_public_name_is_told() -> None:
    """The page of the Python names each public name."""
    text = (REFERENCE / "python.md").read_text("utf-8")

    assert set() == set(boundaryethics.__all__) - set(re.findall(r"\w+", text))


def test_the_front_door_shows_what_happens() -> None:
    """The example in the package's own docstring runs."""
    assert 0 == doctest.testmod(boundaryethics).failed


def test_every_command_is_told() -> None:
    """The page of the command has a section for each."""
    text = (REFERENCE / "command.md").read_text("utf-8")
    told = set(re.findall(r"^## ([\w-]+)$", text, re.MULTILINE))

    assert set() == set(commands.list_commands(click.Context(commands))) - told


def test_the_list_of_problems_is_the_table() -> None:
    """The page of problems is the one that its script writes."""
    script = REFERENCE / "write_problems.py"
    check = subprocess.run([sys.executable, script, "--check"], check=False)

    assert 0 == check.returncode
