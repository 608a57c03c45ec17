"""Compute Krippendorff's alpha, Kendall's W and bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from math import fsum
from typing import Any, TypeAlias, final
from warnings import catch_warnings, simplefilter

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.arguments import ranged, whole
from boundaryethics.errors import PanelError, check_all, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel.data import Rating, needed
from boundaryethics.ranking import tau_b
from boundaryethics.report import fields_as_data

#: For each unit, the number of coders who gave each value, the lowest value first.
Counts: TypeAlias = npt.NDArray[np.int64]
#: The indices of the vignettes in one bootstrap sample.
Drawn: TypeAlias = npt.NDArray[np.int64]

#: The default number of bootstrap samples.
RESAMPLES = 1000
#: With fewer samples, too few values are outside a 95 percent interval to estimate it.
_FEWEST = 100
#: With fewer vignettes or raters, a bootstrap interval is too unreliable to print: with
#: four of them, 1 sample in 64 consists of four copies of the same one.
FEWEST_UNITS = 5
#: With fewer vignettes or raters, 95 percent intervals included the true value in 89 to
#: 98 percent of simulated panels; see `tests/panel/test_coverage.py`.
MANY_UNITS = 10
#: The largest share of bootstrap samples in which the statistic may be undefined. An
#: interval from the others is conditional on a defined statistic. Up to 5 percent, at
#: least as many samples are outside the interval as are left out.
MOST_UNDEFINED = 0.05


#: The text that explains why too many undefined samples leave no interval.
_TOO_FEW = f"if more than {MOST_UNDEFINED:.0%} of bootstrap samples are undefined"


def among(ranking: Ranking, options: Collection[Option]) -> Ranking:
    """Restrict *ranking* to *options*."""
    kept = (tuple(o for o in group if o in options) for group in ranking)
    return tuple(group for group in kept if group)


def places_of(ranking: Ranking) -> dict[Option, int]:
    """Map each option in *ranking* to its rank, from 1."""
    return {option: n for n, group in enumerate(ranking, 1) for option in group}


def same_first(one: Ranking, other: Ranking) -> bool | None:
    """Return whether both rankings put the same options first.

    Only options that are in both rankings count. Return None if there are fewer than
    two such options.
    """
    shared = places_of(one).keys() & places_of(other).keys()
    if len(shared) <= 1:
        return None
    return set(among(one, shared)[0]) == set(among(other, shared)[0])


def scores(
    ranking: Ranking, ratings: Sequence[Rating]
) -> tuple[float | None, float | None]:
    """Compute how well *ratings* agree with *ranking*.

    Return the mean tau-b, and the share of ratings with the same options first.
    """
    return (
        known_mean(tau_b(ranking, rating.ranking) for rating in ratings),
        known_mean(same_first(ranking, rating.ranking) for rating in ratings),
    )


def known_mean(numbers: Iterable[float | None]) -> float | None:
    """Return the mean of the known *numbers*, or None if there are none."""
    known = [number for number in numbers if number is not None]
    return fsum(known) / len(known) if known else None


@final
@attrs.frozen(kw_only=True)
class Estimate:
    """A statistic with its 95 percent interval, or the reason why it is undefined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    #: The number of vignettes from which it is computed.
    n: int | None = None
    #: The reason for a missing value; empty if the value exists.
    undefined: str = ""
    #: The units that the bootstrap of the interval drew; empty without an interval.
    resample: str = ""
    #: Why there is a value but no interval, such as `fewer than 5 vignettes`.
    no_interval: str = ""
    #: The number of bootstrap samples, and the number in which the statistic is
    #: undefined; 0 without a bootstrap.
    resamples: int = 0
    undefined_resamples: int = 0
    #: The number of vignettes or raters, whichever is smaller, that the bootstrap drew
    #: from; 0 without an interval.
    drawn_from: int = 0

    @property
    def approximate(self) -> bool:
        """Whether the coverage of the interval may be as low as about 90%."""
        return 0 < self.drawn_from < MANY_UNITS

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate, or the reason why it is undefined, as plain data."""
        if self.value is None:
            return {"value": None, "undefined": self.undefined}
        return fields_as_data(self, without={"undefined"})

    def __str__(self) -> str:
        if self.value is None:
            return f"undefined: {self.undefined}"
        n = "" if self.n is None else f", n = {self.n}"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}{n}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f}){n}"


@final
@attrs.frozen(kw_only=True)
class Concordance:
    """Kendall's W for a set of raters, corrected for ties, with its chi-square test."""

    #: The number of raters who ranked all options, on whom the other values are based;
    #: for several vignettes, the sum of these numbers.
    raters: int
    #: From 0 for no agreement to 1 for full agreement; None if undefined.
    w: float | None = None
    #: Friedman's chi-square: W times the number of raters times the degrees of freedom.
    chi2: float | None = None
    df: int | None = None
    #: The probability of a chi-square at least this large if raters rank at random. It
    #: is approximate for few raters.
    p: float | None = None
    #: The reason why W is undefined; empty if it is defined.
    undefined: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the test as plain data."""
        return fields_as_data(self, without=() if self.undefined else {"undefined"})


def ordinal_alpha(counts: Counts) -> Estimate:
    """Compute Krippendorff's alpha for ordinal data, over units with several values."""
    paired = counts[counts.sum(axis=1) > 1]
    if not len(paired):
        return Estimate(undefined="no option is ranked by two raters")
    values = np.flatnonzero(paired.sum(axis=0))
    if len(values) <= 1:
        return Estimate(undefined="all ranks are equal")
    alpha = needed("krippendorff").alpha(
        value_counts=paired[:, values],
        value_domain=list(range(len(values))),
        level_of_measurement="ordinal",
    )
    return Estimate(value=float(alpha))


