"""Fit the weights of a policy's principles to a panel, and cross-validate them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from math import fsum, isfinite
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.arguments import checked, ranged
from boundaryethics.charts import Bar, Interval, bars, intervals
from boundaryethics.errors import PanelError, PolicyError, problem
from boundaryethics.model.overlays import Layer
from boundaryethics.model.plain_data import strange_id
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Principle
from boundaryethics.panel.data import Panel, needed
from boundaryethics.panel.logit import (
    DesignMatrix,
    FitOptions,
    Identification,
    Numbers,
    Solution,
    design_matrix,
    estimate_scale,
    estimate_weights,
    identification,
    log_likelihood,
)
from boundaryethics.panel.statistics import (
    FEWEST_UNITS,
    format_number,
    known_mean,
    scores,
    whole,
)
from boundaryethics.policies import as_policy
from boundaryethics.provenance import VERSION, Provenance
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    Report,
    Table,
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
#: The penalties that cross-validation compares.
PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
#: The values of `Fit.interval_se`.
_CLUSTERED, _MODEL = "clustered by rater", "model"


#: With fewer raters, the output warns that they are few for a clustered standard error.
FEW_RATERS = 20
#: The values of `Coefficient.status`.
_ESTIMATED, _ALIASED, _SEPARATED = "estimated", "aliased", "separated"
_AT_BOUND, _NOT_IDENTIFIED = "at bound", "not identified"


@final
@attrs.frozen(kw_only=True)
class Coefficient:
    """The estimate of one principle's weight."""

    principle: str
    #: Its weight in the policy.
    base: int
    #: How far the rankings, without a penalty, identify the weight: `estimated`;
    #: `aliased` (no vignette separates its effect from that of other principles);
    #: `separated` (no finite estimate); `at bound`; or `not identified` (no effect).
    #: Only an `estimated` weight has standard errors and an interval.
    status: str = _ESTIMATED
    #: For a separated weight, 1 if the likelihood rises toward plus infinity, -1 if
    #: toward minus infinity; 0 for other weights.
    direction: int = 0
    #: In log-odds per point; None if there is none.
    estimate: float | None = None
    #: The standard error from the observed information, and clustered by rater; None if
    #: there is none. With a penalty, they are those of the penalized estimate.
    error: float | None = None
    clustered_se: float | None = None
    #: The 95 percent interval, by the standard error that `Fit.interval_se` names.
    interval: tuple[float, float] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the estimate as plain data."""
        return fields_as_data(self, without={"principle"})


@final
@attrs.frozen(kw_only=True)
class Fit(Report):
    """The weights of a policy's principles, fitted to a panel.

    `cross_validate` evaluates such weights on vignettes that they were not fitted to.
    """

    policy: Policy
    #: One for each principle of the policy, in order.
    weights: tuple[Coefficient, ...]
    #: Groups of principles whose effects no vignette separates. Among all weights with
    #: the same likelihood, a fit has those nearest to the policy's proportions; with a
    #: penalty, those with the smallest sum of squares.
    aliased: tuple[tuple[str, ...], ...]
    #: The number of orders of allowed options, and of ratings that order none.
    orders: int
    uninformative: int
    raters: int
    vignettes: int
    #: Log-likelihoods of the orders, with the fitted weights and with all weights 0.
    log_likelihood: float
    null_log_likelihood: float
    #: The fit subtracts half of it times the sum of squared weights from the
    #: log-likelihood.
    penalty: float
    bounded: bool
    #: The standard error of the intervals: `clustered by rater` if a rater ranks
    #: several vignettes, or else `model`.
    interval_se: str
    #: Degrees of freedom of Student's t for the intervals, which is the number of
    #: raters minus 1; None for the normal distribution.
    interval_df: int | None
    #: For each penalty that cross-validation tried, the log-likelihood of the orders
    #: held out; empty if the penalty was given.
    penalties: tuple[tuple[float, float], ...] = ()

    @property
    def scaled_together(self) -> tuple[tuple[str, ...], ...]:
        """Return the aliased groups, unless a penalty divides their effects."""
        return () if self.penalty else self.aliased

    @property
    def at_bound(self) -> tuple[str, ...]:
        """Return the principles whose weights the bound holds at 0."""
        return self._having(_AT_BOUND)

    @property
    def separated(self) -> tuple[str, ...]:
        """Return the principles without a finite maximum-likelihood estimate."""
        return self._having(_SEPARATED)

    @property
    def few_raters(self) -> bool:
        """Return whether clustered standard errors come from few raters.

        Intervals can then be too narrow. "Few" ranges from fewer than 20 to fewer than
        50 clusters (Cameron and Miller 2015).
        """
        return self.interval_se == _CLUSTERED and self.raters < FEW_RATERS

    def _having(self, status: str) -> tuple[str, ...]:
        return tuple(one.principle for one in self.weights if one.status == status)

    @property
    def fitted(self) -> tuple[Coefficient, ...]:
        """Return the coefficients with an estimate."""
        return tuple(one for one in self.weights if one.estimate is not None)

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Return the principles on which no ranking depends."""
        return self._having(_NOT_IDENTIFIED)

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
        below += [
            problem("BE867", token=one.principle, principle=one.principle)
            for one in self.weights
            if one.estimate is None and one.direction < 0
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

        Its text `about` records the panel, the method, the policy and the library.
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
            about="\n\n".join(filter(None, (policy.about, self._origin()))),
            abstract=policy.abstract,
            principles=tuple(
                (Principle(id=name, weight=int(w * 10**digits)), frozenset({"weight"}))
                for name, w in weights.items()
            ),
            method=Method(name=MethodName.WEIGHTED),
            method_keys=frozenset({"name"}),
        )
        return policy.with_layer(layer)

    def _origin(self) -> str:
        """Describe how the weights were fitted, so that the fit can be reproduced."""
        digest = self.provenance.parameters["panel"]["digest"]
        sizes = f"{self._people()}, {plural(self.orders, 'ranking')}"
        bound = ", none negative" if self.bounded else ""
        chosen = f", chosen by {self._choice()}" if self.penalties else ""
        return (
            f"The weights are {self._kind()} weights, fitted by boundaryethics "
            f"{VERSION} to a panel of {sizes} (digest {digest}), with an L2 penalty of "
            f"{self.penalty:g}{chosen}{bound}. The rules are those of {self.policy.id} "
            f"(fingerprint {self.policy.fingerprint})."
        )

    def _choice(self) -> str:
        """Describe the cross-validation that chose the penalty."""
        least, most = self.penalties[0][0], self.penalties[-1][0]
        folds = self.provenance.parameters["folds"]
        seed = self.provenance.seed
        return (
            f"cross-validation over {folds} folds of vignettes (seed {seed}) from "
            f"{len(self.penalties)} values between {least:g} and {most:g}"
        )

    def _people(self) -> str:
        raters = plural(self.raters, "rater")
        return f"{raters}, {plural(self.vignettes, 'vignette')}"

    def _data(self) -> dict[str, Any]:
        numbers = (
            *("orders", "uninformative", "raters", "vignettes", "log_likelihood"),
            *("null_log_likelihood", "penalty", "bounded", "scale"),
            *("interval_se", "interval_df", "few_raters"),
        )
        return {
            "policy": self.policy.id,
            **picked(self, *numbers),
            "penalties": [
                {"penalty": penalty, "log_likelihood": found}
                for penalty, found in self.penalties
            ],
            "weights": {one.principle: one.to_dict() for one in self.weights},
            **picked(self, "aliased", "scaled_together", "separated", "at_bound"),
            **picked(self, "not_identified"),
        }

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of each fitted weight and of the policy's weight.

        A weight without an interval has arrows at its ends, and its status.
        """
        scaled = self.scale > 0
        return intervals(
            [
                Interval(
                    one.principle,
                    one.estimate,
                    low,
                    high,
                    beside=one.base * self.scale if scaled else None,
                    note="" if one.status == _ESTIMATED else one.status,
                )
                for one in self.fitted
                for low, high in [one.interval or (None, None)]
                if one.estimate is not None
            ],
            title=f"{self._kind().capitalize()} weights of {self.policy.id}",
            subtitle=f"{plural(self.orders, 'ranking')} from {self._people()}; "
            f"{self._interval_line()}",
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
                one.status,
            )
            for one in self.fitted
        )
        errors = ("model SE", "robust SE", "95% CI")
        names = ("principle", "weight", "fitted", *errors, "status")
        return Table(lines=tuple(self._lines()), columns=names, rows=rows)

    def _rows(self) -> Table:
        names = [field.name for field in attrs.fields(Coefficient)][:-1]
        rows = tuple(
            (
                *(getattr(one, name) for name in names),
                *(one.interval or (None, None)),
                self.interval_se if one.interval else None,
            )
            for one in self.weights
        )
        return Table(columns=(*names, "low", "high", "interval_se"), rows=rows)

    def _lines(self) -> Iterator[str]:
        yield (
            f"{self.policy.id}: {self._kind()} weights from "
            f"{plural(self.orders, 'ranking')} ({self._people()})"
        )
        yield (
            f"in-sample log-likelihood: {self.log_likelihood:.2f} "
            f"(all weights 0: {self.null_log_likelihood:.2f})"
        )
        if n := self.uninformative:
            yield f"ratings that rank no allowed option above another: {n:,}"
        if self.penalty:
            yield (
                f"L2 (ridge) penalty of {self.penalty:g}: half of it times the sum of "
                f"squared weights (log-odds per point); it shrinks weights toward 0"
            )
        if self.penalties:
            yield f"the penalty is chosen by {self._choice()}"
            if self.penalty == self.penalties[0][0]:
                yield "it is the smallest value: compare with a fit without a penalty"
            if self.penalty == self.penalties[-1][0]:
                yield "it is the largest value: the principles predict little"
        yield from self._identification_lines()
        yield "fitted weights are log-odds per point; " + (
            f"policy weight 1 = {self.scale:.3f}"
            if self.scale > 0
            else "their sum is not above 0, so they have no scale in the policy"
        )
        yield from self._error_lines()

    def _identification_lines(self) -> Iterator[str]:
        how = "nearest to the policy's proportions"
        how = "only the penalty divides the effect" if self.penalty else how
        for group in self.aliased:
            yield f"not separately identified; {how}: {', '.join(group)}"
        if self.separated:
            names = ", ".join(
                f"{one.principle} (toward {'-' if one.direction < 0 else '+'}infinity)"
                for one in self.weights
                if one.status == _SEPARATED
            )
            how = "without the penalty" if self.penalty else "original weight kept"
            yield f"no finite estimate (complete separation); {how}: {names}"
            if not self.penalty:
                yield (
                    "the other weights are estimated at that limit; `--penalty cv`, or "
                    "`penalty='cv'` in Python, gives all of them a finite estimate"
                )
        if self.at_bound:
            yield f"at the lower bound (0): {', '.join(self.at_bound)}"
        if kept := ", ".join(self.not_identified):
            yield f"not identified; original weight kept: {kept}"

    def _error_lines(self) -> Iterator[str]:
        yield (
            "model SE: model-based, from the observed information; robust SE: "
            "cluster-robust, by rater, with the factor G/(G-1) for G = "
            f"{plural(self.raters, 'rater')}"
        )
        if self.penalty:
            yield "SEs and intervals are of the penalized estimate and exclude its bias"
        yield self._interval_line()
        if self.vignettes < FEWEST_UNITS and self.interval_df != 0:
            yield (
                f"fewer than {FEWEST_UNITS} vignettes: SEs and intervals are about "
                "these vignettes alone, and show no uncertainty from their choice"
            )
        if self.few_raters and self.raters > 1:
            yield (
                f"{self.raters} raters are few for a robust SE (fewer than "
                f"{FEW_RATERS}; Cameron and Miller 2015): intervals can be too narrow"
            )

    def _interval_line(self) -> str:
        if self.interval_se == _MODEL:
            return (
                "95% CI: Wald interval from the model SE (no rater ranks two vignettes)"
            )
        if not self.interval_df:
            return "no 95% CI: all rankings are by one rater"
        df = plural(self.interval_df, "degree")
        return f"95% CI: from the robust SE, Student's t with {df} of freedom"


@checked
def fit(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    penalty: float | str = 0.0,
    bounded: bool = False,
    folds: int = FOLDS,
    seed: int = 0,
) -> Fit:
    """Estimate weights by maximum likelihood from a panel's rankings.

    The model is a rank-ordered logit: the utility of an option is the sum over
    principles of its points under the weighted method, times the weight. It uses only
    options that the policy neither requires nor forbids. The order of options that
    share a rank counts as unknown. A partial rating contributes its ranked options.

    A weight without a finite estimate (complete separation) keeps its value in the
    policy. The others are then estimated at the limit to which the likelihood rises.

    Args:
        panel: the vignettes and their ratings.
        policy: the policy with the rules; its ranking method does not matter.
        penalty: the L2 (ridge) penalty: half of it times the sum of squared weights, in
            log-odds per point, is subtracted from the log-likelihood. `"cv"` chooses it
            from `PENALTIES` by cross-validation over vignettes. 0 for none.
        bounded: whether weights must not be negative.
        folds: for `"cv"`, the number of folds.
        seed: for `"cv"`, the seed of the split.

    Raises:
        PanelError: the panel does not identify any weight, or no weight has a finite
            estimate, because the raters agree completely.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
    """
    asked = _asked(penalty, bounded=bounded, folds=folds, seed=seed)
    design = design_matrix(panel, as_policy(policy))
    options, tried = _chosen(design, asked)
    found = identification(design, bounded=options.bounded)
    solution = estimate_weights(design, options, found)
    ordered, repeats = design.ordered, design.informative
    orders = sum(repeats.values())
    clustered = max(repeats.values()) > 1
    df = len(repeats) - 1 if clustered else None
    log = [
        log_likelihood(design, at) for at in (solution.weights, 0 * solution.weights)
    ]
    return Fit(
        provenance=_made_of(design, panel, asked),
        policy=design.policy,
        weights=tuple(_coefficients(design, found, solution, df)),
        aliased=tuple(
            tuple(design.principles[n] for n in group)
            for group in found.groups
            if group[1:]
        ),
        orders=orders,
        uninformative=sum(map(len, design.ratings)) - orders,
        raters=len(repeats),
        vignettes=len({vignette for vignette, _ in ordered}),
        log_likelihood=log[0],
        null_log_likelihood=log[1],
        penalty=options.penalty,
        bounded=options.bounded,
        interval_se=_CLUSTERED if clustered else _MODEL,
        interval_df=df,
        penalties=tried,
    )


def _coefficients(
    design: DesignMatrix, found: Identification, solution: Solution, df: int | None
) -> Iterator[Coefficient]:
    """Yield the coefficient of each principle; *df* is None for the model's SEs."""
    group_of = {n: group for group in found.groups for n in group}
    reach = float(needed("scipy.stats").t.ppf(0.975, df)) if df else _NORMAL
    for n, one in enumerate(design.policy.principles):
        group = group_of.get(n)
        has = n in solution.fitted
        estimate = float(solution.weights[n]) if has else None
        status, direction = _ESTIMATED, 0
        if group is None:
            status = _NOT_IDENTIFIED
        elif n in found.separated:
            status = _SEPARATED
            direction = int(np.sign(found.direction[n]))
        elif group[1:]:
            status = _ALIASED
        elif n in solution.at_bound:
            status = _AT_BOUND
        errors = [
            float(of[n]) if status == _ESTIMATED and np.isfinite(of[n]) else None
            for of in (solution.errors, solution.clustered_se)
        ]
        error = errors[0] if df is None else errors[1]
        interval = None
        if estimate is not None and error is not None:
            interval = (estimate - reach * error, estimate + reach * error)
        yield Coefficient(
            principle=one.id,
            base=one.weight,
            status=status,
            direction=direction,
            estimate=estimate,
            error=errors[0],
            clustered_se=errors[1],
            interval=interval,
        )


