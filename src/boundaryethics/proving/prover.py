"""The prover: a proof for every finding and every rule that was triggered.

In: a policy, a situation, and what an engine derived. Out: proofs that stand
without the engine. Each rests only on what was settled before it, so that no
proof leans on itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias, assert_never, final

import attrs

from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
    holds,
)
from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.proof import Absent, Given, Proof, Proofs, Step
from boundaryethics.model.rules import Rule
from boundaryethics.program.strata import strata
from boundaryethics.proving._deciding import needed

#: Findings whose absence is being shown further up, and may be leant on.
Leant: TypeAlias = frozenset[str]


def prove(policy: Policy, situation: Situation, derivation: Derivation) -> Proofs:
    """A proof for each finding and each binding or overridden rule of *derivation*."""
    prover = _Prover(policy, situation, derivation)
    prover.prove_steps()
    return Proofs(dict(sorted(prover.steps.items())), dict(sorted(prover.held.items())))


@final
@attrs.define
class _Prover:
    """Proofs made so far, in the order in which rules can lean on one another."""

    policy: Policy
    situation: Situation
    derivation: Derivation
    steps: dict[str, Step] = attrs.Factory(dict)
    held: dict[str, Step] = attrs.Factory(dict)
    absences: dict[tuple[str, str], Absent] = attrs.Factory(dict)

    def prove_steps(self) -> None:
        """Prove each firing once all that it leans on is proved."""
        heights, _ = strata(self.policy)
        for level in sorted(set(heights.values())):
            fired = (f for f in self.derivation.firings if heights[f.rule] == level)
            self._prove_level({firing.rule: firing.overridden_by for firing in fired})

    def _prove_level(self, waiting: dict[str, tuple[str, ...]]) -> None:
        while ready := [name for name in waiting if self._can_stand(name)]:
            made = [self._step(self.policy.rule[n], waiting.pop(n)) for n in ready]
            self.steps |= {step.rule: step for step in made}
            for step in (step for step in made if not step.overridden_by):
                concluded = self.policy.rule[step.rule].then.concludes
                self.held = dict.fromkeys(concluded, step) | self.held

    def _can_stand(self, name: str) -> bool:
        """Whether the rule's condition holds by the findings proved so far.

        Findings read negatively are settled, in a stratum below.
        """
        rule = self.policy.rule[name]
        return holds(rule.when, self.situation, self.held.keys())

    def _step(self, rule: Rule, by: tuple[str, ...]) -> Step:
        others = [o for o in self.policy.overriders.get(rule.id, ()) if o not in by]
        premises = self._needed(rule.when, truth=True, leant=frozenset())
        absent = tuple(self._absent_rule(name, frozenset()) for name in sorted(others))
        return Step(rule.id, premises + absent, tuple(self.steps[o] for o in by))

    def _needed(
        self, condition: Condition, *, truth: bool, leant: Leant
    ) -> tuple[Proof, ...]:
        found = self._support(condition, truth=truth, leant=leant)
        return needed(condition, found, self.policy.rule)

    def _support(
        self, condition: Condition, *, truth: bool, leant: Leant
    ) -> Iterator[Proof]:
        """Premises by which *condition* comes out as *truth*, perhaps too many."""
        match condition:
            case FactIn(fact, _):
                yield Given(fact, self.situation[fact])
            case Holds(finding):
                held = self.held.get(finding) if truth else None
                yield held or self._absent_finding(finding, leant)
            case Not(part):
                yield from self._support(part, truth=not truth, leant=leant)
            case All(parts) | Any(parts):
                chosen = parts
                if isinstance(condition, All) is not truth:
                    chosen = (next(p for p in parts if self._is(p, truth=truth)),)
                for part in chosen:
                    yield from self._support(part, truth=truth, leant=leant)
            case _:
                assert_never(condition)

    def _is(self, condition: Condition, *, truth: bool) -> bool:
        """Whether *condition* comes out as *truth* by what is proved or absent."""
        match condition:
            case FactIn(fact, values):
                return (self.situation[fact] in values) is truth
            case Holds(finding):
                known = self.held if truth else self.derivation.findings
                return (finding in known) is truth
            case Not(part):
                return self._is(part, truth=not truth)
            case All(parts) | Any(parts):
                quantified = all if isinstance(condition, All) is truth else any
                return quantified(self._is(part, truth=truth) for part in parts)
            case _:
                assert_never(condition)

    def _absent_finding(self, finding: str, leant: Leant) -> Absent:
        if finding in leant:
            return Absent("finding", finding, ())
        known = self.absences.get(("finding", finding))
        if known:
            return known
        within = leant | {finding}
        rules = sorted(self.policy.concluders.get(finding, ()))
        premises = tuple(self._absent_rule(name, within) for name in rules)
        return self._kept(Absent("finding", finding, premises), leant)

    def _absent_rule(self, name: str, leant: Leant) -> Absent:
        known = self.absences.get(("rule", name))
        if known:
            return known
        by = self.derivation.overridden.get(name)
        premises: tuple[Proof, ...]
        if by:
            premises = (self.steps[by[0]],)
        else:
            condition = self.policy.rule[name].when
            premises = self._needed(condition, truth=False, leant=leant)
        return self._kept(Absent("rule", name, premises), leant)

    def _kept(self, absent: Absent, leant: Leant) -> Absent:
        # What leans on an absence further up holds only there: made anew elsewhere.
        if not leant:
            self.absences[absent.of, absent.name] = absent
        return absent
