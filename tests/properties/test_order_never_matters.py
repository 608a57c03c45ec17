"""Law: the order of parts in a policy does not change the derivation."""

from __future__ import annotations

from random import Random
from typing import TypeVar

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import engines
from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import All, Any, Condition, Not
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Rule
from support.strategies import policies_with_situations

T = TypeVar("T")


def shuffled(items: tuple[T, ...], chance: Random) -> tuple[T, ...]:
    """Return *items* in a random order."""
    return tuple(chance.sample(items, len(items)))


def rewritten(policy: Policy, chance: Random) -> Policy:
    """Return *policy* with all its lists in random order."""
    impossible = shuffled(policy.vocabulary.impossible, chance)
    facts = (
        attrs.evolve(fact, values=shuffled(fact.values, chance))
        for fact in shuffled(policy.vocabulary.facts, chance)
    )
    rules = (rewritten_rule(rule, chance) for rule in shuffled(policy.rules, chance))
    return attrs.evolve(
        policy,
        vocabulary=Vocabulary(
            tuple(facts),
            tuple(rewritten_condition(one, chance) for one in impossible),
        ),
        findings=shuffled(policy.findings, chance),
        principles=shuffled(policy.principles, chance),
        rules=tuple(rules),
    )


def rewritten_rule(rule: Rule, chance: Random) -> Rule:
    """Return *rule* with its lists in a random order."""
    listed = attrs.asdict(rule.then, recurse=False)
    return attrs.evolve(
        rule,
        when=rewritten_condition(rule.when, chance),
        then=Effects(**{name: shuffled(of, chance) for name, of in listed.items()}),
        supervision_questions=shuffled(rule.supervision_questions, chance),
        overrides=shuffled(rule.overrides, chance),
    )


def rewritten_condition(condition: Condition, chance: Random) -> Condition:
    """Return *condition* with its parts reordered at each level."""
    match condition:
        case All(parts) | Any(parts):
            inner = tuple(rewritten_condition(part, chance) for part in parts)
            return type(condition)(shuffled(inner, chance))
        case Not(part):
            return Not(rewritten_condition(part, chance))
        case _:
            return condition


@pytest.mark.clause("S9")
@pytest.mark.parametrize("engine", ["reference", None])
@given(case=policies_with_situations(), chance=st.randoms(use_true_random=False))
def test_order_never_changes_the_derivation(
    engine: str | None, case: tuple[Policy, Situation], chance: Random
) -> None:
    """A policy written in another order derives the same from the same facts."""
    policy, situation = case
    other = rewritten(policy, chance)
    same = other.vocabulary.situation(situation.known())

    assert engines.load(lower(policy), engine).derive(situation) == engines.load(
        lower(other), engine
    ).derive(same)


@pytest.mark.clause("S22")
@given(case=policies_with_situations(), chance=st.randoms(use_true_random=False))
def test_order_never_changes_the_fingerprint(
    case: tuple[Policy, Situation], chance: Random
) -> None:
    """A policy written in another order has the same fingerprint."""
    policy, _ = case

    assert policy.fingerprint == rewritten(policy, chance).fingerprint
