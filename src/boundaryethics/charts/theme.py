"""How every chart looks, how numbers read in it, and what can be drawn at all.

One color scale serves for all: cividis, which looks nearly the same to eyes with and
without a deficiency of color vision, and grows evenly darker, so that it holds in grey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import import_module
from math import isfinite
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias

from boundaryethics.errors import PictureError, Problem, problem

if TYPE_CHECKING:
    import altair as alt

Chart: TypeAlias = "alt.LayerChart"

#: A picture with more rows or columns, or with more cells, cannot be read.
MOST = 1_000
MOST_CELLS = 150 * 150

#: For lines and words.
INK, PAPER, FAINT, LINE = "#000000", "#ffffff", "#d9d9d9", "#767676"
#: Two steps of cividis, for two kinds of bars side by side or one behind the other.
DARK, LIGHT = "#1d3a6f", "#aea371"
#: Looks nearly the same to all eyes; without `reverse` the darkest comes first.
SCHEME = "cividis"
#: How far along cividis white text becomes easier to read than black, from light to
#: dark; either has a contrast of at least 4.5 there, as WCAG 2 asks of text.
INK_TURNS = 0.532

#: How wide charts with a row for each name are.
WIDTH = 420
#: Characters of a title on one line.
_LINE = 76
_SOLD_AS = {"vl_convert": "vl-convert-python"}
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_WORDS = {"labelColor": INK, "titleColor": INK, "labelLimit": 0, "titleLimit": 0}
_SIZES = {"labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal"}
_THEME: dict[str, Any] = {
    "font": _FONT,
    "view": {"stroke": None, "continuousWidth": 300, "continuousHeight": 300},
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "color": INK,
        "fontSize": 15,
        "subtitleColor": "#4d4d4d",
        "subtitleFontSize": 12,
        "subtitlePadding": 5,
        "offset": 8,
    },
    "axis": {
        **_WORDS,
        **_SIZES,
        "titlePadding": 10,
        "labelFlush": False,
        "gridColor": FAINT,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {**_WORDS, **_SIZES, "symbolSize": 110, "offset": 8, "columnPadding": 16},
    "text": {"font": _FONT},
}


def needed(library: str) -> Any:
    """Import and return *library*."""
    try:
        return import_module(library)
    except ImportError as missing:
        name = (missing.name or library).partition(".")[0]
        sold_as = _SOLD_AS.get(name, name)
        raise PictureError([problem("BE860", library=sold_as)]) from missing


def framed(
    data: Sequence[dict[str, Any]],
    layers: Sequence[Any],
    *,
    title: str,
    subtitle: str,
    seen: str,
    size: tuple[float, float],
) -> Chart:
    """Lay *layers* over one another, the first at the bottom; they share *data*.

    *seen* tells the most important facts of the chart to readers who cannot see it.
    """
    alt = needed("altair")
    heading, below = (wrap(drawable(text), _LINE) for text in (title, subtitle))
    said = (part.rstrip(".") for part in (title, subtitle, seen))
    described = ". ".join(part[:1].upper() + part[1:] for part in said if part)
    width, height = size
    chart = alt.layer(*layers, data=alt.Data(values=[*data])).properties(
        # An empty subtitle would leave a gap.
        title=alt.TitleParams(
            heading or [""], **({"subtitle": below} if below else {})
        ),
        description=drawable(described),
        width=width,
        height=height,
        background=PAPER,
        padding=12,
    )
    found: Chart = chart.configure(**_THEME)
    return found


def nothing(title: str, subtitle: str) -> Chart:
    """Make a chart that says that there is nothing to show."""
    alt = needed("altair")
    mark = alt.Chart().mark_text(align="left", fontSize=13, fontStyle="italic")
    told = mark.encode(text="told:N", x=alt.value(0), y=alt.value(12))
    return framed(
        [{"told": "nothing to show"}],
        [told],
        title=title,
        subtitle=subtitle,
        seen="There is nothing to show",
        size=(320, 30),
    )


def tones(count: int) -> tuple[float, ...]:
    """Return how far along cividis each of so many colors lies, the darkest first.

    They lie as Vega lays the colors of a scheme of that count: neither end is among
    them, as the lightest is hard to see on white.
    """
    return tuple(1 - place / (count + 1) for place in range(1, count + 1))


def told(value: float) -> str:
    """Write a number in about three digits; only nothing is written as nothing."""
    size, nearly_plain = abs(value), 999.5
    if value == int(value) and size < 1_000_000:  # noqa: PLR2004
        text = f"{int(value):,}"
    elif size < 0.001:  # noqa: PLR2004
        text = "<0.001" if value > 0 else ">-0.001"
    else:
        whole = nearly_plain <= size < 1e12  # noqa: PLR2004
        text = f"{value:,.0f}" if whole else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def share(part: int, whole: int) -> str:
    """Write a share as a percentage; only none is 0%, and only all is 100%."""
    if not whole or part in {0, whole}:
        return "100%" if whole and part else "0%"
    percentage = 100 * part / whole
    if percentage < 0.01:  # noqa: PLR2004
        return "<0.01%"
    if percentage > 99.99:  # noqa: PLR2004
        return ">99.99%"
    kept = f"{percentage:.2f}" if percentage >= 99.5 else f"{percentage:.3g}"  # noqa: PLR2004
    return f"{kept}%"


def rounded(value: float, digits: int, unit: str = "") -> str:
    """Write a number with *digits* decimals; a percentage is never wrongly 0 or 100."""
    text, least = f"{value:.{digits}f}", 10**-digits
    if unit == "%" and value not in {0, 100}:
        if float(text) == 0:
            text = f"<{least:.{digits}f}"
        elif float(text) == 100:  # noqa: PLR2004
            text = f">{100 - least:.{digits}f}"
    return f"{text}{unit}".replace("-", "\N{MINUS SIGN}")


def drawable(name: str) -> str:
    """Replace what no picture can hold in *name*, such as control characters."""
    drawn = "".join(c if c.isprintable() else "\ufffd" for c in name)
    # Vega takes the text "if" for a condition; a word joiner has no width.
    return "if\u2060" if drawn == "if" else drawn


def names_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* as they can be drawn; refuse two that look the same."""
    found = tuple(map(drawable, names))
    repeated = [name for name, times in Counter(found).items() if times > 1]
    refuse_all(problem("BE864.twice", token=name, name=name) for name in repeated)
    return rows_of(found)


def rows_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* as they can be drawn, each once; refuse too many."""
    found = tuple(dict.fromkeys(map(drawable, names)))
    _refuse_many(len(found), "rows or columns", MOST)
    return found


def refuse_crowded(rows: Sequence[str], columns: Sequence[str]) -> None:
    """Refuse a grid whose cells cannot be read."""
    _refuse_many(len(rows) * len(columns), "cells", MOST_CELLS)


def _refuse_many(number: int, things: str, most: int) -> None:
    if number > most:
        refuse_all([problem("BE866", number=number, things=things, most=most)])


def refuse_strange(values: Iterable[tuple[str, float | None]]) -> None:
    """Refuse infinite values and NaN; each value has a name."""
    refuse_all(
        problem("BE865", token=name, value=value, name=drawable(name))
        for name, value in values
        if value is not None and not isfinite(value)
    )


def refuse_all(problems: Iterable[Problem]) -> None:
    """Raise all *problems* together, if there are any."""
    if found := tuple(problems):
        raise PictureError(found)
