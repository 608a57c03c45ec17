"""Krippendorff's alpha and Kendall's W: numbers in, numbers out.

In: counts of values, or ranks. Knows nothing of panels, vignettes or options.
"""

from __future__ import annotations

from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.panel.needing import needed
from boundaryethics.panel.resampling import Undefined

#: For each unit how many coders gave each value, the lowest value first.
Counts: TypeAlias = npt.NDArray[np.int64]

_TWO = 2


@final
@attrs.frozen(kw_only=True)
class Concordance:
    """Kendall's W of some raters, corrected for ties, with its chi-square test."""

    #: Of one vignette; of several, added up.
    raters: int
    #: From 0 for no agreement to 1 for full; None where it is not defined.
    w: float | None = None
    chi2: float | None = None
    df: int | None = None
    #: How likely so large a chi-square is if raters rank at random; for few raters
    #: the distribution is only near.
    p: float | None = None
    #: Why W is not defined; empty where it is.
    undefined: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The test as plain data."""
        told = attrs.asdict(self)
        return {k: v for k, v in told.items() if k != "undefined" or v}


def ordinal_alpha(counts: Counts) -> float | Undefined:
    """Krippendorff's alpha of ordinal data; a unit with one value takes no part."""
    paired = counts[counts.sum(axis=1) >= _TWO]
    if not len(paired):
        return Undefined("no option has places by two raters")
    values = np.flatnonzero(paired.sum(axis=0))
    if len(values) < _TWO:
        return Undefined("all places are equal")
    alpha = needed("krippendorff").alpha(
        value_counts=paired[:, values],
        value_domain=list(range(len(values))),
        level_of_measurement="ordinal",
    )
    return float(alpha)


def kendall_w(ranks: npt.NDArray[np.float64]) -> Concordance:
    """Kendall's W of *ranks*: a row for each rater, equals with the mean of ranks."""
    raters, items = ranks.shape
    if raters < _TWO:
        return Concordance(raters=raters, undefined="fewer than two raters rank all")
    cubes = raters * (items**3 - items) - sum(map(_ties, ranks))
    if not cubes:
        return Concordance(raters=raters, undefined="every rater ties all")
    totals = ranks.sum(axis=0)
    spread = float(((totals - totals.mean()) ** 2).sum())
    w = 12 * spread / (raters * cubes)
    chi2, df = raters * (items - 1) * w, items - 1
    return Concordance(raters=raters, w=w, chi2=chi2, df=df, p=_p(chi2, df))


def pooled(each: list[Concordance]) -> Concordance:
    """Several concordances as one: the mean W by raters, the chi-squares added up.

    The test holds against that all rank at random in all of them.
    """
    defined = [
        (one.raters, one.w, one.chi2, one.df)
        for one in each
        if not (one.w is None or one.chi2 is None or one.df is None)
    ]
    if not defined:
        why = each[0].undefined if each else "no vignette is rated"
        return Concordance(raters=sum(one.raters for one in each), undefined=why)
    raters = sum(m for m, _, _, _ in defined)
    chi2 = sum(chi2 for _, _, chi2, _ in defined)
    df = sum(df for _, _, _, df in defined)
    w = sum(m * w for m, w, _, _ in defined) / raters
    return Concordance(raters=raters, w=w, chi2=chi2, df=df, p=_p(chi2, df))


def _ties(row: npt.NDArray[np.float64]) -> float:
    _, sizes = np.unique(row, return_counts=True)
    return float((sizes**3 - sizes).sum())


def _p(chi2: float, df: int) -> float:
    return float(needed("scipy.stats").chi2.sf(chi2, df))
