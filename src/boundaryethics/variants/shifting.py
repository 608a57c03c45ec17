"""The nearest weights at which a lead comes to nothing, none of them below zero.

In: weights, and a lead that they make a number above zero of. Out: other weights, exact
fractions, that make zero of it: with the least sum of changes (L1), or the least way as
a straight line (L2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias

Weights: TypeAlias = tuple[Fraction, ...]
#: Finds new weights for weights and a lead.
Shift: TypeAlias = Callable[[Sequence[Fraction], Sequence[int]], Weights]


def by_least_sum(weights: Sequence[Fraction], lead: Sequence[int]) -> Weights:
    """Where the lead is lost with the least sum of changes.

    What helps most for each unit goes first: a weight that speaks for the lead can be
    taken away until nothing is left of it, and one against it can grow for ever.
    """
    shifted = list(weights)
    left = _worth(weights, lead)
    for place in sorted(range(len(lead)), key=lambda n: -abs(lead[n])):
        points = lead[place]
        if points > 0:
            change = min(weights[place], left / points)
            shifted[place] -= change
            left -= change * points
        elif points < 0:
            shifted[place] += left / -points
            left = Fraction(0)
    return tuple(shifted)


def by_least_way(weights: Sequence[Fraction], lead: Sequence[int]) -> Weights:
    """Where the lead is lost by the shortest straight line.

    Every weight moves in proportion to its points, but for those that come to nothing
    on the way. What is left of the lead falls with the length of the move, as a chain
    of straight pieces that bend where a weight comes to nothing.
    """
    gone = [w / points for w, points in zip(weights, lead, strict=True) if points > 0]
    bends = sorted({Fraction(0), *gone})
    # INVARIANT: at the last bend nothing speaks for the lead any more.
    start, end = next(
        (start, end)
        for start, end in pairwise(bends)
        if _worth(_moved(weights, lead, end), lead) <= 0
    )
    here, there = (_worth(_moved(weights, lead, bend), lead) for bend in (start, end))
    return _moved(weights, lead, start + here * (end - start) / (here - there))


def _moved(
    weights: Sequence[Fraction], lead: Sequence[int], length: Fraction
) -> Weights:
    return tuple(
        max(Fraction(0), weight - length * points)
        for weight, points in zip(weights, lead, strict=True)
    )


def _worth(weights: Sequence[Fraction], lead: Sequence[int]) -> Fraction:
    return sum(
        (w * points for w, points in zip(weights, lead, strict=True)), Fraction(0)
    )
