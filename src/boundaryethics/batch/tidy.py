"""Tidy files: columns of known kinds and their rows in, a file out, and back.

Knows nothing of what the rows mean. Whole numbers stay exact, whatever their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from boundaryethics.batch.file_reading import TABLES, reading
from boundaryethics.batch.file_writing import refuse_taken, shaping, writing
from boundaryethics.batch.needing import needed
from boundaryethics.errors import Problem, TableError

#: Rows that are written at once.
_ROWS = 1 << 12
#: The largest number that one machine word holds.
_WORD = (1 << 63) - 1


def refuse_target(path: Path, *, force: bool) -> None:
    """Nothing, where rows can be written to *path*.

    Raises:
        TableError: it is of no kind that is written, there is a file that is not to
            be replaced, or what it takes is not installed.
    """
    needed("pyarrow")
    if path.suffix.lower() not in TABLES:
        problem = Problem(
            code="BE730",
            message=f"`{path}` is none of the kinds of files that rows go to",
            help=f"its name ends in one of {', '.join(TABLES)}",
        )
        raise TableError([problem])
    refuse_taken(path, force=force)


def write_rows(
    path: Path,
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    *,
    force: bool,
) -> None:
    """Write *rows* to *path*; the file takes its name when it is whole.

    Args:
        path: CSV or Parquet, as it ends.
        kinds: the columns, in order: each `text`, `whole` or `share`.
        rows: for each the cells under the names of their columns; none is null.
        force: whether to replace what is there.

    Raises:
        TableError: the file cannot be written.
    """
    import pyarrow as pa

    schema = pa.schema([(name, _kind(kinds[name], name, rows)) for name in kinds])
    with shaping(path, force=force) as file, writing(path, file, schema) as sink:
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            columns = [
                pa.array([row.get(field.name) for row in some], field.type)
                for field in schema
            ]
            sink.write_batch(pa.record_batch(columns, schema=schema))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of *path*: in a CSV file every cell that is not empty is text.

    Raises:
        TableError: the file cannot be read, or is of no kind that is.
    """
    needed("pyarrow")
    if path.suffix.lower() not in TABLES:
        message = f"`{path}` is none of the kinds of files that rows are read from"
        advice = f"its name ends in one of {', '.join(TABLES)}"
        raise TableError([Problem(code="BE730", message=message, help=advice)])
    with reading(path) as source:
        for batch in source.batches:
            yield from batch.to_pylist()


def _kind(kind: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    import pyarrow as pa

    if kind == "text":
        return pa.string()
    if kind == "share":
        return pa.float64()
    most = max((abs(row.get(name) or 0) for row in rows), default=0)
    return pa.int64() if most <= _WORD else pa.decimal128(38, 0)
