"""Count the calls of a function, as a reproducible measure of its running time."""

from __future__ import annotations

import sys
from collections.abc import Callable


def calls(work: Callable[[], object]) -> int:
    """Count the Python and C functions that *work* calls."""
    count = 0

    def note(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def grows_linearly(work: Callable[[int], object], small: int) -> bool:
    """Return whether *work* on four times *small* takes about four times the calls."""
    work(2)  # so that one-time work is already done
    return calls(lambda: work(4 * small)) < 6 * calls(lambda: work(small))
