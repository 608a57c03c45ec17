"""A picture of swings, a tornado: where each thing goes, moved down and moved up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boundaryethics.plots.axes import WIDTH, beside, rows_of_names
from boundaryethics.plots.checking import drawable, names_of, refuse_strange
from boundaryethics.plots.colours import DARK, INK, LIGHT, LINE
from boundaryethics.plots.framing import Chart, Words, framed, needed, nothing
from boundaryethics.plots.values import Swing
from boundaryethics.plots.wording import told

_HIGH = 32
#: The part of the width that a number takes.
_BESIDE = 0.12
_ARROWS = "\N{DOWNWARDS ARROW}\N{UPWARDS ARROW}"


def tornado(
    swings: Sequence[Swing],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    base: float = 0.0,
    sides: tuple[str, str] = ("one down", "one up"),
) -> Chart:
    """For each row two bars from *base*: where it goes moved down, and moved up.

    The rows that swing furthest come first. A row that cannot be moved one way has
    one bar alone; one that changes nothing has the number of the base beside it.

    Args:
        swings: what is drawn; rows that swing equally far keep their order.
        title: what is shown.
        axis: what is measured, with its unit.
        subtitle: what more there is to say.
        base: the measure where nothing is moved.
        sides: what it is to be moved down, and up.

    Raises:
        PictureError: a name stands twice, a value is no number, or what draws is not
            installed.
    """
    names = names_of(swing.name for swing in swings)
    refuse_strange((s.name, end) for s in swings for end in (s.down, s.up, base))
    sides = (drawable(sides[0]), drawable(sides[1]))
    if not swings:
        return nothing(title, subtitle)
    drawn = sorted(zip(names, swings, strict=True), key=lambda one: -one[1].width(base))
    data = [datum for name, swing in drawn for datum in _data(name, swing, sides)]
    name, first = drawn[0]
    seen = f"{len(swings)} rows; {name} swings furthest, by {told(first.width(base))}"
    words = Words(title=title, subtitle=subtitle, seen=seen)
    across = _across(axis, [datum["value"] for datum in data], base)
    layers = _layers([name for name, _ in drawn], across, base, sides)
    return framed(data, layers, words, width=WIDTH, height=_HIGH * len(swings))


def _data(name: str, swing: Swing, sides: tuple[str, str]) -> list[dict[str, Any]]:
    ends = zip(sides, _ARROWS, (swing.down, swing.up), strict=True)
    return [
        {
            "row": name,
            "side": side,
            "value": end,
            "told": f"{arrow} {told(end)}",
            "seen": f"{name}, {side}: {told(end)}",
        }
        for side, arrow, end in ends
        if end is not None
    ]


def _across(axis: str, values: Sequence[float], base: float) -> Any:
    """From where to where bars go, with room for the numbers at their ends."""
    low, high = min([*values, base]), max([*values, base])
    room = (high - low) * _BESIDE or abs(base) or 1.0
    ends = [low - room * (low < base), high + room * (high > base or low == high)]
    across = needed("altair").X("value:Q", title=drawable(axis))
    return across.scale(domain=ends, nice=True)


def _layers(
    rows: Sequence[str], across: Any, base: float, sides: tuple[str, str]
) -> list[Any]:
    alt = needed("altair")
    colour = alt.Color("side:N", title=None, legend=alt.Legend(orient="top")).scale(
        domain=[*sides], range=[LIGHT, DARK]
    )
    swings = alt.Chart().encode(
        x=across,
        y=rows_of_names(rows),
        yOffset=alt.YOffset("side:N").scale(domain=[*sides]),
    )
    bars = swings.mark_bar(stroke=LINE, strokeWidth=0.5, height=11)
    start = alt.Chart(alt.Data(values=[{"base": base}])).mark_rule(color=INK)
    return [
        bars.encode(x2=alt.X2Datum(base), color=colour, description="seen:N"),
        start.encode(x="base:Q"),
        beside(swings.transform_filter(f"datum.value >= {base!r}")),
        beside(swings.transform_filter(f"datum.value < {base!r}"), dx=-5),
    ]
