"""Sizes of the measurements."""

from __future__ import annotations

from typing import Self, final

import attrs


@final
@attrs.frozen(kw_only=True)
class Sizes:
    """Numbers of rows, situations and rules, and of repetitions."""

    #: The number of rows in coded columns.
    rows: int
    #: The number of rows in text columns and in files.
    texts: int
    #: The numbers of rows on PySpark, in ascending order.
    cluster: tuple[int, ...]
    #: The number of single situations for each call.
    situations: int
    #: The numbers of rules in the random policies, in ascending order.
    rules: tuple[int, ...]
    rounds: int

    @classmethod
    def whole(cls, rows: int) -> Self:
        """Return the sizes of a full run with at most *rows* rows."""
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
        """Return small sizes, to test that everything works."""
        small = cls.whole(rows)
        return attrs.evolve(small, situations=200, rules=(50, 100), rounds=1)
