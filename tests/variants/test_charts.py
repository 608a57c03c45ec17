"""Charts of sweeps show the numbers of their rows."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from boundaryethics.charts import MOST_ROWS
from boundaryethics.report import ranking_text
from boundaryethics.variants import DropRules, Methods, Sweep, VaryStrengths, sweep
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import RankChanges, SweepRow
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
    """Sweep dropped rules, changed strengths and methods, over all situations."""
    return sweep(POLICY, [DropRules(), VaryStrengths(), Methods()], cases=[], workers=1)


def changes(row: SweepRow) -> RankChanges:
    """Return the changes of *row* over all situations."""
    assert row.space is not None
    return row.space


def test_a_sweep_chart_shows_variants_with_changes(swept: Sweep) -> None:
    """Each variant that changes a ranking has both its shares; the others have none."""
    drawn = set(data_of(swept.chart(), "row", "kind", "value"))

    assert drawn == {
        (row.variant, kind, 100 * count / changes(row).total)
        for row in swept.rows
        if changes(row).ranking_changed
        for kind, count in (
            ("top response changed", changes(row).first_changed),
            ("ranking changed", changes(row).ranking_changed),
        )
    }
    assert "drop:idle" not in {row for row, _, _ in drawn}


def test_a_row_chart_shows_changes_of_the_first_rank(swept: Sweep) -> None:
    """Each pair of first ranks has its count, including unchanged ones."""
    row = swept.row["drop:leaving"]
    drawn = data_of(row.chart(), "row", "column", "value")

    assert {
        (ranking_text((before,)), ranking_text((after,))): count
        for before, after, count in changes(row).firsts
    } == {(before, after): count for before, after, count in drawn if count}


def test_a_chart_counts_the_variants_that_it_leaves_out(
    swept: Sweep, tmp_path: Path
) -> None:
    """A chart of a large sweep has the variants with the most changes."""
    row = swept.row["drop:leaving"]
    labels = [VariantLabel(family="v", variant=f"v:{n}") for n in range(MOST_ROWS + 6)]
    many = [attrs.evolve(row, label=label) for label in labels]
    many[-1] = attrs.evolve(many[-1], space=None, problem="wrong")
    chart = attrs.evolve(swept, rows=tuple(many)).chart()
    words = shown(svg_of(chart, tmp_path))

    assert 2 * MOST_ROWS == len(data_of(chart, "row", "value"))
    assert f"{MOST_ROWS + 5} of {MOST_ROWS + 6} variants" in words
    assert f"only the {MOST_ROWS} largest of {MOST_ROWS + 5} are drawn" in words


def test_a_chart_of_switches_names_them_in_order(swept: Sweep, tmp_path: Path) -> None:
    """The name of a variant contains only the settings."""
    row = swept.row["drop:leaving"]
    label = VariantLabel(
        family="switches", variant="switches:1-0", switches=(("b", 1), ("a", 0))
    )
    switched = attrs.evolve(swept, rows=(attrs.evolve(row, label=label),))

    assert "; switches: b, a" in shown(svg_of(switched.chart(), tmp_path))


def test_the_chart_of_an_invalid_variant_says_so(swept: Sweep, tmp_path: Path) -> None:
    """Its row has no numbers."""
    problem = SweepRow(
        label=VariantLabel(family="drop", variant="drop:x"), problem="no policy"
    )

    assert "nothing to show" in shown(svg_of(problem.chart(), tmp_path))
    assert "nothing to show" in shown(
        svg_of(attrs.evolve(swept, rows=()).chart(), tmp_path)
    )
