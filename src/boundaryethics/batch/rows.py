"""Rows: one row of a frame in, what it states out.

In: a frame with the place of a row, or the row itself in whichever form its kind of
frame gives it. Out: the facts that it states.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any

from boundaryethics.batch.matching import Matched
from boundaryethics.batch.opening import Seen, opened
from boundaryethics.errors import Problem, TableError

#: How rows that are no mappings become some: those of PySpark, of pandas, and tuples
#: with names.
_TO_MAPPING = ("asDict", "to_dict", "_asdict")
#: The types of what is missing in rows of pandas.
_MISSING = frozenset({"NAType", "NaTType"})


def stated(seen: Seen, found: Matched, row: Any) -> dict[str, object]:
    """What *row* states, a row of the frame or the place of one, from 0.

    Raises:
        TableError: there is no such row, it is none, or the rows are in no order.
    """
    place = isinstance(row, Integral) and not isinstance(row, bool)
    cells = _at(seen, int(row)) if place else _mapping(row)
    told = {f: cells[name] for f, name in found.columns.items() if name in cells}
    if not told:
        raise TableError([_tells_nothing()])
    values = {fact: _plain(value) for fact, value in told.items()}
    return {fact: value for fact, value in values.items() if value is not None}


def _at(seen: Seen, place: int) -> Mapping[str, Any]:
    """The cells of the row of *seen* at *place*."""
    some = _slice(seen, place) if place >= 0 else None
    if some is None or not len(some):
        raise TableError([_no_row(place)])
    return dict(next(some.iter_rows(named=True)))


def _slice(seen: Seen, place: int) -> Any:
    """The row at *place* as a frame of one; empty or None where there is none."""
    match seen.kind:
        case "lazy polars":
            return opened(seen.frame.slice(place, 1).collect()).view
        case "duckdb":
            return opened(seen.frame.limit(1, offset=place).to_arrow_table()).view
        case "dask":
            return _slice_of_dask(seen.frame, place)
        case "pyspark" | "pyspark_connect":
            raise TableError([_no_order()])
        case _:
            return seen.view[place : place + 1]


def _slice_of_dask(frame: Any, place: int) -> Any:
    for number, rows in enumerate(frame.map_partitions(len).compute()):
        if place < rows:
            part = frame.partitions[number].compute()
            return opened(part.iloc[place : place + 1]).view
        place -= rows
    return None


def _mapping(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    for name in _TO_MAPPING:
        if callable(make := getattr(row, name, None)):
            made: Mapping[str, Any] = make()
            return made
    raise TableError([_no_row_at_all(row)])


def _plain(value: Any) -> Any:
    """*value* as Python has it; None where there is none."""
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item()
    is_nan = isinstance(value, float) and np.isnan(value)
    return None if is_nan or type(value).__name__ in _MISSING else value


def _no_row(place: int) -> Problem:
    return Problem(code="BE727", message=f"the frame has no row {place}")


def _no_order() -> Problem:
    return Problem(
        code="BE727",
        message="the rows of this frame are in no order, and have no places",
        help="give the row itself, such as `frame.where(...).first()`",
    )


def _no_row_at_all(row: object) -> Problem:
    told = f"`{row}` is" if isinstance(row, str | int | float) else "what is given is"
    return Problem(
        code="BE735",
        message=f"{told} neither a row nor the place of one",
        help="give the place of the row, from 0, or a mapping of columns to values",
    )


def _tells_nothing() -> Problem:
    return Problem(
        code="BE736",
        message="the row has none of the columns of the frame that tell a fact",
    )
