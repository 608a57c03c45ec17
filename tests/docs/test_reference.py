"""Test that the reference pages are complete and correct."""

from __future__ import annotations

import doctest
import re
import subprocess
import sys
from inspect import isfunction
from pathlib import Path

import click
import pytest

import boundaryethics
from boundaryethics.analysis.lint import LINTS
from boundaryethics.cli.main import commands
from boundaryethics.model.facts import Fact
from boundaryethics.policies import shipped_vocabulary

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
LINT_PAGES = REFERENCE.parent / "lints"

_FIRST_CELL = re.compile(r"^\| (`.+?`) \|", re.MULTILINE)
_QUOTED = re.compile(r"`([^`]+)`")


def first_cells(page: str) -> set[str]:
    """Return the first column of the tables of *page*."""
    text = (REFERENCE / page).read_text("utf-8")
    return {
        name for cell in _FIRST_CELL.findall(text) for name in _QUOTED.findall(cell)
    }


def _row(fact: Fact) -> str:
    """Return the row of *fact* in the table of its group."""
    help = f" *{fact.help}*" if fact.help else ""
    asked = f" {fact.question}{help} " if fact.question else " "
    labeled = "<br>".join(f"`{value}`: {label}" for value, label in fact.labels)
    values = labeled or ", ".join(f"`{value}`" for value in fact.values)
    return f"| `{fact.name}` |{asked}| {values} |"


def test_the_vocabulary_page_matches_the_vocabulary() -> None:
    """Each group has its facts in order, with question, help, values and labels."""
    text = (REFERENCE / "vocabulary.md").read_text("utf-8")
    lines = [line for line in text.splitlines() if line.startswith(("## ", "| `"))]
    expected = [
        line
        for group, facts in shipped_vocabulary().by_group
        for line in (f"## {group and group.title}", *map(_row, facts))
    ]

    assert expected == lines[: len(expected)]


def test_every_key_of_the_json_is_documented() -> None:
    """The JSON page names each key of a verdict, an option and a step."""
    verdict = boundaryethics.consult({"contact": "message", "client_status": "active"})
    data = verdict.to_dict()
    keys = {*data, *data["options"]["decline"], *data["comparisons"][0]}

    assert set() == keys - first_cells("json.md")


def test_every_public_name_is_documented() -> None:
    """The page of the Python API has each name as code, and each function's call."""
    text = (REFERENCE / "python.md").read_text("utf-8")
    plain = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    code = _QUOTED.findall(plain)
    shown = {word for one in code for word in re.findall(r"\w+", one)}
    called = {word for one in code for word in re.findall(r"(\w+)\(", one)}
    modules = (boundaryethics, boundaryethics.charts, boundaryethics.render)
    public = {
        name: getattr(module, name) for module in modules for name in module.__all__
    }
    # `render` has the outputs of a verdict, as functions with short names.
    functions = {
        name
        for name in boundaryethics.__all__ + boundaryethics.charts.__all__
        if isfunction(public[name])
    }

    assert set() == public.keys() - shown
    assert set() == functions - called


def test_the_page_of_the_python_api_names_nothing_else() -> None:
    """The table of types lists only public types, below their modules."""
    text = (REFERENCE / "python.md").read_text("utf-8")
    table = text[text.index("## All public names") :]
    rows = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", table, re.MULTILINE)
    listed = {(home, name) for home, names in rows for name in _QUOTED.findall(names)}

    assert 100 < len(listed)
    for home, name in listed:
        assert home == boundaryethics._HOMES[name]  # noqa: SLF001


def test_the_example_in_the_package_docstring_runs() -> None:
    """The example prints the output that the docstring shows."""
    assert 0 == doctest.testmod(boundaryethics).failed


def test_every_command_is_documented() -> None:
    """The page of commands has a section for each command."""
    text = (REFERENCE / "command.md").read_text("utf-8")
    shown = set(re.findall(r"^## ([\w-]+)$", text, re.MULTILINE))

    assert set() == set(commands.list_commands(click.Context(commands))) - shown


@pytest.mark.parametrize("script", ["error_codes.py", "json_keys.py"])
def test_generated_reference_pages_are_up_to_date(script: str) -> None:
    """The pages of error codes and of JSON keys match the output of their scripts."""
    path = REFERENCE.parent / script
    check = subprocess.run([sys.executable, path, "--check"], check=False)

    assert 0 == check.returncode


def test_each_lint_warning_has_a_page() -> None:
    """The file has the name of the warning, and the title has its code."""
    pages = {path.stem for path in LINT_PAGES.glob("*.md")}

    assert {"index", *LINTS.values()} == pages
    for code, name in LINTS.items():
        text = (LINT_PAGES / f"{name}.md").read_text("utf-8")
        assert text.startswith(f"# {code}: ")


def test_pages_install_extras_consistently() -> None:
    """Users install extras by package name, and developers from the source."""
    root = REFERENCE.parents[1]
    users, developers = set[str](), set[str]()
    for page in (root / "README.md", *(root / "docs").rglob("*.md")):
        text = page.read_text("utf-8")
        users |= set(re.findall(r"pip install .*?'boundaryethics\[(.+?)\]'", text))
        developers |= set(re.findall(r"pip install .*?'\.\[(.+?)\]'", text))

    assert {"mcp", "notebook", "frames", "stats", "plots"} <= users
    assert {"app,test", "bench", "dev", "durable"} == developers
