"""Pieces: a long tuple put together from short ones that are kept.

In: things in order, each of which is there or not as some bits say. Out: for any
bits, all that are there, in order. Things that depend on few bits together are one
piece, and every piece is made once for each setting of its bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, final

import attrs

#: What is there for some bits, and what it adds up to.
Made: TypeAlias = tuple[tuple[Any, ...], int]

#: Bits of a piece that is kept: it has no more than 1,024 settings. What depends on
#: more bits is made anew each time.
_FEW = 10


@final
@attrs.frozen
class Thing:
    """Something that depends on some bits."""

    bits: int
    #: What it is where these of its bits are set.
    made: Callable[[int], Made]


@final
class Pieces:
    """Things in order, piece by piece."""

    def __init__(self, things: Iterable[Thing]) -> None:
        runs: list[list[Thing]] = [[]]
        bits = 0
        for thing in things:
            if runs[-1] and (bits | thing.bits).bit_count() > _FEW:
                runs.append([])
                bits = 0
            runs[-1].append(thing)
            bits |= thing.bits
        pieces = [_Piece(run) for run in runs]
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
class _Piece(dict[int, Made]):
    """A run of things: what they are for each setting of their bits."""

    def __init__(self, things: list[Thing]) -> None:
        super().__init__()
        self.things = things
        self.bits = 0
        for thing in things:
            self.bits |= thing.bits

    def __missing__(self, bits: int) -> Made:
        parts = [thing.made(bits & thing.bits) for thing in self.things]
        made = (
            tuple(one for there, _ in parts for one in there),
            sum(adds for _, adds in parts),
        )
        if self.bits.bit_count() <= _FEW:
            self[bits] = made
        return made
