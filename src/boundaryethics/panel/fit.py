"""Fit the weights of a policy's principles to a panel, and cross-validate them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import fsum, isfinite, isnan
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

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
    Solution,
    design_matrix,
    estimate_scale,
    estimate_weights,
    log_likelihood,
)
from boundaryethics.panel.statistics import format_number, known_mean, scores, whole
from boundaryethics.policies import as_policy
from boundaryethics.report import Report, Table, plural

#: Decimal places of the weights of a variant by default.
DIGITS = 2
FOLDS = 5
#: Half the width of an interval of 95 per cent, in standard errors.
_NORMAL = 1.959963984540054
#: The parts of 1 to which fitted weights are rounded where they rank.
_FINE = 10**6


# The fit.


@final
@attrs.frozen(kw_only=True)
class Coefficient:
    """The estimate of one principle's weight."""

    principle: str
    #: Its weight in the policy.
    base: int
    #: In logits a point; None where the panel cannot tell.
    estimate: float | None = None
    #: The standard error by the observed information, and by raters as clusters; None
    #: where there is none.
    error: float | None = None
    clustered_se: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give the estimate as plain data."""
        found = attrs.asdict(self)
        del found["principle"]
        return found | {"interval": list(self.interval) if self.interval else None}

    @property
    def interval(self) -> tuple[float, float] | None:
        """An interval of 95 per cent, by the observed information."""
        if self.estimate is None or self.error is None:
            return None
        reach = _NORMAL * self.error
        return self.estimate - reach, self.estimate + reach


@final
@attrs.frozen(kw_only=True)
class Fit(Report):
    """The weights of a policy's principles, fitted to a panel.

    `cross_validate` judges such weights on vignettes that they were not fitted to.
    """

    policy: Policy
    #: One for each principle of the policy, in order.
    weights: tuple[Coefficient, ...]
    #: Principles that no vignette tells apart: their weights moved together, in the
    #: proportion that they have in the policy.
    scaled_together: tuple[tuple[str, ...], ...]
    #: Those held at 0 by the bound.
    at_bound: tuple[str, ...]
    #: Orders of open options that raters gave, and ratings that order none.
    orders: int
    uninformative: int
    raters: int
    vignettes: int
    #: Of the orders, with the weights fitted and with all of them 0.
    log_likelihood: float
    null_log_likelihood: float
    penalty: float
    bounded: bool

    @property
    def fitted(self) -> tuple[Coefficient, ...]:
        """The weights that the panel can estimate."""
        return tuple(one for one in self.weights if one.estimate is not None)

    @property
    def not_identified(self) -> tuple[str, ...]:
        """The principles that the panel cannot estimate: they keep their weight."""
        return tuple(one.principle for one in self.weights if one.estimate is None)

    @property
    def scale(self) -> float:
        """The logits that weight 1 of the policy stands for.

        Rankings do not change where all weights grow alike: this scale keeps the sum
        of the fitted weights, so that the other weights can stay as they are. Where it
        is not above 0, it is no scale, and there is no variant.
        """
        base = sum(one.base for one in self.fitted)
        estimates = sum(one.estimate or 0.0 for one in self.fitted)
        return estimates / base if base else max(estimates, 0.0)

    def rounded(self, digits: int = DIGITS) -> dict[str, Fraction]:
        """Give each principle's weight on the policy's scale, rounded.

        Raises:
            PanelError: a weight is below zero, or all of them come to nothing.
        """
        parts = 10 ** whole(digits, "digits", 0)
        below = [
            problem(
                "BE848",
                token=one.principle,
                principle=one.principle,
                weight=one.estimate,
            )
            for one in self.fitted
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

    def variant(self, id: str = "fitted", *, digits: int = DIGITS) -> Policy:
        """Make the policy with the fitted weights, ranking by the weighted method.

        A policy has integer weights: each is that of `rounded`, times 10 for each
        digit. Rounding can make or break a tie between options.

        Args:
            id: of the variant.
            digits: decimal places kept.

        Raises:
            PanelError: a weight is below zero, or all of them come to nothing.
            PolicyError: *id* is that of the policy itself, or none that a file could
                bear.
        """
        weights = self.rounded(digits)
        policy = self.policy
        if unfit := tuple(strange_id(id, policy.id)):
            raise PolicyError(unfit)
        layer = Layer(
            id=id,
            title=f"{policy.title or policy.id} (weights of a panel)",
            about=policy.about,
            abstract=policy.abstract,
            principles=tuple(
                (
                    Principle(id=name, weight=int(weight * 10**digits)),
                    frozenset({"weight"}),
                )
                for name, weight in weights.items()
            ),
            method=Method(name=MethodName.WEIGHTED),
            method_keys=frozenset({"name"}),
        )
        return policy.with_layer(layer)

    def to_dict(self) -> dict[str, Any]:
        """Give the fit as plain data, ready for JSON."""
        numbers = (
            "orders",
            "uninformative",
            "raters",
            "vignettes",
            "log_likelihood",
            "null_log_likelihood",
            "penalty",
            "bounded",
            "scale",
        )
        return {
            "policy": self.policy.id,
            **{name: getattr(self, name) for name in numbers},
            "weights": {one.principle: one.to_dict() for one in self.weights},
            "scaled_together": [list(group) for group in self.scaled_together],
            "at_bound": list(self.at_bound),
            "not_identified": list(self.not_identified),
        }

    def chart(self) -> Any:
        """Draw each fitted weight, and that of the policy beside it."""
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
            title=f"Weights of {self.policy.id} fitted to a panel",
            subtitle=f"{people}; intervals of 95 per cent",
            axis="logits a point",
            reference=0.0,
            beside="the policy's own weights, on the same scale" if scaled else "",
        )

    def _table(self) -> Table:
        return Table(
            lines=tuple(self._lines()),
            columns=("principle", "weight", "fitted", "s.e.", "by rater", "interval"),
            rows=tuple(
                (
                    one.principle,
                    one.base,
                    *map(format_number, (one.estimate, one.error, one.clustered_se)),
                    "{:.3f} to {:.3f}".format(*one.interval) if one.interval else "-",
                )
                for one in self.fitted
            ),
        )

    def _rows(self) -> Table:
        columns = [field.name for field in attrs.fields(Coefficient)]
        return Table(
            lines=(),
            columns=(*columns, "low", "high"),
            rows=tuple(
                (*attrs.astuple(one), *(one.interval or (None, None)))
                for one in self.weights
            ),
        )

    def _lines(self) -> Iterator[str]:
        yield (
            f"{self.policy.id}: weights fitted to {plural(self.orders, 'order')} by "
            f"{plural(self.raters, 'rater')} in {plural(self.vignettes, 'vignette')}"
        )
        yield (
            f"log-likelihood {self.log_likelihood:.2f}, with no weights "
            f"{self.null_log_likelihood:.2f}; "
            "seen while fitting, so no test of the weights"
        )
        if self.uninformative:
            yield f"ratings that order no open options: {self.uninformative:,}"
        if self.penalty:
            yield f"pulled towards 0 by a ridge of {self.penalty:g}"
        for group in self.scaled_together:
            yield f"not told apart, moved together: {', '.join(group)}"
        if self.at_bound:
            yield f"held at 0: {', '.join(self.at_bound)}"
        if self.not_identified:
            yield f"nothing told, weight kept: {', '.join(self.not_identified)}"
        yield "fitted in logits a point; " + (
            f"weight 1 stands for {self.scale:.3f}"
            if self.scale > 0
            else "together they are not above 0, so they have no scale in the policy"
        )


def fit(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    penalty: float = 0.0,
    bounded: bool = False,
) -> Fit:
    """Fit the weights of *policy*'s principles to a panel, by maximum likelihood.

    The model is a rank-ordered logit: the utility of an option is the sum over
    principles of its points, as the weighted method counts them, times the weight. It
    orders only options that the policy neither requires nor forbids. The order of
    options that share a rank counts as unknown; of a partial rating it takes the
    options that are ranked.

    Args:
        panel: the vignettes and their ratings.
        policy: gives the rules, whatever its own method.
        penalty: a ridge: what half the square of each weight costs. 0 for none.
        bounded: whether to hold weights at zero and above.

    Raises:
        PanelError: the panel cannot estimate the weights, or no weights are best,
            because larger ones are always likelier.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    options = _options(penalty, bounded=bounded)
    design = design_matrix(panel, as_policy(policy))
    solution = estimate_weights(design, options)
    names, ordered = design.principles, design.ordered
    orders = sum(len(one.raters) for one in ordered)
    return Fit(
        policy=design.policy,
        weights=_coefficients(design, solution),
        scaled_together=tuple(
            tuple(names[n] for n in group)
            for group in solution.groups
            if len(group) > 1
        ),
        at_bound=tuple(names[n] for n in sorted(solution.at_bound)),
        orders=orders,
        uninformative=sum(map(len, design.ratings)) - orders,
        raters=len({rater for one in ordered for rater in one.raters}),
        vignettes=len({one.vignette for one in ordered}),
        log_likelihood=solution.log,
        null_log_likelihood=log_likelihood(design, np.zeros(len(names))),
        penalty=options.penalty,
        bounded=options.bounded,
    )


