"""Fractional weights in sweeps and their files."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from boundaryethics.consult import consult
from boundaryethics.errors import AnalysisError
from boundaryethics.sensitivity import weight_curve
from boundaryethics.variants import (
    FactorialDesign,
    Range,
    VaryWeights,
    change,
    read_sweep,
    rebuild_variant,
    sweep,
)
from boundaryethics.variants.sweep import journal_path
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
    """A switch keeps its exact weights, even those without a finite decimal."""
    path = tmp_path / f"swept.{ending}"
    design = FactorialDesign((Range("care", "1/3", 1, "1/3"), Range("other", 1, 2)))
    swept = sweep(POLICY, design, out=path, workers=1)
    found = read_sweep(path)

    assert swept.rows == found.rows
    assert Fraction(1, 3) == found.rows[0].switches["care"]
    assert 1 == found.rows[-1].switches["care"]


def test_a_sweep_of_fractions_agrees_with_the_curve() -> None:
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


#: No share of these weights is a finite decimal: they add up to 7/3.
WEIGHED: list[dict[str, Any]] = [
    {"contact": "message", "danger": "yes", "weight": "1/3"},
    {"contact": "message", "danger": "no", "weight": 1},
    {"contact": "request", "danger": "yes", "weight": 1},
]
CHANGES = [
    change("calm", drop=["quiet"]),
    change("unkind", drop=["kind"]),
]


def changed_share(number: int) -> Fraction:
    """Rank each row before and after a change, and add up the exact weights."""
    after = rebuild_variant(POLICY, CHANGES, f"own:{CHANGES[number].name}")
    facts = [{n: v for n, v in row.items() if n != "weight"} for row in WEIGHED]
    weights = [Fraction(row["weight"]) for row in WEIGHED]
    moved = (
        weight
        for weight, row in zip(weights, facts, strict=True)
        if consult(row, POLICY).ranking != consult(row, after).ranking
    )
    return sum(moved, Fraction(0)) / sum(weights)


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_weighted_counts_read_back_exactly(tmp_path: Path, ending: str) -> None:
    """Files and frames have fractions as text, and JSON the nearest floats."""
    path = tmp_path / f"swept.{ending}"
    swept = sweep(POLICY, CHANGES, over=WEIGHED, out=path, workers=1, cases=())
    found = read_sweep(path)

    assert swept.rows == found.rows
    shares = [row.space.ranking_changed for row in found.rows if row.space]
    assert [changed_share(0), changed_share(1)] == shares
    assert Fraction(3, 7) in shares
    assert [*map(str, shares)] == list(swept.to_frame()["ranking_changed"])
    in_json = [row["ranking_changed"] for row in swept.to_dict()["rows"]]
    assert [*map(float, shares)] == in_json


def test_a_resumed_sweep_has_exact_counts(tmp_path: Path) -> None:
    """The journal has the same rows as a sweep that does not stop."""
    path = tmp_path / "swept.csv"
    asked: Any = {"over": WEIGHED, "out": path, "workers": 1, "cases": ()}

    def stop(done: int, _: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sweep(POLICY, CHANGES, **asked, progress=stop)
    with closing(sqlite3.connect(journal_path(path))) as database:
        ((kept,),) = database.execute("SELECT cells FROM rows")
    cells = json.loads(kept)

    assert [1, "3/7"] == [cells["total"], cells["ranking_changed"]]
    continued = sweep(POLICY, CHANGES, **asked)
    assert continued.rows == sweep(POLICY, CHANGES, over=WEIGHED, cases=()).rows


@pytest.mark.parametrize("other", ["0.428571", "4/7", "3/0", "3/x"])
def test_a_rounded_weighted_count_is_rejected(tmp_path: Path, other: str) -> None:
    """It is not read as an exact count."""
    path = tmp_path / "swept.csv"
    sweep(POLICY, CHANGES[:1], over=WEIGHED, out=path, workers=1, cases=())
    text = path.read_text("utf-8")
    assert '"3/7"' in text
    path.write_text(text.replace('"3/7"', f'"{other}"'), "utf-8")

    with pytest.raises(AnalysisError, match="BE814"):
        read_sweep(path)
