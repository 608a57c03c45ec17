"""Draw plain values as Altair charts: bars, grids, stacked shares, marks, intervals.

Every number that a chart depicts also appears as text, so readers do not depend on
color. This module does not depend on policies. Drawing the first chart imports Altair.

Each function takes a title, a subtitle and, as `axis`, the meaning of the values with
their unit. It raises `PictureError` if Altair is not installed, two names are the same,
a value is infinite or NaN, or the chart would be too large to read.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, cycle, product
from operator import itemgetter
from typing import Any, final

import attrs

from boundaryethics.arguments import checked, ranged
from boundaryethics.charts.theme import (
    CATEGORIES,
    DARK,
    FAINT,
    INK,
    INK_TURNS,
    LIGHT,
    LINE,
    MOST,
    MOST_CELLS,
    PAPER,
    SCHEME,
    WIDTH,
    Chart,
    alt,
    decimals,
    drawable,
    framed,
    names_of,
    nothing,
    number_text,
    refuse_all,
    refuse_many,
    refuse_strange,
    rounded,
    rows_of,
)
from boundaryethics.errors import problem

#: Readers cannot distinguish more shades than this; `shares` combines the other parts.
MOST_PARTS = 8
REST = "other"

_LETTER = 6.2
#: The tone of a cell that stays white.
_NO_TONE = -1.0


@final
@attrs.frozen
class Bar:
    """A row of `bars`."""

    name: str
    value: float
    #: The total that the value is part of, drawn behind it; None if there is none.
    of: float | None = None


@final
@attrs.frozen
class Dot:
    """One mark of a `dot_strip`."""

    #: The row, such as a rule or a fact.
    row: str
    value: float
    #: The category that shape and shade show, such as the option ranked first.
    kind: str = ""
    #: The text next to the mark; may be empty.
    label: str = ""


@final
@attrs.frozen
class Step:
    """A horizontal segment of a line in `step_lines`."""

    #: The line that it belongs to.
    line: str
    low: float
    high: float
    value: float


@final
@attrs.frozen
class TornadoRow:
    """A row of a `tornado`: its measure after a move down, and after a move up."""

    name: str
    #: None if the row cannot be moved in that direction.
    down: float | None
    up: float | None

    @checked
    def width(self, base: float) -> float:
        """Return the distance from *base* to `down` or `up`, whichever is farther."""
        ends = (end for end in (self.down, self.up) if end is not None)
        return max((abs(end - base) for end in ends), default=0.0)


@final
@attrs.frozen
class Interval:
    """A row of `intervals`: a value, and the ends of its interval."""

    name: str
    value: float
    #: The ends. None means that the interval has no end in that direction; the chart
    #: then shows an arrow. If both are None, there is no interval, and the chart shows
    #: the value as a hollow circle.
    low: float | None
    high: float | None
    #: Another value to compare `value` with, drawn as a hollow diamond; None if there
    #: is none.
    beside: float | None = None
    #: Whether the interval excludes its low end, and whether it excludes its high end.
    #: An end that is None is always excluded.
    without: tuple[bool, bool] = (False, False)
    #: Text after the numbers.
    note: str = ""


@checked
def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    legend: tuple[str, str] = ("", ""),
    most: int | None = None,
) -> Chart:
    """Draw a bar for each row, the longest first, in front of a bar for its total.

    Rows with equal values keep their order. *legend* names the bar in front and the
    paler bar behind it. Only the first *most* rows are drawn; the subtitle counts the
    others.
    """
    names = names_of(row.name for row in rows)
    refuse_strange((row.name, end) for row in rows for end in (row.value, row.of))
    if not rows:
        return nothing((title, subtitle))
    named = all(legend)
    kinds = [*map(drawable, legend)] if named else ["part", "whole"]
    order = sorted(
        zip(names, rows, strict=True),
        key=lambda pair: (-abs(pair[1].value), -abs(pair[1].of or 0.0)),
    )
    subtitle = _capped(subtitle, len(rows), most)
    order = order[:most]
    ends = [end for _, row in order for end in (row.value, row.of) if end is not None]
    digits = decimals(ends)
    color = _category(alt.Color, "kind:N", kinds, named=named, range=[DARK, LIGHT])
    base = alt.Chart().encode(
        x=_from_zero(axis, ends), y=_rows(name for name, _ in order)
    )
    layers = [
        base.transform_filter({"field": "kind", "equal": kind})
        .mark_bar(height=height)
        .encode(color=color, description="seen:N")
        for kind, height in zip(kinds[::-1], (16, 8), strict=True)
    ]
    layers += _numbers_past(base.encode(x="reach:Q"), "reach", 0.0)
    data = [d for name, row in order for d in _bar_data(name, row, kinds, digits)]
    (name, longest), size = order[0], (WIDTH, 22 * len(order))
    number = number_text(longest.value, digits)
    seen = f"A bar chart; the longest bar is {name}: {number}"
    return framed(data, layers, (title, subtitle), seen, size)


def _capped(subtitle: str, rows: int, most: int | None) -> str:
    """Extend *subtitle* with the number of *rows* that are not drawn, if any."""
    if most is not None:
        ranged("most", most, 1, MOST)
    if most is None or rows <= most:
        return subtitle
    more = f"only the {most} largest of {rows} are drawn"
    return "; ".join(filter(None, (subtitle, more)))


def _from_zero(axis: str, values: Sequence[float]) -> Any:
    """Return an x axis that includes 0, with several ticks even if all values are 0."""
    across = alt.X("value:Q", title=drawable(axis))
    low, high = min(values, default=0.0), max(values, default=0.0)
    if low < 0:
        # Numbers at the ends of bars take about an eighth of the width.
        low, high = low - 0.14 * (max(high, 0.0) - low), max(high, 0.0)
        return across.scale(domain=[low, high], nice=True)
    return across.scale(domain=[0, high or 1], nice=True)


def _bar_data(
    name: str, row: Bar, kinds: Sequence[str], digits: int | None
) -> Iterator[dict[str, Any]]:
    """Yield data for the back bar, the front bar, and the text past the longer one."""
    ends = [end for end in (row.value, row.of) if end is not None]
    texts = [number_text(end, digits) for end in ends]
    for kind, value in zip(kinds[::-1], (row.of, row.value), strict=True):
        if value is not None:
            seen = f"{name}, {kind}: {number_text(value, digits)}"
            yield {"row": name, "kind": kind, "value": value, "seen": seen}
    reach = max((end for end in (*ends, 0.0) if end * row.value >= 0), key=abs)
    yield {"row": name, "reach": reach, "text": " of ".join(texts)}


@checked
def tornado(
    swings: Sequence[TornadoRow],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    base: float = 0.0,
    sides: tuple[str, str] = ("one level down", "one level up"),
    most: int | None = None,
) -> Chart:
    """Draw two bars per row, from *base* to the measures after moves down and up.

    The rows with the largest change come first; rows that change equally keep their
    order. A row that can be moved in only one direction has one bar. If a row changes
    nothing, its label shows the value of *base*. *sides* names the move down and the
    move up. Only the first *most* rows are drawn; the subtitle counts the others.
    """
    names = names_of(swing.name for swing in swings)
    refuse_strange((s.name, end) for s in swings for end in (s.down, s.up, base))
    if not swings:
        return nothing((title, subtitle))
    moves = [*map(drawable, sides)]
    order = sorted(zip(names, swings, strict=True), key=lambda one: -one[1].width(base))
    subtitle = _capped(subtitle, len(swings), most)
    order = order[:most]
    moved = [end for _, s in order for end in (s.down, s.up) if end is not None]
    digits = decimals([base, *moved])
    data: list[dict[str, Any]] = [
        {
            "row": name,
            "side": side,
            "value": end,
            "text": f"{arrow} {number_text(end, digits)}",
            "seen": f"{name}, {side}: {number_text(end, digits)}",
        }
        for name, swing in order
        for side, arrow, end in zip(moves, "↓↑", (swing.down, swing.up), strict=True)
        if end is not None
    ]
    low, high = min(base, *moved, base), max(base, *moved, base)
    # Numbers at the ends of bars take about an eighth of the width.
    room = (high - low) * 0.12 or abs(base) or 1.0
    wide = [low - room * (low < base), high + room * (high > base or low == high)]
    rows = alt.Chart().encode(
        x=alt.X("value:Q", title=drawable(axis)).scale(domain=wide, nice=True),
        y=_rows(name for name, _ in order),
        yOffset=alt.YOffset("side:N").scale(domain=moves),
    )
    color = _category(alt.Color, "side:N", moves, range=[LIGHT, DARK])
    drawn = rows.mark_bar(stroke=LINE, strokeWidth=0.5, height=11).encode(
        x2=alt.X2Datum(base), color=color, description="seen:N"
    )
    start = alt.Chart(alt.Data(values=[{"base": base}])).mark_rule(color=INK)
    layers = [drawn, start.encode(x="base:Q"), *_numbers_past(rows, "value", base)]
    name, first = order[0]
    furthest = number_text(first.width(base), digits)
    seen = f"{len(order)} rows; the largest change is {furthest} ({name})"
    size = (WIDTH, 32 * len(order))
    return framed(data, layers, (title, subtitle), seen, size)


@checked
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
    """Draw a value for each row and column; larger values are darker.

    A missing value, None, is shown as a dash. *axes* names the rows and the columns.
    *ends* are the values of the lightest and the darkest shade; the defaults are
    the smallest and the largest value. The scale between them is linear, and a legend
    shows it. Each value is printed with *digits* decimals and the *unit*. No percentage
    is rounded to 0 or 100.
    """
    ranged("digits", digits, 0, 15)
    rows, columns = names_of(rows), names_of(columns)
    refuse_many(len(rows) * len(columns), "cells", MOST_CELLS)
    lengths = sorted({len(row) for row in values})
    if len(values) != len(rows) or not {len(columns)} >= {*lengths}:
        size: Any = {"rows": len(rows), "columns": len(columns), "found": len(values)}
        found = " or ".join(map(str, lengths))
        refuse_all([problem("BE864.cells", **size, lengths=found)])
    placed = [*zip(product(rows, columns), chain.from_iterable(values), strict=True)]
    refuse_strange((", ".join(pair), value) for pair, value in placed)
    if not placed:
        return nothing((title, subtitle))
    known = [(value, pair) for pair, value in placed if value is not None]
    low, high = ends or (min(known)[0], max(known)[0]) if known else (0.0, 1.0)
    cells = [
        (None, "\N{EN DASH}", _NO_TONE)
        if value is None
        else (value, rounded(value, digits, unit), _tone(value, low, high))
        for _, value in placed
    ]
    seen = "A heat map without a value"
    if known:
        least, most = (
            f"{rounded(value, digits, unit)} ({', '.join(pair)})"
            for choose in (min, max)
            for value, pair in [choose(known, key=itemgetter(0))]
        )
        ends_shown = f"the lowest is {least}, the highest {most}"
        seen = f"A heat map of {len(known)} values; {ends_shown}"
    shades = [rounded(end, digits, unit) for end in (low, (low + high) / 2, high)]
    heading = title, subtitle
    shown = shades if high > low else ()
    return _grid(cells, (rows, columns), axes, heading, seen=seen, shades=shown)


def _tone(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0) if high > low else 1.0


@checked
def step_lines(
    steps: Sequence[Step],
    *,
    title: str,
    axes: tuple[str, str],
    subtitle: str = "",
    reference: float | None = None,
    band: tuple[float, float] | None = None,
) -> Chart:
    """Draw step lines, each with its own color and dash pattern.

    *axes* names the horizontal and the vertical axis. *reference* is the position of a
    dashed vertical line, and *band* a gray range on the horizontal axis.
    """
    refuse_many(len(steps), "steps", MOST_CELLS)
    refuse_strange((s.line, end) for s in steps for end in (s.low, s.high, s.value))
    if not steps:
        return nothing((title, subtitle))
    lines = rows_of(step.line for step in steps)
    data = [
        {"line": drawable(s.line), "x": x, "y": s.value, "order": number}
        for number, s in enumerate(steps)
        for x in (s.low, s.high)
    ]
    across = alt.X("x:Q", title=drawable(axes[0])).scale(zero=False, nice=False)
    up = alt.Y("y:Q", title=drawable(axes[1]))
    base = alt.Chart().encode(x=across, y=up, order="order:Q")
    colors = [DARK, "#b3541e", LINE][: len(lines)]
    drawn = base.mark_line(strokeWidth=2).encode(
        color=_category(alt.Color, "line:N", lines, range=colors),
        strokeDash=_category(
            alt.StrokeDash, "line:N", lines, range=[[1, 0], [5, 3], [2, 2]]
        ),
    )
    layers = [drawn]
    if reference is not None:
        at = alt.Chart(alt.Data(values=[{"x": reference}]))
        layers.insert(0, at.mark_rule(color=LINE, strokeDash=[4, 3]).encode(x="x:Q"))
    if band is not None:
        at = alt.Chart(alt.Data(values=[{"x": band[0], "x2": band[1]}]))
        layers.insert(0, at.mark_rect(color=FAINT).encode(x="x:Q", x2="x2:Q"))
    ends = (f"{name} up to {number_text(_highest(name, steps))}" for name in lines)
    seen = f"Step lines; {', '.join(ends)}"
    return framed(data, layers, (title, subtitle), seen, (WIDTH + 100, 260))


def _highest(line: str, steps: Sequence[Step]) -> float:
    return max(step.value for step in steps if drawable(step.line) == line)


@checked
def transition_matrix(
    counts: Mapping[tuple[str, str], float],
    *,
    total: float,
    title: str,
    subtitle: str = "",
    names: Sequence[str] = (),
    axes: tuple[str, str] = ("top response before", "top response after"),
) -> Chart:
    """Draw the transitions between names as shares of *total*.

    The keys of *counts* are pairs of names: before and after. Rows and columns come in
    the order of *names*, and other names follow. Rows and columns without a transition
    are left out. The shade is linear in the share.
    """
    moves = ((f"{before} to {after}", n) for (before, after), n in counts.items())
    refuse_strange((("total", total), *moves))
    going: defaultdict[tuple[str, str], float] = defaultdict(int)
    for (before, after), count in counts.items():
        going[drawable(before), drawable(after)] += count
    found = rows_of([*names, *chain.from_iterable(going)])
    refuse_many(len(found) ** 2, "cells", MOST_CELLS)
    if not any(going.values()):
        return nothing((title, subtitle))
    rows = [name for name in found if any(going[name, to] for to in found)]
    columns = [name for name in found if any(going[by, name] for by in found)]
    most, whole = max(going.values()), total or 1
    digits = min(decimals([100 * most / whole, 0.5]) or 0, 4)

    def text(count: float) -> str:
        return rounded(100 * count / whole, digits, "%")

    flows = [(going[pair], pair) for pair in product(rows, columns)]
    cells = [(n, text(n), n / most) if n else (n, "", _NO_TONE) for n, _ in flows]
    largest = sorted((flow for flow in flows if flow[0]), key=lambda flow: -flow[0])
    listed = (f"from {a} to {b} {text(n)}" for n, (a, b) in largest[:3])
    seen = f"{len(largest)} transitions; the largest are {', '.join(listed)}"
    heading, shades = (title, subtitle), [text(most * part) for part in (0, 0.5, 1)]
    return _grid(cells, (rows, columns), axes, heading, seen=seen, shades=shades)


def _grid(
    cells: Sequence[tuple[float | None, str, float]],
    names: tuple[Sequence[str], Sequence[str]],
    axes: tuple[str, str],
    heading: tuple[str, str],
    *,
    seen: str,
    shades: Sequence[str],
) -> Chart:
    """Draw *cells*, each a value, its text and its tone; `_NO_TONE` means white.

    *shades* are the legend labels of the lightest, middle and darkest tones.
    """
    (rows, columns), (down, across) = names, map(drawable, axes)
    keys = ("row", "column", "value", "text", "tone", "seen")
    data = [
        dict(zip(keys, (*pair, *cell, f"{', '.join(pair)}: {cell[1]}"), strict=True))
        for pair, cell in zip(product(rows, columns), cells, strict=True)
    ]
    wide = max(48, 14 + _LETTER * max(len(text) for _, text, _ in cells))
    slanted = max(map(len, columns)) * _LETTER > wide - 4
    plain: dict[str, Any] = {"domain": False, "ticks": False, "grid": False}
    plain |= {"labelPadding": 6, "labelOverlap": False}
    above = alt.Axis(
        **plain,
        orient="top",
        labelAngle=-45 if slanted else 0,
        labelAlign="left" if slanted else "center",
    )
    left = alt.Axis(**plain)
    base = alt.Chart().encode(
        x=alt.X("column:N", title=across or None, axis=above).scale(domain=[*columns]),
        y=alt.Y("row:N", title=down or None, axis=left).scale(domain=[*rows]),
    )
    scale = alt.Scale(domain=[0, 1], scheme=SCHEME, reverse=True)
    height = 30 * len(rows)
    legend = shades and alt.Legend(
        title=None,
        values=[0, 0.5, 1],
        labelExpr=f"{json.dumps([*shades])}[2 * datum.value]",
        gradientLength=min(max(height, 60), 150),
    )
    tone = alt.Color("tone:Q", legend=legend or None, scale=scale)
    color = alt.condition("datum.tone >= 0", tone, alt.value(PAPER))
    drawn = base.mark_rect(stroke=FAINT, strokeWidth=1)
    filled = drawn.encode(color=color, description="seen:N")
    printed = base.mark_text(aria=False, fontSize=11).encode(
        text="text:N", color=_readable_on_tone()
    )
    size = (wide * len(columns), height)
    return framed(data, [filled, printed], heading, seen, size)


@checked
def shares(
    counts: Mapping[str, Mapping[str, float]],
    *,
    title: str,
    axis: str = "share of situations (%)",
    subtitle: str = "",
    parts: Sequence[str] = (),
) -> Chart:
    """Draw a stacked bar for each row; the parts are shares of the row's sum.

    For each row, *counts* has the count of each part. The parts in *parts* come first,
    in that order. If there are more than `MOST_PARTS` parts, the smallest are combined
    into one.
    """
    rows, width = names_of(counts), 560
    sums, order = _parts_of(counts.values(), parts)
    if not order:
        return nothing((title, subtitle))
    each = zip(rows, sums, strict=True)
    at = dict(zip(order, _places(order, parts, len(CATEGORIES)), strict=True))
    cut = [[*_pieces(name, row, at, width)] for name, row in each]
    pieces, named = [*chain.from_iterable(cut)], order
    small: list[dict[str, Any]] = []
    if len(rows) == 1:
        # The legend shows the number of a part that is too thin for its label.
        for piece in pieces:
            piece["named"] = f"{piece['part']} {piece['text']}"
        named = [piece["named"] for piece in pieces]
    else:
        for row in cut:
            thin = [piece for piece in row if not piece["label"]]
            thin_text = ", ".join(f"{piece['part']} {piece['text']}" for piece in thin)
            small += [{"row": piece["row"], "thin": thin_text} for piece in thin[:1]]
    legend = alt.Legend(
        orient="top", direction="horizontal", columns=4, symbolType="square"
    )
    color = alt.Color("named:N", title=None, legend=legend)
    base = alt.Chart().encode(y=_rows(rows))
    drawn = base.mark_bar(stroke=PAPER, strokeWidth=1.5, height=22).encode(
        x=alt.X("start:Q", title=drawable(axis)).scale(domain=[0, 100], nice=False),
        x2="end:Q",
        color=color.scale(domain=named, range=[CATEGORIES[n] for n in at.values()]),
        description="seen:N",
    )
    labels = base.transform_filter("datum.label != ''")
    printed = labels.mark_text(aria=False, fontSize=11).encode(
        x="middle:Q", text="label:N", color=alt.Color("ink:N", scale=None)
    )
    beside = base.transform_filter("isValid(datum.thin)").mark_text(
        align="left", aria=False, fontSize=11, color=INK
    )
    layers = [drawn, printed]
    if small:
        layers.append(beside.encode(x=alt.value(width + 8), text="thin:N"))
    largest = (max(row, key=itemgetter("count"))["seen"] for row in cut if row)
    seen = f"Stacked bars; the largest part of each is {'; '.join(largest)}"
    size = (width, 32 * len(rows))
    return framed([*pieces, *small], layers, (title, subtitle), seen, size)


def _parts_of(
    counts: Iterable[Mapping[str, float]], parts: Sequence[str]
) -> tuple[list[defaultdict[str, float]], list[str]]:
    """Count the parts of each row, and list all; those over the limit become `REST`."""
    rows: list[defaultdict[str, float]] = []
    sizes: dict[str, float] = {}
    for row in counts:
        rows.append(defaultdict(int))
        total = sum(row.values()) or 1
        for part, count in row.items():
            name = drawable(part)
            rows[-1][name] += count
            sizes[name] = sizes.get(name, 0.0) + count / total
    order = [p for p in dict.fromkeys([*map(drawable, parts), *sizes]) if sizes.get(p)]
    if len(order) > MOST_PARTS:
        own = sorted(set(order) - {REST}, key=lambda part: -sizes[part])
        order = [part for part in order if part in own[: MOST_PARTS - 1]]
        for row in rows:
            for part in sizes.keys() - {*order, REST}:
                row[REST] += row.pop(part, 0)
        order.append(REST)
    return rows, order


def _places(order: Sequence[str], known: Sequence[str], size: int) -> list[int]:
    """Return a color number below *size* for each category in *order*.

    The position of a category in *known* is its number, so it has the same color in
    every chart with the same *known*. Other categories get the remaining numbers, which
    repeat if there are too few.
    """
    names = dict.fromkeys(map(drawable, known))
    own = {name: place for place, name in zip(range(size), names, strict=False)}
    free = [place for place in range(size) if place >= len(own)]
    spare = [place for name, place in own.items() if name not in order]
    others = cycle([*free, *spare] or range(size))
    return [own[name] if name in own else next(others) for name in order]


def _pieces(
    row: str, counts: Mapping[str, float], places: Mapping[str, int], width: float
) -> Iterator[dict[str, Any]]:
    """Yield the start and the end of each part of one bar, with a label if it fits."""
    total, before = sum(counts.values()), 0.0
    for part, place in places.items():
        count = counts.get(part, 0)
        if not count:
            continue
        start, end = (100 * edge / total for edge in (before, before + count))
        text = rounded(100 * count / total, 2, "%") if count < total else "100%"
        room = (end - start) / 100 * width - 6
        labels = (f"{part} {text}", text)
        fitting = (label for label in labels if len(label) * _LETTER <= room)
        yield {
            "row": row,
            "part": part,
            "named": part,
            "text": text,
            "count": count,
            "start": start,
            "middle": (start + end) / 2,
            "end": end,
            "label": next(fitting, ""),
            # Dark and light colors alternate.
            "ink": INK if place % 2 else PAPER,
            "seen": f"{row}: {part} {text}",
        }
        before += count


@checked
def dot_strip(
    dots: Sequence[Dot],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    kinds: Sequence[str] = (),
) -> Chart:
    """Draw marks in rows. Each kind of mark has its own shape, color and line in a row.

    The rows are in the order in which they first occur in *dots*. The kinds in *kinds*
    come first, in that order.
    """
    refuse_strange((dot.row, dot.value) for dot in dots)
    rows = rows_of(dot.row for dot in dots)
    present = {drawable(dot.kind) for dot in dots}
    ordered = rows_of([*kinds, *(dot.kind for dot in dots)])
    order = [kind for kind in ordered if kind in present]
    if not dots:
        return nothing((title, subtitle))
    data = [
        {
            "row": drawable(dot.row),
            "kind": drawable(dot.kind),
            "value": dot.value,
            "text": drawable(dot.label),
            "seen": drawable(" ".join(filter(None, words))),
        }
        for dot in dots
        for label in [f"({dot.label})" if dot.label else ""]
        for words in [(f"{dot.row}:", dot.kind, number_text(dot.value), label)]
    ]
    base = alt.Chart().encode(
        x=_across(axis, [dot.value for dot in dots]),
        y=_rows(rows, ruled=True),
        yOffset=alt.YOffset("kind:N").scale(domain=order),
    )
    shapes = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
    named, places = order != [""], _places(order, kinds, len(CATEGORIES))
    colors = [CATEGORIES[place] for place in places]
    used = [shapes[place % len(shapes)] for place in places]
    marks = base.mark_point(
        filled=True, size=70, opacity=1, stroke=INK, strokeWidth=0.5
    ).encode(
        color=_category(alt.Color, "kind:N", order, named=named, range=colors),
        shape=_category(alt.Shape, "kind:N", order, named=named, range=used),
        description="seen:N",
    )
    most = 20
    seen = "; ".join(str(datum["seen"]) for datum in data[:most])
    if len(data) > most:
        seen += f"; and {len(data) - most} other marks"
    size = (WIDTH, max(24, 15 * len(order) + 8) * len(rows))
    return framed(data, [marks, _label(base, 9)], (title, subtitle), seen, size)


def _across(axis: str, values: Sequence[float]) -> Any:
    """Return the x axis; for integers in a small range, ticks are only at integers."""
    least, most, few = min(values), max(values), 12
    across = alt.X("value:Q", title=drawable(axis))
    if most - least > few or not all(float(one).is_integer() for one in values):
        return across.scale(zero=False, nice=True)
    low, high = int(least), int(most)
    # Counts start at 0, and an axis has at least two ticks.
    low = 0 if low >= 0 and high <= few else low - (low == high)
    high += low == high
    ticks = alt.Axis(values=[*range(low, high + 1)], format="d")
    return across.axis(ticks).scale(domain=[low - 0.25, high + 0.5], nice=False)


_NO_INTERVAL = "a hollow circle without a line has no interval"


@checked
def intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    reference: float | None = None,
    beside: str = "",
) -> Chart:
    """Draw a dot for each row on a line from its low end to its high end.

    An included end is a tick, an excluded end is a hollow circle, and an end that is
    None is an arrow. A value without an interval is a hollow circle without a line.
    *reference* is the value at which a dashed line is drawn, such as 0 for no effect.
    *beside* is the legend label of the hollow diamonds, which show `Interval.beside`.
    """
    names = names_of(row.name for row in rows)
    numbers = [
        (row.name, number)
        for row in rows
        for number in (row.value, row.low, row.high, row.beside)
    ]
    refuse_strange(numbers)
    refuse_strange([("the reference", reference)])
    if not rows:
        return nothing((title, subtitle))
    if any(row.low is None and row.high is None for row in rows):
        subtitle = "; ".join(filter(None, (subtitle, _NO_INTERVAL)))
    drawn = [number for _, number in (*numbers, ("", reference)) if number is not None]
    low, high = min(drawn), max(drawn)
    room = (high - low) * 0.06 or abs(low) * 0.5 or 1.0
    ends = low - room, high + room
    base = alt.Chart().encode(y=_rows(names, ruled=True))
    scale = alt.Scale(domain=[*ends], nice=False, zero=False)
    middle = alt.X("value:Q", title=drawable(axis), scale=scale)
    plain = {"size": 80, "opacity": 1, "color": INK}
    known, alone = (base.transform_filter(f"{no}datum.alone") for no in ("!", ""))
    dots = known.mark_point(filled=True, **plain)
    hollow = alone.mark_point(fill=PAPER, strokeWidth=1.3, **plain)
    layers = [
        known.mark_rule(color=INK, strokeWidth=1.5).encode(x="from:Q", x2="to:Q"),
        *_ends(known),
        *(of.encode(x=middle, description="seen:N") for of in (dots, hollow)),
        _diamonds(base, drawable(beside)),
        _label(base, 12).encode(x=alt.value(WIDTH)),
    ]
    if reference is not None:
        line = alt.Chart(alt.Data(values=[{"reference": reference}]))
        dashed = line.mark_rule(color=LINE, strokeDash=[4, 3])
        layers.insert(0, dashed.encode(x="reference:Q"))
    printed = (n for row in rows for n in (row.value, row.low, row.high))
    digits = decimals(number for number in printed if number is not None)
    data = [
        _interval_data(n, r, ends, digits) for n, r in zip(names, rows, strict=True)
    ]
    held = f"; hollow diamonds are {beside}" if beside else ""
    seen = f"{len(rows)} values with their intervals{held}"
    return framed(data, layers, (title, subtitle), seen, (WIDTH, 26 * len(rows)))


def _interval_data(
    name: str, row: Interval, ends: tuple[float, float], digits: int | None
) -> dict[str, Any]:
    low, high, value = (
        None if number is None else number_text(number, digits)
        for number in (row.low, row.high, row.value)
    )
    opening = "(" if row.low is None or row.without[0] else "["
    closing = ")" if row.high is None or row.without[1] else "]"
    note = f"  {drawable(row.note)}" if row.note else ""
    alone = low is None and high is None
    low, high = low or "\N{MINUS SIGN}\N{INFINITY}", high or "\N{INFINITY}"
    span = f"{opening}{low}, {high}{closing}{note}"
    if alone:
        span = f"no interval{f' ({drawable(row.note)})' * bool(row.note)}"
    return {
        "row": name,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "from": ends[0] if row.low is None else row.low,
        "to": ends[1] if row.high is None else row.high,
        **dict(zip(("open_low", "open_high"), row.without, strict=True)),
        "beside": row.beside,
        "alone": alone,
        "text": f"{value}  {span}",
        "seen": f"{name}: {value}, {'' if alone else 'within '}{span}",
    }


def _ends(base: Any) -> Iterator[Any]:
    """Yield ticks for included, circles for excluded, and arrows for missing ends."""
    plain = {"color": INK, "aria": False}
    for end, edge, way in (("low", "from", "left"), ("high", "to", "right")):
        known = base.transform_filter(f"isValid(datum.{end})")
        ticks = known.transform_filter(f"!datum.open_{end}").mark_tick(
            size=9, thickness=1.5, **plain
        )
        circles = known.transform_filter(f"datum.open_{end}").mark_point(
            size=40, fill=PAPER, strokeWidth=1.3, opacity=1, **plain
        )
        arrows = base.transform_filter(f"!isValid(datum.{end})").mark_point(
            shape=f"triangle-{way}", filled=True, size=60, opacity=1, **plain
        )
        drawn = (ticks, circles, arrows)
        yield from (marks.encode(x=f"{edge}:Q") for marks in drawn)


def _diamonds(base: Any, word: str) -> Any:
    """Draw hollow diamonds; the legend labels them *word*."""
    held = base.transform_filter("isValid(datum.beside)").transform_calculate(
        held=json.dumps(word)
    )
    shape = _category(alt.Shape, "held:N", [word], named=bool(word), range=["diamond"])
    return held.mark_point(
        size=170, filled=False, color=INK, strokeWidth=1.3, opacity=1
    ).encode(x="beside:Q", shape=shape)


def _category(
    channel: Any, field: str, names: Sequence[str], *, named: bool = True, **scale: Any
) -> Any:
    """Encode *field* as *channel*, a color or shape; show a legend if *named*."""
    legend = alt.Legend(orient="top") if named else None
    return channel(field, title=None, legend=legend).scale(domain=[*names], **scale)


def _rows(names: Iterable[str], *, ruled: bool = False) -> Any:
    """Encode rows as the y axis, in the order of *names*; *ruled* adds grid lines."""
    line = {"grid": True, "bandPosition": 0} if ruled else {"grid": False}
    axis = alt.Axis(
        domain=False, ticks=False, labelOverlap=False, labelPadding=6, **line
    )
    rows = alt.Y("row:N", title=None, axis=axis)
    return rows.scale(domain=[*names], **({"padding": 0} if ruled else {}))


def _numbers_past(base: Any, field: str, start: float) -> list[Any]:
    """Return two layers that write the field `text` just past the end of each bar."""
    return [
        _label(base.transform_filter(f"datum.{field} {sign} {start!r}"), dx)
        for sign, dx in ((">=", 5), ("<", -5))
    ]


def _label(base: Any, dx: float) -> Any:
    """Write `text` to the right of each mark, or to the left if *dx* is negative."""
    align = "left" if dx > 0 else "right"
    marks = base.mark_text(align=align, dx=dx, aria=False, fontSize=11, color=INK)
    return marks.encode(text="text:N")


def _readable_on_tone() -> Any:
    """Return the text color, black or white, that contrasts more with the tone."""
    return alt.condition(f"datum.tone > {INK_TURNS}", alt.value(PAPER), alt.value(INK))
