"""Read the rows of ratings and vignettes: from files, data frames or mappings."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol, TypeAlias, final

import attrs

from boundaryethics._files import Digests
from boundaryethics.batch.encode import (
    TRUTHS,
    is_missing,
    other_separator,
    wrong_separator,
)
from boundaryethics.batch.foreign import columns_of, first_row, first_rows, is_foreign
from boundaryethics.batch.reading import (
    Reading,
    codes_for,
    ignored_by,
    no_header,
    refuse_import_ids,
)
from boundaryethics.errors import (
    Location,
    PanelError,
    Problem,
    TableError,
    column_option,
    did_you_mean,
    problem,
    quoted,
    reading_option,
)
from boundaryethics.model.facts import UNKNOWN, Fact, is_truth
from boundaryethics.model.rules import Option
from boundaryethics.panel.data import needed
from boundaryethics.policies.codebook import RATING_COLUMNS
from boundaryethics.policies.yaml import TextError, text_of


def _named_by_option(names: Collection[str]) -> list[str]:
    """Return, for each option, a column whose name contains it.

    Return an empty list if any option has no such column.
    """
    found = [
        next((name for name in names if option.value in name.casefold()), None)
        for option in Option
    ]
    return [name for name in found if name] if all(found) else []


def _named_by_vignette(
    lacking: Iterable[str], names: Collection[str]
) -> dict[str, str]:
    """For each option in *lacking*, return one of the columns whose names contain it.

    Return an empty dictionary if any option has fewer than two such columns.
    """
    found = {
        option: [name for name in names if option in name.casefold()]
        for option in lacking
        if option in _OPTIONS
    }
    if not all(len(columns) > 1 for columns in found.values()):
        return {}
    return {option: columns[0] for option, columns in found.items()}


class Frame(Protocol):
    """The attributes that every data frame has."""

    @property
    def columns(self) -> Any:
        """Return the names of the columns."""


#: Rows in Python: one mapping for each, or a data frame.
Given: TypeAlias = Iterable[Mapping[str, Any]] | Frame

#: The largest size of a file of ratings or vignettes, in bytes.
_MOST = 64 * 1024 * 1024
#: The maximum number of problems to keep.
_MOST_PROBLEMS = 1_000
#: The number of rows in which to look for the names of the columns.
_MOST_ABOVE = 20
#: The codes of problems with a cell, and the codes whose messages do not show the cell.
_HIDDEN = {
    "BE836": "BE836.hidden",
    "BE837": "BE837.hidden",
    "BE837.none": "BE837.blank",
    "BE838": "BE838.hidden",
    "BE839": "BE839.hidden",
    "BE839.none": "BE839.blank",
    "BE839.word": "BE839.label",
    "BE840": "BE840.hidden",
    "BE840.mean": "BE840.blank",
}
#: Matches a line with its end, like the lines of a file in text mode.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
#: The line in which a row starts, the position of its start in the text, and its cells.
_Place: TypeAlias = tuple[int, int, list[str]]
#: The separator of cells, by the suffix of the file.
_SEPARATORS = {".tsv": "\t"}
_OPTIONS = frozenset(option.value for option in Option)


@final
@attrs.frozen(kw_only=True)
class Wanted:
    """The columns to read, by the names that the library uses."""

    how: Reading
    #: The columns that must exist.
    required: tuple[str, ...]
    #: For some names, a different column name, used if the file has such a column.
    stated: Mapping[str, str]
    #: Names whose columns may be missing.
    optional: Collection[str] = ()
    #: More names whose columns may hold codes.
    coded: Collection[str] = ()

    def sources(self, names: Iterable[str]) -> dict[str, str]:
        """Map each name in `stated` to its column; other columns keep their names.

        Columns that are ignored or not in *names* are left out.
        """
        names = [name for name in names if name not in ignored_by(self.how)]
        found = {n: column for n, column in self.stated.items() if column in names}
        taken = {*found.values()}
        own = {name: name for name in names if name not in taken}
        return {**own, **found}

    def problems(self, names: Collection[str]) -> Iterator[Problem]:
        """Yield a problem for each required or specified column that *names* lacks."""
        there = self.sources(names)
        lacking = [name for name in self.required if name not in there]
        options = _OPTIONS
        if {"option", "rank"} <= {*lacking} and options <= there.keys():
            yield problem("BE833.layout", option=reading_option("layout", "wide"))
            return
        if options <= {*lacking} and {"option", "rank"} <= there.keys():
            yield problem("BE833.layout", option=reading_option("layout", "long"))
            return
        if {"option", "rank"} <= {*lacking} and (named := _named_by_option(names)):
            option, column = reading_option("layout", "wide"), column_option("continue")
            columns = quoted(named)
            yield problem("BE833.wide", columns=columns, option=option, column=column)
            return
        for name, column in self.stated.items():
            own = name == "vignette" and name in there
            if column not in names and not own and name not in self.optional:
                near = did_you_mean(column, names)
                words: dict[str, Any] = {"name": name, "column": column}
                yield problem("BE833.stated", near=near, token=column, **words)
        lacking = [name for name in lacking if name not in self.stated]
        several = _named_by_vignette(lacking, names)
        for name, column in several.items():
            words = {"name": name, "column": column, "option": column_option(name)}
            yield problem("BE833.vignettes", **words)
        if several:
            # The names of the columns contain the vignettes, so no column has them.
            lacking = [name for name in lacking if name not in {*several, "vignette"}]
        for name in lacking:
            near = did_you_mean(name, names)
            code = "BE833.near" if near else "BE833.column"
            yield problem(code, near=near, name=name, option=column_option(name))

    def codes(self) -> dict[str, dict[str, str]]:
        """Map each column's name to its codes and their values."""
        book = self.how.codebook
        names = (*self.required, *self.stated, *self.coded)
        if not (book or self.how.na):
            return {}
        return {name: self._codes_of(name) for name in names}

    def _codes_of(self, name: str) -> dict[str, str]:
        # The name of a column of ranks can consist of an option and a vignette.
        kind = name.partition(" ")[0]
        found = codes_for(self.how, kind)
        if kind in _OPTIONS:
            found = {**codes_for(self.how, "rank"), **found}
        if kind in (*RATING_COLUMNS, *_OPTIONS):
            # Only facts can be unknown; other cells are empty.
            found = {c: "" if v == UNKNOWN else v for c, v in found.items()}
        return found


