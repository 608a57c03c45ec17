"""Draw plain values as Altair charts: bars, grids, stacked shares, marks, intervals.

Every number that a chart shows stands in it as text too, so that color only helps the
eye. Nothing here knows a policy, and Altair is loaded when something is drawn.

Each function takes a title, a subtitle and, as `axis`, what the values are with their
unit. It raises `PictureError` where Altair is not installed, a name stands twice, a
value is infinite or NaN, or there is too much to read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import sqrt
from operator import itemgetter
from typing import Any, final

import attrs

from boundaryethics.charts.theme import (
    DARK,
    FAINT,
    INK,
    INK_TURNS,
    LIGHT,
    LINE,
    PAPER,
    SCHEME,
    WIDTH,
    Chart,
    drawable,
    framed,
    names_of,
    needed,
    nothing,
    refuse_all,
    refuse_crowded,
    refuse_strange,
    rounded,
    rows_of,
    share,
    told,
    tones,
)
from boundaryethics.errors import problem

#: More parts cannot be told apart by their shade; the rest is drawn as one.
MOST_PARTS = 8
REST = "any other"

_LETTER = 6.2
#: The tone of a cell that stays white.
_NO_TONE = -1.0


@final
@attrs.frozen
class Bar:
    """A row of `bars`."""

    name: str
    value: float
    #: What the value is a part of, drawn behind it; None where it is part of nothing.
    of: float | None = None


@final
@attrs.frozen
class Dot:
    """One mark of a `dot_strip`."""

    #: The row that it stands in, such as a rule or a fact.
    row: str
    value: float
    #: What its shape and shade tell, such as the option that comes first.
    kind: str = ""
    #: What stands beside it; nothing where it is empty.
    label: str = ""


@final
@attrs.frozen
class TornadoRow:
    """A row of a `tornado`: where one thing, moved down and up, takes the measure."""

    name: str
    #: None where it cannot be moved that way.
    down: float | None
    up: float | None

    def width(self, base: float) -> float:
        """How far the measure comes from *base*, either way."""
        ends = (end for end in (self.down, self.up) if end is not None)
        return max((abs(end - base) for end in ends), default=0.0)


@final
@attrs.frozen
class Interval:
    """A row of `intervals`: an estimate, or a weight as it is, and how far it goes."""

    name: str
    value: float
    #: None where there is no end that way, which is drawn as an arrow.
    low: float | None
    high: float | None
    #: Another value to hold it against, drawn as a hollow diamond.
    beside: float | None = None
    #: Whether the low and the high end are themselves out; one that is not there is.
    without: tuple[bool, bool] = (False, False)
    #: What more is to be said of it, after its numbers.
    note: str = ""

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """All that is drawn of it."""
        return self.value, self.low, self.high, self.beside


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    legend: tuple[str, str] = ("", ""),
) -> Chart:
    """Draw a bar for each row, the longest first, before what it is a part of.

    Rows of equal value keep their order. *legend* names the bar, and the paler bar
    behind it.
    """
    names = names_of(row.name for row in rows)
    refuse_strange((row.name, end) for row in rows for end in (row.value, row.of))
    if not rows:
        return nothing(title, subtitle)
    alt = needed("altair")
    kinds = tuple(map(drawable, legend)) if all(legend) else ("part", "whole")
    order = sorted(
        zip(names, rows, strict=True),
        key=lambda pair: (-abs(pair[1].value), -abs(pair[1].of or 0.0)),
    )
    color = alt.Color(
        "kind:N", title=None, legend=alt.Legend(orient="top") if all(legend) else None
    ).scale(domain=[*kinds], range=[DARK, LIGHT])
    base = alt.Chart().encode(
        x=alt.X("value:Q", title=drawable(axis)).scale(nice=True, zero=True),
        y=_rows(name for name, _ in order),
    )
    front, behind = (
        base.transform_filter({"field": "kind", "equal": kind})
        .mark_bar(height=height)
        .encode(color=color, description="seen:N")
        for kind, height in zip(kinds, (8, 16), strict=True)
    )
    name, longest = order[0]
    return framed(
        [datum for name, row in order for datum in _bar_data(name, row, kinds)],
        [
            behind,
            front,
            *_numbers_past(base.encode(x="reach:Q"), "reach", 0.0),
        ],
        title=title,
        subtitle=subtitle,
        seen=f"Bars, the longest first: {name} with {told(longest.value)}",
        size=(WIDTH, 22 * len(rows)),
    )


def _bar_data(name: str, row: Bar, kinds: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the bar behind, the one in front, and where the numbers of both stand."""
    both = told(row.value) if row.of is None else f"{told(row.value)} of {told(row.of)}"
    for kind, value in zip(kinds[::-1], (row.of, row.value), strict=True):
        if value is not None:
            seen = f"{name}, {kind}: {told(value)}"
            yield {"row": name, "kind": kind, "value": value, "seen": seen}
    ends = (end for end in (row.value, row.of or 0.0) if end * row.value >= 0)
    yield {"row": name, "reach": max(ends, key=abs), "told": both}


