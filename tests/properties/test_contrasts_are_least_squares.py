"""Exact contrasts of a full factorial, compared with least squares and with means."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.model.rules import Option
from boundaryethics.variants import Sweep, factorial_effects
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import SweepRow, rank_changes

NAMES = "abcd"


@st.composite
def factorials(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Draw the rows of a full factorial of a few switches, once or twice each."""
    names = NAMES[: draw(st.integers(1, 4))]
    settings = list(product((0, 1), repeat=len(names))) * draw(st.integers(1, 2))
    return [
        {f"switch_{n}": v for n, v in zip(names, setting, strict=True)}
        | {"total": 1000, "first_changed": draw(st.integers(0, 1000))}
        for setting in draw(st.permutations(settings))
    ]


def swept(rows: list[dict[str, Any]]) -> Sweep:
    """Make a sweep of *rows*."""
    one, other = (Option.LEAVE,), (Option.DECLINE,)
    return Sweep(
        base="base",
        fingerprint="f",
        where={},
        rows=tuple(
            SweepRow(
                label=VariantLabel(
                    family="switches",
                    variant=f"switches:{number}",
                    switches=tuple(
                        (name.removeprefix("switch_"), row[name])
                        for name in switches(rows)
                    ),
                ),
                space=rank_changes(
                    [
                        (one, other, row["first_changed"]),
                        (one, one, row["total"] - row["first_changed"]),
                    ],
                    row["first_changed"],
                ),
            )
            for number, row in enumerate(rows)
        ),
    )


def switches(rows: list[dict[str, Any]]) -> list[str]:
    """List the columns of switches."""
    return [name for name in rows[0] if name.startswith("switch_")]


def mean(rows: list[dict[str, Any]], **fixed: int) -> Fraction:
    """Return the mean share of the rows with these settings of some switches."""
    shares = [
        Fraction(row["first_changed"], row["total"])
        for row in rows
        if all(row[f"switch_{name}"] == setting for name, setting in fixed.items())
    ]
    return sum(shares, Fraction(0)) / len(shares)


@given(factorials())
def test_effects_equal_differences_of_means(rows: list[dict[str, Any]]) -> None:
    """A main effect is on minus off; an interaction is half the change of that."""
    names = [name.removeprefix("switch_") for name in switches(rows)]
    found = factorial_effects(swept(rows))

    assert mean(rows) == found.mean
    for a in names:
        assert mean(rows, **{a: 1}) - mean(rows, **{a: 0}) == found.of(a)
    for a, b in combinations(names, 2):
        gains = [
            mean(rows, **{a: 1, b: on}) - mean(rows, **{a: 0, b: on}) for on in (0, 1)
        ]

        assert (gains[1] - gains[0]) / 2 == found.of(a, b)
    assert len(names) * (len(names) + 1) // 2 == len(found.contrasts)


@given(factorials())
def test_effects_equal_those_of_least_squares(rows: list[dict[str, Any]]) -> None:
    """Effects are twice the coefficients of switches coded as -1 and 1."""
    names = switches(rows)
    signs = np.array([[2 * row[name] - 1 for name in names] for row in rows])
    among = [(n,) for n in range(len(names))] + [*combinations(range(len(names)), 2)]
    columns = [signs[:, one].prod(axis=1) for one in among]
    design = np.column_stack([np.ones(len(rows)), *columns])
    shown = np.array([row["first_changed"] / row["total"] for row in rows])
    solved, *_ = np.linalg.lstsq(design, shown, rcond=None)
    found = factorial_effects(swept(rows))

    for one, coefficient in zip(among, solved[1:], strict=True):
        named = [names[n].removeprefix("switch_") for n in one]

        assert pytest.approx(2 * coefficient, abs=1e-9) == float(found.of(*named))
