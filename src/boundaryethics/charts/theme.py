"""Define the theme of all charts, their number formats, and their size limits.

Values use one color scale, cividis. It looks nearly the same with and without a color
vision deficiency, and its lightness changes evenly, so it also works in grayscale.
Categories use `CATEGORIES`, in which light and dark colors alternate.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from math import floor, isfinite, log10
from textwrap import wrap
from typing import TYPE_CHECKING, Any, TypeAlias

from boundaryethics.errors import PictureError, Problem, import_or_refuse, problem

if TYPE_CHECKING:
    from altair import LayerChart

Chart: TypeAlias = "LayerChart"

#: The level of `python -OO`, which removes docstrings.
_WITHOUT_DOCSTRINGS = 2

#: The maximum number of rows in a chart with one row for each rule, change or variant.
MOST_ROWS = 20

#: The maximum numbers of rows, columns and cells that a chart can show legibly.
MOST = 1_000
MOST_CELLS = 150 * 150

INK, PAPER, FAINT, LINE = "#000000", "#ffffff", "#d9d9d9", "#767676"
#: A dark and a light shade of cividis, for two kinds of bars.
DARK, LIGHT = "#1d3a6f", "#aea371"
#: The name of the color scale. Without `reverse`, the darkest color comes first.
SCHEME = "cividis"
#: Colors of categories. All differ in lightness, and each has a contrast of at least 3
#: with the next one, as WCAG 2 requires.
CATEGORIES = (
    *("#8a5bb5", "#ffe14d", "#1a5c28", "#8cc7ef"),
    *("#7a0f3c", "#f08a24", "#0b1f4b", "#3fa08f"),
)
#: The point on cividis, from light to dark, where white text becomes easier to read
#: than black. There, both have a contrast of at least 4.5, as WCAG 2 requires.
INK_TURNS = 0.532

#: The width of charts that have one row for each name.
WIDTH = 420
#: Characters per line of a title.
_LINE = 76
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
    """Import *library*, which charts need.

    Raises:
        PictureError: *library* is not installed, or Python is running with `-OO`.
    """
    if sys.flags.optimize >= _WITHOUT_DOCSTRINGS:
        refuse_all([problem("BE868")])
    return import_or_refuse(library, PictureError, "BE860")


#: Matches a name in backticks; charts show names in quotation marks.
_CODE = re.compile(r"`([^`]*)`")


class _Altair:
    """Proxy that imports Altair when one of its names is first used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(needed("altair"), name)


alt: Any = _Altair()


def framed(
    data: Sequence[dict[str, Any]],
    layers: Sequence[Any],
    heading: tuple[str, str],
    summary: str,
    size: tuple[float, float],
) -> Chart:
    """Combine *layers* that share *data* into a chart; the first is at the bottom.

    *heading* is the title and the subtitle. *summary* gives the main facts of the chart
    to screen readers.
    """
    heading = (_CODE.sub(r'"\1"', heading[0]), _CODE.sub(r'"\1"', heading[1]))
    title, below = (wrap(drawable(text), _LINE) for text in heading)
    parts = (part.rstrip(".") for part in (*heading, summary))
    described = ". ".join(part[:1].upper() + part[1:] for part in parts if part)
    chart = alt.layer(*layers, data=alt.Data(values=[*data])).properties(
        # An empty subtitle would leave a gap.
        title=alt.TitleParams(title or [""], **({"subtitle": below} if below else {})),
        description=drawable(described),
        width=size[0],
        height=size[1],
        background=PAPER,
        padding=12,
    )
    found: Chart = chart.configure(**_THEME)
    return found


def nothing(heading: tuple[str, str]) -> Chart:
    """Return a chart that shows only the *heading* and "nothing to show"."""
    mark = alt.Chart().mark_text(align="left", fontSize=13, fontStyle="italic")
    text = mark.encode(text="text:N", x=alt.value(0), y=alt.value(12))
    data, summary = [{"text": "nothing to show"}], "There is nothing to show"
    return framed(data, [text], heading, summary, (320, 30))


