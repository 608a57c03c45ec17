"""Changes of facts: what becomes of a situation when a few facts are otherwise.

Values that make no difference to what is asked stand together, so that one change
stands for as many as its values can be combined.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any, final

import attrs

from boundaryethics.analysis.showing import listed
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.options import Option


@final
@attrs.frozen(kw_only=True)
class Move:
    """One fact with another value."""

    fact: str
    old: str
    #: The values that do it, in their order: one is as good as another.
    new: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The move as plain data."""
        return {"fact": self.fact, "old": self.old, "new": [*self.new]}

    def __str__(self) -> str:
        return f"{self.fact}: {self.old} -> {_either(self.new)}"


@final
@attrs.frozen(kw_only=True)
class Change:
    """Some facts with other values, all else as it is."""

    #: In the order of the vocabulary.
    moves: tuple[Move, ...]
    #: The ranking after it; empty where no ranking was asked for.
    ranking: Ranking = ()

    @property
    def facts(self) -> Mapping[str, str]:
        """The facts that change, each with the first value that does it."""
        return {move.fact: move.new[0] for move in self.moves}

    @property
    def first(self) -> tuple[Option, ...]:
        """The first place after it."""
        return self.ranking[0] if self.ranking else ()

    @property
    def count(self) -> int:
        """How many changes it stands for."""
        return prod(len(move.new) for move in self.moves)

    def to_dict(self) -> dict[str, Any]:
        """The change as plain data."""
        moves = [move.to_dict() for move in self.moves]
        return {"moves": moves} | (
            {"ranking": listed(self.ranking)} if self.ranking else {}
        )

    def __str__(self) -> str:
        return ", and ".join(map(str, self.moves))


@final
@attrs.frozen(kw_only=True)
class Least:
    """The fewest facts that must change to bring something about, and every way."""

    #: How many facts; None where no situation brings it about.
    distance: int | None
    #: Every change of that many facts that does it; none where nothing has to change.
    changes: tuple[Change, ...]

    @property
    def possible(self) -> bool:
        """Whether some situation brings it about."""
        return self.distance is not None

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data."""
        changes = [change.to_dict() for change in self.changes]
        return {"distance": self.distance, "changes": changes}


def gathered(changes: Iterable[Change]) -> tuple[Change, ...]:
    """*changes* with those made one that differ in one fact's values alone.

    Changes of equal facts count as alike where they give the same first place.
    """
    return _brought_together(changes, 1)


def together(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The same, where only changes that give the same ranking count as alike."""
    return _brought_together(changes, None)


def _brought_together(
    changes: Iterable[Change], places: int | None
) -> tuple[Change, ...]:
    """*changes* with those made one that give the same first *places*, or all."""
    found = tuple(changes)
    widest = max((len(change.moves) for change in found), default=0)
    for place in reversed(range(widest)):
        groups: dict[object, list[Change]] = {}
        for change in found:
            key = _without(change, place), change.ranking[:places]
            groups.setdefault(key, []).append(change)
        found = tuple(_joined(alike, place, places) for alike in groups.values())
    return found


def _without(change: Change, place: int) -> object:
    return tuple(
        (move.fact, () if number == place else move.new)
        for number, move in enumerate(change.moves)
    )


def _joined(alike: list[Change], place: int, places: int | None) -> Change:
    first = alike[0]
    if len(alike) == 1:
        return first
    new = tuple(value for change in alike for value in change.moves[place].new)
    moves = list(first.moves)
    moves[place] = attrs.evolve(moves[place], new=new)
    return Change(moves=tuple(moves), ranking=first.ranking[:places])


def _either(values: tuple[str, ...]) -> str:
    *most, last = values
    return f"{', '.join(most)} or {last}" if most else last
