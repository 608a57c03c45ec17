"""Dot strips and intervals show the given numbers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from boundaryethics.charts import Dot, Interval, dot_strip, intervals
from boundaryethics.charts.theme import CATEGORIES, drawable
from boundaryethics.errors import PictureError
from support.charts import data_of, numbers, shown, svg_of

pytest.importorskip("altair")

DOTS = (
    Dot("contact: message", 1.0, "leave", "unknown"),
    Dot("contact: message", 2.0, "ignore"),
    Dot("platform: unknown", 2.0, "ignore", "facebook or instagram"),
)
WEIGHTS = (
    Interval("autonomy", 3.0, 1.5, 4.25, beside=2.0),
    Interval("do no harm", 2.0, 1.0, None),
    Interval("privacy", -0.5, None, 0.75),
)


def test_a_strip_has_every_mark() -> None:
    """Each mark has its row, value, kind and label."""
    chart = dot_strip(DOTS, title="", axis="facts")

    assert [(d.row, d.value, d.kind, d.label) for d in DOTS] == data_of(
        chart, "row", "value", "kind", "text"
    )


def test_kinds_differ_in_shape_as_well_as_shade() -> None:
    """Kinds differ in shape as well as in color."""
    chart = dot_strip(DOTS, title="", axis="", kinds=["ignore", "decline", "leave"])
    marks = chart.to_dict()["layer"][0]["encoding"]

    assert ["ignore", "leave"] == marks["shape"]["scale"]["domain"]
    # The second kind has no mark here.
    assert ["circle", "triangle-up"] == marks["shape"]["scale"]["range"]
    assert [*CATEGORIES[:3:2]] == marks["color"]["scale"]["range"]


def test_an_axis_of_integers_has_integer_ticks() -> None:
    """A strip of integers has ticks only at integers."""
    axis = dot_strip(DOTS, title="", axis="").to_dict()["layer"][0]["encoding"]["x"]

    assert [0, 1, 2] == axis["axis"]["values"]


def test_intervals_have_every_number(tmp_path: Path) -> None:
    """The value and the ends are drawn and printed; a missing end is an arrow."""
    chart = intervals(
        WEIGHTS, title="Weights", axis="points", reference=0, beside="now"
    )
    words = shown(svg_of(chart, tmp_path))

    assert [(i.name, i.value, i.low, i.high, i.beside) for i in WEIGHTS] == data_of(
        chart, "row", "value", "low", "high", "beside"
    )
    assert "3.00 [1.50, 4.25]" in words
    assert "2.00 [1.00, \N{INFINITY})" in words
    assert "\N{MINUS SIGN}0.50 (\N{MINUS SIGN}\N{INFINITY}, 0.75]" in words
    assert "now" in words


def test_a_value_without_an_interval_has_no_line() -> None:
    """It is a hollow circle, with neither a line nor arrows, and it says so."""
    rows = (*WEIGHTS[:1], Interval("fidelity", 2.5, None, None, note="aliased"))
    chart = intervals(rows, title="", axis="").to_dict()
    filters = [
        [one["filter"] for one in layer.get("transform", ()) if "filter" in one]
        for layer in chart["layer"]
        if layer["mark"]["type"] in {"rule", "tick"} or "shape" in layer["mark"]
    ]

    assert [("2.50  no interval (aliased)", True)] == data_of(
        intervals(rows[1:], title="", axis=""), "text", "alone"
    )
    assert filters
    assert all("!datum.alone" in of_one for of_one in filters)


@given(
    st.lists(
        st.builds(
            Dot,
            st.text(max_size=8),
            st.integers(1, 5) | numbers(1e6),
            st.text(max_size=3),
            st.text(max_size=8),
        ),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_strip_is_drawn(dots: list[Dot]) -> None:
    """Any names and ties are drawn without losing a mark."""
    chart = dot_strip(dots, title="", axis="")
    with TemporaryDirectory() as folder:
        words = shown(svg_of(chart, Path(folder)))

    assert [dot.value for dot in dots] == [v for (v,) in data_of(chart, "value")]
    assert all(" ".join(drawable(dot.row).split()) in words for dot in dots)


ends = st.none() | numbers(1e6)


@given(st.lists(st.tuples(numbers(1e6), ends, ends, ends), max_size=5))
@example([(1e-300, None, None, None)])
@settings(max_examples=25, deadline=None)
def test_any_intervals_are_drawn(
    rows: list[tuple[float, float | None, float | None, float | None]],
) -> None:
    """Any intervals are drawn with all their numbers, and the SVG is valid XML."""
    drawn = [
        Interval(f"w{n} \N{SNOWMAN}", value, low, high, beside)
        for n, (value, low, high, beside) in enumerate(rows)
    ]
    chart = intervals(drawn, title="Weights", axis="")
    with TemporaryDirectory() as folder:
        words = shown(svg_of(chart, Path(folder)))

    assert rows == data_of(chart, "value", "low", "high", "beside")
    assert all(row.name in words for row in drawn)


def test_everything_is_drawn_within_the_picture() -> None:
    """The axis includes the reference and the compared value."""
    chart = intervals(
        [Interval("a", 1.0, 0.9, 1.1, beside=7.0)], title="", axis="", reference=-3
    )
    scales = [
        layer["encoding"]["x"]["scale"]["domain"]
        for layer in chart.to_dict()["layer"]
        if "scale" in layer["encoding"].get("x", {})
    ]

    assert all(low < -3 and high > 7 for low, high in scales)
    assert scales


@pytest.mark.parametrize(
    "chart",
    [
        lambda: dot_strip([], title="Empty", axis=""),
        lambda: intervals([], title="Empty", axis=""),
    ],
)
def test_a_chart_without_data_says_so(chart: Any, tmp_path: Path) -> None:
    """A chart without data says so under its title."""
    assert "nothing to show Empty" == shown(svg_of(chart(), tmp_path))


@pytest.mark.parametrize(
    ("code", "draw"),
    [
        ("BE864", lambda: intervals([WEIGHTS[0]] * 2, title="", axis="")),
        ("BE865", lambda: dot_strip([Dot("a", float("nan"))], title="", axis="")),
        ("BE865", lambda: dot_strip([Dot("a", 8e-308)], title="", axis="")),
        ("BE865", lambda: dot_strip([Dot("a", -1e301)], title="", axis="")),
        (
            "BE865",
            lambda: intervals(WEIGHTS, title="", axis="", reference=float("inf")),
        ),
        (
            "BE865",
            lambda: intervals([Interval("a", 0, float("-inf"), 1)], title="", axis=""),
        ),
    ],
)
def test_invalid_values_are_refused(code: str, draw: Any) -> None:
    """Duplicate names, infinite values and NaN are refused."""
    with pytest.raises(PictureError) as refused:
        draw()

    assert {code} == {problem.code for problem in refused.value.problems}


def test_a_row_named_if_is_drawn(tmp_path: Path) -> None:
    """Vega reads the text `if` as a condition, so a word joiner is added."""
    chart = dot_strip([Dot("row", 1, "if", "")], title="if", axis="if")

    assert "if" in shown(svg_of(chart, tmp_path))


def test_an_axis_has_at_least_two_ticks() -> None:
    """Counts start at 0, so a strip with a single number has two ticks."""
    for value, ticks in ((1, [0, 1]), (0, [0, 1]), (-2, [-3, -2])):
        chart = dot_strip([Dot("a", float(value))], title="", axis="").to_dict()
        assert ticks == chart["layer"][0]["encoding"]["x"]["axis"]["values"]


def test_open_ends_are_hollow(tmp_path: Path) -> None:
    """An excluded end is a circle, and an included end is a tick."""
    rows = [Interval("a", 2.0, 1.0, 3.0, without=(True, False))]
    svg = svg_of(intervals(rows, title="", axis=""), tmp_path)

    assert "2 (1, 3]" in shown(svg)
    assert [(True, False)] == data_of(
        intervals(rows, title="", axis=""), "open_low", "open_high"
    )
