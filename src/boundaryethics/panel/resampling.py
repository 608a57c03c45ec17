"""Compute agreement statistics for resampled vignettes, raters, or both.

The bootstrap draws vignettes, raters, or both independently with replacement. Intervals
over vignettes or over raters are expanded percentile intervals (Hesterberg, 2015),
because percentile intervals based on few units are too narrow. Intervals over both are
percentile intervals of the pigeonhole bootstrap (Owen, 2007): the weight of a rating is
the number of times that its vignette was drawn, multiplied by the number of times that
its rater was drawn. These intervals tend to be too wide rather than too narrow.

A rater who is drawn twice agrees perfectly with their own copy. Alpha and W compare
raters with one another. Pairs of copies are left out, because they would raise both
statistics. The same problem arises in bootstrapping networks (Snijders and Borgatti,
1999).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, Literal, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.mdd.space import every
from boundaryethics.panel.data import Rating
from boundaryethics.panel.statistics import Drawn, Estimate, Statistic, places_of
from boundaryethics.ranking import OPTIONS

#: The units that the bootstrap draws.
Resample: TypeAlias = Literal["vignettes", "raters", "both"]

#: The number of times that each rater counts.
Weights: TypeAlias = npt.NDArray[np.int64]
#: Numbers by vignette and rater; NaN if there is none.
Numbers: TypeAlias = npt.NDArray[np.float64]


def interval_kind(resample: Resample, drawn: int, seed: int | None) -> str:
    """Describe the intervals that *resample* produces from *drawn* samples."""
    over = "vignettes and raters" if resample == "both" else resample
    kind = "pigeonhole" if resample == "both" else "expanded percentile"
    made = f"{drawn:,} samples" + ("" if seed is None else f", seed {seed}")
    return f"95% confidence intervals ({kind} bootstrap over {over}; {made})"


def _copies(raters: Drawn | None, size: int) -> Weights:
    """Count how often each of *size* raters was drawn."""
    if raters is None:
        return np.ones(size, np.int64)
    return np.bincount(raters, minlength=size)


def mean_over(numbers: Numbers, why: str) -> Statistic:
    """Return a statistic that averages *numbers* over raters, then over vignettes."""
    known = ~np.isnan(numbers)
    values = np.where(known, numbers, 0)

    def statistic(vignettes: Drawn, raters: Drawn | None = None) -> Estimate:
        copies = _copies(raters, numbers.shape[1])
        total, of = (values @ copies)[vignettes], (known @ copies)[vignettes]
        if not of.any():
            return Estimate(undefined=why)
        mean = float((total[of > 0] / of[of > 0]).mean())
        return Estimate(value=mean, n=int((of > 0).sum()))

    return statistic


@final
@attrs.frozen(kw_only=True, eq=False)
class Places:
    """The ranks that raters gave, by vignette, rater and option; 0 if there is none."""

    places: npt.NDArray[np.int64]

    @classmethod
    def of(cls, ratings: Sequence[Sequence[Rating]], raters: Sequence[str]) -> Places:
        """Collect the *ratings* of each vignette."""
        number = {rater: n for n, rater in enumerate(raters)}
        places = np.zeros((len(ratings), len(raters), len(OPTIONS)), np.int64)
        for vignette, of_one in enumerate(ratings):
            for rating in of_one:
                ranks = places_of(rating.ranking)
                of_rater = [ranks.get(option, 0) for option in OPTIONS]
                places[vignette, number[rating.rater]] = of_rater
        return cls(places=places)

    @cached_property
    def counts(self) -> npt.NDArray[np.int64]:
        """The number of raters who gave each option each rank, by vignette."""
        size = (len(self.places), len(OPTIONS), len(OPTIONS))
        counts: npt.NDArray[np.int64] = (
            self._given.sum(axis=0).reshape(size).astype(int)
        )
        return counts

    @cached_property
    def _given(self) -> Numbers:
        """Ranks as indicators by rater: 1 for an option's rank, 0 for other ranks."""
        values = np.arange(1, len(OPTIONS) + 1)
        given: npt.NDArray[Any] = np.equal(self.places[..., None], values)
        by_rater: Numbers = given.swapaxes(0, 1).reshape(given.shape[1], -1)
        return by_rater.astype(float)

    @cached_property
    def _complete(self) -> tuple[Numbers, Numbers, Numbers]:
        """Whether each rating is complete, its centered ranks, and their spread.

        Tied options have the average of their ranks.
        """
        complete = every(self.places > 0, 2)
        below = (self.places[..., None, :] < self.places[..., None]).sum(axis=3)
        level = (self.places[..., None, :] == self.places[..., None]).sum(axis=3)
        ranks = below + level / 2
        away = (ranks - ranks.mean(axis=2, keepdims=True)) * complete[..., None]
        return complete.astype(float), away, (away**2).sum(axis=2)

    def alpha(self, vignettes: Drawn, copies: Weights) -> float | None:
        """Compute ordinal Krippendorff's alpha; copies of one rater are not paired.

        If no rater is drawn twice, this is the usual alpha.
        """
        size = (len(self.places), len(OPTIONS), len(OPTIONS))
        counts, squares = (
            (number @ self._given).reshape(size)[vignettes].reshape(-1, len(OPTIONS))
            for number in (copies, copies**2)
        )
        values = counts.sum(axis=1)
        # Count pairs of values from two raters, but not from two copies of one rater.
        pairs = values**2 - squares.sum(axis=1)
        counts, squares = counts[pairs > 0], squares[pairs > 0]
        weight = values[pairs > 0] / pairs[pairs > 0]
        coincidences = np.einsum("uc,uk,u->ck", counts, counts, weight)
        coincidences -= np.diag(weight @ squares)
        totals = coincidences.sum(axis=1)
        ahead = np.cumsum(totals) - totals / 2
        distances = (ahead[:, None] - ahead) ** 2
        expected = (np.outer(totals, totals) * distances).sum()
        if not expected > 0:
            return None
        return float(
            1 - (totals.sum() - 1) * (coincidences * distances).sum() / expected
        )

    def mean_w(self, vignettes: Drawn, copies: Weights) -> float | None:
        """Average Kendall's W over vignettes, weighted by the number of raters.

        Pairs of copies of the same rater are left out. Only raters who ranked all
        options count. W is computed from the mean covariance of the ranks over
        pairs of raters. If no rater is drawn twice, this is the usual W.
        """
        complete, away, own = self._complete
        raters, spread = complete @ copies, own @ copies
        pairs = raters**2 - complete @ copies**2
        sums = np.einsum("vro,r->vo", away, copies)
        covariance = (sums**2).sum(axis=1) - own @ copies**2
        defined = vignettes[(pairs[vignettes] > 0) & (spread[vignettes] > 0)]
        if not len(defined):
            return None
        raters, spread = raters[defined], spread[defined]
        shared = raters * (raters - 1) * covariance[defined] / pairs[defined]
        return float(((spread + shared) / spread).sum() / raters.sum())

    def statistic(
        self, which: Literal["alpha", "mean_w"], usual: Statistic
    ) -> Statistic:
        """Return a statistic: *usual* or, if raters are resampled, *which*.

        The computation of *which* leaves out pairs of copies of the same rater.
        """
        measure = getattr(self, which)

        def statistic(vignettes: Drawn, raters: Drawn | None = None) -> Estimate:
            if raters is None:
                return usual(vignettes)
            found = measure(vignettes, _copies(raters, self.places.shape[1]))
            return Estimate(value=found)

        return statistic
