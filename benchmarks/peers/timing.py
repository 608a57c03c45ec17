"""Time calls in alternation, so noise affects all of them equally."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, final

import attrs

#: The number of situations for one call before the next call has its turn.
_TURN = 50


@final
@attrs.frozen
class Spread:
    """Percentiles of call times, in microseconds."""

    p50: float
    p99: float


#: Situations, each as a mapping of facts to values.
Facts: TypeAlias = Sequence[dict[str, str]]
#: A function, and the situations to call it with.
Calls: TypeAlias = tuple[Callable[[Any], object], Facts]


def spreads(calls: Iterable[Calls]) -> list[Spread]:
    """Time each of *calls*, in alternation."""
    several = [*calls]
    taken: list[list[int]] = [[] for _ in several]
    for start in range(0, max(len(asked) for _, asked in several), _TURN):
        for times, (call, asked) in zip(taken, several, strict=True):
            times.extend(_nanoseconds(call, asked[start : start + _TURN]))
    return [_spread(times) for times in taken]


def _nanoseconds(call: Callable[[Any], object], asked: Facts) -> list[int]:
    times = []
    for one in asked:
        # Each mapping is new, as in an application.
        fresh = {**one}
        began = time.perf_counter_ns()
        call(fresh)
        times.append(time.perf_counter_ns() - began)
    return times


def _spread(times: list[int]) -> Spread:
    times.sort()
    half, late = times[len(times) // 2], times[len(times) * 99 // 100]
    return Spread(p50=half / 1e3, p99=late / 1e3)


def seconds(*calls: Callable[[], object], rounds: int) -> list[float]:
    """Return the median time of each of *calls* over alternating *rounds*."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for times, call in zip(taken, calls, strict=True):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return [statistics.median(times) for times in taken]
