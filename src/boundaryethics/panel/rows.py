"""Rows of a CSV file, or of Python, each cell with its place.

In: a path, or mappings. Out: rows under the names of their columns. Knows nothing
of raters and vignettes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import accumulate
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import PanelError, Problem
from boundaryethics.panel.frames import Given, cells_of, rows_given
from boundaryethics.policyfile.yaml import TextError, text_of
from boundaryethics.source import Place

#: Bytes that a file of ratings or vignettes may have.
_MOST = 64 * 1024 * 1024
_WIDEST_SHOWN = 200
_LINE_END = re.compile("\r\n|\r|\n")
#: What else than commas is written between cells.
_SIGNS = {";": "semicolons", "\t": "tabs"}


#: The number and text of a row's first line, and its cells.
Written: TypeAlias = tuple[int, str, list[str]]


@final
@attrs.frozen(kw_only=True)
class Row:
    """One row: what stands under each column, and where."""

    cells: Mapping[str, Any]
    #: As told where there is no file: counted from 1.
    number: int
    #: Of each column; empty where the row is of no file.
    places: Mapping[str, Place]

    def text(self, column: str) -> str:
        """What stands under *column*, without spaces around it."""
        cell = self.cells.get(column)
        return "" if cell is None else str(cell).strip()

    def placed(self, problem: Problem, column: str) -> Problem:
        """*problem*, with the place of what stands under *column*."""
        where = self.places.get(column)
        told = problem.message if where else f"row {self.number}: {problem.message}"
        return attrs.evolve(problem, message=told, where=where)

    def problem(
        self, code: str, column: str, message: str, advice: str | None = None
    ) -> Problem:
        """A problem with what stands under *column*."""
        token = self.text(column)
        told = Problem(code=code, message=message, help=advice, token=token)
        return self.placed(told, column)


def given_rows(given: Given, columns: Sequence[str], named: str) -> list[Row]:
    """Rows *given* in Python, each a mapping with these *columns*, or a data frame.

    Raises:
        PanelError: one is no mapping, or lacks a column; every problem is told.
    """
    written = rows_given(given)
    if written is None or not all(isinstance(cells, Mapping) for cells in written):
        raise PanelError([_no_rows(named, columns)])
    rows = [
        Row(cells=cells_of(cells), number=n, places={})
        for n, cells in enumerate(written, start=1)
    ]
    return _sound(rows, list(_lacking(rows, columns)), f"the {named} given")


def _lacking(rows: list[Row], columns: Sequence[str]) -> Iterator[Problem]:
    """The columns that no row has, each once; else those that a row has not."""
    found = {name for row in rows for name in row.cells}
    nowhere = [name for name in columns if rows and name not in found]
    for name in nowhere:
        yield Problem(
            code="BE833",
            message=f"there is no column `{name}`",
            help=did_you_mean(name, found),
        )
    for row in rows:
        for name in columns:
            if name not in row.cells and name not in nowhere:
                yield row.problem("BE833", name, f"there is no `{name}`")


def csv_rows(path: str | Path, columns: Iterable[str]) -> list[Row]:
    """The rows of a CSV file that has these *columns*, and perhaps others.

    Raises:
        PanelError: it cannot be read, is empty, or lacks a column.
    """
    file = str(path)
    (first, line, header), *below = _table(path, file)
    names = [name.strip() for name in header]
    where = _places(file, first, line, header)[0]
    lacking = list(_header_problems(names, columns, where))
    if lacking:
        raise PanelError(lacking)
    problems = [
        _uneven(len(cells), len(names), _places(file, number, line, cells)[0])
        for number, line, cells in below
        if len(cells) != len(names)
    ]
    rows = [
        Row(
            cells=dict(zip(names, cells, strict=True)),
            number=number,
            places=dict(zip(names, _places(file, number, line, cells), strict=True)),
        )
        for number, line, cells in below
        if len(cells) == len(names)
    ]
    return _sound(rows, problems, f"`{file}`")


def _table(path: str | Path, file: str) -> list[Written]:
    """What is written in the rows of a CSV file, the names of its columns first."""
    try:
        text = text_of(Path(path), file=file, most=_MOST).removeprefix("\ufeff")
        written = list(_written(text))
    except TextError as error:
        raise PanelError([attrs.evolve(error.problem, code="BE831")]) from None
    except csv.Error as error:
        raise PanelError([_garbled(file, error)]) from None
    if not written:
        raise PanelError([_empty(f"`{file}`")])
    return written


def _written(text: str) -> Iterator[Written]:
    """Each row that is not blank: the number and text of its first line, its cells."""
    lines = _LINE_END.split(text)
    reader = csv.reader(StringIO(text, newline=""))
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            yield start, lines[start - 1] if start <= len(lines) else "", cells
        start = reader.line_num + 1


def _places(file: str, line: int, text: str, cells: list[str]) -> list[Place]:
    """The place of each cell; of the row, where quotes hide at which column it is."""
    if ",".join(cells) != text:
        row = Place(file=file, line=line, column=1, text=text[:_WIDEST_SHOWN])
        return [row] * len(cells)
    starts = accumulate((len(cell) + 1 for cell in cells), initial=1)
    return [
        Place(file=file, line=line, column=start, width=max(1, len(cell)), text=text)
        for start, cell in zip(starts, cells, strict=False)
    ]


def _header_problems(
    names: list[str], columns: Iterable[str], where: Place
) -> Iterator[Problem]:
    signs = [told for sign, told in _SIGNS.items() if sign in names[0]]
    if signs and len(names) == 1:
        yield _parted(signs[0], where)
        return
    for name in columns:
        if name not in names:
            near = did_you_mean(name, names)
            message = f"there is no column `{name}`"
            advice = f"{near} name it `{name}`" if near else None
            yield Problem(code="BE833", message=message, where=where, help=advice)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        message = f"column `{name}` is there twice"
        yield Problem(code="BE833", message=message, where=where, token=name)


def _parted(by: str, where: Place) -> Problem:
    message = f"the columns are parted by {by}"
    advice = "write the file with commas between its cells"
    return Problem(code="BE856", message=message, where=where, help=advice)


def _uneven(found: int, wanted: int, where: Place) -> Problem:
    message = f"the row has {found} cells, and the first row {wanted}"
    return Problem(code="BE834", message=message, where=where)


def _garbled(file: str, error: csv.Error) -> Problem:
    return Problem(code="BE831", message=f"`{file}` is no CSV file: {error}")


def _sound(rows: list[Row], problems: list[Problem], named: str) -> list[Row]:
    if problems:
        raise PanelError(problems)
    if not rows:
        raise PanelError([_empty(named)])
    return rows


def _no_rows(named: str, columns: Sequence[str]) -> Problem:
    under = ", ".join(f"`{name}`" for name in columns)
    return Problem(
        code="BE855",
        message=f"the {named} given are no rows",
        help="name a CSV file, or give a data frame or a list of mappings, with "
        f"{under}",
    )


def _empty(named: str) -> Problem:
    return Problem(
        code="BE832",
        message=f"there are no rows in {named}",
        help="write the names of the columns, and a row for each entry below",
    )