def header_below(
    wanted: Wanted, header: int, rows: Iterable[tuple[int, Collection[str]]]
) -> Problem | None:
    """Return a problem if one of *rows*, and not the *header*, names the columns.

    If the header has a single cell, assume that the first row with several cells
    names the columns.
    """
    several, sizes = [], dict[int, int]()
    for number, names in rows:
        sizes[number] = sum(map(bool, names))
        if number > header and sizes[number] > 1:
            several.append((number, names))
    is_title = sizes.get(header, 0) <= 1
    for number, names in several:
        if is_title or not any(wanted.problems(names)):
            option = reading_option("header-row", number)
            code = "BE833.title" if is_title else "BE833.below"
            return problem(code, row=header, found=number, option=option)
    return None


@final
@attrs.frozen(kw_only=True)
class PanelRow:
    """One row of ratings or vignettes, from a file or from Python objects."""

    cells: Mapping[str, Any]
    #: The line in the file or, without a file, the number of the row, starting at 1.
    number: int
    #: The row's first line; None without a file.
    where: Location | None = None
    #: Whether problems show the values of cells.
    show_values: bool = False
    #: The cells as the file has them, the position of each column, and the separator.
    written: Sequence[str] = ()
    places: Mapping[str, int] = attrs.Factory(dict)
    separator: str = ","
    #: The file, if another library read it; such rows have no line numbers.
    source: str = ""

    def text(self, column: str) -> str:
        """Return the text in *column*, without surrounding spaces."""
        return text_in(self.cells.get(column))

    def fact(self, fact: Fact | None, column: str) -> object:
        """Return the value in *column*, or `unknown` if the cell is empty."""
        cell = self.cells[column]
        text = text_in(cell)
        if self.where and fact and fact.is_yes_no:
            return TRUTHS.get(text, text or UNKNOWN)
        return bool(cell) if is_truth(cell) else text or UNKNOWN

    def problem(self, code: str, column: str, **words: Any) -> Problem:
        """Build a problem about the cell under *column*."""
        if not self.show_values:
            return self.locate(problem(_HIDDEN[code], **words), column)
        token = self.text(column)
        return self.locate(problem(code, token=token, **words), column)

    def locate(self, problem: Problem, column: str | None = None) -> Problem:
        """Return *problem* with the location of its cell.

        If *column* is None, the first element of the problem's path is the column.
        """
        column = str((*problem.path, "")[0]) if column is None else column
        where = self.where
        if where is None:
            file = f"`{self.source}`, " if self.source else ""
            message = f"{file}row {self.number}: {problem.message}"
            return attrs.evolve(problem, message=message, row=self.number)
        cells, place = self.written, self.places.get(column)
        # If cells are quoted, only the row of a cell is known, not its column.
        if place is not None and self.separator.join(cells) == where.text:
            start = sum(len(cell) + 1 for cell in cells[:place]) + 1
            width = max(1, len(cells[place]))
            where = attrs.evolve(where, column=start, width=width)
        return attrs.evolve(problem, where=shown(where, show_values=self.show_values))


