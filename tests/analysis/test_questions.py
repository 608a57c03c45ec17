from __future__ import annotations

import json
from fractions import Fraction

import pytest

from boundaryethics import SituationError
from boundaryethics.analysis import open_questions
from support.small_policies import policy_of

#: Danger matters by itself; the status only in combination with the contact.
POLICY = policy_of(
    [
        {
            "id": "stay",
            "when": {"danger": "yes"},
            "then": {"requires": ["continue"]},
        },
        {
            "id": "answer",
            "when": {"contact": "request", "status": "active"},
            "then": {"favors": {"decline": "strong"}},
        },
        {
            "id": "doubt",
            "when": {"danger": "unknown", "status": ["active", "former"]},
            "then": {"favors": {"leave": "weak"}},
        },
    ]
)


@pytest.mark.clause("S18")
def test_facts_that_matter_alone_are_listed_first() -> None:
    """Facts that matter only in combination are listed separately."""
    found = open_questions({"danger": "no"}, POLICY)

    assert () == found.questions
    assert ["contact", "status"] == [one.fact.name for one in found.only_in_combination]
    assert not found.settled


@pytest.mark.clause("S18")
def test_settled_is_what_every_completion_gives() -> None:
    """The ranking is settled if all completions give it."""
    found = open_questions({"danger": "no", "contact": "message"}, POLICY)

    assert found.settled
    assert found.first_settled
    assert 2 == found.completions
    assert ("status",) == found.irrelevant
    assert "Settled" in str(found)


@pytest.mark.clause("S18")
def test_a_ranking_that_no_completion_gives_is_not_settled() -> None:
    """If all completions give another ranking, it is not settled."""
    found = open_questions({"status": "former"}, POLICY, where={"danger": "no"})

    assert 1 == len(found.outcomes)
    assert not found.settled
    assert not found.first_settled


def test_questions_have_the_effect_of_each_answer() -> None:
    """Each answer has its ranking and the number of rankings left."""
    found = open_questions({"contact": "request", "status": "active"}, POLICY)

    (asked,) = found.questions
    assert "danger" == asked.fact.name
    assert Fraction(1) == asked.predictive_share
    assert Fraction(1) == asked.rankings_left
    assert {"yes": "continue", "no": "decline"} == {
        answer.value: answer.ranking[0][0].value for answer in asked.answers
    }


def test_the_most_predictive_question_is_first() -> None:
    """The most predictive question is first, even if others leave fewer rankings."""
    policy = policy_of(
        [
            {
                "id": "ignore",
                "when": {"danger": "no", "status": "former"},
                "then": {"requires": ["ignore"]},
            },
            {
                "id": "leave",
                "when": {"contact": "request", "status": "active"},
                "then": {"requires": ["leave"]},
            },
        ]
    )
    found = open_questions({}, policy)

    assert [
        ("contact", Fraction(5, 8), Fraction(5, 2)),
        ("danger", Fraction(5, 8), Fraction(5, 2)),
        ("status", Fraction(4, 8), Fraction(4, 2)),
    ] == [
        (one.fact.name, one.predictive_share, one.rankings_left)
        for one in found.only_in_combination
    ]


@pytest.mark.clause("S18")
def test_facts_that_matter_only_by_each_other_are_not_idle() -> None:
    """If only the combination of two facts matters, both are relevant."""
    together = [
        {"contact": "request", "danger": "yes"},
        {"contact": "message", "danger": "no"},
    ]
    policy = policy_of(
        [{"id": "both", "when": {"any": together}, "then": {"requires": ["leave"]}}]
    )
    found = open_questions({}, policy)

    assert ["contact", "danger"] == [one.fact.name for one in found.only_in_combination]
    assert ("status",) == found.irrelevant


def test_given_confines_the_answers() -> None:
    """`where` restricts the possible answers."""
    found = open_questions({"status": "active"}, POLICY, where={"danger": ["no"]})

    assert 2 == found.completions
    assert {"no"} == {
        answer.value
        for one in found.questions
        if one.fact.name == "danger"
        for answer in one.answers
    }


def test_an_undeclared_given_is_refused() -> None:
    """Facts in `where` must be declared."""
    with pytest.raises(SituationError, match="dangr"):
        open_questions({}, POLICY, where={"dangr": "no"})


def test_open_questions_have_every_form() -> None:
    """Open questions have text, escaped HTML and plain data."""
    found = open_questions({"contact": "request", "status": "active"}, POLICY)

    assert "Is there danger? (danger)" in str(found).splitlines()
    assert "  Yes -> 1 staying in contact, 2 declining" in str(found)
    assert "Yes -&gt; 1 staying in contact" in found._repr_html_()
    data = json.loads(json.dumps(found.to_dict()))
    assert ["danger"] == [one["fact"] for one in data["questions"]]
    assert 2 == data["completions"]