def _options(penalty: float, *, bounded: bool) -> FitOptions:
    number = isinstance(penalty, int | float) and not isinstance(penalty, bool)
    if not number or not isfinite(penalty) or penalty < 0:
        raise PanelError([problem("BE847.penalty", token="penalty")])
    return FitOptions(penalty=float(penalty), bounded=bounded)


def _coefficients(design: DesignMatrix, solution: Solution) -> tuple[Coefficient, ...]:
    fitted = {n for group in solution.groups for n in group}
    free = fitted - solution.at_bound

    def of_free(numbers: Numbers, n: int) -> float | None:
        return None if n not in free or isnan(numbers[n]) else float(numbers[n])

    return tuple(
        Coefficient(
            principle=one.id,
            base=one.weight,
            estimate=float(solution.weights[n]) if n in fitted else None,
            error=of_free(solution.errors, n),
            clustered_se=of_free(solution.clustered_se, n),
        )
        for n, one in enumerate(design.policy.principles)
    )


# Cross-validation: how fitted weights do on vignettes that they have not seen.

#: The log-likelihood of the orders of a fold; of each vignette, tau-b and whether the
#: first place is the same.
_Judged: TypeAlias = tuple[float, list[tuple[float | None, float | None]]]


@final
@attrs.frozen(kw_only=True)
class Score:
    """How one set of weights does on vignettes that it was not fitted to."""

    #: `fitted`, `policy`, `equal weights` or `no weights`.
    name: str
    #: Of all orders, added up over the folds; higher is better.
    log_likelihood: float
    #: The mean of tau-b with each rater, where both order something, and the share of
    #: raters with the same first place; None of no weights, which rank nothing.
    tau: float | None
    first: float | None


