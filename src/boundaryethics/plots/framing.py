"""The frame around every picture: its words, its size and its manner.

In: layers of marks. Out: one chart, which looks the same wherever it is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs

from boundaryethics.errors import PictureError, Problem
from boundaryethics.plots.checking import drawable
from boundaryethics.plots.colours import FAINT, INK, LINE, PAPER

if TYPE_CHECKING:
    import altair as alt

Chart: TypeAlias = "alt.LayerChart"

#: Characters of a title on one line.
_LINE = 76
#: What a library is called where it is to be had, if otherwise.
_SOLD_AS = {"vl_convert": "vl-convert-python"}
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"


@final
@attrs.frozen(kw_only=True)
class Words:
    """What is said around a picture."""

    title: str
    subtitle: str = ""
    #: The kind of picture, and what is most to be seen in it, for who cannot see it.
    seen: str


def needed(library: str) -> Any:
    """The module called *library*.

    Raises:
        PictureError: it is not installed.
    """
    try:
        return import_module(library)
    except ImportError as missing:
        name = (missing.name or library).partition(".")[0]
        sold_as = _SOLD_AS.get(name, name)
        problem = Problem(
            code="BE860",
            message=f"nothing can be drawn: {sold_as} is not installed",
            help="pip install 'boundaryethics[plots]'",
        )
        raise PictureError([problem]) from missing


def framed(
    data: Sequence[dict[str, Any]],
    layers: Sequence[Any],
    words: Words,
    *,
    width: float,
    height: float,
) -> Chart:
    """One chart of *layers*, the first at the bottom, which share *data*."""
    alt = needed("altair")
    said = (part.rstrip(".") for part in (words.title, words.subtitle, words.seen))
    described = ". ".join(part[:1].upper() + part[1:] for part in said if part)
    chart = alt.layer(*layers, data=alt.Data(values=[*data])).properties(
        title=_title(words),
        description=drawable(described),
        width=width,
        height=height,
        background=PAPER,
        padding=12,
    )
    found: Chart = chart.configure(**_MANNER)
    return found


def _title(words: Words) -> Any:
    """Title and subtitle in lines; an empty subtitle would leave a gap."""
    title, subtitle = (
        wrap(drawable(text), _LINE) for text in (words.title, words.subtitle)
    )
    below = {"subtitle": subtitle} if subtitle else {}
    return needed("altair").TitleParams(title or [""], **below)


def nothing(title: str, subtitle: str = "") -> Chart:
    """A chart that says that there is nothing to show."""
    alt = needed("altair")
    said = alt.Chart().mark_text(
        align="left", color=INK, fontSize=13, fontStyle="italic"
    )
    encoded = said.encode(text="told:N", x=alt.value(0), y=alt.value(12))
    words = Words(title=title, subtitle=subtitle, seen="There is nothing to show")
    return framed([{"told": "nothing to show"}], [encoded], words, width=320, height=30)


_MANNER: dict[str, Any] = {
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
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "labelFlush": False,
        "labelLimit": 0,
        "titleLimit": 0,
        "gridColor": FAINT,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 11,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelLimit": 0,
        "titleLimit": 0,
        "symbolSize": 110,
        "offset": 8,
        "columnPadding": 16,
    },
    "text": {"font": _FONT},
}