def shown(where: Location, *, show_values: bool) -> Location:
    """Return *where*, with the text of its line only if values are shown."""
    return where if show_values else attrs.evolve(where, text="")


def text_in(cell: Any) -> str:
    """Return the text of *cell*, without surrounding spaces."""
    if type(cell) is str:
        return cell.strip()
    return "" if is_missing(cell) else str(cell).strip()


@final
class FileRows:
    """The rows of a CSV file. The text is read once, and rows are parsed when used."""

    def __init__(
        self, path: Path, wanted: Wanted, *, show_values: bool, digests: Digests
    ) -> None:
        how = self._how = wanted.how
        self._file = str(path)
        self._show = show_values
        self._separator = how.separator or _SEPARATORS.get(path.suffix.lower(), ",")
        try:
            text = text_of(
                path,
                file=self._file,
                most=_MOST,
                encoding=how.encoding,
                digests=digests,
            )
            self._content = text.removeprefix("\ufeff")
            header = next(self._written(), None)
        except TextError as error:
            raise PanelError([self._undecoded(error.problem)]) from None
        if header is None and how.header_row > 1:
            wrong = problem("BE731", file=path, why=no_header(how), advice="")
            raise PanelError([wrong])
        if header is None:
            raise self._empty()
        self._names = [name.strip() for name in header[-1]]
        self._header = self._where(header)
        problems = [
            attrs.evolve(one, where=self._header) for one in self._in_header(wanted)
        ]
        if problems:
            raise PanelError(problems)
        places = {name: place for place, name in enumerate(self._names)}
        sources = wanted.sources(self._names)
        self._places = {name: places[column] for name, column in sources.items()}
        self._codes = wanted.codes()

    @property
    def names(self) -> Collection[str]:
        """Return the names of the columns."""
        return self._places.keys()

    @property
    def written(self) -> Collection[str]:
        """Return the names of the columns as written in the file."""
        return self._names

    def at_header(self, problem: Problem) -> Problem:
        """Return *problem*, which concerns a column, with the header's location."""
        return attrs.evolve(problem, where=self._header)

    def _in_header(self, wanted: Wanted) -> Iterator[Problem]:
        names = self._names
        if other := other_separator(names, self._separator):
            yield wrong_separator("BE856", other, self._separator)
            return
        wrong = [*wanted.problems(names)]
        if wrong and (better := self._header_below(wanted)):
            yield better
            return
        yield from wrong
        yield from _repeated_columns(names)

    def _header_below(self, wanted: Wanted) -> Problem | None:
        """Return a problem if a row below, and not the header, names the columns."""
        rows = islice(self._written(), _MOST_ABOVE)
        lines = ((line, [cell.strip() for cell in cells]) for line, _, cells in rows)
        return header_below(wanted, self._header.line, lines)

    def _undecoded(self, found: Problem) -> Problem:
        where = found.where and shown(found.where, show_values=self._show)
        advice = found.help
        if found.code == "BE108":
            option = reading_option("encoding", "latin-1")
            stated = f"specify its encoding, such as {option}"
            is_stated = self._how.encoding != "utf-8"
            advice = stated if is_stated else f"{advice}, or {stated}"
        return attrs.evolve(found, code="BE831", where=where, help=advice)

    def _empty(self) -> PanelError:
        return PanelError([problem("BE832", given=f"`{self._file}`")])

    def __iter__(self) -> Iterator[PanelRow]:
        return map(self.row, self._rows())

    def texts(self, columns: Sequence[str]) -> Iterator[tuple[Any, list[str]]]:
        """Yield each row's position and its cells in *columns*, as text."""
        numbers = [self._places[name] for name in columns]
        codes = [self._codes.get(name, {}) for name in columns]
        if not any(codes):
            for place in self._rows():
                cells = place[-1]
                yield place, [cells[n].strip() for n in numbers]
            return
        for place in self._rows():
            texts = [place[-1][n].strip() for n in numbers]
            yield place, [of.get(t, t) for of, t in zip(codes, texts, strict=True)]

    def row(self, place: _Place) -> PanelRow:
        """Return the row at *place*."""
        written, codes = place[-1], self._codes
        cells = {name: written[number] for name, number in self._places.items()}
        for name in codes.keys() & cells.keys():
            text = cells[name].strip()
            cells[name] = codes[name].get(text, text)
        return PanelRow(
            cells=cells,
            number=place[0],
            where=self._where(place, text=True),
            show_values=self._show,
            written=written,
            places=self._places,
            separator=self._separator,
        )

    def _where(self, place: _Place, *, text: bool = False) -> Location:
        """Return a row's location; if *text*, always include the row's first line."""
        number, start, _ = place
        first = _LINE.match(self._content, start) if text or self._show else None
        line = first.group().rstrip("\r\n") if first else ""
        return Location(file=self._file, line=number, column=1, text=line)

    def _rows(self) -> Iterator[_Place]:
        size, problems = len(self._names), Problems()
        written = self._written()
        next(written)
        empty = True
        for place in self._data(written):
            empty = False
            cells = len(place[-1])
            if cells != size:
                where = self._where(place)
                # R writes row names into a column for which the header has no cell.
                code = "BE834.rows" if cells == size + 1 else "BE834"
                problems.add(
                    place[0], problem(code, where=where, cells=cells, names=size)
                )
            elif not problems.number:
                yield place
        if problems.number:
            raise problems.error()
        if empty:
            raise self._empty()

    def _data(self, rows: Iterator[_Place]) -> Iterator[_Place]:
        """Yield the *rows* below the header that contain data."""
        for number, place in enumerate(rows):
            if number == 1:
                self._refuse_import_ids(place[-1])
            if number >= self._how.skip_rows:
                yield place

    def _refuse_import_ids(self, cells: Iterable[str]) -> None:
        try:
            refuse_import_ids(cells, self._file, self._how)
        except TableError as error:
            raise PanelError(error.problems) from None

    def _written(self) -> Iterator[_Place]:
        """Yield the line number, start position and cells of each nonblank row.

        Raises:
            PanelError: the text is not CSV.
        """
        written = _LINE.finditer(self._content)
        above = self._how.header_row - 1
        end = start = max((one.end() for one in islice(written, above)), default=0)

        def lines() -> Iterator[str]:
            nonlocal end
            for found in written:
                end = found.end()
                yield found.group()

        reader = csv.reader(lines(), delimiter=self._separator)
        number = above + 1
        try:
            for cells in reader:
                if any(cells) and any(map(str.strip, cells)):
                    yield number, start, cells
                start, number = end, above + reader.line_num + 1
        except csv.Error as error:
            wrong = problem("BE831.csv", file=self._file, why=error)
            raise PanelError([wrong]) from None


