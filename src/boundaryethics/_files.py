"""Write files completely or not at all, lock them, and find the built-in files."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

from boundaryethics.errors import Problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file that is renamed to *path* when everything is written.

    If *path* is a link, its target is replaced. A new file gets the mode of the file
    that it replaces.

    Raises:
        OSError: it cannot be written, or *path* is not a regular file; an older file is
            left unchanged.
    """
    mode = _mode_of(path)
    target = pointed_to(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    # Users who cannot read the old file must not be able to read the temporary one.
    opener = partial(os.open, mode=0o666 if mode is None else mode)
    try:
        with open(part, "x+b", opener=opener) as file:
            if mode is not None:
                part.chmod(mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def why_taken(path: Path, code: str, *, force: bool) -> Problem | None:
    """Return a problem with *code* if *path* must not be written, or else None.

    Writers check this first, and again when everything is written.
    """
    if not path.exists() or (force and path.is_file()):
        return None
    message, advice = f"`{path}` already exists", None
    if path.is_file():
        advice = "use another name, or overwrite it with `--force` or `force=True`"
    else:
        message = f"`{path}` is not a regular file, so it cannot be overwritten"
    return Problem(code=code, message=message, help=advice, token=str(path))


def pointed_to(path: Path) -> Path:
    """Follow every link of *path*."""
    return Path(os.path.realpath(path))


def _mode_of(path: Path) -> int | None:
    """Return the mode of the regular file at *path*, or None if no file exists."""
    try:
        found = path.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found):
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return stat.S_IMODE(found)


def remove_left_behind(path: Path) -> None:
    """Remove temporary files for *path* that earlier runs did not remove."""
    begun = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for part in [p for p in path.parent.iterdir() if begun.fullmatch(p.name)]:
            # A run that is still writing holds a lock.
            with suppress(OSError), part.open("rb") as file:
                _lock(file)
                part.unlink()


def check(file: IO[bytes]) -> bool:
    """Lock *file* until it is closed; return false if another run has locked it.

    On a file system without locks, a file counts as unlocked.
    """
    try:
        _lock(file)
    except OSError as error:
        return not isinstance(error, BlockingIOError)
    return True


def _lock(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        return  # Windows does not remove an open file.
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def rules_folder() -> Traversable:
    """Return the folder of the built-in policies, vocabulary and schemas.

    An installed package contains it; in a checkout, it is at the top level.
    """
    from importlib.resources import files

    package = files("boundaryethics")
    inside = package.joinpath("rules")
    return inside if inside.is_dir() else package.joinpath("..", "..", "rules")