@final
@attrs.frozen(kw_only=True)
class Validation(Report):
    """How weights do on vignettes that they were not fitted to."""

    policy: str
    folds: int
    seed: int
    orders: int
    #: The fitted weights, the policy as it is, equal weights, and none.
    scores: tuple[Score, ...]

    def __getitem__(self, name: str) -> Score:
        return {score.name: score for score in self.scores}[name]

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, ready for JSON."""
        return attrs.asdict(self) | {"scores": [attrs.asdict(s) for s in self.scores]}

    def chart(self) -> Any:
        """Draw how much likelier each set of weights makes an order."""
        none = self["no weights"].log_likelihood
        return bars(
            [
                Bar(one.name, (one.log_likelihood - none) / (self.orders or 1))
                for one in self.scores
                if one.name != "no weights"
            ],
            title=f"Weights of {self.policy} on vignettes that they were not fitted to",
            subtitle=f"{self.folds} folds of vignettes, "
            f"{plural(self.orders, 'order')}; further right is better",
            axis="log-likelihood an order, above that with no weights",
        )

    def _table(self) -> Table:
        dealt = f"{self.policy}: {self.folds} folds of vignettes, "
        return Table(
            lines=(
                dealt + plural(self.orders, "order"),
                "each fold is judged by weights fitted to the others",
            ),
            columns=("weights", "log-likelihood", "an order", "tau-b", "same first"),
            rows=tuple(
                (
                    one.name,
                    f"{one.log_likelihood:.2f}",
                    f"{one.log_likelihood / (self.orders or 1):.3f}",
                    format_number(one.tau),
                    format_number(one.first),
                )
                for one in self.scores
            ),
        )

    def _rows(self) -> Table:
        return Table(
            lines=(),
            columns=("weights", "log_likelihood", "tau", "first"),
            rows=tuple(map(attrs.astuple, self.scores)),
        )


def cross_validate(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    penalty: float = 0.0,
    bounded: bool = False,
) -> Validation:
    """Judge weights on vignettes that they were not fitted to.

    The vignettes are dealt into *folds*; weights fitted to all other folds are judged
    on each. The policy as it is and equal weights stand beside them. For their
    likelihood one fitted factor each turns the weights of the policy, and equal ones,
    into logits; for tau-b and first places the policy ranks by its own method.

    Args:
        panel: the vignettes and their ratings.
        policy: gives the rules.
        folds: from 2 to the number of vignettes.
        seed: of the dealing; the same seed gives the same folds.
        penalty: as of `fit`.
        bounded: as of `fit`.

    Raises:
        PanelError: there are too few vignettes, or a fold cannot be fitted.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    options = _options(penalty, bounded=bounded)
    design = design_matrix(panel, as_policy(policy))
    fold_of = _dealt(len(design.vignettes), folds, seed)
    judged = [_judged(design, fold_of == n, n + 1, options) for n in range(folds)]
    return Validation(
        policy=design.policy.id,
        folds=folds,
        seed=seed,
        orders=sum(len(one.raters) for one in design.ordered),
        scores=tuple(_score(name, [one[name] for one in judged]) for name in judged[0]),
    )


