"""Compute Krippendorff's alpha, Kendall's W, consensus rankings and the bootstrap.

The bootstrap draws vignettes: it shows how far a number depends on which were asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from fractions import Fraction
from math import fsum
from typing import Any, TypeAlias, final
from warnings import catch_warnings, simplefilter

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import PanelError, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel.data import Rating, needed
from boundaryethics.ranking import tau_b

#: For each unit how many coders gave each value, the lowest value first.
Counts: TypeAlias = npt.NDArray[np.int64]
#: The numbers of the vignettes drawn.
Drawn: TypeAlias = npt.NDArray[np.int64]

#: How often vignettes are drawn by default.
RESAMPLES = 1000
#: Of fewer draws the outer 2.5 per cent at each end are hardly any.
_FEWEST = 100
_INTERVAL = (2.5, 97.5)
_TWO = 2


# Rankings of some options.


def among(ranking: Ranking, options: Collection[Option]) -> Ranking:
    """Reduce *ranking* to *options*."""
    kept = (tuple(o for o in group if o in options) for group in ranking)
    return tuple(group for group in kept if group)


def places_of(ranking: Ranking) -> dict[Option, int]:
    """Give each option its place in *ranking*."""
    return {option: n for n, group in enumerate(ranking, 1) for option in group}


def same_first(one: Ranking, other: Ranking) -> bool | None:
    """Say whether both put the same options first, of those that both place.

    None where they share fewer than two.
    """
    shared = places_of(one).keys() & places_of(other).keys()
    if len(shared) < _TWO:
        return None
    return set(among(one, shared)[0]) == set(among(other, shared)[0])


def consensus(rankings: Iterable[Ranking]) -> Ranking:
    """Combine *rankings* by how far each option is above others.

    The score of an option is how many options it is above, less those that it is
    below, in all rankings, as a share of its comparisons (a Copeland score for each
    comparison). Where all rankings place all options, this is the order of mean ranks,
    as Borda's method gives it. An option that none places beside another is left out.
    """
    net: dict[Option, int] = {}
    beside: dict[Option, int] = {}
    for places in map(places_of, rankings):
        for option, place in places.items():
            above = sum(other > place for other in places.values())
            below = sum(other < place for other in places.values())
            net[option] = net.get(option, 0) + above - below
            beside[option] = beside.get(option, 0) + len(places) - 1
    shares = {o: Fraction(net[o], beside[o]) for o in net if beside[o]}
    return tuple(
        tuple(option for option in Option if shares.get(option) == share)
        for share in sorted(set(shares.values()), reverse=True)
    )


def scores(
    ranking: Ranking, ratings: Sequence[Rating]
) -> tuple[float | None, float | None]:
    """Average over *ratings* tau-b with *ranking*, and equal first places."""
    return (
        known_mean(tau_b(ranking, rating.ranking) for rating in ratings),
        known_mean(same_first(ranking, rating.ranking) for rating in ratings),
    )


def known_mean(numbers: Iterable[float | None]) -> float | None:
    """Average the *numbers* that are known; None where there are none."""
    known = [number for number in numbers if number is not None]
    return fsum(known) / len(known) if known else None


# Alpha and W.


@final
@attrs.frozen
class Undefined:
    """A statistic that is not defined, and why."""

    why: str


@final
@attrs.frozen(kw_only=True)
class Concordance:
    """Kendall's W of some raters, corrected for ties, with its chi-square test."""

    #: Of one vignette; of several, added up.
    raters: int
    #: From 0 for no agreement to 1 for full; None where it is not defined.
    w: float | None = None
    #: Friedman's chi-square, which is W times the raters times the degrees of freedom.
    chi2: float | None = None
    df: int | None = None
    #: How likely so large a chi-square is if raters rank at random; for few raters
    #: the distribution is only near.
    p: float | None = None
    #: Why W is not defined; empty where it is.
    undefined: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the test as plain data."""
        return attrs.asdict(
            self, filter=lambda field, value: field.name != "undefined" or value
        )


def ordinal_alpha(counts: Counts) -> float | Undefined:
    """Compute Krippendorff's alpha for ordinal data; a unit needs two values."""
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


