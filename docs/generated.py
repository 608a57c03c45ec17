"""Write generated files, or check that they are up to date."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def write_or_check(files: Mapping[Path, str], script: str, *, check: bool) -> int:
    """Write *files*, or list those that are out of date, to be updated with *script*.

    Returns:
        The exit status: 1 if a file is out of date.
    """
    if not check:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return 0
    stale = [
        path
        for path, text in files.items()
        if not (path.is_file() and path.read_text("utf-8") == text)
    ]
    for path in stale:
        print(f"{path} is out of date: run `python {script}`", file=sys.stderr)
    return 1 if stale else 0
