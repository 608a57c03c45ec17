"""Working: variations in, their rows out as they come, by one process or several.

Each process gets the ground once. One that loses the process that started it ends,
so that nothing is left running whatever becomes of the sweep.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from contextvars import ContextVar
from multiprocessing.queues import Queue
from threading import Thread, current_thread, main_thread
from typing import TypeAlias

from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.variants.family import Variation
from boundaryethics.variants.ground import Ground
from boundaryethics.variants.measuring import measured
from boundaryethics.variants.rows import Row

#: A variation, or a row, with its place in the sweep.
Numbered: TypeAlias = tuple[int, Variation]
Done: TypeAlias = tuple[int, Row]

#: Variations that wait for each process, so that none waits for them.
_AHEAD = 4

_GROUND: ContextVar[Ground] = ContextVar("ground")


def refuse_unguarded(workers: int) -> None:
    """Nothing, where processes can be started.

    Raises:
        AnalysisError: this process was itself just started, and is about to run the
            script over again that started it.
    """
    beginning = getattr(multiprocessing.current_process(), "_inheriting", False)
    if workers > 1 and beginning:
        raise AnalysisError([_ended()])


def rows_of(
    ground: Ground, variations: Iterable[Numbered], workers: int
) -> Iterator[Done]:
    """The rows of *variations*, in any order.

    Raises:
        AnalysisError: a process ended that should not have.
    """
    if workers == 1:
        for number, variation in variations:
            yield number, measured(ground, variation)
        return
    try:
        yield from _in_processes(ground, variations, workers)
    except BrokenProcessPool as error:
        raise AnalysisError([_ended()]) from error


def _in_processes(
    ground: Ground, variations: Iterable[Numbered], workers: int
) -> Iterator[Done]:
    context = multiprocessing.get_context("spawn")
    # A process that fails to begin leaves unread what it is started with, and whoever
    # starts it waiting if that is large; so the ground goes by a way of its own.
    grounds = context.Queue()
    for _ in range(workers):
        grounds.put(ground)
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=(grounds,)
    )
    running: dict[Future[Row], int] = {}
    try:
        for number, variation in variations:
            with _undisturbed():
                running[pool.submit(_measured, variation)] = number
            if len(running) >= workers * _AHEAD:
                yield from _finished(running)
        while running:
            yield from _finished(running)
    finally:
        pool.shutdown(cancel_futures=True)
        grounds.cancel_join_thread()
        grounds.close()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No process that is started within is interrupted before it has begun.

    Whoever interrupts the sweep speaks to the process that started the others.
    """
    if current_thread() is not main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _finished(running: dict[Future[Row], int]) -> Iterator[Done]:
    """The rows that are done, one at least; no longer among those *running*."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        yield running.pop(future), future.result()


def _begin(grounds: Queue[Ground]) -> None:
    """What each process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()
    _GROUND.set(grounds.get())


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _measured(variation: Variation) -> Row:
    return measured(_GROUND.get(), variation)


def _ended() -> Problem:
    return Problem(
        code="BE813",
        message="a process of the sweep ended before its work was done",
        help="call `sweep` under `if __name__ == '__main__':`, or with `workers=1`; "
        "and see that there is memory for each",
    )
