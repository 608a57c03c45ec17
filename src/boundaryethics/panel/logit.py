"""Estimate weights by a rank-ordered logit, with exact ties.

A rater takes the first option among all, the next among the rest, and so on, each with
odds proportional to the exponential of its utility: the points for the option times
the weights of their principles (Beggs, Cardell and Hausman, 1981). The order of options
that share a rank is not known: the likelihood is the sum over all orders of them (the
exact method of Allison and Christakis, 1994). A tie says that its options stand above
those below, and nothing of their own order; a tie at the end says nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from boundaryethics.model.rules import Pull
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.data import Panel, Rating, Vignette, needed
from boundaryethics.panel.statistics import among
from boundaryethics.ranking import HEIGHT, OPTIONS, ranking_by

Numbers: TypeAlias = npt.NDArray[np.float64]
Wholes: TypeAlias = npt.NDArray[np.int64]
Truths: TypeAlias = npt.NDArray[np.bool_]

_MOST = len(OPTIONS)
_COLUMN = {option: number for number, option in enumerate(OPTIONS)}
#: What a further step of the search may still gain, as a share of the log-likelihood.
_CLOSE = 1e-10
_AT_ZERO = 1e-9
#: Points are integers, so that a direction moves far more than this, or nothing.
_MOVES = 1e-6


# The data: points for and against each option, and the orders that raters give.


@final
@attrs.frozen(kw_only=True)
class RaterOrder:
    """An order of open options in one vignette, and who gives it."""

    #: The number of the vignette.
    vignette: int
    #: Two places or more. Options that the policy requires or forbids are left out:
    #: weights cannot move them.
    ranking: Ranking
    #: The numbers of the raters.
    raters: tuple[int, ...]


@final
@attrs.frozen(kw_only=True, eq=False)
class DesignMatrix:
    """A policy's points for the options of the vignettes that a panel rated."""

    policy: Policy
    raters: tuple[str, ...]
    vignettes: tuple[Vignette, ...]
    #: The ratings of each vignette.
    ratings: tuple[tuple[Rating, ...], ...]
    #: The policy's own rankings.
    rankings: tuple[Ranking, ...]
    #: For each vignette and option 0 where required, 1 where open, 2 where forbidden.
    heights: Wholes
    #: For each vignette, option and principle the points for, less those against.
    points: Wholes

    @property
    def principles(self) -> tuple[str, ...]:
        """The policy's principles, in order."""
        return tuple(principle.id for principle in self.policy.principles)

    @property
    def base(self) -> Wholes:
        """Their weights in the policy."""
        return np.array([p.weight for p in self.policy.principles], dtype=np.int64)

    @cached_property
    def ordered(self) -> tuple[RaterOrder, ...]:
        """The orders that raters give of open options, in two places or more."""
        number = {rater: n for n, rater in enumerate(self.raters)}
        by: dict[tuple[int, Ranking], list[int]] = {}
        for vignette, ratings in enumerate(self.ratings):
            is_open = self.heights[vignette] == 1
            opened = [o for o, free in zip(OPTIONS, is_open, strict=True) if free]
            for rating in ratings:
                ranking = among(rating.ranking, opened)
                if len(ranking) > 1:
                    raters = by.setdefault((vignette, ranking), [])
                    raters.append(number[rating.rater])
        return tuple(
            RaterOrder(vignette=vignette, ranking=ranking, raters=tuple(numbers))
            for (vignette, ranking), numbers in by.items()
        )

    def ranked(self, weights: Wholes) -> tuple[Ranking, ...]:
        """Rank each vignette by the weighted method with integer *weights*."""
        totals = self.points @ weights
        return tuple(
            ranking_by([*zip(heights.tolist(), (-of_one).tolist(), strict=True)])
            for heights, of_one in zip(self.heights, totals, strict=True)
        )

    def of(self, vignettes: Sequence[int]) -> DesignMatrix:
        """Reduce the matrix to some of the vignettes."""
        return attrs.evolve(
            self,
            vignettes=tuple(self.vignettes[n] for n in vignettes),
            ratings=tuple(self.ratings[n] for n in vignettes),
            rankings=tuple(self.rankings[n] for n in vignettes),
            heights=self.heights[list(vignettes)],
            points=self.points[list(vignettes)],
        )


