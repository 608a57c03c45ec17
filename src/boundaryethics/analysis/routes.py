"""The shortest ways over an atlas, from one situation to all that are asked for.

In: an atlas, a situation and the ends to reach. Out: the fewest facts to be changed,
and every change of so few. A path costs one for each fact in which it leaves the
situation; the costs from each state on are swept from the ends to the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Self, final

import attrs
import numpy as np

from boundaryethics.analysis.atlases import Atlas
from boundaryethics.analysis.changing import Change, Least, Move, together
from boundaryethics.diagrams.arrays import Exact, Truths, Whole
from boundaryethics.diagrams.given import Space, space_of
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy

#: More facts than any change has.
_FAR = np.int16(1 << 13)

#: A fact has fewer values than fit into so many bits.
_BITS = 24


def facts_named(fixed: Iterable[str] | str) -> tuple[str, ...]:
    """The facts in *fixed*, one or several, each once."""
    return (fixed,) if isinstance(fixed, str) else tuple(dict.fromkeys(fixed))


def kept_in(policy: Policy, situation: Situation, fixed: Iterable[str]) -> Space:
    """The situations that agree with *situation* on the facts *fixed*.

    Raises:
        SituationError: a fact is not declared.
    """
    known = {name: situation.known().get(name, UNKNOWN) for name in fixed}
    return space_of(policy.vocabulary, known)


@final
@attrs.frozen(eq=False)
class Routes:
    """Shortest ways from one situation, to each of several goals."""

    atlas: Atlas
    situation: Situation
    space: Space
    #: For each goal the ends that it takes in.
    goals: Truths

    @classmethod
    def to_all(cls, atlas: Atlas, situation: Situation, space: Space) -> Self:
        """The ways to any end: one goal."""
        return cls(atlas, situation, space, np.ones((1, atlas.ends), bool))

    def distance(self, goal: int) -> int | None:
        """The fewest facts to be changed; None where no situation reaches the goal."""
        facts = int(self._ahead[0][goal, 0])
        return facts if facts < _FAR else None

    def least(self, goal: int) -> Least:
        """The fewest facts to be changed, and every change of so few."""
        distance = self.distance(goal)
        changes = together(self._changes(goal, distance)) if distance else ()
        return Least(distance=distance, changes=tuple(map(self._in_order, changes)))

    def _in_order(self, change: Change) -> Change:
        """*change* with the values of each fact in the vocabulary's order."""
        facts = self.situation.vocabulary
        moves = (
            attrs.evolve(
                move, new=tuple(v for v in facts[move.fact].all_values if v in move.new)
            )
            for move in change.moves
        )
        return attrs.evolve(change, moves=tuple(moves))

    @cached_property
    def _values(self) -> tuple[tuple[tuple[str, ...], ...], ...]:
        """For each level and class the values that may be taken."""
        allowed = dict(zip(self.situation, self.space.allowed, strict=True))
        return tuple(
            tuple(
                tuple(v for v in allowed.get(level.fact, members) if v in members)
                for members in level.classes
            )
            for level in self.atlas.levels
        )

    @cached_property
    def _costs(self) -> tuple[Exact, ...]:
        """For each level and class what it costs to take it."""
        costs = [
            np.array([1 if values else _FAR for values in classes], np.int16)
            for classes in self._values
        ]
        for of_level, place in zip(costs, self.atlas.path(self.situation), strict=True):
            of_level[place] = 0
        return tuple(costs)

    @cached_property
    def _ahead(self) -> tuple[Exact, ...]:
        """For each level, goal and state what the way on from there costs."""
        at = np.where(self.goals, np.int16(0), _FAR)
        swept = [at]
        backwards = zip(self.atlas.levels[::-1], self._costs[::-1], strict=True)
        for level, costs in backwards:
            padded = np.append(at, np.full((len(at), 1), _FAR), axis=1)
            onward = padded[:, level.follows] + costs[:, None]
            swept.append(at := np.minimum(onward.min(axis=1), _FAR))
        return tuple(reversed(swept))

    @cached_property
    def _keys(self) -> tuple[Whole, ...]:
        """For each level and class a number; the vocabulary's order is theirs."""
        facts = {name: number for number, name in enumerate(self.situation)}
        vocabulary = self.situation.vocabulary
        keys = []
        for level, classes in zip(self.atlas.levels, self._values, strict=True):
            fact = facts.get(level.fact, 0) << _BITS
            listed = vocabulary[level.fact].all_values if level.fact else (UNKNOWN,)
            firsts = (listed.index(v[0]) if v else 0 for v in classes)
            keys.append(np.array([fact | first for first in firsts], np.int64))
        return tuple(keys)

    @cached_property
    def _moves(self) -> Mapping[int, Move]:
        """The move under each number."""
        return {
            key: Move(fact=level.fact, old=self.situation[level.fact], new=values)
            for level, classes, keys in zip(
                self.atlas.levels, self._values, self._keys, strict=True
            )
            for values, key in zip(classes, keys.tolist(), strict=True)
            if level.fact and values
        }

    def _changes(self, goal: int, distance: int) -> Iterator[Change]:
        moves, ends = self._shortest(goal, distance)
        for row, end in zip(moves.tolist(), ends.tolist(), strict=True):
            ranking = self.atlas.rankings[end] if self.atlas.rankings else ()
            yield Change(moves=tuple(self._moves[key] for key in row), ranking=ranking)

    def _shortest(self, goal: int, distance: int) -> tuple[Whole, Whole]:
        """The moves of each shortest way, in order, and the end that it reaches."""
        states, left = np.zeros(1, np.int64), np.array([distance])
        taken = np.zeros((1, distance), np.int64)
        for number, level in enumerate(self.atlas.levels):
            costs = self._costs[number]
            ahead = np.append(self._ahead[number + 1][goal], _FAR)
            onward = level.follows[:, states]
            places, rows = np.nonzero(ahead[onward] + costs[:, None] == left)
            taken, left = taken[rows], left[rows]
            off = np.flatnonzero(costs[places])
            taken[off, left[off] - 1] = self._keys[number][places[off]]
            states, left = onward[places, rows], left - costs[places]
        taken.sort(axis=1)
        order = np.lexsort(taken.T[::-1])
        return taken[order], states[order]
