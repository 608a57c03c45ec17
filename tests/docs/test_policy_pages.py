"""Test the script that writes the policy pages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the script with *arguments*."""
    script = str(DOCS / "policy_pages.py")
    command = [sys.executable, script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, text=True)


def texts(folder: Path) -> dict[str, str]:
    """Return the pages in *folder* by name."""
    return {page.name: page.read_text("utf-8") for page in folder.glob("*.md")}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Write the pages once."""
    folder = tmp_path_factory.mktemp("pages")
    assert 0 == run(folder).returncode
    return texts(folder)


def test_the_pages_match_the_policies(written: dict[str, str]) -> None:
    """The script writes the pages in the docs, one per policy."""
    assert texts(DOCS / "policies") == written


def test_check_names_outdated_pages(tmp_path: Path) -> None:
    """`--check` names pages that differ or are missing, and writes nothing."""
    (tmp_path / "core.md").write_text("something else", "utf-8")
    checked = run("--check", tmp_path)
    found = checked.stderr.splitlines()

    assert 1 == checked.returncode
    assert (
        f"{tmp_path / 'core.md'} is out of date: run `python docs/policy_pages.py`"
        in found
    )
    assert (
        f"{tmp_path / 'apa-2017.md'} is out of date: run `python docs/policy_pages.py`"
        in found
    )
    assert ["core.md"] == [page.name for page in tmp_path.iterdir()]
    assert "something else" == (tmp_path / "core.md").read_text("utf-8")


def test_each_kind_of_effect_is_described(written: dict[str, str]) -> None:
    """Each kind of effect has its own wording."""
    pages = "\n".join(written.values())

    for phrase in (
        "- Then: Concludes “encounter”.",
        "opposes ignore (moderate)",
        "- Then: Forbids ignore; forbids leave.",
        "advises “seek supervision”",
        "- Then: Offers “reach through agency” for the draft.",
    ):
        assert phrase in pages
