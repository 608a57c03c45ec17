"""How answers are shown: one table, as text, as HTML, or as a data frame."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Any, final

import attrs

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option


@final
@attrs.frozen(kw_only=True)
class Table:
    """What there is to show: some lines, then columns with a row for each finding."""

    lines: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def text(self) -> str:
        """For a terminal."""
        shown = [self.columns, *(tuple(map(_cell, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        table = (
            "  ".join(
                cell.rjust(width) if _is_number(row, place, self) else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            for row, cells in enumerate(shown)
        )
        parts = [*self.lines, *(["", *table] if self.rows else [])]
        return "\n".join(_printable(line.rstrip()) for line in parts)

    def html(self) -> str:
        """For a notebook; whatever a policy says is shown, never obeyed."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(c))}</td>" for c in row) + "</tr>"
            for row in self.rows
        )
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div>{lines}{table if self.rows else ''}</div>"

    def frame(self) -> Any:
        """A data frame with a row for each row, of whichever library is there.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        columns = {
            name: [row[place] for row in self.rows]
            for place, name in enumerate(self.columns)
        }
        for library in ("pandas", "polars"):
            if find_spec(library):
                return import_module(library).DataFrame(columns)
        raise AnalysisError([_frameless()])


def told(ranking: Ranking) -> str:
    """A ranking on one line: `decline > ignore = leave > continue`."""
    return " > ".join(" = ".join(group) for group in ranking)


def firsts_in_order(
    firsts: Iterable[tuple[Option, ...]],
) -> tuple[tuple[Option, ...], ...]:
    """First places, each once: single options in their order, and then ties."""
    order = {option: number for number, option in enumerate(Option)}
    return tuple(
        sorted(set(firsts), key=lambda one: (len(one), [order[o] for o in one]))
    )


def listed(ranking: Ranking) -> list[list[str]]:
    """A ranking as plain data."""
    return [[option.value for option in group] for group in ranking]


def facts_told(situation: Situation | None) -> str:
    """What is known of a situation, on one line."""
    if situation is None:
        return "-"
    known = situation.known()
    return ", ".join(f"{n}: {v}" for n, v in known.items()) or "nothing known"


def facts_of(situation: Situation | None) -> dict[str, str] | None:
    """What is known of a situation, as plain data."""
    return None if situation is None else situation.known()


def percent(part: int, whole: int) -> str:
    """A share, exact to the digits shown, and never rounded to all or nothing."""
    if not whole or part in {0, whole}:
        return "100%" if whole and part else "0%"
    share = 100 * part / whole
    return f"{min(max(share, 0.001), 99.999):.3f}%"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_number(row: int, place: int, table: Table) -> bool:
    return row > 0 and isinstance(table.rows[row - 1][place], int)


def _printable(line: str) -> str:
    """*line* without what a terminal would obey instead of show."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _frameless() -> Problem:
    return Problem(
        code="BE604",
        message="there is no library for data frames",
        help="`pip install pandas`, or `pip install polars`",
    )
