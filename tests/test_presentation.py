"""A verdict that was consulted shows itself in every form."""

from __future__ import annotations

import pytest

import boundaryethics
from boundaryethics import analysis, render
from boundaryethics.errors import PolicyError

VERDICT = boundaryethics.consult({"contact": "message", "client_status": "active"})


def test_a_verdict_shows_itself_as_it_is_rendered() -> None:
    """The methods of a verdict give what the functions of `render` give."""
    assert render.text(VERDICT) == str(VERDICT)
    assert render.markdown(VERDICT) == VERDICT.to_markdown()
    assert render.html(VERDICT) == VERDICT._repr_html_()
    assert render.as_dict(VERDICT) == VERDICT.to_dict()


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_its_worksheet_has_the_prompts_that_are_shipped(form: str) -> None:
    """What to reflect on is not left out."""
    assert "To reflect on" in VERDICT.worksheet(form)
    assert "To reflect on" not in render.worksheet(VERDICT, form)


def test_an_abstract_policy_is_not_consulted() -> None:
    """It is only there to be extended."""
    with pytest.raises(PolicyError) as caught:
        boundaryethics.consult({}, boundaryethics.load_policy("core"))

    assert ["BE306"] == [problem.code for problem in caught.value.problems]


def test_questions_that_settle_the_first_place_alone_are_told() -> None:
    """What is open, the ways that it can end, and what matters only with others."""
    told = str(analysis.open_questions({"contact": "message"}, "apa-2017"))

    assert told.startswith("Now: ")
    assert " ways" in told
