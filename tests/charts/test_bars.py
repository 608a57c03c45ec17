"""Bars, tornado charts and shares show the given numbers."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.charts import Bar, TornadoRow, bars, shares, tornado
from boundaryethics.charts.charts import MOST_PARTS, REST
from boundaryethics.charts.theme import drawable
from boundaryethics.errors import PictureError
from support.charts import data_of, numbers, shown, svg_of

pytest.importorskip("altair")

RULES = [f"a-rule-with-a-name-that-goes-on-and-on-{number:03}" for number in range(150)]


def test_bars_have_every_number() -> None:
    """Each row has its value and its whole, and the longest row is first."""
    rows = [Bar("b", 1.0, 4.0), Bar("a", 2.0, 3.0), Bar("c", 0.0)]
    chart = bars(rows, title="", axis="", legend=("in front", "behind"))

    assert [
        ("a", "behind", 3.0),
        ("a", "in front", 2.0),
        ("b", "behind", 4.0),
        ("b", "in front", 1.0),
        ("c", "in front", 0.0),
    ] == data_of(chart, "row", "kind", "value")


def test_150_rules_are_drawn_in_full(tmp_path: Path) -> None:
    """A chart of 150 rows has full names and enough space."""
    chart = bars([Bar(rule, 1.0, 2.0) for rule in RULES], title="Rules", axis="%")
    words = shown(svg_of(chart, tmp_path))

    assert all(rule in words for rule in RULES)
    assert 150 * 20 < chart.to_dict()["height"] < 150 * 40


def test_a_tornado_chart_has_both_directions() -> None:
    """A row has a bar for each possible direction; the widest row comes first."""
    swings = [
        TornadoRow("a", 0.4, 0.6),
        TornadoRow("b", None, 0.9),
        TornadoRow("c", 0.5, 0.5),
    ]
    chart = tornado(swings, title="", axis="", base=0.5, sides=("less", "more"))

    assert [
        ("b", "more", 0.9, "\u2191 0.900"),
        ("a", "less", 0.4, "\u2193 0.400"),
        ("a", "more", 0.6, "\u2191 0.600"),
        ("c", "less", 0.5, "\u2193 0.500"),
        ("c", "more", 0.5, "\u2191 0.500"),
    ] == data_of(chart, "row", "side", "value", "text")
    assert [(0.5,)] == data_of(chart, "base")


def test_shares_add_up() -> None:
    """Parts are stacked in order from 0 to 100 percent."""
    counts = {"x": {"a": 1, "b": 2, "c": 1}, "y": {"b": 5}}
    chart = shares(counts, title="", parts=["b", "a"])

    assert [
        ("x", "b", 2, 0, 50),
        ("x", "a", 1, 50, 75),
        ("x", "c", 1, 75, 100),
        ("y", "b", 5, 0, 100),
    ] == data_of(chart, "row", "part", "count", "start", "end")


def test_the_smallest_of_too_many_parts_are_combined() -> None:
    """The combined part has the sum of their counts."""
    counts = {f"part {n}": n for n in range(1, 12)}
    chart = shares({"x": counts}, title="")
    drawn = dict(data_of(chart, "part", "count"))

    assert MOST_PARTS == len(drawn)
    assert {**{f"part {n}": n for n in range(5, 12)}, REST: 1 + 2 + 3 + 4} == drawn


def test_the_legend_of_a_single_bar_has_its_numbers(tmp_path: Path) -> None:
    """The legend has the number of every part."""
    words = shown(svg_of(shares({"x": {"a": 1, "b": 99_999}}, title=""), tmp_path))

    assert "a <0.01%" in words
    assert "b >99.99%" in words


@given(
    st.dictionaries(
        st.text(max_size=8),
        st.dictionaries(st.text(max_size=8), st.integers(0, 10**14), max_size=10),
        min_size=1,
        max_size=3,
    ).filter(lambda counts: len(set(map(drawable, counts))) == len(counts))
)
@settings(max_examples=25, deadline=None)
def test_any_shares_are_drawn(counts: dict[str, dict[str, int]]) -> None:
    """Any names are drawn without losing a count, and the SVG is valid XML."""
    chart = shares(counts, title="")
    with TemporaryDirectory() as folder:
        svg = svg_of(chart, Path(folder))

    assert sum(sum(row.values()) for row in counts.values()) == sum(
        count for (count,) in data_of(chart, "count")
    )
    assert shown(svg)


@given(st.lists(numbers(1e9) | st.none(), min_size=2, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_tornado_is_drawn(ends: list[float | None]) -> None:
    """Ties, gaps and numbers of any size are drawn, and the SVG is valid XML."""
    swings = [TornadoRow(f"é{n}", a, b) for n, (a, b) in enumerate(zip(ends, ends[1:]))]  # noqa: B905, RUF007
    chart = tornado(swings, title="", axis="")
    with TemporaryDirectory() as folder:
        svg = svg_of(chart, Path(folder))

    given_ends = [end for s in swings for end in (s.down, s.up) if end is not None]
    drawn = [value for _, value in data_of(chart, "side", "value")]
    assert sorted(given_ends) == sorted(drawn)
    assert all(swing.name in shown(svg) for swing in swings)


@pytest.mark.parametrize(
    "chart",
    [
        lambda: bars([], title="Empty", axis=""),
        lambda: tornado([], title="Empty", axis=""),
        lambda: shares({}, title="Empty"),
        lambda: shares({"a": {"b": 0}}, title="Empty"),
    ],
)
def test_a_chart_without_data_says_so(chart: Any, tmp_path: Path) -> None:
    """A chart without data says so under its title."""
    assert "nothing to show Empty" == shown(svg_of(chart(), tmp_path))


@pytest.mark.parametrize(
    ("code", "draw"),
    [
        ("BE864", lambda: bars([Bar("a", 1.0)] * 2, title="", axis="")),
        ("BE864", lambda: tornado([TornadoRow("a", 1.0, 1.0)] * 2, title="", axis="")),
        ("BE865", lambda: bars([Bar("a", float("nan"))], title="", axis="")),
        (
            "BE865",
            lambda: tornado([TornadoRow("a", None, float("inf"))], title="", axis=""),
        ),
        ("BE864", lambda: shares({"\x00": {}, "\x01": {}}, title="")),
    ],
)
def test_invalid_values_are_refused(code: str, draw: Any) -> None:
    """Names that are or look the same, infinite values and NaN are refused."""
    with pytest.raises(PictureError) as refused:
        draw()

    assert {code} == {problem.code for problem in refused.value.problems}


def test_both_numbers_are_placed_after_the_longer_bar(tmp_path: Path) -> None:
    """No bar covers a number."""
    rows = [
        Bar("a", 2.0, 3.0),
        Bar("b", 1.5, 1.0),
        Bar("c", -1.25, -2.0),
        Bar("d", 0.0, 4.0),
        Bar("e", 0.5),
    ]
    chart = bars(rows, title="", axis="", legend=("in front", "behind"))

    assert {
        ("a", 3.0, "2.00 of 3.00"),
        ("b", 1.5, "1.50 of 1.00"),
        ("c", -2.0, "\u22121.25 of \u22122.00"),
        ("d", 4.0, "0.00 of 4.00"),
        ("e", 0.5, "0.50"),
    } == set(data_of(chart, "row", "reach", "text"))
    assert "2.00 of 3.00" in shown(svg_of(chart, tmp_path))


def test_rows_beyond_the_limit_are_counted(tmp_path: Path) -> None:
    """Only the largest rows are drawn, and the subtitle counts the others."""
    rows = [Bar(f"rule-{number}", float(number)) for number in range(1, 66)]
    swings = [TornadoRow(row.name, None, row.value) for row in rows]
    more = "only the 20 largest of 65 are drawn"

    for chart in (
        bars(rows, title="", axis="", subtitle="n = 9", most=20),
        tornado(swings, title="", axis="", most=20),
    ):
        drawn = {row for row, _ in data_of(chart, "row", "value")}
        assert {f"rule-{number}" for number in range(46, 66)} == drawn
        assert more in shown(svg_of(chart, tmp_path))


def test_parts_too_thin_for_a_label_are_named(tmp_path: Path) -> None:
    """A part without space for its label is named next to its bar."""
    counts = {"x": {"a": 999, "b": 1}, "y": {"a": 1, "b": 1}}
    chart = shares(counts, title="")

    assert [("x", "b 0.10%")] == data_of(chart, "row", "thin")
    assert "b 0.10%" in shown(svg_of(chart, tmp_path))