def tornado(
    swings: Sequence[TornadoRow],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    base: float = 0.0,
    sides: tuple[str, str] = ("one down", "one up"),
) -> Chart:
    """Draw for each row two bars from *base*: where it goes moved down, and up.

    The rows that swing furthest come first; those that swing equally far keep their
    order. A row that cannot be moved one way has one bar alone; one that changes
    nothing has the number of the base beside it. *sides* says what it is to be moved
    down, and up.
    """
    names = names_of(swing.name for swing in swings)
    refuse_strange((s.name, end) for s in swings for end in (s.down, s.up, base))
    if not swings:
        return nothing(title, subtitle)
    alt = needed("altair")
    moved = [*map(drawable, sides)]
    order = sorted(zip(names, swings, strict=True), key=lambda one: -one[1].width(base))
    data = [
        {
            "row": name,
            "side": side,
            "value": end,
            "told": f"{arrow} {told(end)}",
            "seen": f"{name}, {side}: {told(end)}",
        }
        for name, swing in order
        for side, arrow, end in zip(
            moved, "\u2193\u2191", (swing.down, swing.up), strict=True
        )
        if end is not None
    ]
    ends = [base, *(end for s in swings for end in (s.down, s.up) if end is not None)]
    low, high = min(ends), max(ends)
    # Numbers at the ends of bars take about an eighth of the width.
    room = (high - low) * 0.12 or abs(base) or 1.0
    wide = [low - room * (low < base), high + room * (high > base or low == high)]
    rows = alt.Chart().encode(
        x=alt.X("value:Q", title=drawable(axis)).scale(domain=wide, nice=True),
        y=_rows(name for name, _ in order),
        yOffset=alt.YOffset("side:N").scale(domain=moved),
    )
    color = alt.Color("side:N", title=None, legend=alt.Legend(orient="top"))
    drawn = rows.mark_bar(stroke=LINE, strokeWidth=0.5, height=11).encode(
        x2=alt.X2Datum(base),
        color=color.scale(domain=moved, range=[LIGHT, DARK]),
        description="seen:N",
    )
    start = alt.Chart(alt.Data(values=[{"base": base}])).mark_rule(color=INK)
    name, first = order[0]
    return framed(
        data,
        [drawn, start.encode(x="base:Q"), *_numbers_past(rows, "value", base)],
        title=title,
        subtitle=subtitle,
        seen=f"{len(swings)} rows; {name} swings furthest, "
        f"by {told(first.width(base))}",
        size=(WIDTH, 32 * len(swings)),
    )


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
    """Draw a value for each row and column, the larger the darker.

    *axes* names the rows and the columns. *ends* are the values of the lightest and
    the darkest shade: by default the least value and the largest. Each value is
    printed with *digits* decimals and the *unit*; with `%` none is rounded to all or
    to nothing.
    """
    rows, columns = names_of(rows), names_of(columns)
    refuse_crowded(rows, columns)
    lengths = sorted({len(row) for row in values})
    if len(values) != len(rows) or not {len(columns)} >= {*lengths}:
        cells_found = problem(
            "BE864.cells",
            rows=len(rows),
            columns=len(columns),
            found=len(values),
            lengths=" or ".join(map(str, lengths)),
        )
        refuse_all([cells_found])
    placed = [*zip(product(rows, columns), (v for r in values for v in r), strict=True)]
    refuse_strange((", ".join(pair), value) for pair, value in placed)
    known = [value for _, value in placed if value is not None]
    if not placed:
        return nothing(title, subtitle)
    low, high = ends or (min(known), max(known)) if known else (0.0, 1.0)
    cells: list[dict[str, Any]] = [
        {
            "row": row,
            "column": column,
            "value": value,
            "told": "\N{EN DASH}" if value is None else rounded(value, digits, unit),
            "tone": _between(value, low, high),
        }
        for (row, column), value in placed
    ]
    seen = "A heat map without a value"
    if known:
        shown = [cell for cell in cells if cell["value"] is not None]
        least, most = (
            "{told} ({row}, {column})".format(**choose(shown, key=itemgetter("value")))
            for choose in (min, max)
        )
        seen = (
            f"A heat map of {len(shown)} values; the least is {least}, the most {most}"
        )
    return _grid(
        cells, (rows, columns), axes, title=title, subtitle=subtitle, seen=seen
    )


