"""How far the raters of a panel agree with one another."""

from __future__ import annotations

from typing import Any, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.options import Option
from boundaryethics.panel.concord import (
    Concordance,
    Counts,
    kendall_w,
    ordinal_alpha,
    pooled,
)
from boundaryethics.panel.orders import consensus, midranks_of, places_of
from boundaryethics.panel.resampling import (
    RESAMPLES,
    Drawn,
    Draws,
    Estimate,
    Undefined,
    estimate,
)
from boundaryethics.panel.values import Panel, Rating, refuse_unrated
from boundaryethics.plots import Bar, bars
from boundaryethics.report import Table, listed, told


@final
@attrs.frozen(kw_only=True)
class Agreed:
    """What the raters of one vignette come to, and how far they agree on it."""

    vignette: str
    #: Ratings, partial ones included.
    ratings: int
    consensus: Ranking
    #: Of the raters who placed all four options.
    concordance: Concordance


@final
@attrs.frozen(kw_only=True)
class Agreement:
    """How far the raters of a panel agree with one another."""

    #: How large the panel is, and what is uneven about it.
    panel: tuple[str, ...]
    #: Krippendorff's alpha for ordinal data. A unit is an option in a vignette, a
    #: coder a rater, a value the place; what a rater did not place is missing.
    alpha: Estimate
    #: The mean of Kendall's W over vignettes, each counting by its raters.
    w: Estimate
    #: The same with its test: the chi-squares of the vignettes, added up.
    pooled: Concordance
    vignettes: tuple[Agreed, ...]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return {
            "panel": list(self.panel),
            "alpha": self.alpha.to_dict(),
            "w": self.w.to_dict(),
            "pooled": self.pooled.to_dict(),
            "vignettes": [
                {
                    "vignette": one.vignette,
                    "ratings": one.ratings,
                    "consensus": listed(one.consensus),
                    **one.concordance.to_dict(),
                }
                for one in self.vignettes
            ],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each vignette.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("vignette", "ratings", "w", "chi2", "df", "p", "consensus"),
            rows=tuple(
                (v.vignette, v.ratings, c.w, c.chi2, c.df, c.p, told(v.consensus))
                for v in self.vignettes
                for c in [v.concordance]
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: on which vignettes the raters agree, and how far.

        Raises:
            PictureError: what draws is not installed.
        """
        agreed = ((one.vignette, one.concordance.w) for one in self.vignettes)
        return bars(
            [Bar(vignette, w) for vignette, w in agreed if w is not None],
            title="On which vignettes the raters agree",
            subtitle=f"Krippendorff's alpha over all: {self.alpha}",
            axis="Kendall's W, from 0 for none to 1 for full agreement",
        )

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        lines = (
            *self.panel,
            f"Krippendorff's alpha, ordinal: {self.alpha}",
            f"Kendall's W, over vignettes: {self.w}",
            *_test_told(self.pooled),
        )
        return Table(
            lines=lines,
            columns=("vignette", "ratings", "W", "p", "consensus"),
            rows=tuple(
                (one.vignette, one.ratings, *_w_told(one), told(one.consensus))
                for one in self.vignettes
            ),
        )


def agreement_among(
    panel: Panel, *, seed: int = 0, resamples: int = RESAMPLES
) -> Agreement:
    """How far the raters of *panel* agree, with intervals over vignettes.

    Kendall's W takes whole rankings only; alpha takes whatever is placed.

    Args:
        panel: who ranked what.
        seed: of the draws of vignettes; the same seed gives the same intervals.
        resamples: how often vignettes are drawn, 100 times at least; 0 for no
            intervals.

    Raises:
        PanelError: scipy or krippendorff is not installed, nothing is rated, or draws
            are too few.
    """
    draws = Draws.of(seed, resamples)
    refuse_unrated(panel)
    agreed = tuple(_agreed(one.id, panel.on[one.id]) for one in panel.rated)
    counts = _counts(panel)
    each = [one.concordance for one in agreed]

    def alpha_of(drawn: Drawn) -> float | Undefined:
        return ordinal_alpha(counts[drawn].reshape(-1, counts.shape[-1]))

    return Agreement(
        panel=tuple(panel.lines()),
        alpha=estimate(alpha_of, len(agreed), draws),
        w=estimate(_mean_w(each), len(agreed), draws),
        pooled=pooled(each),
        vignettes=agreed,
    )


def _agreed(vignette: str, ratings: tuple[Rating, ...]) -> Agreed:
    return Agreed(
        vignette=vignette,
        ratings=len(ratings),
        consensus=consensus(rating.ranking for rating in ratings),
        concordance=kendall_w(_ranks(ratings)),
    )


def _mean_w(each: list[Concordance]) -> Any:
    w = np.array([0.0 if one.w is None else one.w for one in each])
    raters = np.array([0 if one.w is None else one.raters for one in each])
    why = pooled(each).undefined

    def statistic(drawn: Drawn) -> float | Undefined:
        weight = raters[drawn].sum()
        if not weight:
            return Undefined(why or "of no vignette drawn")
        return float((w[drawn] * raters[drawn]).sum() / weight)

    return statistic


def _ranks(ratings: tuple[Rating, ...]) -> npt.NDArray[np.float64]:
    """The ranks that each rater gives who placed all options."""
    rows = [midranks_of(rating.ranking) for rating in ratings if rating.is_whole]
    return np.array([[row[o] for o in Option] for row in rows]).reshape(-1, len(Option))


def _counts(panel: Panel) -> Counts:
    """For each rated vignette and option, how often it has each place."""
    counts = np.zeros((len(panel.rated), len(Option), len(Option)), np.int64)
    for number, vignette in enumerate(panel.rated):
        for rating in panel.on[vignette.id]:
            for option, place in places_of(rating.ranking).items():
                counts[number, list(Option).index(option), place - 1] += 1
    return counts


def _test_told(test: Concordance) -> tuple[str, ...]:
    if test.chi2 is None or test.p is None:
        return ()
    told = f"chi-square {test.chi2:.2f} with {test.df} degrees of freedom"
    return (f"if raters ranked at random: {told}, p {p_told(test.p)}",)


def _w_told(one: Agreed) -> tuple[str, str]:
    test = one.concordance
    if test.w is None or test.p is None:
        return "undefined", test.undefined
    return f"{test.w:.3f}", p_told(test.p)


def p_told(p: float) -> str:
    """A probability, never rounded to nothing."""
    smallest = 0.001
    return f"{p:.3f}" if p >= smallest else f"below {smallest}"