@attrs.frozen(kw_only=True)
class _Asked:
    """The arguments of a fit: its options, and the choice of the penalty."""

    #: None if cross-validation chooses it.
    penalty: float | None
    bounded: bool
    folds: int
    seed: int


def _asked(penalty: object, *, bounded: bool, folds: int, seed: int) -> _Asked:
    number = isinstance(penalty, int | float) and not isinstance(penalty, bool)
    if penalty != "cv" and not (number and isfinite(penalty) and penalty >= 0):  # type: ignore[arg-type,operator]
        raise PanelError([problem("BE847.penalty", token="penalty")])
    return _Asked(
        penalty=float(penalty) if number else None,  # type: ignore[arg-type]
        bounded=bounded,
        folds=whole(folds, "folds", 2),
        seed=whole(seed, "seed", 0),
    )


def _made_of(
    design: DesignMatrix, panel: Panel, asked: _Asked, *, split: bool = False
) -> Provenance:
    """Record the arguments, including those of a split of the vignettes."""
    chosen = asked.penalty is None
    more = {"folds": asked.folds} if split or chosen else {}
    return made_of(
        design.policy,
        seed=asked.seed if split or chosen else None,
        panel=panel.reference,
        penalty="cv" if chosen else asked.penalty,
        bounded=asked.bounded,
        **more,
    )


