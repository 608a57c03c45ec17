"""Checking what is to be drawn, before anything is: names, numbers and how many.

In: plain values. Out: the names as they can be drawn, or every problem at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

from boundaryethics.errors import PictureError, Problem

#: A picture with more rows or columns is a book.
MOST = 1_000
#: And so is one of more cells.
MOST_CELLS = 150 * 150


def drawable(name: str) -> str:
    """*name* without what no picture can hold, such as control characters."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def names_of(names: Iterable[str]) -> tuple[str, ...]:
    """*names* as they can be drawn.

    Raises:
        PictureError: two of them look the same, or there are too many.
    """
    found = tuple(map(drawable, names))
    problems = [
        Problem(code="BE864", message=f"`{name}` is to be drawn twice", token=name)
        for name, times in Counter(found).items()
        if times > 1
    ]
    refuse_all([*problems, *_too_many(len(found))])
    return found


def rows_of(names: Iterable[str]) -> tuple[str, ...]:
    """*names* as they can be drawn, each once, in the order in which they come.

    Raises:
        PictureError: there are too many.
    """
    found = tuple(dict.fromkeys(map(drawable, names)))
    refuse_all(_too_many(len(found)))
    return found


def refuse_unlike(
    rows: Sequence[str], columns: Sequence[str], values: Sequence[Sequence[object]]
) -> None:
    """Nothing, where there is a value for each row and column, and not too many.

    Raises:
        PictureError: there is not, or there are.
    """
    refuse_crowded(rows, columns)
    if len(values) == len(rows) and {len(columns)} >= {len(row) for row in values}:
        return
    lengths = sorted({len(row) for row in values})
    message = (
        f"there are {len(rows)} rows of {len(columns)} columns to draw, "
        f"and values for {len(values)} of {' or '.join(map(str, lengths))}"
    )
    refuse_all([Problem(code="BE864", message=message)])


def refuse_crowded(rows: Sequence[str], columns: Sequence[str]) -> None:
    """Nothing, where the cells of *rows* and *columns* can still be read.

    Raises:
        PictureError: there are too many.
    """
    cells = len(rows) * len(columns)
    message = f"a picture of {cells:,} cells cannot be read"
    advice = f"draw some of them, {MOST_CELLS:,} at most"
    problem = Problem(code="BE866", message=message, help=advice)
    refuse_all([problem] if cells > MOST_CELLS else [])


def refuse_strange(values: Iterable[tuple[str, float | None]]) -> None:
    """Nothing, where all numbers are numbers; each comes with what it belongs to.

    Raises:
        PictureError: some are not.
    """
    refuse_all(
        Problem(
            code="BE865",
            message=f"{value} of `{drawable(name)}` is no number that can be drawn",
            token=name,
        )
        for name, value in values
        if value is not None and not isfinite(value)
    )


def refuse_all(problems: Iterable[Problem]) -> None:
    """Nothing, where there are no *problems*.

    Raises:
        PictureError: there are.
    """
    if found := tuple(problems):
        raise PictureError(found)


def _too_many(number: int) -> Iterator[Problem]:
    if number > MOST:
        yield Problem(
            code="BE866",
            message=f"a picture of {number:,} rows or columns cannot be read",
            help=f"draw some of them, {MOST:,} at most",
        )
