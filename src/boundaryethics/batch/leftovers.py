"""Leftovers: what a run that was killed had begun to write, found and removed.

A run holds the file that it writes, until it ends in whichever way.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO


def remove_left_behind(path: Path) -> None:
    """Remove what runs that are no more had begun to write for *path*."""
    begun = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for part in [p for p in path.parent.iterdir() if begun.fullmatch(p.name)]:
            # A run that goes on holds its own.
            with suppress(OSError), part.open("rb") as file:
                _hold(file)
                part.unlink()


def hold(file: IO[bytes]) -> bool:
    """Hold *file* until it is closed; false where another run holds it.

    Where nothing can be held, nothing is known to hold it either.
    """
    try:
        _hold(file)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _hold(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        return  # what is open there cannot be removed
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
