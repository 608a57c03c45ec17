"""Texts: bytes from a file or standard input, decoded and not too large.

In: a path. Out: its text, or what keeps it from being read. Knows nothing of
YAML.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

from boundaryethics.errors import Problem
from boundaryethics.policyfile.nodes import Page, Span

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

#: Bytes that a policy file may have.
MOST_OF_A_POLICY = 1024 * 1024
#: Bytes that a situation file may have.
MOST_OF_A_SITUATION = 64 * 1024

_WHY = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EISDIR: "is a folder, not a file",
    errno.EACCES: "may not be read",
    errno.ENAMETOOLONG: "there is no such file",
}


class TextError(Exception):
    """A text cannot be had; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem)


def text_of(path: Path | Traversable, *, file: str, most: int) -> str:
    """The text of the file at *path*, named *file* in problems.

    Raises:
        TextError: there is no such file, or it cannot be read or is too large.
    """
    try:
        with path.open("rb") as opened:
            return _read(opened, file=file, most=most)
    except (OSError, ValueError) as error:
        why = _WHY.get(getattr(error, "errno", None) or 0, "cannot be read")
        raise TextError(_unreadable(file, why)) from None


def text_of_input(*, most: int) -> str:
    """The text on standard input.

    Raises:
        TextError: it is too large, or not UTF-8.
    """
    if sys.stdin is None:
        raise TextError(_unreadable("-", "there is no standard input"))
    return _read(sys.stdin.buffer, file="-", most=most)


def size_problem(text: str, *, file: str, most: int) -> Problem | None:
    """The problem that *text* has more than *most* bytes, or None."""
    length = len(text)
    if length <= most:
        length = len(text.encode("utf-8", "surrogatepass"))
    return _too_large(file, length, most) if length > most else None


def _read(opened: IO[bytes], *, file: str, most: int) -> str:
    # Read no further than shows that it is too large, then only count.
    content = opened.read(most + 1)
    if len(content) > most:
        raise TextError(_too_large(file, _whole_length(opened), most))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise TextError(_not_utf8(content, error.start, file)) from None


def _whole_length(opened: IO[bytes]) -> int | None:
    return opened.seek(0, os.SEEK_END) if opened.seekable() else None


def _unreadable(file: str, why: str) -> Problem:
    return Problem(code="BE109", message=f"`{file}`: {why}")


def _too_large(file: str, length: int | None, most: int) -> Problem:
    has = f"has {length:,} bytes" if length else "does not end there"
    message = f"`{file}` is too large: {most:,} bytes can be read, and it {has}"
    return Problem(code="BE107", message=message)


def _not_utf8(content: bytes, start: int, file: str) -> Problem:
    page = Page.of(content.decode("utf-8", "replace"), file)
    before = Page.of(content[:start].decode("utf-8"), file).lines
    line, column = len(before) - 1, len(before[-1])
    return Problem(
        code="BE108",
        message=f"the byte 0x{content[start]:02X} is not UTF-8 text",
        where=page.place(Span(line, column, line, column + 1)),
        help="save the file as UTF-8",
    )
