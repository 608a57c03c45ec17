"""Estimate weights by a rank-ordered logit with exact ties.

A rater chooses the first option among all, the next among the rest, and so on. The odds
of an option are proportional to the exponential of its utility: its points times the
weights of their principles (Beggs, Cardell and Hausman, 1981). The order of options
that share a rank is unknown, so the likelihood is the sum over all their orders (the
exact method of Allison and Christakis, 1994). A tie in last place adds no information.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, permutations, product
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Pull, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.data import Panel, Rating, needed
from boundaryethics.panel.statistics import among
from boundaryethics.ranking import HEIGHT, OPTIONS, ranking_by

Numbers: TypeAlias = npt.NDArray[np.float64]
Wholes: TypeAlias = npt.NDArray[np.int64]
Truths: TypeAlias = npt.NDArray[np.bool_]

#: The indices of the raters who give a ranking in the vignette with this index.
Orders: TypeAlias = Mapping[tuple[int, Ranking], Sequence[int]]

_MOST = len(OPTIONS)
_COLUMN = {option: number for number, option in enumerate(OPTIONS)}
#: At the optimum, one more step gains at most this share of the log-likelihood.
_CLOSE = 1e-10
_AT_ZERO = 1e-9
#: Points are integers, so a nonzero effect is larger than this.
_MOVES = 1e-6


@final
@attrs.frozen(kw_only=True, eq=False)
class DesignMatrix:
    """A policy's points for the options of the vignettes that a panel rated."""

    policy: Policy
    raters: tuple[str, ...]
    #: For each vignette, its ratings and the verdict of the policy.
    ratings: tuple[tuple[Rating, ...], ...]
    verdicts: tuple[Verdict, ...]

    @property
    def principles(self) -> tuple[str, ...]:
        """Return the policy's principles, in order."""
        return tuple(principle.id for principle in self.policy.principles)

    @property
    def base(self) -> Wholes:
        """Return the weights of the principles in the policy."""
        return np.array([p.weight for p in self.policy.principles], dtype=np.int64)

    @cached_property
    def ordered(self) -> Orders:
        """Return the rankings of allowed options that have two ranks or more.

        Weights cannot move options that the policy requires or forbids.
        """
        number = {rater: n for n, rater in enumerate(self.raters)}
        by: dict[tuple[int, Ranking], list[int]] = {}
        for vignette, verdict in enumerate(self.verdicts):
            assessments = verdict.assessments
            allowed = [a.option for a in assessments if a.status is Status.ALLOWED]
            for rating in self.ratings[vignette]:
                ranking = among(rating.ranking, allowed)
                if len(ranking) > 1:
                    raters = by.setdefault((vignette, ranking), [])
                    raters.append(number[rating.rater])
        return by

    @cached_property
    def points(self) -> Wholes:
        """Return the net points for each vignette, option and principle (S15)."""
        points_of = dict(self.policy.method.points)
        column = {principle: n for n, principle in enumerate(self.principles)}
        points = np.zeros((len(self.verdicts), _MOST, len(column)), dtype=np.int64)
        for found, verdict in zip(points, self.verdicts, strict=True):
            for row, assessment in enumerate(verdict.assessments):
                for reason in assessment.reasons:
                    if reason.strength is not None:
                        sign = -1 if reason.pull is Pull.OPPOSES else 1
                        net = sign * points_of[reason.strength]
                        found[row, column[reason.principle]] += net
        return points

    def ranked(self, weights: Wholes) -> tuple[Ranking, ...]:
        """Rank each vignette by the weighted method with integer *weights*."""
        totals = (self.points @ -weights).tolist()
        return tuple(
            ranking_by(
                [
                    (HEIGHT[a.status], t)
                    for a, t in zip(v.assessments, of_one, strict=True)
                ]
            )
            for v, of_one in zip(self.verdicts, totals, strict=True)
        )

    def of(self, vignettes: Sequence[int]) -> DesignMatrix:
        """Reduce the matrix to the vignettes with these indices."""
        ratings = tuple(self.ratings[n] for n in vignettes)
        verdicts = tuple(self.verdicts[n] for n in vignettes)
        return attrs.evolve(self, ratings=ratings, verdicts=verdicts)


