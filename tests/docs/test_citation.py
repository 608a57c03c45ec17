"""CITATION.cff follows Citation File Format 1.2.0 and agrees with the project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

from boundaryethics.provenance import VERSION

ROOT = Path(__file__).parents[2]
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
#: The keys of the schema of version 1.2.0, and those that it requires.
KEYS = {
    *("abstract", "authors", "cff-version", "commit", "contact", "date-released"),
    *("doi", "identifiers", "keywords", "license", "license-url", "message"),
    *("preferred-citation", "references", "repository", "repository-artifact"),
    *("repository-code", "title", "type", "url", "version"),
}
REQUIRED = {"authors", "cff-version", "message", "title"}


def test_the_file_follows_the_schema() -> None:
    """Keys and types are those of the schema; the authors are an entity."""
    assert REQUIRED <= CITATION.keys() <= KEYS
    assert "1.2.0" == CITATION["cff-version"]
    assert "software" == CITATION["type"]
    assert [{"name": "The boundaryethics authors"}] == CITATION["authors"]
    keywords = CITATION["keywords"]
    assert len(keywords) == len(set(keywords))
    assert all(isinstance(word, str) for word in keywords)


def test_the_file_agrees_with_the_project() -> None:
    """Version, license, title, abstract and authors are those of the project."""
    assert VERSION == CITATION["version"]
    assert PROJECT["license"] == CITATION["license"]
    assert PROJECT["name"] == CITATION["title"]
    assert set(PROJECT["keywords"]) <= set(CITATION["keywords"])
    assert PROJECT["urls"]["Documentation"] == CITATION["url"]
    assert PROJECT["urls"]["Source"] == CITATION["repository-code"]
    (author,) = CITATION["authors"]
    assert [author] == PROJECT["authors"]
    assert author["name"] in (ROOT / "LICENSE").read_text("utf-8")


def test_the_date_is_that_of_the_release() -> None:
    """A version with a date in the changelog has the same date here."""
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heading = rf"^## \[{re.escape(VERSION)}\](?: - (\d{{4}}-\d{{2}}-\d{{2}}))?$"
    (released,) = re.findall(heading, changes, re.MULTILINE)

    assert released == str(CITATION.get("date-released", ""))
