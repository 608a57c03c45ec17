"""Refusing: whatever goes wrong while a file is read, told of that file.

What the file holds is not told: it may be what a client said.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from boundaryethics.errors import Problem, TableError


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Whatever goes wrong within is told of the file at *path*.

    Raises:
        TableError: something went wrong.
    """
    import pyarrow as pa

    try:
        yield
    except OSError as error:
        raise TableError([unreadable(path, error.strerror or str(error))]) from error
    except UnicodeDecodeError as error:
        raise TableError([unreadable(path, "it is not UTF-8")]) from error
    except (pa.ArrowException, csv.Error) as error:
        raise TableError([unreadable(path, str(error))]) from error


def unreadable(path: Path, why: str, advice: str | None = None) -> Problem:
    """That the file at *path* cannot be read, and *why*."""
    told = " ".join(why.split())[:200].rstrip(".")
    if not told[1:2].isupper():
        told = told[:1].lower() + told[1:]
    message = f"`{path}` cannot be read: {told}"
    return Problem(code="BE731", message=message, help=advice)
