"""Reading files of tables: a path in, batches of rows out, never all at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, final

import attrs

from boundaryethics.batch.cells import SEPARATORS, Cells
from boundaryethics.batch.coding import TRUTHS
from boundaryethics.batch.grafting import can_be_grafted, is_whole, told_without_arrow
from boundaryethics.batch.matching import refuse_repeats
from boundaryethics.batch.refusing import refusing, unreadable
from boundaryethics.errors import TableError

#: Rows of a batch: many for numpy, few for memory.
ROWS = 1 << 17
PARQUET = frozenset({".parquet", ".pq"})
#: How the names of files end that hold a table, as `reading` reads them.
TABLES = (*SEPARATORS, *sorted(PARQUET))
JSON_LINES = frozenset({".jsonl", ".ndjson"})
#: How pages may be encoded that Arrow can read as categories; levels count as well.
_CATEGORICAL = frozenset(
    {"BIT_PACKED", "PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY"}
)


@final
@attrs.frozen(kw_only=True, eq=False)
class Groups:
    """A Parquet file by its row groups."""

    path: Path
    file: IO[bytes]
    opened: Any

    @property
    def largest(self) -> int:
        """The rows of the largest."""
        told = self.opened.metadata
        sizes = (told.row_group(n).num_rows for n in range(told.num_row_groups))
        return max(sizes, default=0)

    def of(self, names: Sequence[str]) -> Iterator[Iterator[Any]]:
        """For each group batches of the columns called *names*.

        Text comes as categories, where its pages can be read so.
        """
        from pyarrow import parquet

        told = self.opened.metadata
        schema = self.opened.schema_arrow
        texts = {name for name in names if _is_text(schema.field(name).type)}
        categorical = sorted(texts - _never_categories(told, texts))
        with refusing(self.path):
            opened = parquet.ParquetFile(
                self.file, read_dictionary=categorical, metadata=told
            )
        for number in range(told.num_row_groups):
            some = opened.iter_batches(ROWS, [number], columns=[*names])
            yield _guarded(self.path, some)


@final
@attrs.frozen(kw_only=True, eq=False)
class Source:
    """A file that is being read."""

    #: Its columns, with their kinds.
    schema: Any
    batches: Iterator[Any]
    #: How much there is, and how much of it was read.
    size: int
    done: Callable[[], int]
    #: Texts that mean true and false, where every cell is text.
    words: Mapping[str, bool]
    #: The file by its row groups, where it has them and more can be added to each.
    groups: Groups | None = None


@contextmanager
def reading(path: Path) -> Iterator[Source]:
    """The file at *path*, opened.

    Raises:
        TableError: there is no such file, or it is none of the kinds that are read.
    """
    with refusing(path):
        file = _opened_for_arrow(path)
    with file:
        with refusing(path):
            made = _csv if path.suffix.lower() in SEPARATORS else _parquet
            source = made(path, file)
        yield attrs.evolve(source, batches=_guarded(path, source.batches))


def _opened_for_arrow(path: Path) -> Any:
    """The file at *path*, read without Python.

    Arrow reads ahead in threads of its own. One that has to ask Python while that is
    ending takes the whole process down.
    """
    import pyarrow as pa

    # Python says more plainly what is wrong with a file.
    path.open("rb").close()
    return pa.OSFile(str(path))


def _guarded(path: Path, batches: Iterator[Any]) -> Iterator[Any]:
    with refusing(path):
        yield from batches


def _parquet(path: Path, file: IO[bytes]) -> Source:
    if not is_whole(file):
        raise TableError([unreadable(path, "it is no Parquet file, or a part of one")])
    opened = _opened(file)
    refuse_repeats(opened.schema_arrow.names)
    seen = _Count()
    can = can_be_grafted(file)
    return Source(
        schema=opened.schema_arrow,
        batches=seen.over(opened.iter_batches(ROWS)),
        size=opened.metadata.num_rows,
        done=lambda: seen.rows,
        words={},
        groups=Groups(path=path, file=file, opened=opened) if can else None,
    )


def _opened(file: IO[bytes]) -> Any:
    """The Parquet *file*, whose categories are text where they can be read as such."""
    import pyarrow as pa
    from pyarrow import parquet

    opened = parquet.ParquetFile(file)
    kinds = {field.name: field.type for field in opened.schema_arrow}
    noted = {name for name, kind in kinds.items() if pa.types.is_dictionary(kind)}
    if not _never_categories(opened.metadata, noted):
        return opened
    # Arrow goes by the kinds that it noted, and then cannot read what it wrote.
    return parquet.ParquetFile(file, metadata=told_without_arrow(file))


def _never_categories(told: Any, names: Collection[str]) -> set[str]:
    """Those of the columns *names* that in some row group cannot be categories."""
    paths = ((n, told.schema.column(n).path) for n in range(told.num_columns))
    columns = [(n, path) for n, path in paths if path in names]
    groups = (told.row_group(number) for number in range(told.num_row_groups))
    return {
        path
        for group in groups
        for n, path in columns
        if {*group.column(n).encodings} - _CATEGORICAL
    }


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _csv(path: Path, file: Any) -> Source:
    schema, batches = Cells.of(path).read(file)
    return Source(
        schema=schema,
        batches=batches,
        size=path.stat().st_size,
        done=file.tell,
        words=TRUTHS,
    )


@final
class _Count:
    """How many rows went by."""

    def __init__(self) -> None:
        self.rows = 0

    def over(self, batches: Iterator[Any]) -> Iterator[Any]:
        """*batches*, counted."""
        for batch in batches:
            self.rows += batch.num_rows
            yield batch
