"""Estimate weights with a rank-ordered logit model that treats ties exactly.

A rater chooses one of all the options, then one of the rest, and so on. The odds
of an option are proportional to the exponential of its utility: its points times the
weights of their principles (Beggs, Cardell and Hausman, 1981). The order of options
that share a rank is unknown, so the likelihood is the sum over all their orders (the
exact method of Allison and Christakis, 1994). A tie in last place adds no information.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain, combinations, permutations, product
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.consult import consult
from boundaryethics.errors import PanelError, problem
from boundaryethics.mdd.scores import Ranking, points_by_principle
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.data import Panel, Rating, needed
from boundaryethics.panel.statistics import among
from boundaryethics.ranking import OPTIONS, STATUS_ORDER, ranking_by

Numbers: TypeAlias = npt.NDArray[np.float64]
Wholes: TypeAlias = npt.NDArray[np.int64]
Truths: TypeAlias = npt.NDArray[np.bool_]

#: For the index of a vignette and a ranking, the indices of the raters who gave it.
Orders: TypeAlias = Mapping[tuple[int, Ranking], Sequence[int]]

_MOST = len(OPTIONS)
_COLUMN = {option: number for number, option in enumerate(OPTIONS)}
#: The search has converged if one more step would gain at most this share of the
#: log-likelihood.
_CLOSE = 1e-10
_AT_ZERO = 1e-9
#: Points are integers, so a nonzero effect is larger than this.
_MOVES = 1e-6
#: Separated weights are fixed so that every comparison that they decide has at least
#: these log-odds: its probability is then 1 in floating point.
_CERTAIN = 40.0
_HALF = 0.5
#: The weight of a least-squares equation that must hold exactly.
_EXACT = 1e4


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
        """Return the weights that the policy gives its principles."""
        return np.array([p.weight for p in self.policy.principles], dtype=np.int64)

    @cached_property
    def ordered(self) -> Orders:
        """Return the rankings of allowed options, except rankings with only one rank.

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

    @property
    def informative(self) -> Mapping[int, int]:
        """Return the number of `ordered` rankings for each rater who gave any."""
        return Counter(chain.from_iterable(self.ordered.values()))

    @cached_property
    def points(self) -> Wholes:
        """Return the net points for each vignette, option and principle (S15)."""
        column = {principle: n for n, principle in enumerate(self.principles)}
        added = points_by_principle(self.policy, column)
        points = np.zeros((len(self.verdicts), _MOST, len(column)), dtype=np.int64)
        for number, verdict in enumerate(self.verdicts):
            points[number] = sum(added[rule] for rule in verdict.binding)
        return points

    @cached_property
    def differences(self) -> Wholes:
        """List the differences in points between each option and each lower-ranked one.

        Raises:
            PanelError: no rater ranks one allowed option above another.
        """
        if not self.ordered:
            raise PanelError([problem("BE844.unordered", policy=self.policy.id)])
        points = self.points
        rows = {
            tuple(points[vignette, _COLUMN[a]] - points[vignette, _COLUMN[b]])
            for vignette, ranking in self.ordered
            for upper, lower in combinations(ranking, 2)
            for a, b in product(upper, lower)
        }
        return np.array(sorted(rows), dtype=np.int64).reshape(-1, points.shape[-1])

    def ranked(self, weights: Wholes) -> tuple[Ranking, ...]:
        """Rank each vignette's options by the weighted method with *weights*."""
        totals = (self.points @ -weights).tolist()
        return tuple(
            ranking_by(
                [
                    (STATUS_ORDER[a.status], t)
                    for a, t in zip(v.assessments, of_one, strict=True)
                ]
            )
            for v, of_one in zip(self.verdicts, totals, strict=True)
        )

    def of(self, vignettes: Sequence[int]) -> DesignMatrix:
        """Restrict the matrix to the vignettes with these indices."""
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