@final
class GivenRows:
    """Rows given in Python, or read from a file by another library."""

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]],
        wanted: Wanted,
        *,
        show_values: bool,
        source: str = "",
        first: int = 1,
    ) -> None:
        self._show, self._source, self._first = show_values, source, first
        self._cells = [
            row if _is_plain(row) else {str(k).strip(): cell for k, cell in row.items()}
            for row in rows
        ]
        #: The names of the columns as given.
        self.written = dict.fromkeys(chain.from_iterable(self._cells))
        self._sources = wanted.sources(self.written)
        self._codes = wanted.codes()
        if self._codes or any(n != column for n, column in self._sources.items()):
            self._cells = [*map(self._renamed, self._cells)]
        elif ignored_by(wanted.how):
            self._cells = [
                {n: cell for n, cell in row.items() if n in self._sources}
                for row in self._cells
            ]

    def _renamed(self, row: Mapping[str, Any]) -> dict[str, Any]:
        cells = {n: row[column] for n, column in self._sources.items() if column in row}
        for name in self._codes.keys() & cells.keys():
            cells[name] = self._codes[name].get(text_in(cells[name]), cells[name])
        return cells

    @property
    def names(self) -> Collection[str]:
        """Return the names of the columns."""
        return self._sources.keys()

    def at_header(self, problem: Problem) -> Problem:
        """Return *problem*, which concerns a column, with the file's name, if any."""
        if not self._source:
            return problem
        return attrs.evolve(problem, message=f"`{self._source}`: {problem.message}")

    def __iter__(self) -> Iterator[PanelRow]:
        return map(self.row, enumerate(self._cells, self._first))

    def texts(self, columns: Sequence[str]) -> Iterator[tuple[Any, list[str]]]:
        """Yield each row's position and its cells in *columns*, as text."""
        for place in enumerate(self._cells, self._first):
            cells = place[1]
            yield place, [text_in(cells.get(name)) for name in columns]

    def row(self, place: tuple[int, Mapping[str, Any]]) -> PanelRow:
        """Return the row at *place*."""
        number, cells = place
        return PanelRow(
            cells=cells,
            number=number,
            show_values=self._show,
            source=self._source,
        )