def kendall_w(places: npt.NDArray[Any]) -> Concordance:
    """Compute Kendall's W and Friedman's test for *places*, with one row per rater."""
    raters, items = places.shape
    if raters <= 1:
        return Concordance(raters=raters, undefined="fewer than two complete rankings")
    if (places == places[:, :1]).all():
        return Concordance(raters=raters, undefined="every rater ties all options")
    test = needed("scipy.stats").friedmanchisquare(*places.T)
    chi2, df = float(test.statistic), items - 1
    w = chi2 / (raters * df)
    return Concordance(raters=raters, w=w, chi2=chi2, df=df, p=float(test.pvalue))


def pooled(each: list[Concordance]) -> Concordance:
    """Combine the concordances of several vignettes.

    Average W, weighted by the number of raters, and add up the chi-squares. The null
    hypothesis is that raters rank at random on every vignette.
    """
    defined = [one for one in each if one.w is not None]
    if not defined:
        why = each[0].undefined if each else "no vignette has ratings"
        return Concordance(raters=sum(one.raters for one in each), undefined=why)
    raters = sum(one.raters for one in defined)
    chi2 = sum(one.chi2 or 0.0 for one in defined)
    df = sum(one.df or 0 for one in defined)
    w = sum(one.raters * (one.w or 0.0) for one in defined) / raters
    p = float(needed("scipy.stats").chi2.sf(chi2, df))
    return Concordance(raters=raters, w=w, chi2=chi2, df=df, p=p)


#: Computes a statistic of a bootstrap sample: the vignettes drawn, and the raters drawn
#: if they are resampled.
Statistic: TypeAlias = Callable[..., Estimate]


#: The maximum number of bootstrap samples. So many samples take minutes, and give more
#: precision than an interval needs.
_MOST_RESAMPLES = 1_000_000


def check_draws(seed: object, resamples: object) -> None:
    """Raise an error for an invalid *seed*, or too few *resamples* for an interval."""
    check_all(partial(_check_resamples, resamples), partial(whole, seed, "seed", 0))


