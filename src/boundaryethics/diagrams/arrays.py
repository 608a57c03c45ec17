"""Names for the arrays that the walk is made of, and what holds along their axes."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Truths: TypeAlias = npt.NDArray[np.bool_]
Small: TypeAlias = npt.NDArray[np.int8]
Whole: TypeAlias = npt.NDArray[np.int64]
#: Of whole numbers too large for a machine word, where there are any.
Exact: TypeAlias = npt.NDArray[Any]


def some(truths: Truths, *axes: int) -> Truths:
    """Where any truth along *axes* holds."""
    found: Truths = np.logical_or.reduce(truths, axis=axes)
    return found


def every(truths: Truths, *axes: int) -> Truths:
    """Where all truths along *axes* hold."""
    found: Truths = np.logical_and.reduce(truths, axis=axes)
    return found
