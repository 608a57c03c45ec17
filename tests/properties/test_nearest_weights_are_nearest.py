"""The nearest weights that lose an order are found."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from boundaryethics.model.policy import Policy
from boundaryethics.sensitivity.weights import (
    by_least_sum,
    by_least_way,
    weight_sensitivity,
)
from support.random_weights import corners, parted, speaking, weighted_policies

Lead = tuple[tuple[Fraction, ...], tuple[int, ...]]


@st.composite
def leads(draw: st.DrawFn) -> Lead:
    """Draw weights, and a lead that is positive with them."""
    size = draw(st.integers(1, 5))
    weights = [draw(st.integers(0, 4)) for _ in range(size)]
    points = [draw(st.integers(-4, 4)) for _ in range(size)]
    score = sum(w * p for w, p in zip(weights, points, strict=True))
    if score == 0:
        weights, points, score = [*weights, 2], [*points, 3], 6
    lead = tuple(p if score > 0 else -p for p in points)
    return tuple(map(Fraction, weights)), lead


def score(weights: Sequence[Fraction], lead: Sequence[int]) -> Fraction:
    """Return the lead with these weights."""
    return sum((w * p for w, p in zip(weights, lead, strict=True)), Fraction(0))


def far(
    weights: Sequence[Fraction], others: Sequence[Fraction], power: int
) -> Fraction:
    """Return the distance between two sets of weights."""
    both = zip(weights, others, strict=True)
    return sum((abs(a - b) ** power for a, b in both), Fraction(0))


def least_sum(weights: Sequence[Fraction], lead: Sequence[int]) -> Fraction:
    """Return the smallest L1 distance at which the lead is lost."""
    found = []
    for gone, moving in corners(weights, lead):
        start = [Fraction(0) if n in gone else w for n, w in enumerate(weights)]
        if score(start, lead) == 0:
            found.append(far(weights, start, 1))
        for one in moving:
            moved = list(start)
            moved[one] -= score(start, lead) / lead[one]
            if moved[one] >= 0:
                found.append(far(weights, moved, 1))
    return min(found)


def least_way(weights: Sequence[Fraction], lead: Sequence[int]) -> Fraction:
    """Return the square of the smallest L2 distance at which the lead is lost."""
    found = []
    for gone, moving in corners(weights, lead):
        moved = [Fraction(0) if n in gone else w for n, w in enumerate(weights)]
        length = sum(lead[n] ** 2 for n in moving)
        step = score(moved, lead) / length if length else Fraction(0)
        for n in moving:
            moved[n] -= step * lead[n]
        if score(moved, lead) == 0 and min(moved) >= 0:
            found.append(far(weights, moved, 2))
    return min(found)


@given(leads())
def test_the_nearest_weights_by_l1_are_minimal(lead: Lead) -> None:
    """The lead is lost with nonnegative weights, and no smaller L1 change does it."""
    shifted = by_least_sum(*lead)

    assert 0 == score(shifted, lead[1])
    assert min(shifted) >= 0
    assert least_sum(*lead) == far(lead[0], shifted, 1)


@given(leads())
def test_the_nearest_weights_by_l1_equal_a_linear_program(lead: Lead) -> None:
    """A linear program has the same optimum."""
    weights, points = (np.array(part, float) for part in lead)
    size = len(weights)
    solved = linprog(
        np.ones(2 * size),
        A_eq=[[*points, *-points]],
        b_eq=[-(weights @ points)],
        bounds=[(0, None)] * size + [(0, weight) for weight in weights],
    )

    assert pytest.approx(solved.fun) == float(far(lead[0], by_least_sum(*lead), 1))


@given(leads())
def test_the_nearest_weights_by_l2_are_minimal(lead: Lead) -> None:
    """The lead is lost with nonnegative weights, and no smaller L2 change does it."""
    shifted = by_least_way(*lead)

    assert 0 == score(shifted, lead[1])
    assert min(shifted) >= 0
    assert least_way(*lead) == far(lead[0], shifted, 2)


@given(weighted_policies())
def test_the_nearest_of_all_leads_is_found(policy: Policy) -> None:
    """No other lead is lost with a smaller change."""
    weights = tuple(Fraction(policy.principle[n].weight) for n in speaking(policy))
    strict = {lead for *_, lead in parted(policy) if score(weights, lead)}
    found = weight_sensitivity(policy)

    assert min((least_sum(weights, lead) for lead in strict), default=None) == (
        found.nearest_l1 and found.nearest_l1.total
    )
    assert min((least_way(weights, lead) for lead in strict), default=None) == (
        found.nearest_l2 and found.nearest_l2.squared
    )
