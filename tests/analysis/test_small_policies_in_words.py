"""Text and plain data of results for small policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from boundaryethics import analysis
from boundaryethics.errors import AnalysisError, PolicyError
from boundaryethics.model.policy import Policy
from support.small_policies import policy_of

BOTH = {"contact": "message", "danger": "yes"}

TOGETHER = policy_of(
    [{"id": "warns", "when": BOTH, "then": {"favors": {"decline": "strong"}}}]
)
LOWER = policy_of(
    [
        {"id": "calms", "then": {"requires": "decline"}},
        {
            "id": "warns",
            "when": {"danger": "yes"},
            "then": {"favors": {"leave": "weak"}},
        },
    ]
)


def large(count: int) -> dict[str, Any]:
    """Return a condition with 2 to the power of *count* clauses."""
    return {
        "all": [
            {"any": [{f"fact_{n}": "yes"}, {f"fact_{n + count}": "yes"}]}
            for n in range(count)
        ]
    }


FACTS = {f"fact_{n}": {"question": "?", "values": ["yes", "no"]} for n in range(26)}


def test_facts_that_matter_only_in_combination_are_listed_separately() -> None:
    """The text lists facts that matter only in combination."""
    questions = analysis.open_questions({}, TOGETHER)

    assert "These matter only together with other answers:" in str(questions)
    assert {"contact", "danger"} == {f.fact.name for f in questions.only_in_combination}


def test_a_settled_top_response_is_reported() -> None:
    """The text says that only the top response is settled."""
    questions = analysis.open_questions({}, LOWER)

    assert "The first choice is settled. The rest of the order is open." in str(
        questions
    )


def fragile(leaving: str) -> Policy:
    """Return a policy in which leaving is first if `contact` is among *leaving*."""
    return policy_of(
        [
            {"id": "calms", "then": {"favors": {"decline": "weak"}}},
            {
                "id": "warns",
                "when": {"contact": leaving.split()},
                "then": {"favors": {"leave": "strong"}},
            },
        ]
    )


@pytest.mark.parametrize(
    ("leaving", "where", "is_fragile"),
    [
        ("message", {"contact": ["message", "request"]}, False),
        ("message request", {"contact": ["message", "request"]}, True),
    ],
)
def test_a_first_choice_that_most_answers_change_is_fragile(
    leaving: str, where: dict[str, list[str]], is_fragile: bool
) -> None:
    """Half of the combinations are not most of them."""
    text = str(analysis.open_questions({}, fragile(leaving), where=where))

    assert is_fragile == ("most combinations of answers change" in text)


def test_questions_come_first_if_all_four_responses_are_tied() -> None:
    """There is no first choice that answers could change."""
    contacts = ["message", "request"]
    leaves = {"when": {"contact": contacts}, "then": {"favors": {"leave": "weak"}}}
    policy = policy_of([{"id": "warns", **leaves}])
    text = str(analysis.open_questions({}, policy, where={"contact": contacts}))

    assert "before you decide: so far, all four responses are tied." in text


def test_other_names_of_the_first_choice_are_listed() -> None:
    """Answers that `where` excludes have no part in this."""
    stated = {"contact": "message", "client_status": "active", "risk_of_harm": "none"}
    where = {"initiator": ["client", "third_party"]}
    every, some = (
        " ".join(str(analysis.open_questions(stated, where=where)).split())
        for where in ({}, where)
    )

    assert "Declining can also mean undoing what you did." in every
    assert "can also mean" not in some


def test_a_settled_ranking_is_reported() -> None:
    """The text says that the ranking is settled."""
    questions = analysis.open_questions({"danger": "no"}, LOWER)

    text = "Settled: no missing answer can change the order, the advice or the draft"
    assert text in str(questions)


def test_ranking_counts_have_plain_data() -> None:
    """The counts have rankings, ranks of each option and dilemmas."""
    policy = policy_of(
        [
            {"id": "must", "when": {"danger": "yes"}, "then": {"requires": "leave"}},
            {"id": "never", "when": {"danger": "yes"}, "then": {"forbids": "leave"}},
        ]
    )
    counts = analysis.ranking_counts(policy)
    data = counts.to_dict()
    (dilemma,) = data["dilemmas"]

    assert data == json.loads(json.dumps(data))
    assert data["total"] == sum(one["count"] for one in data["rankings"])
    assert "required_and_forbidden" == dilemma["dilemma"]
    assert "dilemma required_and_forbidden (leave)" in str(counts)


def test_rule_impact_reports_progress() -> None:
    """`rule_impact` reports progress after each rule."""
    met: list[tuple[int, int]] = []
    impacts = analysis.rule_impact(
        LOWER, progress=lambda done, of: met.append((done, of))
    )

    assert [(1, 2), (2, 2)] == met
    assert "by-hand" == impacts.to_dict()["policy"]
    assert "situations" in str(impacts)


def test_agreement_reports_progress() -> None:
    """`agreement` reports progress after each pair of policies."""
    met: list[tuple[int, int]] = []
    found = analysis.agreement(
        [LOWER, TOGETHER], progress=lambda done, of: met.append((done, of))
    )

    assert [(1, 1)] == met
    assert 1 == len(found.to_dict()["pairs"])
    assert 1 == len(found.to_frame())


def test_a_target_rank_can_be_a_number_or_a_word() -> None:
    """A target may give the rank as a number or a word."""
    assert analysis.why_not({}, "leave 1", LOWER) == analysis.why_not(
        {}, "leave first", LOWER
    )


def test_a_tied_pair_is_explained_as_tied() -> None:
    """The explanation of a tied pair says that it is tied."""
    text = str(analysis.explain_pair({}, "leave", "ignore", policy=LOWER))

    assert "are tied, given what is known." in text


def test_an_overridden_rule_is_explained_by_its_overriding_rules() -> None:
    """The explanation names the rules that override a rule that matches."""
    policy = policy_of(
        [
            {"id": "under", "then": {"favors": {"leave": "weak"}}},
            {
                "id": "over",
                "when": {"danger": "yes"},
                "then": {"favors": {"decline": "weak"}},
                "overrides": ["under"],
            },
        ]
    )

    assert "over" in str(analysis.why_not({"danger": "yes"}, "under", policy))


def test_an_invariant_that_is_too_large_is_refused() -> None:
    """An invariant with too many clauses raises BE606."""
    invariant = {"id": "vast", "when": large(13), "holds": {"never_first": "leave"}}
    policy = policy_of(
        [{"id": "calms", "then": {"favors": {"leave": "weak"}}}],
        facts=FACTS,
        invariants=[invariant],
    )

    with pytest.raises(AnalysisError, match="BE606"):
        analysis.verify(policy)


def test_a_rule_that_is_too_large_is_refused() -> None:
    """A rule with too many clauses raises an error with its ID."""
    policy = policy_of(
        [{"id": "vast", "when": large(13), "then": {"favors": {"leave": "weak"}}}],
        facts=FACTS,
    )

    with pytest.raises(PolicyError, match="BE305"):
        analysis.ranking_counts(policy)
