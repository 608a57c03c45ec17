"""Read and write files. All other modules open files only through this one.

For users, `docs/reference/files.md` describes how files are read and written.
"""

from __future__ import annotations

import errno
import io
import os
import re
import secrets
import stat
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from difflib import get_close_matches
from functools import partial
from hashlib import file_digest, sha256
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeAlias, final

from boundaryethics.errors import Problem, problem

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: Identifies a file by device and inode, or by its path if it does not exist.
Identity: TypeAlias = tuple[int, int] | str

#: The maximum length of a file name, in bytes.
LONGEST_NAME = 255

_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_WHY = {
    **dict.fromkeys(_NO_FILE, "file not found"),
    errno.EISDIR: "expected a file, found a folder",
    errno.EACCES: "permission denied",
    errno.EINVAL: "not a regular file",
    errno.ESTALE: "the file changed while it was read",
}


def why(error: OSError) -> str:
    """Return a short reason why a file cannot be read."""
    return _WHY.get(error.errno or 0, "cannot read the file")


def identity(path: str | Path) -> Identity:
    """Return the identity of a file, which is the same under all of its names."""
    try:
        found = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    except ValueError:
        return str(path)  # no file can have this name
    return found.st_dev, found.st_ino


def exists(path: str | Path) -> bool:
    """Return whether anything exists at *path*. Never raise an error."""
    return os.path.exists(path)


def is_file(path: str | Path) -> bool:
    """Return whether *path* is a regular file. Never raise an error."""
    return os.path.isfile(path)


#: The maximum number of files to compare with a file that was not found.
_COMPARED = 1_000


def similar_name(path: str | Path) -> str | None:
    """Find a file with a similar name in the folder of *path*, and return its path."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(folder or os.curdir) as found:
            names = [one.name for one in islice(found, _COMPARED)]
    except (OSError, ValueError):
        return None
    shown = sorted(one for one in names if one.isprintable())
    near = get_close_matches(name[:LONGEST_NAME], shown, n=1, cutoff=0.8)
    return os.path.join(folder, near[0]) if near else None


def is_folder(path: str | Path) -> bool:
    """Return whether *path* is a folder. Never raise an error."""
    return os.path.isdir(path)


def printable(name: str) -> str:
    """Return a file name in which bytes that are not valid UTF-8 are escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


@final
class _Inputs:
    """The files that the current command reads."""

    def __init__(self) -> None:
        self.read: set[Identity] = set()
        #: The content of pipes, which can be read only once.
        self.pipes: dict[Identity, bytes] = {}


_INPUTS: ContextVar[_Inputs | None] = ContextVar("inputs", default=None)


@contextmanager
def inputs_noted() -> Iterator[None]:
    """Within the block, read each pipe only once, and do not write to input files."""
    if _INPUTS.get():
        yield
        return
    token = _INPUTS.set(_Inputs())
    try:
        yield
    finally:
        _INPUTS.reset(token)


def note_input(path: str | Path) -> None:
    """Register *path* as an input of the current command."""
    if inputs := _INPUTS.get():
        inputs.read.add(identity(path))


#: The SHA-256 digest of each file that was read.
Digests: TypeAlias = dict[Path, str]


def add_digest(digests: Digests, path: Path, digest: str) -> None:
    """Add the digest of the file at *path* to *digests*.

    Raises:
        OSError: the file was read before and has changed since.
    """
    if digests.setdefault(path, digest) != digest:
        raise OSError(errno.ESTALE, "the file changed while it was read")


def add_digest_of(digests: Digests, path: Path) -> None:
    """Add the digest of a file that another library is about to read, or has read."""
    with opened(path) as file:
        add_digest(digests, path, file_digest(file, "sha256").hexdigest())


@final
class OwnerWarning(UserWarning):
    """Issued when a new file's owner or group differs from the old file's."""


@final
class TooLargeError(Exception):
    """Raised when a file has more bytes than allowed."""

    def __init__(self, length: int | None) -> None:
        #: The size in bytes, if it is known.
        self.length = length
        super().__init__(length)


def opened(path: Path, *, regular: bool = True) -> io.BufferedReader:
    """Open the file at *path* for reading.

    Raises:
        OSError: it cannot be read or, with *regular*, is a pipe or a device. With
            *regular*, the call never waits for the other end of a pipe.
    """
    file = _open_without_waiting(path, regular=regular)
    if inputs := _INPUTS.get():
        found = os.fstat(file.fileno())
        inputs.read.add((found.st_dev, found.st_ino))
    return file


def _open_without_waiting(path: Path, *, regular: bool = True) -> io.BufferedReader:
    _refuse_unusable(path)
    if regular:
        _refuse_irregular(path, os.stat(path))
    waits = 0 if not regular or sys.platform == "win32" else os.O_NONBLOCK
    file = open(  # noqa: SIM115 - the caller closes it
        path, "rb", opener=lambda name, flags: os.open(name, flags | waits)
    )
    try:
        if regular:
            _refuse_irregular(path, os.fstat(file.fileno()))
    except BaseException:
        file.close()
        raise
    return file


