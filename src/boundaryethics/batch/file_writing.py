"""Writing files of tables: batches in, a file that is whole or not there out."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol, final

from boundaryethics._whole_file import pointed_to, whole_file
from boundaryethics.batch.cells import SEPARATORS
from boundaryethics.batch.file_reading import PARQUET
from boundaryethics.batch.leftovers import hold, remove_left_behind
from boundaryethics.errors import Problem, TableError


class Sink(Protocol):
    """Something that takes batches."""

    def write_batch(self, batch: Any, /) -> None:
        """Write the rows of *batch*."""

    def close(self) -> None:
        """Write what is left."""


@contextmanager
def shaping(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file beside *path* that takes its name when all is written, and not before.

    Raises:
        TableError: there is a file, and it is not to be replaced; or it cannot be
            written. What was there before still is.
    """
    refuse_taken(path, force=force)
    remove_left_behind(pointed_to(path))
    with _refusing(path), whole_file(path) as file:
        hold(file)
        yield file
        # Somebody else may have written it in the meantime.
        refuse_taken(path, force=force)


@contextmanager
def writing(path: Path, file: IO[bytes], schema: Any) -> Iterator[Sink]:
    """What writes batches of *schema* to *file*, in the format of *path*'s ending."""
    sink = _sink(path.suffix.lower(), file, schema)
    try:
        yield sink
    except BaseException:
        # What it still holds is of no use, and may not fit either.
        with suppress(Exception):
            sink.close()
        raise
    sink.close()


def _sink(ending: str, file: IO[bytes], schema: Any) -> Sink:
    if ending in PARQUET:
        from pyarrow import parquet

        sink: Sink = parquet.ParquetWriter(file, schema)
        return sink
    if ending in SEPARATORS:
        return _Cells(file, schema, SEPARATORS[ending])
    return _Lines(file)


@final
class _Cells:
    """Batches as cells with separators between."""

    def __init__(self, file: IO[bytes], schema: Any, separator: str) -> None:
        import pyarrow.csv

        options = pyarrow.csv.WriteOptions(delimiter=separator)
        self.schema = _flat(schema)
        self.writer = pyarrow.csv.CSVWriter(file, self.schema, write_options=options)

    def write_batch(self, batch: Any) -> None:
        """Write the rows of *batch*; a list becomes one text, with spaces between."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = [
            pc.binary_join(column, " ") if _is_list(column.type) else column
            for column in batch.columns
        ]
        self.writer.write_batch(pa.record_batch(columns, schema=self.schema))

    def close(self) -> None:
        """Write what is left."""
        self.writer.close()


@final
class _Lines:
    """Batches as JSON, a row a line."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write_batch(self, batch: Any) -> None:
        """Write the rows of *batch*."""
        for row in batch.to_pylist():
            line = _line(row)
            self.file.write(f"{line}\n".encode())

    def close(self) -> None:
        """Nothing is left to write."""


def _line(row: Any) -> str:
    """*row* as JSON, which has no numbers that are none."""
    try:
        return json.dumps(row, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(row), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    """*value* with nothing where there are numbers without end, or that are none."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [*map(_finite, value)]
        case _:
            return value


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except OSError as error:
        raise TableError([_unwritable(path, error.strerror or str(error))]) from error
    except pa.ArrowException as error:
        raise TableError([_unwritable(path, str(error))]) from error


def refuse_taken(path: Path, *, force: bool) -> None:
    """Nothing, where *path* is free, or a file that may be replaced.

    Raises:
        TableError: it is not.
    """
    if not path.exists() or (force and path.is_file()):
        return
    if path.is_file():
        message = f"`{path}` is there already"
        advice: str | None = "choose another name, or replace it with --force"
    else:
        message, advice = f"`{path}` is no file that could be replaced", None
    raise TableError([Problem(code="BE733", message=message, help=advice)])


def _unwritable(path: Path, why: str) -> Problem:
    told = " ".join(why.split())[:200]
    return Problem(
        code="BE734",
        message=f"`{path}` cannot be written: {told[:1].lower()}{told[1:].rstrip('.')}",
        help="nothing is left behind, and what was there before still is",
    )


def _flat(schema: Any) -> Any:
    """*schema* with text where there are lists of text."""
    import pyarrow as pa

    kinds = (pa.string() if _is_list(field.type) else field.type for field in schema)
    return pa.schema([*zip(schema.names, kinds, strict=True)])


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    is_list: bool = pa.types.is_list(kind) and pa.types.is_string(kind.value_type)
    return is_list
