"""Solve for weights: orders and points in, a weight for each principle out."""

from __future__ import annotations

from typing import final

import attrs
import numpy as np

from boundaryethics.errors import PanelError, Problem
from boundaryethics.panel.identifying import columns_for, differences, told_apart
from boundaryethics.panel.likelihood import Numbers, Wholes, lines_of
from boundaryethics.panel.maximising import Best, Question, best, runaways
from boundaryethics.panel.points import Ordered, Weighing

_TWO = 2


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
    robust: Numbers
    #: The principles that were fitted, in groups that move together.
    groups: tuple[tuple[int, ...], ...]
    #: The fitted principles that the bound holds at 0.
    held: frozenset[int]
    log: float


def solved(weighing: Weighing, terms: Terms) -> Solution:
    """The weights of all principles that the panel can tell.

    Raises:
        PanelError: the panel can tell none, or there are no best ones.
    """
    ordered = _ordered(weighing)
    rows = differences(ordered, weighing.points)
    groups = told_apart(rows)
    if terms.penalty:
        groups = tuple((n,) for n in np.flatnonzero(rows.any(axis=0)).tolist())
    columns = columns_for(groups, weighing.base)
    # Shares of a group can cancel out in all that was seen.
    moving = np.flatnonzero((rows @ columns).any(axis=0)).tolist()
    if not moving:
        raise PanelError([_untold()])
    moved = tuple(groups[number] for number in moving)
    return _found(weighing, columns[:, moving], moved, terms)


def slope(weighing: Weighing, weights: Wholes, terms: Terms) -> Numbers:
    """*weights* in logits a point, by the one factor that fits best.

    Raises:
        PanelError: there is no best one.
    """
    ordered = _ordered(weighing)
    columns = weights[:, None]
    if not (differences(ordered, weighing.points) @ columns).any():
        return np.zeros(len(weights))
    group = tuple(np.flatnonzero(weights).tolist())
    return _found(weighing, columns, (group,), terms).weights


def log_likelihood(weighing: Weighing, weights: Numbers) -> float:
    """How likely the orders are with *weights* in logits a point."""
    ordered = weighing.ordered
    if not ordered:
        return 0.0
    question = _question(weighing, np.eye(len(weights)), Terms())
    return float(question.counts @ question.at(weights).log)


def _ordered(weighing: Weighing) -> tuple[Ordered, ...]:
    if not weighing.ordered:
        raise PanelError([_unordered(weighing)])
    return weighing.ordered


def _question(weighing: Weighing, columns: Numbers, terms: Terms) -> Question:
    ordered = weighing.ordered
    return Question(
        lines=lines_of(ordered),
        counts=np.array([len(one.raters) for one in ordered]),
        covariates=weighing.points @ columns.astype(float),
        cost=terms.penalty * (columns.T @ columns).astype(float),
        bounded=terms.bounded,
    )


def _found(
    weighing: Weighing,
    columns: Wholes,
    groups: tuple[tuple[int, ...], ...],
    terms: Terms,
) -> Solution:
    if not terms.penalty:
        rows = differences(weighing.ordered, weighing.points) @ columns
        away = runaways(rows, bounded=terms.bounded)
        _refuse_runaways([weighing.principles[n] for g in away for n in groups[g]])
    question = _question(weighing, columns.astype(float), terms)
    found = best(question)
    errors, robust = _errors(weighing, question, found)
    shares = np.abs(columns).astype(float)
    return Solution(
        weights=columns @ found.parameters,
        errors=shares @ errors,
        robust=shares @ robust,
        groups=groups,
        held=frozenset(n for g in np.flatnonzero(~found.free) for n in groups[g]),
        log=float(question.counts @ found.likelihood.log),
    )


def _errors(
    weighing: Weighing, question: Question, found: Best
) -> tuple[Numbers, Numbers]:
    """Standard errors of the parameters: of the model, and by raters.

    A penalty pulls towards 0: both tell how the pulled weights vary, and nothing of
    how far they were pulled.
    """
    free = np.flatnonzero(found.free)
    seen = found.likelihood.information[np.ix_(free, free)]
    bread = np.linalg.inv(seen + question.cost[np.ix_(free, free)])
    sums = np.zeros((len(weighing.raters), len(free)))
    for one, score in zip(weighing.ordered, found.likelihood.scores, strict=True):
        np.add.at(sums, list(one.raters), score[free])
    raters = int(sums.any(axis=1).sum())
    errors, robust = np.zeros((2, len(found.parameters)))
    errors[free] = np.sqrt(np.diag(bread @ seen @ bread))
    robust[free] = np.nan
    if raters >= _TWO:
        meat = sums.T @ sums * raters / (raters - 1)
        robust[free] = np.sqrt(np.diag(bread @ meat @ bread))
    return errors, robust


def _refuse_runaways(names: list[str]) -> None:
    if names:
        raise PanelError([_runaway(names)])


def _unordered(weighing: Weighing) -> Problem:
    return Problem(
        code="BE844",
        message="no rater puts one open option above another: what policy "
        f"`{weighing.policy.id}` requires or forbids is not weighed",
        help="rate vignettes in which two options or more are open",
    )


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
