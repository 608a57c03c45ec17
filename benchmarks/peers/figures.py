"""Represent figures: measurements with their comparisons and targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import final

import attrs

from benchmarks.peers.timing import Spread

#: Column headings of a table of figures.
HEADINGS = ("what", "time", "compared with", "ratio", "target", "met")


#: Notes about failed measurements.
DIFFERS, FAILED = "different results: not timed", "failed"


@final
@attrs.frozen(kw_only=True)
class Figure:
    """One measurement."""

    #: The part of the run.
    part: str
    #: A description of the measurement.
    what: str
    #: The value; None if it could not be measured, and `note` has the reason.
    value: float | None = None
    unit: str = ""
    #: The baseline of the comparison, and the ratio to it.
    beside: str = ""
    ratio: float | None = None
    #: The target for the ratio, or for the value if there is no ratio.
    at_most: float | None = None
    at_least: float | None = None
    spread: Spread | None = None
    rows: int | None = None
    note: str = ""
    #: The label of its bar in a chart; empty if it has no bar.
    bar: str = ""
    #: Whether this measures the package.
    ours: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; None without a target or a value."""
        measured = self.value if self.ratio is None else self.ratio
        if measured is None or (self.at_most is None and self.at_least is None):
            return None
        most = float("inf") if self.at_most is None else self.at_most
        return (self.at_least or 0) <= measured <= most

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells of a table row, in the order of the headings."""
        held = {True: "yes", False: "**no**", None: ""}[self.holds]
        rows = f", {self.rows:,} rows" if self.rows else ""
        return (
            self.what + rows,
            self._taken,
            self.beside,
            "" if self.ratio is None else f"{_round(self.ratio)} x",
            self._limit,
            held,
        )

    @property
    def _taken(self) -> str:
        if self.value is None:
            return self.note
        late = f" (p99 {_round(self.spread.p99)})" if self.spread else ""
        return f"{_round(self.value)} {self.unit}{late}"

    @property
    def _limit(self) -> str:
        unit = " x" if self.ratio is not None else f" {self.unit}"
        if self.at_most is not None:
            return f"≤ {self.at_most:g}{unit}"
        return f"≥ {self.at_least:g}{unit}" if self.at_least is not None else ""

    def to_dict(self) -> dict[str, object]:
        """Return the figure as plain data."""
        plain = attrs.asdict(self)
        spread = plain.pop("spread") or {}
        return {**plain, "p50": None, "p99": None, **spread, "holds": self.holds}


def nanoseconds(taken: float, rows: int) -> float:
    """Convert the seconds *taken* for all *rows* to nanoseconds per row."""
    return taken / rows * 1e9


def as_text(figures: Sequence[Figure]) -> str:
    """Format the figures as text, one table per part."""
    every = [HEADINGS, *(figure.cells for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    lines = []
    for part in dict.fromkeys(figure.part for figure in figures):
        of_part = [figure.cells for figure in figures if figure.part == part]
        lines += ["", part[0].upper() + part[1:], _line(HEADINGS, widths)]
        lines += [_line(cells, widths).replace("**", "") for cells in of_part]
    return "\n".join(lines)


def as_markdown(figures: Sequence[Figure]) -> str:
    """Format the figures as Markdown, one table per part."""
    lines = []
    for part in dict.fromkeys(figure.part for figure in figures):
        of_part = [figure.cells for figure in figures if figure.part == part]
        lines += [f"### {part[0].upper()}{part[1:]}", "", _row(HEADINGS)]
        lines += ["| --- | ---: | --- | ---: | ---: | --- |", *map(_row, of_part), ""]
    return "\n".join(lines)


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _round(number: float) -> str:
    """Format *number* with three significant digits."""
    if number >= 100:  # noqa: PLR2004
        return f"{number:,.0f}"
    return f"{number:.3g}"
