"""Which of millions of leads is lost first, as weights change.

In: leads. Out: rows of them, exact. Each lead has a ratio of two whole numbers that is
small where it is soon lost; few ratios occur, so that leads are looked at ratio by
ratio, and of equal ones that with the fewest known facts comes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from boundaryethics.diagrams.arrays import Truths, Whole
from boundaryethics.variants.leads import Leads
from boundaryethics.variants.shifting import Shift, Weights, by_least_sum, by_least_way


def lost_by(leads: Leads, place: int, sign: int) -> tuple[Fraction, int] | None:
    """How far one weight can change until the first lead is lost, and which lead.

    *sign* is 1 for a weight that grows, and -1 for one that shrinks.
    """
    against = leads.points[:, place].astype(np.int64) * -sign
    against[leads.score == 0] = 0
    best: tuple[Fraction, int, int] | None = None
    for slope in map(int, np.unique(against[against > 0])):
        rows = np.flatnonzero(against == slope)
        least = leads.score[rows].min()
        rows = rows[leads.score[rows] == least]
        row = int(rows[leads.facts[rows].argmin()])
        found = Fraction(int(least), slope), int(leads.facts[row]), row
        best = found if best is None else min(best, found)
    return best and (best[0], best[2])


def tied_by(leads: Leads, place: int) -> int | None:
    """A tie that any change of one weight breaks."""
    return _fewest(leads, (leads.score == 0) & (leads.points[:, place] != 0))


def nearest_by_sum(leads: Leads) -> tuple[Weights, int] | None:
    """The weights with the least sum of changes at which a lead is lost."""
    slopes = np.zeros(len(leads), np.int64)
    for place, weight in enumerate(leads.weights):
        points = leads.points[:, place].astype(np.int64)
        np.maximum(slopes, np.abs(points) if weight else -points, out=slopes)
    return _nearest(leads, slopes, by_least_sum, squared=False)


def nearest_by_way(leads: Leads) -> tuple[Weights, int] | None:
    """The weights the shortest straight line away at which a lead is lost."""
    slopes = np.zeros(len(leads), np.int64)
    for place, weight in enumerate(leads.weights):
        points = leads.points[:, place].astype(np.int64)
        slopes += np.square(points if weight else np.minimum(points, 0))
    return _nearest(leads, slopes, by_least_way, squared=True)


def _nearest(
    leads: Leads, slopes: Whole, shift: Shift, *, squared: bool
) -> tuple[Weights, int] | None:
    """The nearest weights, where none are nearer than score and slope allow.

    That bound is met but where a weight comes to nothing on the way.
    """
    weights = tuple(map(Fraction, leads.weights))
    best: tuple[Fraction, Weights, int] | None = None
    rows = np.flatnonzero(leads.score > 0)
    for ratio, found in _by_ratio(leads, rows, slopes[rows], squared=squared):
        if best and best[0] <= ratio:
            break
        for row in map(int, found):
            shifted = shift(weights, leads.points[row].tolist())
            far = _far(weights, shifted, squared=squared)
            if best is None or far < best[0]:
                best = far, shifted, row
            if far == ratio:
                break
    return best and best[1:]


def _far(weights: Weights, shifted: Weights, *, squared: bool) -> Fraction:
    changes = (abs(a - b) for a, b in zip(weights, shifted, strict=True))
    return sum((c * c if squared else c for c in changes), Fraction(0))


def _by_ratio(
    leads: Leads, rows: Whole, slopes: Whole, *, squared: bool
) -> Iterator[tuple[Fraction, Whole]]:
    """The *rows* of each ratio of score to slope, the least first."""
    power = 2 if squared else 1
    pairs, group = _pairs(leads.score[rows], slopes)
    ratios = [Fraction(int(score) ** power, int(slope)) for score, slope in pairs]
    for ratio in sorted(set(ratios)):
        chosen = np.array([one == ratio for one in ratios])
        found = rows[chosen[group]]
        yield ratio, found[np.argsort(leads.facts[found], kind="stable")]


def _pairs(scores: Whole, slopes: Whole) -> tuple[list[tuple[int, int]], Whole]:
    """The distinct pairs of numbers, and for each row which it is."""
    heights, by_score = np.unique(scores, return_inverse=True)
    steeps, by_slope = np.unique(slopes, return_inverse=True)
    both = by_score * len(steeps) + by_slope
    seen, group = np.unique(both, return_inverse=True)
    listed = [divmod(int(number), len(steeps)) for number in seen]
    return [(int(heights[a]), int(steeps[b])) for a, b in listed], group


def _fewest(leads: Leads, among: Truths) -> int | None:
    rows = np.flatnonzero(among)
    return int(rows[leads.facts[rows].argmin()]) if len(rows) else None
