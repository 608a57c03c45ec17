"""Check proofs by brute force, alter them, and make policies that need each kind.

This module shares no code with the prover or the checker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import Any, Literal, TypeAlias, TypeVar

import attrs

from boundaryethics.inference import reference
from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import FactIn, holds, leaves
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import (
    Absent,
    Given,
    Premise,
    Proof,
    ProofStep,
    Shown,
    Step,
    Unfounded,
)
from support.small_policies import policy_of

T = TypeVar("T")
KINDS: tuple[Literal["rule"], Literal["finding"]] = ("rule", "finding")
#: The alteration, and the altered proof.
Altered: TypeAlias = tuple[str, Proof]


def mutual_policy(random: Random) -> Policy:
    """Make a policy in which findings feed each other, and rules read their absence."""
    findings = [f"f{n}" for n in range(random.randint(2, 4))]
    base = [f"base-{n}" for n in range(random.randint(0, 2))]
    middle = [f"middle-{n}" for n in range(random.randint(3, 7))]
    top = [f"top-{n}" for n in range(random.randint(2, 4))]
    rules: list[dict[str, Any]] = []
    for name in base:
        when = condition(random, (), depth=1)
        overrides = random.sample([*middle, *top], random.randint(0, 2))
        rules.append(rule(name, when, {"favors": {"leave": "weak"}}, overrides))
    for name in middle:
        when = condition(random, [{one: True} for one in findings], depth=2)
        then = {"concludes": random.sample(findings, random.randint(1, 2))}
        rules.append(rule(name, when, then, random.sample(top, random.randint(0, 1))))
    for name in top:
        read = [{one: truth} for one in findings for truth in (True, False)]
        when = condition(random, read, depth=2)
        rules.append(rule(name, when, {"favors": {"ignore": "weak"}}, []))
    return policy_of(rules, findings=findings)


def rule(
    name: str, when: object, then: Mapping[str, object], overrides: Sequence[str]
) -> dict[str, Any]:
    """Return a rule as plain data."""
    found = {"id": name, "when": when, "then": then}
    return {**found, "overrides": overrides} if overrides else found


def condition(
    random: Random, read: Sequence[Mapping[str, bool]], *, depth: int
) -> dict[str, Any]:
    """Return a condition that reads findings as in *read*, and facts."""
    if depth and random.random() < 0.6:
        parts = [condition(random, read, depth=depth - 1) for _ in range(3)]
        return {random.choice(["all", "any"]): parts[: random.randint(1, 3)]}
    if read and random.random() < 0.75:
        return dict(random.choice(read))
    fact = random.choice(
        [{"danger": ["yes"]}, {"contact": ["message"]}, {"status": ["active"]}]
    )
    return fact if random.random() < 0.5 else {"not": fact}


def is_valid(proof: Proof, policy: Policy, situation: Situation, of: str) -> bool:
    """Return whether every step is true and follows, and the first one proves *of*."""
    derivation = reference.load(lower(policy)).derive(situation)
    reading = _Reading(policy, situation, {*derivation.binding}, derivation.findings)
    accepted: set[Shown] = set()
    first_accepted = False
    for _ in proof.steps:
        for step in proof.steps:
            if reading.follows(step, accepted):
                accepted |= reading.shows(step)
                first_accepted |= step is proof.steps[0]
    first = proof.steps[0]
    if not first_accepted or not isinstance(first, Step):
        return False
    concluded = policy.rule[first.rule].then.concludes
    return of == first.rule or (of in concluded and not first.overridden_by)


@attrs.frozen
class _Reading:
    """The rules and findings that hold for one policy in one situation."""

    policy: Policy
    situation: Situation
    binding: set[str]
    findings: frozenset[str]

    def shows(self, step: ProofStep) -> set[Shown]:
        """Return the conclusion of *step*."""
        if isinstance(step, Step):
            return set() if step.overridden_by else {Shown("rule", step.rule, True)}
        together = step.absences if isinstance(step, Unfounded) else (step,)
        return {Shown(one.of, one.name, False) for one in together}

    def follows(self, step: ProofStep, accepted: set[Shown]) -> bool:
        """Return whether *step* is true, and forced by what is *accepted*."""
        if not all(map(self.true, self.shows(step))):
            return False
        if isinstance(step, Unfounded):
            within = accepted | self.shows(step)
            return all(self.forced(one, within) for one in step.absences)
        return self.forced(step, accepted)

    def true(self, premise: Premise) -> bool:
        """Return whether *premise* is true."""
        if isinstance(premise, Given):
            facts = self.policy.vocabulary.by_name
            return (
                premise.fact in facts and self.situation[premise.fact] == premise.value
            )
        true = self.binding if premise.of == "rule" else self.findings
        declared = self.policy.rule if premise.of == "rule" else self.policy.finding
        return premise.name in declared and (premise.name in true) is premise.applies

    def forced(self, step: Step | Absent, accepted: set[Shown]) -> bool:
        """Return whether *step* follows from its premises, all of them proved."""
        shown = {one for one in step.premises if isinstance(one, Shown)}
        if not all(map(self.true, step.premises)) or not shown <= accepted:
            return False
        absent = {one.name for one in shown if one.of == "rule" and not one.applies}
        over = {o.id for o in self.policy.rules if step_name(step) in o.overrides}
        if isinstance(step, Step):
            binding = {Shown("rule", one, True) for one in step.overridden_by}
            return (
                step.rule in self.policy.rule
                and binding <= accepted
                and over == absent | {*step.overridden_by}
                and {*step.overridden_by} == over & self.binding
                and self.entailed(self.policy.rule[step.rule], step.premises, True)
            )
        if step.of == "finding":
            could = {r.id for r in self.policy.rules if step.name in r.then.concludes}
            return could <= absent
        by = {one.name for one in shown if one.of == "rule" and one.applies}
        return bool(over & by) or self.entailed(
            self.policy.rule[step.name], step.premises, False
        )

    def entailed(self, rule: Rule, premises: Sequence[Premise], truth: bool) -> bool:
        """Return whether the condition has this *truth* wherever *premises* hold."""
        facts: dict[str, str] = {}
        findings: dict[str, bool] = {}
        for one in premises:
            if isinstance(one, Given):
                facts[one.fact] = one.value
            elif one.of == "finding":
                findings[one.name] = one.applies
            elif one.applies:
                concluded = self.policy.rule[one.name].then.concludes
                findings |= dict.fromkeys(concluded, True)
        read = [leaf for leaf, _ in leaves(rule.when)]
        names = sorted({leaf.fact for leaf in read if isinstance(leaf, FactIn)})
        of_facts = [
            [facts[name]] if name in facts else self.policy.vocabulary[name].all_values
            for name in names
        ]
        found = sorted({r.finding for r in read if not isinstance(r, FactIn)})
        of_findings = [
            [findings[name]] if name in findings else [True, False] for name in found
        ]
        return all(
            holds(
                rule.when,
                dict(zip(names, values, strict=True)),
                {name for name, held in zip(found, truths, strict=True) if held},
            )
            is truth
            for values in product(*of_facts)
            for truths in product(*of_findings)
        )


def step_name(step: Step | Absent) -> str:
    """Return the rule or finding of *step*."""
    return step.rule if isinstance(step, Step) else step.name


def alterations(
    proof: Proof, others: Sequence[ProofStep], policy: Policy
) -> Iterator[Altered]:
    """Yield each single alteration of *proof*: of its steps, and of each field."""
    names = [*policy.rule, *policy.finding, "no-such"]
    pool: list[Premise] = [
        Given(fact.name, value)
        for fact in policy.vocabulary.facts
        for value in fact.all_values
    ]
    pool += [
        Shown(of, name, applies)
        for of in KINDS
        for name in names
        for applies in (True, False)
    ]
    for how, steps in altered_row(proof.steps, others):
        yield f"{how} step", Proof(steps)
    for at, step in enumerate(proof.steps):
        for how, changed in altered_step(step, pool, names, others):
            yield how, Proof((*proof.steps[:at], changed, *proof.steps[at + 1 :]))


def altered_step(
    step: ProofStep,
    pool: Sequence[Premise],
    names: Sequence[str],
    others: Sequence[ProofStep],
) -> Iterator[tuple[str, ProofStep]]:
    """Yield *step* with one field altered, or as a step of another kind."""
    if isinstance(step, Unfounded):
        absences = [one for one in others if isinstance(one, Absent)]
        for how, row in altered_row(step.absences, absences):
            yield f"{how} absence", Unfounded(row)
        for at, one in enumerate(step.absences):
            for how, changed in altered_step(one, pool, names, ()):
                if isinstance(changed, Absent):
                    row = (*step.absences[:at], changed, *step.absences[at + 1 :])
                    yield how, Unfounded(row)
            yield "alone", one
        return
    for how, premises in altered_row(step.premises, pool):
        yield f"{how} premise", attrs.evolve(step, premises=premises)
    if isinstance(step, Step):
        yield from ((f"rule {n}", attrs.evolve(step, rule=n)) for n in names)
        for how, by in altered_row(step.overridden_by, names):
            yield f"{how} overriding rule", attrs.evolve(step, overridden_by=by)
        yield "kind", Absent("rule", step.rule, step.premises)
    else:
        yield from ((f"name {n}", attrs.evolve(step, name=n)) for n in names)
        other = KINDS[step.of == "rule"]
        yield "of", attrs.evolve(step, of=other)
        yield "kind", Step(step.name, step.premises)
        yield "together", Unfounded((step,))


def altered_row(
    row: tuple[T, ...], others: Sequence[T]
) -> Iterator[tuple[str, tuple[T, ...]]]:
    """Yield *row* with one member dropped, doubled, moved, replaced or added."""
    for at, one in enumerate(row):
        rest = (*row[:at], *row[at + 1 :])
        yield "drop", rest
        for to in range(len(row) + 1):
            yield "duplicate", (*row[:to], one, *row[to:])
        for to in range(len(row)):
            if to != at:
                yield "move", (*rest[:to], one, *rest[to:])
        for other in others:
            if other != one:
                yield "replace", (*row[:at], other, *row[at + 1 :])
    for at in range(len(row) + 1):
        for other in others:
            yield "add", (*row[:at], other, *row[at:])
