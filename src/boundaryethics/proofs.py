"""Prove why rules apply and findings hold, and check proofs independently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, TypeAlias, assert_never

import attrs

from boundaryethics.arguments import checked
from boundaryethics.inference.program import strata
from boundaryethics.model import conditions
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Absent, Derivation, Given, Proof, Proofs, Step

#: Findings that an enclosing proof shows to be absent.
Enclosing: TypeAlias = frozenset[str]


def _decided_by(
    premises: Iterable[Proof],
    condition: conditions.Condition,
    rules: Mapping[str, Rule],
) -> bool | None:
    """Return whether *premises* make *condition* hold; None if they leave it open."""
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
    return conditions.decided(condition, facts, findings)


@checked
def check_proof(
    proof: Proof, policy: Policy, situation: Situation, *, of: str | None = None
) -> tuple[str, ...]:
    """Check a proof and return the errors found. An empty tuple means it is valid.

    Args:
        proof: the proof to check.
        policy: the policy whose rules it uses.
        situation: the situation whose facts it uses.
        of: the rule or finding that it must prove; None for any.
    """
    checker = _Checker(policy.rule, situation)
    found = [*checker.faults(proof, frozenset())]
    proved: tuple[str, ...] = ()
    if isinstance(proof, Step):
        rule = policy.rule.get(proof.rule)
        concluded = rule.then.concludes if rule and not proof.overridden_by else ()
        proved = (proof.rule, *concluded)
    if of is not None and of not in proved:
        found.insert(0, f"it does not prove `{of}`")
    return tuple(dict.fromkeys(found))


@attrs.frozen
class _Checker:
    """Check proofs against rules and a situation."""

    rules: Mapping[str, Rule]
    situation: Situation
    #: Valid subproofs by identity, because proofs share them.
    sound: dict[int, Proof] = attrs.Factory(dict)

    def faults(self, proof: Proof, enclosing: Enclosing) -> Iterator[str]:
        """Yield the errors in *proof* and its subproofs."""
        if id(proof) in self.sound and not enclosing:
            return
        found = list(self._faults(proof, enclosing))
        yield from found
        if not found and not enclosing:
            self.sound[id(proof)] = proof

    def _faults(self, proof: Proof, enclosing: Enclosing) -> Iterator[str]:
        match proof:
            case Given(fact, value):
                if fact not in self.situation or self.situation[fact] != value:
                    yield f"the situation does not give `{fact}` the value `{value}`"
            case Absent("finding", name, premises):
                yield from self._absent_finding(name, premises, enclosing)
            case Absent("rule", name, premises) if name in self.rules:
                yield from self._absent_rule(self.rules[name], premises, enclosing)
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
        could = [o.id for o in self.rules.values() if rule.id in o.overrides]
        if sorted(named) != sorted(could):
            yield f"not every rule that could override `{rule.id}` is accounted for"
        if any(by.overridden_by for by in step.overridden_by):
            yield f"a rule that does not bind is said to override `{rule.id}`"
        yield from self._decides(rule, shown, truth=True)
        # A step relies on no enclosing absence, so it is valid anywhere.
        for premise in (*step.premises, *step.overridden_by):
            yield from self.faults(premise, frozenset())

    def _absent_finding(
        self, name: str, premises: tuple[Proof, ...], enclosing: Enclosing
    ) -> Iterator[str]:
        if name in enclosing:
            if premises:
                yield f"the absence of `{name}` is shown within itself"
            return
        could = [r.id for r in self.rules.values() if name in r.then.concludes]
        named = [p.name for p in premises if _is_absent_rule(p)]  # type: ignore[union-attr]
        if len(named) != len(premises) or sorted(named) != sorted(could):
            yield f"not every rule that could conclude `{name}` is accounted for"
        for premise in premises:
            yield from self.faults(premise, enclosing | {name})

    def _absent_rule(
        self, rule: Rule, premises: tuple[Proof, ...], enclosing: Enclosing
    ) -> Iterator[str]:
        overrider = None
        match premises:
            case (Step(name, _, ()),):
                overrider = self.rules.get(name)
        if overrider is None or rule.id not in overrider.overrides:
            yield from self._decides(rule, premises, truth=False)
        for premise in premises:
            yield from self.faults(premise, enclosing)

    def _decides(
        self, rule: Rule, premises: tuple[Proof, ...], *, truth: bool
    ) -> Iterator[str]:
        if _decided_by(premises, rule.when, self.rules) is not truth:
            outcome = "hold" if truth else "fail"
            yield f"the premises do not make the condition of `{rule.id}` {outcome}"
            return
        if len(set(premises)) < len(premises):
            yield f"a premise of `{rule.id}` is given twice"
        for spare in premises:
            fewer = [other for other in premises if other is not spare]
            if _decided_by(fewer, rule.when, self.rules) is not None:
                yield f"the condition of `{rule.id}` does not need every premise"
                return


def _is_absent_rule(proof: Proof) -> bool:
    return isinstance(proof, Absent) and proof.of == "rule"


def prove(policy: Policy, situation: Situation, derivation: Derivation) -> Proofs:
    """Prove each finding and each applied or overridden rule of *derivation*."""
    prover = _Prover(policy, situation, derivation)
    prover.prove_steps()
    return Proofs(dict(sorted(prover.steps.items())), dict(sorted(prover.held.items())))


@attrs.define
class _Prover:
    """Prove rules in an order in which each proof can use earlier ones."""

    policy: Policy
    situation: Situation
    derivation: Derivation
    steps: dict[str, Step] = attrs.Factory(dict)
    held: dict[str, Step] = attrs.Factory(dict)
    absences: dict[tuple[str, str], Absent] = attrs.Factory(dict)

    def prove_steps(self) -> None:
        """Prove each firing once the findings that it needs are proved."""
        rules, (heights, _) = self.policy.rule, strata(self.policy)
        for level in sorted(set(heights.values())):
            waiting = [f for f in self.derivation.firings if heights[f.rule] == level]
            # Findings read negatively are in a lower stratum, so they are settled.
            while ready := [
                firing
                for firing in waiting
                if conditions.holds(
                    rules[firing.rule].when, self.situation, self.held.keys()
                )
            ]:
                waiting = [firing for firing in waiting if firing not in ready]
                made = [self._step(rules[f.rule], f.overridden_by) for f in ready]
                self.steps |= {step.rule: step for step in made}
                for step in made:
                    if not step.overridden_by:
                        concluded = rules[step.rule].then.concludes
                        self.held = dict.fromkeys(concluded, step) | self.held

    def _step(self, rule: Rule, by: tuple[str, ...]) -> Step:
        others = [o for o in self.policy.overridden_by.get(rule.id, ()) if o not in by]
        premises = self._premises(rule.when, frozenset(), truth=True)
        absent = tuple(self._absent("rule", o, frozenset()) for o in sorted(others))
        return Step(rule.id, premises + absent, tuple(self.steps[o] for o in by))

    def _absent(
        self, of: Literal["rule", "finding"], name: str, enclosing: Enclosing
    ) -> Absent:
        if of == "finding" and name in enclosing:
            return Absent(of, name, ())
        if known := self.absences.get((of, name)):
            return known
        premises: tuple[Proof, ...]
        if of == "finding":
            within = enclosing | {name}
            rules = sorted(self.policy.concluded_by.get(name, ()))
            premises = tuple(self._absent("rule", rule, within) for rule in rules)
        elif by := self.derivation.overridden.get(name):
            premises = (self.steps[by[0]],)
        else:
            condition = self.policy.rule[name].when
            premises = self._premises(condition, enclosing, truth=False)
        absent = Absent(of, name, premises)
        # An absence that relies on an enclosing one is valid only inside it.
        if not enclosing:
            self.absences[of, name] = absent
        return absent

    def _premises(
        self, condition: conditions.Condition, enclosing: Enclosing, *, truth: bool
    ) -> tuple[Proof, ...]:
        """Return premises that decide *condition*, without redundant ones."""
        findings = self.held.keys() if truth else self.derivation.findings

        def support(condition: conditions.Condition, *, truth: bool) -> Iterator[Proof]:
            match condition:
                case conditions.FactIn(fact, _):
                    yield Given(fact, self.situation[fact])
                case conditions.Holds(finding):
                    held = self.held.get(finding) if truth else None
                    yield held or self._absent("finding", finding, enclosing)
                case conditions.Not(part):
                    yield from support(part, truth=not truth)
                case conditions.All(parts) | conditions.Any(parts):
                    chosen = parts
                    if isinstance(condition, conditions.All) is not truth:
                        deciding = (
                            part
                            for part in parts
                            if conditions.holds(part, self.situation, findings) is truth
                        )
                        chosen = (next(deciding),)
                    for part in chosen:
                        yield from support(part, truth=truth)
                case _:
                    assert_never(condition)

        kept = list(dict.fromkeys(support(condition, truth=truth)))
        for premise in tuple(kept):
            fewer = [other for other in kept if other is not premise]
            if _decided_by(fewer, condition, self.policy.rule) is not None:
                kept = fewer
        return tuple(kept)