def _between(value: float | None, low: float, high: float) -> float:
    if value is None:
        return _NO_TONE
    tone = (value - low) / (high - low) if high > low else 1.0
    return min(max(tone, 0.0), 1.0)


def transition_matrix(
    counts: Mapping[tuple[str, str], int],
    *,
    total: int,
    title: str,
    subtitle: str = "",
    names: Sequence[str] = (),
    axes: tuple[str, str] = ("first place before", "first place after"),
) -> Chart:
    """Draw how much goes over from one to another, as shares of *total*.

    The keys of *counts* are the names of from where and to where. The rows and columns
    come in the order of *names*, and others after these.
    """
    going: Counter[tuple[str, str]] = Counter()
    for (before, after), count in counts.items():
        going[drawable(before), drawable(after)] += count
    found = rows_of([*names, *(name for pair in going for name in pair)])
    refuse_crowded(found, found)
    if not any(going.values()):
        return nothing(title, subtitle)
    most = max(going.values())
    cells: list[dict[str, Any]] = [
        {
            "row": row,
            "column": column,
            "value": going[row, column],
            "told": share(going[row, column], total) if going[row, column] else "",
            # By its root, so that a flow of one in a hundred is a tenth of the way.
            "tone": sqrt(going[row, column] / most) if going[row, column] else _NO_TONE,
        }
        for row, column in product(found, found)
    ]
    largest = sorted((c for c in cells if c["value"]), key=lambda cell: -cell["value"])
    listed = (f"from {c['row']} to {c['column']} {c['told']}" for c in largest[:3])
    seen = f"A table of {len(largest)} flows; the largest are {', '.join(listed)}"
    return _grid(cells, (found, found), axes, title=title, subtitle=subtitle, seen=seen)


def _grid(
    cells: list[dict[str, Any]],
    names: tuple[Sequence[str], Sequence[str]],
    axes: tuple[str, str],
    **words: str,
) -> Chart:
    """Draw *cells*, each as dark as its tone; one without a tone stays white."""
    alt = needed("altair")
    for cell in cells:
        cell["seen"] = "{row}, {column}: {told}".format(**cell)
    (rows, columns), (down, across) = names, map(drawable, axes)
    wide = max(48, 14 + _LETTER * max(len(cell["told"]) for cell in cells))
    quiet = alt.Axis(
        domain=False, ticks=False, grid=False, labelPadding=6, labelOverlap=False
    )
    above = quiet.copy()
    above.orient = "top"
    if max(map(len, columns)) * _LETTER > wide - 4:
        above.labelAngle, above.labelAlign = -45, "left"
    else:
        above.labelAngle, above.labelAlign = 0, "center"
    base = alt.Chart().encode(
        x=alt.X("column:N", title=across or None, axis=above).scale(domain=[*columns]),
        y=alt.Y("row:N", title=down or None, axis=quiet).scale(domain=[*rows]),
    )
    tone = alt.Color("tone:Q", legend=None).scale(
        domain=[0, 1], scheme=SCHEME, reverse=True
    )
    filled = base.mark_rect(stroke=FAINT, strokeWidth=1).encode(
        color=alt.condition("datum.tone >= 0", tone, alt.value(PAPER)),
        description="seen:N",
    )
    printed = base.mark_text(aria=False, fontSize=11).encode(
        text="told:N", color=_readable_on_tone()
    )
    size = (wide * len(columns), 30 * len(rows))
    return framed(cells, [filled, printed], size=size, **words)


