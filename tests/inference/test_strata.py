"""Strata are the least heights, and cycles through absence are explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from boundaryethics.inference.program import strata
from boundaryethics.model.policy import Policy
from support.small_policies import policy_of


def chained(*more: dict[str, Any]) -> Policy:
    """Return a policy in which `c` is overridden by `b`, which reads what `a` finds."""
    rules = [
        {"id": "a", "then": {"concludes": "other"}},
        {
            "id": "b",
            "when": {"other": True},
            "then": {"concludes": "found"},
            "overrides": ["c"],
        },
        {"id": "c", "when": {"found": True}, "then": {"concludes": "far"}},
    ]
    return policy_of([*rules, *more], findings=["found", "other", "far"])


@pytest.mark.clause("S8")
def test_strata_are_as_low_as_dependences_allow() -> None:
    """Reading keeps a rule level; reading an absence or being overridden lifts it."""
    absent = {"id": "d", "when": {"far": False}, "then": {"requires": "leave"}}
    heights, problems = strata(chained(absent))

    assert {"a": 0, "b": 0, "c": 1, "d": 2} == heights
    assert () == problems


@pytest.mark.clause("S8")
@pytest.mark.parametrize(
    ("condition", "token", "steps"),
    [
        (
            {"found": False},
            "d",
            [
                "it tests the absence of finding `found`",
                "is concluded by rule `b`",
                "tests finding `other`",
                "is concluded by rule `d`",
            ],
        ),
        (
            {"far": True},
            "c",
            [
                "it is overridden by rule `b`",
                "tests finding `other`",
                "is concluded by rule `d`",
                "tests finding `far`",
                "is concluded by rule `c`",
            ],
        ),
    ],
)
def test_cycles_are_told_link_by_link(
    condition: dict[str, bool], token: str, steps: Sequence[str]
) -> None:
    """The message follows the shortest way back, and the cycle is reported once."""
    closing = {"id": "d", "when": condition, "then": {"concludes": "other"}}
    heights, (problem,) = strata(chained(closing))

    assert {} == heights
    assert ("rules", token) == problem.path
    told = ", which ".join(steps)
    assert f"rule `{token}` depends on its own absence: {told}" == problem.message
