"""Read the encodings and codecs of the column chunks in a Parquet file.

If the metadata of a chunk is damaged, pyarrow's accessors crash the process. So this
module does not use them; it decodes the few fields that it needs from Thrift's compact
protocol. Arrow has already read the same footer, so its overall structure is valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.batch.reading import unreadable

#: The IDs of encodings that Arrow can read as categories, including those of levels:
#: PLAIN, PLAIN_DICTIONARY, RLE, BIT_PACKED and RLE_DICTIONARY.
_CATEGORICAL = {0, 2, 3, 4, 8}
#: The IDs of dictionary encodings, and the ID of the physical type for text and bytes.
_BY_ENTRY, _TEXT = {2, 8}, 6
#: The codecs by ID. Arrow writes the newer of the two LZ4 formats.
_CODECS = {
    0: "none",
    1: "snappy",
    2: "gzip",
    4: "brotli",
    5: "lz4",
    6: "zstd",
    7: "lz4",
}
#: The size in bytes of the last two fields of a file: the length of the footer, and the
#: magic number.
_END = 8
#: An upper bound on the size of a dictionary page's header.
_HEADER = 1 << 10
#: The masks for the seven bits of a number and for the type in a byte, and the size
#: that indicates that the actual size follows.
_SEVEN, _TYPE, _LONG = 0x7F, 0x0F, 0x0F
#: The maximum number of bits in a number.
_BITS = 64
#: The IDs of types. In a structure, the type of a Boolean is also its value.
_INTEGER, _BYTES, _STRUCT, _LISTS, _TRUTHS = 6, 8, 12, (9, 10), (1, 2)
#: The sizes in bytes of values that are skipped, by type: Booleans in lists, and
#: numbers.
_FIXED = {1: 1, 2: 1, 3: 1, 7: 8}


@final
@attrs.frozen(kw_only=True)
class Chunk:
    """Metadata of one column chunk: the values of one column in one row group."""

    #: The names of the column and of the columns that contain it, joined by dots.
    path: str
    codec: str
    #: The index of the row group, and its number of rows.
    group: int
    rows: int
    #: The number of values, and their size in bytes. A column within lists can have
    #: more values than rows.
    values: int
    size: int
    #: Whether Arrow can read the text of the column as categories.
    is_categorical: bool
    #: The position of the dictionary page in the file; None if there is none or the
    #: values are not text.
    entries: int | None


def chunks(path: Path, file: Any) -> Iterator[Chunk]:
    """Yield the column chunks of *file*, a Parquet file at *path* opened by Arrow."""
    size = file.size()
    length = int.from_bytes(file.read_at(_END, size - _END)[:4], "little")
    try:
        footer, _ = _struct(file.read_at(length, size - _END - length), 0)
        for number, group in enumerate(footer.get(4, ())):
            for column in group[1]:
                fields = column[3]
                by_entry = fields[1] == _TEXT and not _BY_ENTRY.isdisjoint(fields[2])
                yield Chunk(
                    path=b".".join(fields[3]).decode(),
                    codec=_CODECS.get(fields[4], "unknown"),
                    group=number,
                    rows=int(group[3]),
                    values=int(fields[5]),
                    size=int(fields[6]),
                    is_categorical=_CATEGORICAL.issuperset(fields[2]),
                    entries=int(fields.get(11, fields[9])) if by_entry else None,
                )
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise unreadable(path, "its footer is damaged") from error


def dictionary_size(chunk: Chunk, file: Any) -> int:
    """Return an upper bound on the dictionary size of *chunk* in bytes; 0 if none."""
    if chunk.entries is None:
        return 0
    try:
        page, _ = _struct(file.read_at(_HEADER, chunk.entries), 0)
        return int(page[2])
    except (LookupError, OSError, TypeError, ValueError):
        return chunk.size


def _struct(data: bytes, at: int) -> tuple[dict[int, Any], int]:
    """Decode the structure at position *at*: return its fields by ID, and its end."""
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
    """Return the value of type *kind* at position *at*, and the next position."""
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
