"""Each kind of data frame gets the same ranks as NumPy arrays."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from boundaryethics.batch import explain, rank
from boundaryethics.errors import TableError
from support.tables import POLICY, TYPO, Columns, as_rows, expected, mixed

pa = pytest.importorskip("pyarrow")
TRUTHS, NUMBER = "client_minor", "number"


def texts(columns: Columns) -> list[str]:
    """List the *columns* that contain text."""
    return [name for name in columns if name not in {TRUTHS, NUMBER}]


def arrow(columns: Columns, kind: Any = None) -> Any:
    """Make a pyarrow table with text of *kind*."""
    table = pa.table(dict(columns))
    fields = [
        field.with_type(kind) if kind and pa.types.is_string(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))


def pandas(columns: Columns, kind: str) -> Any:
    """Make a pandas frame with text of *kind* and an index of its own."""
    module = pytest.importorskip("pandas")
    plain = module.DataFrame(dict(columns), dtype=object).astype({NUMBER: "int64"})
    frame = plain.astype(dict.fromkeys(texts(columns), kind))
    return frame.set_index(frame.index[::-1] // 2)


def polars(columns: Columns, kind: str, *, lazy: bool = False) -> Any:
    """Make a Polars frame with text of *kind*."""
    module = pytest.importorskip("polars")
    frame = module.DataFrame(dict(columns), strict=False)
    for name in texts(columns):
        values = frame[name].drop_nulls().unique()
        chosen = module.Enum(values) if kind == "Enum" else getattr(module, kind)
        frame = frame.with_columns(module.col(name).cast(chosen))
    return frame.lazy() if lazy else frame


def duckdb(columns: Columns, kind: Any = None) -> Any:
    """Make a DuckDB relation on a connection of its own."""
    module = pytest.importorskip("duckdb")
    return module.connect().from_arrow(arrow(columns, kind))


def dask(columns: Columns, kind: str) -> Any:
    """Make a Dask frame in three partitions."""
    module = pytest.importorskip("dask.dataframe")
    frame = pandas(columns, kind).reset_index(drop=True).astype({TRUTHS: "boolean"})
    return module.from_pandas(frame, npartitions=3)


CATEGORY = pa.dictionary(pa.int8(), pa.string())
MADE: dict[str, Callable[[Columns], Any]] = {
    "arrow string": partial(arrow, kind=pa.string()),
    "arrow large_string": partial(arrow, kind=pa.large_string()),
    "arrow dictionary": partial(arrow, kind=CATEGORY),
    "pandas object": partial(pandas, kind="object"),
    "pandas string": partial(pandas, kind="string"),
    "pandas string[pyarrow]": partial(pandas, kind="string[pyarrow]"),
    "pandas category": partial(pandas, kind="category"),
    "polars String": partial(polars, kind="String"),
    "polars Categorical": partial(polars, kind="Categorical"),
    "polars Enum": partial(polars, kind="Enum"),
    "lazy polars String": partial(polars, kind="String", lazy=True),
    "lazy polars Categorical": partial(polars, kind="Categorical", lazy=True),
    "lazy polars Enum": partial(polars, kind="Enum", lazy=True),
    "duckdb": duckdb,
    "duckdb enum": partial(duckdb, kind=CATEGORY),
    "dask string": partial(dask, kind="string[pyarrow]"),
    "dask category": partial(dask, kind="category"),
}
KINDS = [
    pytest.param(made, id=kind, marks=[pytest.mark.cluster] * kind.startswith("dask"))
    for kind, made in MADE.items()
]


def lists(frame: Any) -> dict[str, list[Any]]:
    """Return the columns of *frame* as lists, with None for missing values."""
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


@pytest.mark.parametrize("made", KINDS)
def test_every_kind_of_frame_equals_numpy(made: Callable[[Columns], Any]) -> None:
    """Columns have typos, nulls, Booleans and categories, in any order."""
    columns = mixed()
    ranked = rank(made(columns), POLICY)
    found = lists(ranked.frame)

    assert expected(columns) == as_rows(found)
    assert {name: found[name] for name in columns} == columns
    assert [*columns] == [*found][: len(columns)]
    assert_problems(columns, found["problem"])
    assert found["best"].count(None) == ranked.summary.unanswered
    assert len(columns["number"]) == ranked.summary.rows


@pytest.mark.parametrize("made", KINDS)
def test_a_row_of_every_kind_of_frame_can_be_explained(
    made: Callable[[Columns], Any],
) -> None:
    """A row's verdict has the first rank that the frame gives."""
    columns = mixed()
    frame, answers = made(columns), expected(columns)
    rows = [row for row, answer in enumerate(answers) if answer["best"]]
    for row in (rows[0], rows[-1]):
        cells = {name: values[row] for name, values in columns.items()}
        verdict = explain(frame, row, POLICY)

        assert answers[row]["best"] == "=".join(verdict.best)
        assert verdict == explain(frame, cells, POLICY)


@pytest.mark.cluster
@pytest.mark.filterwarnings("ignore")
def test_spark_equals_numpy(spark: Any) -> None:
    """Rows that Spark ranks get the same results."""
    columns = mixed()
    rows = [*zip(*columns.values(), strict=True)]
    kinds = {"number": "long", TRUTHS: "boolean"}
    schema = ", ".join(f"{name} {kinds.get(name, 'string')}" for name in columns)
    frame = spark.createDataFrame(rows, schema).repartition(3)
    ranked = rank(frame, POLICY)
    kept = sorted((row.asDict() for row in ranked.frame.collect()), key=by_number)
    found = {name: [row[name] for row in kept] for name in ranked.frame.columns}

    assert expected(columns) == as_rows(found)
    assert {name: found[name] for name in columns} == columns
    assert_problems(columns, found["problem"])
    assert found["best"].count(None) == ranked.summary.unanswered
    row = next(row for row in kept if row["best"])
    assert row["best"] == "=".join(explain(frame, row_of(frame, row), POLICY).best)
    with pytest.raises(TableError, match="pass the row itself"):
        explain(frame, 0, POLICY)


def row_of(frame: Any, row: dict[str, Any]) -> Any:
    """Return the row of *frame* with the number of *row*."""
    return frame.where(frame.number == row["number"]).first()


def by_number(row: dict[str, Any]) -> int:
    """Return the number of *row*."""
    return int(row["number"])


def assert_problems(columns: Columns, problems: list[str | None]) -> None:
    """Check that each row has a problem for each of its typos, and no others."""
    for row, problem in enumerate(problems):
        wrong = [
            f"invalid value for `{fact.name}`"
            for fact in POLICY.vocabulary.facts
            if fact.name in columns and columns[fact.name][row] == TYPO
        ]

        assert ("; ".join(wrong) or None) == problem
