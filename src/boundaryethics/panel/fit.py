"""Fit the weights of a policy's principles to a panel, and cross-validate them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import chain
from math import fsum, isfinite, isnan
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.arguments import checked, ranged
from boundaryethics.charts import Bar, Interval, bars, intervals
from boundaryethics.errors import PanelError, PolicyError, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.overlays import Layer
from boundaryethics.model.plain_data import strange_id
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Principle
from boundaryethics.panel.data import Panel
from boundaryethics.panel.logit import (
    DesignMatrix,
    FitOptions,
    Numbers,
    design_matrix,
    estimate_scale,
    estimate_weights,
    log_likelihood,
)
from boundaryethics.panel.statistics import format_number, known_mean, scores, whole
from boundaryethics.policies import as_policy
from boundaryethics.provenance import Provenance
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    Report,
    Table,
    as_data,
    fields_as_data,
    made_of,
    picked,
    signed_chart,
)

#: Decimal places of the weights of a variant by default.
DIGITS = 2
FOLDS = 5
#: Half the width of a 95 percent interval, in standard errors.
_NORMAL = 1.959963984540054
#: The factor that turns fitted weights into integers, which can rank.
_FINE = 10**6


@final
@attrs.frozen(kw_only=True)
class Coefficient:
    """The estimate of one principle's weight."""

    principle: str
    #: Its weight in the policy.
    base: int
    #: In log-odds per point; None if the panel does not identify the weight.
    estimate: float | None = None
    #: The standard error from the observed information, and clustered by rater; None if
    #: there is none.
    error: float | None = None
    clustered_se: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        interval = as_data(self.interval)
        return fields_as_data(self, without={"principle"}) | {"interval": interval}

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the 95 percent interval from the observed information."""
        if self.estimate is None or self.error is None:
            return None
        reach = _NORMAL * self.error
        return self.estimate - reach, self.estimate + reach


@final
@attrs.frozen(kw_only=True)
class Fit(Report):
    """The weights of a policy's principles, fitted to a panel.

    `cross_validate` evaluates such weights on vignettes that they were not fitted to.
    """

    policy: Policy
    #: One for each principle of the policy, in order.
    weights: tuple[Coefficient, ...]
    #: Groups of principles whose effects no vignette separates. Their weights keep the
    #: proportions of the policy.
    scaled_together: tuple[tuple[str, ...], ...]
    #: The principles whose weights the bound holds at 0.
    at_bound: tuple[str, ...]
    #: The number of orders of allowed options, and of ratings that order none.
    orders: int
    uninformative: int
    raters: int
    vignettes: int
    #: Log-likelihoods of the orders, with the fitted weights and with all weights 0.
    log_likelihood: float
    null_log_likelihood: float
    penalty: float
    bounded: bool

    @property
    def fitted(self) -> tuple[Coefficient, ...]:
        """Return the coefficients that the panel identifies."""
        return tuple(one for one in self.weights if one.estimate is not None)

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Return the principles that the panel does not identify."""
        return tuple(one.principle for one in self.weights if one.estimate is None)

    @property
    def scale(self) -> float:
        """Return the log-odds per unit of weight in the policy.

        A common factor of all weights changes no ranking. This one keeps the sum of the
        fitted weights, so that the other weights can stay unchanged. If it is not
        positive, `variant` raises an error.
        """
        base = sum(one.base for one in self.fitted)
        estimates = sum(one.estimate or 0.0 for one in self.fitted)
        return estimates / base if base else max(estimates, 0.0)

    @checked
    def rounded(self, digits: int = DIGITS) -> dict[str, Fraction]:
        """Return each principle's weight on the policy's scale, rounded.

        Raises:
            PanelError: a weight is negative, or the scale is not positive.
        """
        ranged("digits", digits, 0, 15)
        parts = 10 ** whole(digits, "digits", 0)
        below = [
            problem("BE848", token=name, principle=name, weight=one.estimate)
            for one in self.fitted
            for name in [one.principle]
            if (one.estimate or 0.0) < 0
        ]
        if below or self.scale <= 0:
            raise PanelError(below or [problem("BE849")])
        return {
            one.principle: Fraction(one.base)
            if one.estimate is None
            else Fraction(round(one.estimate / self.scale * parts), parts)
            for one in self.weights
        }

    @checked
    def variant(self, id: str = "fitted", *, digits: int = DIGITS) -> Policy:
        """Return the policy with the fitted weights and the weighted method.

        A policy has integer weights: those of `rounded`, times 10 for each digit.
        Rounding can create or break a tie between options.

        Args:
            id: the id of the variant.
            digits: the number of decimal places to keep.

        Raises:
            PanelError: a weight is negative, or the scale is not positive.
            PolicyError: *id* is invalid, or is the id of the policy itself.
        """
        weights, policy = self.rounded(digits), self.policy
        if unfit := tuple(strange_id(id, policy.id)):
            raise PolicyError(unfit)
        layer = Layer(
            id=id,
            title=f"{policy.title or policy.id} (weights fitted to a panel)",
            about=policy.about,
            abstract=policy.abstract,
            principles=tuple(
                (Principle(id=name, weight=int(w * 10**digits)), frozenset({"weight"}))
                for name, w in weights.items()
            ),
            method=Method(name=MethodName.WEIGHTED),
            method_keys=frozenset({"name"}),
        )
        return policy.with_layer(layer)

    def _data(self) -> dict[str, Any]:
        numbers = (
            *("orders", "uninformative", "raters", "vignettes", "log_likelihood"),
            *("null_log_likelihood", "penalty", "bounded", "scale"),
        )
        return {
            "policy": self.policy.id,
            **picked(self, *numbers),
            "weights": {one.principle: one.to_dict() for one in self.weights},
            **picked(self, "scaled_together", "at_bound", "not_identified"),
        }

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of each fitted weight and of the policy's weight."""
        scaled = self.scale > 0
        people = f"{plural(self.raters, 'rater')}, {plural(self.vignettes, 'vignette')}"
        return intervals(
            [
                Interval(
                    one.principle,
                    one.estimate,
                    *(one.interval or (one.estimate, one.estimate)),
                    beside=one.base * self.scale if scaled else None,
                )
                for one in self.fitted
                if one.estimate is not None
            ],
            title=f"{self._kind().capitalize()} weights of {self.policy.id}",
            subtitle=f"{plural(self.orders, 'ranking')} from {people}; "
            "95% confidence intervals (Wald)",
            axis="log-odds per point",
            reference=0.0,
            beside="weights in the policy, on the same scale" if scaled else "",
        )

    def _kind(self) -> str:
        return f"{'penalized ' if self.penalty else ''}maximum-likelihood"

    def _table(self) -> Table:
        rows = tuple(
            (
                one.principle,
                one.base,
                *map(format_number, (one.estimate, one.error, one.clustered_se)),
                "{:.3f} to {:.3f}".format(*one.interval) if one.interval else "-",
            )
            for one in self.fitted
        )
        columns = ("principle", "weight", "fitted", "SE", "robust SE", "95% CI")
        return Table(lines=tuple(self._lines()), columns=columns, rows=rows)

    def _rows(self) -> Table:
        names = [field.name for field in attrs.fields(Coefficient)]
        rows = tuple(
            (*attrs.astuple(one), *(one.interval or (None, None)))
            for one in self.weights
        )
        return Table(columns=(*names, "low", "high"), rows=rows)

    def _lines(self) -> Iterator[str]:
        yield (
            f"{self.policy.id}: {self._kind()} weights from "
            f"{plural(self.orders, 'ranking')} ({plural(self.raters, 'rater')}, "
            f"{plural(self.vignettes, 'vignette')})"
        )
        yield (
            f"in-sample log-likelihood: {self.log_likelihood:.2f} "
            f"(all weights 0: {self.null_log_likelihood:.2f})"
        )
        if n := self.uninformative:
            yield f"ratings that rank no allowed option above another: {n:,}"
        if self.penalty:
            yield f"L2 (ridge) penalty of {self.penalty:g} shrinks weights toward 0"
        for group in self.scaled_together:
            yield f"not separately identified; scaled together: {', '.join(group)}"
        if self.at_bound:
            yield f"at the lower bound (0): {', '.join(self.at_bound)}"
        if kept := ", ".join(self.not_identified):
            yield f"not identified; original weight kept: {kept}"
        yield "fitted weights are log-odds per point; " + (
            f"policy weight 1 = {self.scale:.3f}"
            if self.scale > 0
            else "their sum is not above 0, so they have no scale in the policy"
        )
        yield "SE: standard error; robust SE: clustered by rater; 95% CI: Wald interval"


