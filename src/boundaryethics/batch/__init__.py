"""Compile policies, and rank many situations in data frames and files."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import (
        Compiled,
        Ranked,
        compile_policy,
        load_compiled,
    )
    from boundaryethics.batch.files import rank_file
    from boundaryethics.batch.frames import RankedFrame, explain, rank
    from boundaryethics.batch.reading import Reading
    from boundaryethics.batch.summary import Summary

#: The public names of each module. A module is imported when one of its names is used.
_NAMES = {
    "compiled": ("Compiled", "Ranked", "compile_policy", "load_compiled"),
    "files": ("rank_file",),
    "frames": ("RankedFrame", "explain", "rank"),
    "reading": ("Reading",),
    "summary": ("Summary",),
}

__all__ = [
    "Compiled",
    "Ranked",
    "RankedFrame",
    "Reading",
    "Summary",
    "compile_policy",
    "explain",
    "load_compiled",
    "rank",
    "rank_file",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    for module, names in _NAMES.items():
        if name in names:
            found = getattr(import_module(f"{__name__}.{module}"), name)
            globals()[name] = found
            return found
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """List every name, whether or not it has been imported yet."""
    return sorted({*globals(), *__all__})