def content(
    where: Path | Traversable,
    *,
    most: int,
    regular: bool = False,
    digests: Digests | None = None,
) -> bytes:
    """Return the bytes of the file at *where*, and add their digest to *digests*.

    Raises:
        OSError: it cannot be read or, with *regular*, is not a regular file.
        TooLargeError: it has more than *most* bytes. The rest is not read.
    """
    if not isinstance(where, Path):
        return where.read_bytes()
    same, inputs = identity(where), _INPUTS.get()
    found = inputs.pipes.get(same) if inputs else None
    if found is None:
        with opened(where, regular=regular) as file:
            is_file = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            found = _content(file, most)
        if inputs and not is_file:
            inputs.pipes[same] = found
    if digests is not None:
        add_digest(digests, where, sha256(found).hexdigest())
    return found


@contextmanager
def in_utf_8(path: Path, encoding: str) -> Iterator[Path]:
    """Copy the text file at *path* to a temporary UTF-8 file that is deleted on exit.

    Raises:
        OSError: the file cannot be read, or the copy cannot be written.
        UnicodeError: the file is not in *encoding*.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        with (
            io.TextIOWrapper(opened(path), encoding, newline="") as text,
            open(copy, "w", encoding="utf-8", newline="") as file,
        ):
            while part := text.read(1 << 20):
                file.write(part)
        yield copy


def content_of_input(*, most: int) -> bytes:
    """Return the bytes of standard input.

    Raises:
        OSError: it is closed, or cannot be read.
        TooLargeError: it has more than *most* bytes.
    """
    if sys.stdin is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "-")
    return _content(sys.stdin.buffer, most)


def _content(file: IO[bytes], most: int) -> bytes:
    size = 0
    with suppress(OSError):  # tests pass buffers that have no file
        found = os.fstat(file.fileno())
        # Some system files have content but report a size of 0.
        size = 0 if file.tell() else stat.S_ISREG(found.st_mode) and found.st_size
    if size > most:
        raise TooLargeError(size)
    read = file.read(size or most + 1)
    if len(read) > most:
        raise TooLargeError(None)
    return read


def files_in(
    folder: Traversable, name: str, endings: tuple[str, ...]
) -> Iterator[tuple[Traversable, str]]:
    """Yield each regular file under *folder* that has one of *endings*, with its path.

    Hidden files and folders are left out. Links are followed, and each file and folder
    is visited once. The paths start with *name* instead of the path of *folder*.

    Raises:
        OSError: a folder cannot be read.
    """
    met = {identity(folder)} if isinstance(folder, Path) else set()
    waiting = _entries(folder, name)
    while waiting:
        entry, inner = waiting.pop()
        is_folder = entry.is_dir()
        wanted = entry.name.lower().endswith(endings)
        if not (is_folder or (wanted and entry.is_file())):
            continue
        if isinstance(entry, Path):
            if (same := identity(entry)) in met:
                continue
            met.add(same)
        if is_folder:
            waiting += _entries(entry, inner)
        else:
            yield entry, inner


def _entries(folder: Traversable, name: str) -> list[tuple[Traversable, str]]:
    """Return the entries of *folder* that are not hidden, sorted by name in reverse."""
    shown = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    shown.sort(key=lambda entry: entry.name, reverse=True)
    return [(entry, f"{name}/{entry.name}") for entry in shown]


def files_of_folder(folder: Path, endings: tuple[str, ...]) -> list[Path]:
    """Return the regular files directly in *folder* that have one of *endings*.

    Each file is listed once. Hidden files, and links to targets outside *folder*, are
    left out. The list is empty if the folder cannot be read.
    """
    root = os.path.realpath(folder)
    found: dict[Identity, Path] = {}
    with suppress(OSError):
        names = sorted(n for n in os.listdir(folder) if n.lower().endswith(endings))
        for path in (folder / name for name in names if not name.startswith(".")):
            inside = Path(os.path.realpath(path)).is_relative_to(root)
            if inside and os.path.isfile(path):
                found.setdefault(identity(path), path)
    return [*found.values()]


@contextmanager
def atomic_file(path: Path, *, over_input: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file that is renamed to *path* when it is complete.

    If *path* is a link, it stays a link, and its target is replaced. The new file gets
    the mode, the owner and the group of the file that it replaces. If the owner or the
    group cannot be set, a warning is issued. Temporary files left by runs that were
    killed are removed.

    Raises:
        OSError: the file cannot be written or is not a regular file, or the same
            command reads it and *over_input* is not set. An existing file is left
            unchanged.
    """
    target = link_target(path)
    old = _replaced(path)
    if not over_input:
        _refuse_input(path)
    _remove_left_behind(target)
    part = target.with_name(f"{_parts_of(target)}{secrets.token_hex(4)}.part")
    # Users who cannot read the old file must not be able to read the temporary file.
    mode = 0o666 if old is None else 0o600
    try:
        with _created(part, mode) as file:
            if old is not None:
                _resemble(path, file, old)
            yield file
            file.flush()
            os.fsync(file.fileno())
            if sys.platform == "win32":
                file.close()  # Windows cannot rename an open file
            part.replace(target)
    finally:
        # If this fails too, the next run for the same output removes the file.
        with suppress(OSError):
            part.unlink()
    _sync(target.parent)


