"""A verdict from `consult` can be shown in every format."""

from __future__ import annotations

import pytest

import boundaryethics
from boundaryethics import analysis, render
from boundaryethics.errors import PolicyError
from boundaryethics.policies import load_situation
from boundaryethics.render.unknown import find_open_facts

VERDICT = boundaryethics.consult({"contact": "message", "client_status": "active"})


def test_methods_of_a_verdict_equal_the_render_functions() -> None:
    """Each method returns the same as the function in `render`."""
    assert render.text(VERDICT) == str(VERDICT)
    assert render.text(VERDICT, 60, full=True) == VERDICT.text(60, full=True)
    assert render.markdown(VERDICT) == VERDICT.to_markdown()
    assert render.markdown(VERDICT, full=True) == VERDICT.to_markdown(full=True)
    assert render.html(VERDICT) == VERDICT._repr_html_()
    assert render.html(VERDICT, full=True, page=True) == VERDICT.to_html(full=True)
    assert render.as_dict(VERDICT) == VERDICT.to_dict()


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_the_worksheet_has_the_built_in_prompts(form: str) -> None:
    """The section with prompts for reflection is included."""
    assert "To reflect on" in VERDICT.worksheet(form)
    assert "To reflect on" not in render.worksheet(VERDICT, form)


def test_an_abstract_policy_cannot_be_consulted() -> None:
    """It can only be extended."""
    with pytest.raises(PolicyError) as caught:
        boundaryethics.consult({}, boundaryethics.load_policy("core"))

    assert ["BE306"] == [problem.code for problem in caught.value.problems]


def test_the_text_of_open_questions() -> None:
    """It lists the open facts, the possible results, and joint effects."""
    text = str(analysis.open_questions({"contact": "message"}, "apa-2017"))

    assert text.startswith("Current order under the APA Ethics Code (2017): ")
    assert " possible combinations" in text


@pytest.mark.parametrize(
    ("risk", "facts", "advice"),
    [
        (
            "elevated",
            "THERE ARE WARNING SIGNS",
            "Find out today how immediate the danger is",
        ),
        (
            *("imminent", "HARM COULD BE IMMINENT"),
            "Follow your crisis procedure now; the ranking can wait",
        ),
    ],
)
def test_danger_comes_first_in_every_result(risk: str, facts: str, advice: str) -> None:
    """Each result for a situation begins with the danger, in text and in HTML."""
    stated = {"contact": "message", "client_status": "active", "risk_of_harm": risk}
    verdict = boundaryethics.consult(stated)
    answers = [
        analysis.why(verdict, "decline"),
        analysis.why(verdict, verdict.binding[0]),
        analysis.explain_pair(verdict, "decline", "leave"),
        analysis.why_not(verdict, "leave"),
        analysis.why_not(verdict, "find-incidental-overlap"),
        analysis.counterfactuals(verdict, immutable=["contact"]),
        analysis.open_questions(verdict),
    ]

    for answer in answers:
        assert str(answer).startswith(f"{facts}. DO THIS FIRST.\n  {advice}.")
        first = answer._repr_html_().partition("<li>")[2].partition("<")[0]
        assert f"{facts}. DO THIS FIRST." == first.strip()


def test_without_danger_results_have_no_line_about_danger() -> None:
    """The first line is that of the result itself."""
    answer = analysis.why({"contact": "message", "risk_of_harm": "none"}, "decline")

    assert str(answer).startswith('"Decline politely" (decline) ranks first')


@pytest.mark.parametrize("example", ["step4_message", "cause_group", "dating_match"])
def test_the_count_of_open_questions_agrees_with_open_questions(example: str) -> None:
    """It counts exactly the facts that change the order on their own."""
    policy = boundaryethics.load_policy("apa-2017")
    stated = load_situation(f"examples/{example}.yaml", policy.vocabulary)
    verdict = boundaryethics.consult(stated, policy)
    exact = analysis.open_questions(verdict).questions
    asked = {one.fact.name: {*one.matters_for} for one in exact if one.fact.question}
    order = {"first", "status", "ranking"}
    found = find_open_facts(verdict)

    assert {one.fact.name for one in found.order} == {
        name for name, outcomes in asked.items() if outcomes & order
    }
    assert {one.fact.name for one in found.others} == {
        name for name, outcomes in asked.items() if not outcomes & order
    }
    urgent = {one.fact.name: {*one.urgent} for one in exact if one.urgent}
    assert urgent == {
        one.fact.name: {*one.urgent}
        for one in (*found.order, *found.others)
        if one.urgent
    }


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_a_worksheet_asks_about_an_order_only_if_there_is_one(form: str) -> None:
    """If all options tie, it does not ask about disagreement with the order."""
    question = "Where do you or your supervisor disagree with this order?"
    unranked = boundaryethics.consult({"platform": "facebook"})
    ranked = unranked.with_facts(contact="message", client_status="active")

    assert question not in unranked.worksheet(form)
    assert question in ranked.worksheet(form)
