"""Wording: how many of something there are, in words."""

from __future__ import annotations


def plural(count: int, thing: str) -> str:
    """So many of *thing*: `1 situation`, `1,000 situations`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
