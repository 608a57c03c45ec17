"""Verdicts with a different value of one fact."""

from __future__ import annotations

import pytest

import boundaryethics

STATED = {"contact": "message", "client_status": "active"}


@pytest.mark.parametrize("fact", ["risk_of_harm", "visibility", "contact"])
def test_what_if_equals_consulting_again(fact: str) -> None:
    """`what_if` equals a new consultation for each declared value."""
    verdict = boundaryethics.consult(STATED, engine="reference")
    worlds = verdict.what_if(fact)

    assert list(verdict.policy.vocabulary[fact].values) == list(worlds)
    for value, world in worlds.items():
        assert boundaryethics.consult({**STATED, fact: value}) == world


def test_an_undeclared_fact_is_rejected() -> None:
    """A mistyped fact is a `KeyError`."""
    with pytest.raises(KeyError):
        boundaryethics.consult(STATED).what_if("visibilty")


def test_a_worksheet_is_markdown_by_default() -> None:
    """The other two forms are available by name."""
    verdict = boundaryethics.consult(STATED)

    assert verdict.worksheet() == verdict.worksheet("markdown")
    assert verdict.worksheet("html").startswith("<!DOCTYPE html>")
    with pytest.raises(ValueError, match="unknown worksheet format `pdf`"):
        verdict.worksheet("pdf")
