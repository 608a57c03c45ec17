"""All completions of a situation, counted over an atlas.

In: an atlas, and the values that each fact may have. Out: how many situations give
each ranking, so too for each value of a fact, and which facts can make a difference
at all. Only what can be reached is looked at; counts are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any, Self, final

import attrs
import numpy as np

from boundaryethics.analysis.atlases import Atlas, Level
from boundaryethics.diagrams.arrays import Exact, Whole
from boundaryethics.diagrams.given import Space
from boundaryethics.diagrams.standings import Ranking


@final
@attrs.frozen(kw_only=True, eq=False)
class Branch:
    """One level, with nothing but what can be reached."""

    fact: str
    #: The values that may be taken, by class; no class is empty.
    values: tuple[tuple[str, ...], ...]
    #: For each class and state the state that follows.
    follows: Whole
    #: How many states there are ahead.
    ahead: int


@final
@attrs.frozen(eq=False)
class Tally:
    """The situations of a space, by the ranking that they come to."""

    branches: tuple[Branch, ...]
    #: For each end that can be reached the number of its ranking.
    ends: Whole
    #: Every ranking that is given, in no order that matters.
    rankings: tuple[Ranking, ...]

    @classmethod
    def over(cls, atlas: Atlas, space: Space) -> Self:
        """The tally of *space*."""
        allowed = {
            fact.name: frozenset(values)
            for fact, values in zip(space.vocabulary.facts, space.allowed, strict=True)
        }
        branches: list[Branch] = []
        states = np.zeros(1, np.int64)
        for level in atlas.levels:
            states, branch = _confined(level, states, allowed)
            branches.append(branch)
        given = [atlas.rankings[end] for end in states.tolist()]
        number = {ranking: n for n, ranking in enumerate(dict.fromkeys(given))}
        ends = np.array([number[ranking] for ranking in given])
        return cls(tuple(branches), ends, tuple(number))

    @property
    def total(self) -> int:
        """How many situations there are."""
        return prod(sum(map(len, branch.values)) for branch in self.branches)

    @property
    def counts(self) -> tuple[int, ...]:
        """In how many situations each ranking is given."""
        return tuple(map(int, self._leaving[0][0]))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The facts that make a difference in some situation, all else being equal."""
        kinds, found = self.ends, set()
        for branch in reversed(self.branches):
            after = kinds[branch.follows]
            if (after != after[:1]).any():
                found.add(branch.fact)
            # States are of one kind where the same comes of them, whatever is learnt.
            kinds = after[0]
            for others in after[1:]:
                pairs = kinds * branch.ahead + others
                kinds = np.unique(pairs, return_inverse=True)[1].ravel()
        return frozenset(found)

    def by_value(self, fact: str) -> Mapping[str, tuple[int, ...]]:
        """For each value of *fact*, in how many situations each ranking is given."""
        place = next(n for n, b in enumerate(self.branches) if b.fact == fact)
        branch, arriving = self.branches[place], self._arriving[place]
        found: dict[str, tuple[int, ...]] = {}
        for follows, values in zip(branch.follows, branch.values, strict=True):
            counts = arriving @ self._leaving[place + 1][follows]
            found |= dict.fromkeys(values, tuple(map(int, counts)))
        return found

    @property
    def _number(self) -> Any:
        """Machine words, where no count can be too large for one."""
        return np.int64 if self.total < 1 << 62 else object

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        """For each level, how many ways lead to each state."""
        at = np.ones(1, self._number)
        swept: list[Exact] = [at]
        for branch in self.branches:
            onward = np.zeros(branch.ahead, self._number)
            for follows, values in zip(branch.follows, branch.values, strict=True):
                np.add.at(onward, follows, at * len(values))
            swept.append(at := onward)
        return swept

    @cached_property
    def _leaving(self) -> Sequence[Exact]:
        """For each level, how many ways lead from each state to each ranking."""
        at = np.zeros((len(self.ends), len(self.rankings)), self._number)
        at[np.arange(len(self.ends)), self.ends] = 1
        swept: list[Exact] = [at]
        for branch in reversed(self.branches):
            ways = zip(branch.follows, branch.values, strict=True)
            swept.append(
                at := sum(at[follows] * len(values) for follows, values in ways)
            )
        return swept[::-1]


def _confined(
    level: Level, states: Whole, allowed: Mapping[str, frozenset[str]]
) -> tuple[Whole, Branch]:
    among = allowed.get(level.fact)
    values = [
        members if among is None else tuple(v for v in members if v in among)
        for members in level.classes
    ]
    taken = [place for place, members in enumerate(values) if members]
    onward, follows = np.unique(level.follows[taken][:, states], return_inverse=True)
    return onward, Branch(
        fact=level.fact,
        values=tuple(values[place] for place in taken),
        follows=follows.reshape(len(taken), len(states)),
        ahead=len(onward),
    )
