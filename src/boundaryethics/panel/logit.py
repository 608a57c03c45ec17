"""Estimate weights by a rank-ordered logit, ties counted exactly.

A rater takes the first option among all, the next among the rest, and so on, each
with odds that grow with the exponential of its worth (Beggs, Cardell and Hausman,
1981): the points for an option times the weights of their principles. Of options that
share a place the order is not known: the likelihood is the sum over all orders of them
(the exact method of Allison and Christakis, 1994). So a tie says that its options stand
above what follows, and nothing of their own order; a tie at the end says nothing more.
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
from boundaryethics.errors import PanelError, Problem
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
_TWO = 2
#: What a further step of the search may still gain, as a share of the log-likelihood.
_CLOSE = 1e-10
_AT_ZERO = 1e-9
#: The points are whole, so that a direction moves far more than this, or nothing.
_MOVES = 1e-6


# The data: points for and against each option, and the orders that raters give.


@final
@attrs.frozen(kw_only=True)
class RaterOrder:
    """An order of open options in one vignette, and who gives it."""

    #: The number of the vignette.
    vignette: int
    #: Two places or more; weights cannot lift an option over another standing, so
    #: what is required or forbidden is left out.
    ranking: Ranking
    #: The numbers of the raters.
    raters: tuple[int, ...]


@final
@attrs.frozen(kw_only=True, eq=False)
class DesignMatrix:
    """A policy's points for what a panel rated."""

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
        """The orders that raters give of open options; those of one place left out."""
        number = {rater: n for n, rater in enumerate(self.raters)}
        by: dict[tuple[int, Ranking], list[int]] = {}
        for vignette, ratings in enumerate(self.ratings):
            is_open = self.heights[vignette] == 1
            opened = [o for o, free in zip(OPTIONS, is_open, strict=True) if free]
            for rating in ratings:
                ranking = among(rating.ranking, opened)
                if len(ranking) > 1:
                    key = vignette, ranking
                    by.setdefault(key, []).append(number[rating.rater])
        return tuple(
            RaterOrder(vignette=vignette, ranking=ranking, raters=tuple(raters))
            for (vignette, ranking), raters in by.items()
        )

    def ranked(self, weights: Wholes) -> tuple[Ranking, ...]:
        """The ranking of each vignette by the weighted method with whole *weights*."""
        totals = self.points @ weights
        return tuple(
            ranking_by([*zip(heights.tolist(), (-of_one).tolist(), strict=True)])
            for heights, of_one in zip(self.heights, totals, strict=True)
        )

    def of(self, vignettes: Sequence[int]) -> DesignMatrix:
        """The same for some of the vignettes."""
        return attrs.evolve(
            self,
            vignettes=tuple(self.vignettes[n] for n in vignettes),
            ratings=tuple(self.ratings[n] for n in vignettes),
            rankings=tuple(self.rankings[n] for n in vignettes),
            heights=self.heights[list(vignettes)],
            points=self.points[list(vignettes)],
        )


def weighing_of(panel: Panel, policy: Policy) -> DesignMatrix:
    """What *policy* says of the vignettes that *panel* rated, in points.

    Raises:
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy is abstract.
    """
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
    """For each option and principle the net points of the strengths (S15)."""
    policy = verdict.policy
    worth = dict(policy.method.points)
    column = {principle.id: n for n, principle in enumerate(policy.principles)}
    points = np.zeros((_MOST, len(column)), dtype=np.int64)
    for row, assessment in enumerate(verdict.assessments):
        for reason in assessment.reasons:
            if reason.strength is not None:
                sign = -1 if reason.pull is Pull.OPPOSES else 1
                points[row, column[reason.principle]] += sign * worth[reason.strength]
    return points


# Which weights the orders can tell. Two principles that always pull alike cannot be
# told apart: nothing but the policy says how they share what they pull, so their
# weights move together, as they stand in the policy.


def _differences(weighing: DesignMatrix) -> Wholes:
    """The points of an option less those of one below it, for all such pairs."""
    points = weighing.points
    rows = {
        tuple(points[one.vignette, _COLUMN[a]] - points[one.vignette, _COLUMN[b]])
        for one in weighing.ordered
        for upper, lower in combinations(one.ranking, 2)
        for a, b in product(upper, lower)
    }
    return np.array(sorted(rows), dtype=np.int64).reshape(-1, points.shape[-1])


