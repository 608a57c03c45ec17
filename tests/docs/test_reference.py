"""Test that the reference pages are complete and correct."""

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
    """Return the first column of the tables of *page*."""
    text = (REFERENCE / page).read_text("utf-8")
    return {
        name for cell in _FIRST_CELL.findall(text) for name in _QUOTED.findall(cell)
    }


def test_the_vocabulary_is_the_shipped_one() -> None:
    """Each shipped fact has a row with its question and its values in order."""
    text = (REFERENCE / "vocabulary.md").read_text("utf-8")
    told = {
        Fact(name=name, question=ask, values=tuple(_QUOTED.findall(values)))
        for name, ask, values in _FACT_ROW.findall(text)
    }

    assert set(boundaryethics.load_policy("apa-2017").vocabulary.facts) == told


def test_every_key_of_the_json_is_documented() -> None:
    """The JSON page names each key of a verdict, an option and a step."""
    verdict = boundaryethics.consult({"contact": "message", "client_status": "active"})
    told = verdict.to_dict()
    keys = {*told, *told["options"]["decline"], *told["comparisons"][0]}

    assert set() == keys - first_cells("json.md")


def test_every_public_name_is_documented() -> None:
    """The Python page names each public name."""
    text = (REFERENCE / "python.md").read_text("utf-8")

    assert set() == set(boundaryethics.__all__) - set(re.findall(r"\w+", text))


def test_the_example_of_the_package_docstring_runs() -> None:
    """The example in the package docstring prints its output."""
    assert 0 == doctest.testmod(boundaryethics).failed


def test_every_command_is_documented() -> None:
    """The page of the commands has a section for each."""
    text = (REFERENCE / "command.md").read_text("utf-8")
    told = set(re.findall(r"^## ([\w-]+)$", text, re.MULTILINE))

    assert set() == set(commands.list_commands(click.Context(commands))) - told


def test_the_list_of_problems_is_the_table() -> None:
    """The page of problems is the output of its script."""
    script = REFERENCE / "write_problems.py"
    check = subprocess.run([sys.executable, script, "--check"], check=False)

    assert 0 == check.returncode