def design_matrix(panel: Panel, policy: Policy) -> DesignMatrix:
    """Compute the points of *policy* for the vignettes that *panel* rated."""
    return DesignMatrix(
        policy=policy,
        raters=panel.raters,
        ratings=tuple(panel.on[one.id] for one in panel.rated),
        verdicts=tuple(consult(one.situation, policy) for one in panel.rated),
    )


def _differences(design: DesignMatrix) -> Wholes:
    """List the differences in points between each option and each lower option."""
    if not design.ordered:
        raise PanelError([problem("BE844.unordered", policy=design.policy.id)])
    points = design.points
    rows = {
        tuple(points[vignette, _COLUMN[a]] - points[vignette, _COLUMN[b]])
        for vignette, ranking in design.ordered
        for upper, lower in combinations(ranking, 2)
        for a, b in product(upper, lower)
    }
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, points.shape[-1])


def identified_groups(rows: Wholes) -> tuple[tuple[int, ...], ...]:
    """Group the columns whose effects *rows* cannot separate; leave out zero columns.

    The projection onto the row space joins two columns if the rows identify a sum of
    their effects but neither effect alone. The rows cannot divide the effect of a group
    among its principles, so their weights keep the proportions of the policy.
    """
    joined = np.abs(np.linalg.pinv(rows) @ rows) > _MOVES
    graph = needed("scipy.sparse.csgraph")
    _, labels = graph.connected_components(joined, directed=False)
    groups: dict[int, list[int]] = {}
    for column in np.flatnonzero(rows.any(axis=0)).tolist():
        groups.setdefault(int(labels[column]), []).append(column)
    return tuple(map(tuple, groups.values()))


def _columns_for(groups: Sequence[Sequence[int]], base: Wholes) -> Wholes:
    """Return the factor by which each group's parameter enters each weight.

    It is the *base* weight in a group of several principles, unless all of these are 0;
    in any other group it is 1.
    """
    columns = np.zeros((len(base), len(groups)), dtype=np.int64)
    for number, group in enumerate(groups):
        shares = base[list(group)]
        alone = len(group) == 1 or not shares.any()
        columns[list(group), number] = 1 if alone else shares
    return columns


