"""Encode scores as mixed-radix integers, and preferences as pairwise signs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from itertools import zip_longest
from typing import Self, final

import attrs
import numpy as np

from boundaryethics.errors import AnalysisError, Problem, problem
from boundaryethics.mdd.space import Exact, Small, Truths, Whole
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Status
from boundaryethics.ranking import (
    OPTIONS,
    PAIRS,
    STATUS_ORDER,
    Ranking,
    criteria_and_reasons,
    losses,
    ranking_by,
)

__all__ = ["OPTIONS", "PAIRS", "Ranking"]

#: Encoded integers stay below this number, so floats represent them exactly.
_WIDEST = 1 << 48
#: The sign of a pair that is not settled yet.
OPEN = 2


@final
@attrs.frozen
class Digits:
    """A mixed-radix encoding of several signed counts in 64-bit integers."""

    #: The largest absolute value of each count.
    reach: tuple[int, ...]
    #: For each integer, the indices of the counts that it encodes, lowest digit first.
    words: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, reach: tuple[int, ...]) -> Self:
        """Choose which integer encodes each count.

        *reach* has the largest absolute value of each count, at most 2**46.
        """
        words: list[list[int]] = [[]]
        room = 1
        for count, most in enumerate(reach):
            room *= 2 * most + 1
            if room > _WIDEST:
                words.append([])
                room = 2 * most + 1
            words[-1].append(count)
        return cls(reach, tuple(map(tuple, words)))

    def written(self, counts: Exact) -> Whole:
        """Encode each row of *counts* as a row of integers."""
        words = np.zeros((*counts.shape[:-1], len(self.words)), np.int64)
        for number, held in enumerate(self.words):
            for count in reversed(held):
                words[..., number] *= 2 * self.reach[count] + 1
                words[..., number] += counts[..., count].astype(np.int64)
        return words

    def read(self, words: Whole) -> Whole:
        """Decode rows of integers into counts, in the smallest type that fits."""
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


def ranking_of(signs: tuple[int, ...]) -> Ranking:
    """Return the ranking in which the pairs of options have these *signs*."""
    return ranking_by(losses(signs))


def pair_of(first: Option, second: Option) -> tuple[int, int]:
    """Return a pair's index and a sign: -1 if its options are reversed, 1 if not."""
    one, other = OPTIONS.index(first), OPTIONS.index(second)
    number = PAIRS.index((min(one, other), max(one, other)))
    return number, 1 if one < other else -1


def mask_of(options: tuple[Option, ...]) -> int:
    """Return *options* as a bit set."""
    return sum(1 << OPTIONS.index(option) for option in set(options))


@cache
def members() -> Small:
    """For each bit set of pairs, return the bit set of options in those pairs."""
    sets = np.zeros(1 << len(PAIRS), np.int8)
    for number, (first, second) in enumerate(PAIRS):
        with_pair = np.arange(len(sets)) >> number & 1 == 1
        sets[with_pair] |= (1 << first) | (1 << second)
    return sets


