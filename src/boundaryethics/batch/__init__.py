"""Rank many situations: compiled policies, data frames and files."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundaryethics.model.policy import Policy
from boundaryethics.policies import as_policy

if TYPE_CHECKING:
    from boundaryethics.batch.compiled import Compiled, Ranked
    from boundaryethics.batch.files import rank_file
    from boundaryethics.batch.frames import RankedFrame, explain, rank
    from boundaryethics.batch.summary import Summary

__all__ = [
    "Compiled",
    "Ranked",
    "RankedFrame",
    "Summary",
    "compile_policy",
    "explain",
    "load_compiled",
    "rank",
    "rank_file",
]

#: Names that are imported when they are first used, with their modules.
_LATER = {
    "Compiled": "compiled",
    "Ranked": "compiled",
    "RankedFrame": "frames",
    "Summary": "summary",
    "explain": "frames",
    "rank": "frames",
    "rank_file": "files",
}


def compile_policy(policy: Policy | str | Path) -> Compiled:
    """Compile *policy*, given as such or by its id or path, to rank quickly.

    Raises:
        PolicyError: the policy is abstract, or cannot be made ready to run.
        EngineError: its points are too large to be added.
    """
    from boundaryethics.batch.compiled import compile_one

    return compile_one(as_policy(policy))


def load_compiled(path: str | Path, policy: Policy | str | Path) -> Compiled:
    """Load *policy*, as such or by its id or path, as `Compiled.save` wrote it.

    Raises:
        PolicyError: the file cannot be read, was altered, or is another policy's.
    """
    from boundaryethics.batch.compiled import loaded

    return loaded(Path(path), as_policy(policy))


def __getattr__(name: str) -> Any:
    """Import a name of `__all__` when it is first used."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """List every name, whether it is imported yet or not."""
    return sorted({*globals(), *__all__})
