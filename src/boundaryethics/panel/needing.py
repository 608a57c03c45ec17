"""Needing: the libraries that statistics take, or what to install to have them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from boundaryethics.errors import PanelError, Problem


def needed(module: str) -> Any:
    """The module called *module*.

    Raises:
        PanelError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as missing:
        name = (missing.name or module).partition(".")[0]
        raise PanelError([_missing(name)]) from missing


def _missing(name: str) -> Problem:
    return Problem(
        code="BE830",
        message=f"the panel cannot be looked at: {name} is not installed",
        help="pip install 'boundaryethics[stats]'",
    )
