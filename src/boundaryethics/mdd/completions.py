"""Count the completions of a situation: all ways for unknown facts to become known.

In a completion no unknown fact can still be given a value (S18). As facts get their
values in turn, bit flags record which facts are left unknown, and what still rules out
each of the values that they could have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import final

import attrs
import numpy as np

from boundaryethics.mdd.diagram import Diagram, DiagramLevel
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Exact, Space, Truths, Whole
from boundaryethics.model.facts import UNKNOWN, Clash

#: More than the states of any level.
_FAR = np.int64(1 << 32)


@attrs.frozen
class _Completeness:
    """Recognize the completions that *space* allows."""

    space: Space

    @cached_property
    def leavable(self) -> tuple[int, ...]:
        """The places of the facts that may be left unknown, or be known."""
        allowed = enumerate(self.space.allowed)
        return tuple(n for n, values in allowed if UNKNOWN in values and values[1:])

    @cached_property
    def exclusions(self) -> tuple[tuple[int, frozenset[str], Clash], ...]:
        """The values of leavable facts that a clash may rule out, with the clash."""
        return tuple(
            (place, among, clash)
            for clash in self.space.vocabulary.clashes
            for place, among in clash.tests
            if place in self.leavable
        )

    def after(self, flags: int, place: int, value: str) -> int | None:
        """Update *flags* when the fact at *place* gets *value*.

        Return None if the result is not a completion: a fact left unknown needs, for
        each value that it could have, a clash whose other tests are met.
        """
        for number, (own, _, clash) in enumerate(self.exclusions):
            if (own == place and value != UNKNOWN) or (
                own != place
                and any(at == place and value not in v for at, v in clash.tests)
            ):
                flags &= ~(1 << number)
        if value == UNKNOWN and place in self.leavable:
            flags |= 1 << len(self.exclusions) + self.leavable.index(place)
        left = flags >> len(self.exclusions)
        for one in (place for n, place in enumerate(self.leavable) if left >> n & 1):
            excluded = {UNKNOWN}
            for number, (own, values, _) in enumerate(self.exclusions):
                if own == one and flags >> number & 1:
                    excluded |= values
            if not excluded.issuperset(self.space.allowed[one]):
                return None
        return flags


def completed(diagram: Diagram, space: Space) -> Diagram:
    """Restrict *diagram* to the completions that *space* allows.

    A state of the result is a state of *diagram* with some flags.
    """
    complete = _Completeness(space)
    places = {fact.name: place for place, fact in enumerate(space.vocabulary.facts)}
    allowed = dict(zip(places, space.allowed, strict=True))
    states = flag = np.zeros(1, np.int64)
    flags: tuple[int, ...] = ((1 << len(complete.exclusions)) - 1,)
    layers: list[DiagramLevel] = []
    for layer in diagram.layers:
        numbers: dict[int, int] = {}
        taken = [*_taken(layer, allowed.get(layer.fact, (UNKNOWN,)))]
        onward: list[Whole] = []
        for number, values in taken:
            place = places.get(layer.fact, -1)
            found = (complete.after(one, place, values[0]) for one in flags)
            table = [
                -1 if one is None else numbers.setdefault(one, len(numbers))
                for one in found
            ]
            state, mark = layer.follows[number][states], np.array(table)[flag]
            lost = (state < 0) | (mark < 0)
            onward.append(np.where(lost, -1, mark * _FAR + state))
        codes = np.array(onward)
        kept = np.unique(codes[codes >= 0])
        follows = np.where(codes < 0, -1, np.searchsorted(kept, codes))
        flag, states = np.divmod(kept, _FAR)
        flags, classes = tuple(numbers), tuple(values for _, values in taken)
        binds = np.zeros((0, *follows.shape), bool)
        layers.append(DiagramLevel(layer.fact, classes, follows, binds))
    return Diagram(tuple(layers), diagram.ends.at(states))


def _taken(
    layer: DiagramLevel, allowed: Sequence[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the allowed values by class; `unknown` is a class of its own."""
    for number, members in enumerate(layer.classes):
        if known := tuple(v for v in members if v in allowed and v != UNKNOWN):
            yield number, known
        if UNKNOWN in members and UNKNOWN in allowed:
            yield number, (UNKNOWN,)


@final
@attrs.frozen
class CompletionCounts:
    """Count completions by ranking."""

    #: The diagram of completions alone, as `completed` makes it.
    diagram: Diagram

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """Every ranking of some completion, in no particular order."""
        return tuple(dict.fromkeys(self.diagram.rankings))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """The number of completions with each ranking."""
        return tuple(map(int, self._leaving[0][:, 0]))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The facts that can change the ranking when only they change."""
        return frozenset(
            layer.fact
            for number, layer in enumerate(self.diagram.layers)
            if len(layer.classes) > 1 and self._decides(number)
        )

    def by_value(self, fact: str) -> Mapping[str, tuple[int, ...]]:
        """Count for each value of *fact* the completions with each ranking."""
        number = self.diagram.number[fact]
        layer = self.diagram.layers[number]
        after = layer.after(self._leaving[number + 1], 0)
        counts = after @ self._arriving[number][1]
        return {v: tuple(map(int, counts[:, n])) for v, n in layer.place.items()}

    def _decides(self, number: int) -> bool:
        """Check whether two paths that differ at one level alone rank differently."""
        first, *later = self.diagram.layers[number:]
        ones, others = np.triu_indices(len(first.follows), 1)
        pairs = first.follows[ones].ravel(), first.follows[others].ravel()
        for place, layer in enumerate(later, start=number + 1):
            kinds, sure = self._kinds[place]
            one, other = _apart(*pairs, kinds)
            # All that follows these two is possible, and it differs somewhere.
            if (sure[one] & sure[other]).any():
                return True
            pairs = layer.follows[:, one].ravel(), layer.follows[:, other].ravel()
        return bool(len(_apart(*pairs, self._kinds[-1][0])[0]))

    @cached_property
    def _kinds(self) -> Sequence[tuple[Whole, Truths]]:
        """For each level the kind of each state, and whether all is possible after it.

        States are of one kind if the same rankings follow, whatever becomes known.
        """
        kinds, sure = self._goals.argmax(axis=0), np.ones(len(self.diagram.ends), bool)
        swept = [(kinds, sure)]
        for layer in reversed(self.diagram.layers):
            after = layer.after(kinds[None], -1)[0]
            kinds = np.unique(after, axis=1, return_inverse=True)[1].ravel()
            sure = layer.after(sure[None], 0)[0].all(axis=0)
            swept.append((kinds, sure))
        return swept[::-1]

    @cached_property
    def _goals(self) -> Truths:
        """For each ranking the ends that give it."""
        given = self.diagram.rankings
        return np.array([[one == each for one in given] for each in self.rankings])

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        return self.diagram.arriving()

    @cached_property
    def _leaving(self) -> Sequence[Exact]:
        return self.diagram.leaving(self._goals)


def _apart(one: Whole, other: Whole, kinds: Whole) -> tuple[Whole, Whole]:
    """Return the pairs of existing states of different kinds, each pair once."""
    there = (one >= 0) & (other >= 0)
    one, other = one[there], other[there]
    differ = kinds[one] != kinds[other]
    low, high = np.minimum(one, other)[differ], np.maximum(one, other)[differ]
    low, high = np.divmod(np.unique(low * len(kinds) + high), len(kinds))
    return low, high
