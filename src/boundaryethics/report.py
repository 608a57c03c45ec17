"""Show results: as text, as HTML, and as a data frame.

A result inherits from `Report` and builds its `Table` once, in `_table`; one that
reads as sentences inherits from `Outline` and yields its lines in `_lines`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from fractions import Fraction
from html import escape
from importlib import import_module
from importlib.util import find_spec
from textwrap import fill
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics.errors import AnalysisError, problem
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option
from boundaryethics.render.wording import NOTE, shown

if TYPE_CHECKING:
    from boundaryethics.ranking import Ranking

#: Columns of an outline's text.
_WIDTH = 88


@final
@attrs.frozen(kw_only=True)
class Table:
    """Hold the lines to print first, then columns with one row for each finding."""

    lines: tuple[str, ...] = ()
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def text(self) -> str:
        """Format the table for a terminal."""
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
        """Format the table for a notebook, with all text of a policy escaped."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(c))}</td>" for c in row) + "</tr>"
            for row in self.rows
        )
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f"<div>{lines}{table if self.rows else ''}</div>"

    def frame(self) -> Any:
        """Give a data frame with one row for each row.

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
        raise AnalysisError([problem("BE604")])


def as_data(value: object, *, exact: bool = False) -> Any:
    """Give *value* as plain data, ready for JSON; a data class by its fields.

    Fractions are numbers, or text where they must stay *exact*.
    """
    match value:
        case Enum():
            return value.value
        case Fraction():
            return str(value) if exact else float(value)
        case Situation():
            return value.known()
        case Mapping():
            return {as_data(key): as_data(v, exact=exact) for key, v in value.items()}
        case list() | tuple():
            return [as_data(each, exact=exact) for each in value]
    if (to_dict := getattr(value, "to_dict", None)) is not None:
        return to_dict()
    return fields_as_data(value, exact=exact) if attrs.has(type(value)) else value


def picked(item: object, *names: str) -> dict[str, Any]:
    """Give the attributes *names* of *item* as plain data."""
    return {name: as_data(getattr(item, name)) for name in names}


def fields_as_data(
    item: Any, *, exact: bool = False, without: str = ""
) -> dict[str, Any]:
    """Give the fields of a data class as plain data, except the one *without*."""
    names = (field.name for field in attrs.fields(type(item)) if field.name != without)
    return {name: as_data(getattr(item, name), exact=exact) for name in names}


class PlainData:
    """Give a data class `to_dict`."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, ready for JSON."""
        return fields_as_data(self)


class Report(PlainData):
    """Give a result its text, its HTML and its data frame, from one `Table`.

    A result's `chart`, where it has one, raises `PictureError` where what draws is not
    installed.
    """

    __slots__ = ()

    def to_frame(self) -> Any:
        """Give a pandas data frame, or a polars one, with one row for each finding.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self._rows().frame()

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        raise NotImplementedError

    def _rows(self) -> Table:
        """Give what the data frame holds, where it is not what the text shows."""
        return self._table()


@final
@attrs.frozen
class OutlineLine:
    """One line of an outline."""

    text: str
    depth: int = 0


class Outline(Report):
    """Give a result that reads as sentences its text and its HTML.

    Its `_rows` are its data frame. The text of a policy is shown, never obeyed.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return "\n".join(
            map(_wrapped, [*self._lines(), OutlineLine(""), OutlineLine(NOTE)])
        )

    def _repr_html_(self) -> str:
        parts, depth = ['<div class="boundaryethics">'], -1
        for line in (line for line in self._lines() if line.text):
            parts += ["<ul>"] * (line.depth - depth) + ["</ul>"] * (depth - line.depth)
            parts.append(f"<li>{escape(shown(line.text))}</li>")
            depth = line.depth
        parts += ["</ul>"] * (depth + 1)
        return "\n".join([*parts, f"<footer>{escape(NOTE)}</footer>", "</div>"])

    def _lines(self) -> Iterator[OutlineLine]:
        raise NotImplementedError


def told(ranking: Ranking) -> str:
    """Format a ranking on one line: `decline > ignore = leave > continue`."""
    return " > ".join(" = ".join(group) for group in ranking)


def firsts_in_order(
    firsts: Iterable[tuple[Option, ...]],
) -> tuple[tuple[Option, ...], ...]:
    """Sort first places, each once: single options in their order, and then ties."""
    order = {option: number for number, option in enumerate(Option)}
    return tuple(
        sorted(set(firsts), key=lambda one: (len(one), [order[o] for o in one]))
    )


def facts_told(situation: Situation | None) -> str:
    """Format what is known of a situation on one line."""
    if situation is None:
        return "-"
    known = situation.known()
    return ", ".join(f"{n}: {v}" for n, v in known.items()) or "nothing known"


def percent(part: int, whole: int) -> str:
    """Format a share, exact to its digits, and never rounded to all or nothing."""
    if not whole or part in {0, whole}:
        return "100%" if whole and part else "0%"
    share = 100 * part / whole
    return f"{min(max(share, 0.001), 99.999):.3f}%"


def plural(count: int, thing: str) -> str:
    """Format a count of *thing*: `1 situation`, `1,000 situations`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _is_number(row: int, place: int, table: Table) -> bool:
    return row > 0 and isinstance(table.rows[row - 1][place], int)


def _printable(line: str) -> str:
    """Replace the characters of *line* that a terminal would obey."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _wrapped(line: OutlineLine) -> str:
    indent = "  " * line.depth
    return fill(
        shown(line.text),
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_on_hyphens=False,
        break_long_words=False,
    )