def design_matrix(panel: Panel, policy: Policy) -> DesignMatrix:
    """Compute the points of *policy* for the vignettes that *panel* rated."""
    verdicts = [consult(one.situation, policy) for one in panel.rated]
    heights = [[HEIGHT[one.status] for one in v.assessments] for v in verdicts]
    points = [_points(verdict) for verdict in verdicts]
    shape = (-1, _MOST, len(policy.principles))
    return DesignMatrix(
        policy=policy,
        raters=panel.raters,
        vignettes=panel.rated,
        ratings=tuple(panel.on[one.id] for one in panel.rated),
        rankings=tuple(verdict.ranking for verdict in verdicts),
        heights=np.array(heights).reshape(-1, _MOST),
        points=np.array(points, np.int64).reshape(shape),
    )


def _points(verdict: Verdict) -> Wholes:
    """Add up for each option and principle the net points of the strengths (S15)."""
    policy = verdict.policy
    points_of = dict(policy.method.points)
    column = {principle.id: n for n, principle in enumerate(policy.principles)}
    points = np.zeros((_MOST, len(column)), dtype=np.int64)
    for row, assessment in enumerate(verdict.assessments):
        for reason in assessment.reasons:
            if reason.strength is not None:
                net = points_of[reason.strength]
                net = -net if reason.pull is Pull.OPPOSES else net
                points[row, column[reason.principle]] += net
    return points


# Which weights the orders identify. Two principles that always pull alike cannot be
# told apart: only the policy says how they share their effect, so their weights move
# together, in the proportion that they have in the policy.


def _differences(design: DesignMatrix) -> Wholes:
    """List the points of an option less those of one below it, for all such pairs."""
    points = design.points
    rows = {
        tuple(points[one.vignette, _COLUMN[a]] - points[one.vignette, _COLUMN[b]])
        for one in design.ordered
        for upper, lower in combinations(one.ranking, 2)
        for a, b in product(upper, lower)
    }
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, points.shape[-1])


def identified_groups(rows: Wholes) -> tuple[tuple[int, ...], ...]:
    """Group the columns that *rows* do not tell apart; leave out those always 0.

    The projection onto the row space joins two columns just where the rows identify a
    sum of their directions, and neither alone.
    """
    joined = np.abs(np.linalg.pinv(rows) @ rows) > _MOVES
    graph = needed("scipy.sparse.csgraph")
    _, labels = graph.connected_components(joined, directed=False)
    groups: dict[int, list[int]] = {}
    for column in np.flatnonzero(rows.any(axis=0)).tolist():
        groups.setdefault(int(labels[column]), []).append(column)
    return tuple(map(tuple, groups.values()))


def _columns_for(groups: Sequence[Sequence[int]], base: Wholes) -> Wholes:
    """Give what each group's parameter adds to each weight: 1, or its *base* weight.

    A group whose principles all weigh nothing in *base* moves them alike.
    """
    columns = np.zeros((len(base), len(groups)), dtype=np.int64)
    for number, group in enumerate(groups):
        shares = base[list(group)]
        alone = len(group) == 1 or not shares.any()
        columns[list(group), number] = 1 if alone else shares
    return columns


# The likelihood.


@final
@attrs.frozen(kw_only=True, eq=False)
class OrderRows:
    """Orders without ties, a row each; several rows for an order with ties."""

    #: Of each row: the number of the order, and of its vignette.
    of: Wholes
    vignette: Wholes
    #: The options from first to last; 0 where there are no more.
    options: Wholes
    #: Where there is an option, and where it was taken before the rest.
    there: Truths
    taken: Truths


@final
@attrs.frozen(kw_only=True, eq=False)
class Likelihood:
    """How likely some orders are, and how that changes with the parameters."""

    #: The logarithm, of each order.
    log: Numbers
    #: Its gradient, of each order.
    scores: Numbers
    #: Minus its Hessian, all orders added up, each by how many raters give it.
    information: Numbers


def order_rows(ordered: Sequence[RaterOrder]) -> OrderRows:
    """List the rows for *ordered*."""
    rows = [
        (n, one.vignette, *row)
        for n, one in enumerate(ordered)
        for row in _untied(one.ranking)
    ]
    of, vignette, options, size, taken = map(np.array, zip(*rows, strict=True))
    column = np.arange(_MOST)
    return OrderRows(
        of=of,
        vignette=vignette,
        options=options,
        there=column < size[:, None],
        taken=column < taken[:, None],
    )


def _untied(ranking: Ranking) -> Iterator[tuple[list[int], int, int]]:
    """Yield each order without ties that *ranking* leaves open, but for its last place.

    With it come how many options it has, and how many stand above the last place.
    """
    *upper, last = ranking
    taken = sum(map(len, upper))
    size = taken + len(last)
    for chosen in product(*(permutations(group) for group in upper)):
        options = [_COLUMN[o] for group in (*chosen, last) for o in group]
        yield options + [0] * (_MOST - size), size, taken


