"""All completions of a situation, counted over an atlas.

In: an atlas, and the values that each fact may have. Out: how many completions give
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

from boundaryethics.analysis.atlases import Atlas
from boundaryethics.analysis.completing import Completing
from boundaryethics.analysis.reaching import Branch, Reach
from boundaryethics.diagrams.arrays import Exact, Truths, Whole, every
from boundaryethics.diagrams.given import Space
from boundaryethics.diagrams.standings import Ranking


@final
@attrs.frozen(eq=False)
class Tally:
    """The completions that a space allows, by the ranking that they come to."""

    branches: tuple[Branch, ...]
    #: For each end that can be reached the number of its ranking.
    ends: Whole
    #: Every ranking that is given, in no order that matters.
    rankings: tuple[Ranking, ...]

    @classmethod
    def over(cls, atlas: Atlas, space: Space) -> Self:
        """The tally of the completions in *space*."""
        branches: list[Branch] = []
        reach = Reach(Completing(space))
        at = reach.start
        for level in atlas.levels:
            at, branch = reach.over(level, at)
            branches.append(branch)
        given = [atlas.rankings[end] for end in at.states.tolist()]
        number = {ranking: n for n, ranking in enumerate(dict.fromkeys(given))}
        ends = np.array([number[ranking] for ranking in given])
        return cls(tuple(branches), ends, tuple(number))

    @property
    def total(self) -> int:
        """How many completions there are."""
        return sum(self.counts)

    @property
    def counts(self) -> tuple[int, ...]:
        """In how many completions each ranking is given."""
        return tuple(map(int, self._leaving[0][0]))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The facts in which alone two completions differ that rank otherwise."""
        return frozenset(
            branch.fact
            for number, branch in enumerate(self.branches)
            if len(branch.values) > 1 and self._decides(number)
        )

    def by_value(self, fact: str) -> Mapping[str, tuple[int, ...]]:
        """For each value of *fact*, in how many completions each ranking is given."""
        place = next(n for n, b in enumerate(self.branches) if b.fact == fact)
        branch, arriving = self.branches[place], self._arriving[place]
        found: dict[str, tuple[int, ...]] = {}
        after = branch.on(self._leaving[place + 1])
        for leaving, values in zip(after, branch.values, strict=True):
            found |= dict.fromkeys(values, tuple(map(int, arriving @ leaving)))
        return found

    def _decides(self, number: int) -> bool:
        """Whether some two ways that part at one branch come to two rankings."""
        branch = self.branches[number]
        ones, others = np.triu_indices(len(branch.follows), 1)
        pairs = branch.follows[ones].ravel(), branch.follows[others].ravel()
        for place, onward in enumerate(self.branches[number + 1 :], start=number + 1):
            kinds, sure = self._kinds[place]
            one, other = _apart(*pairs, kinds)
            # Whatever comes after these is possible, and not always the same.
            if (sure[one] & sure[other]).any():
                return True
            pairs = onward.follows[:, one].ravel(), onward.follows[:, other].ravel()
        return bool(len(_apart(*pairs, self._kinds[-1][0])[0]))

    @cached_property
    def _kinds(self) -> Sequence[tuple[Whole, Truths]]:
        """For each level the kind of each state, and whether all is possible after it.

        States are of one kind where the same comes of them, whatever is learnt.
        """
        kinds, sure = self.ends, np.ones(len(self.ends), bool)
        swept = [(kinds, sure)]
        for branch in reversed(self.branches):
            after = branch.on(kinds, -1)
            kinds = np.unique(after, axis=1, return_inverse=True)[1].ravel()
            sure = every(branch.on(sure), 0)
            swept.append((kinds, sure))
        return swept[::-1]

    @property
    def _number(self) -> Any:
        """Machine words, where no count can be too large for one."""
        most = prod(sum(map(len, branch.values)) for branch in self.branches)
        return np.int64 if most < 1 << 62 else object

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        """For each level, how many ways lead to each state."""
        at = np.ones(1, self._number)
        swept: list[Exact] = [at]
        for branch in self.branches:
            onward = np.zeros(branch.ahead + 1, self._number)
            for follows, values in zip(branch.follows, branch.values, strict=True):
                np.add.at(onward, follows, at * len(values))
            swept.append(at := onward[:-1])
        return swept

    @cached_property
    def _leaving(self) -> Sequence[Exact]:
        """For each level, how many ways lead from each state to each ranking."""
        at = np.zeros((len(self.ends), len(self.rankings)), self._number)
        at[np.arange(len(self.ends)), self.ends] = 1
        swept: list[Exact] = [at]
        for branch in reversed(self.branches):
            ways = zip(branch.on(at), branch.values, strict=True)
            swept.append(at := sum(after * len(values) for after, values in ways))
        return swept[::-1]


def _apart(one: Whole, other: Whole, kinds: Whole) -> tuple[Whole, Whole]:
    """The pairs of states, each once, that are there and not of one kind."""
    there = (one >= 0) & (other >= 0)
    one, other = one[there], other[there]
    differ = kinds[one] != kinds[other]
    low, high = np.minimum(one, other)[differ], np.maximum(one, other)[differ]
    low, high = np.divmod(np.unique(low * len(kinds) + high), len(kinds))
    return low, high
