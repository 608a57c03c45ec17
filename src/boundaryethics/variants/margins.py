"""Margins: how far weights can change until an order is lost, and where it is."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any, final

import attrs

from boundaryethics.report import facts_of, facts_told
from boundaryethics.variants.reweighing import Turning


@final
@attrs.frozen(kw_only=True)
class End:
    """One end of the weights that keep every order."""

    at: Fraction
    #: What is lost there; None where nothing is, and a weight ends at zero.
    turning: Turning | None

    @property
    def open(self) -> bool:
        """Whether the end itself is out."""
        return self.turning is not None


@final
@attrs.frozen(kw_only=True)
class WeightRange:
    """How far the weight of one principle can change, the others as they are."""

    principle: str
    weight: int
    #: Between these no option that is ahead of another falls back to it.
    low: End
    #: None where the weight can grow for ever.
    high: End | None
    #: Two options that share a place, and are parted by any change of the weight.
    tie: Turning | None

    def holds(self, weight: Fraction) -> bool:
        """Whether every ranking is the same with *weight*."""
        if self.tie is not None:
            return weight == self.weight
        return self.keeps_orders(weight)

    def keeps_orders(self, weight: Fraction) -> bool:
        """Whether every option that is ahead of another stays so with *weight*."""
        above = weight > self.low.at or (weight == self.low.at and not self.low.open)
        return above and (self.high is None or weight < self.high.at)

    @property
    def kept(self) -> str:
        """The weights that keep every ranking, told: `[0, 9/4)`."""
        return f"only {self.weight}" if self.tie else self.ordered

    @property
    def ordered(self) -> str:
        """The weights that keep every order, told; where options tie they may part."""
        opening = "(" if self.low.open else "["
        return f"{opening}{self.low.at}, {self.high.at if self.high else '∞'})"

    def to_dict(self) -> dict[str, Any]:
        """The range as plain data; fractions are text."""
        return {
            "principle": self.principle,
            "weight": self.weight,
            "low": _end_as_dict(self.low),
            "high": None if self.high is None else _end_as_dict(self.high),
            "tie": None if self.tie is None else _turning_as_dict(self.tie),
        }


@final
@attrs.frozen(kw_only=True)
class Nearest:
    """The nearest weights at which an option falls back to one that it was ahead of."""

    #: Each principle whose weight changes, with its weight before and after.
    moves: tuple[tuple[str, Fraction, Fraction], ...]
    turning: Turning

    @property
    def total(self) -> Fraction:
        """The sum of all changes (L1)."""
        return sum((abs(b - a) for _, a, b in self.moves), Fraction(0))

    @property
    def squared(self) -> Fraction:
        """The square of the straight way (L2)."""
        return sum(((b - a) ** 2 for _, a, b in self.moves), Fraction(0))

    @property
    def distance(self) -> float:
        """The straight way."""
        return sqrt(self.squared)

    def __str__(self) -> str:
        moves = (f"{name} {before} -> {after}" for name, before, after in self.moves)
        return f"{', '.join(moves)}: {turning_told(self.turning)}"

    def to_dict(self) -> dict[str, Any]:
        """The weights as plain data; fractions are text."""
        return {
            "moves": [
                {"principle": name, "before": str(before), "after": str(after)}
                for name, before, after in self.moves
            ],
            "total": str(self.total),
            "distance": self.distance,
            "turning": _turning_as_dict(self.turning),
        }


def turning_told(turning: Turning) -> str:
    """Where a ranking turns, on one line."""
    rules = ", ".join(turning.rules)
    two = f"{turning.above} and {turning.below}"
    return f"{two} by {rules} where {facts_told(turning.situation)}"


def _end_as_dict(end: End) -> dict[str, Any]:
    turning = None if end.turning is None else _turning_as_dict(end.turning)
    return {"at": str(end.at), "open": end.open, "turning": turning}


def _turning_as_dict(turning: Turning) -> dict[str, Any]:
    return {
        "situation": facts_of(turning.situation),
        "above": turning.above.value,
        "below": turning.below.value,
        "rules": list(turning.rules),
    }
