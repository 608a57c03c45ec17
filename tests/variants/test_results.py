"""Sweeps print, convert to data, and can be read back from their files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import attrs
import pytest

from boundaryethics.batch import files
from boundaryethics.errors import AnalysisError, TableError
from boundaryethics.model.rules import Option
from boundaryethics.variants import Methods, Sweep, read_sweep, sweep
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import RankChanges, SweepRow, rank_changes
from support.small_policies import policy_of

C, D = (Option.CONTINUE,), (Option.DECLINE,)
REST = (Option.IGNORE,), (Option.LEAVE,)


def row(name: str, changed: int, total: int = 1000) -> SweepRow:
    """Make a row in which *changed* of *total* first ranks change."""
    counts = [(C, D, changed), (C, C, total - changed)]
    return SweepRow(
        label=VariantLabel(family="drop", variant=f"drop:{name}", rule=name),
        fingerprint=name,
        space=rank_changes(counts, changed, [((C, D, *REST), (D, C, *REST), changed)]),
        broken_cases=('A | case, quoted "so"',) if changed else (),
        broken_invariants=(),
    )


SWEEP = Sweep(
    base="a-code",
    fingerprint="f",
    where={"contact": ["message"]},
    rows=(
        row("little", 1),
        row("much", 500),
        row("none", 0),
        SweepRow(
            label=VariantLabel(family="own", variant="own:x"),
            problem="BE301: no such rule",
        ),
    ),
)


def test_a_sweep_prints_the_largest_changes() -> None:
    """Variants without changes, and invalid ones, are counted above the table."""
    lines = [
        "a-code: 4 variants (drop 3, own 1)",
        "all: 1,000 situations",
        "variants without any change: 1",
        "invalid, or could not be evaluated: 1; see column `problem`",
    ]
    table = [
        ["variant", "top response changed", "ranking changed", "mean tau-b", "mean WS"],
        ["drop:much", "50.000%", "50.000%", "0.8333", "0.8542"],
        ["drop:little", "0.100%", "0.100%", "0.9997", "0.9997"],
    ]
    broken = [
        ["ties added / removed", "cases failing", "guarantees broken"],
        *[["0 / 0", "1", "0"]] * 2,
    ]
    said, rows = str(SWEEP).split("\n\n")

    assert lines == said.splitlines()
    assert [[*row, *cells] for row, cells in zip(table, broken, strict=True)] == [
        re.split("  +", row) for row in rows.splitlines()
    ]
    assert "<td>drop:much</td>" in SWEEP._repr_html_()


def test_a_sweep_converts_to_plain_data() -> None:
    """The data has everything, under the names of the columns."""
    data = SWEEP.to_dict()

    assert ("a-code", "f") == (data["base"], data["fingerprint"])
    assert 500.0 == data["rows"][1]["continue_to_decline"]
    assert "BE301: no such rule" == data["rows"][3]["problem"]


def test_a_sweep_converts_to_a_data_frame() -> None:
    """It has a row for each variant, and a column for each cell."""
    pytest.importorskip("pandas")
    frame = SWEEP.to_frame()

    assert list(SWEEP.kinds) == list(frame.columns)
    assert [0.001, 0.5, 0.0] == list(frame["first_share"])[:3]


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
@pytest.mark.parametrize("scale", [1, 10**20])
def test_a_sweep_reads_back_equal(tmp_path: Path, ending: str, scale: int) -> None:
    """This holds for each kind of file, however large the numbers are."""
    pytest.importorskip("pyarrow")
    larger = tuple(
        attrs.evolve(one, space=scaled(one.space, scale)) for one in SWEEP.rows
    )
    swept = attrs.evolve(SWEEP, rows=larger)
    path = tmp_path / f"swept.{ending}"
    files.write_rows(path, swept.kinds, swept.cells(), force=False)

    assert swept == read_sweep(path)


def scaled(space: RankChanges | None, scale: int) -> RankChanges | None:
    """Multiply all counts of *space*."""
    if space is None:
        return None
    counts = ((a, b, n * scale) for a, b, n in space.firsts)
    return rank_changes(counts, space.ranking_changed * scale)


def test_a_sweep_without_its_space_reads_back_equal(tmp_path: Path) -> None:
    """The file keeps the limited facts, and the number of all rows of the table."""
    pytest.importorskip("pyarrow")
    rows = tuple(
        attrs.evolve(one, space=None, table=one.space, broken_invariants=None)
        for one in SWEEP.rows
    )
    swept = attrs.evolve(SWEEP, space=False, table=True, table_rows=4000, rows=rows)
    path = tmp_path / "swept.parquet"
    files.write_rows(path, swept.kinds, swept.cells(), force=False)

    assert swept == read_sweep(path)
    assert "table: 1,000 situations (the rows that match" in str(swept)
    assert 4000 == swept.to_dict()["table_rows"]
    assert "table: 1,000 situations\n" in str(attrs.evolve(swept, table_rows=1000))


def test_files_that_are_not_sweeps_are_rejected(tmp_path: Path) -> None:
    """They may be another table, empty, modified or missing."""
    pytest.importorskip("pyarrow")
    path = tmp_path / "swept.csv"
    files.write_rows(path, SWEEP.kinds, SWEEP.cells(), force=False)
    whole = path.read_text("utf-8")
    header = whole.splitlines(keepends=True)[0]
    altered = [
        "a,b\n1,2\n",
        header,
        whole.replace("continue -> decline: 500", "continue -> decline: 501"),
        whole.replace('"a-code"', '"b-code"', 1),
        whole.replace("first_changed", "changed_first"),
    ]
    for text in altered:
        path.write_text(text, "utf-8")
        with pytest.raises(AnalysisError, match="BE814"):
            read_sweep(path)
    with pytest.raises(TableError, match="BE731"):
        read_sweep(tmp_path / "none.csv")
    with pytest.raises(TableError, match="BE730"):
        read_sweep(tmp_path / "none.txt")


def test_a_parquet_file_has_the_provenance(tmp_path: Path) -> None:
    """It is in the metadata."""
    parquet = pytest.importorskip("pyarrow.parquet")
    path, small = tmp_path / "swept.parquet", policy_of(principles={"care": {}})
    swept = sweep(small, Methods(), cases=(), out=path, workers=1)
    noted = parquet.read_metadata(path).metadata[b"boundaryethics"]

    assert swept.provenance.to_dict() == json.loads(noted)
    assert swept == read_sweep(path)
