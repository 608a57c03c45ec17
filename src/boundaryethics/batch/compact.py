"""Compact: the notation of Parquet's footers, taken apart and put together.

In: bytes in Thrift's compact protocol. Out: the fields of a struct or the items of a
list, each as the bytes that it was; and back. Knows nothing of what fields mean, and
keeps what nobody looks into as it was written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

#: The kinds that are made here, by number.
I32, I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
#: How many bytes a value has, by kind; truth values stand in the head of their field.
_SIZES = {1: 0, 2: 0, 3: 1, 7: 8, 13: 16}
#: In the head of a list, that the number of items follows.
_MANY = 15
#: In a byte of a number, that more bytes follow; and the bits that count.
_MORE, _BITS = 0x80, 0x7F


class MalformedError(ValueError):
    """What should be in the notation is not."""


class Field(NamedTuple):
    """A field of a struct: its kind, and its value as it was written."""

    kind: int
    value: bytes


class Items(NamedTuple):
    """The items of a list: their kind, how many, and all of them as written."""

    kind: int
    size: int
    body: bytes

    def with_more(self, more: Items) -> Items:
        """These items, and *more* after them."""
        return Items(self.kind, self.size + more.size, self.body + more.body)


def fields(data: bytes) -> dict[int, Field]:
    """The fields of the struct that *data* begins with, by number.

    Raises:
        MalformedError: there is none.
    """
    found: dict[int, Field] = {}
    at, last = 0, 0
    try:
        while head := data[at]:
            last, at = _number_of(data, at, last)
            end = _after(data, at, head & 15)
            found[last] = Field(head & 15, data[at:end])
            at = end
    except (IndexError, RecursionError) as error:
        raise MalformedError from error
    return found


def struct(of: Mapping[int, Field]) -> bytes:
    """The struct with the fields *of*."""
    made, before = bytearray(), 0
    for number, (kind, value) in sorted(of.items()):
        step = number - before
        long = step > 15  # noqa: PLR2004 - four bits
        made += bytes([kind]) + _zigzag(number) if long else bytes([step << 4 | kind])
        made += value
        before = number
    return bytes(made) + b"\0"


def items(field: Field) -> Items:
    """The items of the list *field*."""
    kind, count, start = _head(field.value, 0)
    return Items(kind, count, field.value[start:])


def listed(of: Items) -> Field:
    """The list with the items *of*."""
    head = bytes([min(of.size, _MANY) << 4 | of.kind])
    many = _written(of.size) if of.size >= _MANY else b""
    return Field(_LIST, head + many + of.body)


def structs(of: Items) -> list[bytes]:
    """Each of the structs *of*."""
    found, start = [], 0
    for _ in range(of.size):
        end = _after(of.body, start, _STRUCT)
        found.append(of.body[start:end])
        start = end
    return found


def together(of: Iterable[bytes]) -> Items:
    """The structs *of*, as items."""
    all_of = [*of]
    return Items(_STRUCT, len(all_of), b"".join(all_of))


def number(field: Field) -> int:
    """The whole number in *field*."""
    raw, _ = _read(field.value, 0)
    return raw >> 1 ^ -(raw & 1)


def whole(value: int, kind: int = I64) -> Field:
    """The whole number *value*."""
    return Field(kind, _zigzag(value))


def quoted(field: Field) -> bytes:
    """The bytes that *field* holds."""
    size, start = _read(field.value, 0)
    return field.value[start : start + size]


def quoting(value: bytes) -> Field:
    """A field that holds the bytes *value*."""
    return Field(_BINARY, _written(len(value)) + value)


def _number_of(data: bytes, at: int, last: int) -> tuple[int, int]:
    """The number of the field whose head is *at*, and where its value begins."""
    step = data[at] >> 4
    if step:
        return last + step, at + 1
    raw, start = _read(data, at + 1)
    return raw >> 1 ^ -(raw & 1), start


def _after(data: bytes, at: int, kind: int) -> int:
    """Where the value of *kind* ends that begins *at*."""
    if kind in {4, I32, I64}:
        while data[at] & _MORE:
            at += 1
        return at + 1
    if kind == _BINARY:
        size, start = _read(data, at)
        return start + size
    if kind == _STRUCT:
        while head := data[at]:
            _, at = _number_of(data, at, 0)
            at = _after(data, at, head & 15)
        return at + 1
    if kind in {_LIST, 10}:
        return _after_items(data, at)
    if kind in _SIZES:
        return at + _SIZES[kind]
    raise MalformedError


def _after_items(data: bytes, at: int) -> int:
    kind, count, start = _head(data, at)
    if kind in {1, 2}:
        # Among items, a truth value is a byte.
        return start + count
    for _ in range(count):
        start = _after(data, start, kind)
    return start


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """The kind and number of the items of a list, and where they begin."""
    kind, count = data[at] & 15, data[at] >> 4
    if count < _MANY:
        return kind, count, at + 1
    many, start = _read(data, at + 1)
    return kind, many, start


def _read(data: bytes, at: int) -> tuple[int, int]:
    """The number written *at*, and where it ends."""
    value = shift = 0
    while data[at] & _MORE:
        value |= (data[at] & _BITS) << shift
        shift += 7
        at += 1
    return value | data[at] << shift, at + 1


def _written(value: int) -> bytes:
    made = bytearray()
    while value > _BITS:
        made.append(value & _BITS | _MORE)
        value >>= 7
    return bytes([*made, value])


def _zigzag(value: int) -> bytes:
    return _written(value << 1 if value >= 0 else ~(value << 1))