@cache
def signs_by_status() -> Small:
    """Return the sign of each pair as determined by the statuses of its options alone.

    The first index consists of four groups of four bits. They are bit sets of options:
    forbidden, may become forbidden, required, may become required. The sign is `OPEN`
    if the order of the statuses is not settled, and 0 if they are equal.
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
    """Return *option*'s best and worst possible status, as `STATUS_ORDER` numbers."""
    forbidden, may_forbid, required, may_require = (
        (index >> (4 * place + option) & 1).astype(bool) for place in range(4)
    )
    demanded, free, banned = (
        STATUS_ORDER[one] for one in (Status.REQUIRED, Status.ALLOWED, Status.FORBIDDEN)
    )
    best = np.where(required | may_require, demanded, free)
    worst = np.where(forbidden | may_forbid, banned, np.where(required, demanded, free))
    return np.where(forbidden, banned, best), worst


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreLayout:
    """Each node's effects in the compared policies, on six option pairs per policy."""

    #: The points that each node adds to the first option of a pair, minus those that it
    #: adds to the second. They are encoded by `Digits`, with the shape (nodes, pairs,
    #: integers).
    points: Whole
    #: For each node and policy, two bit sets of options: forbidden and required.
    flags: Whole
    #: If true, each integer is the sum at one setting of the weights, and a pair is
    #: settled once all signs agree. By default, the integers form one number, highest
    #: digits first.
    settings: bool = False

    @cached_property
    def touched(self) -> Whole:
        """For each node, a bit set of the pairs that it affects."""
        affects = (self.points != 0).any(axis=2)
        flagged = np.bitwise_or.reduce(self.flags, axis=2)
        for side in range(self.flags.shape[1]):
            for number, (one, other) in enumerate(PAIRS, start=side * len(PAIRS)):
                in_pair = flagged[:, side] & ((1 << one) | (1 << other)) != 0
                affects[:, number] |= in_pair
        bits: Whole = affects @ (1 << np.arange(affects.shape[1], dtype=np.int64))
        return bits

    @cached_property
    def differing(self) -> Truths:
        """For each node, whether its effects differ between the policies."""
        size, pairs, words = self.points.shape
        sides = self.flags.shape[1]
        points = self.points.reshape(size, sides, pairs * words // max(sides, 1))
        differing: Truths = (points != points[:, :1]).any(axis=(1, 2))
        differing |= (self.flags != self.flags[:, :1]).any(axis=(1, 2))
        return differing


def score_layout_of(
    policies: Sequence[Policy], rules: Sequence[Mapping[str, int]], nodes: int
) -> ScoreLayout:
    """Collect the effects of all nodes in *policies*.

    *rules* maps the rules of each policy to nodes. *nodes* is the number of nodes.
    """
    spread = _spread(policies)
    words = max((sums.shape[2] for sums in spread), default=1)
    points = np.zeros((nodes, len(policies) * len(PAIRS), words), np.int64)
    flags = np.zeros((nodes, len(policies), 2), np.int64)
    one, other = np.transpose(PAIRS)
    for side, policy in enumerate(policies):
        own = slice(side * len(PAIRS), (side + 1) * len(PAIRS))
        for rule, sums in zip(policy.rules, spread[side], strict=True):
            number = rules[side][rule.id]
            points[number, own] = sums[one] - sums[other]
            flags[number, side] = flags_of(policy, rule.id)
    return ScoreLayout(points=points, flags=flags)


def score_layout_at(
    policy: Policy, rules: Mapping[str, int], nodes: int, settings: Exact
) -> ScoreLayout:
    """Collect the effects of all nodes at several *settings* of the weights.

    Each row of *settings* has an integer weight for each principle. A pair's sum is
    linear in the weights. So if its sign is the same at all settings, the sign is also
    the same at every weighted average of the settings.
    """
    places = {one.id: place for place, one in enumerate(policy.principles)}
    base = score_layout_of([policy], [rules], nodes)
    points = np.zeros((nodes, len(PAIRS), len(settings)), object)
    one, other = np.transpose(PAIRS)
    for rule, added in points_by_principle(policy, places).items():
        sums = added @ settings.T
        points[rules[rule]] = sums[one] - sums[other]
    if np.abs(points).sum(axis=0).max(initial=0) > _WIDEST:
        raise AnalysisError([too_heavy([policy])])
    whole = points.astype(np.int64)
    return ScoreLayout(points=whole, flags=base.flags, settings=True)


def points_by_principle(
    policy: Policy, places: Mapping[str, int]
) -> Mapping[str, Exact]:
    """For each rule, return the points that it adds, by option and principle.

    *places* maps each principle to its column.
    """
    points, added = dict(policy.method.points), dict[str, Exact]()
    for rule in policy.rules:
        own = added[rule.id] = np.zeros((len(OPTIONS), len(places)), object)
        for pull, option, strength in rule.then.pulls():
            if strength is not None and rule.principle is not None:
                sign = -1 if pull is Pull.OPPOSES else 1
                place = OPTIONS.index(option), places[rule.principle]
                own[place] += sign * points[strength]
    return added


def flags_of(policy: Policy, rule: str) -> tuple[int, int]:
    """Return two bit sets: the options that *rule* forbids and those it requires."""
    then = policy.rule[rule].then
    return mask_of(then.forbids), mask_of(then.requires)


def _spread(policies: Sequence[Policy]) -> list[Whole]:
    """For each policy, encode the points that each rule adds to each option.

    The shape is (rules, options, integers), highest digits first. All policies use the
    same digits, so equal sums have equal encodings.
    """
    added = [_points(policy) for policy in policies]
    sizes = [np.abs(of_one).sum(axis=(0, 1), dtype=object) for of_one in added]
    # The difference of two sums can be twice as large as either sum.
    reach = [2 * max(of_each) for of_each in zip_longest(*sizes, fillvalue=0)]
    if any(2 * most + 1 > _WIDEST for most in reach):
        raise AnalysisError([too_heavy(policies)])
    digits = Digits.of(tuple(map(int, reversed(reach))))
    return [
        digits.written(
            np.pad(one, ((0, 0), (0, 0), (0, len(reach) - one.shape[2])))[..., ::-1]
        )[..., ::-1]
        for one in added
    ]


def _points(policy: Policy) -> Exact:
    """Return the points that each rule adds, by rule, option and criterion."""
    criteria, reasons = criteria_and_reasons(policy)
    added = np.zeros((len(policy.rules), len(OPTIONS), len(criteria)), object)
    for place, rule in enumerate(policy.rules):
        for option, own in enumerate(reasons[rule.id]):
            for reason in own:
                if reason.criterion in criteria:
                    added[place, option, criteria.index(reason.criterion)] += (
                        reason.points
                    )
    return added


def too_heavy(policies: Sequence[Policy]) -> Problem:
    """Return the problem for policies whose points are too large to add exactly."""
    named = " or ".join(f"`{policy.id}`" for policy in policies)
    return problem("BE602", policies=named)
