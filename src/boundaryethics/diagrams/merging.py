"""Rows that are equal, brought together.

Rows are sorted by a digest of 64 bits, and neighbours that are equal in full become
one. Where two digests coincide, equal rows may stay apart: that costs room, and
never changes a count, for no two unequal rows are ever taken for one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from boundaryethics.diagrams.arrays import Truths, Whole

_ODD = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


def merged(columns: Sequence[npt.NDArray[np.int64]]) -> tuple[Whole, Whole]:
    """The first of each group of equal rows, and for each row its group."""
    size = len(columns[0])
    if size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    order = np.argsort(_digest(columns), kind="stable")
    differs = np.zeros(size, bool)
    differs[0] = True
    for column in columns:
        ordered = column[order]
        differs[1:] |= ordered[1:] != ordered[:-1]
    group = np.empty(size, np.int64)
    group[order] = np.cumsum(differs) - 1
    return order[differs], group


def packed(bits: Truths) -> list[Whole]:
    """Columns of 64 bits each that hold the rows of *bits*, a row for each bit."""
    words = []
    for start in range(0, len(bits), 64):
        part = np.packbits(bits[start : start + 64], axis=0, bitorder="little")
        filled = np.zeros((8, bits.shape[1]), np.uint8)
        filled[: len(part)] = part
        words.append(np.ascontiguousarray(filled.T).view(np.int64)[:, 0])
    return words or [np.zeros(bits.shape[1], np.int64)]


def _digest(columns: Sequence[npt.NDArray[np.int64]]) -> npt.NDArray[np.uint64]:
    digest = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        digest ^= column.view(np.uint64)
        digest *= _ODD
        digest ^= digest >> _SHIFT
    return digest
