"""Prove why a rule applies or a finding holds, and check proofs independently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias, assert_never, final

import attrs

from boundaryethics.inference.program import strata
from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
    decided,
    holds,
)
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Absent, Derivation, Given, Proof, Proofs, Step


@final
@attrs.frozen
class Known:
    """What premises say: values of facts, and findings that hold or do not."""

    facts: Mapping[str, str]
    findings: Mapping[str, bool]

    @classmethod
    def by(cls, premises: Iterable[Proof], rules: Mapping[str, Rule]) -> Known:
        """What *premises* say, each taken at its word."""
        facts: dict[str, str] = {}
        findings: dict[str, bool] = {}
        for premise in premises:
            match premise:
                case Given(fact, value):
                    facts[fact] = value
                case Absent("finding", name, _):
                    findings[name] = False
                case Step(rule, _, ()) if rule in rules:
                    findings |= dict.fromkeys(rules[rule].then.concludes, True)
                case _:
                    pass
        return cls(facts, findings)

    def decides(self, condition: Condition) -> bool | None:
        """Whether *condition* holds by this; None where that is left open."""
        return decided(condition, self.facts, self.findings)


def needed(
    condition: Condition, premises: Iterable[Proof], rules: Mapping[str, Rule]
) -> tuple[Proof, ...]:
    """Those of *premises* that still decide *condition* when none can be spared."""
    kept = list(dict.fromkeys(premises))
    for premise in tuple(kept):
        fewer = [other for other in kept if other is not premise]
        if Known.by(fewer, rules).decides(condition) is not None:
            kept = fewer
    return tuple(kept)


#: Findings whose absence is being shown further up.
Leant: TypeAlias = frozenset[str]


def check_proof(
    proof: Proof, policy: Policy, situation: Situation, *, of: str | None = None
) -> tuple[str, ...]:
    """What is wrong with *proof*; empty where it is sound.

    Args:
        proof: the proof to be checked.
        policy: whose rules it uses.
        situation: whose facts it starts from.
        of: the rule or the finding that it has to prove; any, where it is None.
    """
    checker = _Checker(policy.rule, situation)
    found = [*checker.missing(proof, of), *checker.faults(proof, frozenset())]
    return tuple(dict.fromkeys(found))


@final
@attrs.frozen
class _Checker:
    """The rules and the situation against which a proof is held."""

    rules: Mapping[str, Rule]
    situation: Situation
    #: Subtrees found sound already, by identity: proofs share them.
    sound: dict[int, Proof] = attrs.Factory(dict)

    def missing(self, proof: Proof, name: str | None) -> Iterator[str]:
        """Whether *proof* proves something else than *name*."""
        proved = {proof.rule} if isinstance(proof, Step) else set()
        if isinstance(proof, Step) and not proof.overridden_by:
            rule = self.rules.get(proof.rule)
            proved |= set(rule.then.concludes if rule else ())
        if name is not None and name not in proved:
            yield f"it does not prove `{name}`"

    def faults(self, proof: Proof, leant: Leant) -> Iterator[str]:
        if id(proof) in self.sound and not leant:
            return
        found = list(self._faults(proof, leant))
        yield from found
        if not found and not leant:
            self.sound[id(proof)] = proof

    def _faults(self, proof: Proof, leant: Leant) -> Iterator[str]:
        match proof:
            case Given(fact, value):
                if fact not in self.situation or self.situation[fact] != value:
                    yield f"the situation does not give `{fact}` the value `{value}`"
            case Absent("finding", name, premises):
                yield from self._absent_finding(name, premises, leant)
            case Absent("rule", name, premises) if name in self.rules:
                yield from self._absent_rule(self.rules[name], premises, leant)
            case Step(name, _, _) if name in self.rules:
                yield from self._step(self.rules[name], proof)
            case Absent() | Step():
                yield "the policy has no such rule"
            case _:
                assert_never(proof)

    def _step(self, rule: Rule, step: Step) -> Iterator[str]:
        spared = [p for p in step.premises if _is_absent_rule(p)]
        shown = tuple(p for p in step.premises if not _is_absent_rule(p))
        named = [p.name for p in spared if isinstance(p, Absent)]
        named += [by.rule for by in step.overridden_by]
        could = [
            other.id for other in self.rules.values() if rule.id in other.overrides
        ]
        if sorted(named) != sorted(could):
            yield f"not every rule that could override `{rule.id}` is accounted for"
        if any(by.overridden_by for by in step.overridden_by):
            yield f"a rule that does not bind is said to override `{rule.id}`"
        yield from self._decides(rule, shown, truth=True)
        # A step leans on nothing further up: what it shows holds everywhere.
        for premise in (*step.premises, *step.overridden_by):
            yield from self.faults(premise, frozenset())

    def _absent_finding(
        self, name: str, premises: tuple[Proof, ...], leant: Leant
    ) -> Iterator[str]:
        if name in leant:
            if premises:
                yield f"the absence of `{name}` is shown within itself"
            return
        could = [r.id for r in self.rules.values() if name in r.then.concludes]
        named = [p.name for p in premises if _is_absent_rule(p)]  # type: ignore[union-attr]
        if len(named) != len(premises) or sorted(named) != sorted(could):
            yield f"not every rule that could conclude `{name}` is accounted for"
        for premise in premises:
            yield from self.faults(premise, leant | {name})

    def _absent_rule(
        self, rule: Rule, premises: tuple[Proof, ...], leant: Leant
    ) -> Iterator[str]:
        match premises:
            case (Step(name, _, ()),) if (
                name in self.rules and rule.id in self.rules[name].overrides
            ):
                pass
            case _:
                yield from self._decides(rule, premises, truth=False)
        for premise in premises:
            yield from self.faults(premise, leant)

    def _decides(
        self, rule: Rule, premises: tuple[Proof, ...], *, truth: bool
    ) -> Iterator[str]:
        if Known.by(premises, self.rules).decides(rule.when) is not truth:
            outcome = "hold" if truth else "fail"
            yield f"the premises do not make the condition of `{rule.id}` {outcome}"
            return
        if len(set(premises)) < len(premises):
            yield f"a premise of `{rule.id}` is given twice"
        for spare in premises:
            fewer = [other for other in premises if other is not spare]
            if Known.by(fewer, self.rules).decides(rule.when) is not None:
                yield f"the condition of `{rule.id}` does not need every premise"
                return


def _is_absent_rule(proof: Proof) -> bool:
    return isinstance(proof, Absent) and proof.of == "rule"


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
        others = [o for o in self.policy.overridden_by.get(rule.id, ()) if o not in by]
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
        rules = sorted(self.policy.concluded_by.get(finding, ()))
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


__all__ = ["check_proof", "prove"]
