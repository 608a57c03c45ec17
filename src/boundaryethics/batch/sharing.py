"""Sharing: verdicts put together from what situations have in common.

In: a situation and its marks. Out: its verdict, as `weigh` gives it. Situations with
the same marks share all but themselves; others share the pieces in which they agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import TypeAlias, final

import attrs

from boundaryethics.batch.pieces import Pieces, Thing, Wholes, always
from boundaryethics.batch.side import Side, assessed
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.derivation import Derivation, Firing
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option, Pull, Standing
from boundaryethics.model.reasons import (
    STANDING,
    Advice,
    Assessment,
    Dilemma,
    Reason,
)
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict
from boundaryethics.program.marks import Marks
from boundaryethics.weighing import Scales
from boundaryethics.weighing.ranking import (
    HEIGHT,
    advice,
    dilemmas,
    groups,
    strongest_first,
    worded,
)

#: What a verdict shares with those of the same marks: what follows, the ranking, the
#: options, and what is advised, asked and in conflict.
Shared: TypeAlias = tuple[
    Derivation,
    Ranking,
    tuple[Assessment, ...],
    tuple[Advice, ...],
    tuple[tuple[str, tuple[str, ...]], ...],
    tuple[Dilemma, ...],
]

#: Verdicts kept to be shared; when there are more, all are forgotten.
_KEPT = 1 << 12
#: Bits for one sum among others in one number: no sum comes near.
_DIGIT = 96
_HALF = 1 << _DIGIT - 1


@final
@attrs.frozen(eq=False)
class Sharing:
    """A policy made ready to put verdicts together."""

    on: Scales
    marks: Marks
    #: The marks of some situations, such as are to be met.
    drawn: Sequence[int]
    _kept: dict[int, Shared] = attrs.Factory(dict)
    _rankings: dict[tuple[int, ...], Ranking] = attrs.Factory(dict)

    def verdict(self, situation: Situation, bits: int) -> Verdict:
        """The verdict of *situation*, from which *bits* follow."""
        shared = self._kept.get(bits)
        if shared is None:
            shared = self._shared(bits)
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[bits] = shared
        derivation, ranking, assessments, steps, questions, dilemmas = shared
        on = self.on
        return Verdict(
            policy=on.policy,
            situation=situation,
            derivation=derivation,
            ranking=ranking,
            assessments=assessments,
            criteria=on.criteria,
            steps=worded(steps, on.policy, situation),
            questions=questions,
            dilemmas=dilemmas,
            presenter=on.presenter,
        )

    def _shared(self, bits: int) -> Shared:
        assessments, ranking = self._ranked(bits)
        findings, dilemmas = self._findings, self._dilemmas
        return (
            Derivation(self._firings.of(bits), findings[bits & findings.bits]),
            ranking,
            assessments,
            self._steps[bits & self._steps.bits],
            self._questions.of(bits),
            dilemmas[bits & dilemmas.bits],
        )

    def _ranked(self, bits: int) -> tuple[tuple[Assessment, ...], Ranking]:
        sides = [side[bits & mask] for mask, side in self._sides]
        worths = sorted({side[0] for side in sides})
        places = tuple([1 + worths.index(side[0]) for side in sides])
        assessments = tuple(map(assessed, sides, places))
        if places not in self._rankings:
            self._rankings[places] = groups(assessments)
        return assessments, self._rankings[places]

    def _pieces(self, things: Iterable[Thing]) -> Pieces:
        return Pieces(things, self.drawn)

    @cached_property
    def _bit(self) -> Mapping[str, int]:
        return {rule: 1 << n for n, rule in enumerate(self.marks.rules)}

    @cached_property
    def _firings(self) -> Pieces:
        """The firings of rules that bind or are overridden, by rule."""
        return self._pieces(self._each_firing())

    def _each_firing(self) -> Iterator[Thing]:
        first = len(self.marks.rules)
        overridable = {
            rule: _overridden(1 << n, rule, {one: self._bit[one] for one in by})
            for n, (rule, by) in enumerate(self.marks.overridable, first)
        }
        for rule, bit in self._bit.items():
            yield Thing(bit, always(Firing(rule)))
            if rule in overridable:
                yield overridable[rule]

    @cached_property
    def _findings(self) -> Wholes:
        first = len(self.marks.rules) + len(self.marks.overridable)
        names = self._pieces(
            Thing(1 << n, always(name))
            for n, name in enumerate(self.marks.findings, start=first)
        )
        return Wholes(names.bits, lambda bits: frozenset(names.of(bits)))

    @cached_property
    def _sides(self) -> tuple[tuple[int, Wholes], ...]:
        """For each option the bits that speak of it, and what they say."""
        sides = [self._side(number, option) for number, option in enumerate(Option)]
        return tuple((side.bits, side) for side in sides)

    def _side(self, number: int, option: Option) -> Wholes:
        mine = [r for rule in self.marks.rules for r in self.on.reasons[rule][number]]
        # In the order in which they are shown.
        reasons = self._pieces(
            Thing(self._bit[reason.rule], always(reason), self._points(reason))
            for reason in sorted(mine, key=strongest_first)
        )
        return Wholes(
            reasons.bits, lambda bits: self._weighed(option, *reasons.summed(bits))
        )

    def _points(self, reason: Reason) -> int:
        """What *reason* adds: one digit for bans, one for demands, one a criterion."""
        if reason.criterion == STANDING:
            return 1 << _DIGIT * (reason.pull is Pull.REQUIRES)
        place = 2 + self.on.criteria.index(reason.criterion)
        return reason.points << _DIGIT * place

    def _weighed(self, option: Option, reasons: tuple[Reason, ...], total: int) -> Side:
        """What *reasons*, which add up to *total*, make of *option*."""
        worth, standing, sums = self._worths[total]
        return worth, option, standing, reasons, sums, {}

    @cached_property
    def _worths(self) -> Wholes:
        """For each total what it is worth, less being better; standing; sums."""

        def made(total: int) -> tuple[int, Standing, tuple[int, ...]]:
            digits, rest = [], total
            for _ in (STANDING, STANDING, *self.on.criteria):
                digit = (rest + _HALF & (1 << _DIGIT) - 1) - _HALF
                digits.append(digit)
                rest = (rest - digit) >> _DIGIT
            forbidding, requiring, *sums = digits
            standing = Standing.REQUIRED if requiring else Standing.OPEN
            standing = Standing.FORBIDDEN if forbidding else standing
            worth = reduce(lambda n, s: (n << _DIGIT) - s, sums, HEIGHT[standing])
            return worth, standing, tuple(sums)

        return Wholes(-1, made)

    @cached_property
    def _dilemmas(self) -> Wholes:
        """The dilemmas that what is forbidden and required makes."""
        standing = self._by(lambda rule: rule.then.forbids or rule.then.requires)
        return Wholes(standing.bits, lambda bits: (*dilemmas(self._ranked(bits)[0]),))

    @cached_property
    def _steps(self) -> Wholes:
        """What is advised."""
        pieces = self._pieces(map(self._advised, self.on.policy.step))
        return Wholes(pieces.bits, pieces.of)

    def _advised(self, step: str) -> Thing:
        by = self._by(lambda rule: step in rule.then.advises)
        policy = self.on.policy

        def advised(bits: int) -> Advice:
            (told,) = advice(policy, [policy.rule[r] for r in by.of(bits)], [step])
            return told

        return Thing(by.bits, advised)

    @cached_property
    def _questions(self) -> Pieces:
        """The questions that are asked, each with the rules that ask it."""
        return self._pieces(map(self._asked, self.on.policy.question))

    def _asked(self, question: str) -> Thing:
        by = self._by(lambda rule: question in rule.asks)
        return Thing(by.bits, lambda bits: (question, by.of(bits)))

    def _by(self, wanted: Callable[[Rule], object]) -> Pieces:
        """The rules that bind and are *wanted*, in the order in which they are told."""
        rules = self.on.policy.rule
        return self._pieces(
            Thing(bit, always(rule))
            for rule, bit in self._bit.items()
            if wanted(rules[rule])
        )


def _overridden(bit: int, rule: str, by: Mapping[str, int]) -> Thing:
    """The firing of *rule* where it is overridden: *by* those whose bit is set."""

    def firing(bits: int) -> Firing:
        return Firing(rule, tuple(one for one, binds in by.items() if bits & binds))

    return Thing(bit, firing, more=reduce(or_, by.values(), 0))
