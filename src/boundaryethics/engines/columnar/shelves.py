"""Shelves: tables that are asked together, and how their rows are found quickly.

In: tables. Out: for each group of variables one array, from the codes of the group,
read as one number, to what they add to the row of each table. A handful of such
look-ups finds the rows of all tables at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from math import prod
from typing import final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.engines.columnar.tables import Rows, Table

#: Combinations of the codes of one group: its arrays stay in the nearest cache.
GROUP_ROOM = 1 << 12
#: Signals in one word: bits that make one group.
WORD = 12
#: Combinations of codes that a number of 8 bits tells apart.
_BYTE = 1 << 8


@final
@attrs.frozen
class Group:
    """Variables whose codes are read as one number, the last one running quickest."""

    variables: tuple[int, ...]
    sizes: tuple[int, ...]

    @property
    def room(self) -> int:
        """How many combinations of codes there are."""
        return prod(self.sizes)

    @cached_property
    def runs(self) -> tuple[Group, ...]:
        """The same in runs, each of which is a number of 8 bits."""
        found: list[list[tuple[int, int]]] = [[]]
        for pair in zip(self.variables, self.sizes, strict=True):
            if prod(size for _, size in (*found[-1], pair)) > _BYTE:
                found.append([])
            found[-1].append(pair)
        return tuple(
            Group(tuple(v for v, _ in run), tuple(s for _, s in run)) for run in found
        )


@final
@attrs.frozen(eq=False)
class Shelf:
    """Tables that are asked together."""

    #: For each group, a row for each of its numbers: what it adds for each table.
    #: None where the group adds nothing.
    lanes: tuple[npt.NDArray[np.uint16] | None, ...]
    tables: tuple[Rows, ...]


def groups(variables: Iterable[int], sizes: Sequence[int]) -> tuple[Group, ...]:
    """*variables* in few groups, each with room."""
    found: list[list[int]] = []
    for variable in sorted(variables, key=lambda v: (-sizes[v], v)):
        fitting = (
            members
            for members in found
            if prod(sizes[v] for v in (*members, variable)) <= GROUP_ROOM
        )
        members = next(fitting, None)
        if members is None:
            found.append([variable])
        else:
            members.append(variable)
    return tuple(Group(tuple(m), tuple(sizes[v] for v in m)) for m in found)


def words(signals: Sequence[int]) -> tuple[Group, ...]:
    """*signals* in words: the first is the lowest bit."""
    starts = range(0, len(signals), WORD)
    parts = [tuple(reversed(signals[start : start + WORD])) for start in starts]
    return tuple(Group(part, (2,) * len(part)) for part in parts)


def shelf(tables: Sequence[Table], among: Sequence[Group]) -> Shelf:
    """The shelf of *tables*, whose variables are in the groups *among*."""
    return Shelf(
        tuple(_lanes(tables, group) for group in among),
        tuple(table.rows for table in tables),
    )


def _lanes(tables: Sequence[Table], group: Group) -> npt.NDArray[np.uint16] | None:
    reads = {variable for table in tables for variable in table.reads}
    read = [n for n, variable in enumerate(group.variables) if variable in reads]
    if not read:
        return None
    # As many lanes as make rows of a length that is copied at a stroke.
    width = 1 << (len(tables) - 1).bit_length()
    found = np.zeros((*group.sizes, width), np.uint16)
    for axis in read:
        adds = np.zeros((group.sizes[axis], width), np.uint16)
        for lane, table in enumerate(tables):
            for code in range(group.sizes[axis]):
                adds[code, lane] = table.place(group.variables[axis], code)
        shape = [1] * len(group.sizes)
        shape[axis] = group.sizes[axis]
        found += adds.reshape(*shape, width)
    return found.reshape(group.room, width)
