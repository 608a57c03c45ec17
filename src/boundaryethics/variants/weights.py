"""What a ranking hangs on among weights, as a value that tells about itself."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import sqrt
from typing import Any, final

import attrs

from boundaryethics.analysis.showing import Table, facts_of, facts_told
from boundaryethics.plots import Interval, intervals
from boundaryethics.variants.region import Region
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


@final
@attrs.frozen(kw_only=True)
class WeightSensitivity:
    """What the rankings of a policy hang on among its weights."""

    policy: str
    #: The situations asked of.
    total: int
    #: One for each principle that speaks with a strength, in the order of the policy.
    ranges: tuple[WeightRange, ...]
    #: The nearest by the sum of changes, and by the straight way; None where no
    #: option is ahead of another by its points.
    by_sum: Nearest | None
    by_way: Nearest | None
    region: Region = attrs.field(eq=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON; fractions are text."""
        return {
            "policy": self.policy,
            "total": self.total,
            "ranges": [one.to_dict() for one in self.ranges],
            "by_sum": self.by_sum and self.by_sum.to_dict(),
            "by_way": self.by_way and self.by_way.to_dict(),
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each principle; no upper end is infinity.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("principle", "weight", "low", "high", "tied"),
            rows=tuple(
                (
                    one.principle,
                    one.weight,
                    float(one.low.at),
                    float(one.high.at) if one.high else float("inf"),
                    one.tie is not None,
                )
                for one in self.ranges
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: each weight, between the ends that keep every order.

        Raises:
            PictureError: what draws is not installed.
        """
        rows = [
            Interval(
                one.principle,
                one.weight,
                float(one.low.at),
                float(one.high.at) if one.high else None,
            )
            for one in self.ranges
        ]
        return intervals(
            rows,
            title=f"How far each weight of {self.policy} can change alone",
            subtitle="short of either end no order is lost in any of "
            f"{self.total:,} situations",
            axis="weight",
        )

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        return Table(
            lines=tuple(self._lines()),
            columns=("principle", "weight", "every ranking", "every order", "turns at"),
            rows=tuple(row for one in self.ranges for row in _rows(one)),
        )

    def _lines(self) -> Iterator[str]:
        counted = f"{len(self.ranges)} weights, {self.total:,} situations"
        yield f"{self.policy}: {counted}"
        tied = sum(one.tie is not None for one in self.ranges)
        if tied:
            yield (
                "options tie by points, and a change of any of "
                f"{tied} weights parts some"
            )
        for told, near in (("sum", self.by_sum), ("way", self.by_way)):
            if near is not None:
                yield from _nearest_told(told, near)


def _nearest_told(told: str, near: Nearest) -> Iterator[str]:
    moves = ", ".join(
        f"{name} {before} -> {after}" for name, before, after in near.moves
    )
    length = near.total if told == "sum" else f"{near.distance:.6g}"
    yield f"the least {told} of changes that loses an order, {length}: {moves}"
    yield f"  {_told(near.turning)}"


def _rows(one: WeightRange) -> Iterator[tuple[Any, ...]]:
    """A row for the range, and one more for each other place where it turns."""
    ends = [("below", one.low.turning), ("above", one.high and one.high.turning)]
    turns = [f"{side}: {_told(turning)}" for side, turning in ends if turning]
    turns += [f"tie: {_told(one.tie)}"] if one.tie else []
    yield one.principle, one.weight, one.kept, one.ordered, *(turns[:1] or ["-"])
    for turn in turns[1:]:
        yield "", "", "", "", turn


def _told(turning: Turning) -> str:
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
