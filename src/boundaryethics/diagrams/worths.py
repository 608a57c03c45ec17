"""What each node adds to the comparison of each pair of options.

Sums at several criteria are compared one after the other (S14, S15). They are
written as the digits of one number, each place wide enough that no sum of the
criteria after it reaches it: to compare the numbers is to compare the sums in turn,
and to add reasons is to add numbers. Numbers too long for a word take several.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import zip_longest
from typing import final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Exact, Truths, Whole, some
from boundaryethics.diagrams.standings import PAIRS, mask_of
from boundaryethics.errors import AnalysisError, Problem, problem
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.model.reasons import Reason
from boundaryethics.weighing import spoken

#: No sum in a word comes near this, so that it is exact as a float too.
_WIDEST = 1 << 48


@final
@attrs.frozen(kw_only=True, eq=False)
class Worths:
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
) -> Worths:
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
    return Worths(points=points, flags=flags)


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
