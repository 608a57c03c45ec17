"""Weights that are fractions, in sweeps and their files."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from boundaryethics.sensitivity import weight_curve
from boundaryethics.variants import (
    FactorialDesign,
    Range,
    VaryWeights,
    read_sweep,
    rebuild_variant,
    sweep,
)
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {
            "id": "kind",
            "when": {"contact": "message"},
            "then": {"favors": {"decline": "strong"}},
        },
        {
            "id": "quiet",
            "when": {"danger": "yes"},
            "principle": "other",
            "then": {"opposes": {"decline": "weak"}},
        },
    ],
    principles={"other": {"weight": 2}},
    ranking={"method": "weighted"},
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_sweep_of_fractions_reads_back_equal(tmp_path: Path, ending: str) -> None:
    """A switch keeps its exact weights, even those that no decimal equals."""
    path = tmp_path / f"swept.{ending}"
    design = FactorialDesign((Range("care", "1/3", 1, "1/3"), Range("other", 1, 2)))
    swept = sweep(POLICY, design, out=path, workers=1)
    found = read_sweep(path)

    assert swept.rows == found.rows
    assert Fraction(1, 3) == found.rows[0].switches["care"]
    assert 1 == found.rows[-1].switches["care"]


def test_a_sweep_of_fractions_counts_as_the_curve() -> None:
    """Two algorithms count the same situations at each weight."""
    curve = weight_curve(POLICY, "care")
    swept = sweep(POLICY, VaryWeights("0", "2.5", "1/4", ("care",)), workers=1)

    assert 11 == len(swept.rows)
    for row in swept.rows:
        assert row.space is not None
        assert curve.at(row.label.after).ranking == row.space.ranking_changed


def test_a_variant_with_a_fraction_can_be_rebuilt() -> None:
    """Its weights are integers in the same proportions."""
    family = VaryWeights(0, 2, "1/2", ("care",))
    variant = rebuild_variant(POLICY, family, "weights:care:1/2")

    assert [1, 4] == [one.weight for one in variant.principles]
