"""Growing: a Parquet file in, the same file with the columns of the answers out.

Only columns that tell facts are read; what the file holds is copied as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

from boundaryethics.batch.file_reading import PARQUET, Groups
from boundaryethics.batch.file_writing import shaping
from boundaryethics.batch.grafting import grafting
from boundaryethics.batch.streams import Asked, answers_to
from boundaryethics.errors import Problem, TableError

#: Whether to replace what is there, and what to call with how much is done.
Manner: TypeAlias = tuple[bool, Callable[[int, int], None]]

#: Rows whose answers may be held at once, and fewer where they are lists.
_MOST, _MOST_OF_LISTS = 1 << 22, 1 << 20


def can_grow(groups: Groups, target: Path, asked: Sequence[Asked]) -> bool:
    """Whether *target* can be what the *groups* of rows are in, and more."""
    wanted = [one.answers.wanted for one in asked]
    lists = any(one.rules or one.principles for one in wanted)
    most = (_MOST_OF_LISTS if lists else _MOST) // len(asked)
    return target.suffix.lower() in PARQUET and groups.largest <= most


def grow(groups: Groups, target: Path, asked: Sequence[Asked], manner: Manner) -> None:
    """Write the rows of *groups*, and what is *asked* of each, to *target*.

    Raises:
        TableError: the file cannot be read or written.
    """
    import pyarrow as pa

    force, progress = manner
    names = {name for one in asked for name in one.found.columns.values()}
    schema = pa.schema([field for one in asked for field in one.answers.schema])
    last, done = schema.empty_table(), 0
    with shaping(target, force=force) as file:
        with grafting(groups.file, file, schema) as sink:
            for batches in groups.of(sorted(names)):
                told = [answers_to(batch, asked) for batch in batches]
                last = pa.Table.from_batches(told, schema)
                sink.write_table(last, max(1, len(last)))
                done += len(last)
                progress(done, groups.opened.metadata.num_rows)
        _read_back(file, last, target)


def _read_back(file: IO[bytes], last: Any, target: Path) -> None:
    """Nothing, where the *last* answers stand in *file* as they were written.

    The footer was put together here: another reader is to understand it, before the
    file gets its name.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(file)
        groups = opened.metadata.num_row_groups
        found = (
            opened.read_row_group(
                groups - 1, columns=last.schema.names, use_threads=False
            )
            if groups
            else last
        )
    except (OSError, pa.ArrowException):
        found = None
    if found is None or not found.equals(last):
        raise TableError([_not_readable(target)])


def _not_readable(target: Path) -> Problem:
    return Problem(
        code="BE738",
        message=f"the answers cannot be added to what `{target}` was to hold",
        help="write CSV or JSON lines instead; nothing was written",
        token=str(target),
    )