def told_apart(rows: Wholes) -> tuple[tuple[int, ...], ...]:
    """Columns in groups that *rows* tell apart; those that are always 0 in none.

    The projection onto what the rows span joins two columns just where a sum of the
    rows' directions, and no single column, is told.
    """
    joined = np.abs(np.linalg.pinv(rows) @ rows) > _MOVES
    graph = needed("scipy.sparse.csgraph")
    _, labels = graph.connected_components(joined, directed=False)
    groups: dict[int, list[int]] = {}
    for column in np.flatnonzero(rows.any(axis=0)).tolist():
        groups.setdefault(int(labels[column]), []).append(column)
    return tuple(map(tuple, groups.values()))


def _columns_for(groups: Sequence[Sequence[int]], base: Wholes) -> Wholes:
    """What each group's parameter adds to each weight: 1, or the weights in *base*.

    A group whose principles weigh nothing in *base* moves them alike.
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
    """Orders without ties, a row each; several rows for what is ordered with ties."""

    #: Of each row: the number of what was ordered, and of its vignette.
    of: Wholes
    vignette: Wholes
    #: The options from first to last; 0 where there are no more.
    options: Wholes
    #: Where there is an option, and where it was taken before the rest.
    there: Numbers
    taken: Numbers


@final
@attrs.frozen(kw_only=True, eq=False)
class Likelihood:
    """How likely some orders are, and how that changes with the parameters."""

    #: The logarithm, of each order.
    log: Numbers
    #: Its slope, of each order.
    scores: Numbers
    #: Minus its curvature, all orders added up, each by how many give it.
    information: Numbers


def lines_of(ordered: Sequence[RaterOrder]) -> OrderRows:
    """The rows for *ordered*."""
    rows = [
        (n, one.vignette, *row)
        for n, one in enumerate(ordered)
        for row in _rows(one.ranking)
    ]
    of, vignette, options, there, taken = zip(*rows, strict=True)
    return OrderRows(
        of=np.array(of),
        vignette=np.array(vignette),
        options=np.array(options),
        there=np.array(there, dtype=float),
        taken=np.array(taken, dtype=float),
    )


def _rows(ranking: Ranking) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Each order without ties that *ranking* leaves open, but for its last place."""
    *upper, last = ranking
    taken = sum(map(len, upper))
    size = taken + len(last)
    for chosen in product(*(permutations(group) for group in upper)):
        options = [o for group in (*chosen, last) for o in group]
        padded = [_COLUMN[option] for option in options] + [0] * (_MOST - size)
        yield padded, _ones(size), _ones(taken)


def _ones(count: int) -> list[int]:
    return [1] * count + [0] * (_MOST - count)


def likelihood(
    lines: OrderRows, counts: Wholes, covariates: Numbers, parameters: Numbers
) -> Likelihood:
    """How likely the orders are.

    Args:
        lines: the orders.
        counts: of each order, how many give it.
        covariates: for each vignette, option and parameter what it multiplies.
        parameters: the parameters.
    """
    worth = covariates[lines.vignette[:, None], lines.options]
    log, chances = _chances(lines, worth @ parameters)
    means = chances @ worth
    slope = (lines.taken[..., None] * worth - means).sum(axis=1)
    of_each, part = _joined(log, lines.of, len(counts))
    scores = np.zeros((len(counts), len(parameters)))
    np.add.at(scores, lines.of, part[:, None] * slope)
    weight = part * counts[lines.of]
    spread = weight[:, None] * chances.sum(axis=1)
    return Likelihood(
        log=of_each,
        scores=scores,
        information=_squares(worth, spread)
        - _squares(means, np.repeat(weight[:, None], _MOST, axis=1))
        - _squares(slope[:, None], weight[:, None])
        + _squares(scores[:, None], counts[:, None].astype(float)),
    )


def _chances(lines: OrderRows, worth: Numbers) -> tuple[Numbers, Numbers]:
    """How likely each row is, as a logarithm, and of each of its choices every option.

    What is chosen from is the option that was taken, and all that follow it. Sums are
    kept as logarithms: odds of options that lie far apart have no room in a number.
    """
    shown = np.where(lines.there > 0, worth, -np.inf)
    from_here = np.logaddexp.accumulate(shown[:, ::-1], axis=1)[:, ::-1]
    rest = np.where(lines.taken > 0, from_here, 0)
    log = np.where(lines.taken > 0, shown - rest, 0).sum(axis=1)
    # What comes before may be likelier than all that is left: it has no chance there.
    chances = np.exp(np.minimum(shown[:, None, :] - rest[:, :, None], 0))
    return log, np.triu(chances) * lines.taken[..., None]


