"""A picture of stacked bars: the parts of each row, from none to all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from boundaryethics.plots.axes import rows_of_names
from boundaryethics.plots.checking import drawable, names_of
from boundaryethics.plots.framing import Chart, Words, framed, needed, nothing
from boundaryethics.plots.parting import parted

_HIGH = 32


def shares(
    counts: Mapping[str, Mapping[str, int]],
    *,
    title: str,
    axis: str = "share of situations (%)",
    subtitle: str = "",
    parts: Sequence[str] = (),
) -> Chart:
    """A bar for each row, cut into parts; the parts are shares of the row's sum.

    Args:
        counts: under the name of each row, under the name of each part, how many.
        title: what is shown.
        axis: what the parts are shares of.
        subtitle: what more there is to say.
        parts: the parts in their order; others come after these. Of more than can be
            told apart, the smallest are drawn as one.

    Raises:
        PictureError: there is too much to draw, or what draws is not installed.
    """
    rows = names_of(counts)
    drawn = parted(counts, parts)
    if not drawn.pieces:
        return nothing(title, subtitle)
    words = Words(title=title, subtitle=subtitle, seen=drawn.seen)
    layers = _layers(rows, drawable(axis), drawn.colours)
    return framed(
        drawn.pieces, layers, words, width=drawn.width, height=_HIGH * len(rows)
    )


def _layers(rows: Sequence[str], axis: str, colours: Mapping[str, str]) -> list[Any]:
    alt = needed("altair")
    legend = alt.Legend(
        orient="top", direction="horizontal", columns=4, symbolType="square"
    )
    colour = alt.Color("named:N", title=None, legend=legend).scale(
        domain=[*colours], range=[*colours.values()]
    )
    base = alt.Chart().encode(y=rows_of_names(rows))
    whole = alt.Scale(domain=[0, 100], nice=False)
    pieces = base.mark_bar(stroke="white", strokeWidth=1.5, height=22)
    labels = base.transform_filter("datum.label != ''").mark_text(
        aria=False, fontSize=11
    )
    return [
        pieces.encode(
            x=alt.X("start:Q", title=axis, scale=whole),
            x2="end:Q",
            color=colour,
            description="seen:N",
        ),
        labels.encode(
            x="middle:Q", text="label:N", color=alt.Color("ink:N", scale=None)
        ),
    ]
