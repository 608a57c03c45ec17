"""Name a value that somebody stated, in a problem about it."""

from __future__ import annotations

from collections.abc import Mapping

from boundaryethics._closest import did_you_mean

#: Characters of a mistaken value that are shown.
_SHOWN = 60
#: Whole numbers below this are shown.
_COUNTABLE = 10**18


def told(value: object) -> str:
    """*value*, as a problem shows it."""
    match value:
        case str():
            return f"`{value}`" if len(value) <= _SHOWN else f"`{value[:_SHOWN]}…`"
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) < _COUNTABLE:
            return f"the number {value}"
        case int() | float():
            return "a number"
        case list() | tuple() | set() | frozenset():
            return "a list"
        case Mapping():
            return "a group of values"
        case _:
            return "anything but text"


def advice(among: tuple[str, ...], value: object) -> str:
    """What to give instead of *value*: one of the values *among*."""
    allowed = ", ".join(f"`{one}`" for one in among)
    near = did_you_mean(value, among) if isinstance(value, str) else None
    return f"{near} it is one of {allowed}" if near else f"it is one of {allowed}"
