"""Pieces: a long tuple put together from short ones that are kept.

In: things in order, each of which is there or not as some bits say. Out: for any
bits, all that are there, in order. Neighbours are one piece, which is made once for
each setting of its bits that is met: rules that stand together are told by few facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any, TypeAlias, final

import attrs

#: What is there for some bits, and what it adds up to.
Made: TypeAlias = tuple[tuple[Any, ...], int]

#: Bits of a piece: of so many, not a hundredth of all settings is ever met.
_FEW = 18
#: Settings of which what is made of them is kept; when there are more, it is forgotten.
_KEPT = 1 << 13


@final
@attrs.frozen
class Thing:
    """Something that is there where its bit is set."""

    bit: int
    thing: Any
    points: int = 0


@final
class Pieces:
    """Things in order, piece by piece."""

    def __init__(self, things: Iterable[Thing]) -> None:
        runs: list[list[Thing]] = [[]]
        bits = 0
        for thing in things:
            if runs[-1] and (bits | thing.bit).bit_count() > _FEW:
                runs.append([])
                bits = 0
            runs[-1].append(thing)
            bits |= thing.bit
        pieces = [_piece(run) for run in runs]
        self.bits = sum(piece.bits for piece in pieces)
        self._pieces = tuple((piece.bits, piece) for piece in pieces)

    def of(self, bits: int) -> Made:
        """All that is there where *bits* are set."""
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


def _piece(things: Sequence[Thing]) -> Wholes:
    """A run of things: what they are for each setting of their bits."""

    def made(bits: int) -> Made:
        there = [thing for thing in things if thing.bit & bits]
        return tuple(one.thing for one in there), sum(one.points for one in there)

    return Wholes(reduce(or_, (thing.bit for thing in things), 0), made)
