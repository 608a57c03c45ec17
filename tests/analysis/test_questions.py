from __future__ import annotations

import json
import random
from fractions import Fraction

import attrs
import pytest

from boundaryethics import (
    UNKNOWN,
    Option,
    Policy,
    Situation,
    SituationError,
    Status,
    load_policy,
)
from boundaryethics.analysis import open_questions
from boundaryethics.analysis.questions import prepared
from boundaryethics.policies import load_situation
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
    assert not found.settled.everything


@pytest.mark.clause("S18")
def test_a_ranking_that_every_completion_gives_is_settled() -> None:
    """The ranking is settled if every completion gives the same one."""
    found = open_questions({"danger": "no", "contact": "message"}, POLICY)

    assert found.settled.everything
    assert found.first_settled
    assert 2 == found.completions
    assert ("status",) == found.irrelevant
    assert "Settled" in str(found)


@pytest.mark.clause("S18")
def test_a_ranking_that_no_completion_gives_is_not_settled() -> None:
    """The current ranking is not settled if every completion gives a different one."""
    found = open_questions({"status": "former"}, POLICY, where={"danger": "no"})

    assert 1 == len(found.outcomes)
    assert not found.settled.ranking
    assert not found.first_settled


def test_questions_have_the_effect_of_each_answer() -> None:
    """Each answer has its ranking and the number of remaining rankings."""
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
def test_facts_that_matter_only_in_combination_are_relevant() -> None:
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


def test_where_restricts_the_answers() -> None:
    """`where` restricts the possible answers."""
    found = open_questions({"status": "active"}, POLICY, where={"danger": ["no"]})

    assert 2 == found.completions
    assert {"no"} == {
        answer.value
        for one in found.questions
        if one.fact.name == "danger"
        for answer in one.answers
    }


def test_an_undeclared_fact_in_where_is_refused() -> None:
    """Facts in `where` must be declared."""
    with pytest.raises(SituationError, match="dangr"):
        open_questions({}, POLICY, where={"dangr": "no"})


def test_open_questions_have_every_output_format() -> None:
    """Open questions have text, escaped HTML and plain data."""
    found = open_questions({"contact": "request", "status": "active"}, POLICY)

    assert "Is there danger? (danger)" in str(found).splitlines()
    assert "  Yes: 1 staying in contact, 2 declining" in str(found)
    assert "Yes: 1 staying in contact" in found._repr_html_()
    data = json.loads(json.dumps(found.to_dict()))
    (asked,) = data["questions"]
    assert "danger" == asked["fact"]
    assert ["first", "status", "ranking"] == asked["matters_for"]
    assert [] == asked["matters_in_combination"] == asked["urgent"]
    assert ["required", "allowed"] == [
        answer["statuses"]["continue"] for answer in asked["answers"]
    ]
    assert 2 == data["completions"] == sum(one["count"] for one in data["outcomes"])
    assert {"required", "allowed"} == {
        one["statuses"]["continue"] for one in data["outcomes"]
    }
    settled = {"first": False, "status": False, "ranking": False}
    assert {**settled, "actions": True, "draft": True, "everything": False} == (
        data["settled"]
    )


@pytest.mark.clause("S18")
def test_a_fact_that_changes_only_a_status_is_relevant() -> None:
    """A fact that rules out the last response, or all of them, is relevant."""
    policy = policy_of(
        [
            {
                "id": "last",
                "when": {"status": "active"},
                "then": {"opposes": {"continue": "strong"}},
            },
            {
                "id": "banned",
                "when": {"danger": "yes"},
                "then": {"forbids": ["continue"]},
            },
        ]
    )
    found = open_questions({"status": "active"}, policy)

    assert found.settled.ranking
    assert not found.settled.status
    (asked,) = found.questions
    assert ("danger", ("status",)) == (asked.fact.name, asked.matters_for)
    assert "An answer could still change which responses are ruled out or" in str(found)
    assert [("continue", "allowed"), ("continue", "forbidden")] == sorted(
        (option.value, status.value)
        for one in found.outcomes
        for option, status in one.statuses.items()
        if option == "continue"
    )


#: Facts of a former bug: questions ignored facts that rule out a response.
ROMANCE = {"message_content": "romantic", "transference_concern": "yes"}


@pytest.mark.clause("S18")
@pytest.mark.parametrize("risk", ["none", "elevated"])
def test_caseload_is_open_if_the_contact_is_romantic(
    risk: str,
) -> None:
    """The caseload can rule out staying in contact, or change the draft."""
    found = open_questions({**ROMANCE, "risk_of_harm": risk}, "nasw-2021")
    asked = {
        one.fact.name: one for one in (*found.questions, *found.only_in_combination)
    }

    assert not found.settled.everything
    assert "client_status" in asked
    assert "Is this person a client of your agency or practice?" in str(found)
    if risk == "none":
        assert "status" in asked["client_status"].matters_for


