"""Figures: what was measured, what it stands beside, and what it is held to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import final

import attrs

from benchmarks.peers.timing import Spread

#: What stands over the columns of a table of figures.
HEADINGS = ("what", "takes", "beside", "ratio", "held to", "holds")


#: Notes of figures that could not be measured, and should have been.
DIFFERS, FAILED = "other answers: not timed", "failed"


@final
@attrs.frozen(kw_only=True)
class Figure:
    """One thing measured."""

    #: Which part of the run it is of.
    part: str
    #: What was measured.
    what: str
    #: Nothing where it could not be measured; `note` says why.
    value: float | None = None
    unit: str = ""
    #: What the same took that it is compared with, and how many times that.
    beside: str = ""
    ratio: float | None = None
    #: What the ratio, or else the value, is held to.
    at_most: float | None = None
    at_least: float | None = None
    spread: Spread | None = None
    rows: int | None = None
    note: str = ""
    #: The words beside its bar in a picture; none where it has none.
    bar: str = ""
    #: Whether it is the package that was measured.
    ours: bool = False

    @property
    def holds(self) -> bool | None:
        """Whether it is as it is held to be; nothing where it is held to nothing."""
        measured = self.value if self.ratio is None else self.ratio
        if measured is None or (self.at_most is None and self.at_least is None):
            return None
        most = float("inf") if self.at_most is None else self.at_most
        return (self.at_least or 0) <= measured <= most

    @property
    def cells(self) -> tuple[str, ...]:
        """What a table says of it, under its headings."""
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
        """The figure as plain data."""
        plain = attrs.asdict(self)
        spread = plain.pop("spread") or {}
        return {**plain, "p50": None, "p99": None, **spread, "holds": self.holds}


def nanoseconds(taken: float, rows: int) -> float:
    """Nanoseconds a row, where all rows take so many seconds."""
    return taken / rows * 1e9


def as_text(figures: Sequence[Figure]) -> str:
    """The figures as a table for a screen, part by part."""
    every = [HEADINGS, *(figure.cells for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*every, strict=True)]
    lines = []
    for part in dict.fromkeys(figure.part for figure in figures):
        of_part = [figure.cells for figure in figures if figure.part == part]
        lines += ["", part[0].upper() + part[1:], _line(HEADINGS, widths)]
        lines += [_line(cells, widths).replace("**", "") for cells in of_part]
    return "\n".join(lines)


def as_markdown(figures: Sequence[Figure]) -> str:
    """The figures as tables of a page, part by part."""
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
    """*number* with three digits that say something."""
    if number >= 100:  # noqa: PLR2004
        return f"{number:,.0f}"
    return f"{number:.3g}"
