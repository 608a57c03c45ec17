"""What each switch of a sweep does, alone and with each other.

In: the rows of a full factorial. Out: exact contrasts of the share of situations that
change. The effect of a switch is the mean of the rows in which it is on, less the mean
of those in which it is off; that of two is half of what the effect of the one gains
when the other is turned on. Both are what least squares finds on such rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations
from math import prod

from boundaryethics.variants.contrasts import Contrast, Contrasts
from boundaryethics.variants.factorials import Point, points_of
from boundaryethics.variants.rows import Cells, Row
from boundaryethics.variants.swept import Sweep


def switch_effects(
    rows: Sweep | Iterable[Row | Cells], *, share: str = "first"
) -> Contrasts:
    """What the switches of a full factorial do to *share*, exactly.

    Args:
        rows: a sweep, or its rows, or their cells; those of no switch are passed over.
        share: `first` or `ranking`, of all situations; or with `table_` before it,
            of the rows of a table.

    Raises:
        AnalysisError: the rows are no full factorial of switches that are on or off,
            each setting as often as any other; or a row has no such share.
    """
    listed = rows.rows if isinstance(rows, Sweep) else rows
    cells = [one.cells() if isinstance(one, Row) else one for one in listed]
    names, points = points_of(cells, share)
    return _contrasted(points, names, share)


def _contrasted(points: Sequence[Point], names: Sequence[str], share: str) -> Contrasts:
    places = range(len(names))
    alone, pairs = combinations(places, 1), combinations(places, 2)
    contrasts = [
        Contrast(switches=tuple(names[n] for n in among), effect=_effect(points, among))
        for among in (*alone, *pairs)
    ]
    return Contrasts(
        share=share,
        rows=len(points),
        mean=sum((told for _, told in points), Fraction(0)) / len(points),
        contrasts=tuple(
            sorted(contrasts, key=lambda one: (len(one.switches), -abs(one.effect)))
        ),
    )


def _effect(points: Iterable[Point], among: tuple[int, ...]) -> Fraction:
    signed = [
        told * prod(1 if setting[n] else -1 for n in among) for setting, told in points
    ]
    return sum(signed, Fraction(0)) * 2 / len(signed)
