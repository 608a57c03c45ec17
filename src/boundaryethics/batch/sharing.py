"""Sharing: verdicts put together from what situations have in common.

In: a situation and its marks. Out: its verdict, as `weigh` gives it. Situations with
the same marks share all but themselves; others share the pieces in which they agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property, reduce
from operator import or_
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.batch.pieces import Pieces, Thing, Wholes
from boundaryethics.batch.side import Side
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.derivation import Derivation, Firing
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option, Pull, Standing
from boundaryethics.model.reasons import STANDING, Advice, Assessment, Reason
from boundaryethics.model.verdict import Verdict
from boundaryethics.program.marks import Marks
from boundaryethics.weighing import Scales
from boundaryethics.weighing.ranking import (
    HEIGHT,
    advice,
    dilemmas,
    groups,
    strongest_first,
)

#: What a verdict shares with those of the same marks.
Shared: TypeAlias = dict[str, Any]

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
        return Verdict(
            policy=self.on.policy,
            situation=situation,
            criteria=self.on.criteria,
            presenter=self.on.presenter,
            **shared,
        )

    def _shared(self, bits: int) -> Shared:
        assessments = self._assessments(bits)
        return {
            "derivation": self._derivation(bits),
            "ranking": self._ranking(assessments),
            "assessments": assessments,
            "steps": self._steps[bits & self._steps.bits],
            "questions": tuple(
                [q for kept in self._questions if (q := kept[bits & kept.bits])]
            ),
            "dilemmas": self._dilemmas[bits & self._dilemmas.bits],
        }

    def _assessments(self, bits: int) -> tuple[Assessment, ...]:
        sides = [side[bits & side.bits] for side in self._sides]
        ranked = sorted({side.worth for side in sides})
        return tuple([side.at(1 + ranked.index(side.worth)) for side in sides])

    def _ranking(self, assessments: tuple[Assessment, ...]) -> Ranking:
        places = tuple([assessment.place for assessment in assessments])
        if places not in self._rankings:
            self._rankings[places] = groups(assessments)
        return self._rankings[places]

    def _derivation(self, bits: int) -> Derivation:
        firings = self._firings.of(bits)[0]
        overridden = self._overridden[bits & self._overridden.bits]
        if overridden:
            merged = [*firings, *overridden]
            merged.sort(key=_rule)
            firings = tuple(merged)
        return Derivation(firings, self._findings[bits & self._findings.bits])

    @cached_property
    def _bit(self) -> Mapping[str, int]:
        return {rule: n for n, rule in enumerate(self.marks.rules)}

    @cached_property
    def _firings(self) -> Pieces:
        rules = self.marks.rules
        return Pieces(Thing(1 << n, Firing(rule)) for n, rule in enumerate(rules))

    @cached_property
    def _overridden(self) -> Wholes:
        """The firings of rules that are overridden."""
        first = len(self.marks.rules)
        marked = [*enumerate(self.marks.overridable, start=first)]
        reads = [1 << n for n, _ in marked]
        reads += [1 << self._bit[one] for _, (_, by) in marked for one in by]

        def made(bits: int) -> tuple[Firing, ...]:
            return tuple(
                Firing(rule, tuple(one for one in by if bits >> self._bit[one] & 1))
                for n, (rule, by) in marked
                if bits >> n & 1
            )

        return Wholes(reduce(or_, reads, 0), made)

    @cached_property
    def _findings(self) -> Wholes:
        first = len(self.marks.rules) + len(self.marks.overridable)
        names = Pieces(
            Thing(1 << n, name)
            for n, name in enumerate(self.marks.findings, start=first)
        )
        return Wholes(names.bits, lambda bits: frozenset(names.of(bits)[0]))

    @cached_property
    def _sides(self) -> tuple[Wholes, ...]:
        """For each option what binding rules say of it."""
        return tuple(self._side(number, option) for number, option in enumerate(Option))

    def _side(self, number: int, option: Option) -> Wholes:
        mine = [r for rule in self.marks.rules for r in self.on.reasons[rule][number]]
        # In the order in which they are shown.
        reasons = Pieces(
            Thing(1 << self._bit[reason.rule], reason, self._points(reason))
            for reason in sorted(mine, key=strongest_first)
        )
        return Wholes(
            reasons.bits, lambda bits: self._weighed(option, *reasons.of(bits))
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
        return Side(worth, option, standing, reasons, sums)

    @cached_property
    def _worths(self) -> Wholes:
        """For each total what it is worth, less being better; standing; sums."""

        def made(total: int) -> tuple[tuple[int, ...], Standing, tuple[int, ...]]:
            digits, rest = [], total
            for _ in (STANDING, STANDING, *self.on.criteria):
                digit = (rest + _HALF & (1 << _DIGIT) - 1) - _HALF
                digits.append(digit)
                rest = (rest - digit) >> _DIGIT
            forbidding, requiring, *sums = digits
            standing = Standing.REQUIRED if requiring else Standing.OPEN
            standing = Standing.FORBIDDEN if forbidding else standing
            return (HEIGHT[standing], *(-n for n in sums)), standing, tuple(sums)

        return Wholes(-1, made)

    @cached_property
    def _dilemmas(self) -> Wholes:
        """The dilemmas that what is forbidden and required makes."""
        rules = self.on.policy.rule
        standing = self._by(
            r for r in rules if rules[r].then.forbids or rules[r].then.requires
        )
        return Wholes(standing.bits, lambda bits: (*dilemmas(self._assessments(bits)),))

    @cached_property
    def _steps(self) -> Wholes:
        """What is advised."""
        rules = self.on.policy.rule
        advising = self._by(r for r in rules if rules[r].then.advises)

        def made(bits: int) -> tuple[Advice, ...]:
            binding = [rules[rule] for rule in advising.of(bits)[0]]
            return advice(self.on.policy, binding)

        return Wholes(advising.bits, made)

    @cached_property
    def _questions(self) -> tuple[Wholes, ...]:
        """For each question the rules that ask it, if any do."""
        rules = self.on.policy.rule

        def made(name: str, by: Pieces) -> Wholes:
            return Wholes(by.bits, lambda bits: bits and (name, by.of(bits)[0]))

        return tuple(
            made(name, self._by(r for r in rules if name in rules[r].asks))
            for name in self.on.policy.question
        )

    def _by(self, rules: Iterable[str]) -> Pieces:
        """Those of *rules* that bind, in the order in which they are told."""
        wanted = {*rules}
        return Pieces(
            Thing(1 << n, rule)
            for n, rule in enumerate(self.marks.rules)
            if rule in wanted
        )


def _rule(firing: Firing) -> str:
    return firing.rule
