"""Fit: a panel and a policy in, the weights that the panel speaks for out."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import numpy as np

from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.panel.fitted import Fit
from boundaryethics.panel.points import Weighing, weighing_of
from boundaryethics.panel.solving import Solution, Terms, log_likelihood, solved
from boundaryethics.panel.values import Panel
from boundaryethics.panel.weights import Weight, present
from boundaryethics.policyfile import policy_named


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
    terms = terms_of(penalty, bounded=bounded)
    weighing = weighing_of(panel, policy_named(policy))
    return _told(weighing, solved(weighing, terms), terms)


def terms_of(penalty: float, *, bounded: bool) -> Terms:
    """The terms of a fit.

    Raises:
        PanelError: the penalty is no number, or below 0.
    """
    number = isinstance(penalty, int | float) and not isinstance(penalty, bool)
    if not number or not isfinite(penalty) or penalty < 0:
        message = "`penalty` is to be a number, and not below 0"
        raise PanelError([Problem(code="BE847", message=message, token="penalty")])
    return Terms(penalty=float(penalty), bounded=bounded)


def _told(weighing: Weighing, solution: Solution, terms: Terms) -> Fit:
    principles = weighing.policy.principles
    ordered = weighing.ordered
    orders = sum(len(one.raters) for one in ordered)
    return Fit(
        policy=weighing.policy,
        weights=_weights(weighing, solution),
        together=tuple(
            tuple(principles[n].id for n in group)
            for group in solution.groups
            if len(group) > 1
        ),
        held=tuple(principles[n].id for n in sorted(solution.held)),
        orders=orders,
        idle=sum(map(len, weighing.ratings)) - orders,
        raters=len({rater for one in ordered for rater in one.raters}),
        vignettes=len({one.vignette for one in ordered}),
        log_likelihood=solution.log,
        chance=log_likelihood(weighing, np.zeros(len(principles))),
        penalty=terms.penalty,
        bounded=terms.bounded,
    )


def _weights(weighing: Weighing, solution: Solution) -> tuple[Weight, ...]:
    fitted = {n for group in solution.groups for n in group}
    free = fitted - solution.held
    return tuple(
        Weight(
            principle=one.id,
            base=one.weight,
            estimate=float(solution.weights[n]) if n in fitted else None,
            error=present(solution.errors[n]) if n in free else None,
            robust=present(solution.robust[n]) if n in free else None,
        )
        for n, one in enumerate(weighing.policy.principles)
    )
