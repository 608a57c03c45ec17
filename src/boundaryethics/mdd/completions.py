"""Count the completions of a situation: all ways for what is unknown to become known.

A completion is whole where no unknown fact can be given a value any more (S18). While
facts get their values one after the other, bit flags record which facts are left
unknown, and what still rules out each of the values that they could have instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, final

import attrs
import numpy as np

from boundaryethics.mdd.diagram import Diagram, DiagramLevel
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Axis, Exact, Space, Truths, Whole, every
from boundaryethics.model.facts import UNKNOWN, Clash

#: What is known of a part of a situation, as `_Completeness` numbers the bits.
Flags: TypeAlias = int

#: More than the states of any level.
_FAR = np.int64(1 << 32)


@final
@attrs.frozen
class _Exclusion:
    """A clash that rules out some values of a fact where its other tests are met."""

    #: The fact, by its place in the vocabulary, and the values ruled out.
    place: int
    values: frozenset[str]
    clash: Clash

    def lapses(self, place: int, value: str) -> bool:
        """Whether it no longer matters once the fact at *place* has *value*."""
        if self.place == place:
            return value != UNKNOWN
        return any(at == place and value not in among for at, among in self.clash.tests)


@final
@attrs.frozen
class _Completeness:
    """Tell the completions that *space* allows from what can become known further."""

    space: Space

    @cached_property
    def leavable(self) -> tuple[int, ...]:
        """The facts that may be left unknown and may be known, by their places."""
        allowed = enumerate(self.space.allowed)
        return tuple(n for n, values in allowed if UNKNOWN in values and values[1:])

    @cached_property
    def exclusions(self) -> tuple[_Exclusion, ...]:
        """What may rule out values of facts that may be left unknown."""
        return tuple(
            _Exclusion(place, among, clash)
            for clash in self.space.vocabulary.clashes
            for place, among in clash.tests
            if place in self.leavable
        )

    def after(self, flags: Flags, place: int, value: str) -> Flags | None:
        """The flags once the fact at *place* has *value*; None where more can be known.

        A fact left unknown needs, for each value that it could have, a clash whose
        other tests are met.
        """
        for number, one in enumerate(self.exclusions):
            if one.lapses(place, value):
                flags &= ~(1 << number)
        if value == UNKNOWN and place in self.leavable:
            flags |= 1 << len(self.exclusions) + self.leavable.index(place)
        left = flags >> len(self.exclusions)
        unknown = (place for n, place in enumerate(self.leavable) if left >> n & 1)
        return flags if all(self._excluded(one, flags) for one in unknown) else None

    def _excluded(self, place: int, flags: Flags) -> bool:
        """Whether clashes may rule out every value of the fact at *place*."""
        excluded: set[str] = set()
        for number, one in enumerate(self.exclusions):
            if one.place == place and flags >> number & 1:
                excluded |= one.values
        return excluded.issuperset(v for v in self.space.allowed[place] if v != UNKNOWN)


def completed(diagram: Diagram, space: Space) -> Diagram:
    """Restrict *diagram* to the completions that *space* allows.

    A state of the result is a state of *diagram* with some flags.
    """
    complete = _Completeness(space)
    facts = space.vocabulary.facts
    places = {fact.name: place for place, fact in enumerate(facts)}
    allowed = dict(zip(places, space.allowed, strict=True))
    states = flag = np.zeros(1, np.int64)
    flags: tuple[Flags, ...] = ((1 << len(complete.exclusions)) - 1,)
    layers: list[DiagramLevel] = []
    for layer in diagram.layers:
        numbers: dict[Flags, int] = {}
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
        flags = tuple(numbers)
        layers.append(
            DiagramLevel(
                axis=layer.axis and Axis(layer.fact, tuple(v for _, v in taken)),
                follows=follows,
                binds=np.zeros((0, *follows.shape), bool),
            )
        )
    return Diagram(tuple(layers), diagram.ends.at(states))


def _taken(
    layer: DiagramLevel, allowed: Sequence[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The values that may be taken, by class; `unknown` is one of its own."""
    for number, members in enumerate(layer.classes):
        known = tuple(v for v in members if v in allowed and v != UNKNOWN)
        if known:
            yield number, known
        if UNKNOWN in members and UNKNOWN in allowed:
            yield number, (UNKNOWN,)


