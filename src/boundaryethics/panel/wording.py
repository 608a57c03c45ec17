"""How many of what, in words."""

from __future__ import annotations


def counted(number: int, thing: str) -> str:
    """*number* and *thing*, in the plural unless there is one."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
