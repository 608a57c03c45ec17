"""Compare two rankings by Kendall's tau-b.

Tau-b (Kendall, 1945) runs from 1 for the same order to -1 for the reverse, and corrects
for ties. It divides by how many pairs each ranking orders, so it is 0 / 0 where one of
the two ties everything. Such a ranking states no order that the other could agree or
disagree with, and neither 0 nor 1 describes it: the value is None, and whatever takes a
mean leaves the pair out and counts it.
"""

from __future__ import annotations

from itertools import combinations
from math import sqrt

from boundaryethics.model.options import Option


def tau_b(
    one: tuple[tuple[Option, ...], ...], other: tuple[tuple[Option, ...], ...]
) -> float | None:
    """Compute Kendall's tau-b over the options that both rankings place.

    None where they share fewer than two options, and where one of the two ties all
    that they share, the other one included: two full ties have no tau-b either.
    """
    places, others = _places(one), _places(other)
    both = untied = other_untied = 0
    for a, b in combinations([option for option in places if option in others], 2):
        sign = _sign(places[a] - places[b])
        other_sign = _sign(others[a] - others[b])
        both += sign * other_sign
        untied += abs(sign)
        other_untied += abs(other_sign)
    if not (untied and other_untied):
        return None
    return both / sqrt(untied * other_untied)


def _places(ranking: tuple[tuple[Option, ...], ...]) -> dict[Option, int]:
    return {option: place for place, group in enumerate(ranking) for option in group}


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