@final
@attrs.frozen
class CompletionCounts:
    """Completions, counted by the ranking that they come to."""

    #: The diagram of completions alone, as `completed` makes it.
    diagram: Diagram

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """Every ranking that is given, in no order that matters."""
        return tuple(dict.fromkeys(self.diagram.rankings))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """In how many completions each ranking is given."""
        return tuple(map(int, self._leaving[0][:, 0]))

    @cached_property
    def deciding(self) -> frozenset[str]:
        """The facts in which alone two completions differ that rank otherwise."""
        return frozenset(
            layer.fact
            for number, layer in enumerate(self.diagram.layers)
            if len(layer.classes) > 1 and self._decides(number)
        )

    def by_value(self, fact: str) -> Mapping[str, tuple[int, ...]]:
        """For each value of *fact*, in how many completions each ranking is given."""
        number = self.diagram.number[fact]
        layer = self.diagram.layers[number]
        after = layer.after(self._leaving[number + 1], 0)
        counts = [tuple(map(int, one)) for one in (after @ self._arriving[number][1]).T]
        return {value: counts[place] for value, place in layer.place.items()}

    def _decides(self, number: int) -> bool:
        """Whether some two ways that part at one layer come to two rankings."""
        first, *later = self.diagram.layers[number:]
        ones, others = np.triu_indices(len(first.follows), 1)
        pairs = first.follows[ones].ravel(), first.follows[others].ravel()
        for place, layer in enumerate(later, start=number + 1):
            kinds, sure = self._kinds[place]
            one, other = _apart(*pairs, kinds)
            # Whatever comes after these is possible, and not always the same.
            if (sure[one] & sure[other]).any():
                return True
            pairs = layer.follows[:, one].ravel(), layer.follows[:, other].ravel()
        return bool(len(_apart(*pairs, self._kinds[-1][0])[0]))

    @cached_property
    def _kinds(self) -> Sequence[tuple[Whole, Truths]]:
        """For each layer the kind of each state, and whether all is possible after it.

        States are of one kind where the same comes of them, whatever is learnt.
        """
        kinds, sure = self._goals.argmax(axis=0), np.ones(len(self.diagram.ends), bool)
        swept = [(kinds, sure)]
        for layer in reversed(self.diagram.layers):
            after = layer.after(kinds[None], -1)[0]
            kinds = np.unique(after, axis=1, return_inverse=True)[1].ravel()
            sure = every(layer.after(sure[None], 0)[0], 0)
            swept.append((kinds, sure))
        return swept[::-1]

    @cached_property
    def _goals(self) -> Truths:
        """For each ranking the ends that give it."""
        given = self.diagram.rankings
        return np.array(
            [[one == ranking for one in given] for ranking in self.rankings]
        )

    @cached_property
    def _arriving(self) -> Sequence[Exact]:
        return self.diagram.arriving()

    @cached_property
    def _leaving(self) -> Sequence[Exact]:
        return self.diagram.leaving(self._goals)


def _apart(one: Whole, other: Whole, kinds: Whole) -> tuple[Whole, Whole]:
    """The pairs of states, each once, that are there and not of one kind."""
    there = (one >= 0) & (other >= 0)
    one, other = one[there], other[there]
    differ = kinds[one] != kinds[other]
    low, high = np.minimum(one, other)[differ], np.maximum(one, other)[differ]
    low, high = np.divmod(np.unique(low * len(kinds) + high), len(kinds))
    return low, high
