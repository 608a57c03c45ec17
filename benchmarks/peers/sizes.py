"""Sizes: how much is measured."""

from __future__ import annotations

from typing import Self, final

import attrs


@final
@attrs.frozen(kw_only=True)
class Sizes:
    """How many rows, situations and rules, and how often."""

    #: Rows of coded columns.
    rows: int
    #: Rows of columns of text, and of files.
    texts: int
    #: Rows on PySpark, fewest first.
    cluster: tuple[int, ...]
    #: Situations asked one by one, of each kind.
    situations: int
    #: Rules of the random policies, fewest first.
    rules: tuple[int, ...]
    rounds: int

    @classmethod
    def whole(cls, rows: int) -> Self:
        """All that is measured, of so many rows at most."""
        return cls(
            rows=rows,
            texts=max(rows // 5, 1),
            cluster=(max(rows // 10, 1), max(rows * 2 // 5, 1)),
            situations=10_000,
            rules=(50, 200, 500, 1_000, 2_000),
            rounds=5,
        )

    @classmethod
    def quick(cls, rows: int) -> Self:
        """Little of everything: to see that it works, not how long it takes."""
        small = cls.whole(rows)
        return attrs.evolve(small, situations=200, rules=(50, 100), rounds=1)