@checked
def fit(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    penalty: float = 0.0,
    bounded: bool = False,
) -> Fit:
    """Estimate weights by maximum likelihood from a panel's rankings.

    The model is a rank-ordered logit: the utility of an option is the sum over
    principles of its points under the weighted method, times the weight. It uses only
    options that the policy neither requires nor forbids. The order of options that
    share a rank counts as unknown. A partial rating contributes its ranked options.

    Args:
        panel: the vignettes and their ratings.
        policy: the policy with the rules; its ranking method does not matter.
        penalty: the coefficient of half the squared weights (ridge); 0 for none.
        bounded: whether weights must not be negative.

    Raises:
        PanelError: the panel does not identify any weight, or the weights have no
            finite estimate, because the raters agree completely.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
    """
    options = _options(penalty, bounded=bounded)
    design = design_matrix(panel, as_policy(policy))
    solution = estimate_weights(design, options)
    names, ordered = design.principles, design.ordered
    orders = sum(map(len, ordered.values()))
    fitted = {n for group in solution.groups for n in group}

    def error(errors: Numbers, n: int) -> float | None:
        known = n in fitted - solution.at_bound and not isnan(errors[n])
        return float(errors[n]) if known else None

    return Fit(
        provenance=_made_of(design, panel, options),
        policy=design.policy,
        weights=tuple(
            Coefficient(
                principle=one.id,
                base=one.weight,
                estimate=float(solution.weights[n]) if n in fitted else None,
                error=error(solution.errors, n),
                clustered_se=error(solution.clustered_se, n),
            )
            for n, one in enumerate(design.policy.principles)
        ),
        scaled_together=tuple(
            tuple(names[n] for n in group) for group in solution.groups if group[1:]
        ),
        at_bound=tuple(names[n] for n in sorted(solution.at_bound)),
        orders=orders,
        uninformative=sum(map(len, design.ratings)) - orders,
        raters=len(set(chain.from_iterable(ordered.values()))),
        vignettes=len({vignette for vignette, _ in ordered}),
        log_likelihood=log_likelihood(design, solution.weights),
        null_log_likelihood=log_likelihood(design, np.zeros(len(names))),
        penalty=options.penalty,
        bounded=options.bounded,
    )


