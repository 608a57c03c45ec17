"""Pictures in rows and columns: a heat map, and a flow from place to place.

Each cell has its number printed in it, so that its shade only helps the eye.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import sqrt
from typing import Any, TypeAlias

from boundaryethics.plots.checking import (
    drawable,
    names_of,
    refuse_crowded,
    refuse_strange,
    refuse_unlike,
    rows_of,
)
from boundaryethics.plots.colours import FAINT, INK, PAPER, ink_on, shade
from boundaryethics.plots.framing import Chart, Words, framed, needed, nothing
from boundaryethics.plots.wording import rounded, share

_WIDE, _HIGH = 48, 30
_LETTER = 6.2

#: A row, a column, and the value there.
Placed: TypeAlias = tuple[str, str, float | None]


def heat_map(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    title: str,
    subtitle: str = "",
    axes: tuple[str, str] = ("", ""),
    ends: tuple[float, float] | None = None,
    digits: int = 2,
    unit: str = "",
) -> Chart:
    """A value for each row and column, the larger the darker.

    Args:
        rows: the names of the rows, from above.
        columns: the names of the columns, from the left.
        values: for each row a value for each column; None where there is none.
        title: what is shown.
        subtitle: what more there is to say.
        axes: what the rows are, and what the columns.
        ends: the values of the lightest and of the darkest shade; without them, the
            least value and the largest.
        digits: how many decimals of a value are printed.
        unit: what is printed after each value. With `%` none is rounded to all or
            to nothing.

    Raises:
        PictureError: there are not as many values as rows and columns, a name stands
            twice, a value is no number, or what draws is not installed.
    """
    rows, columns = names_of(rows), names_of(columns)
    refuse_unlike(rows, columns, values)
    placed = [
        (row, column, value)
        for row, line in zip(rows, values, strict=True)
        for column, value in zip(columns, line, strict=True)
    ]
    refuse_strange((f"{row}, {column}", value) for row, column, value in placed)
    if not placed:
        return nothing(title, subtitle)
    cells = _shaded(placed, ends, (digits, unit))
    words = Words(title=title, subtitle=subtitle, seen=_ends_told(cells))
    return _grid(cells, (rows, columns), axes, words)


def flow(
    counts: Mapping[tuple[str, str], int],
    *,
    total: int,
    title: str,
    subtitle: str = "",
    names: Sequence[str] = (),
    axes: tuple[str, str] = ("first place before", "first place after"),
) -> Chart:
    """How much goes over from one to another, as shares of *total*.

    Args:
        counts: how many go over, under the names of from where and to where.
        total: of how many they are.
        title: what is shown.
        subtitle: what more there is to say.
        names: the rows, and the columns, in their order; others come after these.
        axes: what the rows are, and what the columns.

    Raises:
        PictureError: there is too much to draw, or what draws is not installed.
    """
    going: Counter[tuple[str, str]] = Counter()
    for (before, after), count in counts.items():
        going[drawable(before), drawable(after)] += count
    found = rows_of([*names, *(name for pair in going for name in pair)])
    refuse_crowded(found, found)
    if not any(going.values()):
        return nothing(title, subtitle)
    cells = [_counted(pair, going, total) for pair in product(found, found)]
    words = Words(title=title, subtitle=subtitle, seen=_flows_told(cells))
    return _grid(cells, (found, found), axes, words)


def _shaded(
    placed: Sequence[Placed], ends: tuple[float, float] | None, manner: tuple[int, str]
) -> list[dict[str, Any]]:
    known = [value for _, _, value in placed if value is not None] or [0.0]
    tones = ends or (min(known), max(known))
    return [_valued(cell, tones, manner) for cell in placed]


def _valued(
    cell: tuple[str, str, float | None],
    ends: tuple[float, float],
    manner: tuple[int, str],
) -> dict[str, Any]:
    row, column, value = cell
    if value is None:
        return {
            "row": row,
            "column": column,
            "value": None,
            **_EMPTY,
            "told": "\N{EN DASH}",
        }
    low, high = ends
    tone = (value - low) / (high - low) if high > low else 1.0
    return {
        "row": row,
        "column": column,
        "value": value,
        "told": rounded(value, *manner),
        **_inked(tone),
    }


def _counted(
    pair: tuple[str, str], counts: Counter[tuple[str, str]], total: int
) -> dict[str, Any]:
    row, column = pair
    if not counts[pair]:
        return {"row": row, "column": column, "value": 0, **_EMPTY}
    # By its root, so that a flow of one in a hundred is still a tenth of the way.
    tone = sqrt(counts[pair] / max(counts.values()))
    told = share(counts[pair], total)
    return {
        "row": row,
        "column": column,
        "value": counts[pair],
        "told": told,
        **_inked(tone),
    }


_EMPTY = {"told": "", "fill": PAPER, "ink": INK}


def _inked(tone: float) -> dict[str, str]:
    fill = shade(min(max(tone, 0.0), 1.0))
    return {"fill": fill, "ink": ink_on(fill)}


def _grid(
    cells: list[dict[str, Any]],
    names: tuple[Sequence[str], Sequence[str]],
    axes: tuple[str, str],
    words: Words,
) -> Chart:
    for cell in cells:
        cell["seen"] = f"{cell['row']}, {cell['column']}: {cell['told']}"
    (rows, columns), (down, across) = names, map(drawable, axes)
    wide = max(_WIDE, 14 + _LETTER * max(len(cell["told"]) for cell in cells))
    turned = max(map(len, columns)) * _LETTER > wide - 4
    layers = _layers(_columns(columns, across, turned=turned), _rows(rows, down))
    size = {"width": wide * len(columns), "height": _HIGH * len(rows)}
    return framed(cells, layers, words, **size)


def _columns(columns: Sequence[str], title: str, *, turned: bool) -> Any:
    """The columns with their names above them, *turned* where they are long."""
    alt = needed("altair")
    angle, align = (-45, "left") if turned else (0, "center")
    axis = alt.Axis(orient="top", labelAngle=angle, labelAlign=align, **_QUIET)
    return alt.X("column:N", title=title or None, axis=axis).scale(domain=[*columns])


def _rows(rows: Sequence[str], title: str) -> Any:
    alt = needed("altair")
    axis = alt.Axis(**_QUIET)
    return alt.Y("row:N", title=title or None, axis=axis).scale(domain=[*rows])


def _layers(columns: Any, rows: Any) -> list[Any]:
    alt = needed("altair")
    base = alt.Chart().encode(x=columns, y=rows)
    filled = base.mark_rect(stroke=FAINT, strokeWidth=1)
    printed = base.mark_text(aria=False, fontSize=11)
    return [
        filled.encode(color=alt.Color("fill:N", scale=None), description="seen:N"),
        printed.encode(text="told:N", color=alt.Color("ink:N", scale=None)),
    ]


_QUIET: dict[str, Any] = {
    "domain": False,
    "ticks": False,
    "grid": False,
    "labelPadding": 6,
    "labelOverlap": False,
}


def _ends_told(cells: Iterable[dict[str, Any]]) -> str:
    known = [cell for cell in cells if cell["value"] is not None]
    if not known:
        return "A heat map without a value"
    least, most = (
        choose(known, key=lambda cell: cell["value"]) for choose in (min, max)
    )
    return (
        f"A heat map of {len(known)} values; the least is {_cell_told(least)}, "
        f"the most {_cell_told(most)}"
    )


def _flows_told(cells: Sequence[dict[str, Any]]) -> str:
    going = [cell for cell in cells if cell["value"]]
    largest = sorted(going, key=lambda cell: -cell["value"])[:3]
    told = (f"from {c['row']} to {c['column']} {c['told']}" for c in largest)
    return f"A table of {len(going)} flows; the largest are {', '.join(told)}"


def _cell_told(cell: Mapping[str, Any]) -> str:
    return f"{cell['told']} ({cell['row']}, {cell['column']})"