def _folds(design: DesignMatrix, folds: int, seed: int) -> list[Any]:
    """Split the vignettes at random; for each fold, mark those that it holds out."""
    count = len(design.verdicts)
    if folds > count:
        if count == 1:
            raise PanelError([problem("BE850.one")])
        vignettes = plural(count, "rated vignette")
        raise PanelError([problem("BE850", vignettes=vignettes, folds=folds)])
    fold_of = np.random.default_rng(seed).permutation(count) % folds
    return [fold_of == fold for fold in range(folds)]


def _chosen(
    design: DesignMatrix, asked: _Asked
) -> tuple[FitOptions, tuple[tuple[float, float], ...]]:
    """Return the options of a fit, and the penalties that cross-validation tried."""
    options = FitOptions(penalty=asked.penalty or 0.0, bounded=asked.bounded)
    if asked.penalty is not None:
        return options, ()
    splits = [
        (
            design.of(np.flatnonzero(~held).tolist()),
            design.of(np.flatnonzero(held).tolist()),
        )
        for held in _folds(design, asked.folds, asked.seed)
    ]
    tried = []
    for penalty in PENALTIES:
        options = attrs.evolve(options, penalty=penalty)
        with_it = [
            log_likelihood(unseen, _held_out(rest, fold, options))
            for fold, (rest, unseen) in enumerate(splits, 1)
        ]
        tried.append((penalty, fsum(with_it)))
    best, _ = max(tried, key=itemgetter(1))
    return attrs.evolve(options, penalty=best), tuple(tried)


