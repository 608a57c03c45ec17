"""Results that are settled by the known facts hold in every completion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import reference
from boundaryethics.inference.program import PartialDerivation, lower
from boundaryethics.model.conditions import All, FactIn, Holds, Not
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from support import brute_force
from support.small_policies import policy_of
from support.strategies import asked_of_small_policies


@given(asked_of_small_policies(), st.integers(0, 15))
def test_settled_results_hold_in_every_completion(
    asked: tuple[Policy, Situation], kept: int
) -> None:
    """Settled rules and findings are those of all situations with these facts."""
    policy, situation = asked
    program = lower(policy)
    runner = reference.load(program)
    known = {f: situation[f] for n, f in enumerate(situation) if kept >> n & 1}
    settled = PartialDerivation.of(program, known)
    derived = [
        runner.derive(row)
        for row in brute_force.situations(policy.vocabulary)
        if all(row[fact] == value for fact, value in known.items())
    ]

    for rule, binds in settled.binds.items():
        assert {binds} >= {rule in one.binding for one in derived}
    for finding, holds in settled.holds.items():
        assert {holds} >= {finding in one.findings for one in derived}
    if len(known) == len(situation) and not any(s.feeds_itself for s in program.strata):
        assert {*policy.rule} == {*settled.binds}


def test_a_rule_that_applies_settles_the_rules_it_overrides() -> None:
    """An overridden rule does not apply, even if its own condition is open."""
    policy = policy_of(
        [
            {"id": "over", "when": {"danger": "yes"}, "then": {"requires": "leave"},
             "overrides": ["under"]},
            {"id": "under", "when": {"contact": "message"},
             "then": {"concludes": "found"}},
            {"id": "reading", "when": {"found": True, "status": "active"},
             "then": {"requires": "leave"}},
        ],
        findings=["found"],
    )  # fmt: skip
    program = lower(policy)
    over = PartialDerivation.of(program, {"danger": "yes"})
    calm = PartialDerivation.of(program, {"danger": "no"})
    message = PartialDerivation.of(program, {"danger": "no", "contact": "message"})

    assert {"over": True, "under": False, "reading": False} == over.binds
    assert {"found": False} == over.holds
    assert {"over": False} == calm.binds
    assert {} == calm.holds
    assert {"over": False, "under": True} == message.binds
    assert {"found": True} == message.holds


@pytest.mark.parametrize(
    ("known", "facts", "findings"),
    [
        ({}, ["danger", "contact"], ["found"]),
        ({"danger": "no"}, [], []),
        ({"danger": "yes"}, ["contact"], ["found"]),
        ({"danger": UNKNOWN}, [], []),
    ],
)
def test_a_condition_depends_only_on_its_open_parts(
    known: dict[str, str], facts: list[str], findings: list[str]
) -> None:
    """Parts that are already decided are left out."""
    policy = policy_of(
        [{"id": "a", "when": {"status": "active"}, "then": {"concludes": "found"}}],
        findings=["found"],
    )
    settled = PartialDerivation.of(lower(policy), known)
    condition = All(
        (
            FactIn("danger", frozenset({"yes"})),
            Not(FactIn("contact", frozenset({"message"}))),
            Holds("found"),
        )
    )

    assert facts == [*settled.facts_of(condition)]
    assert findings == [*settled.findings_of(condition)]