@pytest.mark.clause("S18")
def test_an_answer_that_rules_out_a_response_says_so() -> None:
    """If the friend request is romantic, accepting it is ruled out."""
    policy = load_policy("apa-2017")
    stated = load_situation("examples/friend_request.yaml", policy.vocabulary)
    found = open_questions(stated, policy)
    (content,) = (q for q in found.questions if q.fact.name == "message_content")
    by_value = {answer.value: answer for answer in content.answers}

    assert "status" in by_value["romantic"].changes
    assert Status.FORBIDDEN is by_value["romantic"].statuses[Option.CONTINUE]
    assert Status.ALLOWED is by_value["social"].statuses[Option.CONTINUE]
    text = " ".join(str(found).split())
    assert "Romantic or sexual interest: 1 declining" in text
    assert "accepting is ruled out" in text


@pytest.mark.clause("S18")
def test_the_naadac_ban_on_romance_covers_only_own_former_clients() -> None:
    """Under NAADAC, a ban on romance covers your own former clients only."""
    facts = {"contact": "message", "client_status": "former"}
    found = open_questions(facts | {"message_content": "romantic"}, "naadac-2021")
    (caseload,) = (q for q in found.questions if q.fact.name == "caseload")

    assert "status" in caseload.matters_for
    assert {"own": Status.FORBIDDEN, "colleague": Status.ALLOWED} == {
        answer.value: answer.statuses[Option.CONTINUE] for answer in caseload.answers
    }


def test_danger_is_asked_about_first() -> None:
    """A fact with an urgent answer comes first, even if others predict more."""
    found = open_questions({}, "aca-2014")

    assert "risk_of_harm" == found.questions[0].fact.name
    assert ("elevated", "imminent") == found.questions[0].urgent
    assert "Yes, harm could be imminent: changes what to do first" in str(found)


def test_prepared_policies_rank_the_same_facts() -> None:
    """Facts are in the order of the questions, and skipped facts stay unknown."""
    policy = load_policy("aca-2014")
    situation = policy.vocabulary.situation(
        {"contact": "message", "account": "personal"}
    )
    exact = open_questions(situation, policy)
    ranked = prepared(policy).ranked(situation)
    names = [one.fact.name for one in (*exact.questions, *exact.only_in_combination)]

    assert sorted(names) == sorted(ranked.facts)
    alone = [one.fact.name for one in exact.questions]
    assert alone == [name for name in ranked.facts if name in alone]
    skipped = prepared(policy).ranked(situation, ["risk_of_harm"])
    fixed = open_questions(situation, policy, where={"risk_of_harm": UNKNOWN})
    assert "risk_of_harm" not in skipped.facts
    assert fixed.settled == skipped.settled


@pytest.mark.parametrize("name", ["apa-2017", "nasw-2021", "us-42-cfr-2"])
def test_facts_stated_first_do_not_change_the_questions(name: str) -> None:
    """Questions are the same whether facts are stated at the start or answered."""
    policy = load_policy(name)
    ready, rng = prepared(policy), random.Random(name)  # noqa: S311
    for _ in range(12):
        situation = random_situation(policy, rng)
        known = [*situation.known().items()]
        stated = policy.vocabulary.situation(dict(known[: len(known) // 2]))
        left = [f for f in policy.vocabulary if situation[f] == UNKNOWN]
        skipped = rng.sample(left, 2)
        # Without the caches, neither can reuse the other's answer.
        alone, begun = attrs.evolve(ready), attrs.evolve(ready)

        assert alone.ranked(situation, skipped) == begun.ranked(
            situation, skipped, stated
        )


def random_situation(policy: Policy, rng: random.Random) -> Situation:
    """Return a possible situation in which about a third of the facts are known."""
    known: dict[str, str] = {}
    for name, fact in policy.vocabulary.items():
        possible = policy.vocabulary.situation(known).values_possible_for(name)
        if fact.question and possible and rng.random() < 1 / 3:
            known[name] = rng.choice(possible)
    return policy.vocabulary.situation(known)


def test_a_possible_urgent_action_is_shown_in_danger() -> None:
    """A person in danger sees what to do without stating the answer."""
    found = " ".join(str(open_questions({"risk_of_harm": "imminent"})).split())

    assert "I could be mistaken: do this first. You are not sure who this is" in found


def test_rankings_that_differ_only_in_dilemmas_are_listed_once() -> None:
    """An option that is forbidden is forbidden, whether or not it is also required."""
    policy = policy_of(
        [
            {"id": "never", "then": {"forbids": "leave"}},
            {"id": "must", "when": {"danger": "yes"}, "then": {"requires": "leave"}},
        ]
    )
    found = open_questions({"contact": "message"}, policy)
    listed = [(one.ranking, *one.statuses.values()) for one in found.outcomes]

    assert len(listed) == len({*listed})
    assert found.completions == sum(one.count for one in found.outcomes)
