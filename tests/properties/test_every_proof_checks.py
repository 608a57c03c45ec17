"""Law: each derived fact has a proof, and checking it needs no engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import reference
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Absent, Given, Proof, Proofs, Step
from boundaryethics.proofs import check_proof, prove
from support.strategies import policies, situations


def proofs_of(policy: Policy, situation: Situation) -> Proofs:
    """Yield each proof of the reference engine's derivation."""
    derivation = reference.load(lower(policy)).derive(situation)
    return prove(policy, situation, derivation)


def altered(proof: Proof, policy: Policy) -> Iterator[Proof]:
    """Yield *proof* with each invalid change of one step."""
    match proof:
        case Given(fact, value):
            others = policy.vocabulary[fact].all_values
            yield from (Given(fact, other) for other in others if other != value)
        case Absent(of, name, premises):
            for fewer in without_one(premises):
                yield Absent(of, name, fewer)
            for other in with_one_altered(premises, policy):
                yield Absent(of, name, other)
        case Step(rule, premises, overridden_by):
            yield Step("no-such-rule", premises, overridden_by)
            yield Step(rule, (*premises, Given("no_such_fact", "yes")), overridden_by)
            for fewer in without_one(premises):
                yield Step(rule, fewer, overridden_by)
            for fewer in without_one(overridden_by):
                yield Step(rule, premises, fewer)  # type: ignore[arg-type]
            for other in with_one_altered(premises, policy):
                yield Step(rule, other, overridden_by)


def without_one(parts: tuple[Proof, ...]) -> Iterator[tuple[Proof, ...]]:
    """Yield *parts* with each left out in turn."""
    for n in range(len(parts)):
        yield parts[:n] + parts[n + 1 :]


def with_one_altered(
    parts: tuple[Proof, ...], policy: Policy
) -> Iterator[tuple[Proof, ...]]:
    """Yield *parts* with each changed in turn."""
    for n, part in enumerate(parts):
        for other in altered(part, policy):
            yield (*parts[:n], other, *parts[n + 1 :])


@given(st.data())
@pytest.mark.clause("S6", "S7")
def test_every_firing_and_finding_is_proved_and_every_proof_checks(
    data: st.DataObject,
) -> None:
    """Each binding or overridden rule and each finding has a sound proof."""
    policy = data.draw(policies())
    situation = data.draw(situations(policy))
    derivation = reference.load(lower(policy)).derive(situation)
    proofs = prove(policy, situation, derivation)

    assert [firing.rule for firing in derivation.firings] == list(proofs.rules)
    assert derivation.findings == proofs.findings.keys()
    for firing in derivation.firings:
        step = proofs.rules[firing.rule]
        assert firing.overridden_by == tuple(by.rule for by in step.overridden_by)
        assert () == check_proof(step, policy, situation)
    for finding, step in proofs.findings.items():
        assert finding in policy.rule[step.rule].then.concludes
        assert () == step.overridden_by


@given(st.data())
def test_no_proof_with_one_step_altered_checks(data: st.DataObject) -> None:
    """A wrong value or rule and a missing or extra premise are refused."""
    policy = data.draw(policies())
    situation = data.draw(situations(policy))
    for step in proofs_of(policy, situation).rules.values():
        for wrong in altered(step, policy):
            assert check_proof(wrong, policy, situation), wrong


@given(st.data())
def test_no_proof_holds_for_a_situation_in_which_the_rule_does_not_fire(
    data: st.DataObject,
) -> None:
    """A proof is sound only where its conclusion is true."""
    policy = data.draw(policies())
    here, elsewhere = data.draw(situations(policy)), data.draw(situations(policy))
    there = reference.load(lower(policy)).derive(elsewhere)
    for name, step in proofs_of(policy, here).rules.items():
        outcome = there.overridden if step.overridden_by else there.binding
        assert name in outcome or check_proof(step, policy, elsewhere)
