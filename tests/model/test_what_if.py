"""What a verdict would be, were a fact otherwise."""

from __future__ import annotations

import pytest

import boundaryethics

STATED = {"contact": "message", "client_status": "active"}


@pytest.mark.parametrize("fact", ["risk_of_harm", "visibility", "contact"])
def test_each_value_gives_the_verdict_that_consulting_gives(fact: str) -> None:
    """For every declared value, known now or not, the same as asking anew."""
    verdict = boundaryethics.consult(STATED, engine="reference")
    worlds = verdict.what_if(fact)

    assert list(verdict.policy.vocabulary[fact].values) == list(worlds)
    for value, world in worlds.items():
        assert boundaryethics.consult({**STATED, fact: value}) == world


def test_a_fact_that_is_not_declared_is_refused() -> None:
    """There is no what-if of a mistyped fact."""
    with pytest.raises(KeyError):
        boundaryethics.consult(STATED).what_if("visibilty")


def test_a_worksheet_is_markdown_unless_another_form_is_asked_for() -> None:
    """The three forms come from the verdict itself."""
    verdict = boundaryethics.consult(STATED)

    assert verdict.worksheet() == verdict.worksheet("markdown")
    assert verdict.worksheet("html").startswith("<!DOCTYPE html>")
    with pytest.raises(ValueError, match="has no form `pdf`"):
        verdict.worksheet("pdf")
