"""Placing: worths in, places out, for many rows at once.

Each pair of options is compared twice, at least and at most. The answers are twelve
bits, which are looked up: places are dense, and equal worths share one (S16).
"""

from __future__ import annotations

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
#: The answers of the first three options, the first's in the lowest bits.
_FIRST, _SECOND, _THIRD = np.uint32(0x3F), np.uint32(0x3C0), np.uint32(0xC00)


def place(worths: npt.NDArray[Any], places: Places, best: Bits) -> None:
    """Place the options of each row by their *worths*.

    Args:
        worths: a row for each situation, a column for each option.
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
    flat = worths.reshape(-1)
    answers = np.zeros(flat.shape, np.uint8)
    held = np.zeros(flat.shape, bool)
    for distance in range(_PAIRS, 0, -1):
        near, far = flat[:-distance], flat[distance:]
        for compare in (np.less_equal, np.greater_equal):
            compare(near, far, out=held[:-distance])
            np.left_shift(answers, 1, out=answers)
            np.bitwise_or(answers, held.view(np.uint8), out=answers)
    row = answers.view("<u4")
    found: Numbers = row & _FIRST | row >> 2 & _SECOND | row >> 6 & _THIRD
    return found


@cache
def tables() -> tuple[Places, Bits]:
    """For each number that answers make, the places, and the first place as bits."""
    every = np.array([*product(range(len(OPTIONS)), repeat=len(OPTIONS))], np.uint16)
    numbers = _answers(every)
    places = np.zeros((1 << 12, len(OPTIONS)), np.uint8)
    for number, worths in zip(numbers, every.tolist(), strict=True):
        ranked = sorted(set(worths), reverse=True)
        places[number] = [1 + ranked.index(worth) for worth in worths]
    return places, ((places == 1) << np.arange(len(OPTIONS))).sum(1, np.uint8)
