"""A picture of intervals: a dot on a line, from its low end to its high one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from boundaryethics.plots import axes
from boundaryethics.plots.checking import drawable, names_of, refuse_strange
from boundaryethics.plots.colours import INK, LINE
from boundaryethics.plots.framing import Chart, Words, framed, needed, nothing
from boundaryethics.plots.values import Interval
from boundaryethics.plots.wording import told

_HIGH = 26
#: The part of the width that stays free at both ends.
_FREE = 0.06
_WITHOUT_END = "\N{INFINITY}"


def intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    reference: float | None = None,
    beside: str = "",
) -> Chart:
    """A dot for each row on a line from its low end to its high one.

    Args:
        rows: what is drawn, from above. An end that is None is drawn as an arrow.
        title: what is shown.
        axis: what the values are, with their unit.
        subtitle: what more there is to say.
        reference: where a dashed line stands, such as no effect.
        beside: what the hollow diamonds are.

    Raises:
        PictureError: a name stands twice, a value is no number, or what draws is not
            installed.
    """
    names = names_of(row.name for row in rows)
    refuse_strange((row.name, value) for row in rows for value in _numbers(row))
    refuse_strange([("the reference", reference)])
    if not rows:
        return nothing(title, subtitle)
    numbers = (*(n for row in rows for n in _numbers(row)), reference)
    ends = _room([number for number in numbers if number is not None])
    data = [_data(name, row, ends) for name, row in zip(names, rows, strict=True)]
    held = f"; hollow diamonds are {beside}" if beside else ""
    seen = f"{len(rows)} values with their intervals{held}"
    words = Words(title=title, subtitle=subtitle, seen=seen)
    layers = [
        *_reference(reference),
        *_layers(names, drawable(axis), ends, drawable(beside)),
    ]
    return framed(data, layers, words, width=axes.WIDTH, height=_HIGH * len(rows))


def _numbers(row: Interval) -> tuple[float | None, ...]:
    return row.value, row.low, row.high, row.beside


def _room(numbers: Sequence[float]) -> tuple[float, float]:
    """From where to where the picture goes, with room at both ends."""
    low, high = min(numbers), max(numbers)
    room = (high - low) * _FREE or abs(low) * 0.5 or 1.0
    return low - room, high + room


def _data(name: str, row: Interval, ends: tuple[float, float]) -> dict[str, Any]:
    low = f"\N{MINUS SIGN}{_WITHOUT_END}" if row.low is None else told(row.low)
    high = _WITHOUT_END if row.high is None else told(row.high)
    value = told(row.value)
    opening = "(" if row.low is None or row.without[0] else "["
    closing = ")" if row.high is None or row.without[1] else "]"
    note = f"  {drawable(row.note)}" if row.note else ""
    return {
        "row": name,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "from": ends[0] if row.low is None else row.low,
        "to": ends[1] if row.high is None else row.high,
        "beside": row.beside,
        "told": f"{value}  {opening}{low}, {high}{closing}{note}",
        "seen": f"{name}: {value}, within {opening}{low}, {high}{closing}{note}",
    }


def _reference(reference: float | None) -> Iterator[Any]:
    if reference is None:
        return
    alt = needed("altair")
    line = alt.Chart(alt.Data(values=[{"reference": reference}]))
    yield line.mark_rule(color=LINE, strokeDash=[4, 3]).encode(x="reference:Q")


def _layers(
    names: Sequence[str], axis: str, ends: tuple[float, float], held: str
) -> Iterator[Any]:
    alt = needed("altair")
    base = alt.Chart().encode(y=axes.rows_of_names(names, ruled=True))
    middle = alt.X("value:Q", title=axis).scale(domain=[*ends], nice=False, zero=False)
    yield base.mark_rule(color=INK, strokeWidth=1.5).encode(x="from:Q", x2="to:Q")
    yield from _ends(base)
    dots = base.mark_point(filled=True, size=80, opacity=1, color=INK)
    yield dots.encode(x=middle, description="seen:N")
    yield _held(base, held)
    yield axes.beside(base, dx=12).encode(x=alt.value(axes.WIDTH))


def _ends(base: Any) -> Iterator[Any]:
    """A tick where an interval ends, and an arrow where it does not."""
    shapes = {"low": "triangle-left", "high": "triangle-right"}
    for end, edge in (("low", "from"), ("high", "to")):
        ticked = base.transform_filter(f"isValid(datum.{end})")
        ticks = ticked.mark_tick(color=INK, size=9, thickness=1.5, aria=False)
        yield ticks.encode(x=f"{edge}:Q")
        endless = base.transform_filter(f"!isValid(datum.{end})")
        arrows = endless.mark_point(
            shape=shapes[end], filled=True, size=60, color=INK, opacity=1, aria=False
        )
        yield arrows.encode(x=f"{edge}:Q")


def _held(base: Any, word: str) -> Any:
    """Hollow diamonds, with a word on what they are."""
    alt = needed("altair")
    held = base.transform_filter("isValid(datum.beside)").transform_calculate(
        held=json.dumps(word)
    )
    marks = held.mark_point(
        size=170, filled=False, color=INK, strokeWidth=1.3, opacity=1
    )
    legend = alt.Legend(orient="top") if word else None
    shape = alt.Shape("held:N", title=None, legend=legend)
    return marks.encode(
        x="beside:Q", shape=shape.scale(domain=[word], range=["diamond"])
    )
