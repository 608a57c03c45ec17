"""Blocks: rows in runs short enough for the cache, and the room to work in.

In: columns of codes, groups and shelves. Out: what the shelves say of each row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.engines.columnar.shelves import Group, Shelf

Codes: TypeAlias = npt.NDArray[np.uint8]
#: A column of codes for each variable that is given.
Columns: TypeAlias = Mapping[int, Codes]

#: Rows of a block: so many that what Python adds does not count, and so few that
#: what is worked out for them stays in the cache.
BLOCK = 1 << 15
#: Rows of a span, which one thread takes at a time: so many that what is quickest is
#: not outweighed by threads waiting for each other.
SPAN = 1 << 18


@final
@attrs.define(eq=False)
class Bench:
    """What one thread works on; its room is kept from block to block."""

    groups: tuple[Group, ...]
    #: How many signals' words there are.
    words: int
    room: dict[tuple[str | int, ...], npt.NDArray[Any]] = attrs.Factory(dict)
    #: For each group, the number of each row of this block; None where it is 0.
    numbers: list[npt.NDArray[np.intp]] = attrs.Factory(list)
    size: int = 0

    def take_in(self, columns: Columns, size: int) -> None:
        """Read a block of *columns*, *size* rows; nothing follows from it yet."""
        self.size = size
        self.numbers = [
            self._number(n, group, columns) for n, group in enumerate(self.groups)
        ]
        self.found.fill(0)

    @property
    def found(self) -> npt.NDArray[np.uint16]:
        """The words of the signals, a column each."""
        return self.array("found", np.uint16, self.words)

    def ask(self, shelf: Shelf, join: np.ufunc, into: npt.NDArray[Any]) -> None:
        """What the tables of *shelf* say of each row, joined to what is in *into*."""
        places = self._places(shelf)
        wide = self.array("wide", np.intp)
        for lane, rows in enumerate(shelf.tables):
            if places is None:
                join(into, rows[0], out=into)
                continue
            said = self.array(f"said {rows.dtype}", rows.dtype.type, *rows.shape[1:])
            np.copyto(wide, places[:, lane])
            _rows_of(rows, wide, said)
            join(into, said, out=into)

    def _places(self, shelf: Shelf) -> npt.NDArray[np.uint16] | None:
        """The row of each table of *shelf*, a lane each."""
        places = None
        for number, lanes in enumerate(shelf.lanes):
            if lanes is None:
                continue
            at = self._at(number)
            name = "more" if places is not None else "places"
            more = self.array(name, np.uint16, lanes.shape[1])
            _rows_of(lanes, at, more)
            if places is None:
                places = more
            else:
                np.add(places, more, out=places)
        return places

    def _at(self, number: int) -> npt.NDArray[np.intp]:
        """The numbers of the rows in a group of facts, or in a word of signals."""
        if number < len(self.numbers):
            return self.numbers[number]
        at = self.array("word", np.intp)
        np.copyto(at, self.found[:, number - len(self.numbers)])
        return at

    def _number(
        self, name: int, group: Group, columns: Columns
    ) -> npt.NDArray[np.intp]:
        index = self.array("index", np.uint16)
        numbered(group, columns, index, self.array("short", np.uint8))
        number = self.array(f"group {name}", np.intp)
        np.copyto(number, index)
        return number

    def array(self, name: str, kind: Any, *width: int) -> npt.NDArray[Any]:
        """Room called *name* for the rows of this block, of *width* each."""
        key: tuple[str | int, ...] = (name, *width)
        if key not in self.room:
            self.room[key] = np.empty((BLOCK, *width), kind)
        return self.room[key][: self.size]


def _rows_of(
    rows: npt.NDArray[Any], at: npt.NDArray[np.intp], out: npt.NDArray[Any]
) -> None:
    # No place is past the end: `wrap` is the way that writes straight into `out`.
    rows.take(at, axis=0, out=out, mode="wrap")


def numbered(
    group: Group, columns: Columns, into: npt.NDArray[np.uint16], short: Codes
) -> None:
    """Write the codes of *group* as one number for each row to *into*.

    They are read in runs of 8 bits, in the room *short*, for short numbers are quick.
    """
    first, *others = group.runs
    np.copyto(into, _short(first, columns, short))
    for run in others:
        np.multiply(into, np.uint16(run.room), out=into)
        np.add(into, _short(run, columns, short), out=into)


def _short(run: Group, columns: Columns, into: Codes) -> Codes:
    """The codes of *run* as one number of 8 bits for each row."""
    first, *others = zip(run.variables, run.sizes, strict=True)
    if not others:
        return columns[first[0]]
    np.copyto(into, columns[first[0]])
    for variable, size in others:
        np.multiply(into, np.uint8(size), out=into)
        np.add(into, columns[variable], out=into)
    return into


def spans(rows: int, size: int) -> Iterator[slice]:
    """So many *rows* in runs of *size*."""
    return (slice(at, min(at + size, rows)) for at in range(0, rows, size))


def blocks(columns: Columns, rows: int) -> Iterator[tuple[slice, Columns]]:
    """The blocks of *columns* of so many *rows*, and where each of them is."""
    for at in spans(rows, BLOCK):
        yield at, {variable: column[at] for variable, column in columns.items()}


def each_span(rows: int, threads: int, work: Callable[[Sequence[slice]], None]) -> None:
    """Let *threads* threads each do *work* on its share of the spans."""
    found = [*spans(rows, SPAN)]
    if threads <= 1 or len(found) <= 1:
        work(found)
        return
    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(work, found[n::threads]) for n in range(threads)]:
            done.result()
