"""Lazy frames: rows are worked out when they are asked for, or elsewhere.

Polars and Dask hand over part by part, PySpark batch by batch on its workers, and
DuckDB on its own connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from boundaryethics.batch import eager, relations
from boundaryethics.batch.answers import Answers
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.opening import Seen, opened
from boundaryethics.batch.streams import Asked, answered
from boundaryethics.batch.summary import Summary, Tally


def ranked(seen: Seen, answers: Answers, found: Matched) -> Any:
    """The frame with its answers, of the kind that it was."""
    match seen.kind:
        case "lazy polars":
            return _of_polars(seen.frame, answers, found)
        case "dask":
            return _of_dask(seen.frame, answers, found)
        case "duckdb":
            return relations.ranked(seen.frame, answers, found)
        case _:
            return _of_pyspark(seen.frame, answers, found)


def summed_up(frame: Any, answers: Answers, found: Matched) -> Summary:
    """What came out over all rows of *frame*, which has the *answers*."""
    tally = Tally()
    counted = [answers.wanted.prefix + name for name in ("best", "problem")]
    best, problem, rows = _counts(frame, counted)
    tally.count(zip(best, rows, strict=True), zip(problem, rows, strict=True))
    return tally.summary(answers.policy, found.warnings)


def _counts(frame: Any, names: list[str]) -> tuple[list[Any], ...]:
    """The different values under *names*, and in how many rows each stands."""
    import narwhals.stable.v2 as nw

    seen = opened(frame)
    if seen.kind == "dask":
        counts = frame.groupby(names, dropna=False).size().compute().reset_index()
        told = counts.astype(object).where(counts.notna(), None)
    else:
        if seen.kind.startswith("pyspark"):
            frame, names = _undotted(frame, names), ["best", "problem"]
        grouped = nw.from_native(frame).group_by(*names)
        told = grouped.agg(nw.len().alias("rows")).collect(backend="pyarrow")
    return tuple(told[name].to_list() for name in told.columns)


def _undotted(frame: Any, names: list[str]) -> Any:
    """The columns of answers called *names*, as they are called without a prefix."""
    quoted = ("`{}`".format(name.replace("`", "``")) for name in names)
    return frame.select(*quoted).toDF("best", "problem")


def _of_dask(frame: Any, answers: Answers, found: Matched) -> Any:
    part = _Part(answers, found)
    # What an empty part becomes shows the kinds of the columns.
    return frame.map_partitions(part, meta=part(frame._meta))  # noqa: SLF001


def _of_polars(frame: Any, answers: Answers, found: Matched) -> Any:
    import polars as pl

    part = _Part(answers, found)
    schema = frame.collect_schema()
    # What is filtered or left out afterwards may be what is answered here.
    return frame.map_batches(
        part,
        schema={**schema, **part(pl.DataFrame(schema=schema)).schema},
        predicate_pushdown=False,
        projection_pushdown=False,
        streamable=True,
    )


def _of_pyspark(frame: Any, answers: Answers, found: Matched) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    names = [*frame.columns]

    def work(batches: Iterable[Any]) -> Iterator[Any]:
        named = (batch.rename_columns(names) for batch in batches)
        return answered(named, [Asked(answers, found)])

    more = from_arrow_schema(answers.schema)
    schema = StructType([*frame.schema.fields, *more.fields])
    # Spark takes a dot in a name for a way into the column.
    plain = frame.toDF(*(f"c{n}" for n in range(len(names))))
    return plain.mapInArrow(work, schema)


class _Part:
    """What is done with each part of a frame; can be sent to where the part is."""

    def __init__(self, answers: Answers, found: Matched) -> None:
        self.answers, self.found = answers, found

    def __call__(self, frame: Any) -> Any:
        return eager.ranked(opened(frame), self.answers, self.found)[0]
