"""Display values: short representations, and tables as text, HTML and data frames."""

from __future__ import annotations

from html import escape
from importlib import import_module
from importlib.util import find_spec
from typing import Any, final

import attrs

from boundaryethics.errors import AnalysisError, problem

#: The classes of HTML in a notebook, which would set text between dollar signs as
#: mathematics.
CLASSES = "boundaryethics tex2jax_ignore mathjax_ignore"

#: The most characters of a field, and of a whole value, in a representation.
_MOST_OF_A_FIELD, _MOST = 100, 400


def short_repr(value: Any) -> str:
    """Return the class and the fields of *value*; if that is long, each field cut."""
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
        # Without this, attrs would write a `__repr__` with every field in full.
        if "__repr__" not in vars(cls):
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
    """Lines to print first, then columns with one row for each item."""

    lines: tuple[str, ...] = ()
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def text(self) -> str:
        """Format the table for a terminal."""
        rows = (self.columns, *self.rows)
        columns = zip(*(map(_cell, row) for row in rows), strict=True)
        widths = [max(map(len, column)) for column in columns]
        table = (
            "  ".join(
                f"{_cell(value):{'>' if isinstance(value, int) else '<'}{width}}"
                for value, width in zip(row, widths, strict=True)
            )
            for row in rows
        )
        parts = [*self.lines, *(["", *table] if self.rows else [])]
        # A terminal would obey control characters.
        return "\n".join(
            "".join(char if char.isprintable() else "\ufffd" for char in line.rstrip())
            for line in parts
        )

    def html(self) -> str:
        """Format the table for a notebook, with all text escaped."""
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
        columns = {
            name: [row[place] for row in self.rows]
            for place, name in enumerate(self.columns)
        }
        for library in ("pandas", "polars"):
            if find_spec(library):
                return import_module(library).DataFrame(columns)
        raise AnalysisError([problem("BE604")])


def _cell(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
