"""Write files whole or not at all, lock them, and find the built-in files."""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from boundaryethics.errors import Problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: What may be done with a file that was not there, before the system takes away.
_MODE = 0o666


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file beside *path* that takes its name when all is written, and not before.

    A link stays, and what it points to is written; a file that is replaced leaves
    its mode to the new one.

    Raises:
        OSError: it cannot be written, or what is there is no regular file; what was
            there before still is.
    """
    mode = _mode_of(path)
    target = pointed_to(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        # Nobody may read the part who could not read the file that it replaces.
        with open(part, "x+b", opener=_opener(mode)) as file:
            if mode is not None:
                part.chmod(mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def why_taken(path: Path, code: str, *, force: bool) -> Problem | None:
    """Say, under *code*, why *path* is not to be written; None where it may be.

    Everything that writes asks this first, and again when all is written.
    """
    if not path.exists() or (force and path.is_file()):
        return None
    if path.is_file():
        message = f"`{path}` is there already"
        advice: str | None = "choose another name, or replace it with --force"
    else:
        message, advice = f"`{path}` is no file that could be replaced", None
    return Problem(code=code, message=message, help=advice, token=str(path))


def pointed_to(path: Path) -> Path:
    """Where *path* leads, through every link."""
    return Path(os.path.realpath(path))


def _opener(mode: int | None) -> Callable[[str, int], int]:
    return lambda name, flags: os.open(name, flags, _MODE if mode is None else mode)


def _mode_of(path: Path) -> int | None:
    """The mode of the regular file at *path*; None where there is nothing.

    Raises:
        OSError: something else is there, or it cannot be told.
    """
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
    """Remove what runs that are no more had begun to write for *path*."""
    begun = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for part in [p for p in path.parent.iterdir() if begun.fullmatch(p.name)]:
            # A run that goes on holds its own.
            with suppress(OSError), part.open("rb") as file:
                _hold(file)
                part.unlink()


def check(file: IO[bytes]) -> bool:
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


def rules_folder() -> Traversable:
    """Return the folder of the built-in policies, vocabulary and schemas.

    An installed package contains it; in a checkout it is at the top level.
    """
    from importlib.resources import files

    package = files("boundaryethics")
    inside = package.joinpath("rules")
    return inside if inside.is_dir() else package.joinpath("..", "..", "rules")