def shares(
    counts: Mapping[str, Mapping[str, int]],
    *,
    title: str,
    axis: str = "share of situations (%)",
    subtitle: str = "",
    parts: Sequence[str] = (),
) -> Chart:
    """Draw a bar for each row, cut into parts; the parts are shares of the row's sum.

    *counts* has under the name of each row, under the name of each part, how many. The
    parts come in the order of *parts*, and others after these. Of more than can be
    told apart, the smallest are drawn as one.
    """
    rows = names_of(counts)
    kept = _kept(counts, parts)
    cut = dict(zip(rows, (_merged(row, kept) for row in counts.values()), strict=True))
    order = [part for part in (*kept, REST) if any(row[part] for row in cut.values())]
    if not order:
        return nothing(title, subtitle)
    alt = needed("altair")
    width = 560
    pieces = [p for name, row in cut.items() for p in _pieces(name, row, order, width)]
    named = order
    if len(rows) == 1:
        # A part too thin to be seen can be read in the legend.
        for piece in pieces:
            piece["named"] = f"{piece['part']} {piece['told']}"
        named = [piece["named"] for piece in pieces]
    largest = (
        max((p for p in pieces if p["row"] == row), key=lambda piece: piece["count"])
        for row in dict.fromkeys(piece["row"] for piece in pieces)
    )
    legend = alt.Legend(
        orient="top", direction="horizontal", columns=4, symbolType="square"
    )
    color = alt.Color("named:N", title=None, legend=legend)
    base = alt.Chart().encode(y=_rows(rows))
    whole = alt.X("start:Q", title=drawable(axis)).scale(domain=[0, 100], nice=False)
    drawn = base.mark_bar(stroke=PAPER, strokeWidth=1.5, height=22).encode(
        x=whole,
        x2="end:Q",
        color=color.scale(domain=named, scheme=SCHEME),
        description="seen:N",
    )
    labels = base.transform_filter("datum.label != ''").mark_text(
        aria=False, fontSize=11
    )
    listed = "; ".join(piece["seen"] for piece in largest)
    printed = labels.encode(x="middle:Q", text="label:N", color=_readable_on_tone())
    return framed(
        pieces,
        [drawn, printed],
        title=title,
        subtitle=subtitle,
        seen=f"Bars in parts; the largest part of each is {listed}",
        size=(width, 32 * len(rows)),
    )


def _kept(
    counts: Mapping[str, Mapping[str, int]], parts: Sequence[str]
) -> tuple[str, ...]:
    """Return the parts that are drawn by themselves, in their order."""
    sums: dict[str, float] = {}
    for row in counts.values():
        total = sum(row.values()) or 1
        for part, count in row.items():
            name = drawable(part)
            sums[name] = sums.get(name, 0.0) + count / total
    order = dict.fromkeys([*map(drawable, parts), *sums])
    present = [part for part in order if sums.get(part)]
    if len(present) > MOST_PARTS:
        largest = sorted(present, key=lambda part: -sums[part])[: MOST_PARTS - 1]
        present = [part for part in present if part in largest]
    return tuple(present)


