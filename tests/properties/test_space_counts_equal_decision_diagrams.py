"""Counts over the whole vocabulary, compared with binary decision diagrams.

Another library makes diagrams of another kind directly from the semantics:
a fact is some bits, a rule is the formula of its firing, and models are counted.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from dd.autoref import BDD

from boundaryethics.analysis import rule_impact
from boundaryethics.inference.program import lower
from boundaryethics.mdd.build import NOTHING, STATUSES, QueryBuilder
from boundaryethics.mdd.scores import mask_of
from boundaryethics.mdd.space import Space, space_of
from boundaryethics.model.conditions import All, Condition, FactIn, Holds, Not, leaves
from boundaryethics.model.facts import Fact
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.policies import load_policy

POLICY = "apa-2017"


class Formulas:
    """Each rule and finding of a policy as a formula over the bits of its facts."""

    def __init__(self, policy: Policy) -> None:
        self.bdd = BDD()
        self.facts = policy.vocabulary.by_name
        for fact in policy.vocabulary.facts:
            self.bdd.declare(*_bits(fact))
        self.valid = self.bdd.true
        for fact in policy.vocabulary.facts:
            self.valid &= self._among(fact.name, frozenset(fact.all_values))
        for impossible in policy.vocabulary.impossible:
            # No condition has a negation, so unknown facts meet none.
            assert all(positive for _, positive in leaves(impossible))
            self.valid &= ~self._condition(impossible)
        self.findings = dict.fromkeys(policy.finding, self.bdd.false)
        self.binding: dict[str, Any] = {}
        for stratum in lower(policy).strata:
            # Findings in a cycle would need a fixpoint; this policy has none.
            assert not stratum.feeds_itself
            for rule in stratum.rules:
                binds = self._condition(rule.condition)
                for other in rule.overriders:
                    binds &= ~self.binding[other]
                self.binding[rule.id] = binds
                for finding in rule.concludes:
                    self.findings[finding] |= binds

    def count(self, formula: Any) -> int:
        """Count the situations in which *formula* holds."""
        return int(self.bdd.count(formula & self.valid, len(self.bdd.vars)))

    def _among(self, name: str, values: frozenset[str]) -> Any:
        fact = self.facts[name]
        found = self.bdd.false
        for number, value in enumerate(fact.all_values):
            if value in values:
                bits = {bit: number >> n & 1 for n, bit in enumerate(_bits(fact))}
                found |= self.bdd.cube({bit: bool(on) for bit, on in bits.items()})
        return found

    def _condition(self, condition: Condition) -> Any:
        match condition:
            case FactIn(name, values):
                return self._among(name, values)
            case Holds(finding):
                return self.findings[finding]
            case Not(part):
                return ~self._condition(part)
            case _:
                conjoined = isinstance(condition, All)
                found = self.bdd.true if conjoined else self.bdd.false
                for part in map(self._condition, condition.parts):
                    found = found & part if conjoined else found | part
                return found


def _bits(fact: Fact) -> list[str]:
    return [f"{fact.name}_{n}" for n in range(len(fact.values).bit_length())]


def _count(queries: QueryBuilder, space: Space, demanded: int) -> int:
    """Count the situations in which the finding numbered *demanded* holds."""
    return int(sum(queries.ask(space, NOTHING, demanded=demanded).weights()))


@cache
def formulas() -> tuple[Policy, Formulas]:
    """Return the policy with its formulas."""
    policy = load_policy(POLICY)
    return policy, Formulas(policy)


@pytest.mark.clause("S6")
def test_firings_of_rules_equal_models_of_formulas() -> None:
    """Each rule applies in as many situations as its formula has models."""
    policy, formula = formulas()
    queries, space = QueryBuilder([policy]), space_of(policy.vocabulary)

    counted = {
        name: _count(queries, space, queries.builder.bound(node))
        for name, node in queries.builder.rules[0].items()
    }

    assert {n: formula.count(f) for n, f in formula.binding.items()} == counted


@pytest.mark.slow
@pytest.mark.clause("S6")
def test_rule_impact_equals_models_of_formulas() -> None:
    """`rule_impact` counts the same for each rule."""
    policy, formula = formulas()

    counted = {e.rule: e.binding for e in rule_impact(policy).rules}

    assert {n: formula.count(f) for n, f in formula.binding.items()} == counted


@pytest.mark.clause("S7")
def test_counts_of_findings_equal_models_of_formulas() -> None:
    """Each finding holds in as many situations as its formula has models."""
    policy, formula = formulas()
    queries, space = QueryBuilder([policy]), space_of(policy.vocabulary)

    counted = {
        name: _count(queries, space, number)
        for name, number in queries.builder.named[0].items()
    }

    assert {n: formula.count(formula.findings[n]) for n in counted} == counted


@pytest.mark.clause("S12")
def test_counts_of_bans_equal_models_of_formulas() -> None:
    """Each option is forbidden in as many situations as its formula has models."""
    policy, formula = formulas()
    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), STATUSES)

    for option in Option:
        expected = formula.bdd.false
        for rule in policy.rules:
            if option in rule.then.forbids:
                expected |= formula.binding[rule.id]
        ends = diagram.ends.flags[:, 0, 0] & mask_of((option,)) != 0
        assert formula.count(expected) == diagram.count(np.asarray(ends))
