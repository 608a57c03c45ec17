"""Distinct situations are counted in every kind of table."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from boundaryethics.batch import counts as counts_module
from boundaryethics.batch import frames as module
from boundaryethics.batch.counts import Situations, _Tally, situations_in
from boundaryethics.errors import TableError
from support.small_policies import VOCABULARY

pandas = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
pytest.importorskip("narwhals")

ROWS = (
    {"contact": "message", "danger": "yes"},
    {"contact": None, "danger": "no"},
    {"contact": "message", "danger": "yes"},
    {"contact": "request", "danger": None},
    {"contact": "unknown", "danger": "no"},
)


def counted_values(found: Situations) -> Counter[tuple[str, ...]]:
    """Return the situations as values with their counts."""
    values = [
        np.array(VOCABULARY[fact].all_values)[codes]
        for fact, codes in found.columns.items()
    ]
    rows = zip(*(column.tolist() for column in values), strict=True)
    return Counter(dict(zip(rows, found.counts.tolist(), strict=True)))


EXPECTED = Counter(
    {("message", "yes"): 2, ("unknown", "no"): 2, ("request", "unknown"): 1}
)


def frames(folder: Path) -> dict[str, Any]:
    """Build the same rows in every installed kind of table."""
    frame = pandas.DataFrame(list(ROWS))
    frame.to_csv(folder / "rows.csv", index=False)
    frame.to_parquet(folder / "rows.parquet")
    tables: dict[str, Any] = {
        "pandas": frame,
        "csv": folder / "rows.csv",
        "parquet": str(folder / "rows.parquet"),
    }
    polars = pytest.importorskip("polars")
    tables |= {"polars": polars.DataFrame(ROWS), "lazy": polars.LazyFrame(ROWS)}
    duckdb = pytest.importorskip("duckdb")
    return tables | {"duckdb": duckdb.connect().from_df(frame)}


def test_every_kind_of_table_has_the_same_counts(tmp_path: Path) -> None:
    """The digest depends neither on the kind of table nor on row order."""
    found = {kind: situations_in(t, VOCABULARY) for kind, t in frames(tmp_path).items()}

    assert dict.fromkeys(found, EXPECTED) == {
        k: counted_values(f) for k, f in found.items()
    }
    assert 1 == len({one.digest for one in found.values()})
    assert {5} == {one.rows for one in found.values()}


def test_rows_are_counted_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of the slices does not change the counts."""
    monkeypatch.setattr(module, "SLICE", 2)

    assert EXPECTED == counted_values(
        situations_in(pandas.DataFrame(list(ROWS)), VOCABULARY)
    )


def test_columns_can_have_other_names() -> None:
    """Columns that match no fact are ignored."""
    frame = pandas.DataFrame({"c": ["message"], "note": ["x"], "contact": ["?"]})
    found = situations_in(frame, VOCABULARY, {"contact": "c"})

    assert Counter({("message",): 1}) == counted_values(found)


def test_a_column_can_mix_types_of_values() -> None:
    """True and False mean yes and no for facts that have these values."""
    frame = pandas.DataFrame({"danger": [True, "no", None, "yes"]})

    assert Counter({("yes",): 2, ("no",): 1, ("unknown",): 1}) == counted_values(
        situations_in(frame, VOCABULARY)
    )


def test_different_tables_have_different_digests() -> None:
    """The digest depends on values, counts and facts."""
    tables = [
        {"contact": ["message"]},
        {"contact": ["request"]},
        {"contact": ["message", "message"]},
        {"status": ["active"]},
    ]
    found = [situations_in(pandas.DataFrame(one), VOCABULARY) for one in tables]

    assert 4 == len({one.digest for one in found})


def test_invalid_values_are_reported_by_row() -> None:
    """The first invalid values are listed by row, and the others counted."""
    frame = pandas.DataFrame({"contact": ["message", *["mesage"] * 14]})
    with pytest.raises(TableError) as refused:
        situations_in(frame, VOCABULARY, show_values=True)
    lines = str(refused.value).splitlines()

    assert 21 == len(lines)
    assert "BE807: row 2 of the table: invalid value `mesage` for `contact`" in lines[0]
    assert "help: valid values: `message`, " in lines[1]
    assert "a missing value, use `Reading(na='CODE')`" in lines[1]
    assert "BE807: and 4 more problems in the rows of the table" == lines[-1]


def test_row_numbers_of_files_match_other_programs(
    tmp_path: Path,
) -> None:
    """In CSV and Excel, the header is row 1; in Parquet, it is not a row."""
    frame = pandas.DataFrame({"contact": ["message", "mesage"], "weight": [1, -1]})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_excel(tmp_path / "t.xlsx", engine="xlsxwriter", index=False)
    frame.to_parquet(tmp_path / "t.parquet", index=False)
    for name, row in (("t.csv", 3), ("t.xlsx", 3), ("t.parquet", 2)):
        with pytest.raises(TableError, match=f"row {row} of the table: invalid") as one:
            situations_in(tmp_path / name, VOCABULARY, weight="weight")
        assert f"`{name}`: row {row} of the table: the weight" in str(one.value)


def test_problems_with_cells_name_the_file(tmp_path: Path) -> None:
    """A problem names the file once, even if it also quotes a cell with that name."""
    table, missing = tmp_path / "table.csv", tmp_path / "missing.csv"
    table.write_text("contact\ntable.csv\n")
    with pytest.raises(TableError) as invalid:
        situations_in(table, VOCABULARY, show_values=True)
    with pytest.raises(TableError) as unread:
        situations_in(missing, VOCABULARY)

    assert "`table.csv`: row 2 of" in invalid.value.problems[0].message
    assert unread.value.problems[0].message.startswith(f"`{missing}` ")


def test_invalid_tables_are_refused(tmp_path: Path) -> None:
    """Empty tables, tables without facts and unsupported files are rejected."""
    for table, code in (
        (pandas.DataFrame({"contact": []}), "BE807"),
        (pandas.DataFrame({"colour": ["red"]}), "BE723"),
        (tmp_path / "rows.ods", "BE730"),
        (tmp_path / "none.csv", "BE731"),
        ([1, 2], "BE726"),
    ):
        with pytest.raises(TableError, match=code):
            situations_in(table, VOCABULARY)


@pytest.mark.parametrize("least", [1, 7, 100_000])
def test_merged_slices_agree_with_a_counter(
    monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    """The sums are those of a plain counter, however often slices are merged."""
    monkeypatch.setattr(counts_module, "_FEWEST_MERGED", least)
    rows = np.random.default_rng(3).integers(0, 6, (400, 2), np.uint8)
    tally = _Tally(2)
    for start in range(0, 400, 9):
        part = rows[start : start + 9]
        weights = np.full(len(part), Fraction(1, 3), object)
        tally.add(part, np.ones(len(part), np.int64), weights)
    found, counts, weights = tally.distinct()

    wanted = sorted(Counter(map(tuple, rows.tolist())).items())
    assert wanted == [*zip(map(tuple, found.tolist()), counts.tolist(), strict=True)]
    assert [Fraction(n, 3) for _, n in wanted] == weights.tolist()
