"""Several counts written as the digits of a few numbers.

In: how far each count can go, up or down. Out: rows of counts as rows of words, and
back. To add counts is to add words; rows are equal just where their words are.
"""

from __future__ import annotations

from typing import Self, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Whole

#: No word comes near this, so that it is exact as a float too.
_WIDEST = 1 << 48


@final
@attrs.frozen
class Digits:
    """How counts are written."""

    #: The greatest size of each count.
    reach: tuple[int, ...]
    #: The counts that each word holds, lowest digit first.
    words: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, reach: tuple[int, ...]) -> Self:
        """Words for counts of up to *reach*, none of which may pass 2**46."""
        words: list[list[int]] = [[]]
        room = 1
        for count, most in enumerate(reach):
            room *= 2 * most + 1
            if room > _WIDEST:
                words.append([])
                room = 2 * most + 1
            words[-1].append(count)
        return cls(reach, tuple(map(tuple, words)))

    def written(self, counts: Whole) -> Whole:
        """Rows of *counts* as rows of words."""
        words = np.zeros((len(counts), len(self.words)), np.int64)
        for number, held in enumerate(self.words):
            for count in reversed(held):
                words[:, number] *= 2 * self.reach[count] + 1
                words[:, number] += counts[:, count]
        return words

    def read(self, words: Whole) -> Whole:
        """The rows of counts that are written so, in numbers as small as will do."""
        small = np.min_scalar_type(-max(self.reach, default=0) - 1)
        counts = np.zeros((len(words), len(self.reach)), small)
        for number, held in enumerate(self.words):
            left = words[:, number].copy()
            for count in held:
                most = self.reach[count]
                digit = (left + most) % (2 * most + 1) - most
                counts[:, count] = digit
                left = (left - digit) // (2 * most + 1)
        return counts
