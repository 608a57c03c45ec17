"""Many situations: a policy made ready once, and asked millions of times."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from boundaryethics.batch.compiling import compile, load_compiled  # noqa: A004

if TYPE_CHECKING:
    from boundaryethics.batch.files import rank_file
    from boundaryethics.batch.frames import explain, rank

__all__ = ["compile", "explain", "load_compiled", "rank", "rank_file"]

#: What is imported when it is asked for, so that the front door stays light.
_LATER = {"explain": "frames", "rank": "frames", "rank_file": "files"}


def __getattr__(name: str) -> Any:
    """What `__all__` lists, and nobody asked for before."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    found = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Every name, whether it was asked for or not."""
    return sorted({*globals(), *__all__})