def _joined(log: Numbers, of: Wholes, orders: int) -> tuple[Numbers, Numbers]:
    """The logarithm of the sum over the rows of an order, and each row's part in it."""
    highest = np.full(orders, -np.inf)
    np.maximum.at(highest, of, log)
    sums = np.zeros(orders)
    np.add.at(sums, of, np.exp(log - highest[of]))
    joined: Numbers = highest + np.log(sums)
    return joined, np.exp(log - joined[of])


def _squares(numbers: Numbers, weights: Numbers) -> Numbers:
    """The sum of the outer squares of *numbers*, each with its weight."""
    flat = numbers.reshape(-1, numbers.shape[-1])
    squares: Numbers = (flat * weights.reshape(-1, 1)).T @ flat
    return squares


# The estimate.


@final
@attrs.frozen(kw_only=True)
class Terms:
    """On what terms weights are fitted."""

    #: What half the square of each weight costs; 0 for none.
    penalty: float = 0.0
    #: Whether no weight may be below 0.
    bounded: bool = False


@final
@attrs.frozen(kw_only=True, eq=False)
class Solution:
    """Weights in logits a point, for each principle of the policy."""

    weights: Numbers
    #: Standard errors by the observed information, and allowing for that orders of
    #: one rater are alike; not a number where there is none.
    errors: Numbers
    clustered_se: Numbers
    #: The principles that were fitted, in groups that move together.
    groups: tuple[tuple[int, ...], ...]
    #: The fitted principles that the bound holds at 0.
    held: frozenset[int]
    log: float


@final
@attrs.frozen(kw_only=True, eq=False)
class _Question:
    """What is to be made likeliest."""

    lines: OrderRows
    #: Of each order, how many give it.
    counts: Wholes
    #: For each vignette, option and parameter what it multiplies.
    covariates: Numbers
    #: What the squares of the parameters cost.
    cost: Numbers
    #: Whether no parameter may be below 0.
    bounded: bool

    @classmethod
    def of(cls, weighing: DesignMatrix, columns: Wholes, terms: Terms) -> _Question:
        """What makes *columns* times the parameters the likeliest weights."""
        ordered = weighing.ordered
        return cls(
            lines=lines_of(ordered),
            counts=np.array([len(one.raters) for one in ordered]),
            covariates=weighing.points @ columns.astype(float),
            cost=terms.penalty * (columns.T @ columns).astype(float),
            bounded=terms.bounded,
        )

    def at(self, parameters: Numbers) -> Likelihood:
        """How likely the orders are."""
        return likelihood(self.lines, self.counts, self.covariates, parameters)


def solved(weighing: DesignMatrix, terms: Terms) -> Solution:
    """The weights of all principles that the panel can tell.

    Raises:
        PanelError: the panel can tell none, or there are no best ones.
    """
    _refuse_unordered(weighing)
    rows = _differences(weighing)
    groups = told_apart(rows)
    if terms.penalty:
        groups = tuple((n,) for n in np.flatnonzero(rows.any(axis=0)).tolist())
    columns = _columns_for(groups, weighing.base)
    # Shares of a group can cancel out in all that was seen.
    moving = np.flatnonzero((rows @ columns).any(axis=0)).tolist()
    if not moving:
        raise PanelError([_untold()])
    moved = tuple(groups[number] for number in moving)
    return _found(weighing, columns[:, moving], moved, terms)


def slope(weighing: DesignMatrix, weights: Wholes, terms: Terms) -> Numbers:
    """*weights* in logits a point, by the one factor that fits best.

    Raises:
        PanelError: there is no best one.
    """
    _refuse_unordered(weighing)
    columns = weights[:, None]
    if not (_differences(weighing) @ columns).any():
        return np.zeros(len(weights))
    group = tuple(np.flatnonzero(weights).tolist())
    return _found(weighing, columns, (group,), terms).weights


def log_likelihood(weighing: DesignMatrix, weights: Numbers) -> float:
    """How likely the orders are with *weights* in logits a point."""
    if not weighing.ordered:
        return 0.0
    question = _Question.of(weighing, np.eye(len(weights), dtype=np.int64), Terms())
    return float(question.counts @ question.at(weights).log)