def _check_resamples(resamples: object) -> None:
    often = whole(resamples, "resamples", 0)
    ranged("resamples", often, 0, _MOST_RESAMPLES)
    if 0 < often < _FEWEST:
        few = problem("BE854", token="resamples", resamples=often, fewest=_FEWEST)
        raise PanelError([few])


def estimate(
    statistic: Statistic,
    vignettes: int,
    seed: int,
    resamples: int,
    *,
    resample: str = "vignettes",
    raters: int = 0,
) -> Estimate:
    """Compute *statistic* for all *vignettes*, with its bootstrap interval.

    The interval requires at least `FEWEST_UNITS` units of each type in *resample*. A
    vignette counts as a unit if the statistic is defined for it. Samples with an
    undefined statistic are reported but left out. If their share exceeds
    `MOST_UNDEFINED`, there is no interval.
    """
    everyone = np.arange(vignettes)
    found = statistic(everyone)
    if found.value is None or not resamples:
        return found
    used = {"vignettes": found.n or 0, "raters": raters}
    units = [unit for unit in used if resample in {unit, "both"}]
    if few := [unit for unit in units if used[unit] < FEWEST_UNITS]:
        reason = f"with fewer than {FEWEST_UNITS} {' and '.join(few)}"
        return attrs.evolve(found, no_interval=reason)
    sizes = {"vignettes": vignettes, "raters": raters}

    def number(*drawn: Drawn) -> float:
        if resample == "raters":
            drawn = (everyone, *drawn)
        again = statistic(*drawn).value
        return np.nan if again is None else again

    stats = needed("scipy.stats")
    with catch_warnings():
        # scipy warns that its own interval is undefined if any sample is.
        simplefilter("ignore", stats.DegenerateDataWarning)
        again = stats.bootstrap(
            [np.arange(sizes[unit]) for unit in units],
            number,
            n_resamples=resamples,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).bootstrap_distribution
    known = again[~np.isnan(again)]
    undefined = resamples - len(known)
    found = attrs.evolve(found, resamples=resamples, undefined_resamples=undefined)
    if undefined > MOST_UNDEFINED * resamples:
        return attrs.evolve(found, no_interval=_TOO_FEW)
    least = min(used[unit] for unit in units)
    tails = _quantiles(least if len(units) == 1 else None)
    low, high = np.quantile(known, tails).tolist()
    return attrs.evolve(found, low=low, high=high, resample=resample, drawn_from=least)


def _quantiles(drawn: int | None) -> tuple[float, float]:
    """Return the sample quantiles that bound a 95 percent interval.

    A percentile interval based on few units is too narrow: it corresponds to a standard
    error with divisor n, and to a normal quantile. The quantiles are moved outward to
    correct both (Hesterberg, 2015). If *drawn* is None, as in the pigeonhole
    bootstrap, they are not moved, because its intervals are already too wide.
    """
    tail = 0.025
    if drawn is not None:
        special = needed("scipy.special")
        wider = special.stdtrit(drawn - 1, tail) * (drawn / (drawn - 1)) ** 0.5
        tail = float(special.ndtr(wider))
    return tail, 1 - tail


def mean_of(
    numbers: Sequence[float | None], why: str, weights: Sequence[int] | None = None
) -> Statistic:
    """Return a statistic: the weighted mean of *numbers*, or *why* there is none."""
    values = np.array([np.nan if n is None else n for n in numbers], dtype=float)
    counts = np.ones(len(values)) if weights is None else np.array(weights)

    def statistic(drawn: Drawn) -> Estimate:
        known = drawn[~np.isnan(values[drawn])]
        if not len(known):
            return Estimate(undefined=why)
        total = (values[known] * counts[known]).sum()
        return Estimate(value=float(total / counts[known].sum()), n=len(known))

    return statistic


def format_number(number: float | None) -> str:
    """Format *number* to three decimal places, or as a dash if there is none."""
    return "-" if number is None else f"{number:.3f}"
