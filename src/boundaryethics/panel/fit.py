"""Fit the weights of a policy's principles to a panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.arguments import checked, ranged, whole
from boundaryethics.charts import Interval, intervals
from boundaryethics.errors import PanelError, PolicyError, problem
from boundaryethics.model.overlays import Layer
from boundaryethics.model.plain_data import strange_id
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Principle
from boundaryethics.panel.data import Panel, needed
from boundaryethics.panel.logit import (
    DesignMatrix,
    Identification,
    Solution,
    design_matrix,
    estimate_weights,
    identification,
    log_likelihood,
)
from boundaryethics.panel.statistics import (
    FEWEST_UNITS,
    format_number,
)
from boundaryethics.panel.validation import (
    FOLDS,
    choose_penalty,
    provenance_of,
    terms_of,
)
from boundaryethics.policies import as_policy
from boundaryethics.provenance import VERSION
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    Report,
    Table,
    fields_as_data,
    picked,
    signed_chart,
)

#: The default number of decimal places for the weights of a variant.
DIGITS = 2
#: Half the width of a 95 percent interval, in standard errors.
_NORMAL = 1.959963984540054
#: The values of `Fit.interval_se`.
_CLUSTERED, _MODEL = "clustered by rater", "model"


#: With fewer raters, the output warns that a clustered standard error needs more.
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
    #: Whether the rankings, without a penalty, identify the weight: `estimated`;
    #: `aliased` (no vignette separates its effect from that of other principles);
    #: `separated` (no finite estimate); `at bound`; or `not identified` (no effect).
    #: Only an `estimated` weight has standard errors and an interval.
    status: str = _ESTIMATED
    #: For a separated weight, 1 if the likelihood rises toward plus infinity, and -1 if
    #: it rises toward minus infinity; 0 for other weights.
    direction: int = 0
    #: In log-odds per point; None if there is no estimate.
    estimate: float | None = None
    #: The standard error from the observed information, and clustered by rater; None if
    #: there is none. With a penalty, they are those of the penalized estimate. With
    #: `Fit.too_few_raters`, there is none by rater.
    error: float | None = None
    clustered_se: float | None = None
    #: The 95 percent interval, from the standard error that `Fit.interval_se` names.
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
    #: One coefficient for each principle of the policy, in order.
    weights: tuple[Coefficient, ...]
    #: Groups of principles whose effects no vignette separates. Of all weights with the
    #: same likelihood, the fit uses those nearest to the policy's proportions or, with
    #: a penalty, those with the smallest sum of squares.
    aliased: tuple[tuple[str, ...], ...]
    #: The number of ratings that order allowed options, and of those that order none.
    orders: int
    uninformative: int
    raters: int
    vignettes: int
    #: The number of estimated parameters. Aliased weights share a parameter.
    parameters: int
    #: The log-likelihood of these orders with the fitted weights, and with all weights
    #: set to 0.
    log_likelihood: float
    null_log_likelihood: float
    #: The fit subtracts half of this penalty times the sum of squared weights from the
    #: log-likelihood.
    penalty: float
    bounded: bool
    #: The standard error of the intervals: `clustered by rater` if a rater ranks
    #: several vignettes, or else `model`.
    interval_se: str
    #: The degrees of freedom of Student's t for the intervals: the number of raters
    #: minus 1; None if the normal distribution is used.
    interval_df: int | None
    #: For each penalty that cross-validation tried, the log-likelihood of the held-out
    #: orders; empty if the penalty was given.
    penalties: tuple[tuple[float, float], ...] = ()

    @property
    def scaled_together(self) -> tuple[tuple[str, ...], ...]:
        """Return the aliased groups, or none if a penalty splits their effects."""
        return () if self.penalty else self.aliased

    @property
    def at_bound(self) -> tuple[str, ...]:
        """Return the principles whose weights are at the lower bound of 0."""
        return self._having(_AT_BOUND)

    @property
    def separated(self) -> tuple[str, ...]:
        """Return the principles without a finite maximum-likelihood estimate."""
        return self._having(_SEPARATED)

    @property
    def too_few_raters(self) -> bool:
        """Return whether there are too few raters for clustered standard errors.

        The rater-clustered variance is singular unless raters outnumber parameters.
        A singular variance would understate the uncertainty, so such a fit has no
        clustered standard errors.
        """
        return self.raters <= max(1, self.parameters)

    @property
    def few_raters(self) -> bool:
        """Return whether clustered standard errors are based on few raters.

        Intervals can then be too narrow. "Few" means fewer than 20 to 50 clusters,
        depending on the situation (Cameron and Miller 2015).
        """
        return self.interval_se == _CLUSTERED and self.raters < FEW_RATERS

    def _having(self, status: str) -> tuple[str, ...]:
        return tuple(one.principle for one in self.weights if one.status == status)

    @property
    def fitted(self) -> tuple[Coefficient, ...]:
        """Return the coefficients that have an estimate."""
        return tuple(one for one in self.weights if one.estimate is not None)

    @property
    def not_identified(self) -> tuple[str, ...]:
        """Return the principles on which no ranking depends."""
        return self._having(_NOT_IDENTIFIED)

    @property
    def scale(self) -> float:
        """Return the log-odds per unit of weight in the policy.

        Multiplying all weights by a common factor changes no ranking. This scale keeps
        the sum of the fitted weights the same as in the policy, so weights without an
        estimate can stay unchanged. If it is not positive, `variant` raises an error.
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

        Its `about` text records the panel, the method, the policy and the library, and
        lists the weights that are not estimated.

        Policy weights are integers, so each weight from `rounded` is multiplied by 10
        to the power of *digits*. Rounding can create or break a tie between options.

        Args:
            id: the ID of the variant.
            digits: the number of decimal places to keep.

        Raises:
            PanelError: a weight is negative, or the scale is not positive.
            PolicyError: *id* is invalid, or is the ID of the policy itself.
        """
        weights, policy = self.rounded(digits), self.policy
        if unfit := tuple(strange_id(id, policy.id)):
            raise PolicyError(unfit)
        layer = Layer(
            id=id,
            title=f"{policy.title or policy.id} (weights fitted to a panel)",
            about="\n\n".join(
                filter(None, (policy.about, self._origin(), self._not_estimated()))
            ),
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
        terms = [f"an L2 penalty of {self.penalty:g}"] if self.penalty else []
        if terms and self.penalties:
            terms[0] += f", chosen by {self._choice()}"
        terms += ["a lower bound of 0"] if self.bounded else []
        under = f", with {' and '.join(terms)}" if terms else ", without a penalty"
        return (
            f"The weights are {self._kind()} weights, fitted by boundaryethics "
            f"{VERSION} to a panel of {sizes} (digest {digest}){under}. The rules are "
            f"those of {self.policy.id} (fingerprint {self.policy.fingerprint})."
        )

    def _not_estimated(self) -> str:
        """List the variant's weights that are not estimated, by reason."""
        kept = f"kept from {self.policy.id}"
        meanings = {
            _NOT_IDENTIFIED: f"not identified, {kept}",
            _SEPARATED: "no finite estimate (complete separation), "
            + ("from the penalty alone" if self.penalty else kept),
            _ALIASED: "aliased, only their joint effect is estimated",
            _AT_BOUND: "at the lower bound (0)",
        }
        lists = "; ".join(
            f"{meaning}: {', '.join(names)}"
            for status, meaning in meanings.items()
            if (names := self._having(status))
        )
        return f"Weights that are not estimated: {lists}." if lists else ""

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
            *("parameters", "too_few_raters"),
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
        """Return an Altair chart of each fitted weight and the policy's weight.

        A weight without an interval is shown as a hollow circle with its status. The
        subtitle gives the number of weights without an estimate.
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
            f"{self._interval_line()}{self._not_drawn()}",
            axis="log-odds per point",
            reference=0.0,
            beside="weights in the policy, on the same scale" if scaled else "",
        )

    def _not_drawn(self) -> str:
        without = Counter(one.status for one in self.weights if one.estimate is None)
        counts = ", ".join(f"{count} {status}" for status, count in without.items())
        return f"; no estimate, not drawn: {counts}" if counts else ""

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
        errors = ("model SE", "clustered SE", "95% CI")
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
                yield "it is the smallest value tried: fit once more without a penalty"
            if self.penalty == self.penalties[-1][0]:
                yield "it is the largest value tried: the principles predict little"
        yield from self._identification_lines()
        yield "fitted weights are log-odds per point; " + (
            f"policy weight 1 = {self.scale:.3f}"
            if self.scale > 0
            else "their sum is not above 0, so policy weights cannot be computed"
        )
        yield from self._error_lines()

    def _identification_lines(self) -> Iterator[str]:
        how = "nearest to the policy's proportions"
        how = "only the penalty divides their effect" if self.penalty else how
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
        if not self.parameters:
            return
        raters = plural(self.raters, "rater")
        yield "model SE: model-based, from the observed information" + (
            ""
            if self.too_few_raters
            else "; clustered SE: cluster-robust, by rater, with the factor G/(G-1) "
            f"for G = {raters}"
        )
        if self.too_few_raters and self.raters > 1:
            yield (
                f"no clustered SE: {raters} for "
                f"{plural(self.parameters, 'estimated parameter')}; unless raters "
                "outnumber parameters, the cluster-robust variance is singular and too "
                "small. The model SE is too small as well if a rater's rankings are "
                "alike"
            )
        if self.penalty:
            yield "SEs and intervals are for the penalized estimate, without its bias"
        yield self._interval_line()
        if self.vignettes < FEWEST_UNITS and self.interval_df != 0:
            yield (
                f"fewer than {FEWEST_UNITS} vignettes: SEs and intervals apply to "
                "these vignettes alone, without the uncertainty from choosing them"
            )
        if self.few_raters and not self.too_few_raters:
            yield (
                f"{self.raters} raters are few for a clustered SE (fewer than "
                f"{FEW_RATERS}; Cameron and Miller 2015): intervals can be too narrow"
            )

    def _interval_line(self) -> str:
        if not self.parameters:
            return "no 95% CI: no weight is estimated"
        if self.interval_se == _MODEL:
            return (
                "95% CI: Wald interval from the model SE (no rater ranks two vignettes)"
            )
        if not self.interval_df:
            return "no 95% CI: all rankings are from one rater"
        if self.too_few_raters:
            return "no 95% CI: too few raters for a clustered SE"
        df = plural(self.interval_df, "degree")
        return f"95% CI: from the clustered SE, Student's t with {df} of freedom"


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

    The model is a rank-ordered logit: an option's utility is the sum, over principles,
    of the option's points under the weighted method times the principle's weight. The
    model uses only options that the policy neither requires nor forbids. The order of
    options that share a rank is treated as unknown. A partial rating contributes its
    ranked options.

    A weight without a finite estimate (complete separation) keeps the value that it has
    in the policy. The others are then estimated in the limit, as the likelihood
    approaches its upper bound.

    Args:
        panel: the vignettes and their ratings.
        policy: the policy whose rules are used; its ranking method does not matter.
        penalty: the L2 (ridge) penalty: half of it times the sum of squared weights, in
            log-odds per point, is subtracted from the log-likelihood; 0 for none.
            `"cv"` chooses it from `PENALTIES` by cross-validation over vignettes.
        bounded: whether to require nonnegative weights.
        folds: for `"cv"`, the number of folds.
        seed: for `"cv"`, the seed of the split.

    Raises:
        PanelError: the panel does not identify any weight, or no weight has a finite
            estimate, because the raters agree completely.
        SituationError: the policy does not declare a fact that the vignettes use.
        PolicyError: the policy cannot be read, is invalid, or is abstract.
    """
    asked = terms_of(penalty, bounded=bounded, folds=folds, seed=seed)
    design = design_matrix(panel, as_policy(policy))
    options, tried = choose_penalty(design, asked)
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
        provenance=provenance_of(design, panel, asked),
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
        parameters=solution.parameters,
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
    """Yield the coefficient of each principle.

    *df* is the number of degrees of freedom for clustered standard errors, or None for
    model-based standard errors.
    """
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
