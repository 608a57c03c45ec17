"""Strata are as low as possible, and cycles through absence are explained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.inference.program import lower, strata
from boundaryethics.model.policy import Policy
from support.small_policies import policy_of


def chained(*more: dict[str, Any]) -> Policy:
    """Return a policy in which `b` overrides `c` and reads the finding of `a`."""
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
def test_strata_are_as_low_as_possible() -> None:
    """Only reading an absence and being overridden put a rule in a higher stratum."""
    absent = {"id": "d", "when": {"far": False}, "then": {"requires": "leave"}}
    heights, problems = strata(chained(absent))

    assert {"a": 0, "b": 0, "c": 1, "d": 2} == heights
    assert () == problems


@pytest.mark.clause("S8")
def test_a_stratum_is_split_into_layers_by_dependency() -> None:
    """Each layer reads from earlier ones only; rules in a cycle are one layer."""
    names = ["one", "two", "three", "back", "forth"]
    reads = {"two": ["one"], "three": ["one", "two"], "back": ["three", "forth"]}
    reads |= {"forth": ["back"], "one": []}
    rules = [
        {
            "id": f"to-{name}",
            "when": {"all": [{found: True} for found in reads[name]]},
            "then": {"concludes": name},
        }
        for name in reversed(names)
    ]
    layers = lower(policy_of(rules, findings=names)).strata

    assert [["to-one"], ["to-two"], ["to-three"], ["to-forth", "to-back"]] == [
        [rule.id for rule in layer.rules] for layer in layers
    ]
    assert [{*()}, {*()}, {*()}, {"back", "forth"}] == [
        layer.feeds_itself for layer in layers
    ]


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
def test_a_cycle_is_reported_link_by_link(
    condition: dict[str, bool], token: str, steps: Sequence[str]
) -> None:
    """The message follows the shortest way back, and the cycle is reported once."""
    closing = {"id": "d", "when": condition, "then": {"concludes": "other"}}
    heights, (problem,) = strata(chained(closing))

    assert {} == heights
    assert ("rules", token) == problem.path
    found = ", which ".join(steps)
    assert f"rule `{token}` depends on its own absence: {found}" == problem.message


@pytest.mark.clause("S8")
def test_a_program_without_a_rule_keeps_all_other_overrides() -> None:
    """Only the removed rule is missing from the rules that can override."""
    when = {"contact": "message"}
    then = {"favors": {"ignore": "weak"}}
    above = [
        {"id": id, "when": when, "then": then, "overrides": ["target"]}
        for id in ("a", "b", "c")
    ]
    policy = policy_of([{"id": "target", "when": when, "then": then}, *above])
    fewer = lower(policy).without("b")

    assert {"a", "c", "target"} == {*fewer.rule}
    assert {"a", "c"} == {*fewer.rule["target"].overriders}


def test_the_shortest_cycle_is_reported() -> None:
    """A loop of `other` through `b` on the way back is not part of the cycle."""
    rules = [
        {"id": "a", "when": {"far": False}, "then": {"concludes": "found"}},
        {
            "id": "b",
            "when": {"any": [{"found": True}, {"other": True}]},
            "then": {"concludes": "other"},
        },
        {"id": "c", "when": {"other": True}, "then": {"concludes": "far"}},
    ]
    _, (problem,) = strata(policy_of(rules, findings=["found", "other", "far"]))
    steps = (
        "it tests the absence of finding `far`",
        "is concluded by rule `c`",
        "tests finding `other`",
        "is concluded by rule `b`",
        "tests finding `found`",
        "is concluded by rule `a`",
    )

    assert f"absence: {', which '.join(steps)}" in problem.message


def wide(pairs: int, rules: int) -> Policy:
    """Return a policy whose conditions have two to the power of *pairs* clauses."""
    names = [f"{side}{n}" for n in range(pairs) for side in ("left", "right")]
    when = {
        "all": [
            {"any": [{f"left{n}": True}, {f"right{n}": True}]} for n in range(pairs)
        ]
    }
    listed = [
        {"id": f"r{n}", "when": when, "then": {"requires": "leave"}}
        for n in range(rules)
    ]
    return policy_of(listed, findings=names)


@pytest.mark.parametrize(
    ("pairs", "rules", "refused", "words"),
    [
        (12, 1, [], ""),
        (13, 1, ["r0"], "has more than 4,096 clauses"),
        (11, 9, ["r6"], "it needs more than 262,144"),
    ],
)
def test_too_many_clauses_are_rejected(
    pairs: int, rules: int, refused: list[str], words: str
) -> None:
    """Each rule has a limit, and so does the whole policy."""
    try:
        lower(wide(pairs, rules))
        problems: tuple[Problem, ...] = ()
    except PolicyError as error:
        problems = error.problems

    assert refused == [problem.token for problem in problems]
    assert all(words in problem.message for problem in problems)
    assert {"BE305"} >= {problem.code for problem in problems}
