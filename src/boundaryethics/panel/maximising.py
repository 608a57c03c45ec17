"""The weights under which what the raters said is likeliest.

In: orders, and what each parameter multiplies. Out: the best parameters, with how far
they could be off; or that there are none.
"""

from __future__ import annotations

from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import PanelError, Problem
from boundaryethics.panel.likelihood import (
    Likelihood,
    Lines,
    Numbers,
    Wholes,
    likelihood,
)
from boundaryethics.panel.needing import needed

Truths: TypeAlias = npt.NDArray[np.bool_]

_STEPS = 200
_HALVINGS = 60
_CLOSE = 1e-14
_AT_ZERO = 1e-9
#: The points are whole, so that a direction moves far more than this, or nothing.
_MOVES = 1e-6


@final
@attrs.frozen(kw_only=True, eq=False)
class Question:
    """What is to be made likeliest."""

    lines: Lines
    #: Of each order, how many give it.
    counts: Wholes
    #: For each vignette, option and parameter what it multiplies.
    covariates: Numbers
    #: What the squares of the parameters cost.
    cost: Numbers
    #: Whether no parameter may be below 0.
    bounded: bool

    def at(self, parameters: Numbers) -> Likelihood:
        """How likely the orders are."""
        return likelihood(self.lines, self.counts, self.covariates, parameters)

    def value(self, parameters: Numbers) -> float:
        """The log-likelihood, less the cost."""
        paid = parameters @ self.cost @ parameters / 2
        return float(self.counts @ self.at(parameters).log - paid)


@final
@attrs.frozen(kw_only=True, eq=False)
class Best:
    """The best parameters."""

    parameters: Numbers
    likelihood: Likelihood
    #: Those that may move: not held at 0 by the bound.
    free: Truths


def best(question: Question) -> Best:
    """The parameters that answer *question*.

    Raises:
        PanelError: the search does not end.
    """
    count = question.covariates.shape[-1]
    free = np.ones(count, dtype=bool)
    start = np.zeros(count)
    if question.bounded:
        start = _above_zero(question)
        free = start > _AT_ZERO
        start[~free] = 0
    found = _climbed(question, start, free)
    while question.bounded and (found < 0).any():
        free &= found > 0
        found = _climbed(question, np.where(free, found, 0.0), free)
    return Best(parameters=found, likelihood=question.at(found), free=free)


def _climbed(question: Question, start: Numbers, free: Truths) -> Numbers:
    """The top, reached by Newton's steps over the *free* parameters."""
    here, value = start, question.value(start)
    if not free.any():
        return here
    for _ in range(_STEPS):
        now = question.at(here)
        slope = (question.counts @ now.scores - question.cost @ here)[free]
        curve = (now.information + question.cost)[np.ix_(free, free)]
        step = np.zeros_like(here)
        step[free] = np.linalg.solve(curve, slope)
        if float(slope @ step[free]) < _CLOSE * max(1.0, abs(value)):
            return here
        for _ in range(_HALVINGS):
            if question.value(here + step) >= value:
                break
            step /= 2
        here = here + step
        value = question.value(here)
    raise PanelError([_endless()])


def _above_zero(question: Question) -> Numbers:
    """About where the top is among parameters that are not below 0."""

    def down(parameters: Numbers) -> tuple[float, Numbers]:
        now = question.at(parameters)
        slope = question.counts @ now.scores - question.cost @ parameters
        return -question.value(parameters), -slope

    count = question.covariates.shape[-1]
    found: Any = needed("scipy.optimize").minimize(
        down,
        np.full(count, 0.01),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0, None)] * count,
        options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 10_000},
    )
    return np.array(found.x, dtype=float)


def runaways(rows: Wholes, *, bounded: bool) -> tuple[int, ...]:
    """The parameters that have no best value: more is always likelier, or less is.

    Args:
        rows: for each pair of options in order, what each parameter adds to the upper
            more than to the lower.
        bounded: whether no parameter may be below 0.
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


def _endless() -> Problem:
    return Problem(
        code="BE852",
        message="the search for the best weights does not end",
        help="ask for a ridge with `penalty`, such as 0.1",
    )
