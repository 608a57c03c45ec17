"""Pieces: a long tuple put together from short ones that are kept.

In: things in order, each of which is there or not as some bits say. Out: for any
bits, all that are there, in order. Neighbours are one piece, which is made once for
each setting of its bits that is met: rules that stand together are told by few facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from operator import or_
from typing import Any, TypeAlias, final

import attrs

#: What is there for some bits, and what it adds up to.
Made: TypeAlias = tuple[tuple[Any, ...], int]

#: Settings of a piece that may be among those that were drawn: so few that hardly any
#: is met later that is not among them.
_FEW = 100
#: Settings of which what is made of them is kept; when there are more, it is forgotten.
_KEPT = 1 << 13


@final
@attrs.frozen
class Thing:
    """Something that is there where any of its bits is set."""

    bits: int
    #: What it is, given all bits.
    thing: Callable[[int], Any]
    points: int = 0
    #: More bits, on which it depends what it is.
    more: int = 0

    @property
    def read(self) -> int:
        """All bits that matter."""
        return self.bits | self.more


@final
class Pieces:
    """Things in order, piece by piece; *drawn* are settings such as are to be met."""

    def __init__(self, things: Iterable[Thing], drawn: Sequence[int]) -> None:
        pieces = [_piece(run) for run in _runs(things, drawn)]
        self.bits = reduce(or_, (piece.bits for piece in pieces), 0)
        self._pieces = tuple((piece.bits, piece) for piece in pieces)

    def of(self, bits: int) -> tuple[Any, ...]:
        """All that is there where *bits* are set."""
        return self.summed(bits)[0]

    def summed(self, bits: int) -> Made:
        """The same, and what it adds up to."""
        there: tuple[Any, ...] = ()
        total = 0
        for mask, piece in self._pieces:
            some, adds = piece[bits & mask]
            there += some
            total += adds
        return there, total


@final
class Wholes(dict[int, Any]):
    """What is made of some bits, kept: for bits of which few settings are met."""

    def __init__(self, bits: int, made: Callable[[int], Any]) -> None:
        super().__init__()
        self.bits = bits
        self._made = made

    def __missing__(self, bits: int) -> Any:
        made = self._made(bits)
        if len(self) >= _KEPT:
            self.clear()
        self[bits] = made
        return made


def always(thing: Any) -> Callable[[int], Any]:
    """*thing*, whatever the bits."""
    return lambda _: thing


def _runs(things: Iterable[Thing], drawn: Sequence[int]) -> Iterator[list[Thing]]:
    """Neighbours among *things*, as many as have few settings among the *drawn*."""
    run: list[Thing] = []
    bits = 0
    for thing in things:
        bits |= thing.read
        if run and len({setting & bits for setting in drawn}) > _FEW:
            yield run
            run, bits = [], thing.read
        run.append(thing)
    if run:
        yield run


def _piece(things: Sequence[Thing]) -> Wholes:
    """A run of things: what they are for each setting of their bits."""

    def made(bits: int) -> Made:
        there = [thing for thing in things if thing.bits & bits]
        return tuple(one.thing(bits) for one in there), sum(one.points for one in there)

    return Wholes(reduce(or_, (thing.read for thing in things), 0), made)
