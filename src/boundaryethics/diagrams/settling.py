"""States: partial situations as far as they are settled, and the step to the next.

A state has the bits that are still open, what is settled of each pair of options,
and the sums of what is not. A pair is settled when standing parts it for good, or
when its sum outweighs all that may still come, for neither can then be undone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Small, Truths, Whole, some
from boundaryethics.diagrams.partial import Outlook
from boundaryethics.diagrams.standings import OPEN, PAIRS, by_standing, members
from boundaryethics.diagrams.watching import Interest, View, Watch
from boundaryethics.diagrams.worths import Worths

#: Stands for a sum that can no longer change its sign, until standing is settled.
_FAR = np.int64(1) << 56


@final
@attrs.frozen(kw_only=True, eq=False)
class States:
    """Many states; every field has a row for each."""

    #: The number of the column of bits that are still open.
    residue: Whole
    #: For each pair of each side 1, 0, -1, or `OPEN`.
    settled: Small
    #: For each open pair its sum so far, in words.
    worth: Whole
    #: For each side the options forbidden, and those required, as bits.
    flags: Whole
    #: What the watch has made of it.
    fate: Small

    @classmethod
    def start(cls, worths: Worths) -> Self:
        """The one state before anything is known."""
        pairs, words = worths.points.shape[1:]
        return cls(
            residue=np.zeros(1, np.int64),
            settled=np.full((1, pairs), OPEN, np.int8),
            worth=np.zeros((1, pairs, words), np.int64),
            flags=np.zeros((1, worths.sides, 2), np.int64),
            fate=np.zeros(1, np.int8),
        )

    @classmethod
    def joined(cls, many: Sequence[Self]) -> Self:
        """All states of *many*, in turn."""
        fields = [attrs.asdict(one, recurse=False) for one in many]
        return cls(**{k: np.concatenate([f[k] for f in fields]) for k in fields[0]})

    def __len__(self) -> int:
        return len(self.residue)

    def at(self, rows: Whole) -> Self:
        """The states in *rows*."""
        fields = attrs.asdict(self, recurse=False)
        return type(self)(**{name: field[rows] for name, field in fields.items()})

    def on(self, residue: Whole) -> Self:
        """These states on other residues."""
        return attrs.evolve(self, residue=residue)

    def open_pairs(self) -> Whole:
        """For each state its open pairs, as bits."""
        return _as_bits(self.settled == OPEN)

    def columns(self) -> list[Whole]:
        """Whole numbers that are equal just where states are."""
        if not len(self):
            return [self.residue]
        size, pairs = self.settled.shape
        told = np.zeros(size, np.int64)
        for number in range(pairs):
            told = told * 4 + (self.settled[:, number] + 1)
        for flags in self.flags.reshape(size, self.flags[0].size).T:
            told = told * 16 + flags
        told = told * 2 + self.fate
        worth = np.ascontiguousarray(self.worth.reshape(size, self.worth[0].size).T)
        return [self.residue, told, *(column for column in worth if column.any())]


@final
@attrs.frozen(kw_only=True, eq=False)
class Turn:
    """What the next fact brings: a row for each column of bits after it."""

    #: For each pair what nodes add that come to bind, at least and at most later on.
    gain: Whole
    least: Whole
    most: Whole
    #: For each side forbidden now, maybe later, required now, maybe later.
    flags: Whole
    lopsided: Truths
    #: Whether a situation that is asked for can come of it.
    possible: Truths


def turn_of(on: Outlook, worths: Worths) -> Turn:
    """What the nodes that bind, and those that may, say of each pair."""
    pending = on.pending
    shape = (on.bits.shape[1], *worths.points.shape[1:])
    speaking = np.flatnonzero(some(worths.points != 0, 1, 2))
    points = worths.points[speaking].reshape(len(speaking), shape[1] * shape[2])

    def total(nodes: Truths, parts: Whole) -> Whole:
        # Sums stay below the size up to which floats are exact.
        summed = nodes[speaking].T.astype(np.float64) @ parts.astype(np.float64)
        return summed.astype(np.int64).reshape(shape)

    demanded = on.layout.demanded
    first = worths.points[speaking]
    downward, upward = _by_sign(first)
    return Turn(
        gain=total(on.surely, points),
        least=total(pending, downward.reshape(points.shape)),
        most=total(pending, upward.reshape(points.shape)),
        flags=_flags(on, pending, worths),
        lopsided=some(pending[worths.lopsided], 0),
        possible=(
            np.ones(shape[0], bool) if demanded is None else on.findable[demanded]
        ),
    )


def children(before: States, turn: Turn, watch: Watch) -> tuple[Whole, States]:
    """The states after the turn, and of which of *before* each of them comes."""
    rows = np.flatnonzero(turn.possible[before.residue])
    after = before.at(rows)
    next_flags = turn.flags[after.residue]
    flags = after.flags | next_flags[:, :, ::2]
    all_flags = np.stack(
        [flags[..., 0], next_flags[..., 1], flags[..., 1], next_flags[..., 3]], axis=-1
    )
    worth = after.worth + turn.gain[after.residue]
    low, high, worth = _bounds(after, worth, turn, _parted(all_flags))
    view = View(
        low=low,
        high=high,
        settled=after.settled,
        worth=worth,
        flags=all_flags,
        lopsided=turn.lopsided[after.residue],
        fate=after.fate,
    )
    seen = watch.look(view)
    after = _settled(attrs.evolve(after, worth=worth, flags=flags), view, seen, watch)
    going_on = np.flatnonzero(seen.kept)
    return rows[going_on], after.at(going_on)


def _by_sign(points: Whole) -> tuple[Whole, Whole]:
    """*points* where they are below nothing, and where they are above."""
    signs = _sign(points)[..., None]
    return np.where(signs < 0, points, 0), np.where(signs > 0, points, 0)


def _sign(worth: Whole) -> Small:
    """The sign of numbers in words: that of the first word that is not 0."""
    sign = np.sign(worth[..., 0]).astype(np.int8)
    for word in range(1, worth.shape[-1]):
        sign = np.where(sign == 0, np.sign(worth[..., word]), sign).astype(np.int8)
    return sign


def _flags(on: Outlook, pending: Truths, worths: Worths) -> Whole:
    flags = np.zeros((on.bits.shape[1], worths.sides, 4), np.int64)
    for number in np.flatnonzero(some(worths.flags != 0, 1, 2)):
        for side in range(worths.sides):
            forbids, requires = worths.flags[number, side]
            now, later = on.surely[number], pending[number]
            flags[now, side] |= np.array([forbids, 0, requires, 0])
            flags[later, side] |= np.array([0, forbids, 0, requires])
    return flags


def _parted(flags: Whole) -> Small:
    """How standing parts each pair of each side, as `by_standing` tells."""
    size, sides = flags.shape[:2]
    index = flags @ (1 << 4 * np.arange(4))
    return by_standing()[index].reshape(size, sides * len(PAIRS))


def _bounds(
    states: States, worth: Whole, turn: Turn, parted: Small
) -> tuple[Small, Small, Whole]:
    """The least and the greatest that each pair can come to, and what is left open."""
    low = _sign(worth + turn.least[states.residue])
    high = _sign(worth + turn.most[states.residue])
    far = np.where(low == high, low, 0)
    worth = np.where((far != 0)[..., None], 0, worth)
    worth[..., 0] += far * _FAR
    unsettled = parted == OPEN
    by_rank = np.abs(parted) == 1
    settled = states.settled
    low = np.where(unsettled, -1, np.where(by_rank, parted, low))
    high = np.where(unsettled, 1, np.where(by_rank, parted, high))
    low = np.where(settled == OPEN, low, settled).astype(np.int8)
    high = np.where(settled == OPEN, high, settled).astype(np.int8)
    return low, high, worth


def _settled(states: States, view: View, seen: Interest, watch: Watch) -> States:
    """*states* with all forgotten that can no longer matter."""
    care = seen.care
    settled = np.where(care, OPEN, np.where(view.low == view.high, view.low, 0))
    settled[seen.fate == 1] = 0
    flags = states.flags
    if not watch.flags:
        half = len(PAIRS)
        for side in range(flags.shape[1]):
            open_pairs = _as_bits(care[:, side * half : (side + 1) * half])
            flags[:, side] &= members()[open_pairs][:, None]
    return attrs.evolve(
        states,
        settled=settled.astype(np.int8),
        worth=np.where(care[..., None], states.worth, 0),
        flags=flags,
        fate=seen.fate,
    )


def _as_bits(truths: Truths) -> Whole:
    return truths.astype(np.int64) @ (1 << np.arange(truths.shape[1]))
