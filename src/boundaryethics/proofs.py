"""Prove that rules apply and findings are true, and check proofs independently."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

import attrs

from boundaryethics.arguments import checked
from boundaryethics.inference.components import strong_components
from boundaryethics.inference.evaluation import Evaluation, Key
from boundaryethics.model import conditions
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import (
    Absent,
    Derivation,
    Given,
    Premise,
    Proof,
    Proofs,
    ProofStep,
    Shown,
    Step,
    Unfounded,
)


@checked
def check_proof(
    proof: Proof, policy: Policy, situation: Situation, *, of: str | None = None
) -> tuple[str, ...]:
    """Check a proof and return its errors; a valid proof has none.

    Args:
        proof: the proof to check.
        policy: the policy whose rules the proof uses.
        situation: the situation whose facts the proof uses.
        of: the rule or finding that the proof must show; None for any.
    """
    if not isinstance(proof, Proof) or not proof.steps:
        return ("it is not a proof",)
    found = [*_Checker.of(proof, policy, situation).errors()]
    if of is not None and of not in _proved(proof.steps[0], policy):
        found.insert(0, f"it does not prove `{of}`")
    return tuple(dict.fromkeys(found))


def _proved(step: ProofStep, policy: Policy) -> tuple[str, ...]:
    """Return the rule and the findings that *step* proves."""
    if not isinstance(step, Step):
        return ()
    rule = policy.rule.get(step.rule)
    concluded = rule.then.concludes if rule and not step.overridden_by else ()
    return (step.rule, *concluded)


@attrs.frozen
class _Checker:
    """Checks each step of a proof, using only the rules and the situation."""

    steps: tuple[ProofStep, ...]
    rules: Mapping[str, Rule]
    situation: Situation
    #: For each rule, the rules that override it if they apply.
    overriders: Mapping[str, list[str]]
    #: For each finding, the rules that conclude it.
    concluding: Mapping[str, list[str]]
    #: For each statement, the number of the step that shows it.
    shown_by: dict[Shown, int] = attrs.Factory(dict)

    @classmethod
    def of(cls, proof: Proof, policy: Policy, situation: Situation) -> _Checker:
        overriders: dict[str, list[str]] = {}
        concluding: dict[str, list[str]] = {}
        for name in sorted(policy.rule):
            for other in policy.rule[name].overrides:
                overriders.setdefault(other, []).append(name)
            for finding in policy.rule[name].then.concludes:
                concluding.setdefault(finding, []).append(name)
        return cls(proof.steps, policy.rule, situation, overriders, concluding)

    def errors(self) -> Iterator[str]:
        """Yield the errors in each step, then those in the proof as a whole."""
        for number, step in enumerate(self.steps):
            for shown in _shown_by(step):
                if self.shown_by.setdefault(shown, number) != number:
                    yield f"{_words(shown)} is shown twice"
        below: list[list[int]] = []
        for number, step in enumerate(self.steps):
            relied = self._relied_on(number, step)
            yield from self._errors(step)
            for premise, at in relied.items():
                if at is None:
                    yield f"no step shows that {_words(premise)}"
                elif at <= number:
                    yield "a step relies on itself or on an earlier one"
            below.append(
                [at for at in relied.values() if at is not None and at > number]
            )
        if not _in_order(below):
            yield "the steps are not in the order of a depth-first search"

    def _relied_on(self, number: int, step: ProofStep) -> dict[Shown, int | None]:
        """Map the premises of *step* to the steps that show them, in order.

        A premise that no step shows is mapped to None.
        """
        parts = step.absences if isinstance(step, Unfounded) else (step,)
        relied = [premise for part in parts for premise in part.premises]
        if isinstance(step, Step):
            relied += [Shown("rule", by, applies=True) for by in step.overridden_by]
        shown = [one for one in relied if isinstance(one, Shown)]
        found = {one: self.shown_by.get(one) for one in shown}
        if isinstance(step, Unfounded):
            found = {one: at for one, at in found.items() if at != number}
        return found

    def _errors(self, step: ProofStep) -> Iterator[str]:
        match step:
            case Step(name) if name in self.rules:
                yield from self._step(self.rules[name], step)
            case Absent(of, name, premises):
                yield from self._absent(of, name, premises)
            case Unfounded(absences):
                for one in absences:
                    yield from self._absent(one.of, one.name, one.premises)
                if not _rely_on_each_other(absences):
                    yield "absences shown together do not all rely on each other"
            case _:
                yield "the policy has no such rule"

    def _step(self, rule: Rule, step: Step) -> Iterator[str]:
        could = self.overriders.get(rule.id, [])
        spared = [name for name in could if name not in set(step.overridden_by)]
        last = tuple(Shown("rule", name, applies=False) for name in spared)
        binding = [name for name in could if name not in set(spared)]
        count = len(step.premises) - len(last)
        if step.premises[count:] != last or step.overridden_by != tuple(binding):
            yield f"not every rule that could override `{rule.id}` is accounted for"
        yield from self._decides(rule, step.premises[:count], truth=True)

    def _absent(
        self, of: str, name: str, premises: tuple[Premise, ...]
    ) -> Iterator[str]:
        if of == "finding":
            could = self.concluding.get(name, [])
            if premises != tuple(Shown("rule", one, applies=False) for one in could):
                yield f"not every rule that could conclude `{name}` is accounted for"
        elif of != "rule" or name not in self.rules:
            yield "the policy has no such rule"
        else:
            over = self.overriders.get(name, [])
            if premises not in [(Shown("rule", by, applies=True),) for by in over]:
                yield from self._decides(self.rules[name], premises, truth=False)

    def _decides(
        self, rule: Rule, premises: tuple[Premise, ...], *, truth: bool
    ) -> Iterator[str]:
        facts: dict[str, str] = {}
        findings: dict[str, bool] = {}
        for premise in premises:
            match premise:
                case Given(fact, value):
                    if fact not in self.situation or self.situation[fact] != value:
                        given = f"`{fact}` the value `{value}`"
                        yield f"the situation does not give {given}"
                    facts[fact] = value
                case Shown("finding", name, False):
                    findings[name] = False
                case Shown("rule", name, True) if name in self.rules:
                    findings |= dict.fromkeys(self.rules[name].then.concludes, True)
                case _:
                    yield f"a premise of `{rule.id}` says nothing about its condition"
                    return
        if conditions.decided(rule.when, facts, findings) is not truth:
            outcome = "hold" if truth else "fail"
            yield f"the premises do not make the condition of `{rule.id}` {outcome}"
        elif len(set(premises)) < len(premises):
            yield f"a premise of `{rule.id}` is given twice"
        elif tuple(_needed(premises, Evaluation(rule.when), self.rules)) != premises:
            yield f"a premise of `{rule.id}` is not needed, or is out of order"


def _shown_by(step: ProofStep) -> Iterator[Shown]:
    match step:
        case Step(rule, _, ()):
            yield Shown("rule", rule, applies=True)
        case Absent(of, name):
            yield Shown(of, name, applies=False)
        case Unfounded(absences):
            for one in absences:
                yield Shown(one.of, one.name, applies=False)


def _words(shown: Shown) -> str:
    return f"`{shown.name}` {'applies' if shown.applies else 'does not apply'}"


def _in_order(below: Sequence[Sequence[int]]) -> bool:
    """Return whether a depth-first search from step 0 visits all steps in order.

    *below* lists, for each step, the later steps it relies on. The order is reverse
    postorder, and the last premise of a step is searched first.
    """
    left = len(below) - 1
    rest = [list(found) for found in below]
    opened, path = {0}, [0]
    while path:
        if not rest[path[-1]]:
            # The search finishes the steps in reverse order.
            if path.pop() != left:
                return False
            left -= 1
        elif (found := rest[path[-1]].pop()) not in opened:
            opened.add(found)
            path.append(found)
    return left < 0


def _rely_on_each_other(absences: Sequence[Absent]) -> bool:
    """Return whether each of the sorted *absences* relies on all the others."""
    names = [(one.of, one.name) for one in absences]
    number = {name: n for n, name in enumerate(names)}
    down: list[list[int]] = [[] for _ in absences]
    up: list[list[int]] = [[] for _ in absences]
    for upper, one in enumerate(absences):
        for premise in one.premises:
            if isinstance(premise, Shown) and not premise.applies:
                lower = number.get((premise.of, premise.name))
                if lower is not None:
                    down[upper].append(lower)
                    up[lower].append(upper)
    if len(names) <= 1 or names != sorted(number):
        return False
    return all(_reached(links) == len(names) for links in (down, up))


def _reached(links: Sequence[Sequence[int]]) -> int:
    """Return the number of nodes reachable from node 0 through *links*."""
    found, waiting = {0}, [0]
    while waiting:
        new = [n for n in links[waiting.pop()] if n not in found]
        found.update(new)
        waiting += new
    return len(found)


def _needed(
    premises: Collection[Premise], evaluation: Evaluation, rules: Mapping[str, Rule]
) -> list[Premise]:
    """Return the *premises* that decide a condition, without redundant ones.

    They are sorted by their position in the condition. *evaluation* is a new evaluation
    of the condition, with nothing known yet.
    """
    place = {key: n for n, key in enumerate(evaluation.leaves)}
    decides = {one: [*_decided(one, evaluation, rules)] for one in premises}
    known = Counter(key for keys in decides.values() for key, _ in keys)
    for key, value in chain.from_iterable(decides.values()):
        evaluation.know(key, value)

    def order(premise: Premise) -> tuple[int, str]:
        places = (place[key] for key, _ in decides[premise])
        name = premise.fact if isinstance(premise, Given) else premise.name
        return min(places, default=len(place)), name

    needed: list[Premise] = []
    for premise in sorted(decides, key=order):
        for key, _ in decides[premise]:
            known[key] -= 1
            if not known[key]:
                evaluation.know(key, None)
        if evaluation.value is None:
            needed.append(premise)
            for key, value in decides[premise]:
                known[key] += 1
                evaluation.know(key, value)
    return needed


def _decided(
    premise: Premise, evaluation: Evaluation, rules: Mapping[str, Rule]
) -> Iterator[tuple[Key, str | bool]]:
    """Yield the condition's facts and findings that *premise* decides, with values."""
    found: Iterable[tuple[Key, str | bool]]
    match premise:
        case Given(fact, value):
            found = [(("fact", fact), value)]
        case Shown("rule", name, True):
            concluded = evaluation.findings.intersection(rules[name].then.concludes)
            found = [(("finding", finding), True) for finding in concluded]
        case Shown(_, name):
            found = [(("finding", name), False)]
    return ((key, value) for key, value in found if key in evaluation.leaves)


