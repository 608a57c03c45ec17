"""Outputs: what a command writes is a file by itself, and none that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click


def refuse_shared(
    read: Mapping[str, str | Path | None], written: Mapping[str, str | Path | None]
) -> None:
    """Nothing, where each file is *written* once, and none that is *read*.

    Args:
        read: paths under what they are called on the command line; None where it is
            not given.
        written: the same.

    Raises:
        click.UsageError: two are the same file.
    """
    met = {_where(path): name for name, path in read.items() if path is not None}
    for name, path in written.items():
        if path is None:
            continue
        other = met.setdefault(_where(path), name)
        if other != name:
            message = f"{other} and {name} are one file: `{path}`"
            raise click.UsageError(message)


def _where(path: str | Path) -> Path:
    """Where *path* leads, whichever way it is written."""
    return Path(path).resolve()