def _merged(row: Mapping[str, int], kept: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for part, count in row.items():
        name = drawable(part)
        found[name if name in kept else REST] += count
    return found


def _pieces(
    row: str, counts: Counter[str], order: Sequence[str], width: float
) -> Iterator[dict[str, Any]]:
    """Cut one bar: where each part starts and ends, with a label where it fits."""
    total, before = counts.total(), 0
    for part, tone in zip(order, tones(len(order)), strict=True):
        count = counts[part]
        if not count:
            continue
        start, end = (100 * edge / total for edge in (before, before + count))
        text = share(count, total)
        room = (end - start) / 100 * width - 6
        labels = (f"{part} {text}", text)
        fitting = (label for label in labels if len(label) * _LETTER <= room)
        yield {
            "row": row,
            "part": part,
            "named": part,
            "told": text,
            "count": count,
            "start": start,
            "middle": (start + end) / 2,
            "end": end,
            "label": next(fitting, ""),
            "tone": tone,
            "seen": f"{row}: {part} {text}",
        }
        before += count


def dot_strip(
    dots: Sequence[Dot],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    kinds: Sequence[str] = (),
) -> Chart:
    """Draw marks in rows, each kind with a shape, a shade and a line of its own.

    The rows come in the order of their first dots; the kinds in the order of *kinds*,
    and others after these.
    """
    refuse_strange((dot.row, dot.value) for dot in dots)
    rows = rows_of(dot.row for dot in dots)
    present = {drawable(dot.kind) for dot in dots}
    ordered = rows_of([*kinds, *(dot.kind for dot in dots)])
    order = [kind for kind in ordered if kind in present]
    if not dots:
        return nothing(title, subtitle)
    alt = needed("altair")
    data = [_dot_data(dot) for dot in dots]
    base = alt.Chart().encode(
        x=_across(axis, [dot.value for dot in dots]),
        y=_rows(rows, ruled=True),
        yOffset=alt.YOffset("kind:N").scale(domain=order),
    )
    shapes = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down")
    legend = None if order == [""] else alt.Legend(orient="top")
    color, shape = (
        channel("kind:N", title=None, legend=legend)
        for channel in (alt.Color, alt.Shape)
    )
    marks = base.mark_point(
        filled=True, size=70, opacity=1, stroke=INK, strokeWidth=0.5
    ).encode(
        color=color.scale(domain=order, scheme=SCHEME),
        shape=shape.scale(
            domain=order, range=[shapes[n % len(shapes)] for n in range(len(order))]
        ),
        description="seen:N",
    )
    most = 20
    seen = "; ".join(datum["seen"] for datum in data[:most])
    if len(data) > most:
        seen += f"; and {len(data) - most} other marks"
    return framed(
        data,
        [marks, _beside(base, dx=9)],
        title=title,
        subtitle=subtitle,
        seen=seen,
        size=(WIDTH, max(24, 15 * len(order) + 8) * len(rows)),
    )


def _dot_data(dot: Dot) -> dict[str, Any]:
    label = f"({dot.label})" if dot.label else ""
    seen = " ".join(filter(None, (f"{dot.row}:", dot.kind, told(dot.value), label)))
    return {
        "row": drawable(dot.row),
        "kind": drawable(dot.kind),
        "value": dot.value,
        "told": drawable(dot.label),
        "seen": drawable(seen),
    }


def _across(axis: str, values: Sequence[float]) -> Any:
    """Scale where marks stand; a few whole numbers have a tick each, and no others."""
    alt = needed("altair")
    least, most, few = min(values), max(values), 12
    across = alt.X("value:Q", title=drawable(axis))
    if most - least > few or not all(float(one).is_integer() for one in values):
        return across.scale(zero=False, nice=True)
    ticks = alt.Axis(values=[*range(int(least), int(most) + 1)], format="d")
    return across.axis(ticks).scale(domain=[least - 0.5, most + 0.5], nice=False)


def intervals(
    rows: Sequence[Interval],
    *,
    title: str,
    axis: str,
    subtitle: str = "",
    reference: float | None = None,
    beside: str = "",
) -> Chart:
    """Draw a dot for each row on a line from its low end to its high one.

    An end that is None is an arrow. A dashed line stands at *reference*, such as no
    effect; *beside* says what the hollow diamonds are.
    """
    names = names_of(row.name for row in rows)
    refuse_strange((row.name, value) for row in rows for value in row.numbers)
    refuse_strange([("the reference", reference)])
    if not rows:
        return nothing(title, subtitle)
    alt = needed("altair")
    found = (*(number for row in rows for number in row.numbers), reference)
    drawn = [number for number in found if number is not None]
    low, high = min(drawn), max(drawn)
    room = (high - low) * 0.06 or abs(low) * 0.5 or 1.0
    ends = low - room, high + room
    base = alt.Chart().encode(y=_rows(names, ruled=True))
    middle = alt.X("value:Q", title=drawable(axis)).scale(
        domain=[*ends], nice=False, zero=False
    )
    dots = base.mark_point(filled=True, size=80, opacity=1, color=INK)
    layers = [
        base.mark_rule(color=INK, strokeWidth=1.5).encode(x="from:Q", x2="to:Q"),
        *_ends(base),
        dots.encode(x=middle, description="seen:N"),
        _diamonds(base, drawable(beside)),
        _beside(base, dx=12).encode(x=alt.value(WIDTH)),
    ]
    if reference is not None:
        line = alt.Chart(alt.Data(values=[{"reference": reference}]))
        dashed = line.mark_rule(color=LINE, strokeDash=[4, 3])
        layers.insert(0, dashed.encode(x="reference:Q"))
    held = f"; hollow diamonds are {beside}" if beside else ""
    return framed(
        [_interval_data(n, row, ends) for n, row in zip(names, rows, strict=True)],
        layers,
        title=title,
        subtitle=subtitle,
        seen=f"{len(rows)} values with their intervals{held}",
        size=(WIDTH, 26 * len(rows)),
    )


def _interval_data(
    name: str, row: Interval, ends: tuple[float, float]
) -> dict[str, Any]:
    low = "\N{MINUS SIGN}\N{INFINITY}" if row.low is None else told(row.low)
    high = "\N{INFINITY}" if row.high is None else told(row.high)
    opening = "(" if row.low is None or row.without[0] else "["
    closing = ")" if row.high is None or row.without[1] else "]"
    note = f"  {drawable(row.note)}" if row.note else ""
    span, value = f"{opening}{low}, {high}{closing}{note}", told(row.value)
    return {
        "row": name,
        "value": row.value,
        "low": row.low,
        "high": row.high,
        "from": ends[0] if row.low is None else row.low,
        "to": ends[1] if row.high is None else row.high,
        "beside": row.beside,
        "told": f"{value}  {span}",
        "seen": f"{name}: {value}, within {span}",
    }


def _ends(base: Any) -> Iterator[Any]:
    """Yield a tick where an interval ends, and an arrow where it does not."""
    for end, edge, way in (("low", "from", "left"), ("high", "to", "right")):
        ticks = base.transform_filter(f"isValid(datum.{end})").mark_tick(
            color=INK, size=9, thickness=1.5, aria=False
        )
        arrows = base.transform_filter(f"!isValid(datum.{end})").mark_point(
            shape=f"triangle-{way}",
            filled=True,
            size=60,
            color=INK,
            opacity=1,
            aria=False,
        )
        yield from (marks.encode(x=f"{edge}:Q") for marks in (ticks, arrows))


def _diamonds(base: Any, word: str) -> Any:
    """Draw hollow diamonds, with a legend that says in a *word* what they are."""
    alt = needed("altair")
    held = base.transform_filter("isValid(datum.beside)").transform_calculate(
        held=json.dumps(word)
    )
    legend = alt.Legend(orient="top") if word else None
    shape = alt.Shape("held:N", title=None, legend=legend)
    return held.mark_point(
        size=170, filled=False, color=INK, strokeWidth=1.3, opacity=1
    ).encode(x="beside:Q", shape=shape.scale(domain=[word], range=["diamond"]))


def _rows(names: Iterable[str], *, ruled: bool = False) -> Any:
    """Give each of *names* a row, with a line between them if *ruled*."""
    alt = needed("altair")
    line = {"grid": True, "bandPosition": 0} if ruled else {"grid": False}
    axis = alt.Axis(
        domain=False, ticks=False, labelOverlap=False, labelPadding=6, **line
    )
    rows = alt.Y("row:N", title=None, axis=axis)
    return rows.scale(domain=[*names], **({"padding": 0} if ruled else {}))


def _numbers_past(base: Any, field: str, start: float) -> Iterator[Any]:
    """Write the text `told` past the end of each bar, on the side where it ends."""
    yield _beside(base.transform_filter(f"datum.{field} >= {start!r}"), dx=5)
    yield _beside(base.transform_filter(f"datum.{field} < {start!r}"), dx=-5)


def _beside(base: Any, *, dx: float) -> Any:
    """Write the text `told` beside each mark: to its right, or left of it."""
    align = "left" if dx > 0 else "right"
    marks = base.mark_text(align=align, dx=dx, aria=False, fontSize=11, color=INK)
    return marks.encode(text="told:N")


def _readable_on_tone() -> Any:
    """Color a text black or white, whichever reads better on the tone of its datum."""
    alt = needed("altair")
    return alt.condition(f"datum.tone > {INK_TURNS}", alt.value(PAPER), alt.value(INK))
