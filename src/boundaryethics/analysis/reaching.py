"""What completions can reach of an atlas: its levels, cut down to that.

In: an atlas, level by level, and the completions that are asked of. Out: for each
level a branch, whose states are those of the atlas, each with a mark that tells how
far the completions behind it are whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import final

import attrs
import numpy as np

from boundaryethics.analysis.atlases import Level
from boundaryethics.analysis.completing import Completing, Mark
from boundaryethics.diagrams.arrays import Exact, Whole
from boundaryethics.model.facts import UNKNOWN

#: More than the states of any level.
_FAR = np.int64(1 << 32)


@final
@attrs.frozen(kw_only=True, eq=False)
class Branch:
    """One level, with nothing but what can be reached."""

    fact: str
    #: The values that may be taken, by class; no class is empty.
    values: tuple[tuple[str, ...], ...]
    #: For each class and state the state that follows; -1 where nothing does.
    follows: Whole
    #: How many states there are ahead.
    ahead: int

    def on(self, ahead: Exact, nothing: int = 0) -> Exact:
        """What lies *ahead* of each class and state, with *nothing* for none."""
        padding = np.full((1, *ahead.shape[1:]), nothing, ahead.dtype)
        found: Exact = np.concatenate([ahead, padding])[self.follows]
        return found


@final
@attrs.frozen(eq=False)
class Front:
    """The states of a level that can be reached, each with a mark of its completion."""

    states: Whole
    #: The place of each state's mark among *marks*.
    mark: Whole
    marks: tuple[Mark, ...]


@final
@attrs.frozen(eq=False)
class Reach:
    """What can be reached of an atlas by completions."""

    completing: Completing

    @property
    def start(self) -> Front:
        """Before the first level."""
        none = np.zeros(1, np.int64)
        return Front(none, none, (self.completing.start,))

    def over(self, level: Level, at: Front) -> tuple[Front, Branch]:
        """The states behind *level*, and the way there."""
        taken = [*self._classes(level)]
        numbers: dict[Mark, int] = {}
        onward: list[Whole] = []
        for number, values in taken:
            state = level.follows[number][at.states]
            mark = self._marks(level.fact, values[0], at, numbers)
            lost = (state < 0) | (mark < 0)
            onward.append(np.where(lost, -1, mark * _FAR + state))
        codes = np.array(onward)
        found = np.unique(codes[codes >= 0])
        follows = np.where(codes < 0, -1, np.searchsorted(found, codes))
        mark, states = np.divmod(found, _FAR)
        branch = Branch(
            fact=level.fact,
            values=tuple(values for _, values in taken),
            follows=follows,
            ahead=len(found),
        )
        return Front(states, mark, tuple(numbers)), branch

    def _classes(self, level: Level) -> Iterator[tuple[int, tuple[str, ...]]]:
        """The values that may be taken, by class; `unknown` is one of its own."""
        among = dict(zip(self._places, self.completing.space.allowed, strict=True))
        for number, members in enumerate(level.classes):
            allowed = among.get(level.fact, members)
            known = tuple(v for v in members if v in allowed and v != UNKNOWN)
            if known:
                yield number, known
            if UNKNOWN in members and UNKNOWN in allowed:
                yield number, (UNKNOWN,)

    def _marks(
        self, fact: str, value: str, at: Front, numbers: dict[Mark, int]
    ) -> Whole:
        """The number of the mark of each state once *fact* has *value*; or below 0."""
        if not fact:
            numbers.update((mark, n) for n, mark in enumerate(at.marks))
            return at.mark
        place = self._places[fact]
        after = (self.completing.after(mark, place, value) for mark in at.marks)
        table = [
            -1 if mark is None else numbers.setdefault(mark, len(numbers))
            for mark in after
        ]
        return np.array(table, np.int64)[at.mark]

    @cached_property
    def _places(self) -> Mapping[str, int]:
        facts = self.completing.space.vocabulary.facts
        return {fact.name: place for place, fact in enumerate(facts)}
