"""Data frames as rows: whatever knows how to give its rows as mappings.

In: a frame of pandas, polars or another library, by what it can do. Out: mappings, as
they would be without the frame. Imports no library of frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any, Protocol, TypeAlias


class Frame(Protocol):
    """What every data frame has."""

    @property
    def columns(self) -> Any:
        """The names of its columns."""


#: Rows given in Python: mappings, one for each, or a data frame of them.
Given: TypeAlias = Iterable[Mapping[str, Any]] | Frame


def rows_given(given: Any) -> list[Any] | None:
    """The rows *given*, whatever each is; None where these are no rows."""
    if isinstance(given, str | bytes | Mapping):
        return None
    if callable(getattr(given, "iter_rows", None)):
        return list(given.iter_rows(named=True))
    if callable(getattr(given, "to_pylist", None)):
        return list(given.to_pylist())
    if hasattr(given, "notna") and hasattr(given, "columns"):
        return list(given.astype(object).where(given.notna(), None).to_dict("records"))
    return list(given) if isinstance(given, Iterable) else None


def cells_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of *row*; what is no number in a column of numbers is empty."""
    return {
        str(name).strip(): None if isinstance(cell, float) and isnan(cell) else cell
        for name, cell in row.items()
    }
