"""Cells: a CSV file in, batches of texts out, never all at once.

Tells what is wrong with a row by its place and shape, and never by what it holds:
that may be what a client said.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.batch.matching import refuse_repeats
from boundaryethics.batch.refusing import unreadable
from boundaryethics.errors import TableError

#: What a cell is parted by, by the ending of the file's name.
SEPARATORS = {".csv": ",", ".tsv": "\t"}
#: Bytes that are read at once.
_BYTES = 1 << 24
#: Bytes at the end of a file in which its last quotes stand.
_TAIL = 1 << 10
_PARTED = "put a cell that holds a separator or a new line between quotes"
_QUOTED = "close it; where a quote is meant, write two, and the cell between quotes"


@final
@attrs.define(eq=False)
class Cells:
    """A CSV file that is being read."""

    path: Path
    names: tuple[str, ...]
    #: How many cells a row has that has more or fewer than there are names.
    _uneven: int | None = attrs.field(default=None, init=False)

    @classmethod
    def of(cls, path: Path) -> Cells:
        """The file at *path*, by its header.

        Raises:
            TableError: two columns have the same name.
        """
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=_separator(path)), [])
        refuse_repeats(names)
        return cls(path, tuple(names))

    def read(self, file: Any) -> tuple[Any, Iterator[Any]]:
        """The schema of *file*, Arrow's own of the same path, and its batches.

        Raises:
            TableError: a row has more or fewer cells than the header, or a quote is
                never closed.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow

        # Cells are kept as they were written: `007` stays `007`.
        kept = arrow.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        )
        parted = arrow.ParseOptions(
            delimiter=_separator(self.path),
            newlines_in_values=True,
            # Where there is one column, an empty line is a row whose cell is empty.
            ignore_empty_lines=len(self.names) > 1,
            invalid_row_handler=self._met,
        )
        block = arrow.ReadOptions(block_size=_BYTES)
        try:
            reader = arrow.open_csv(file, block, parted, kept)
        except pa.ArrowInvalid as error:
            self._refuse_uneven(error, 0)
            raise
        return reader.schema, self._batches(reader)

    def _met(self, row: Any) -> str:
        self._uneven = row.actual_columns
        return "error"

    def _batches(self, reader: Any) -> Iterator[Any]:
        import pyarrow as pa

        rows, last = 0, None
        try:
            for batch in reader:
                rows += len(batch)
                last = batch.column(-1)[-1].as_py() if len(batch) else last
                yield batch
        except pa.ArrowInvalid as error:
            self._refuse_uneven(error, rows)
            raise
        if last and {*last} & {"\n", "\r"} and not _ends_quoted(self.path):
            why = f"the quote before the last cell of row {rows:,} is never closed"
            raise TableError([unreadable(self.path, why, _QUOTED)])

    def _refuse_uneven(self, error: Exception, rows: int) -> None:
        """Nothing, unless a row behind the first so many *rows* is of another length.

        Raises:
            TableError: it is.
        """
        if self._uneven is None:
            return
        which = f"a row behind the first {rows:,}" if rows else "a row"
        cells = f"{self._uneven} {'cell' if self._uneven == 1 else 'cells'}"
        why = f"{which} has {cells}, and the header {len(self.names)}"
        raise TableError([unreadable(self.path, why, _PARTED)]) from error


def _separator(path: Path) -> str:
    return SEPARATORS[path.suffix.lower()]


def _ends_quoted(path: Path) -> bool:
    """Whether the last cell of the file at *path* ends with a quote that closes it.

    Of two quotes side by side, neither closes a cell.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        tail = file.read().rstrip()
    return (len(tail) - len(tail.rstrip(b'"'))) % 2 == 1
