"""Placing: worths in, places out, for many rows at once.

Each pair of options is compared twice, at least and at most. The answers are twelve
bits, which are looked up: places are dense, and equal worths share one (S16).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from boundaryethics.model.options import Option

#: For each row and option its place; 0 where the row is none that can be answered.
Places: TypeAlias = npt.NDArray[np.uint8]
#: For each row some options, the first one in the lowest bit.
Bits: TypeAlias = npt.NDArray[np.uint8]
Numbers: TypeAlias = npt.NDArray[Any]

OPTIONS = tuple(Option)
_PAIRS = len(OPTIONS) - 1
#: At most and at least, and each without being equal.
_COMPARISONS = ((np.less_equal, np.less), (np.greater_equal, np.greater))
#: The answers of the first three options, the first's in the lowest bits.
_FIRST, _SECOND, _THIRD = np.uint32(0x3F), np.uint32(0x3C0), np.uint32(0xC00)


def place(worths: npt.NDArray[Any], places: Places, best: Bits) -> None:
    """Place the options of each row by their *worths*.

    Args:
        worths: a row for each situation; in it a row for each word, the weightiest
            first, and a column for each option.
        places: where the places go.
        best: where the options of the first place go, as bits.
    """
    table, first = tables()
    at = _answers(worths).astype(np.intp)
    table.take(at, axis=0, out=places, mode="wrap")
    first.take(at, out=best, mode="wrap")


def _answers(worths: npt.NDArray[Any]) -> Numbers:
    """The twelve answers of each row, as one number."""
    # INVARIANT: worths lie one after the other, so that the option that stands one,
    # two or three on is as far on for all; what runs into the next row is cut off.
    words = [
        np.ascontiguousarray(of_one).reshape(-1) for of_one in worths.swapaxes(0, 1)
    ]
    answers = np.zeros(words[0].shape, np.uint8)
    held = np.zeros(words[0].shape, bool)
    for distance in range(_PAIRS, 0, -1):
        for comparison in _COMPARISONS:
            _compare(words, distance, comparison, held[:-distance])
            np.left_shift(answers, 1, out=answers)
            np.bitwise_or(answers, held.view(np.uint8), out=answers)
    row = answers.view("<u4")
    found: Numbers = row & _FIRST | row >> 2 & _SECOND | row >> 6 & _THIRD
    return found


def _compare(
    words: Sequence[Numbers],
    distance: int,
    comparison: tuple[np.ufunc, np.ufunc],
    held: npt.NDArray[np.bool_],
) -> None:
    """Compare what stands *distance* apart; a word counts where those before tie."""
    loose, strict = comparison
    pairs = [(word[:-distance], word[distance:]) for word in words]
    loose(*pairs[-1], out=held)
    for near, far in reversed(pairs[:-1]):
        np.logical_and(held, near == far, out=held)
        np.logical_or(held, strict(near, far), out=held)


@cache
def tables() -> tuple[Places, Bits]:
    """For each number that answers make, the places, and the first place as bits."""
    every = np.array([*product(range(len(OPTIONS)), repeat=len(OPTIONS))], np.uint16)
    numbers = _answers(every[:, None])
    places = np.zeros((1 << 12, len(OPTIONS)), np.uint8)
    for number, worths in zip(numbers, every.tolist(), strict=True):
        ranked = sorted(set(worths), reverse=True)
        places[number] = [1 + ranked.index(worth) for worth in worths]
    return places, ((places == 1) << np.arange(len(OPTIONS))).sum(1, np.uint8)