def _made_of(
    design: DesignMatrix, panel: Panel, options: FitOptions, **more: Any
) -> Provenance:
    limits: dict[str, Any] = {"penalty": options.penalty, "bounded": options.bounded}
    return made_of(design.policy, panel=panel.reference, **limits, **more)


def _options(penalty: float, *, bounded: bool) -> FitOptions:
    number = isinstance(penalty, int | float) and not isinstance(penalty, bool)
    if not number or not isfinite(penalty) or penalty < 0:
        raise PanelError([problem("BE847.penalty", token="penalty")])
    return FitOptions(penalty=float(penalty), bounded=bounded)


#: The log-likelihood of the orders of a fold; for each vignette, the mean tau-b and the
#: share of equal first ranks.
_FoldScore: TypeAlias = tuple[float, list[tuple[float | None, float | None]]]


@final
@attrs.frozen(kw_only=True)
class Score:
    """The fit of one set of weights to vignettes that it was not fitted to."""

    #: `fitted`, `policy`, `equal weights` or `no weights`.
    name: str
    #: The log-likelihood of all orders, summed over the folds; higher is better.
    log_likelihood: float
    #: The mean of tau-b with each rater, if it is defined, and the share of raters with
    #: the same first rank; None for `no weights`, which rank nothing.
    tau: float | None
    first: float | None


