"""Build verdicts from cached parts.

A bit set indicates which rules apply and which are overridden. Each part of a verdict
depends on only a few of these bits, and is cached for each combination of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, partial, reduce
from operator import or_
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.model.conditions import Condition, holds
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option, Rule, rules_by
from boundaryethics.model.verdict import Advice, Assessment, Derivation, Firing, Verdict
from boundaryethics.ranking import (
    OPTIONS,
    Ranking,
    Scales,
    advice,
    dilemmas,
    grouped,
    questions,
    ranks_of,
    score_of,
    status_of,
    strongest_first,
    sums_of,
)

#: The maximum number of entries in one cache. A full cache is cleared.
_MOST_CACHED = 1 << 12
#: The maximum number of bits that a group of parts can depend on. With few bits, most
#: combinations are soon cached.
_BITS = 8

#: An action, and the actions that replace it under conditions on facts.
Step: TypeAlias = tuple[Advice, tuple[tuple[Condition, Advice], ...]]

#: No findings, because the text of an action depends only on facts.
_NONE: frozenset[str] = frozenset()

#: The bits that a part depends on, and a function from these bits to the part. The
#: function returns an empty tuple if the part is absent.
Part: TypeAlias = tuple[int, Callable[[int], tuple[Any, ...]]]


@final
class BitCache(dict[int, Any]):
    """A cache of the results of *make*, with bit sets as keys.

    *bits* are the bits that the results depend on.
    """

    def __init__(self, bits: int, make: Callable[[int], Any]) -> None:
        super().__init__()
        self.bits = bits
        self._make = make

    def __missing__(self, bits: int) -> Any:
        made = self._make(bits)
        if len(self) >= _MOST_CACHED:
            self.clear()
        self[bits] = made
        return made


@final
class Parts:
    """A sequence of `Part` items, which are created and cached in groups."""

    def __init__(self, parts: Iterable[Part]) -> None:
        self._groups = tuple((group.bits, group) for group in _grouped(parts))
        self.bits = reduce(or_, (bits for bits, _ in self._groups), 0)

    def of(self, bits: int) -> tuple[Any, ...]:
        """Return the parts that are present if *bits* are set."""
        there: tuple[Any, ...] = ()
        for mask, group in self._groups:
            there += group[bits & mask]
        return there


def _grouped(parts: Iterable[Part]) -> Iterator[BitCache]:
    """Split *parts* into groups that depend on few bits, each with a cache."""
    group: list[Part] = []
    bits = 0
    for part in parts:
        if group and (bits | part[0]).bit_count() > _BITS:
            yield BitCache(bits, partial(_made, group))
            group, bits = [], 0
        group.append(part)
        bits |= part[0]
    if group:
        yield BitCache(bits, partial(_made, group))


def _made(group: list[Part], bits: int) -> tuple[Any, ...]:
    return tuple(one for read, make in group for one in make(bits & read))


def _where(bit: int, value: Any) -> Part:
    """Return a part that contains *value* if *bit* is set, and is empty if not."""
    return bit, lambda bits: (value,) if bits else ()


@final
@attrs.frozen(eq=False)
class VerdictCache:
    """Builds the verdicts of a policy from cached parts."""

    scales: Scales
    #: For each rule, in the order of the IDs, the bit that is set if it applies.
    binding: Mapping[str, int]
    #: The number of positions from that bit up to the bit that is set if the rule is
    #: overridden.
    width: int

    def verdict(self, situation: Situation, bits: int) -> Verdict:
        """Return the verdict on *situation*, to which the rules in *bits* apply."""
        steps, shared = self._shared[bits]
        actions = tuple(
            next((a for when, a in others if holds(when, situation, _NONE)), step)
            for step, others in steps
        )
        return Verdict(situation=situation, actions=actions, **shared)

    def ranked(self, bits: int) -> tuple[tuple[Assessment, ...], Ranking]:
        """Assess and rank the options for the rules in *bits*."""
        sides = [side[bits & side.bits] for side in self._sides]
        places = ranks_of([score for score, _ in sides])
        pairs = zip(sides, places, strict=True)
        assessments = tuple([placed[place] for (_, placed), place in pairs])
        return assessments, grouped(places)

    @cached_property
    def _sides(self) -> tuple[BitCache, ...]:
        """A cache for each option, with its score and its assessment at each rank."""
        return tuple(self._side(n, option) for n, option in enumerate(OPTIONS))

    def _side(self, number: int, option: Option) -> BitCache:
        mine = [r for rule in self.binding for r in self.scales.reasons[rule][number]]
        reasons = Parts(
            _where(self.binding[reason.rule], reason)
            for reason in sorted(mine, key=strongest_first)
        )

        def side(bits: int) -> tuple[tuple[int, ...], BitCache]:
            there = reasons.of(bits)
            status = status_of(there)
            sums = sums_of(there, self.scales.criteria)
            made = partial(
                Assessment, option=option, status=status, reasons=there, sums=sums
            )
            score = score_of(status, sums)
            return score, BitCache(-1, lambda rank: made(rank=rank))

        return BitCache(reasons.bits, side)

    @cached_property
    def _shared(self) -> BitCache:
        """The cache of the parts of a verdict that depend only on which rules apply."""
        policy = self.scales.policy
        firings = Parts(self._firings())
        advising = rules_by(policy.rules, lambda rule: rule.then.advises)
        asking = rules_by(policy.rules, lambda rule: rule.supervision_questions)
        actions = Parts(self._named(advice, name, advising) for name in policy.action)
        supervision_questions = Parts(
            self._named(questions, name, asking) for name in policy.question
        )
        concluding = self._rules(lambda rule: rule.then.concludes)
        findings = BitCache(
            concluding.bits,
            lambda bits: frozenset(
                f for rule in concluding.of(bits) for f in rule.then.concludes
            ),
        )
        status = self._rules(lambda rule: rule.then.forbids or rule.then.requires)
        found_dilemmas = BitCache(
            status.bits, lambda bits: (*dilemmas(self.ranked(bits)[0]),)
        )

        def shared(bits: int) -> tuple[tuple[Step, ...], dict[str, Any]]:
            assessments, ranking = self.ranked(bits)
            derivation = Derivation(firings.of(bits), findings[bits & findings.bits])
            steps = tuple((a, self._others(a)) for a in actions.of(bits))
            return steps, {
                "policy": policy,
                "criteria": self.scales.criteria,
                "presenter": self.scales.presenter,
                "derivation": derivation,
                "ranking": ranking,
                "assessments": assessments,
                "questions": supervision_questions.of(bits),
                "dilemmas": found_dilemmas[bits & found_dilemmas.bits],
            }

        return BitCache(-1, shared)

    def _others(self, step: Advice) -> tuple[tuple[Condition, Advice], ...]:
        """Return the alternative wordings of action *step*, with their conditions."""
        instead = self.scales.policy.action[step.action].instead
        return tuple((one.when, attrs.evolve(step, says=one.says)) for one in instead)

    def _firings(self) -> Iterator[Part]:
        for rule, bit in self.binding.items():
            yield _where(bit, Firing(rule))
            if overriders := self.scales.policy.overridden_by.get(rule):
                yield self._overridden(rule, bit << self.width, sorted(overriders))

    def _overridden(self, rule: str, bit: int, overriders: list[str]) -> Part:
        by = {one: self.binding[one] for one in overriders}

        def firing(bits: int) -> tuple[Firing, ...]:
            binds = tuple(one for one in by if bits & by[one])
            return (Firing(rule, binds),) if bits & bit else ()

        return bit | sum(by.values()), firing

    def _named(
        self, make: Callable[..., Any], name: str, giving: Mapping[str, tuple[str, ...]]
    ) -> Part:
        """Return the part that *make* builds from the rules in `giving[name]`."""
        policy, ids = self.scales.policy, sorted(giving.get(name, ()))
        rules = Parts(_where(self.binding[id], policy.rule[id]) for id in ids)
        return rules.bits, lambda bits: make(policy, [*rules.of(bits)], [name])

    def _rules(self, wanted: Callable[[Rule], object]) -> Parts:
        """Return one part for each rule for which *wanted* is true."""
        rules = [
            (bit, self.scales.policy.rule[name]) for name, bit in self.binding.items()
        ]
        return Parts(_where(bit, rule) for bit, rule in rules if wanted(rule))
