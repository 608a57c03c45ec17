"""Read the encodings and codecs of the column chunks of a Parquet file.

The accessors of pyarrow end the process if a chunk's metadata is damaged, so these few
fields are decoded here, from Thrift's compact protocol. Arrow has read the same footer
before, so its structure is valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.errors import TableError, problem

#: Numbers of encodings that Arrow can read as categories, those of levels included:
#: PLAIN, PLAIN_DICTIONARY, RLE, BIT_PACKED and RLE_DICTIONARY.
_CATEGORICAL = {0, 2, 3, 4, 8}
#: Numbers of encodings that refer to entries, and of the type of text and bytes.
_BY_ENTRY, _TEXT = {2, 8}, 6
#: The codecs by their numbers. Arrow writes the newer kind of LZ4.
_CODECS = {
    0: "none",
    1: "snappy",
    2: "gzip",
    4: "brotli",
    5: "lz4",
    6: "zstd",
    7: "lz4",
}
#: The length of the footer and the magic number at the end of a file.
_END = 8
#: More bytes than the header of a dictionary page takes.
_HEADER = 1 << 10
#: The bits of a number in a byte, and of a type; a size that has bytes of its own.
_SEVEN, _TYPE, _LONG = 0x7F, 0x0F, 0x0F
#: The most bits of a number.
_BITS = 64
#: Types of values. A truth value in a structure is in its type.
_INTEGER, _BYTES, _STRUCT, _LISTS, _TRUTHS = 6, 8, 12, (9, 10), (1, 2)
#: The sizes of values, by type, that are skipped: truth values in lists, and numbers.
_FIXED = {1: 1, 2: 1, 3: 1, 7: 8}


@final
@attrs.frozen(kw_only=True)
class Chunk:
    """The values of one column in one row group."""

    #: The names of the column and of what it is within, with dots between them.
    path: str
    codec: str
    #: The number of its row group, and the rows there.
    group: int
    rows: int
    #: The values, which are more than the rows within lists, and their bytes.
    values: int
    size: int
    #: Whether Arrow can read its text as categories.
    is_categorical: bool
    #: The place of the entries that its values refer to; None if they are not text.
    entries: int | None


def chunks(path: Path, file: Any) -> Iterator[Chunk]:
    """Yield the chunks of *file*, a Parquet file at *path* that Arrow has opened."""
    size = file.size()
    length = int.from_bytes(file.read_at(_END, size - _END)[:4], "little")
    try:
        footer, _ = _struct(file.read_at(length, size - _END - length), 0)
        for number, group in enumerate(footer.get(4, ())):
            for column in group[1]:
                told = column[3]
                by_entry = told[1] == _TEXT and not _BY_ENTRY.isdisjoint(told[2])
                yield Chunk(
                    path=b".".join(told[3]).decode(),
                    codec=_CODECS.get(told[4], "unknown"),
                    group=number,
                    rows=int(group[3]),
                    values=int(told[5]),
                    size=int(told[6]),
                    is_categorical=_CATEGORICAL.issuperset(told[2]),
                    entries=int(told.get(11, told[9])) if by_entry else None,
                )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        why = "its footer is damaged"
        raise TableError([problem("BE731", file=path, why=why, advice="")]) from error


def dictionary_size(chunk: Chunk, file: Any) -> int:
    """Return a bound of the bytes of the entries of *chunk*, 0 if it has none."""
    if chunk.entries is None:
        return 0
    try:
        page, _ = _struct(file.read_at(_HEADER, chunk.entries), 0)
        return int(page[2])
    except (LookupError, OSError, TypeError, ValueError):
        return chunk.size


def _struct(data: bytes, at: int) -> tuple[dict[int, Any], int]:
    """Return the fields of the structure at *at* by their numbers, and its end."""
    fields: dict[int, Any] = {}
    number = 0
    while head := data[at]:
        at += 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _value(data, at, _INTEGER)
        kind = head & _TYPE
        if kind in _TRUTHS:
            fields[number] = kind
        else:
            fields[number], at = _value(data, at, kind)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    """Return the value of *kind* at *at*, and its end."""
    if kind == _STRUCT:
        return _struct(data, at)
    if kind in _LISTS:
        head = data[at]
        size, at = head >> 4, at + 1
        if size == _LONG:
            size, at = _natural(data, at)
        values = []
        for _ in range(size):
            value, at = _value(data, at, head & _TYPE)
            values.append(value)
        return values, at
    if kind in _FIXED:
        return None, at + _FIXED[kind]
    natural, at = _natural(data, at)
    if kind == _BYTES:
        return data[at : at + natural], at + natural
    return natural >> 1 ^ -(natural & 1), at


def _natural(data: bytes, at: int) -> tuple[int, int]:
    found = shift = 0
    while (byte := data[at]) > _SEVEN and shift < _BITS:
        found |= (byte & _SEVEN) << shift
        shift, at = shift + 7, at + 1
    return found | (byte & _SEVEN) << shift, at + 1
