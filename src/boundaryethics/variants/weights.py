"""What a ranking hangs on among weights, as a value that tells about itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, final

import attrs

from boundaryethics.plots import Interval, intervals
from boundaryethics.report import Table, plural
from boundaryethics.variants.margins import Nearest, WeightRange, turning_told
from boundaryethics.variants.region import Region


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
                without=(one.low.open, one.high is not None),
                note=one.kept if one.tie else "",
            )
            for one in self.ranges
        ]
        tied = any(one.tie for one in self.ranges)
        only = (
            "; where `only` stands, options tie by points and any change of that "
            "weight parts them"
        )
        return intervals(
            rows,
            title=f"How far each weight of {self.policy} can change alone",
            subtitle="short of either end no order is lost in any of "
            f"{plural(self.total, 'situation')}{only if tied else ''}",
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
        counted = (
            f"{plural(len(self.ranges), 'weight')}, {plural(self.total, 'situation')}"
        )
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
    yield f"  {turning_told(near.turning)}"


def _rows(one: WeightRange) -> Iterator[tuple[Any, ...]]:
    """A row for the range, and one more for each other place where it turns."""
    ends = [("below", one.low.turning), ("above", one.high and one.high.turning)]
    turns = [f"{side}: {turning_told(turning)}" for side, turning in ends if turning]
    turns += [f"tie: {turning_told(one.tie)}"] if one.tie else []
    yield one.principle, one.weight, one.kept, one.ordered, *(turns[:1] or ["-"])
    for turn in turns[1:]:
        yield "", "", "", "", turn