@final
@attrs.frozen(kw_only=True, eq=False)
class OrderLikelihood:
    """The likelihood of some orders, with an optional penalty on the parameters.

    An order with ties has a row for each order without ties that it allows.
    """

    #: The number of raters who give each order.
    counts: Wholes
    #: For each row, the index of its order.
    order: Wholes
    #: For each row, option from first to last, and parameter: its coefficient.
    values: Numbers
    #: For each row and rank: whether it has an option, and whether this is a choice.
    #: The options in last place are not chosen.
    present: Truths
    chosen: Truths
    #: The matrix of the quadratic penalty.
    cost: Numbers

    @classmethod
    def of(cls, ordered: Orders, covariates: Numbers, cost: Numbers) -> OrderLikelihood:
        """Build the likelihood from the *covariates* of each vignette and option."""
        rows = [
            (n, vignette, *row)
            for n, (vignette, ranking) in enumerate(ordered)
            for row in _untied(ranking)
        ]
        order, vignette, options, size, taken = map(np.array, zip(*rows, strict=True))
        column = np.arange(_MOST)
        return cls(
            counts=np.array([*map(len, ordered.values())]),
            order=order,
            values=covariates[vignette[:, None], options],
            present=column < size[:, None],
            chosen=column < taken[:, None],
            cost=cost,
        )

    def at(self, parameters: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return each order's log-likelihood and its gradient, and the information.

        The information is minus the Hessian of the log-likelihood of all raters. None
        of the three includes the penalty.
        """
        # Sums stay logarithms, because the odds of very unequal options overflow.
        utility = np.where(self.present, self.values @ parameters, -np.inf)
        from_here = np.logaddexp.accumulate(utility[:, ::-1], axis=1)[:, ::-1]
        rest = np.where(self.chosen, from_here, 0)
        log_of_row = np.where(self.chosen, utility - rest, 0).sum(axis=1)
        # The probability of each option at each choice, among this option and all lower
        # ones. An option above the choice may be more likely than all options in it.
        chances = np.exp(np.minimum(utility[:, None, :] - rest[:, :, None], 0))
        chances = np.triu(chances) * self.chosen[..., None]
        means = chances @ self.values
        slopes = (self.chosen[..., None] * self.values - means).sum(axis=1)
        log = np.full(len(self.counts), -np.inf)
        np.logaddexp.at(log, self.order, log_of_row)
        part = np.exp(log_of_row - log[self.order])
        scores = np.zeros((len(self.counts), len(parameters)))
        np.add.at(scores, self.order, part[:, None] * slopes)
        weight = part * self.counts[self.order]
        information = (
            _squares(self.values, weight[:, None] * chances.sum(axis=1))
            - _squares(means, np.repeat(weight[:, None], _MOST, axis=1))
            - _squares(slopes, weight)
            + _squares(scores, self.counts)
        )
        return log, scores, information

    def loss(self, parameters: Numbers) -> tuple[float, Numbers]:
        """Return the penalized loss that a fit minimizes, and its gradient."""
        log, scores, _ = self.at(parameters)
        slope = self.cost @ parameters
        value = parameters @ slope / 2 - self.counts @ log
        return float(value), slope - self.counts @ scores

    def hessian(self, parameters: Numbers) -> Numbers:
        """Return the second derivatives of the loss."""
        return self.at(parameters)[2] + self.cost


def _untied(ranking: Ranking) -> Iterator[tuple[list[int], int, int]]:
    """Yield each order without ties above the last place that *ranking* allows.

    The numbers after it count its options, and those above the last place.
    """
    *upper, last = ranking
    taken = sum(map(len, upper))
    size = taken + len(last)
    for chosen in product(*(permutations(group) for group in upper)):
        options = [_COLUMN[o] for group in (*chosen, last) for o in group]
        yield options + [0] * (_MOST - size), size, taken


def _squares(numbers: Numbers, weights: npt.NDArray[Any]) -> Numbers:
    """Sum the weighted outer squares of *numbers*."""
    flat = numbers.reshape(-1, numbers.shape[-1])
    squares: Numbers = (flat * weights.reshape(-1, 1)).T @ flat
    return squares


@final
@attrs.frozen(kw_only=True)
class FitOptions:
    """The options of a fit."""

    #: The coefficient of half the squared weights; 0 for none.
    penalty: float = 0.0
    #: Whether weights must not be negative.
    bounded: bool = False


@final
@attrs.frozen(kw_only=True, eq=False)
class Solution:
    """The weight of each principle of the policy, in log-odds per point."""

    weights: Numbers
    #: Standard errors from the observed information, and clustered by rater; NaN if
    #: there is none.
    errors: Numbers
    clustered_se: Numbers
    #: The fitted principles, in groups with fixed proportions.
    groups: tuple[tuple[int, ...], ...]
    #: The fitted principles that the bound holds at 0.
    at_bound: frozenset[int]


def estimate_weights(design: DesignMatrix, options: FitOptions) -> Solution:
    """Estimate the weights of all principles that the panel identifies.

    Raises:
        PanelError: the panel identifies no weight, or the weights have no finite
            estimate.
    """
    rows = _differences(design)
    groups = identified_groups(rows)
    if options.penalty:
        groups = tuple((n,) for n in np.flatnonzero(rows.any(axis=0)).tolist())
    columns = _columns_for(groups, design.base)
    # The effects within a group can cancel out in every pair.
    moving = np.flatnonzero((rows @ columns).any(axis=0)).tolist()
    if not moving:
        raise PanelError([problem("BE845")])
    groups = tuple(groups[number] for number in moving)
    return _solution(design, rows, columns[:, moving], groups, options)


def estimate_scale(
    design: DesignMatrix, weights: Wholes, options: FitOptions
) -> Numbers:
    """Convert *weights* into log-odds per point by the one factor that fits best."""
    rows, columns = _differences(design), weights[:, None]
    if not (rows @ columns).any():
        return np.zeros(len(weights))
    group = tuple(np.flatnonzero(weights).tolist())
    return _solution(design, rows, columns, (group,), options).weights


def log_likelihood(design: DesignMatrix, weights: Numbers) -> float:
    """Compute the log-likelihood of the orders with *weights* in log-odds per point."""
    if not design.ordered:
        return 0.0
    cost, points = np.zeros((len(weights),) * 2), design.points.astype(float)
    likelihood = OrderLikelihood.of(design.ordered, points, cost)
    return -likelihood.loss(weights)[0]


def _solution(
    design: DesignMatrix,
    rows: Wholes,
    columns: Wholes,
    groups: tuple[tuple[int, ...], ...],
    options: FitOptions,
) -> Solution:
    """Fit one parameter per group; the weights are *columns* times the parameters."""
    if not options.penalty:
        unbounded = _unbounded(rows @ columns, bounded=options.bounded)
        names = [f"`{design.principles[n]}`" for g in unbounded for n in groups[g]]
        if names:
            raise PanelError([problem("BE846", names=", ".join(names))])
    covariates = design.points @ columns.astype(float)
    cost = options.penalty * (columns.T @ columns).astype(float)
    objective = OrderLikelihood.of(design.ordered, covariates, cost)
    best = _minimum(objective, bounded=options.bounded)
    free = best > _AT_ZERO if options.bounded else np.ones(len(best), dtype=bool)
    errors, clustered = _errors(design, objective, best, np.flatnonzero(free))
    shares = np.abs(columns).astype(float)
    return Solution(
        weights=columns @ best,
        errors=shares @ errors,
        clustered_se=shares @ clustered,
        groups=groups,
        at_bound=frozenset(n for g in np.flatnonzero(~free) for n in groups[g]),
    )


def _unbounded(rows: Wholes, *, bounded: bool) -> list[int]:
    """List the parameters without a finite estimate (complete separation).

    *rows* has for each pair of ordered options the utility difference per parameter.
    """
    found: Any = needed("scipy.optimize").linprog(
        -rows.sum(axis=0),
        A_ub=-rows,
        b_ub=np.zeros(len(rows)),
        bounds=[(0 if bounded else -1, 1)] * rows.shape[1],
    )
    if -found.fun < _MOVES:
        return []
    unbounded: list[int] = np.flatnonzero(np.abs(found.x) > _MOVES).tolist()
    return unbounded


def _minimum(objective: OrderLikelihood, *, bounded: bool) -> Numbers:
    """Find the best parameters; those at the bound are exactly 0."""
    start = np.zeros(objective.values.shape[-1])
    search: dict[str, Any] = {
        "method": "trust-exact",
        "hess": objective.hessian,
        "tol": 1e-8,
    }
    if bounded:
        search = {"method": "SLSQP", "bounds": [(0, None)] * len(start), "tol": 1e-15}
    minimize = needed("scipy.optimize").minimize
    best = np.array(minimize(objective.loss, start, jac=True, **search).x, dtype=float)
    if bounded:
        best[best <= _AT_ZERO] = 0.0
    # The gain of one more Newton step shows whether this is the optimum.
    free = np.flatnonzero(best)
    value, gradient = objective.loss(best)
    curve = objective.hessian(best)[np.ix_(free, free)]
    gain = gradient[free] @ np.linalg.solve(curve, gradient[free])
    if gain > _CLOSE * max(1.0, value):
        raise PanelError([problem("BE852")])
    return best


def _errors(
    design: DesignMatrix, objective: OrderLikelihood, best: Numbers, free: Wholes
) -> tuple[Numbers, Numbers]:
    """Compute standard errors of the *free* parameters: from the model, and by rater.

    A penalty biases the parameters toward 0. Neither error includes that bias.
    """
    _, scores, information = objective.at(best)
    seen = information[np.ix_(free, free)]
    bread = np.linalg.inv(seen + objective.cost[np.ix_(free, free)])
    sums = np.zeros((len(design.raters), len(free)))
    for numbers, score in zip(design.ordered.values(), scores, strict=True):
        np.add.at(sums, numbers, score[free])
    raters = int(sums.any(axis=1).sum())
    errors, clustered = np.zeros((2, len(best)))
    errors[free] = np.sqrt(np.diag(bread @ seen @ bread))
    clustered[free] = np.nan
    if raters > 1:
        meat = sums.T @ sums * raters / (raters - 1)
        clustered[free] = np.sqrt(np.diag(bread @ meat @ bread))
    return errors, clustered
