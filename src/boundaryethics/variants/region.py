"""The region of weights on which every ranking stays as it is.

In: leads. Out: the half-spaces whose common part the region is, and whether weights lie
in it. Weights are exact fractions, and so is the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import isfinite, lcm
from numbers import Rational
from typing import TypeAlias, final

import attrs
import numpy as np

from boundaryethics._closest import did_you_mean
from boundaryethics.diagrams.arrays import Truths, Whole
from boundaryethics.diagrams.digits import Digits
from boundaryethics.diagrams.merging import merged
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.report import plural
from boundaryethics.variants.leads import Leads

#: Weights by principle: whole numbers, fractions, or what is exactly one.
Weighted: TypeAlias = Mapping[str, int | float | Fraction | Decimal]

#: Leads that are multiplied together.
_BLOCK = 1 << 16


@final
@attrs.frozen(eq=False, repr=False)
class Region:
    """All weights, none below zero, that keep every ranking of a policy."""

    _leads: Leads

    def __repr__(self) -> str:
        return f"<Region of {plural(len(self.principles), 'weight')}>"

    @property
    def principles(self) -> tuple[str, ...]:
        """Those whose weights count: one for each column."""
        return self._leads.principles

    @cached_property
    def half_spaces(self) -> Whole:
        """The leads that have to stay above zero, those of one direction once.

        Some may follow from others: where the others are above zero, so are they.
        """
        return self._directions(self._leads.score > 0)

    @cached_property
    def ties(self) -> Whole:
        """The leads that have to stay zero, those of one direction once."""
        return self._directions((self._leads.score == 0) & self._leads.points.any(1))

    def holds(self, weights: Weighted) -> bool:
        """Whether every ranking is the same with *weights*; others stay as they are.

        Raises:
            AnalysisError: no rule speaks on a principle named, or a weight is no
                number from zero up.
        """
        exact = self._exact(weights)
        return self._all(self._leads.score > 0, exact) and self._all(
            self._leads.score == 0, exact
        )

    def keeps_orders(self, weights: Weighted) -> bool:
        """Whether with *weights* no option that was ahead of another no longer is.

        Options that shared a place may be parted.

        Raises:
            AnalysisError: as for `holds`.
        """
        return self._all(self._leads.score > 0, self._exact(weights))

    def _all(self, chosen: Truths, weights: tuple[int, ...]) -> bool:
        """Whether all leads *chosen* keep their sign."""
        rows = np.flatnonzero(chosen)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            totals = _product(self._leads.points[block], weights)
            if not ((totals > 0) == (self._leads.score[block] > 0)).all():
                return False
            if (totals < 0).any():
                return False
        return True

    def _directions(self, chosen: Truths) -> Whole:
        points = self._leads.points[chosen]
        if not points.size:
            return points
        common = np.gcd.reduce(points, axis=1)
        points = points // common[:, None]
        reach = Digits.of(tuple(int(most) for most in np.abs(points).max(axis=0)))
        first, _ = merged([np.ascontiguousarray(w) for w in reach.written(points).T])
        directions: Whole = points[np.sort(first)]
        return directions

    def _exact(self, weights: Weighted) -> tuple[int, ...]:
        """All weights as whole numbers, in the same proportions."""
        problems = [*self._problems(weights)]
        if problems:
            raise AnalysisError(problems)
        base = zip(self.principles, self._leads.weights, strict=True)
        exact = [Fraction(weights.get(name, weight)) for name, weight in base]
        common = lcm(*(weight.denominator for weight in exact))
        return tuple(int(weight * common) for weight in exact)

    def _problems(self, weights: Weighted) -> Iterator[Problem]:
        for name, weight in weights.items():
            if name not in self.principles:
                yield _unheard(name, self.principles)
            elif not _is_number(weight) or weight < 0:
                yield Problem(
                    code="BE821",
                    message=f"principle `{name}` has no weight from zero up: "
                    f"`{weight}`",
                    token=str(weight),
                )


def _product(points: Whole, weights: tuple[int, ...]) -> Whole:
    """*points* times *weights*, exact however large they are."""
    small = sum(weights) * int(np.abs(points).max(initial=1)) < 1 << 62
    kind = np.int64 if small else object
    total: Whole = points.astype(kind) @ np.array(weights, kind)
    return total


def _is_number(weight: object) -> bool:
    if isinstance(weight, bool):
        return False
    if isinstance(weight, float | Decimal):
        return isfinite(weight)
    return isinstance(weight, Rational)


def _unheard(name: str, among: Iterable[str]) -> Problem:
    return Problem(
        code="BE822",
        message=f"no rule speaks on principle `{name}` with a strength",
        help=did_you_mean(name, among),
        token=name,
    )