def kendall_w(places: npt.NDArray[Any]) -> Concordance:
    """Compute Kendall's W of *places*, a row for each rater, by Friedman's test."""
    raters, items = places.shape
    if raters < _TWO:
        return Concordance(raters=raters, undefined="fewer than two raters rank all")
    if (places == places[:, :1]).all():
        return Concordance(raters=raters, undefined="every rater ties all")
    test = needed("scipy.stats").friedmanchisquare(*places.T)
    chi2, df = float(test.statistic), items - 1
    w = chi2 / (raters * df)
    return Concordance(raters=raters, w=w, chi2=chi2, df=df, p=float(test.pvalue))


def pooled(each: list[Concordance]) -> Concordance:
    """Combine concordances: the mean W by raters, the chi-squares added up.

    The null hypothesis is that raters rank at random in all of them.
    """
    defined = [one for one in each if one.w is not None]
    if not defined:
        why = each[0].undefined if each else "no vignette is rated"
        return Concordance(raters=sum(one.raters for one in each), undefined=why)
    raters = sum(one.raters for one in defined)
    chi2 = sum(one.chi2 or 0.0 for one in defined)
    df = sum(one.df or 0 for one in defined)
    w = sum(one.raters * (one.w or 0.0) for one in defined) / raters
    p = float(needed("scipy.stats").chi2.sf(chi2, df))
    return Concordance(raters=raters, w=w, chi2=chi2, df=df, p=p)


# The bootstrap.


@final
@attrs.frozen(kw_only=True)
class Estimate:
    """A number with its interval of 95 per cent, or why there is none."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    #: Why there is no number; empty where there is one.
    undefined: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give the estimate as plain data, with its interval or why there is none."""
        if self.value is None:
            return {"value": None, "undefined": self.undefined}
        return {"value": self.value, "low": self.low, "high": self.high}

    def __str__(self) -> str:
        if self.value is None:
            return f"undefined: {self.undefined}"
        if self.low is None or self.high is None:
            return f"{self.value:.3f}"
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@final
@attrs.frozen
class Draws:
    """How vignettes are drawn: from which seed, and how often."""

    seed: int
    resamples: int

    @classmethod
    def of(cls, seed: object, resamples: object) -> Draws:
        """Check the seed, and that there are enough draws for an interval."""
        often = whole(resamples, "resamples", 0)
        if 0 < often < _FEWEST:
            few = problem("BE854", token="resamples", resamples=often, fewest=_FEWEST)
            raise PanelError([few])
        return cls(whole(seed, "seed", 0), often)


def estimate(
    statistic: Callable[[Drawn], float | Undefined], vignettes: int, draws: Draws
) -> Estimate:
    """Compute *statistic* of all *vignettes*, with its percentile bootstrap interval.

    Draws of which the statistic is not defined are left out. Fewer than two vignettes
    have no interval. The same seed gives the same interval.
    """
    everyone = np.arange(vignettes)
    found = statistic(everyone)
    if isinstance(found, Undefined):
        return Estimate(undefined=found.why)
    if vignettes < _TWO or not draws.resamples:
        return Estimate(value=found)

    def number(drawn: Drawn) -> float:
        again = statistic(drawn)
        return np.nan if isinstance(again, Undefined) else again

    stats = needed("scipy.stats")
    with catch_warnings():
        # The interval that scipy makes has no numbers where a draw has none.
        simplefilter("ignore", stats.DegenerateDataWarning)
        resampled = stats.bootstrap(
            (everyone,),
            number,
            n_resamples=draws.resamples,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(draws.seed),
        )
    again = resampled.bootstrap_distribution
    known = again[~np.isnan(again)]
    if not len(known):
        return Estimate(value=found)
    low, high = np.percentile(known, _INTERVAL)
    return Estimate(value=found, low=float(low), high=float(high))


def mean_of(numbers: Sequence[float | None], why: str) -> Callable[[Drawn], Any]:
    """Give the mean of *numbers*, one a vignette, as a statistic; *why* if none."""
    known = np.array([np.nan if n is None else n for n in numbers], dtype=float)

    def statistic(drawn: Drawn) -> float | Undefined:
        those = known[drawn]
        those = those[~np.isnan(those)]
        return float(those.mean()) if len(those) else Undefined(why)

    return statistic


def format_number(number: float | None) -> str:
    """Format *number* to three decimal places; a dash where there is none."""
    return "-" if number is None else f"{number:.3f}"


def whole(number: object, named: str, least: int) -> int:
    """Return *number*, called *named*; refuse one that is no integer from *least*."""
    if isinstance(number, int) and not isinstance(number, bool) and number >= least:
        return number
    raise PanelError([problem("BE847.whole", token=named, name=named, least=least)])