@final
@attrs.frozen(kw_only=True)
class Validation(Report):
    """The result of `cross_validate`."""

    policy: str
    folds: int
    seed: int
    orders: int
    #: For the fitted weights, the policy, equal weights, and no weights.
    scores: tuple[Score, ...]

    def __getitem__(self, name: str) -> Score:
        return {score.name: score for score in self.scores}[name]

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of each log-likelihood, compared with no weights."""
        none = self["no weights"].log_likelihood
        return bars(
            [
                Bar(one.name, (one.log_likelihood - none) / (self.orders or 1))
                for one in self.scores
                if one.name != "no weights"
            ],
            title=f"Cross-validated weights of {self.policy}",
            subtitle=f"{self.folds} folds of vignettes, "
            f"{plural(self.orders, 'ranking')}; farther right is better",
            axis="log-likelihood per ranking, minus that of all weights 0",
        )

    def _table(self) -> Table:
        folds = f"{self.policy}: cross-validated over {self.folds} folds of vignettes, "
        lines = (
            folds + plural(self.orders, "ranking"),
            "the weights for each fold are fitted to the other folds",
        )
        rows = tuple(
            (
                one.name,
                f"{one.log_likelihood:.2f}",
                f"{one.log_likelihood / (self.orders or 1):.3f}",
                format_number(one.tau),
                format_number(one.first),
            )
            for one in self.scores
        )
        columns = (
            "weights",
            "log-likelihood",
            "per ranking",
            "tau-b",
            "same top response",
        )
        return Table(lines=lines, columns=columns, rows=rows)

    def _rows(self) -> Table:
        columns = ("weights", "log_likelihood", "tau", "first")
        return Table(columns=columns, rows=tuple(map(attrs.astuple, self.scores)))


@checked
def cross_validate(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    penalty: float = 0.0,
    bounded: bool = False,
) -> Validation:
    """Evaluate weights on vignettes that they were not fitted to.

    The vignettes are split into *folds*. Each fold is predicted by weights fitted to
    the other folds, by the weights of the policy, and by equal ones. A fitted factor
    converts the weights of the policy, and equal ones, into log-odds. For tau-b and
    first ranks the policy uses its own ranking method.

    Args:
        panel: the vignettes and their ratings.
        policy: the policy with the rules.
        folds: from 2 to the number of vignettes.
        seed: the seed of the split; the same seed gives the same folds.
        penalty: as for `fit`.
        bounded: as for `fit`.

    Raises:
        PanelError: there are too few vignettes, or a fold cannot be fitted.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
    """
    options = _options(penalty, bounded=bounded)
    design = design_matrix(panel, as_policy(policy))
    count = len(design.verdicts)
    if whole(folds, "folds", 2) > count:
        vignettes = plural(count, "rated vignette")
        raise PanelError([problem("BE850", vignettes=vignettes, folds=folds)])
    chance = np.random.default_rng(whole(seed, "seed", 0))
    fold_of = chance.permutation(count) % folds
    each = [_fold_scores(design, fold_of == n, n + 1, options) for n in range(folds)]
    return Validation(
        provenance=_made_of(design, panel, options, seed=seed, folds=folds),
        policy=design.policy.id,
        folds=folds,
        seed=seed,
        orders=sum(map(len, design.ordered.values())),
        scores=tuple(_score(name, [one[name] for one in each]) for name in each[0]),
    )


def _fold_scores(
    design: DesignMatrix, held: Any, fold: int, options: FitOptions
) -> dict[str, _FoldScore]:
    """Evaluate each set of weights on the vignettes *held* out."""
    rest = design.of(np.flatnonzero(~held).tolist())
    unseen = design.of(np.flatnonzero(held).tolist())
    base, equal = design.base, np.ones_like(design.base)
    try:
        fitted = _complete_weights(rest, options)
        own, alike = (estimate_scale(rest, one, options) for one in (base, equal))
    except PanelError as error:
        without = f"with fold {fold} held out, "
        raise PanelError(
            attrs.evolve(one, message=without + one.message) for one in error.problems
        ) from None
    fine = np.rint(fitted * _FINE).astype(np.int64)
    compared: dict[str, tuple[Numbers, tuple[Ranking, ...]]] = {
        "fitted": (fitted, unseen.ranked(fine)),
        "policy": (own, tuple(one.ranking for one in unseen.verdicts)),
        "equal weights": (alike, unseen.ranked(equal)),
        "no weights": (np.zeros(len(base)), ()),
    }
    return {
        name: (
            log_likelihood(unseen, weights),
            [*map(scores, rankings, unseen.ratings)],
        )
        for name, (weights, rankings) in compared.items()
    }


def _complete_weights(design: DesignMatrix, options: FitOptions) -> Numbers:
    """Fit weights; those not identified keep their proportion to the others."""
    found = estimate_weights(design, options)
    fitted = sorted(n for group in found.groups for n in group)
    base = float(design.base[fitted].sum())
    scale = max(found.weights[fitted].sum(), 0.0) / (base or 1.0)
    weights: Numbers = design.base * scale
    weights[fitted] = found.weights[fitted]
    return weights


def _score(name: str, folds: list[_FoldScore]) -> Score:
    return Score(
        name=name,
        log_likelihood=fsum(log for log, _ in folds),
        tau=known_mean(tau for _, seen in folds for tau, _ in seen),
        first=known_mean(first for _, seen in folds for _, first in seen),
    )
