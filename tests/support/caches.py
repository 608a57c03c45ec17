"""The caches of the library's functions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from importlib import import_module
from pathlib import Path
from typing import Any

import boundaryethics

PACKAGE = Path(boundaryethics.__file__).parent


def load_everything() -> None:
    """Import every module of the library except the hook for PyInstaller."""
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        if "__pyinstaller" not in parts and parts[-1] != "__main__":
            import_module(".".join(part for part in parts if part != "__init__"))


def caches() -> Iterator[tuple[str, _lru_cache_wrapper[Any]]]:
    """Yield each cache of the modules that are loaded, by the name of its function."""
    found = {
        f"{one.__module__}.{one.__name__}": one
        for name, module in sorted(sys.modules.items())
        if name.partition(".")[0] == "boundaryethics"
        for one in vars(module).values()
        if isinstance(one, _lru_cache_wrapper)
    }
    yield from found.items()