def _found(
    weighing: DesignMatrix,
    columns: Wholes,
    groups: tuple[tuple[int, ...], ...],
    terms: Terms,
) -> Solution:
    if not terms.penalty:
        rows = _differences(weighing) @ columns
        away = _runaways(rows, bounded=terms.bounded)
        if away:
            names = [weighing.principles[n] for g in away for n in groups[g]]
            raise PanelError([_runaway(names)])
    question = _Question.of(weighing, columns, terms)
    best = _best(question)
    free = best > _AT_ZERO if terms.bounded else np.ones(len(best), dtype=bool)
    now = question.at(best)
    errors, robust = _errors(weighing, question, now, free)
    shares = np.abs(columns).astype(float)
    return Solution(
        weights=columns @ best,
        errors=shares @ errors,
        clustered_se=shares @ robust,
        groups=groups,
        held=frozenset(n for g in np.flatnonzero(~free) for n in groups[g]),
        log=float(question.counts @ now.log),
    )


def _runaways(rows: Wholes, *, bounded: bool) -> tuple[int, ...]:
    """The parameters that have no best value: more is always likelier, or less is.

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
        return ()
    return tuple(np.flatnonzero(np.abs(found.x) > _MOVES).tolist())


def _best(question: _Question) -> Numbers:
    """The parameters that answer *question*; exactly 0 where the bound holds them."""
    counts, cost = question.counts, question.cost
    count = question.covariates.shape[-1]

    def down(parameters: Numbers) -> tuple[float, Numbers]:
        now, paid = question.at(parameters), cost @ parameters
        value = counts @ now.log - parameters @ paid / 2
        return -float(value), paid - counts @ now.scores

    def curve(parameters: Numbers) -> Numbers:
        return question.at(parameters).information + cost

    search: dict[str, Any] = {"method": "trust-exact", "hess": curve, "tol": 1e-8}
    if question.bounded:
        search = {"method": "SLSQP", "bounds": [(0, None)] * count, "tol": 1e-15}
    minimize = needed("scipy.optimize").minimize
    best = np.array(minimize(down, np.zeros(count), jac=True, **search).x, dtype=float)
    if question.bounded:
        best[best <= _AT_ZERO] = 0.0
    # How much one more of Newton's steps would gain tells whether this is the top.
    free = np.flatnonzero(best)
    value, left = down(best)
    gain = left[free] @ np.linalg.solve(curve(best)[np.ix_(free, free)], left[free])
    if gain > _CLOSE * max(1.0, value):
        raise PanelError([_endless()])
    return best


def _errors(
    weighing: DesignMatrix, question: _Question, now: Likelihood, moves: Truths
) -> tuple[Numbers, Numbers]:
    """Standard errors of the parameters: of the model, and by raters.

    A penalty pulls towards 0: both tell how the pulled weights vary, and nothing of
    how far they were pulled.
    """
    free = np.flatnonzero(moves)
    seen = now.information[np.ix_(free, free)]
    bread = np.linalg.inv(seen + question.cost[np.ix_(free, free)])
    sums = np.zeros((len(weighing.raters), len(free)))
    for one, score in zip(weighing.ordered, now.scores, strict=True):
        np.add.at(sums, list(one.raters), score[free])
    raters = int(sums.any(axis=1).sum())
    errors, robust = np.zeros((2, len(moves)))
    errors[free] = np.sqrt(np.diag(bread @ seen @ bread))
    robust[free] = np.nan
    if raters >= _TWO:
        meat = sums.T @ sums * raters / (raters - 1)
        robust[free] = np.sqrt(np.diag(bread @ meat @ bread))
    return errors, robust


def _refuse_unordered(weighing: DesignMatrix) -> None:
    if not weighing.ordered:
        message = (
            "no rater puts one open option above another: what policy "
            f"`{weighing.policy.id}` requires or forbids is not weighed"
        )
        advice = "rate vignettes in which two options or more are open"
        raise PanelError([Problem(code="BE844", message=message, help=advice)])


def _untold() -> Problem:
    return Problem(
        code="BE845",
        message="no weight can be told: in no vignette does a principle speak "
        "otherwise of one option than of another",
        help="rate vignettes in which rules of the policy bind",
    )


def _runaway(names: list[str]) -> Problem:
    listed = ", ".join(f"`{name}`" for name in names)
    return Problem(
        code="BE846",
        message=f"there is no best weight of {listed}: the raters never go against "
        "what these would give, so that more is always likelier",
        help="ask for a ridge with `penalty`, such as 0.1, or rate vignettes on which "
        "raters part",
    )


def _endless() -> Problem:
    return Problem(
        code="BE852",
        message="the search for the best weights does not end",
        help="ask for a ridge with `penalty`, such as 0.1",
    )
