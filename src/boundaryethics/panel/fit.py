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
from boundaryethics.errors import PanelError, PolicyError, Problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.overlays import Layer
from boundaryethics.model.plain_data import strange_id
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Principle
from boundaryethics.panel.data import Panel
from boundaryethics.panel.logit import (
    DesignMatrix,
    Numbers,
    Solution,
    Terms,
    log_likelihood,
    slope,
    solved,
    weighing_of,
)
from boundaryethics.panel.statistics import known_mean, number_told, scores, whole
from boundaryethics.policies import policy_named
from boundaryethics.report import Report, Table, plural

#: Decimal places of the weights of a variant by default.
DIGITS = 2
FOLDS = 5
_TWO = 2
#: Half the width of an interval of 95 per cent, in standard errors.
_NORMAL = 1.959963984540054
#: The parts of 1 to which fitted weights are rounded where they rank.
_FINE = 10**6


# The fit.


@final
@attrs.frozen(kw_only=True)
class Coefficient:
    """What was found of one principle's weight."""

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
        """What was found, as plain data."""
        told = attrs.asdict(self, filter=lambda field, _: field.name != "principle")
        return told | {"interval": list(self.interval) if self.interval else None}

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
    """The weights of a policy's principles that a panel speaks for.

    What was fitted was seen: `cross_validate` tells how such weights do on vignettes
    that they were not fitted to.
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
        """The weights that the panel can tell."""
        return tuple(one for one in self.weights if one.estimate is not None)

    @property
    def not_identified(self) -> tuple[str, ...]:
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
        parts = 10 ** whole(digits, "digits", 0)
        scale = self.scale
        below = [one for one in self.fitted if (one.estimate or 0.0) < 0]
        if below:
            raise PanelError(map(_below_zero, below))
        if scale <= 0:
            message = "all fitted weights come to nothing: the raters follow none of "
            raise PanelError(
                [Problem(code="BE849", message=f"{message}the principles")]
            )
        return {
            one.principle: Fraction(one.base)
            if one.estimate is None
            else Fraction(round(one.estimate / scale * parts), parts)
            for one in self.weights
        }

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
            PolicyError: *id* is that of the policy itself, or none that a file could
                bear.
        """
        weights = self.rounded(digits)
        policy = self.policy
        unfit = [*strange_id(id, policy.id)]
        if unfit:
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
        """The fit as plain data, ready for JSON."""
        return {
            "policy": self.policy.id,
            "orders": self.orders,
            "uninformative": self.uninformative,
            "raters": self.raters,
            "vignettes": self.vignettes,
            "log_likelihood": self.log_likelihood,
            "null_log_likelihood": self.null_log_likelihood,
            "penalty": self.penalty,
            "bounded": self.bounded,
            "scale": self.scale,
            "weights": {one.principle: one.to_dict() for one in self.weights},
            "scaled_together": [list(group) for group in self.scaled_together],
            "at_bound": list(self.at_bound),
            "not_identified": list(self.not_identified),
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each principle.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=(
                "principle",
                "base",
                "estimate",
                "error",
                "clustered_se",
                "low",
                "high",
            ),
            rows=tuple(
                (*attrs.astuple(one), *(one.interval or (None, None)))
                for one in self.weights
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: each fitted weight, and that of the policy beside it.

        Raises:
            PictureError: what draws is not installed.
        """
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
                    *map(number_told, (one.estimate, one.error, one.clustered_se)),
                    "{:.3f} to {:.3f}".format(*one.interval) if one.interval else "-",
                )
                for one in self.fitted
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


def _below_zero(weight: Coefficient) -> Problem:
    return Problem(
        code="BE848",
        message=f"the fitted weight of `{weight.principle}` is below zero: "
        f"{weight.estimate:.3f}, and a policy has no such weights",
        help="fit with `bounded`, which holds weights at zero and above, or look at "
        "the rules on this principle: raters go the other way",
        token=weight.principle,
    )


def fit(
    panel: Panel,
    policy: Policy | str | Path,
    *,
    penalty: float = 0.0,
    bounded: bool = False,
) -> Fit:
    """The weights of *policy*'s principles under which the ratings are likeliest.

    A rank-ordered logit: the worth of an option is the sum over principles of its
    points, as the weighted method counts them, times the weight. Only options that
    are open in the policy are ordered by it; of options that share a place the order
    is taken as not known, and of a partial rating the options that are placed.

    Args:
        panel: who ranked what.
        policy: whose rules speak, whatever its own method.
        penalty: a ridge: what half the square of each weight costs. 0 for none.
        bounded: whether weights are held at zero and above.

    Raises:
        PanelError: the panel cannot tell the weights, or there are no best ones: it
            is so of one mind that more is always likelier.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    terms = _terms(penalty, bounded=bounded)
    weighing = weighing_of(panel, policy_named(policy))
    solution = solved(weighing, terms)
    names, ordered = weighing.principles, weighing.ordered
    orders = sum(len(one.raters) for one in ordered)
    return Fit(
        policy=weighing.policy,
        weights=_weights(weighing, solution),
        scaled_together=tuple(
            tuple(names[n] for n in group)
            for group in solution.groups
            if len(group) > 1
        ),
        at_bound=tuple(names[n] for n in sorted(solution.held)),
        orders=orders,
        uninformative=sum(map(len, weighing.ratings)) - orders,
        raters=len({rater for one in ordered for rater in one.raters}),
        vignettes=len({one.vignette for one in ordered}),
        log_likelihood=solution.log,
        null_log_likelihood=log_likelihood(weighing, np.zeros(len(names))),
        penalty=terms.penalty,
        bounded=terms.bounded,
    )


def _terms(penalty: float, *, bounded: bool) -> Terms:
    number = isinstance(penalty, int | float) and not isinstance(penalty, bool)
    if not number or not isfinite(penalty) or penalty < 0:
        message = "`penalty` is to be a number, and not below 0"
        raise PanelError([Problem(code="BE847", message=message, token="penalty")])
    return Terms(penalty=float(penalty), bounded=bounded)


def _weights(weighing: DesignMatrix, solution: Solution) -> tuple[Coefficient, ...]:
    fitted = {n for group in solution.groups for n in group}
    free = fitted - solution.held

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
        for n, one in enumerate(weighing.policy.principles)
    )


# Cross-validation: how fitted weights do on vignettes that they have not seen.

#: Of each vignette, tau-b and whether the first place is the same.
_Seen: TypeAlias = list[tuple[float | None, float | None]]
#: Whose weights, how likely the orders of a fold are by them, how they rank it.
_Judged: TypeAlias = tuple[str, float, _Seen]


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
    """How weights do out of the fold that they were fitted in."""

    policy: str
    folds: int
    seed: int
    orders: int
    #: The fitted weights, the policy as it is, equal weights, and none.
    scores: tuple[Score, ...]

    def __getitem__(self, name: str) -> Score:
        return {score.name: score for score in self.scores}[name]

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON."""
        return attrs.asdict(self) | {"scores": [attrs.asdict(s) for s in self.scores]}

    def to_frame(self) -> Any:
        """A data frame with a row for each set of weights.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("weights", "log_likelihood", "tau", "first"),
            rows=tuple(map(attrs.astuple, self.scores)),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: how much likelier each set of weights makes an order.

        Raises:
            PictureError: what draws is not installed.
        """
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
                    number_told(one.tau),
                    number_told(one.first),
                )
                for one in self.scores
            ),
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
    """How weights fitted to some vignettes do on the others.

    The vignettes are dealt into *folds*; each fold is judged by weights fitted to all
    others. Beside them stand the policy as it is and equal weights. For their
    likelihood the weights of the policy, and equal ones, are made logits by one factor
    each, fitted likewise; for tau-b and first places the policy ranks by its own
    method.

    Args:
        panel: who ranked what.
        policy: whose rules speak.
        folds: from 2 to the number of vignettes.
        seed: of the dealing; the same seed gives the same folds.
        penalty: as of `fit`.
        bounded: as of `fit`.

    Raises:
        PanelError: there are too few vignettes, or a fold cannot be fitted.
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    terms = _terms(penalty, bounded=bounded)
    weighing = weighing_of(panel, policy_named(policy))
    dealt = _dealt(len(weighing.vignettes), folds, seed)
    judged = [
        judgement
        for fold in range(folds)
        for judgement in _judged(weighing, dealt == fold, fold + 1, terms)
    ]
    names = dict.fromkeys(name for name, _, _ in judged)
    return Validation(
        policy=weighing.policy.id,
        folds=folds,
        seed=seed,
        orders=sum(len(one.raters) for one in weighing.ordered),
        scores=tuple(_score(name, judged) for name in names),
    )


def _dealt(count: int, folds: int, seed: int) -> Any:
    """For each vignette the fold that it is in; no two folds differ by more than 1."""
    if whole(folds, "folds", _TWO) > count:
        vignettes = plural(count, "rated vignette")
        message = f"{vignettes} cannot be dealt into {folds} folds"
        advice = "ask for fewer folds, from 2 on, or rate more vignettes"
        raise PanelError([Problem(code="BE850", message=message, help=advice)])
    return np.random.default_rng(whole(seed, "seed", 0)).permutation(count) % folds


def _judged(
    weighing: DesignMatrix, held: Any, fold: int, terms: Terms
) -> Iterator[_Judged]:
    """Each set of weights with how it does on the vignettes *held* back."""
    rest = weighing.of(np.flatnonzero(~held).tolist())
    unseen = weighing.of(np.flatnonzero(held).tolist())
    base, equal = weighing.base, np.ones_like(weighing.base)
    try:
        fitted = _whole_scale(rest, terms)
        own, alike = slope(rest, base, terms), slope(rest, equal, terms)
    except PanelError as error:
        without = f"without the vignettes of fold {fold}, "
        raise PanelError(
            attrs.evolve(one, message=without + one.message) for one in error.problems
        ) from None
    rankings = unseen.ranked(np.round(fitted * _FINE).astype(np.int64))
    yield "fitted", log_likelihood(unseen, fitted), _seen(unseen, rankings)
    yield "policy", log_likelihood(unseen, own), _seen(unseen, unseen.rankings)
    rankings = unseen.ranked(equal)
    yield "equal weights", log_likelihood(unseen, alike), _seen(unseen, rankings)
    yield "no weights", log_likelihood(unseen, np.zeros(len(base))), []


def _whole_scale(weighing: DesignMatrix, terms: Terms) -> Numbers:
    """Fitted weights, with those that were not told at their weight in the policy."""
    found = solved(weighing, terms)
    fitted = sorted(n for group in found.groups for n in group)
    base = float(weighing.base[fitted].sum())
    scale = max(found.weights[fitted].sum(), 0.0) / (base or 1.0)
    weights: Numbers = weighing.base * scale
    weights[fitted] = found.weights[fitted]
    return weights


def _seen(unseen: DesignMatrix, rankings: tuple[Ranking, ...]) -> _Seen:
    return list(map(scores, rankings, unseen.ratings))


def _score(name: str, judged: list[_Judged]) -> Score:
    own = [(log, seen) for of, log, seen in judged if of == name]
    return Score(
        name=name,
        log_likelihood=fsum(log for log, _ in own),
        tau=known_mean(tau for _, seen in own for tau, _ in seen),
        first=known_mean(first for _, seen in own for _, first in seen),
    )
