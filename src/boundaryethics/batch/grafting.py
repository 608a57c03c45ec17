"""Grafting: columns added to a Parquet file whose own columns are not touched.

In: a file, and more columns for each of its row groups. Out: a file that begins with
the bytes of the first, with the new columns behind them, and a footer that tells of
both. So nothing is read or written twice, and what was there stays as it was.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import IO, Any

from boundaryethics.batch import compact
from boundaryethics.batch.compact import Field

#: How files begin and end: those that anybody can read, and those with a secret footer.
_MAGIC, _MAGIC_SECRET = b"PAR1", b"PARE"
#: What stands behind a footer: its length, and four letters.
_TAIL = 8
#: Bytes that are copied at once.
_BYTES = 1 << 24

#: Fields of a footer, of its row groups, and of the first element of its schema.
_SCHEMA, _ROWS, _GROUPS, _NOTES, _ORDERS, _SECRET = 2, 3, 4, 5, 7, 8
_COLUMNS, _SIZE, _ROWS_OF_GROUP, _PACKED = 1, 2, 3, 6
_CHILDREN = 5
#: Of a note.
_KEY, _VALUE = 1, 2
#: Of a column, the field that tells of its pages; and the fields of both that say
#: where in the file something stands.
_PAGES, _PLACES, _PLACES_OF_PAGES = 3, (2, 4, 6), (9, 10, 11, 14)
#: The key under which Arrow notes its own schema.
_ARROW = b"ARROW:schema"
#: Notes of others that list all columns: who goes by them sees no more than those.
_LISTING = frozenset(
    {
        b"avro.schema",
        b"org.apache.spark.sql.parquet.row.metadata",
        b"parquet.avro.schema",
    }
)


def is_whole(file: IO[bytes]) -> bool:
    """Whether *file* begins and ends as a Parquet file does."""
    size = file.seek(0, os.SEEK_END)
    if size < len(_MAGIC) + _TAIL:
        return False
    file.seek(0)
    begin = file.read(len(_MAGIC))
    file.seek(-len(_MAGIC), os.SEEK_END)
    return begin == file.read() and begin in {_MAGIC, _MAGIC_SECRET}


def can_be_grafted(file: IO[bytes]) -> bool:
    """Whether columns can be added to the Parquet *file*; an encrypted one is whole."""
    try:
        return _SECRET not in compact.fields(_footer(file)[0])
    except compact.MalformedError:
        return False


def told_without_arrow(file: IO[bytes]) -> Any:
    """What the footer of *file* tells, but for the kinds that Arrow noted."""
    from pyarrow import parquet

    told = compact.fields(_footer(file)[0])
    notes = [note for note in _parts(told[_NOTES]) if _key(note) != _ARROW]
    told[_NOTES] = compact.listed(compact.together(notes))
    footer = compact.struct(told)
    whole = _MAGIC + footer + len(footer).to_bytes(4, "little") + _MAGIC
    return parquet.read_metadata(BytesIO(whole))


@contextmanager
def grafting(source: IO[bytes], target: IO[bytes], schema: Any) -> Iterator[Any]:
    """What writes columns of *schema* behind those of *source*, to the new *target*.

    It takes a table for each row group of *source*, with as many rows.
    """
    from pyarrow import parquet

    footer, end = _footer(source)
    _copy(source, target, end)
    writer = parquet.ParquetWriter(target, schema)
    try:
        yield writer
    except BaseException:
        # What it still holds is of no use, and may not fit either.
        with suppress(Exception):
            writer.close()
        raise
    writer.close()
    more, begin = _footer(target)
    target.seek(begin)
    target.truncate()
    # The writer took the place where it began for the beginning of the file.
    told = _joined(compact.fields(footer), _moved(more, end), schema)
    target.write(told + len(told).to_bytes(4, "little") + _MAGIC)


def without_listings(notes: Mapping[bytes, bytes] | None) -> dict[bytes, bytes]:
    """*notes* of a schema, but for those that list all columns."""
    return {key: told for key, told in (notes or {}).items() if key not in _LISTING}


def _footer(file: IO[bytes]) -> tuple[bytes, int]:
    """The footer of *file*, and where it begins."""
    end = file.seek(-_TAIL, os.SEEK_END)
    begin = end - int.from_bytes(file.read(4), "little")
    file.seek(begin)
    return file.read(end - begin), begin


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    source.seek(0)
    while some := source.read(min(_BYTES, size)):
        target.write(some)
        size -= len(some)


def _moved(footer: bytes, by: int) -> dict[int, Field]:
    """*footer*, of columns that stand further back *by* so many bytes."""
    told = compact.fields(footer)
    groups = [compact.fields(group) for group in _parts(told[_GROUPS])]
    for group in groups:
        columns = (compact.fields(column) for column in _parts(group[_COLUMNS]))
        moved = (compact.struct(_column_moved(column, by)) for column in columns)
        group[_COLUMNS] = compact.listed(compact.together(moved))
    made = compact.together(map(compact.struct, groups))
    return told | {_GROUPS: compact.listed(made)}


def _column_moved(column: dict[int, Field], by: int) -> dict[int, Field]:
    pages = _shifted(compact.fields(column[_PAGES].value), _PLACES_OF_PAGES, by)
    whole = column | {_PAGES: Field(column[_PAGES].kind, compact.struct(pages))}
    return _shifted(whole, _PLACES, by)


def _shifted(
    fields: dict[int, Field], places: Collection[int], by: int
) -> dict[int, Field]:
    """*fields*, those at *places* larger *by* so much, but for noughts."""
    numbers = {n: compact.number(fields[n]) for n in places if n in fields}
    return fields | {n: compact.whole(at + by) for n, at in numbers.items() if at}


def _joined(own: dict[int, Field], more: Mapping[int, Field], schema: Any) -> bytes:
    """The footer *own*, with the columns that *more* tells of."""
    elements, added = (_parts(one[_SCHEMA]) for one in (own, more))
    root = compact.fields(elements[0])
    children = compact.number(root[_CHILDREN]) + len(schema)
    root[_CHILDREN] = compact.whole(children, compact.I32)
    told = [compact.struct(root), *elements[1:], *added[1:]]
    groups = zip(_parts(own[_GROUPS]), _parts(more[_GROUPS]), strict=True)
    made = own | {
        _SCHEMA: compact.listed(compact.together(told)),
        _GROUPS: compact.listed(compact.together(_group(*both) for both in groups)),
    }
    if _NOTES in own:
        notes = [_note(n, schema) for n in _parts(own[_NOTES]) if not _lists(n)]
        made[_NOTES] = compact.listed(compact.together(notes))
    if _ORDERS in own:
        made[_ORDERS] = _longer(own[_ORDERS], more[_ORDERS])
    return compact.struct(made)


def _group(of_own: bytes, of_more: bytes) -> bytes:
    """A row group with the columns of both."""
    own, more = compact.fields(of_own), compact.fields(of_more)
    made = own | {_COLUMNS: _longer(own[_COLUMNS], more[_COLUMNS])}
    for size in {_SIZE, _PACKED} & own.keys():
        both = compact.number(own[size]) + compact.number(more[size])
        made[size] = compact.whole(both)
    return compact.struct(made)


def _lists(note: bytes) -> bool:
    """Whether *note* lists all columns, and is not Arrow's."""
    return _key(note) in _LISTING


def _key(note: bytes) -> bytes:
    return compact.quoted(compact.fields(note)[_KEY])


def _note(written: bytes, schema: Any) -> bytes:
    """A note of a footer; the one of Arrow's schema gets the fields of *schema*."""
    import pyarrow as pa

    if _key(written) != _ARROW:
        return written
    note = compact.fields(written)
    kept = pa.ipc.read_schema(
        pa.py_buffer(base64.b64decode(compact.quoted(note[_VALUE])))
    )
    for field in schema:
        kept = kept.append(field)
    kept = kept.with_metadata(without_listings(kept.metadata))
    value = base64.b64encode(kept.serialize().to_pybytes())
    return compact.struct(note | {_VALUE: compact.quoting(value)})


def _parts(field: Field) -> list[bytes]:
    return compact.structs(compact.items(field))


def _longer(own: Field, more: Field) -> Field:
    """The list *own*, with what is in *more* after it."""
    return compact.listed(compact.items(own).with_more(compact.items(more)))
