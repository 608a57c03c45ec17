"""Count the completions of a situation: all ways for what is unknown to become known.

In: a diagram, and the values that each fact may have. Out: how many completions give
each ranking, so too for each value of a fact, and which facts can make a difference
at all. A completion is whole where no unknown fact can be given a value any more (S18);
marks tell, while facts get their values one after the other, which facts are left
unknown, and what still rules out each of the values that they could have instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import Any, Self, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.mdd.diagram import Diagram, DiagramLevel
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Exact, Space, Truths, Whole, every
from boundaryethics.model.facts import UNKNOWN, Clash

#: What is known of a part of a situation: bits, as `Completing` numbers them.
Mark: TypeAlias = int


@final
@attrs.frozen
class _Bar:
    """A clash that bars some values of a fact where its other tests are met."""

    #: The fact, by its place in the vocabulary, and the values barred.
    place: int
    values: frozenset[str]
    clash: Clash

    def open_to(self, place: int, value: str) -> bool:
        """Whether its other tests can be met with *value* at *place*."""
        return all(at != place or value in among for at, among in self.clash.tests)


@final
@attrs.frozen
class Completing:
    """The completions that *space* allows, told apart from those that go on."""

    space: Space

    @cached_property
    def leavable(self) -> tuple[int, ...]:
        """The facts that may be left unknown and may be known, by their places."""
        allowed = enumerate(self.space.allowed)
        return tuple(n for n, values in allowed if UNKNOWN in values and values[1:])

    @cached_property
    def start(self) -> Mark:
        """The mark before any fact has its value: nothing is ruled out yet."""
        return (1 << len(self._bars)) - 1

    def after(self, mark: Mark, place: int, value: str) -> Mark | None:
        """The mark once the fact at *place* has *value*; None where more can be known.

        A fact left unknown needs, for each value that it could have, a clash whose
        other tests are met.
        """
        for number, bar in enumerate(self._bars):
            if bar.place == place:
                shut = value != UNKNOWN
            else:
                shut = not bar.open_to(place, value)
            if shut:
                mark &= ~(1 << number)
        if value == UNKNOWN and place in self.leavable:
            mark |= 1 << len(self._bars) + self.leavable.index(place)
        whole = all(self._barred(left, mark) for left in self._left(mark))
        return mark if whole else None

    def _left(self, mark: Mark) -> Iterator[int]:
        """The facts that *mark* leaves unknown."""
        left = mark >> len(self._bars)
        return (p for n, p in enumerate(self.leavable) if left >> n & 1)

    def _barred(self, place: int, mark: Mark) -> bool:
        """Whether clashes may rule out every value of the fact at *place*."""
        barred: set[str] = set()
        for number, bar in enumerate(self._bars):
            if bar.place == place and mark >> number & 1:
                barred |= bar.values
        return barred.issuperset(v for v in self.space.allowed[place] if v != UNKNOWN)

    @cached_property
    def _bars(self) -> tuple[_Bar, ...]:
        return tuple(
            _Bar(place, among, clash)
            for clash in self.space.vocabulary.clashes
            for place, among in clash.tests
            if place in self.leavable
        )


#: More than the states of any level.
_FAR = np.int64(1 << 32)


@final
@attrs.frozen(kw_only=True, eq=False)
class LevelTransitions:
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
class LevelStates:
    """The states of a level that can be reached, each with a mark of its completion."""

    states: Whole
    #: The place of each state's mark among *marks*.
    mark: Whole
    marks: tuple[Mark, ...]


@final
@attrs.frozen(eq=False)
class Reachability:
    """What can be reached of a diagram by completions."""

    completing: Completing

    @property
    def start(self) -> LevelStates:
        """Before the first level."""
        none = np.zeros(1, np.int64)
        return LevelStates(none, none, (self.completing.start,))

    def over(
        self, level: DiagramLevel, at: LevelStates
    ) -> tuple[LevelStates, LevelTransitions]:
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
        branch = LevelTransitions(
            fact=level.fact,
            values=tuple(values for _, values in taken),
            follows=follows,
            ahead=len(found),
        )
        return LevelStates(states, mark, tuple(numbers)), branch

    def _classes(self, level: DiagramLevel) -> Iterator[tuple[int, tuple[str, ...]]]:
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
        self, fact: str, value: str, at: LevelStates, numbers: dict[Mark, int]
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


@final
@attrs.frozen(eq=False)
class CompletionCounts:
    """The completions that a space allows, by the ranking that they come to."""

    branches: tuple[LevelTransitions, ...]
    #: For each end that can be reached the number of its ranking.
    ends: Whole
    #: Every ranking that is given, in no order that matters.
    rankings: tuple[Ranking, ...]

    @classmethod
    def over(cls, diagram: Diagram, space: Space) -> Self:
        """The tally of the completions in *space*."""
        branches: list[LevelTransitions] = []
        reach = Reachability(Completing(space))
        at = reach.start
        for level in diagram.layers:
            at, branch = reach.over(level, at)
            branches.append(branch)
        given = [diagram.rankings[end] for end in at.states.tolist()]
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
