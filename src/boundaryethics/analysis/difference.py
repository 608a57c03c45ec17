"""The difference of two policies, as a value that tells about itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.analysis.parting import Parting
from boundaryethics.analysis.showing import (
    facts_of,
    facts_told,
    firsts_in_order,
    listed,
    told,
)
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option
from boundaryethics.plots import flow
from boundaryethics.report import Table, percent

#: Facts, each with the values that it takes.
Values: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


@final
@attrs.frozen(kw_only=True)
class Move:
    """One ranking that makes way for another, and in how many situations."""

    before: Ranking
    after: Ranking
    count: int


def moves_of(counts: Mapping[tuple[Ranking, Ranking], int]) -> tuple[Move, ...]:
    """The moves counted, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Move(before=a, after=b, count=count) for (a, b), count in ordered)


@final
@attrs.frozen(kw_only=True)
class Cause:
    """One rule that binds, or speaks, otherwise where two policies differ."""

    rule: str
    parting: Parting
    because: str
    #: The differing situations in which it does; several rules may in the same one.
    count: int
    #: The facts that do not take all their values there.
    shared: Values
    #: One of them, with the fewest known facts.
    witness: Situation


@final
@attrs.frozen(kw_only=True)
class Difference:
    """The situations in which two policies give other rankings (S20)."""

    #: The ids of the two.
    a: str
    b: str
    #: The situations asked of.
    total: int
    #: Those in which some option's standing differs, whether or not the ranking does.
    standing: int
    #: How rankings change from the first to the second, the most frequent first.
    moves: tuple[Move, ...]
    causes: tuple[Cause, ...]
    #: The facts that do not take all their values where the two differ.
    shared: Values
    #: One situation, with the fewest known facts; None where the two are equal.
    witness: Situation | None
    #: Whether `total` situations were drawn at random, and the others not asked.
    sampled: bool = False

    @property
    def count(self) -> int:
        """In how many situations the rankings differ."""
        return sum(move.count for move in self.moves)

    @property
    def share(self) -> Fraction:
        """The share of the situations asked of."""
        return Fraction(self.count, self.total or 1)

    @property
    def first(self) -> int:
        """In how many situations another option, or another group, is first."""
        return sum(m.count for m in self.moves if m.before[0] != m.after[0])

    @property
    def order(self) -> int:
        """In how many situations the first place is the same, and the rest is not."""
        return self.count - self.first

    @cached_property
    def first_places(self) -> dict[tuple[tuple[Option, ...], tuple[Option, ...]], int]:
        """How often one first place makes way for another; ties count as groups."""
        counts: Counter[tuple[tuple[Option, ...], tuple[Option, ...]]] = Counter()
        for move in self.moves:
            counts[move.before[0], move.after[0]] += move.count
        return dict(counts)

    def to_dict(self) -> dict[str, Any]:
        """The difference as plain data, ready for JSON."""
        return {
            "a": self.a,
            "b": self.b,
            "total": self.total,
            "count": self.count,
            "first": self.first,
            "order": self.order,
            "standing": self.standing,
            "moves": [
                {
                    "before": listed(move.before),
                    "after": listed(move.after),
                    "count": move.count,
                }
                for move in self.moves
            ],
            "causes": [_cause_as_dict(cause) for cause in self.causes],
            "shared": _values_as_dict(self.shared),
            "witness": facts_of(self.witness),
            "sampled": self.sampled,
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each pair of rankings.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("before", "after", "count"),
            rows=tuple((told(m.before), told(m.after), m.count) for m in self.moves),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: how much of which first place goes over to which.

        Raises:
            PictureError: what draws is not installed.
        """
        going = {pair: n for pair, n in self.first_places.items() if pair[0] != pair[1]}
        names = firsts_in_order(first for pair in going for first in pair)
        drawn = "drawn at random" if self.sampled else "in all"
        return flow(
            {(told((a,)), told((b,))): n for (a, b), n in going.items()},
            total=self.total,
            title=f"Where the first place goes, from {self.a} to {self.b}",
            subtitle=f"share of the situations, {self.total:,} {drawn}; in "
            f"{percent(self.total - self.first, self.total)} the first place stays",
            names=[told((first,)) for first in names],
        )

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        return Table(
            lines=tuple(self._lines()),
            columns=("rule", "how", "situations", "fewest facts"),
            rows=tuple(
                (c.rule, _HOW[c.parting], c.count, facts_told(c.witness))
                for c in sorted(self.causes, key=lambda c: (-c.count, c.rule))
            ),
        )

    def _lines(self) -> Iterator[str]:
        drawn = " drawn at random: a sample, no count" if self.sampled else ""
        share = percent(self.count, self.total)
        yield f"a: {self.a}, b: {self.b}"
        yield (
            f"rankings differ in {self.count:,} of {self.total:,} situations"
            f"{drawn} ({share})"
        )
        yield f"another first place in {self.first:,}, another order in {self.order:,}"
        yield f"another standing of some option in {self.standing:,}"
        if self.witness:
            yield f"for one: {facts_told(self.witness)}"
        for name, values in self.shared:
            yield f"only where {name} is {' or '.join(values)}"


_HOW = {
    Parting.ONLY_FIRST: "binds in a alone",
    Parting.ONLY_SECOND: "binds in b alone",
    Parting.CHANGED: "says otherwise",
}


def _values_as_dict(values: Values) -> dict[str, list[str]]:
    return {name: list(among) for name, among in values}


def _cause_as_dict(cause: Cause) -> dict[str, Any]:
    return {
        "rule": cause.rule,
        "how": cause.parting.value,
        "because": cause.because,
        "count": cause.count,
        "shared": _values_as_dict(cause.shared),
        "witness": facts_of(cause.witness),
    }
