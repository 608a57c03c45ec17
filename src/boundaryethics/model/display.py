"""Format values briefly, and tables as text, HTML and data frames."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Any, final

import attrs

from boundaryethics.errors import AnalysisError, problem

#: CSS classes that keep a notebook from rendering text between dollar signs as
#: formulas.
CLASSES = "boundaryethics tex2jax_ignore mathjax_ignore"

#: The maximum length of a field, and of a whole value, in a representation.
_MOST_OF_A_FIELD, _MOST = 100, 400
#: The zero-width joiner, which combines emoji.
_JOINER = "\u200d"


def short_repr(value: Any) -> str:
    """Return the class name and fields of *value*; shorten long fields if necessary."""
    fields: Any = attrs.fields(type(value))
    shown = ((field.name, getattr(value, field.name)) for field in fields if field.repr)
    parts = [f"{name}={part!r}" for name, part in shown]
    if sum(map(len, parts)) > _MOST:
        parts = [_cut(part, _MOST_OF_A_FIELD) for part in parts]
    return _cut(f"{type(value).__name__}({', '.join(parts)})", _MOST)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


class ShortRepr:
    """Base class that gives a data class a short `repr`."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        # Without this, attrs would generate a `__repr__` with all fields in full.
        cls.__repr__ = short_repr  # type: ignore[method-assign]


def in_line(plain: Any) -> str:
    """Format plain data on one line: `contact: message; setting: a, b`."""
    match plain:
        case dict():
            parts = (f"{key}: {in_line(part)}" for key, part in plain.items())
            return "; ".join(parts)
        case list():
            nested = any(isinstance(part, dict) for part in plain)
            parts = (f"({in_line(part)})" if nested else str(part) for part in plain)
            return ", ".join(parts)
        case bool():
            return "true" if plain else "false"
        case _:
            return str(plain)


@final
@attrs.frozen(kw_only=True)
class Table:
    """A table with introductory lines, named columns, and a row for each item."""

    lines: tuple[str, ...] = ()
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def text(self) -> str:
        """Format the table for a terminal."""
        rows = (self.columns, *self.rows)
        columns = zip(*(map(_cell, row) for row in rows), strict=True)
        widths = [max(map(display_width, column)) for column in columns]
        table = ("  ".join(map(_padded, row, widths)) for row in rows)
        parts = [*self.lines, *(["", *table] if self.rows else [])]
        return "\n".join(without_controls(line.rstrip()) for line in parts)

    def html(self) -> str:
        """Format the table for a notebook; all text is escaped."""
        head = "".join(f"<th>{escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(_cell(c))}</td>" for c in row) + "</tr>"
            for row in self.rows
        )
        lines = "".join(f"<p>{escape(line)}</p>" for line in self.lines)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        return f'<div class="{CLASSES}">{lines}{table if self.rows else ""}</div>'

    def frame(self) -> Any:
        """Return a pandas data frame, or a polars one if pandas is missing.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        for library in ("pandas", "polars"):
            if find_spec(library):
                return import_module(library).DataFrame(self.by_column())
        raise AnalysisError([problem("BE604")])

    def by_column(self) -> dict[str, list[object]]:
        """Map each column to its values, for a data frame."""
        return {
            name: [_encodable(row[place]) for row in self.rows]
            for place, name in enumerate(self.columns)
        }


def without_controls(line: str) -> str:
    """Replace control characters in *line*, so that no terminal interprets them."""
    return "".join(
        char if char.isprintable() or char == _JOINER else "\ufffd" for char in line
    )


def _encodable(value: object) -> object:
    """Replace unpaired surrogates, which data frames cannot store."""
    if isinstance(value, str) and not value.isascii():
        return value.encode(errors="replace").decode()
    return value


def display_width(text: str) -> int:
    """Return the number of terminal columns that *text* needs."""
    if text.isascii():
        return len(text)
    # A joined character does not need additional columns.
    separate = re.sub(f"{_JOINER}.", "", text, flags=re.DOTALL)
    return sum(map(_character_width, separate))


def _character_width(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1


def _padded(value: object, width: int) -> str:
    """Pad *value* to *width* columns; numbers are right-aligned."""
    text = _cell(value)
    padding = " " * (width - display_width(text))
    return padding + text if isinstance(value, int) else text + padding


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
