"""Read what a command shows on a pseudo-terminal."""

from __future__ import annotations

import os


def shown_on(terminal: int) -> str:
    """Read all output of *terminal*, whose other end is closed, and close it."""
    shown = b""
    # Further reads end with an error or return nothing.
    try:
        while part := os.read(terminal, 65536):
            shown += part
    except OSError:
        pass
    os.close(terminal)
    return shown.decode()
