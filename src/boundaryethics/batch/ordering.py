"""Ordering: the worths of the options as one number in, their ranking out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from itertools import product
from typing import final

import attrs

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.options import Option


@final
@attrs.frozen
class Ordering:
    """How worths of so many bits each, the first option's lowest, are ordered."""

    bits: int

    def ranking(self, worths: int) -> Ranking:
        """The options in order; equal worths share a place (S16)."""
        mask, bits = self._mask, self.bits
        one = worths & mask
        worths >>= bits
        two = worths & mask
        worths >>= bits
        three = worths & mask
        four = worths >> bits
        # Who is above whom, and where nobody is, equal: so each order has its key.
        return self._rankings[
            one > two, one > three, one > four, two > three, two > four, three > four,
            one < two, one < three, one < four, two < three, two < four, three < four,
        ]  # fmt: skip

    @cached_property
    def _mask(self) -> int:
        return (1 << self.bits) - 1

    @cached_property
    def _rankings(self) -> Mapping[tuple[bool, ...], Ranking]:
        return {
            (
                *(worths[a] > worths[b] for a, b in _PAIRS),
                *(worths[a] < worths[b] for a, b in _PAIRS),
            ): _ranking(worths)
            for worths in product(range(len(Option)), repeat=len(Option))
        }


_PAIRS = tuple((a, b) for a in range(len(Option)) for b in range(a + 1, len(Option)))


def _ranking(worths: tuple[int, ...]) -> Ranking:
    return tuple(
        tuple(o for o, worth in zip(Option, worths, strict=True) if worth == one)
        for one in sorted(set(worths), reverse=True)
    )