def likelihood(
    rows: OrderRows, counts: Wholes, covariates: Numbers, parameters: Numbers
) -> Likelihood:
    """Compute how likely the orders are.

    Args:
        rows: the orders.
        counts: of each order, how many raters give it.
        covariates: for each vignette, option and parameter what it multiplies.
        parameters: the parameters.
    """
    values = covariates[rows.vignette[:, None], rows.options]
    log, chances = _chances(rows, values @ parameters)
    means = chances @ values
    slopes = (rows.taken[..., None] * values - means).sum(axis=1)
    log_of_each = np.full(len(counts), -np.inf)
    np.logaddexp.at(log_of_each, rows.of, log)
    part = np.exp(log - log_of_each[rows.of])
    scores = np.zeros((len(counts), len(parameters)))
    np.add.at(scores, rows.of, part[:, None] * slopes)
    weight = part * counts[rows.of]
    return Likelihood(
        log=log_of_each,
        scores=scores,
        information=_squares(values, weight[:, None] * chances.sum(axis=1))
        - _squares(means, np.repeat(weight[:, None], _MOST, axis=1))
        - _squares(slopes, weight)
        + _squares(scores, counts),
    )


def _chances(rows: OrderRows, utility: Numbers) -> tuple[Numbers, Numbers]:
    """Compute each row's log-likelihood, and the chance of each option at each choice.

    A choice is from the option that was taken and all that follow it. Sums stay
    logarithms: odds of options that lie far apart overflow.
    """
    shown = np.where(rows.there, utility, -np.inf)
    from_here = np.logaddexp.accumulate(shown[:, ::-1], axis=1)[:, ::-1]
    rest = np.where(rows.taken, from_here, 0)
    log = np.where(rows.taken, shown - rest, 0).sum(axis=1)
    # An option that was taken before may be likelier than all the rest: it is no
    # longer among the choices.
    chances = np.exp(np.minimum(shown[:, None, :] - rest[:, :, None], 0))
    return log, np.triu(chances) * rows.taken[..., None]


def _squares(numbers: Numbers, weights: npt.NDArray[Any]) -> Numbers:
    """Add up the outer squares of *numbers*, each with its weight."""
    flat = numbers.reshape(-1, numbers.shape[-1])
    squares: Numbers = (flat * weights.reshape(-1, 1)).T @ flat
    return squares


# The estimate.


@final
@attrs.frozen(kw_only=True)
class FitOptions:
    """How weights are fitted."""

    #: What half the square of each weight costs; 0 for none.
    penalty: float = 0.0
    #: Whether no weight may be below 0.
    bounded: bool = False


@final
@attrs.frozen(kw_only=True, eq=False)
class Solution:
    """Weights in logits a point, for each principle of the policy."""

    weights: Numbers
    #: Standard errors by the observed information, and with raters as clusters; NaN
    #: where there is none.
    errors: Numbers
    clustered_se: Numbers
    #: The principles that were fitted, in groups that move together.
    groups: tuple[tuple[int, ...], ...]
    #: The fitted principles that the bound holds at 0.
    at_bound: frozenset[int]
    log: float


@final
@attrs.frozen(kw_only=True, eq=False)
class _Objective:
    """The penalized likelihood that a fit maximizes."""

    rows: OrderRows
    #: Of each order, how many raters give it.
    counts: Wholes
    #: For each vignette, option and parameter what it multiplies.
    covariates: Numbers
    #: What the squares of the parameters cost.
    cost: Numbers

    @classmethod
    def of(cls, design: DesignMatrix, columns: Wholes, penalty: float) -> _Objective:
        """Make the objective whose weights are *columns* times the parameters."""
        return cls(
            rows=order_rows(design.ordered),
            counts=np.array([len(one.raters) for one in design.ordered]),
            covariates=design.points @ columns.astype(float),
            cost=penalty * (columns.T @ columns).astype(float),
        )

    def at(self, parameters: Numbers) -> Likelihood:
        """Compute the likelihood, without the penalty."""
        return likelihood(self.rows, self.counts, self.covariates, parameters)

    def log(self, parameters: Numbers) -> float:
        """Compute the log-likelihood of all raters, without the penalty."""
        return float(self.counts @ self.at(parameters).log)

    def loss(self, parameters: Numbers) -> tuple[float, Numbers]:
        """Compute what a search minimizes, and its gradient."""
        now, paid = self.at(parameters), self.cost @ parameters
        value = parameters @ paid / 2 - self.counts @ now.log
        return float(value), paid - self.counts @ now.scores

    def hessian(self, parameters: Numbers) -> Numbers:
        """Compute the second derivatives of the loss."""
        return self.at(parameters).information + self.cost