def _dealt(count: int, folds: int, seed: int) -> Any:
    """Give each vignette a fold; the sizes of two folds differ by 1 at most."""
    if whole(folds, "folds", 2) > count:
        vignettes = plural(count, "rated vignette")
        raise PanelError([problem("BE850", vignettes=vignettes, folds=folds)])
    return np.random.default_rng(whole(seed, "seed", 0)).permutation(count) % folds


def _judged(
    design: DesignMatrix, held: Any, fold: int, options: FitOptions
) -> dict[str, _Judged]:
    """Judge each set of weights on the vignettes *held* back."""
    rest = design.of(np.flatnonzero(~held).tolist())
    unseen = design.of(np.flatnonzero(held).tolist())
    base, equal = design.base, np.ones_like(design.base)
    try:
        fitted = _complete_weights(rest, options)
        own, alike = (estimate_scale(rest, one, options) for one in (base, equal))
    except PanelError as error:
        without = f"without the vignettes of fold {fold}, "
        raise PanelError(
            attrs.evolve(one, message=without + one.message) for one in error.problems
        ) from None

    def judge(weights: Numbers, rankings: tuple[Ranking, ...]) -> _Judged:
        agreement = list(map(scores, rankings, unseen.ratings))
        return log_likelihood(unseen, weights), agreement

    return {
        "fitted": judge(
            fitted, unseen.ranked(np.rint(fitted * _FINE).astype(np.int64))
        ),
        "policy": judge(own, unseen.rankings),
        "equal weights": judge(alike, unseen.ranked(equal)),
        "no weights": (log_likelihood(unseen, np.zeros(len(base))), []),
    }


def _complete_weights(design: DesignMatrix, options: FitOptions) -> Numbers:
    """Fit weights; those that cannot be estimated keep their size in the policy."""
    found = estimate_weights(design, options)
    fitted = sorted(n for group in found.groups for n in group)
    base = float(design.base[fitted].sum())
    scale = max(found.weights[fitted].sum(), 0.0) / (base or 1.0)
    weights: Numbers = design.base * scale
    weights[fitted] = found.weights[fitted]
    return weights


def _score(name: str, folds: list[_Judged]) -> Score:
    return Score(
        name=name,
        log_likelihood=fsum(log for log, _ in folds),
        tau=known_mean(tau for _, seen in folds for tau, _ in seen),
        first=known_mean(first for _, seen in folds for _, first in seen),
    )