def _is_plain(row: Mapping[Any, Any]) -> bool:
    return type(row) is dict and all(type(k) is str and k == k.strip() for k in row)


@final
class Problems:
    """Problems by row number. All of them are counted, but only the first are kept."""

    def __init__(self) -> None:
        self.number = 0
        self._kept: list[tuple[int, Problem]] = []

    @property
    def is_full(self) -> bool:
        """Whether the limit on kept problems is reached."""
        return len(self._kept) >= _MOST_PROBLEMS

    def add(self, row: int, found: Problem | None) -> None:
        """Count a problem, and keep it unless the limit is reached."""
        self.number += 1
        if found is not None and not self.is_full:
            self._kept.append((row, found))

    def error(self) -> PanelError:
        """Return the error that lists the problems in the order of the rows."""
        kept = [one for _, one in sorted(self._kept, key=itemgetter(0))]
        if more := self.number - len(kept):
            kept.append(problem("BE858", more=more))
        return PanelError(kept)


def _repeated_columns(names: list[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield problem("BE833.twice", name=name, token=name)


def _rows_given(given: Any) -> list[Any] | None:
    """List the rows of a data frame or an iterable; return None for anything else."""
    if isinstance(given, str | bytes | Mapping):
        return None
    if callable(getattr(given, "to_pylist", None)):
        return list(given.to_pylist())
    if hasattr(type(given), "columns"):
        narwhals = needed("narwhals")
        try:
            frame = narwhals.from_native(given, eager_only=True, pass_through=True)
        except narwhals.exceptions.DuplicateError:
            names = [str(name) for name in given.columns]
            raise PanelError(_repeated_columns(names)) from None
        if isinstance(frame, narwhals.DataFrame):
            cells = [
                [None if empty else cell for cell, empty in zip(*lists, strict=True)]
                for column in frame.iter_columns()
                for lists in [(column.to_list(), column.is_null().to_list())]
            ]
            rows = zip(*cells, strict=True)
            return [dict(zip(frame.columns, row, strict=True)) for row in rows]
    return _taken(given) if isinstance(given, Iterable) else None


def _taken(given: Iterable[Any]) -> list[Any]:
    """List rows through the first invalid one, because an iterator may never end."""
    rows: list[Any] = []
    for row in _read(given):
        rows.append(row)
        if not isinstance(row, Mapping):
            break
    return rows


def _read(given: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from given
    except Exception as error:
        found = f"an error after the last row: `{type(error).__name__}`"
        wrong = problem("BE410", name="rows", expected="mappings", found=found)
        raise PanelError([wrong]) from error


#: Rows from any source.
Rows: TypeAlias = FileRows | GivenRows


def rows_of(
    source: str | Path | Given,
    wanted: Wanted,
    named: str,
    *,
    show_values: bool,
    digests: Digests,
) -> Rows:
    """Read the *wanted* columns of a file, or of rows given as Python objects.

    The digest of the file is added to *digests*.
    """
    file, first = "", 1
    if isinstance(source, str | Path):
        path = Path(source)
        if not is_foreign(path):
            return FileRows(path, wanted, show_values=show_values, digests=digests)
        file, first = path.name, first_row(path, wanted.how)
        source = _foreign_rows(path, wanted.how, digests)
    given = _rows_given(source)
    if given is None and named == "vignettes":
        raise PanelError([problem("BE843")])
    if given is None or not all(isinstance(row, Mapping) for row in given):
        columns = quoted(wanted.required)
        raise PanelError([problem("BE855", given=named, columns=columns)])
    if not given:
        raise PanelError([problem("BE832", given=f"the {named} given")])
    rows = GivenRows(given, wanted, show_values=show_values, source=file, first=first)
    if file and any(wanted.problems(rows.written)):
        top = first_rows(path, wanted.how, _MOST_ABOVE)
        header = wanted.how.header_row
        if better := header_below(wanted, header, enumerate(top, 1)):
            raise PanelError([rows.at_header(better)])
    _refuse_lacking(rows, wanted)
    return rows


def _refuse_lacking(rows: GivenRows, wanted: Wanted) -> None:
    """Raise an error if any of *rows* lacks a required column."""
    problems = Problems()
    for one in wanted.problems(rows.written):
        problems.add(0, rows.at_header(one))
    required = [name for name in wanted.required if name in rows.names]
    for row in rows:
        for name in required:
            if name not in row.cells:
                lacking = problem("BE833.cell", name=name)
                problems.add(row.number, row.locate(lacking, name))
    if problems.number:
        raise problems.error()


def _foreign_rows(path: Path, how: Reading, digests: Digests) -> list[dict[str, Any]]:
    try:
        columns = columns_of(path, how, digests)
    except TableError as error:
        raise PanelError(error.problems) from error
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, map(_whole, row), strict=True)) for row in rows]


def _whole(cell: Any) -> Any:
    """Return *cell*, converted to an integer if it is a whole number."""
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
