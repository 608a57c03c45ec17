"""A fit: the weights of principles that a panel speaks for, as a value."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, final

import attrs

from boundaryethics.model.policy import Policy
from boundaryethics.panel.resampling import number_told
from boundaryethics.panel.weights import (
    DIGITS,
    Weight,
    rounded_weights,
    with_weights,
)
from boundaryethics.plots import Interval, intervals
from boundaryethics.report import Table, plural


@final
@attrs.frozen(kw_only=True)
class Fit:
    """The weights of a policy's principles that a panel speaks for.

    What was fitted was seen: `cross_validate` tells how such weights do on vignettes
    that they were not fitted to.
    """

    policy: Policy
    #: One for each principle of the policy, in order.
    weights: tuple[Weight, ...]
    #: Principles that no vignette tells apart: their weights moved together, in the
    #: proportion that they have in the policy.
    together: tuple[tuple[str, ...], ...]
    #: Those held at 0 by the bound.
    held: tuple[str, ...]
    #: Orders of open options that raters gave, and ratings that order none.
    orders: int
    idle: int
    raters: int
    vignettes: int
    #: Of the orders, with the weights fitted and with all of them 0.
    log_likelihood: float
    chance: float
    penalty: float
    bounded: bool

    @property
    def fitted(self) -> tuple[Weight, ...]:
        """The weights that the panel can tell."""
        return tuple(one for one in self.weights if one.estimate is not None)

    @property
    def kept(self) -> tuple[str, ...]:
        """The principles of which the panel tells nothing: they keep their weight."""
        return tuple(one.principle for one in self.weights if one.estimate is None)

    @property
    def scale(self) -> float:
        """The logits that weight 1 of the policy stands for.

        Rankings do not change where all weights grow alike: this makes the fitted
        weights as large together as they were, so that the others can be kept. It is
        no scale where it is not above 0: there is then no variant.
        """
        base = sum(one.base for one in self.fitted)
        estimates = sum(one.estimate or 0.0 for one in self.fitted)
        return estimates / base if base else max(estimates, 0.0)

    def rounded(self, digits: int = DIGITS) -> dict[str, Fraction]:
        """Each principle's weight on the policy's scale, rounded to so many digits.

        Raises:
            PanelError: a weight is below zero, or all of them come to nothing.
        """
        return rounded_weights(self.weights, self.scale, digits)

    def variant(self, id: str = "fitted", *, digits: int = DIGITS) -> Policy:
        """The policy with the weights fitted, ranking by the weighted method.

        Weights are whole in a policy: each is what `rounded` gives, times 10 for
        each digit. So small a difference between totals as rounding makes can part
        or join options.

        Args:
            id: of the variant.
            digits: decimal places kept.

        Raises:
            PanelError: a weight is below zero, or all of them come to nothing.
            PolicyError: *id* is that of the policy itself.
        """
        weights = self.rounded(digits)
        whole = {name: int(weight * 10**digits) for name, weight in weights.items()}
        return with_weights(self.policy, id, whole)

    def to_dict(self) -> dict[str, Any]:
        """The fit as plain data, ready for JSON."""
        return {
            "policy": self.policy.id,
            "orders": self.orders,
            "idle": self.idle,
            "raters": self.raters,
            "vignettes": self.vignettes,
            "log_likelihood": self.log_likelihood,
            "chance": self.chance,
            "penalty": self.penalty,
            "bounded": self.bounded,
            "scale": self.scale,
            "weights": {one.principle: one.to_dict() for one in self.weights},
            "together": [list(group) for group in self.together],
            "held": list(self.held),
            "kept": list(self.kept),
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each principle.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("principle", "base", "estimate", "error", "robust", "low", "high"),
            rows=tuple(
                (
                    *(one.principle, one.base, one.estimate, one.error, one.robust),
                    *(one.interval or (None, None)),
                )
                for one in self.weights
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: each fitted weight, and that of the policy beside it.

        Raises:
            PictureError: what draws is not installed.
        """
        rows = [
            Interval(
                one.principle,
                one.estimate,
                *(one.interval or (one.estimate, one.estimate)),
                beside=one.base * self.scale if self.scale > 0 else None,
            )
            for one in self.fitted
            if one.estimate is not None
        ]
        return intervals(
            rows,
            title=f"Weights of {self.policy.id} fitted to a panel",
            subtitle=f"{self._people()}, {plural(self.vignettes, 'vignette')}; "
            "intervals of 95 per cent",
            axis="logits a point",
            reference=0.0,
            beside="the policy's own weights, on the same scale"
            if self.scale > 0
            else "",
        )

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        return Table(
            lines=tuple(self._lines()),
            columns=("principle", "weight", "fitted", "s.e.", "by rater", "interval"),
            rows=tuple(
                (
                    one.principle,
                    one.base,
                    f"{one.estimate:.3f}",
                    number_told(one.error),
                    number_told(one.robust),
                    "-"
                    if not one.interval
                    else "{:.3f} to {:.3f}".format(*one.interval),
                )
                for one in self.fitted
                if one.estimate is not None
            ),
        )

    def _people(self) -> str:
        return plural(self.raters, "rater")

    def _lines(self) -> Iterator[str]:
        yield (
            f"{self.policy.id}: weights fitted to {plural(self.orders, 'order')} by "
            f"{self._people()} in {plural(self.vignettes, 'vignette')}"
        )
        yield (
            f"log-likelihood {self.log_likelihood:.2f}, with no weights "
            f"{self.chance:.2f}; seen while fitting, so no test of the weights"
        )
        if self.idle:
            yield f"ratings that order no open options: {self.idle:,}"
        if self.penalty:
            yield f"pulled towards 0 by a ridge of {self.penalty:g}"
        for group in self.together:
            yield f"not told apart, moved together: {', '.join(group)}"
        if self.held:
            yield f"held at 0: {', '.join(self.held)}"
        if self.kept:
            yield f"nothing told, weight kept: {', '.join(self.kept)}"
        yield f"fitted in logits a point; {self._scale_told()}"

    def _scale_told(self) -> str:
        if self.scale > 0:
            return f"weight 1 stands for {self.scale:.3f}"
        return "together they are not above 0, so they have no scale in the policy"
