"""Test the links, versions and changelog of the pages."""

from __future__ import annotations

import re

import boundaryethics
from architecture.source_tree import ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)")


def test_links_lead_to_files() -> None:
    """Each link to a file of the repository leads to an existing file."""
    dead = {
        f"{page.relative_to(ROOT)}: {link}"
        for page in PAGES
        for link in _LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    }

    assert set() == dead


def test_every_page_can_be_reached() -> None:
    """Links from the README lead to every page, or to its folder."""
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page not in PAGES:
            continue
        reached.add(page)
        links = _LINK.findall(page.read_text("utf-8"))
        for target in ((page.parent / link).resolve() for link in links):
            waiting += target.glob("*.md") if target.is_dir() else [target]

    assert set() == {
        str(page.relative_to(ROOT)) for page in PAGES if page not in reached
    }


def test_the_version_is_the_same_everywhere() -> None:
    """The package, the changelog and the citation have the same version."""
    version = boundaryethics.__version__
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    citation = (ROOT / "CITATION.cff").read_text("utf-8")

    assert [version] == re.findall(r"^version: (.+)$", citation, re.MULTILINE)
    assert version == re.findall(r"^## \[(\d.+?)\]", changes, re.MULTILINE)[0]


def test_changes_of_verdicts_come_first() -> None:
    """In each version, **Verdict** comes before other types of change."""
    _, *versions = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")
    types = [re.findall(r"^### (.+)$", version, re.MULTILINE) for version in versions]

    assert [] == [listed for listed in types if "Verdict" in listed[1:]]
