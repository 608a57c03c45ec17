from __future__ import annotations

from typing import Any

import pytest

from boundaryethics.mdd.build import QueryBuilder, Rankings
from boundaryethics.mdd.diagram import Reduced, reduced
from boundaryethics.mdd.space import space_of
from support.small_policies import policy_of

LEAVE: dict[str, Any] = {
    "id": "leave",
    "when": {"danger": "yes"},
    "then": {"favors": {"leave": "weak"}},
}
SAME: dict[str, Any] = {
    "id": "same",
    "when": {"status": "active"},
    "then": {
        "favors": dict.fromkeys(("continue", "ignore", "decline", "leave"), "weak")
    },
}


def reduced_of(*rules: dict[str, Any]) -> Reduced[tuple[int, ...]]:
    """The reduced diagram of the rankings of a policy of *rules*."""
    policy = policy_of([*rules])
    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())
    return reduced(diagram, [tuple(map(int, row)) for row in diagram.ends.settled])


def test_a_fact_that_decides_has_a_level() -> None:
    """One rule on one fact: one level of one state, and two ends."""
    found = reduced_of(LEAVE)

    assert ["danger"] == [level.axis.fact for level in found.levels]
    assert (1, 2) == found.levels[0].follows.shape
    assert 2 == len(found.ends)


@pytest.mark.parametrize("rules", [(), (SAME,)])
def test_what_decides_nothing_has_no_level(rules: tuple[dict[str, Any], ...]) -> None:
    """Where every option fares alike there is one end, whatever rules read."""
    found = reduced_of(*rules)

    assert () == found.levels
    assert ((0,) * 6,) == found.ends


def test_states_with_the_same_future_are_one() -> None:
    """Ends that are told alike are brought together, and so is all before them."""
    policy = policy_of([LEAVE, SAME])
    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())
    found = reduced(diagram, ["any" for _ in range(len(diagram.ends))])

    assert () == found.levels
    assert ("any",) == found.ends
