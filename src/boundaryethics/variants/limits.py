"""Limits: sweeps that would take longer than somebody meant to wait are refused.

A sweep is refused at once where it could not be done in time even at the best pace
there is; and after its first variants where it cannot at the pace that they show.
"""

from __future__ import annotations

from time import perf_counter
from typing import final

from boundaryethics.errors import AnalysisError, Problem

#: Seconds that a sweep may take unless somebody says otherwise.
A_DAY = 86_400.0

#: What time is told in, and in seconds how long each is.
_UNITS = (("day", A_DAY), ("hour", 3_600.0), ("minute", 60.0), ("second", 1.0))

#: Variants that one process measures in a second at the very best.
_BEST = 100
#: Variants of each process after which the pace is known.
_FIRST = 5


@final
class Pace:
    """How quickly a sweep gets on, beside how long it may take."""

    def __init__(self, size: int, workers: int, limit: float | None) -> None:
        self.size = size
        self.workers = workers
        self._limit = limit
        self._began: float | None = None
        self._done = 0

    def refuse_hopeless(self) -> None:
        """Nothing, where the best pace there is would do.

        Raises:
            AnalysisError: it would not.
        """
        best = self.size / (_BEST * self.workers)
        if self._limit is not None and best > self._limit:
            raise AnalysisError([_too_many(self.size, best, at_best=True)])

    def step(self, left: int) -> None:
        """One more variant was measured, and so many are *left*.

        Raises:
            AnalysisError: at this pace the rest takes too long.
        """
        now = perf_counter()
        if self._began is None:
            self._began = now
            return
        self._done += 1
        if self._limit is None or self._done != _FIRST * self.workers:
            return
        takes = (now - self._began) / self._done * left
        if takes > self._limit:
            raise AnalysisError([_too_many(self.size, takes, at_best=False)])


def _too_many(size: int, seconds: float, *, at_best: bool) -> Problem:
    pace = "even at its quickest" if at_best else "at the pace of the first"
    return Problem(
        code="BE815",
        message=f"{size:,} variants are too many: {pace} they take about "
        f"{_lasting(seconds)}",
        help="draw some with a Sobol or Latin design, give more facts, or lift the "
        "limit: `--yes`, `limit=None`",
    )


def _lasting(seconds: float) -> str:
    """*seconds* in the largest unit of which they have one; never none."""
    unit, length = next((one for one in _UNITS if seconds >= one[1]), _UNITS[-1])
    number = max(round(seconds / length), 1)
    return f"{number:,} {unit}{'' if number == 1 else 's'}"
