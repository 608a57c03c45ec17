from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from boundaryethics.analysis import ranking_counts
from boundaryethics.errors import AnalysisError
from boundaryethics.mdd.build import QueryBuilder
from boundaryethics.mdd.scores import ScoreLayout, score_layout_of
from boundaryethics.model.policy import Policy
from support import brute_force
from support.small_policies import policy_of

RULES = [
    {
        "id": "low",
        "when": {"danger": "yes"},
        "then": {"favors": {"continue": "strong", "leave": "weak"}},
        "principle": "second",
    },
    {
        "id": "high",
        "when": {"status": "active"},
        "then": {"favors": {"leave": "weak"}, "opposes": {"continue": "weak"}},
        "principle": "first",
    },
    {
        "id": "last",
        "when": {"contact": "message"},
        "then": {"favors": {"decline": "moderate"}, "forbids": "ignore"},
    },
]


def lexicographic(points: dict[str, Any]) -> Policy:
    """Make a policy of three tiers: `first`, `second`, and all others."""
    return policy_of(
        RULES,
        principles={"first": {}, "second": {}},
        ranking={
            "method": "lexicographic",
            "priority": [["first"], ["second"]],
            "points": points,
        },
    )


def score_layout(policy: Policy) -> ScoreLayout:
    """Collect the effects of the policy's own nodes."""
    queries = QueryBuilder([policy])
    nodes = queries.builder.network().nodes
    return score_layout_of([policy], queries.builder.rules, len(nodes))


def test_criteria_share_a_word_if_they_fit() -> None:
    """Three tiers with small points take one word."""
    assert 1 == score_layout(lexicographic({})).points.shape[2]


@pytest.mark.clause("S15")
def test_large_points_take_several_words() -> None:
    """Tiers that exceed one word are compared word by word."""
    policy = lexicographic({"strong": 3 * 10**11, "moderate": 10**11, "weak": 10**11})
    expected = Counter(verdict.ranking for verdict in brute_force.verdicts(policy))

    found = ranking_counts(policy)

    assert 1 < score_layout(policy).points.shape[2]
    assert expected == {placed.ranking: placed.count for placed in found.rankings}


def test_points_that_are_too_large_are_rejected() -> None:
    """Points that cannot be added exactly are an error."""
    with pytest.raises(AnalysisError, match="BE602"):
        ranking_counts(lexicographic({"strong": 10**15}))


def test_rules_with_equal_effects_are_not_lopsided() -> None:
    """A rule with the same effects in both policies makes no difference."""
    one, other = (
        policy_of(RULES[2:]),
        policy_of([*RULES[2:], {**RULES[2], "id": "more"}]),
    )
    queries = QueryBuilder([one, other])
    nodes = queries.builder.network().nodes
    rules = queries.builder.rules

    differing = score_layout_of([one, other], rules, len(nodes)).differing

    assert not differing[rules[0]["last"]]
    assert differing[rules[1]["more"]]