#: The log-likelihood of the orders of a fold, if there is one; for each vignette, the
#: mean tau-b and the share of equal first ranks.
_FoldScore: TypeAlias = tuple[float | None, list[tuple[float | None, float | None]]]


@final
@attrs.frozen(kw_only=True)
class Score:
    """The fit of one set of weights to vignettes that it was not fitted to."""

    #: `fitted`, `policy`, `equal weights` or `no weights`, all by the weighted method;
    #: and the policy with its own method, if that is another: `policy (levelwise
    #: method)`.
    name: str
    #: The log-likelihood of all orders, summed over the folds; higher is better. None
    #: for a method that gives no probabilities.
    log_likelihood: float | None
    #: The mean of tau-b with each rater, if it is defined, and the share of raters with
    #: the same first rank; None for `no weights`, which rank nothing. The number of
    #: vignettes of each mean follows it.
    tau: float | None
    tau_vignettes: int
    first: float | None
    first_vignettes: int


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
    #: The penalty in each fold.
    penalties: tuple[float, ...]

    def __getitem__(self, name: str) -> Score:
        return {score.name: score for score in self.scores}[name]

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of each log-likelihood, compared with no weights."""
        none = self["no weights"].log_likelihood or 0.0
        return bars(
            [
                Bar(one.name, (one.log_likelihood - none) / (self.orders or 1))
                for one in self.scores
                if one.name != "no weights" and one.log_likelihood is not None
            ],
            title=f"Cross-validated weights of {self.policy}",
            subtitle=f"{self.folds} folds of vignettes, "
            f"{plural(self.orders, 'ranking')}; farther right is better",
            axis="log-likelihood per ranking, minus that of all weights 0",
        )

    def _table(self) -> Table:
        folds = f"{self.policy}: cross-validated over {self.folds} folds of vignettes, "
        lines = [
            f"{folds}{plural(self.orders, 'ranking')}, seed {self.seed}",
            (
                "fitted to the other folds: fitted weights, and the scale of the "
                "policy's and equal weights"
            ),
        ]
        if self.provenance.parameters.get("penalty") == "cv":
            chosen = ", ".join(f"{penalty:g}" for penalty in self.penalties)
            lines.append(
                f"L2 penalty, chosen for each fold in the other folds: {chosen}"
            )
        rows = tuple(
            (
                one.name,
                *self._logs(one),
                *map(format_number, (one.tau, one.first)),
                one.tau_vignettes or "-",
            )
            for one in self.scores
        )
        columns = (
            *("weights", "log-likelihood", "per ranking", "tau-b"),
            *("same top response", "n (tau-b)"),
        )
        return Table(lines=tuple(lines), columns=columns, rows=rows)

    def _logs(self, score: Score) -> tuple[str, str]:
        if (log := score.log_likelihood) is None:
            return "-", "-"
        return f"{log:.2f}", f"{log / (self.orders or 1):.3f}"

    def _rows(self) -> Table:
        columns = ("weights", *(field.name for field in attrs.fields(Score)[1:]))
        return Table(columns=columns, rows=tuple(map(attrs.astuple, self.scores)))


@checked
def cross_validate(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    penalty: float | str = 0.0,
    bounded: bool = False,
) -> Validation:
    """Evaluate weights on vignettes that they were not fitted to.

    The vignettes are split into *folds*. Each fold is predicted by weights fitted to
    the other folds, by the weights of the policy, and by equal weights. A factor fitted
    to the other folds, with the same penalty, converts the policy's and equal weights
    into log-odds. All use the weighted method. If the policy has another method, that
    has a row of its own, without a likelihood.

    Args:
        panel: the vignettes and their ratings.
        policy: the policy with the rules.
        folds: from 2 to the number of vignettes.
        seed: the seed of the split; the same seed gives the same folds.
        penalty: as for `fit`; `"cv"` chooses it for each fold within the others.
        bounded: as for `fit`.

    Raises:
        PanelError: there are too few vignettes, or a fold cannot be fitted.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
    """
    asked = _asked(penalty, bounded=bounded, folds=folds, seed=seed)
    design = design_matrix(panel, as_policy(policy))
    splits = _folds(design, folds, seed)
    each = [_fold_scores(design, held, n, asked) for n, held in enumerate(splits, 1)]
    return Validation(
        provenance=_made_of(design, panel, asked, split=True),
        policy=design.policy.id,
        folds=folds,
        seed=seed,
        orders=sum(map(len, design.ordered.values())),
        penalties=tuple(penalty for penalty, _ in each),
        scores=tuple(
            _score(name, [scores[name] for _, scores in each]) for name in each[0][1]
        ),
    )


def _fold_scores(
    design: DesignMatrix, held: Any, fold: int, asked: _Asked
) -> tuple[float, dict[str, _FoldScore]]:
    """Evaluate each set of weights on the vignettes *held* out, with the penalty."""
    rest = design.of(np.flatnonzero(~held).tolist())
    unseen = design.of(np.flatnonzero(held).tolist())
    inner = min(asked.folds, len(rest.verdicts))
    with _naming(fold):
        options, _ = _chosen(rest, attrs.evolve(asked, folds=inner))
        compared = {
            "fitted": _complete_weights(rest, options),
            "policy": estimate_scale(rest, design.base, options),
            "equal weights": estimate_scale(rest, np.ones_like(design.base), options),
        }
    found: dict[str, _FoldScore] = {}
    for name, weights in compared.items():
        ranked = unseen.ranked(np.rint(weights * _FINE).astype(np.int64))
        ranks = [*map(scores, ranked, unseen.ratings)]
        found[name] = log_likelihood(unseen, weights), ranks
    found["no weights"] = log_likelihood(unseen, np.zeros(len(design.base))), []
    if (method := design.policy.method.name) is not MethodName.WEIGHTED:
        own = [verdict.ranking for verdict in unseen.verdicts]
        name = f"policy ({method.value} method)"
        found[name] = None, [*map(scores, own, unseen.ratings)]
    return options.penalty, found


@contextmanager
def _naming(fold: int) -> Iterator[None]:
    """Name the *fold* that is held out in each problem of a block."""
    try:
        yield
    except PanelError as error:
        without = f"with fold {fold} held out, "
        raise PanelError(
            attrs.evolve(one, message=without + one.message) for one in error.problems
        ) from None


def _held_out(rest: DesignMatrix, fold: int, options: FitOptions) -> Numbers:
    with _naming(fold):
        return _complete_weights(rest, options)


def _complete_weights(design: DesignMatrix, options: FitOptions) -> Numbers:
    """Fit weights; those without an estimate keep their proportion to the others."""
    found = estimate_weights(design, options)
    fitted = sorted(found.fitted)
    base = float(design.base[fitted].sum())
    scale = max(found.weights[fitted].sum(), 0.0) / (base or 1.0)
    weights: Numbers = design.base * scale
    weights[fitted] = found.weights[fitted]
    return weights


def _score(name: str, folds: list[_FoldScore]) -> Score:
    logs = [log for log, _ in folds if log is not None]
    taus = [tau for _, seen in folds for tau, _ in seen if tau is not None]
    firsts = [first for _, seen in folds for _, first in seen if first is not None]
    return Score(
        name=name,
        log_likelihood=fsum(logs) if logs else None,
        tau=known_mean(taus),
        tau_vignettes=len(taus),
        first=known_mean(firsts),
        first_vignettes=len(firsts),
    )
