"""Tables: what the things in a cell are, for every combination of what it reads.

In: cells and the terms of their things. Out: truths, a row a combination; a row is
found by one number, the classes of the variables read being its digits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.program.cells import Cell
from boundaryethics.program.circuit import Term, Test
from boundaryethics.program.folds import Folds
from boundaryethics.program.stages import Definition, Told

Truths: TypeAlias = npt.NDArray[np.bool_]
#: A row for each combination; what stands in it depends on what is asked.
Rows: TypeAlias = npt.NDArray[Any]


@final
@attrs.frozen(eq=False)
class Table:
    """A cell with its rows."""

    reads: Folds
    rows: Rows

    @property
    def strides(self) -> Mapping[int, int]:
        """For each variable read, how many rows one class of it is on from the last."""
        step, found = 1, dict[int, int]()
        for variable in reversed([*self.reads]):
            found[variable] = step
            step *= max(self.reads[variable]) + 1
        return found

    def place(self, variable: int, code: int) -> int:
        """What *variable* adds to the number of the row when it has *code*."""
        classes = self.reads.get(variable)
        return classes[code] * self.strides[variable] if classes else 0


def truths(cell: Cell, told: Sequence[Told]) -> Truths:
    """A row for each combination of what *cell* reads, a column for each of *told*."""
    found = np.empty((cell.room, len(told)), bool)
    for column, one in enumerate(told):
        grid = _Grid(cell.reads, one.within)
        found[:, column] = np.broadcast_to(grid.some(one.terms), grid.shape).ravel()
    return found


@final
@attrs.frozen(eq=False)
class _Grid:
    """Every combination at once: an axis for each variable read."""

    reads: Folds
    within: Mapping[int, Definition]
    known: dict[int, Truths] = attrs.Factory(dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """How many classes each axis has."""
        return tuple(max(classes) + 1 for classes in self.reads.values())

    def some(self, terms: Iterable[Term]) -> Truths:
        """Where some of *terms* is passed."""
        found = np.zeros((1,) * len(self.reads), bool)
        for term in terms:
            passed = np.ones((1,) * len(self.reads), bool)
            for test in term:
                passed = passed & self._passed(test)
            found = found | passed
        return found

    def _passed(self, test: Test) -> Truths:
        variable, codes = test
        if variable in self.reads:
            return self._along(variable, codes)
        if variable not in self.known:
            self.known[variable] = self.some(self.within[variable].terms)
        holds = self.known[variable]
        return holds if codes >> 1 else ~holds

    def _along(self, variable: int, codes: int) -> Truths:
        classes = self.reads[variable]
        passed = np.zeros(max(classes) + 1, bool)
        for code, number in enumerate(classes):
            passed[number] = codes >> code & 1
        axis = [*self.reads].index(variable)
        shape = (-1 if n == axis else 1 for n in range(len(self.reads)))
        return passed.reshape(tuple(shape))
