"""Which completions are whole: no unknown fact can be given a value any more (S18).

In: the values that each fact may have. Out: marks that tell, while facts get their
values one after the other, which facts are left unknown, and what still rules out
each of the values that they could have instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias, final

import attrs

from boundaryethics.diagrams.given import Space
from boundaryethics.model.clashes import Clash
from boundaryethics.model.facts import UNKNOWN

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
