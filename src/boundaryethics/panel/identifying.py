"""Which weights the orders of a panel can tell, and which they cannot.

In: the points behind each order. Out: what each parameter of the fit multiplies. Two
principles that always pull alike cannot be told apart: nothing but the policy says how
they share what they pull, so their weights move together, as they stand in the policy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np

from boundaryethics.model.options import Option
from boundaryethics.panel.likelihood import Wholes
from boundaryethics.panel.points import Ordered, Points

_COLUMN = {option: number for number, option in enumerate(Option)}


def differences(ordered: Sequence[Ordered], points: Points) -> Wholes:
    """The points of an option less those of one below it, for all such pairs."""
    rows = {
        tuple(points[one.vignette, _COLUMN[a]] - points[one.vignette, _COLUMN[b]])
        for one in ordered
        for upper, lower in combinations(one.ranking, 2)
        for a in upper
        for b in lower
    }
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, points.shape[-1])


def told_apart(rows: Wholes) -> tuple[tuple[int, ...], ...]:
    """Columns in groups that *rows* tell apart; those that are always 0 in none."""
    reduced = _reduced(rows.tolist())
    group = {column: {column} for column in range(rows.shape[1])}
    for row in reduced:
        columns = [column for column, number in enumerate(row) if number]
        joined = set().union(*(group[column] for column in columns))
        group.update(dict.fromkeys(joined, joined))
    varying = np.flatnonzero(rows.any(axis=0)).tolist()
    groups = {min(group[column]): group[column] for column in varying}
    return tuple(tuple(sorted(groups[first])) for first in sorted(groups))


def _reduced(rows: Iterable[Sequence[int]]) -> list[list[Fraction]]:
    """The reduced echelon form of *rows*, exactly."""
    kept: list[tuple[int, list[Fraction]]] = []
    for written in rows:
        row = [Fraction(number) for number in written]
        for pivot, other in kept:
            row = _without(row, other, pivot)
        first = next((n for n, number in enumerate(row) if number), None)
        if first is None:
            continue
        row = [number / row[first] for number in row]
        kept = [(at, _without(other, row, first)) for at, other in kept]
        kept.append((first, row))
    return [row for _, row in kept]


def _without(row: list[Fraction], other: list[Fraction], at: int) -> list[Fraction]:
    """*row* less as much of *other* as leaves nothing at one column."""
    factor = row[at]
    if not factor:
        return row
    return [mine - factor * its for mine, its in zip(row, other, strict=True)]


def columns_for(groups: Sequence[Sequence[int]], base: Points) -> Points:
    """What each group's parameter adds to each weight: 1, or the weights in *base*.

    A group whose principles weigh nothing in *base* moves them alike.
    """
    columns = np.zeros((len(base), len(groups)), dtype=np.int64)
    for number, group in enumerate(groups):
        shares = base[list(group)]
        alone = len(group) == 1 or not shares.any()
        columns[list(group), number] = 1 if alone else shares
    return columns
