"""Options by twos: which of each pair stands higher, as small numbers.

A ranking of four options is told by its six pairs. A pair is 1 where the first of
the two stands higher, -1 where the second does, 0 where they share a place.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from boundaryethics.diagrams.arrays import Small, Whole
from boundaryethics.model.options import Option, Standing
from boundaryethics.weighing.ranking import (
    HEIGHT,
    OPTIONS,
    PAIRS,
    Ranking,
    losses,
    ranking_by,
)

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
    pair is `OPEN` where its standings are not settled, 0 where they are the same.
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
        HEIGHT[one] for one in (Standing.REQUIRED, Standing.OPEN, Standing.FORBIDDEN)
    )
    can_be_required = required | may_require
    best = np.where(forbidden, banned, np.where(can_be_required, demanded, free))
    worst = np.where(forbidden | may_forbid, banned, np.where(required, demanded, free))
    return best, worst
