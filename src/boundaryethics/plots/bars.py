"""A picture of bars: how much of each, and what it is a part of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from boundaryethics.plots.axes import WIDTH, beside, rows_of_names
from boundaryethics.plots.checking import drawable, names_of, refuse_strange
from boundaryethics.plots.colours import DARK, LIGHT
from boundaryethics.plots.framing import Chart, Words, framed, needed, nothing
from boundaryethics.plots.values import Bar
from boundaryethics.plots.wording import told

_HIGH = 22
#: What the bars are told apart by where no legend says what they are.
_UNSAID = ("part", "whole")


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    legend: tuple[str, str] = ("", ""),
) -> Chart:
    """A bar for each row, the longest first, before what it is a part of.

    Args:
        rows: what is drawn; rows of equal value keep their order.
        title: what is shown.
        axis: what the values are, with their unit.
        subtitle: what more there is to say.
        legend: what the bar is, and what the paler bar behind it is.

    Raises:
        PictureError: a name stands twice, a value is no number, or what draws is not
            installed.
    """
    legend = (drawable(legend[0]), drawable(legend[1]))
    names = names_of(row.name for row in rows)
    refuse_strange((row.name, end) for row in rows for end in (row.value, row.of))
    if not rows:
        return nothing(title, subtitle)
    drawn = sorted(zip(names, rows, strict=True), key=_longest)
    kinds = legend if all(legend) else _UNSAID
    data = [datum for name, row in drawn for datum in _data(name, row, kinds)]
    words = Words(title=title, subtitle=subtitle, seen=_longest_told(*drawn[0]))
    layers = _layers([name for name, _ in drawn], axis, kinds)
    return framed(data, layers, words, width=WIDTH, height=_HIGH * len(rows))


def _longest(pair: tuple[str, Bar]) -> tuple[float, float]:
    return -abs(pair[1].value), -abs(pair[1].of or 0.0)


def _longest_told(name: str, row: Bar) -> str:
    return f"Bars, the longest first: {name} with {told(row.value)}"


def _data(name: str, row: Bar, kinds: tuple[str, str]) -> Iterator[dict[str, Any]]:
    """The bar behind, and the one in front, which has the numbers of both."""
    both = told(row.value) if row.of is None else f"{told(row.value)} of {told(row.of)}"
    for kind, value in zip(kinds[::-1], (row.of, row.value), strict=True):
        if value is not None:
            seen = f"{name}, {kind}: {told(value)}"
            yield {"row": name, "kind": kind, "value": value, "seen": seen}
    yield {"row": name, "reach": _reach(row), "told": both}


def _reach(row: Bar) -> float:
    """The end of the longer of its bars, past which there is room."""
    side = (end for end in (row.value, row.of or 0.0) if end * row.value >= 0)
    return max(side, key=abs)


def _layers(rows: Sequence[str], axis: str, kinds: tuple[str, str]) -> list[Any]:
    alt = needed("altair")
    legend = None if kinds == _UNSAID else alt.Legend(orient="top")
    colour = alt.Color("kind:N", title=None, legend=legend).scale(
        domain=[*kinds], range=[DARK, LIGHT]
    )
    base = alt.Chart().encode(
        x=alt.X("value:Q", title=drawable(axis)).scale(nice=True, zero=True),
        y=rows_of_names(rows),
    )
    front, behind = (
        base.transform_filter({"field": "kind", "equal": kind}) for kind in kinds
    )
    numbers = base.encode(x="reach:Q")
    return [
        behind.mark_bar(height=16).encode(color=colour, description="seen:N"),
        front.mark_bar(height=8).encode(color=colour, description="seen:N"),
        beside(numbers.transform_filter("datum.reach >= 0")),
        beside(numbers.transform_filter("datum.reach < 0"), dx=-5),
    ]