def overwrite_problem(path: Path, code: str, *, force: bool) -> Problem | None:
    """Return a problem with *code* if *path* must not be written to, else None.

    Writers check this before they start, and again when the file is complete. Even with
    *force*, they do not replace an input of the same command.
    """
    if not exists(path):
        return None
    message, advice = f"`{path}` already exists", None
    if not is_file(path):
        message = f"`{path}` is not a regular file, so it cannot be overwritten"
    elif _is_input(path):
        message = f"`{path}` is read by the same command, so it cannot be overwritten"
        advice = "use another name"
    elif force:
        return None
    else:
        advice = "use another name, or overwrite it with `--force` or `force=True`"
    return Problem(code=code, message=message, help=advice, token=str(path))


def link_target(path: Path) -> Path:
    """Resolve all symbolic links in *path*."""
    _refuse_unusable(path)
    return Path(os.path.realpath(path))


def _refuse_unusable(path: Path) -> None:
    try:
        usable = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        usable = False
    if not usable:
        raise FileNotFoundError(errno.ENOENT, "no file can have this name", str(path))


def _is_input(path: Path) -> bool:
    inputs = _INPUTS.get()
    return inputs is not None and identity(path) in inputs.read


def _refuse_input(path: Path) -> None:
    if _is_input(path):
        raise OSError(errno.EINVAL, "it is read by the same command", str(path))


def _replaced(path: Path) -> os.stat_result | None:
    """Return the status of the regular file at *path*, or None if nothing is there."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    _refuse_irregular(path, found)
    return found


def _refuse_irregular(path: Path, found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "not a regular file", str(path))


def _resemble(path: Path, file: IO[bytes], old: os.stat_result) -> None:
    """Set the owner, the group and the mode of *file* to those of the *old* file."""
    mode = stat.S_IMODE(old.st_mode)
    if sys.platform == "win32":
        Path(file.name).chmod(mode)
        return
    number = file.fileno()
    for owner in (old.st_uid, -1):
        with suppress(OSError):
            os.fchown(number, owner, old.st_gid)
            break
    new = os.fstat(number)
    if new.st_gid != old.st_gid:
        # If the group differs, the group gets only the permissions that all users have.
        mode = mode & 0o707 | (mode & 0o007) << 3
    if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
        mode &= 0o777
        message = problem("BE745", file=path).message
        warnings.warn(message, OwnerWarning, stacklevel=4)
    os.fchmod(number, mode)


def _sync(folder: Path) -> None:
    """Flush *folder*'s directory entries to disk, if the file system supports it."""
    if sys.platform == "win32":
        return
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _parts_of(target: Path) -> str:
    """Return the prefix of temporary file names for *target*.

    It is short, because the name of *target* may have the maximum length.
    """
    return f".{sha256(os.fsencode(target.name)).hexdigest()[:16]}."


def _created(part: Path, mode: int) -> IO[bytes]:
    """Create the temporary file *part*, and keep it locked while it is open."""
    while True:
        file = open(part, "x+b", opener=partial(os.open, mode=mode))  # noqa: SIM115
        with suppress(OSError):  # some file systems have no locks
            _lock(file, wait=True)
        # Before the file was locked, another run could remove it as a leftover.
        if part.exists():
            return file
        file.close()


def _remove_left_behind(target: Path) -> None:
    """Remove temporary files for *target* that earlier runs left behind."""
    begun = re.compile(rf"{re.escape(_parts_of(target))}[0-9a-f]{{8}}\.part")
    with suppress(OSError):
        for part in [p for p in target.parent.iterdir() if begun.fullmatch(p.name)]:
            # Do not register an input: another run may still rename this file to
            # *target*.
            with suppress(OSError), _open_without_waiting(part) as file:
                _lock(file, wait=False)
                # The run that created this file may have replaced it with another one
                # of the same name.
                if os.path.samestat(os.fstat(file.fileno()), part.stat()):
                    part.unlink()


def _lock(file: IO[bytes], *, wait: bool) -> None:
    """Lock *file* until it is closed.

    Raises:
        OSError: the file system has no locks, or *wait* is not set and another run has
            locked the file.
    """
    if sys.platform == "win32":
        return  # Windows does not remove an open file.
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def rules_folder() -> Traversable:
    """Return the folder with the built-in policies, vocabulary and schemas.

    An installed package contains it; in a checkout, it is at the top level.
    """
    from importlib.resources import files

    package = files("boundaryethics")
    inside = package.joinpath("rules")
    return inside if inside.is_dir() else package.joinpath("..", "..", "rules")


def rules_text(*names: str) -> str:
    """Return the text of a file in the folder of the built-in policies."""
    return rules_folder().joinpath(*names).read_text("utf-8")
