"""Draw figures as bars on a logarithmic scale.

Bars of the package are dark, and those of other libraries are light, even in grayscale.
Each bar has a label and a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

from benchmarks.peers.figures import Figure

#: For each chart, the unit of its figures and the title of its axis.
PICTURES = {
    "one-situation.svg": ("µs", "median microseconds per situation"),
    "many-rows.svg": ("ns per row", "nanoseconds per row"),
}
_SHADES = {"boundaryethics": "#0b3c5d", "others": "#c9c9c9"}
_BAR, _LENGTH = 22, 420


def missing() -> str:
    """Return the name of a missing chart library, or an empty string."""
    for name in ("altair", "vl-convert-python"):
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            return name
    return ""


def draw(figures: Sequence[Figure], folder: Path) -> None:
    """Write each chart to *folder*."""
    for name, (unit, says) in PICTURES.items():
        bars = [f for f in figures if f.bar and f.value and f.unit == unit]
        if bars:
            _chart(bars, says).save(str(folder / name))


def _chart(figures: Sequence[Figure], says: str) -> Any:
    import altair as alt

    values = [figure.value or 1 for figure in figures]
    powers = _powers(min(values), max(values))
    least = powers[0]
    bars = alt.Chart(alt.Data(values=[_bar(figure, least) for figure in figures]))
    scale = alt.Scale(type="log", domain=[least, powers[-1]])
    axis = alt.Axis(values=[*powers], format=",~f", gridColor="#bbbbbb")
    x = alt.X("value:Q", scale=scale, title=says, axis=axis)
    ticks = alt.Axis(labelLimit=400, ticks=False, domain=False)
    y = alt.Y("words:N", sort=None, title=None, axis=ticks)
    shades = alt.Scale(domain=[*_SHADES], range=[*_SHADES.values()])
    legend = alt.Legend(title=None, orient="top")
    drawn = bars.mark_bar(stroke="#333333", strokeWidth=0.5, size=_BAR - 7).encode(
        x=x,
        x2="least:Q",
        y=y,
        color=alt.Color("whose:N", scale=shades, legend=legend),
    )
    numbers = bars.mark_text(align="left", dx=4).encode(x=x, y=y, text="text:N")
    height = _BAR * len(figures)
    return (drawn + numbers).properties(width=_LENGTH, height=height)


def _bar(figure: Figure, least: float) -> dict[str, object]:
    return {
        "words": figure.bar,
        "value": figure.value,
        "least": least,
        "text": figure.cells[1].partition(" ")[0],
        "whose": "boundaryethics" if figure.ours else "others",
    }


def _powers(least: float, most: float) -> tuple[float, ...]:
    """List the powers of ten from below *least* to above *most*."""
    low, high = floor(log10(least)), ceil(log10(most))
    return tuple(10.0**power for power in range(low, high + 1))
