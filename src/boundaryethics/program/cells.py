"""Cells: what reads the same few variables is looked up together.

In: for each thing that is looked up, its tests. Out: groups of things, each with room
in one table, chosen so that all tables together cost little to ask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TypeAlias, final

import attrs

from boundaryethics.program.circuit import Test
from boundaryethics.program.folds import Folds, folds, room
from boundaryethics.program.narrowing import MOST_ROOM

#: What a full table costs more than a small one, which the cache keeps: as measured.
_FULL = 1.0


@final
@attrs.frozen
class Cell:
    """Things that are looked up together."""

    #: The variables read, with the class of each of their codes.
    reads: Folds
    members: tuple[int, ...]

    @property
    def room(self) -> int:
        """How many combinations of classes there are."""
        return room(self.reads)


def cells(
    things: Sequence[frozenset[Test]], sizes: tuple[int, ...]
) -> tuple[Cell, ...]:
    """Cells that hold each of *things* once; none of them is too large for a table."""
    grouping = _Grouping(sizes)
    alike: dict[frozenset[Test], list[int]] = {}
    for member, tests in enumerate(things):
        alike.setdefault(tests, []).append(member)
    for tests in sorted(alike, key=lambda t: (-grouping.room(t), sorted(t))):
        grouping.place(tests, alike[tests])
    grouping.join()
    return tuple(
        Cell(folds(tests, sizes), tuple(sorted(members)))
        for tests, members in grouping.groups
    )


#: What is tested in a table, and what is looked up there.
_Group: TypeAlias = tuple[frozenset[Test], list[int]]


@final
@attrs.define
class _Grouping:
    sizes: tuple[int, ...]
    groups: list[_Group] = attrs.Factory(list)
    #: What `room` has said before.
    rooms: dict[frozenset[Test], int] = attrs.Factory(dict)

    def room(self, tests: frozenset[Test]) -> int:
        if tests not in self.rooms:
            self.rooms[tests] = room(folds(tests, self.sizes))
        return self.rooms[tests]

    def cost(self, tests: frozenset[Test]) -> float:
        """What a table for *tests* costs, beside one that is small."""
        combinations = self.room(tests)
        if combinations > MOST_ROOM:
            return float("inf")
        return 1 + _FULL * combinations / MOST_ROOM

    def place(self, tests: frozenset[Test], members: list[int]) -> None:
        """Put *members* where that costs least."""
        best, least = None, self.cost(tests)
        for number, (other, _) in enumerate(self.groups):
            more = self.cost(tests | other) - self.cost(other)
            if more < least:
                best, least = number, more
        if best is None:
            self.groups.append((tests, [*members]))
        else:
            other, there = self.groups[best]
            self.groups[best] = (tests | other, [*there, *members])

    def join(self) -> None:
        """Bring groups together as long as that saves anything."""
        groups = dict(enumerate(self.groups))
        saves = {pair: self._saved(groups, pair) for pair in combinations(groups, 2)}
        while saves and saves[best := max(saves, key=saves.__getitem__)] > 0:
            one, other = best
            tests, members = groups.pop(other)
            mine, there = groups[one]
            groups[one] = (mine | tests, [*there, *members])
            saves = {pair: saved for pair, saved in saves.items() if other not in pair}
            for pair in saves:
                if one in pair:
                    saves[pair] = self._saved(groups, pair)
        self.groups = [*groups.values()]

    def _saved(self, groups: Mapping[int, _Group], pair: tuple[int, int]) -> float:
        """What it saves to bring a *pair* of *groups* together."""
        (a, _), (b, _) = (groups[number] for number in pair)
        return self.cost(a) + self.cost(b) - self.cost(a | b)
