"""The declared name nearest to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def closest(name: str, declared: Iterable[str]) -> str | None:
    """The one of *declared* most like *name*, or None where none is like it."""
    by_folded = {_folded(other): other for other in declared}
    near = get_close_matches(_folded(name)[:100], by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def did_you_mean(name: str, declared: Iterable[str]) -> str | None:
    """Advice that names the nearest of *declared*, or None."""
    near = closest(name, declared)
    return f"did you mean `{near}`?" if near else None


def _folded(name: object) -> str:
    return str(name).casefold().replace("-", "_").replace(" ", "_")