def identified_groups(rows: Wholes) -> tuple[tuple[int, ...], ...]:
    """Group the columns whose effects *rows* cannot separate; leave out zero columns.

    Two columns are in one group if the projection onto the row space connects them: the
    rows then identify a sum of their effects, but neither effect alone.
    """
    joined = np.abs(np.linalg.pinv(rows) @ rows) > _MOVES
    graph = needed("scipy.sparse.csgraph")
    _, labels = graph.connected_components(joined, directed=False)
    groups: dict[int, list[int]] = {}
    for column in np.flatnonzero(rows.any(axis=0)).tolist():
        groups.setdefault(int(labels[column]), []).append(column)
    return tuple(map(tuple, groups.values()))


@final
@attrs.frozen(kw_only=True, eq=False)
class OrderLikelihood:
    """The likelihood of a set of orders, with an optional penalty on the parameters.

    An order with ties has one row for each order without ties that agrees with it.
    """

    #: The number of raters who give each order.
    counts: Wholes
    #: For each row, the index of its order.
    order: Wholes
    #: The coefficient for each row, each option from first to last, and each parameter.
    values: Numbers
    #: For each row and rank: whether there is an option, and whether it is a choice.
    #: The options in last place are not chosen.
    present: Truths
    chosen: Truths
    #: The matrix of the quadratic penalty.
    cost: Numbers
    #: For each row and option: the part of the utility that no parameter affects.
    held: Numbers

    @classmethod
    def of(
        cls,
        ordered: Orders,
        covariates: Numbers,
        cost: Numbers,
        held: Numbers | None = None,
    ) -> OrderLikelihood:
        """Build the likelihood from the *covariates* of each vignette and option."""
        rows = [
            (n, vignette, *row)
            for n, (vignette, ranking) in enumerate(ordered)
            for row in _untied(ranking)
        ]
        order, vignette, options, size, taken = map(np.array, zip(*rows, strict=True))
        column = np.arange(_MOST)
        fixed = np.zeros(covariates.shape[:2]) if held is None else held
        return cls(
            counts=np.array([*map(len, ordered.values())]),
            order=order,
            values=covariates[vignette[:, None], options],
            present=column < size[:, None],
            chosen=column < taken[:, None],
            cost=cost,
            held=fixed[vignette[:, None], options],
        )

    def at(self, parameters: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Return each order's log-likelihood and gradient, and the information matrix.

        The matrix is the negative Hessian of the total log-likelihood over all raters.
        None of the three includes the penalty.
        """
        # Sums are logarithms, because the odds of very unequal options would overflow.
        utility = np.where(self.present, self.values @ parameters + self.held, -np.inf)
        from_here = np.logaddexp.accumulate(utility[:, ::-1], axis=1)[:, ::-1]
        rest = np.where(self.chosen, from_here, 0)
        log_of_row = np.where(self.chosen, utility - rest, 0).sum(axis=1)
        # At each choice, the probability of each option among those not yet chosen.
        # Entries of options already chosen could overflow, so they are limited to 1
        # first, and then set to 0.
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
        """Return the penalized loss, which a fit minimizes, and its gradient."""
        log, scores, _ = self.at(parameters)
        slope = self.cost @ parameters
        value = parameters @ slope / 2 - self.counts @ log
        return float(value), slope - self.counts @ scores

    def hessian(self, parameters: Numbers) -> Numbers:
        """Return the second derivatives of the loss."""
        return self.at(parameters)[2] + self.cost


def _untied(ranking: Ranking) -> Iterator[tuple[list[int], int, int]]:
    """Yield each way to break the ties in *ranking*, except for ties in last place.

    Each order comes with the number of its options, and of those above last place.
    """
    *upper, last = ranking
    taken = sum(map(len, upper))
    size = taken + len(last)
    for chosen in product(*(permutations(group) for group in upper)):
        options = [_COLUMN[o] for group in (*chosen, last) for o in group]
        yield options + [0] * (_MOST - size), size, taken


def _squares(numbers: Numbers, weights: npt.NDArray[Any]) -> Numbers:
    """Sum the weighted outer products of each row of *numbers* with itself."""
    flat = numbers.reshape(-1, numbers.shape[-1])
    squares: Numbers = (flat * weights.reshape(-1, 1)).T @ flat
    return squares


@final
@attrs.frozen(kw_only=True)
class FitOptions:
    """The settings for a fit."""

    #: The penalty is half of this times the sum of squared weights; 0 for none.
    penalty: float = 0.0
    #: Whether weights must not be negative.
    bounded: bool = False


@final
@attrs.frozen(kw_only=True, eq=False)
class Identification:
    """The weights that the rankings identify, by maximum likelihood without a penalty.

    A weight is identified if the information matrix determines it. For any weights, the
    null space of that matrix is the null space of the differences in points.
    """

    #: The principles with an effect, in groups that the rankings cannot separate.
    groups: tuple[tuple[int, ...], ...]
    #: For each principle, its component of a direction in which the likelihood keeps
    #: rising; 0 if the principle has a finite estimate.
    direction: Numbers
    #: The principles without a finite estimate.
    separated: frozenset[int]

    @property
    def used(self) -> list[int]:
        """Return the principles with an effect."""
        return sorted(chain.from_iterable(self.groups))


@final
@attrs.frozen(kw_only=True, eq=False)
class Solution:
    """The weight of each principle of the policy, in log-odds per point."""

    #: Separated weights are so far from 0 that they alone decide their comparisons.
    weights: Numbers
    #: The number of parameters that determine the weights: at most the number of
    #: weights.
    parameters: int
    #: Standard errors from the observed information, and clustered by rater; NaN if
    #: there is none. There are none by rater unless raters outnumber parameters.
    errors: Numbers
    clustered_se: Numbers
    #: The principles with a finite estimate.
    fitted: frozenset[int]
    #: The fitted principles whose weights are at the lower bound of 0.
    at_bound: frozenset[int]


def identification(design: DesignMatrix, *, bounded: bool) -> Identification:
    """Find which weights the rankings identify.

    Raises:
        PanelError: the rankings identify no weight.
    """
    rows = design.differences
    if not rows.any():
        raise PanelError([problem("BE845")])
    direction, separated = _separation(rows, bounded=bounded)
    return Identification(
        groups=identified_groups(rows),
        direction=direction,
        separated=frozenset(np.flatnonzero(separated).tolist()),
    )


def estimate_weights(
    design: DesignMatrix, options: FitOptions, found: Identification | None = None
) -> Solution:
    """Estimate the weights of all principles that the panel identifies.

    Without a penalty, separated weights are fixed at their limit, and the others are
    estimated there: the maximum-likelihood estimates in the closure of the model. With
    a penalty, every principle with an effect has an estimate.

    Raises:
        PanelError: the panel identifies no weight, or no weight has a finite estimate.
    """
    rows = design.differences
    if options.penalty:
        if not rows.any():
            raise PanelError([problem("BE845")])
        used = np.flatnonzero(rows.any(axis=0)).tolist()
        columns = _columns(rows, used, options)
        return _solution(design, columns, rows, frozenset(used), options)
    found = found or identification(design, bounded=options.bounded)
    fitted = frozenset(found.used) - found.separated
    if not fitted:
        raise _separated_error(design, found.used)
    rest = rows[np.abs(rows @ found.direction) < _HALF]
    columns = _columns(rest, found.used, options)
    far = found.direction * _CERTAIN
    solution = _solution(design, columns, rest, fitted, options, far)
    weights = solution.weights
    for group in map(list, found.groups):
        if group[1:] and found.separated.isdisjoint(group):
            weights[group] = _near(
                rows[:, group], design.base[group], weights[group], options
            )
    return solution


def _columns(rows: Wholes, used: list[int], options: FitOptions) -> Numbers:
    """Return the matrix that converts parameters into the weights of the principles.

    The parameters span the directions that *rows* identify. In all other directions,
    the weights would depend only on the penalty or, if it is tiny, on rounding errors.
    With bounds, the parameters are the weights themselves.
    """
    columns = np.zeros((rows.shape[1], rows.shape[1]))
    columns[used, used] = 1
    return columns[:, used] if options.bounded else columns @ _row_space(rows)


def _near(rows: Wholes, base: Wholes, weights: Numbers, options: FitOptions) -> Numbers:
    """Of all weights with the effects of *weights*, return those nearest to *base*.

    Nearest means nearest to a multiple of *base*. Weights that are not negative come
    first, because a policy cannot have negative weights.
    """
    effects, size = rows @ weights, len(base)
    exact = _EXACT * np.column_stack([rows, np.zeros(len(rows))])
    near = np.column_stack([np.eye(size), -base])
    for least in (0.0, -np.inf):
        found: Any = needed("scipy.optimize").lsq_linear(
            np.vstack([exact, near]),
            np.concatenate([_EXACT * effects, np.zeros(size)]),
            bounds=([least] * size + [-np.inf], np.inf),
        )
        weights = found.x[:size]
        if options.bounded or np.allclose(rows @ weights, effects, atol=_MOVES):
            break
    return weights


def _separated_error(design: DesignMatrix, principles: Sequence[int]) -> PanelError:
    names = ", ".join(f"`{design.principles[n]}`" for n in principles)
    return PanelError([problem("BE846", names=names)])


def estimate_scale(
    design: DesignMatrix, weights: Wholes, options: FitOptions
) -> Numbers:
    """Convert *weights* into log-odds per point, using the best-fitting factor."""
    columns = weights[:, None].astype(float)
    rows = design.differences
    effects = rows @ columns
    if not effects.any():
        return np.zeros(len(weights))
    group = np.flatnonzero(weights).tolist()
    if not options.penalty and _separation(effects, bounded=options.bounded)[1].any():
        raise _separated_error(design, group)
    return _solution(design, columns, rows, frozenset(group), options).weights


def log_likelihood(design: DesignMatrix, weights: Numbers) -> float:
    """Compute the log-likelihood of the orders with *weights* in log-odds per point."""
    if not design.ordered:
        return 0.0
    cost, points = np.zeros((len(weights),) * 2), design.points.astype(float)
    likelihood = OrderLikelihood.of(design.ordered, points, cost)
    return -likelihood.loss(weights)[0]


def _solution(  # noqa: PLR0917
    design: DesignMatrix,
    columns: Numbers,
    rows: Wholes,
    fitted: frozenset[int],
    options: FitOptions,
    far: Numbers | None = None,
) -> Solution:
    """Fit the parameters. The weights are *columns* times the parameters, plus *far*.

    *rows* are the differences that identify the parameters.
    """
    far = np.zeros(len(columns)) if far is None else far
    objective = OrderLikelihood.of(
        design.ordered,
        design.points @ columns,
        options.penalty * (columns.T @ columns),
        design.points @ far,
    )
    least = -(columns.T @ far) if options.bounded else None
    best, free = _minimum(objective, least)
    kept = columns[:, free]
    basis = _row_space(rows @ kept)
    errors, clustered = _errors(design, objective, best, free, kept @ basis, basis)
    bound = columns[:, ~free].any(axis=1) & ~kept.any(axis=1)
    return Solution(
        weights=columns @ best + far,
        parameters=basis.shape[1],
        errors=errors,
        clustered_se=clustered,
        fitted=fitted,
        at_bound=frozenset(np.flatnonzero(bound).tolist()) & fitted,
    )


def _row_space(rows: npt.NDArray[Any]) -> Numbers:
    """Return an orthonormal basis of the row space of *rows*, as columns."""
    _, sizes, basis = np.linalg.svd(rows.astype(float), full_matrices=False)
    return np.asarray(basis[sizes > _MOVES * sizes[:1].sum()].T)


def _separation(effects: npt.NDArray[Any], *, bounded: bool) -> tuple[Numbers, Truths]:
    """Return the direction of recession, and which parameters have no finite estimate.

    For each pair of ordered options, *effects* has the difference in utility per
    parameter. Along the direction, no difference falls, and as many as possible rise,
    each by at least 1. The direction is 0 if none can rise (Albert and Anderson 1984).
    The pairs whose difference does not rise determine the finite estimates (Geyer
    2009).
    """
    sparse, (pairs, size) = needed("scipy.sparse"), effects.shape
    found: Any = needed("scipy.optimize").linprog(
        np.repeat([0.0, -1.0], [size, pairs]),
        A_ub=sparse.hstack([sparse.csr_array(-effects), sparse.eye_array(pairs)]),
        b_ub=np.zeros(pairs),
        bounds=[(0 if bounded else None, None)] * size + [(0, 1)] * pairs,
    )
    direction = np.array(found.x[:size])
    rises = effects @ direction > _HALF
    if not rises.any():
        return np.zeros(size), np.zeros(size, dtype=bool)
    known, left = (
        (_row_space(rows) ** 2).sum(axis=1) for rows in (effects, effects[~rises])
    )
    separated = left < known - _MOVES
    direction[~separated] = 0.0
    return direction, separated


def _minimum(
    objective: OrderLikelihood, least: Numbers | None
) -> tuple[Numbers, Truths]:
    """Find the best parameters, and which of them are free.

    Parameters that are not free are exactly equal to the bound *least*.
    """
    start = np.zeros(objective.values.shape[-1])
    search: dict[str, Any] = {
        "method": "trust-exact",
        "hess": objective.hessian,
        "tol": 1e-8,
    }
    if least is not None:
        bounds = [(low, None) for low in least.tolist()]
        search = {"method": "SLSQP", "bounds": bounds, "tol": 1e-15}
    minimize = needed("scipy.optimize").minimize
    best = np.array(minimize(objective.loss, start, jac=True, **search).x, dtype=float)
    free = np.full(len(best), fill_value=True)
    if least is not None:
        free = best > least + _AT_ZERO
        best = np.where(free, best, least)
    # The gain from one more Newton step shows whether this is the optimum.
    value, gradient = objective.loss(best)
    curve = objective.hessian(best)[np.ix_(free, free)]
    gain = gradient[free] @ np.linalg.lstsq(curve, gradient[free])[0]
    if gain > _CLOSE * max(1.0, value):
        raise PanelError([problem("BE852")])
    return best, free


def _errors(  # noqa: PLR0917
    design: DesignMatrix,
    objective: OrderLikelihood,
    best: Numbers,
    free: Truths,
    columns: Numbers,
    basis: Numbers,
) -> tuple[Numbers, Numbers]:
    """Compute standard errors of the weights: from the model, and clustered by rater.

    The *basis* spans the identified part of the *free* parameters, and the *columns*
    convert it into weights. A penalty biases the weights toward 0. Neither standard
    error includes this bias. The rank of the rater-clustered variance is at most the
    number of raters, so clustering requires more raters than parameters, and at least
    two.
    """
    _, scores, information = objective.at(best)
    seen = basis.T @ information[np.ix_(free, free)] @ basis
    bread = np.linalg.inv(seen + basis.T @ objective.cost[np.ix_(free, free)] @ basis)
    spread = columns @ bread
    sums = np.zeros((len(design.raters), basis.shape[1]))
    of_orders = scores[:, free] @ basis
    for numbers, score in zip(design.ordered.values(), of_orders, strict=True):
        np.add.at(sums, numbers, score)
    variances = np.maximum(((spread @ seen) * spread).sum(axis=1), 0.0)
    raters = len(design.informative)
    clustered = np.full(len(columns), np.nan)
    if raters > max(1, basis.shape[1]):
        squares = ((sums @ spread.T) ** 2).sum(axis=0)
        clustered = np.sqrt(squares * raters / (raters - 1))
    return np.sqrt(variances), clustered
