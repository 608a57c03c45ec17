"""The checker: accepts a proof only if every step of it follows, to the letter.

In: a proof, the policy, the situation. Out: what is wrong with it, in words;
nothing for a sound proof. Trusts no engine and no prover.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias, assert_never, final

import attrs

from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.proof import Absent, Given, Proof, Step
from boundaryethics.model.rules import Rule
from boundaryethics.proving._deciding import Known

#: Findings whose absence is being shown further up.
Leant: TypeAlias = frozenset[str]


def faults(
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
