"""Journals: the rows of a sweep as they come, so that a stopped one goes on.

A journal stands beside the file that the sweep is to become. Its first line says
which sweep it is of; each other holds one row. A line that was cut short, as when
the machine stopped, is dropped. One sweep at a time has it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, TypeAlias, final

import attrs

from boundaryethics._whole_file import hold
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.variants.rows import Row, row_of

#: What a sweep is known by: all that its rows depend on, in words and digests.
Header: TypeAlias = Mapping[str, Any]

#: Raised whenever a journal of before would be read wrongly.
FORMAT = 2

_FORMAT, _NUMBER, _CELLS, _SEAL = "journal", "number", "cells", "sha256"


@final
@attrs.frozen(eq=False)
class Journal:
    """Rows by number, each kept as soon as it is known."""

    rows: dict[int, Row]
    _file: IO[bytes] | None = None

    def add(self, number: int, row: Row) -> None:
        """Keep *row*.

        Raises:
            AnalysisError: it cannot be written.
        """
        self.rows[number] = row
        if self._file:
            with _refusing(Path(self._file.name)):
                self._file.write(_sealed({_NUMBER: number, _CELLS: row.cells()}))
                self._file.flush()


def journal_path(out: Path) -> Path:
    """Where the journal of the sweep stands that is to become *out*."""
    return out.with_name(f"{out.name}.journal")


@contextmanager
def journal(out: Path | None, header: Header, *, force: bool) -> Iterator[Journal]:
    """The journal of the sweep that *header* tells; without *out*, one in memory.

    It is left behind whatever happens within, and removed where all went well.

    Raises:
        AnalysisError: the journal that is there is of another sweep, was altered, is
            being written by another process, or cannot be read or written; with
            *force*, one of another sweep makes way.
    """
    if out is None:
        yield Journal({})
        return
    path = journal_path(out)
    with _refusing(path):
        file = path.open("a+b")
    with file:
        if not hold(file):
            raise AnalysisError([_being_written(path)])
        with _refusing(path):
            rows, good = _read(path, file, header, force=force)
            file.truncate(good)
            if not good:
                file.write(_line({_FORMAT: FORMAT, **header}))
                file.flush()
        yield Journal(rows, file)
    with _refusing(path):
        path.unlink(missing_ok=True)


def _read(
    path: Path, file: IO[bytes], header: Header, *, force: bool
) -> tuple[dict[int, Row], int]:
    """The rows that are there, and how far the journal is good."""
    file.seek(0)
    lines = file.read().splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        del lines[-1]
    if not lines:
        return {}, 0
    told = _plain(path, 1, lines[0])
    wanted = json.loads(_line({_FORMAT: FORMAT, **header}))
    if told != wanted:
        if force:
            return {}, 0
        raise AnalysisError([_of_another(path, told, wanted)])
    rows = dict(_row(path, n, line) for n, line in enumerate(lines[1:], start=2))
    return rows, sum(map(len, lines))


def _row(path: Path, number: int, line: bytes) -> tuple[int, Row]:
    told = _plain(path, number, line)
    seal = told.pop(_SEAL, None)
    if seal != _seal(told):
        raise AnalysisError([_altered(path, number)])
    try:
        return int(told[_NUMBER]), row_of(told[_CELLS])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnalysisError([_altered(path, number)]) from error


def _plain(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except (TypeError, ValueError) as error:
        raise AnalysisError([_altered(path, number)]) from error


def _sealed(told: Mapping[str, Any]) -> bytes:
    """*told* as a line that shows when it was altered."""
    return _line({**told, _SEAL: _seal(told)})


def _seal(told: Mapping[str, Any]) -> str:
    return sha256(_line(told)).hexdigest()


def _line(told: Mapping[str, Any]) -> bytes:
    return f"{json.dumps(told, ensure_ascii=False)}\n".encode()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        message = f"the journal `{path}` cannot be read or written: {why}"
        raise AnalysisError([Problem(code="BE810", message=message)]) from error


def _being_written(path: Path) -> Problem:
    return Problem(
        code="BE818",
        message=f"the journal `{path}` is being written by another sweep",
        help="wait until it ends, stop it, or write to another file",
        token=str(path),
    )


def _of_another(
    path: Path, told: Mapping[str, Any], wanted: Mapping[str, Any]
) -> Problem:
    other = ", ".join(k for k in wanted if told.get(k) != wanted[k]) or "its header"
    return Problem(
        code="BE811",
        message=f"the journal `{path}` is of another sweep: {other} differ",
        help="ask as before to go on with that one; or let it make way: `--force`, "
        "`force=True`",
        token=str(path),
    )


def _altered(path: Path, number: int) -> Problem:
    return Problem(
        code="BE812",
        message=f"the journal `{path}` was altered: line {number} is no row of a sweep",
        help="remove it, and sweep anew",
        token=str(path),
    )