def prove(policy: Policy, situation: Situation, derivation: Derivation) -> Proofs:
    """Prove each finding and each applied or overridden rule in *derivation*."""
    prover = _Prover(policy, situation, derivation)
    prover.prove_steps()
    findings = {name: prover.steps[rule] for name, rule in sorted(prover.held.items())}
    absences = prover.absences()
    return Proofs(dict(sorted(prover.steps.items())), findings, absences)


@attrs.define
class _Prover:
    """Proves rules in an order that lets each proof use earlier ones."""

    policy: Policy
    situation: Situation
    derivation: Derivation
    steps: dict[str, Step] = attrs.Factory(dict)
    #: For each finding that is proved to be true, the rule that concludes it.
    held: dict[str, str] = attrs.Factory(dict)

    def prove_steps(self) -> None:
        """Prove each rule as soon as the findings that it needs are proved."""
        overridden_by = {f.rule: f.overridden_by for f in self.derivation.firings}
        rules = self.policy.rule
        # Start from the absence of every finding that is not true. A step that shows an
        # absence never relies on a rule that depends on that absence (S8).
        evaluations = {name: self._evaluation(rules[name]) for name in overridden_by}
        reading: dict[str, list[str]] = {}
        for name, evaluation in evaluations.items():
            for kind, finding in evaluation.leaves:
                if kind == "finding" and finding in self.derivation.findings:
                    reading.setdefault(finding, []).append(name)
        ready = deque(name for name, one in evaluations.items() if one.value)
        while ready:
            name = ready.popleft()
            by = overridden_by[name]
            self.steps[name] = self._step(rules[name], evaluations[name], by)
            concluded = () if by else rules[name].then.concludes
            for finding in (one for one in concluded if one not in self.held):
                self.held[finding] = name
                for reader in reading.get(finding, ()):
                    waited = not evaluations[reader].value
                    evaluations[reader].know(("finding", finding), True)
                    if waited and evaluations[reader].value:
                        ready.append(reader)

    def absences(self) -> dict[Shown, Absent | Unfounded]:
        """Prove each absence that the steps rely on, directly or indirectly."""
        found: dict[Shown, Absent] = {}
        waiting: list[Absent | Step] = [*self.steps.values()]
        while waiting:
            premises = (p for p in waiting.pop().premises if isinstance(p, Shown))
            for premise in premises:
                if not premise.applies and premise not in found:
                    found[premise] = self._absent(premise)
                    waiting.append(found[premise])
        relied = {
            shown: [premise for premise in absent.premises if premise in found]
            for shown, absent in found.items()
        }
        shown_by: dict[Shown, Absent | Unfounded] = {}
        for component in strong_components(relied):
            together = [found[shown] for shown in component]
            together.sort(key=lambda one: (one.of, one.name))
            step = Unfounded(tuple(together)) if len(together) > 1 else together[0]
            shown_by |= dict.fromkeys(component, step)
        return shown_by

    def _step(self, rule: Rule, evaluation: Evaluation, by: tuple[str, ...]) -> Step:
        could = self.policy.overridden_by.get(rule.id, ())
        others = sorted(set(could).difference(by))
        spared = (Shown("rule", other, applies=False) for other in others)
        return Step(rule.id, (*self._premises(rule, evaluation), *spared), by)

    def _absent(self, shown: Shown) -> Absent:
        of, name = shown.of, shown.name
        premises: Iterable[Premise]
        if of == "finding":
            rules = sorted(self.policy.concluded_by.get(name, ()))
            premises = (Shown("rule", rule, applies=False) for rule in rules)
        elif by := self.derivation.overridden.get(name):
            premises = [Shown("rule", by[0], applies=True)]
        else:
            rule = self.policy.rule[name]
            premises = self._premises(rule, self._evaluation(rule))
        return Absent(of, name, tuple(premises))

    def _evaluation(self, rule: Rule) -> Evaluation:
        """Evaluate the condition of *rule* with the facts and findings known so far."""
        evaluation = Evaluation(rule.when)
        for kind, name in evaluation.leaves:
            if kind == "fact":
                evaluation.know((kind, name), self.situation[name])
            elif name in self.held or name not in self.derivation.findings:
                evaluation.know((kind, name), name in self.held)
        return evaluation

    def _premises(self, rule: Rule, evaluation: Evaluation) -> list[Premise]:
        """Return nonredundant premises that decide the condition of *rule*."""
        found = dict.fromkeys(map(self._premise, evaluation.support()))
        return _needed(found, Evaluation(rule.when), self.policy.rule)

    def _premise(self, key: Key) -> Premise:
        kind, name = key
        if kind == "fact":
            return Given(name, self.situation[name])
        if name in self.held:
            return Shown("rule", self.held[name], applies=True)
        return Shown("finding", name, applies=False)
