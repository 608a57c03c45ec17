"""Sharing: verdicts put together from what situations have in common.

In: a situation and its marks. Out: its verdict, as `weigh` gives it. Situations with
the same marks share all but themselves; others share the pieces in which they agree.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.batch.ordering import Ranking
from boundaryethics.batch.pieces import Made, Pieces, Thing
from boundaryethics.model.derivation import Derivation, Firing
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option, Pull, Standing
from boundaryethics.model.reasons import STANDING, Assessment, Reason
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
#: What an option is ranked by, less being better; its standing; its sums.
_Worth: TypeAlias = tuple[tuple[int, ...], Standing, tuple[int, ...]]

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
    _worths: dict[int, _Worth] = attrs.Factory(dict)
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
            "steps": self._steps.of(bits)[0],
            "questions": self._questions.of(bits)[0],
            "dilemmas": tuple(dilemmas(assessments)),
        }

    def _ranking(self, assessments: tuple[Assessment, ...]) -> Ranking:
        places = tuple([assessment.place for assessment in assessments])
        if places not in self._rankings:
            self._rankings[places] = groups(assessments)
        return self._rankings[places]

    def _assessments(self, bits: int) -> tuple[Assessment, ...]:
        found = [pieces.of(bits) for pieces in self._reasons]
        worths = [self._worths.get(total) or self._worth(total) for _, total in found]
        ranked = sorted({worth for worth, _, _ in worths})
        return tuple(
            Assessment(
                option=option,
                place=1 + ranked.index(worth),
                standing=standing,
                reasons=reasons,
                sums=sums,
            )
            for option, (reasons, _), (worth, standing, sums) in zip(
                Option, found, worths, strict=True
            )
        )

    def _derivation(self, bits: int) -> Derivation:
        firings = self._firings.of(bits)[0]
        overridden = self._overridden.of(bits)[0]
        if overridden:
            merged = [*firings]
            for number in overridden:
                insort(merged, self._set_aside(number, bits), key=_rule)
            firings = tuple(merged)
        return Derivation(firings, frozenset(self._findings.of(bits)[0]))

    def _set_aside(self, number: int, bits: int) -> Firing:
        rule, by = self.marks.overridable[number]
        return Firing(rule, tuple(one for one in by if bits >> self._bit[one] & 1))

    def _worth(self, total: int) -> _Worth:
        """What an option is worth whose reasons add up to *total*."""
        digits, rest = [], total
        for _ in (STANDING, STANDING, *self.on.criteria):
            digit = (rest + _HALF & (1 << _DIGIT) - 1) - _HALF
            digits.append(digit)
            rest = (rest - digit) >> _DIGIT
        forbidding, requiring, *sums = digits
        standing = Standing.REQUIRED if requiring else Standing.OPEN
        standing = Standing.FORBIDDEN if forbidding else standing
        worth = (HEIGHT[standing], *(-one for one in sums)), standing, tuple(sums)
        if len(self._worths) >= _KEPT:
            self._worths.clear()
        self._worths[total] = worth
        return worth

    @cached_property
    def _bit(self) -> Mapping[str, int]:
        return {rule: n for n, rule in enumerate(self.marks.rules)}

    @cached_property
    def _overridden(self) -> Pieces:
        """The numbers of the rules that are overridden."""
        first = len(self.marks.rules)
        numbers = range(len(self.marks.overridable))
        return Pieces(_there(1 << first + number, number) for number in numbers)

    @cached_property
    def _firings(self) -> Pieces:
        rules = self.marks.rules
        return Pieces(_there(1 << n, Firing(rule)) for n, rule in enumerate(rules))

    @cached_property
    def _findings(self) -> Pieces:
        first = len(self.marks.rules) + len(self.marks.overridable)
        names = enumerate(self.marks.findings, start=first)
        return Pieces(_there(1 << n, name) for n, name in names)

    @cached_property
    def _reasons(self) -> tuple[Pieces, ...]:
        """For each option its reasons, in the order in which they are shown."""
        return tuple(
            Pieces(
                _there(1 << self._bit[reason.rule], reason, self._points(reason))
                for reason in sorted(mine, key=strongest_first)
            )
            for mine in (
                [r for rule in self.marks.rules for r in self.on.reasons[rule][number]]
                for number in range(len(Option))
            )
        )

    def _points(self, reason: Reason) -> int:
        """What *reason* adds: one digit for bans, one for demands, one a criterion."""
        if reason.criterion == STANDING:
            return 1 << _DIGIT * (reason.pull is Pull.REQUIRES)
        place = 2 + self.on.criteria.index(reason.criterion)
        return reason.points << _DIGIT * place

    @cached_property
    def _steps(self) -> Pieces:
        rules = self.on.policy.rule

        def made(name: str, names: Pieces) -> Callable[[int], Made]:
            def advised(bits: int) -> Made:
                binding = [rules[rule] for rule in names.of(bits)[0]]
                return advice(self.on.policy, binding, [name]), 0

            return advised

        by = {
            name: [r for r in self.marks.rules if name in rules[r].then.advises]
            for name in self.on.policy.step
        }
        return Pieces(
            self._thing(of_one, partial(made, name)) for name, of_one in by.items()
        )

    @cached_property
    def _questions(self) -> Pieces:
        rules = self.on.policy.rule

        def made(name: str, names: Pieces) -> Callable[[int], Made]:
            return lambda bits: ((((name, names.of(bits)[0]),) if bits else ()), 0)

        by = {
            name: [r for r in self.marks.rules if name in rules[r].asks]
            for name in self.on.policy.question
        }
        return Pieces(
            self._thing(of_one, partial(made, name)) for name, of_one in by.items()
        )

    def _thing(
        self, rules: Sequence[str], made: Callable[[Pieces], Callable[[int], Made]]
    ) -> Thing:
        """What depends on which of *rules* bind."""
        names = Pieces(_there(1 << self._bit[rule], rule) for rule in rules)
        return Thing(sum(1 << self._bit[rule] for rule in rules), made(names))


def _there(bit: int, thing: Any, points: int = 0) -> Thing:
    """*thing*, which is there where *bit* is set."""
    return Thing(bit, lambda bits: ((thing,), points) if bits else ((), 0))


def _rule(firing: Firing) -> str:
    return firing.rule
