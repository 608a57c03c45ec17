"""Encode scores as packed integers, and preferences as pairwise signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from itertools import zip_longest
from typing import Self, final

import attrs
import numpy as np

from boundaryethics.errors import AnalysisError, Problem, problem
from boundaryethics.mdd.space import Exact, Small, Truths, Whole, some
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Status
from boundaryethics.model.verdict import Reason
from boundaryethics.ranking import (
    HEIGHT,
    OPTIONS,
    PAIRS,
    Ranking,
    losses,
    ranking_by,
    spoken,
)

#: No word comes near this, so that it is exact as a float too.
_WIDEST = 1 << 48


@final
@attrs.frozen
class Digits:
    """How counts are written."""

    #: The greatest size of each count.
    reach: tuple[int, ...]
    #: The counts that each word holds, lowest digit first.
    words: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, reach: tuple[int, ...]) -> Self:
        """Words for counts of up to *reach*, none of which may pass 2**46."""
        words: list[list[int]] = [[]]
        room = 1
        for count, most in enumerate(reach):
            room *= 2 * most + 1
            if room > _WIDEST:
                words.append([])
                room = 2 * most + 1
            words[-1].append(count)
        return cls(reach, tuple(map(tuple, words)))

    def written(self, counts: Whole) -> Whole:
        """Rows of *counts* as rows of words."""
        words = np.zeros((len(counts), len(self.words)), np.int64)
        for number, held in enumerate(self.words):
            for count in reversed(held):
                words[:, number] *= 2 * self.reach[count] + 1
                words[:, number] += counts[:, count]
        return words

    def read(self, words: Whole) -> Whole:
        """The rows of counts that are written so, in numbers as small as will do."""
        small = np.min_scalar_type(-max(self.reach, default=0) - 1)
        counts = np.zeros((len(words), len(self.reach)), small)
        for number, held in enumerate(self.words):
            left = words[:, number].copy()
            for count in held:
                most = self.reach[count]
                digit = (left + most) % (2 * most + 1) - most
                counts[:, count] = digit
                left = (left - digit) // (2 * most + 1)
        return counts


__all__ = [
    "OPEN",
    "OPTIONS",
    "PAIRS",
    "Ranking",
    "by_standing",
    "mask_of",
    "members",
    "pair_of",
    "ranking_of",
]

#: Neither is settled to stand higher yet, nor that they share a place.
OPEN = 2


def ranking_of(signs: tuple[int, ...]) -> Ranking:
    """The ranking in which each pair stands as *signs* say."""
    return ranking_by(losses(signs))


def pair_of(first: Option, second: Option) -> tuple[int, int]:
    """The number of the pair, and 1, or -1 where it lists *second* first."""
    one, other = OPTIONS.index(first), OPTIONS.index(second)
    if one < other:
        return PAIRS.index((one, other)), 1
    return PAIRS.index((other, one)), -1


def mask_of(options: tuple[Option, ...]) -> int:
    """The options as bits."""
    return sum(1 << OPTIONS.index(option) for option in set(options))


@cache
def members() -> Small:
    """For each set of pairs, as bits, the options that stand in one, as bits."""
    sets = np.zeros(1 << len(PAIRS), np.int8)
    for number, (first, second) in enumerate(PAIRS):
        with_pair = np.arange(len(sets)) >> number & 1 == 1
        sets[with_pair] |= (1 << first) | (1 << second)
    return sets


@cache
def by_standing() -> Small:
    """For each state of the bans and demands, how standing alone parts each pair.

    The index holds four bits each: forbidden, may yet be, required, may yet be. A
    pair is `ALLOWED` where its standings are not settled, 0 where they are the same.
    """
    index = np.arange(1 << 16)
    heights = [_heights(index, number) for number in range(len(OPTIONS))]
    table = np.full((1 << 16, len(PAIRS)), OPEN, np.int8)
    for number, (first, second) in enumerate(PAIRS):
        (best, worst), (other_best, other_worst) = heights[first], heights[second]
        table[worst < other_best, number] = 1
        table[best > other_worst, number] = -1
        fixed = (best == worst) & (other_best == other_worst) & (best == other_best)
        table[fixed, number] = 0
    return table


def _heights(index: Whole, option: int) -> tuple[Whole, Whole]:
    """The best and the worst standing that *option* can have; 0 is required."""
    forbidden, may_forbid, required, may_require = (
        (index >> (4 * place + option) & 1).astype(bool) for place in range(4)
    )
    demanded, free, banned = (
        HEIGHT[one] for one in (Status.REQUIRED, Status.ALLOWED, Status.FORBIDDEN)
    )
    can_be_required = required | may_require
    best = np.where(forbidden, banned, np.where(can_be_required, demanded, free))
    worst = np.where(forbidden | may_forbid, banned, np.where(required, demanded, free))
    return best, worst


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreLayout:
    """What the nodes say, side by side: for each policy compared its six pairs."""

    #: For each node, pair and word, what the node adds to the pair's first option.
    points: Whole
    #: For each node and side, the options forbidden and those required, as bits.
    flags: Whole

    @property
    def sides(self) -> int:
        """How many policies are compared."""
        return int(self.flags.shape[1])

    @cached_property
    def touched(self) -> Whole:
        """For each node the pairs that it bears on, as bits."""
        bears = some(self.points != 0, 2)
        for side in range(self.sides):
            flagged = some(self.flags[:, side] != 0, 1)
            options = np.bitwise_or.reduce(self.flags[:, side], axis=1)
            for number, (one, other) in enumerate(PAIRS):
                in_pair = options & ((1 << one) | (1 << other)) != 0
                bears[:, side * len(PAIRS) + number] |= flagged & in_pair
        bits: Whole = bears @ (1 << np.arange(bears.shape[1]))
        return bits

    @cached_property
    def lopsided(self) -> Truths:
        """For each node whether it speaks otherwise on one side than on another."""
        if not self.sides:
            return np.zeros(len(self.flags), bool)
        size, pairs, words = self.points.shape
        points = self.points.reshape(size, self.sides, pairs * words // self.sides)
        flags = self.flags != self.flags[:, :1]
        return some(points != points[:, :1], 1, 2) | some(flags, 1, 2)


def worths_of(
    policies: Sequence[Policy], rules: Sequence[Mapping[str, int]], nodes: int
) -> ScoreLayout:
    """The worths of *nodes* nodes; *rules* gives for each policy the node of a rule.

    Raises:
        AnalysisError: a policy's points are too large to be added.
    """
    spread = _spread(policies)
    words = max((sums.shape[2] for sums in spread), default=1)
    points = np.zeros((nodes, len(policies) * len(PAIRS), words), np.int64)
    flags = np.zeros((nodes, len(policies), 2), np.int64)
    for side, policy in enumerate(policies):
        own = slice(side * len(PAIRS), (side + 1) * len(PAIRS))
        for place, rule in enumerate(policy.rules):
            sums = spread[side][place]
            number = rules[side][rule.id]
            for pair, (one, other) in enumerate(PAIRS):
                points[number, own, : sums.shape[1]][pair] = sums[one] - sums[other]
            flags[number, side] = flags_of(policy, rule.id)
    return ScoreLayout(points=points, flags=flags)


def flags_of(policy: Policy, rule: str) -> tuple[int, int]:
    """The options that *rule* forbids and those that it requires, as bits."""
    then = policy.rule[rule].then
    return mask_of(then.forbids), mask_of(then.requires)


def _spread(policies: Sequence[Policy]) -> list[Whole]:
    """For each policy its rules, options and words: what each adds to each option.

    Places are as wide for one policy as for another, so that equal sums stay equal.
    """
    digits = [_digits(policy) for policy in policies]
    most = [
        2 * max(sum(map(abs, column.flat)) for column in columns if column is not None)
        for columns in zip_longest(*(np.moveaxis(of_one, 2, 0) for of_one in digits))
    ]
    words: list[list[Exact]] = []
    room = 0
    for place, largest in enumerate(most):
        width = 2 * largest + 1
        if width > _WIDEST:
            raise AnalysisError([too_heavy(policies)])
        added = [_column(of_one, place) for of_one in digits]
        if not words or room * width > _WIDEST:
            words.append(added)
            room = width
        else:
            words[-1] = [
                so_far * width + column
                for so_far, column in zip(words[-1], added, strict=True)
            ]
            room *= width
    return [
        np.stack(of_one, axis=2).astype(np.int64) for of_one in zip(*words, strict=True)
    ]


def _digits(policy: Policy) -> Exact:
    """For each rule, option and criterion what the rule adds, whole of any size."""
    criteria, said = spoken(policy)
    sums = [[_sums(mine, criteria) for mine in said[r.id]] for r in policy.rules]
    return np.array(sums, object).reshape(len(sums), len(Option), len(criteria))


def _column(digits: Exact, place: int) -> Exact:
    if place < digits.shape[2]:
        return digits[:, :, place]
    return np.zeros(digits.shape[:2], object)


def _sums(mine: Sequence[Reason], criteria: Sequence[str]) -> list[int]:
    return [
        sum(reason.points for reason in mine if reason.criterion == criterion)
        for criterion in criteria
    ]


def too_heavy(policies: Sequence[Policy]) -> Problem:
    """That points of *policies* are larger than can be added exactly."""
    named = " or ".join(f"`{policy.id}`" for policy in policies)
    return problem("BE602", policies=named)
