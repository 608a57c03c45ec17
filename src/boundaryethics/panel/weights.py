"""Weights of principles, fitted; and a policy with such weights.

In: estimates in logits. Out: whole weights, as policies have them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import isnan
from typing import Any, final

import attrs

from boundaryethics.errors import PanelError, PolicyError, Problem
from boundaryethics.model.layers import Layer
from boundaryethics.model.parts import Method, MethodName
from boundaryethics.model.plain import strange_id
from boundaryethics.model.policy import Policy
from boundaryethics.model.principles import Principle
from boundaryethics.panel.resampling import whole

#: Decimal places of the weights of a variant where nobody says.
DIGITS = 2
_NORMAL = 1.959963984540054


@final
@attrs.frozen(kw_only=True)
class Weight:
    """What was found of one principle's weight."""

    principle: str
    #: Its weight in the policy.
    base: int
    #: In logits a point; None where the panel cannot tell.
    estimate: float | None = None
    #: The standard error by the observed information, and by raters as clusters; None
    #: where there is none.
    error: float | None = None
    robust: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """What was found, as plain data."""
        return {
            "base": self.base,
            "estimate": self.estimate,
            "error": self.error,
            "robust": self.robust,
            "interval": list(self.interval) if self.interval else None,
        }

    @property
    def interval(self) -> tuple[float, float] | None:
        """An interval of 95 per cent, by the observed information."""
        if self.estimate is None or self.error is None:
            return None
        reach = _NORMAL * self.error
        return self.estimate - reach, self.estimate + reach


def rounded_weights(
    weights: Sequence[Weight], scale: float, digits: int
) -> dict[str, Fraction]:
    """Each principle's weight, rounded to so many digits; 1 is *scale* logits.

    Raises:
        PanelError: a weight is below zero, or all of them come to nothing.
    """
    parts = 10 ** whole(digits, "digits", 0)
    below = [one for one in weights if (one.estimate or 0.0) < 0]
    if below:
        raise PanelError([_below_zero(one) for one in below])
    if scale <= 0:
        raise PanelError([_nothing_left()])
    return {
        one.principle: Fraction(one.base)
        if one.estimate is None
        else Fraction(round(one.estimate / scale * parts), parts)
        for one in weights
    }


def with_weights(policy: Policy, id: str, weights: Mapping[str, int]) -> Policy:
    """*policy* under another *id*, ranking by the weighted method with *weights*.

    Raises:
        PolicyError: *id* is that of *policy*, or none that a file could bear.
    """
    unfit = [*strange_id(id, policy.id)]
    if unfit:
        raise PolicyError(unfit)
    layer = Layer(
        id=id,
        title=f"{policy.title or policy.id} (weights of a panel)",
        about=policy.about,
        abstract=policy.abstract,
        principles=tuple(
            (Principle(id=name, weight=weight), frozenset({"weight"}))
            for name, weight in weights.items()
        ),
        method=Method(name=MethodName.WEIGHTED),
        method_keys=frozenset({"name"}),
    )
    return policy.with_layer(layer)


def present(number: float) -> float | None:
    """*number*, or None where it is none."""
    return None if isnan(number) else float(number)


def _below_zero(weight: Weight) -> Problem:
    return Problem(
        code="BE848",
        message=f"the fitted weight of `{weight.principle}` is below zero: "
        f"{weight.estimate:.3f}, and a policy has no such weights",
        help="fit with `bounded`, which holds weights at zero and above, or look at "
        "the rules on this principle: raters go the other way",
        token=weight.principle,
    )


def _nothing_left() -> Problem:
    return Problem(
        code="BE849",
        message="all fitted weights come to nothing: the raters follow none of the "
        "principles",
    )