def decimals(values: Iterable[float]) -> int | None:
    """Return the number of decimal places for all numbers in one column.

    The largest number gets at least three significant digits, unless that takes more
    than six decimals. The result is None if the numbers are integers, or if one of them
    is too large for decimals.
    """
    known = [*values]
    largest = max(map(abs, known), default=0.0)
    if largest >= 1_000 or all(value == int(value) for value in known):  # noqa: PLR2004
        return None
    return min(max(2 - floor(log10(largest)), 2), 6)


def number_text(value: float, digits: int | None = None) -> str:
    """Format a number with about three significant digits, or with *digits* decimals.

    Only an exact 0 is shown as 0.
    """
    if digits is not None:
        text, least = f"{value:.{digits}f}", f"{10**-digits:.{digits}f}"
        if value and float(text) == 0:
            text = f"<{least}" if value > 0 else f">-{least}"
        return text.replace("-", "\N{MINUS SIGN}")
    size, nearly_plain = abs(value), 999.5
    if value == int(value) and size < 1_000_000:  # noqa: PLR2004
        text = f"{int(value):,}"
    elif size < 0.001:  # noqa: PLR2004
        text = "<0.001" if value > 0 else ">-0.001"
    else:
        whole = nearly_plain <= size < 1e12  # noqa: PLR2004
        text = f"{value:,.0f}" if whole else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


def share(part: float, whole: float) -> str:
    """Format a share as a percentage; show 0% or 100% only if it is exact."""
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
    """Format a number with *digits* decimals; no percentage is rounded to 0 or 100."""
    text, least = f"{value:.{digits}f}", 10**-digits
    if unit == "%" and value not in {0, 100}:
        if float(text) == 0:
            text = f"<{least:.{digits}f}"
        elif float(text) == 100:  # noqa: PLR2004
            text = f">{100 - least:.{digits}f}"
    return f"{text}{unit}".replace("-", "\N{MINUS SIGN}")


def drawable(name: str) -> str:
    """Replace characters of *name* that charts cannot show, such as control codes."""
    # Vega reads the text "if" as a condition; a word joiner has no width.
    if name in {"if", "if\u2060"}:
        return "if\u2060"
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def names_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names* as they are drawn; raise an error if two look the same."""
    found = tuple(map(drawable, names))
    repeated = [name for name, times in Counter(found).items() if times > 1]
    refuse_all(problem("BE864.twice", token=name, name=name) for name in repeated)
    return rows_of(found)


def rows_of(names: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct *names* as drawn; raise an error if there are too many."""
    found = tuple(dict.fromkeys(map(drawable, names)))
    refuse_many(len(found), "rows or columns", MOST)
    return found


def refuse_many(number: int, things: str, most: int) -> None:
    """Raise an error if a chart has too many *things* to be legible."""
    if number > most:
        refuse_all([problem("BE866", number=number, things=things, most=most)])


#: Closer to zero, or farther from it, the renderer cannot compute an axis.
_LEAST, _LARGEST = 1e-300, 1e300


def refuse_strange(values: Iterable[tuple[str, float | None]]) -> None:
    """Raise an error if any of the named *values* cannot be shown on an axis.

    Such values are NaN, infinities, and numbers too large or too close to zero for
    ticks.
    """
    refuse_all(
        problem(code, token=name, value=value, name=drawable(name))
        for name, value in values
        for code in [_strange(value)]
        if code
    )


def _strange(value: float | None) -> str | None:
    """Return the code of the problem with *value*, if there is one."""
    if not value:
        return None
    if not isfinite(value):
        return "BE865"
    return None if _LEAST <= abs(value) <= _LARGEST else "BE865.size"


def refuse_all(problems: Iterable[Problem]) -> None:
    """Raise all *problems* in one error, if there are any."""
    if found := tuple(problems):
        raise PictureError(found)
