"""The pictures of sweeps show the numbers of their rows, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from boundaryethics.report import told
from boundaryethics.variants import DropRules, Methods, Sweep, VaryStrengths, sweep
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import MOST, RankChanges, SweepRow, chart_of
from support.charts import data_of, shown, svg_of
from support.small_policies import policy_of

pytest.importorskip("altair")
pytest.importorskip("vl_convert")

POLICY = policy_of(
    [
        {
            "id": "declining",
            "when": {"danger": "yes"},
            "then": {"favors": {"decline": "strong"}},
        },
        {
            "id": "leaving",
            "when": {"danger": "yes", "status": "former"},
            "then": {"favors": {"leave": "strong"}, "opposes": {"ignore": "weak"}},
        },
        {
            "id": "idle",
            "when": {"all": [{"danger": "yes"}, {"danger": "no"}]},
            "then": {"favors": {"leave": "strong"}},
        },
    ]
)


@pytest.fixture(scope="module")
def swept() -> Sweep:
    """Rules dropped, strengths moved and methods changed, over all situations."""
    return sweep(POLICY, [DropRules(), VaryStrengths(), Methods()], cases=[], workers=1)


def moved(row: SweepRow) -> RankChanges:
    """What moves in *row*."""
    assert row.space is not None
    return row.space


def test_a_sweep_is_drawn_by_what_moves(swept: Sweep) -> None:
    """Each variant that moves a ranking has both its shares; the others have none."""
    drawn = set(data_of(swept.chart(), "row", "kind", "value"))

    assert drawn == {
        (row.variant, kind, 100 * count / moved(row).total)
        for row in swept.rows
        if moved(row).ranking_changed
        for kind, count in (
            ("another first place", moved(row).first_changed),
            ("another ranking", moved(row).ranking_changed),
        )
    }
    assert "drop:idle" not in {row for row, _, _ in drawn}


def test_a_row_is_a_flow_of_first_places(swept: Sweep) -> None:
    """Each pair of first places has its count, those that stay too."""
    row = swept.row["drop:leaving"]
    drawn = data_of(row.chart(), "row", "column", "value")

    assert {
        (told((before,)), told((after,))): count
        for before, after, count in moved(row).firsts
    } == {(before, after): count for before, after, count in drawn if count}


def test_what_is_left_out_is_counted(swept: Sweep, tmp_path: Path) -> None:
    """Of a large sweep the picture has the variants that move most, and says so."""
    move = moved(swept.row["drop:leaving"])
    many = [(f"variant {number}", move) for number in range(MOST + 5)]
    chart = chart_of("base", [*many, ("wrong", None)])
    words = shown(svg_of(chart, tmp_path))

    assert 2 * MOST == len(data_of(chart, "row", "value"))
    assert f"{MOST + 5} of {MOST + 6} variants" in words
    assert f"of which {MOST} are drawn" in words


def test_a_variant_that_cannot_be_asked_has_nothing_to_show(tmp_path: Path) -> None:
    """A row without numbers has a picture that says so."""
    problem = SweepRow(
        label=VariantLabel(family="drop", variant="drop:x"), problem="no policy"
    )

    assert "nothing to show" in shown(svg_of(problem.chart(), tmp_path))
    assert "nothing to show" in shown(svg_of(chart_of("base", []), tmp_path))
