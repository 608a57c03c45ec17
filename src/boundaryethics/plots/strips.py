"""A picture of single marks in rows, a strip: each kind with a shape and a shade."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from boundaryethics.plots.axes import WIDTH, beside, rows_of_names
from boundaryethics.plots.checking import drawable, refuse_strange, rows_of
from boundaryethics.plots.colours import INK, apart
from boundaryethics.plots.framing import Chart, Words, framed, needed, nothing
from boundaryethics.plots.values import Dot
from boundaryethics.plots.wording import told

_SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
#: Up to here each whole number has a tick of its own.
_COUNTED = 12
#: So many marks are listed for who cannot see them.
_LISTED = 20


def strip(
    dots: Sequence[Dot],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    kinds: Sequence[str] = (),
) -> Chart:
    """Marks in rows, each kind with a shape, a shade and a line of its own.

    Args:
        dots: what is drawn; the rows come in the order of their first dots.
        title: what is shown.
        axis: what the values are, with their unit.
        subtitle: what more there is to say.
        kinds: the kinds in their order; others come after these.

    Raises:
        PictureError: there is too much to draw, a value is no number, or what draws
            is not installed.
    """
    refuse_strange((dot.row, dot.value) for dot in dots)
    rows, order = rows_of(dot.row for dot in dots), _kinds(dots, kinds)
    if not dots:
        return nothing(title, subtitle)
    data = [_data(dot) for dot in dots]
    words = Words(title=title, subtitle=subtitle, seen=_marks_told(data))
    base = (
        needed("altair")
        .Chart()
        .encode(
            x=_across(axis, [dot.value for dot in dots]),
            y=rows_of_names(rows, ruled=True),
        )
    )
    high = max(24, 15 * len(order) + 8) * len(rows)
    layers = [*_layers(base, order)]
    return framed(data, layers, words, width=WIDTH, height=high)


def _kinds(dots: Sequence[Dot], kinds: Sequence[str]) -> list[str]:
    """The kinds of *dots* as they can be drawn, those of *kinds* first."""
    present = {drawable(dot.kind) for dot in dots}
    ordered = rows_of([*kinds, *(dot.kind for dot in dots)])
    return [kind for kind in ordered if kind in present]


def _data(dot: Dot) -> dict[str, Any]:
    label = f"({dot.label})" if dot.label else ""
    seen = " ".join(filter(None, (f"{dot.row}:", dot.kind, told(dot.value), label)))
    return {
        "row": drawable(dot.row),
        "kind": drawable(dot.kind),
        "value": dot.value,
        "told": drawable(dot.label),
        "seen": drawable(seen),
    }


def _marks_told(data: Sequence[dict[str, Any]]) -> str:
    listed = "; ".join(dot["seen"] for dot in data[:_LISTED])
    more = len(data) - _LISTED
    return f"{listed}; and {more} other marks" if more > 0 else listed


def _across(axis: str, values: Sequence[float]) -> Any:
    """Where marks stand; between whole numbers alone where all of them are."""
    alt = needed("altair")
    least, most = min(values), max(values)
    across = alt.X("value:Q", title=drawable(axis))
    if most - least > _COUNTED or not all(float(one).is_integer() for one in values):
        return across.scale(zero=False, nice=True)
    ticks = alt.Axis(values=[*range(int(least), int(most) + 1)], format="d")
    return across.axis(ticks).scale(domain=[least - 0.5, most + 0.5], nice=False)


def _layers(base: Any, kinds: Sequence[str]) -> Iterator[Any]:
    alt = needed("altair")
    shapes = [_SHAPES[number % len(_SHAPES)] for number in range(len(kinds))]
    told_by: dict[str, Any] = {
        "title": None,
        "legend": None if kinds == [""] else alt.Legend(orient="top"),
    }
    # One colour more than there are kinds, as the lightest is hard to see alone.
    colours = apart(len(kinds) + 1)[:-1]
    lined = base.encode(yOffset=alt.YOffset("kind:N").scale(domain=[*kinds]))
    marks = lined.mark_point(
        filled=True, size=70, opacity=1, stroke=INK, strokeWidth=0.5
    )
    yield marks.encode(
        color=alt.Color("kind:N", **told_by).scale(domain=[*kinds], range=[*colours]),
        shape=alt.Shape("kind:N", **told_by).scale(domain=[*kinds], range=shapes),
        description="seen:N",
    )
    yield beside(lined, dx=9)
