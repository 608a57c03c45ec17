from __future__ import annotations

from typing import Any

import pytest

from boundaryethics.mdd.build import QueryBuilder, Rankings
from boundaryethics.mdd.diagram import Diagram
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
#: Leaving again, because of another fact: together with `LEAVE` it adds no ranking.
AGAIN: dict[str, Any] = {
    "id": "again",
    "when": {"status": "active"},
    "then": {"favors": {"leave": "weak"}},
}


def reduced_of(*rules: dict[str, Any]) -> Diagram:
    """Compile the reduced ranking diagram of a policy with *rules*."""
    policy = policy_of([*rules])
    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())
    return diagram.reduced()


def test_a_deciding_fact_has_a_level() -> None:
    """One rule on one fact gives one level of one state, and two ends."""
    found = reduced_of(LEAVE)

    assert ["danger"] == [level.fact for level in found.layers]
    assert (2, 1) == found.layers[0].follows.shape
    assert 2 == len(found.ends)


@pytest.mark.parametrize("rules", [(), (SAME,)])
def test_a_fact_without_effect_has_no_level(
    rules: tuple[dict[str, Any], ...],
) -> None:
    """If all options tie everywhere, there is one end, whatever rules read."""
    found = reduced_of(*rules)

    assert () == found.layers
    assert [[0] * 6] == found.ends.settled.tolist()


def test_states_with_the_same_future_are_merged() -> None:
    """Two paths to one ranking share an end, with two states on the way."""
    found = reduced_of(LEAVE, AGAIN)

    assert 2 == len(found.ends)
    assert [1, 2] == [level.follows.shape[1] for level in found.layers]