def estimate_weights(design: DesignMatrix, options: FitOptions) -> Solution:
    """Estimate the weights of all principles that the panel identifies.

    Raises:
        PanelError: the panel identifies none, or no weights are best.
    """
    _refuse_unordered(design)
    rows = _differences(design)
    groups = identified_groups(rows)
    if options.penalty:
        groups = tuple((n,) for n in np.flatnonzero(rows.any(axis=0)).tolist())
    columns = _columns_for(groups, design.base)
    # Shares of a group can cancel out in all that was seen.
    moving = np.flatnonzero((rows @ columns).any(axis=0)).tolist()
    if not moving:
        raise PanelError([problem("BE845")])
    moved = tuple(groups[number] for number in moving)
    return _solution(design, columns[:, moving], moved, options)


def estimate_scale(
    design: DesignMatrix, weights: Wholes, options: FitOptions
) -> Numbers:
    """Turn *weights* into logits a point, by the one factor that fits best.

    Raises:
        PanelError: no factor is best.
    """
    _refuse_unordered(design)
    columns = weights[:, None]
    if not (_differences(design) @ columns).any():
        return np.zeros(len(weights))
    group = tuple(np.flatnonzero(weights).tolist())
    return _solution(design, columns, (group,), options).weights


def log_likelihood(design: DesignMatrix, weights: Numbers) -> float:
    """Compute how likely the orders are with *weights* in logits a point."""
    if not design.ordered:
        return 0.0
    each = np.eye(len(weights), dtype=np.int64)
    return _Objective.of(design, each, penalty=0.0).log(weights)


def _solution(
    design: DesignMatrix,
    columns: Wholes,
    groups: tuple[tuple[int, ...], ...],
    options: FitOptions,
) -> Solution:
    """Fit a parameter for each of *groups*, whose weights are *columns* times them."""
    if not options.penalty:
        rows = _differences(design) @ columns
        unbounded = _unbounded(rows, bounded=options.bounded)
        names = [f"`{design.principles[n]}`" for g in unbounded for n in groups[g]]
        if names:
            raise PanelError([problem("BE846", names=", ".join(names))])
    objective = _Objective.of(design, columns, options.penalty)
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
        log=objective.log(best),
    )


def _unbounded(rows: Wholes, *, bounded: bool) -> list[int]:
    """List the parameters without a best value: more is always likelier, or less is.

    *rows* has for each pair of options in order what each parameter adds to the upper
    more than to the lower.
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


def _minimum(objective: _Objective, *, bounded: bool) -> Numbers:
    """Find the best parameters; exactly 0 where the bound holds them."""
    start = np.zeros(objective.covariates.shape[-1])
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
    # The gain of one more step by Newton's method shows whether this is the optimum.
    free = np.flatnonzero(best)
    value, gradient = objective.loss(best)
    curve = objective.hessian(best)[np.ix_(free, free)]
    gain = gradient[free] @ np.linalg.solve(curve, gradient[free])
    if gain > _CLOSE * max(1.0, value):
        raise PanelError([problem("BE852")])
    return best


def _errors(
    design: DesignMatrix, objective: _Objective, best: Numbers, free: Wholes
) -> tuple[Numbers, Numbers]:
    """Compute standard errors of the *free* parameters: of the model, and by raters.

    A penalty biases the parameters towards 0; neither error includes that bias.
    """
    now = objective.at(best)
    seen = now.information[np.ix_(free, free)]
    bread = np.linalg.inv(seen + objective.cost[np.ix_(free, free)])
    sums = np.zeros((len(design.raters), len(free)))
    for one, score in zip(design.ordered, now.scores, strict=True):
        np.add.at(sums, list(one.raters), score[free])
    raters = int(sums.any(axis=1).sum())
    errors, clustered = np.zeros((2, len(best)))
    errors[free] = np.sqrt(np.diag(bread @ seen @ bread))
    clustered[free] = np.nan
    if raters > 1:
        meat = sums.T @ sums * raters / (raters - 1)
        clustered[free] = np.sqrt(np.diag(bread @ meat @ bread))
    return errors, clustered


def _refuse_unordered(design: DesignMatrix) -> None:
    if not design.ordered:
        raise PanelError([problem("BE844.unordered", policy=design.policy.id)])
