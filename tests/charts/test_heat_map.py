"""Heat maps and transition matrices show the given numbers."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.charts import heat_map, transition_matrix
from boundaryethics.charts.theme import MOST, drawable
from boundaryethics.errors import PictureError
from support.charts import data_of, numbers, shown, svg_of

pytest.importorskip("altair")

NAMES = ("apa-2017", "nasw-2021", "no-such-word-is-too-long-for-a-column-of-a-picture")
MATRIX = ((1.0, 0.25, None), (0.25, 1.0, 0.5), (None, 0.5, 1.0))

names = st.lists(st.text(max_size=12), min_size=1, max_size=4, unique_by=drawable)


@st.composite
def matrices(draw: Any) -> tuple[list[str], list[list[float | None]]]:
    """Draw names and a value or None for each pair; ties are common."""
    rows = draw(names)
    value = st.none() | st.sampled_from([0.0, 0.5, 1.0]) | numbers(1e6)
    line = st.lists(value, min_size=len(rows), max_size=len(rows))
    return rows, draw(st.lists(line, min_size=len(rows), max_size=len(rows)))


def test_a_heat_map_has_every_value() -> None:
    """Each cell has the value of its row and column, or None."""
    chart = heat_map(NAMES, NAMES, MATRIX, title="Agreement")
    expected = [
        (row, column, MATRIX[i][j])
        for i, row in enumerate(NAMES)
        for j, column in enumerate(NAMES)
    ]

    assert expected == data_of(chart, "row", "column", "value")


def test_a_heat_map_has_title_names_and_numbers(tmp_path: Path) -> None:
    """The SVG has the title, the full names, the numbers, and a dash for None."""
    svg = svg_of(heat_map(NAMES, NAMES, MATRIX, title="Agreement"), tmp_path)

    assert "Agreement" in shown(svg)
    assert all(name in shown(svg) for name in NAMES)
    assert all(found in shown(svg) for found in ("0.25", "0.50", "1.00", "\N{EN DASH}"))


def test_larger_values_are_darker() -> None:
    """Shades range from the smallest to the largest value, or over a given range."""
    line = [[0.97, 0.98, 1.0]]
    free = data_of(heat_map(["a"], "bcd", line, title=""), "tone")
    whole = data_of(heat_map(["a"], "bcd", line, title="", ends=(0, 1)), "tone")
    chart = heat_map(["a"], "bcd", line, title="").to_dict()
    color = chart["layer"][0]["encoding"]["color"]["condition"]

    assert [0.0, 1.0] == [free[0][0], free[-1][0]]
    assert [0.97, 0.98, 1.0] == [tone for (tone,) in whole]
    assert {"domain": [0, 1], "scheme": "cividis", "reverse": True} == color["scale"]


def test_a_cell_without_a_value_is_white(tmp_path: Path) -> None:
    """A cell without a value is white and has a label for screen readers."""
    svg = svg_of(heat_map(["a"], ["b", "c"], [[None, 1.0]], title=""), tmp_path)

    assert re.search('aria-label="a, b: \N{EN DASH}"[^>]* fill="#ffffff"', svg)


@pytest.mark.parametrize(
    ("value", "found"),
    [(0, "0.0%"), (0.01, "<0.1%"), (3.04, "3.0%"), (99.97, ">99.9%"), (100, "100.0%")],
)
def test_no_percentage_is_rounded_to_0_or_100(value: float, found: str) -> None:
    """Other percentages are never printed as 0 or 100."""
    chart = heat_map(["a"], ["b"], [[value]], title="", unit="%", digits=1)

    assert [(found,)] == data_of(chart, "text")


@given(matrices())
@settings(max_examples=25, deadline=None)
def test_any_matrix_is_drawn(drawn: tuple[list[str], list[list[float | None]]]) -> None:
    """Any names and values are drawn, and the SVG is valid XML."""
    rows, values = drawn
    chart = heat_map(rows, rows, values, title=rows[0])
    with TemporaryDirectory() as folder:
        svg = svg_of(chart, Path(folder))

    assert [v for line in values for v in line] == [
        value for (value,) in data_of(chart, "value")
    ]
    # Consecutive spaces in a name are shown as one.
    assert all(" ".join(drawable(name).split()) in shown(svg) for name in rows)


def test_a_transition_matrix_has_every_share() -> None:
    """Each cell has its count or is empty; empty rows and columns are left out."""
    counts = {("decline", "leave"): 10, ("leave", "x"): 5}
    chart = transition_matrix(
        counts, total=40, title="Flow", names=["ignore", "decline"]
    )
    found = {("decline", "leave"): "25.00%", ("leave", "x"): "12.50%"}

    assert [
        (row, column, counts.get((row, column), 0), found.get((row, column), ""))
        for row in ("decline", "leave")
        for column in ("leave", "x")
    ] == data_of(chart, "row", "column", "value", "text")


def test_a_response_named_if_keeps_its_flows() -> None:
    """The name `if` is drawn with a word joiner in the axes and in the cells."""
    chart = transition_matrix({("if", "a"): 3}, total=3, title="")

    assert ("if\u2060", "a", 3, "100.00%") in data_of(
        chart, "row", "column", "value", "text"
    )


def test_a_small_flow_has_a_number() -> None:
    """One in a billion is printed as less than the smallest share."""
    chart = transition_matrix(
        {("a", "b"): 1, ("b", "a"): 10**9 - 1}, total=10**9, title=""
    )

    assert {"<0.01%", ">99.99%"} <= {found for (found,) in data_of(chart, "text")}


@pytest.mark.parametrize(
    "chart",
    [
        lambda: heat_map([], [], [], title="Empty"),
        lambda: transition_matrix({}, total=0, title="Empty"),
        lambda: transition_matrix({("a", "b"): 0}, total=10, title="Empty"),
    ],
)
def test_a_chart_without_data_says_so(chart: Any, tmp_path: Path) -> None:
    """A chart without data says so under its title."""
    assert "nothing to show Empty" == shown(svg_of(chart(), tmp_path))


@pytest.mark.parametrize(
    ("code", "rows", "columns", "values"),
    [
        ("BE864", ["a", "a"], ["b"], [[1.0], [2.0]]),
        ("BE864", ["a", "b"], ["c"], [[1.0]]),
        ("BE864", ["a"], ["b", "c"], [[1.0]]),
        ("BE865", ["a"], ["b"], [[float("nan")]]),
        ("BE865", ["a"], ["b"], [[float("inf")]]),
        ("BE866", [str(n) for n in range(MOST + 1)], ["b"], [[1.0]] * (MOST + 1)),
        (
            "BE866",
            [*map(str, range(151))],
            [*map(str, range(150))],
            [[1.0] * 150] * 151,
        ),
    ],
)
def test_invalid_values_are_refused(
    code: str, rows: list[str], columns: list[str], values: list[list[float | None]]
) -> None:
    """Duplicate names, missing values, NaN and too many rows are refused."""
    with pytest.raises(PictureError) as refused:
        heat_map(rows, columns, values, title="")

    assert [code] == [problem.code for problem in refused.value.problems]
