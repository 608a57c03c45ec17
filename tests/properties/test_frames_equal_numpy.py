"""A frame of any kind gets the answers that numpy gives for the same rows."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from boundaryethics.batch.frames import rank
from tables import POLICY, TYPO, Columns, expected, mixed, told

pa = pytest.importorskip("pyarrow")
TRUTHS, CATEGORY = "client_minor", "contact"


def arrow(columns: Columns) -> Any:
    """A table of pyarrow, with categories."""
    table = pa.table(dict(columns))
    place = table.schema.get_field_index(CATEGORY)
    coded = table.column(CATEGORY).dictionary_encode()
    return table.set_column(place, CATEGORY, coded)


def pandas(columns: Columns) -> Any:
    """A frame of pandas, with categories, and an index of its own."""
    module = pytest.importorskip("pandas")
    frame = module.DataFrame(dict(columns)).astype({CATEGORY: "category"})
    return frame.set_index(frame.index[::-1] // 2)


def polars(columns: Columns) -> Any:
    """A frame of Polars, with categories."""
    module = pytest.importorskip("polars")
    category = module.col(CATEGORY).cast(module.Categorical)
    return module.DataFrame(dict(columns)).with_columns(category)


def lazy_polars(columns: Columns) -> Any:
    """A lazy frame of Polars."""
    return polars(columns).lazy()


def duckdb(columns: Columns) -> Any:
    """A relation of DuckDB on a connection of its own."""
    module = pytest.importorskip("duckdb")
    return module.connect().from_arrow(arrow(columns))


def dask(columns: Columns) -> Any:
    """A frame of Dask, in three parts."""
    module = pytest.importorskip("dask.dataframe")
    frame = pandas(columns).reset_index(drop=True).astype({TRUTHS: "boolean"})
    return module.from_pandas(frame, npartitions=3)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """Spark, on this machine alone."""
    sql = pytest.importorskip("pyspark.sql")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()


def lists(frame: Any) -> dict[str, list[Any]]:
    """The columns of *frame* as lists, None where there is nothing."""
    if hasattr(frame, "to_arrow_table"):
        return dict(frame.to_arrow_table().to_pydict())
    if hasattr(frame, "compute"):
        frame = frame.compute()
    if hasattr(frame, "lazy"):
        return dict(frame.lazy().collect().to_dict(as_series=False))
    if hasattr(frame, "collect"):
        return dict(frame.collect().to_dict(as_series=False))
    if hasattr(frame, "to_pydict"):
        return dict(frame.to_pydict())
    return dict(pa.Table.from_pandas(frame, preserve_index=False).to_pydict())


@pytest.mark.parametrize(
    "made", [arrow, pandas, polars, lazy_polars, duckdb, dask], ids=lambda m: m.__name__
)
def test_every_frame_equals_numpy(made: Callable[[Columns], Any]) -> None:
    """Typos, nulls, truth values, categories and columns in any order included."""
    columns = mixed()
    ranked = rank(made(columns), POLICY)
    found = lists(ranked.frame)

    assert expected(columns) == told(found)
    assert {name: found[name] for name in columns} == columns
    assert [*columns] == [*found][: len(columns)]
    assert_problems(columns, found["problem"])
    assert found["best"].count(None) == ranked.summary.unanswered
    assert len(columns["number"]) == ranked.summary.rows


@pytest.mark.filterwarnings("ignore")
def test_spark_equals_numpy(spark: Any) -> None:
    """Rows that Spark ranks where they are get the same answers."""
    columns = mixed()
    rows = [*zip(*columns.values(), strict=True)]
    kinds = {"number": "long", TRUTHS: "boolean"}
    schema = ", ".join(f"{name} {kinds.get(name, 'string')}" for name in columns)
    frame = spark.createDataFrame(rows, schema).repartition(3)
    ranked = rank(frame, POLICY)
    kept = sorted((row.asDict() for row in ranked.frame.collect()), key=by_number)
    found = {name: [row[name] for row in kept] for name in ranked.frame.columns}

    assert expected(columns) == told(found)
    assert {name: found[name] for name in columns} == columns
    assert_problems(columns, found["problem"])
    assert found["best"].count(None) == ranked.summary.unanswered


def by_number(row: dict[str, Any]) -> int:
    """Where *row* stood."""
    return int(row["number"])


def assert_problems(columns: Columns, problems: list[str | None]) -> None:
    """A row tells a problem for each typo that it holds, and no other."""
    for row, problem in enumerate(problems):
        wrong = [
            f"fact `{fact.name}` cannot be `{TYPO}`"
            for fact in POLICY.vocabulary.facts
            if fact.name in columns and columns[fact.name][row] == TYPO
        ]

        assert ("; ".join(wrong) or None) == problem
