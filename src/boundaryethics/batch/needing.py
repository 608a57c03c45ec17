"""Needing: the libraries that tables take, or what to install to have them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from boundaryethics.errors import Problem, TableError


def needed(*libraries: str) -> tuple[Any, ...]:
    """The modules called *libraries*.

    Raises:
        TableError: one is not installed.
    """
    try:
        return tuple(map(import_module, libraries))
    except ImportError as missing:
        name = (missing.name or str(missing)).partition(".")[0]
        raise TableError([_missing(name)]) from missing


def _missing(name: str) -> Problem:
    return Problem(
        code="BE720",
        message=f"tables cannot be ranked: {name} is not installed",
        help="pip install 'boundaryethics[frames]'",
    )
