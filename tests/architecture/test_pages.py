"""Test the versions and the changelog of the pages."""

from __future__ import annotations

import re

import boundaryethics
from architecture.source_tree import ROOT


def test_the_version_is_the_same_everywhere() -> None:
    """The package, the changelog and the citation have the same version."""
    version = boundaryethics.__version__
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    citation = (ROOT / "CITATION.cff").read_text("utf-8")

    assert [version] == re.findall(r"^version: (.+)$", citation, re.MULTILINE)
    assert version == re.findall(r"^## \[(\d.+?)\]", changes, re.MULTILINE)[0]


def test_verdict_changes_come_first_in_the_changelog() -> None:
    """In each version, **Verdict** comes before other types of change."""
    _, *versions = (ROOT / "CHANGELOG.md").read_text("utf-8").split("\n## ")
    types = [re.findall(r"^### (.+)$", version, re.MULTILINE) for version in versions]

    assert [] == [listed for listed in types if "Verdict" in listed[1:]]
