"""Ending: the process is told to end, and what it began is put away first."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: What tells a process to end; not there on every system.
_SIGNALS = ("SIGTERM", "SIGHUP")
#: What a shell adds to the number of a signal, for the status.
_BY_SIGNAL = 128


@contextmanager
def ending_tidily() -> Iterator[None]:
    """Within, a signal to end is an exit, so that whoever has begun can clear up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    # What is ignored, as under nohup, stays so.
    mine = [one for one in asked if signal.getsignal(one) is signal.SIG_DFL]
    for one in mine:
        signal.signal(one, _end)
    try:
        yield
    finally:
        for one in mine:
            signal.signal(one, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    sys.exit(_BY_SIGNAL + number)
