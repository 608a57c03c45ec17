"""Read files from Excel, Stata and SPSS into memory."""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

from boundaryethics import _files
from boundaryethics.batch.encode import code_in, refuse_many, refuse_repeats
from boundaryethics.batch.reading import (
    QUALTRICS_ROWS,
    Reading,
    codes_of_column,
    is_utf_8,
    no_header,
    refuse_import_ids,
    unreadable,
)
from boundaryethics.batch.workbooks import WorkbookError, checked_workbook
from boundaryethics.errors import (
    TableError,
    did_you_mean,
    problem,
    quoted,
    reading_option,
)

EXCEL = (".xlsx",)
#: The suffixes of files with value labels, and the pyreadstat functions to read them.
LABELED = {".dta": "read_dta", ".sav": "read_sav", ".zsav": "read_sav"}
FOREIGN = (*EXCEL, *LABELED)
#: The suffixes of files whose programs count the header as row 1.
_WITH_HEADER = (".csv", ".tsv", *EXCEL)
#: The maximum size of a file in bytes.
MOST = 1 << 30
#: The maximum number of rows times columns of a Stata or SPSS file.
MOST_CELLS = 1 << 24
#: The maximum number of characters in all cells of a Stata or SPSS file.
MOST_TEXT = 1 << 29
#: The maximum size in bytes of all rows of a Stata or SPSS file, with each text filled
#: up to the maximum length of its column.
MOST_OF_ALL_ROWS = 1 << 33
#: The maximum size in bytes of the rows to read together, measured in the same way.
MOST_OF_A_PART = 1 << 28
#: The start of a long text in a Stata file. Its length comes after 9 or 13 bytes.
_LONG_TEXT = re.compile(b"GSO")


def is_foreign(path: Path) -> bool:
    """Return whether *path* has the suffix of an Excel, Stata or SPSS file."""
    return path.suffix.lower() in FOREIGN


def first_row(path: Path, how: Reading) -> int:
    """Return the row number of the first data row in the file at *path*."""
    above = how.header_row if path.suffix.lower() in _WITH_HEADER else 0
    return above + how.skip_rows + 1


def columns_of(
    path: Path, how: Reading, digests: _files.Digests | None = None
) -> dict[str, list[Any]]:
    """Read the columns of the file at *path*. Missing values become None.

    A code with a value label is replaced by the label, unless the codebook defines
    the code. The digest of the file is added to *digests*.

    Raises:
        TableError: the file cannot be read, a library is missing, or two columns have
            the same name.
    """
    is_excel = path.suffix.lower() in EXCEL
    name, extra = ("fastexcel", "excel") if is_excel else ("pyreadstat", "stats")
    needed(name, path, extra)
    try:
        content = _files.content(path, most=MOST, regular=True, digests=digests)
    except _files.TooLargeError:
        raise unreadable(path, f"it has more than {MOST:,} bytes") from None
    except OSError as error:
        raise unreadable(path, _files.why(error)) from None
    columns = (_sheet if is_excel else _labeled)(path, content, how)
    last = max(QUALTRICS_ROWS - 1 - how.skip_rows, 0)
    cells = (cell for c in columns.values() for cell in c[last : last + 1])
    refuse_import_ids(cells, path, how)
    return columns


def needed(name: str, path: Path, extra: str) -> Any:
    """Import the library *name*; an error names the *extra* to install."""
    try:
        return import_module(name)
    except ImportError as missing:
        wrong = problem("BE743", token=str(path), file=path, name=name, extra=extra)
        raise TableError([wrong]) from missing


def _sheet(path: Path, content: bytes, how: Reading) -> dict[str, list[Any]]:
    with _opened(path, content, how) as (book, sheet):
        return _columns_in(path, book, sheet, how)


@contextmanager
def _opened(path: Path, content: bytes, how: Reading) -> Iterator[tuple[Any, str]]:
    """Open the workbook *content*; yield it with the name of the sheet to read."""
    needed("pyarrow", path, "excel")
    fastexcel = import_module("fastexcel")
    # Without a handler, notes about columns without cells go to standard error.
    notes = logging.getLogger("fastexcel")
    if not notes.handlers:
        notes.addHandler(logging.NullHandler())
    try:
        content = checked_workbook(content)
    except WorkbookError as error:
        raise unreadable(path, str(error)) from error
    with _refusing(path):
        book = fastexcel.read_excel(content)
    sheet = _chosen(path, book.sheet_names, how.sheet)
    with _refusing(path):
        yield book, sheet


def first_rows(path: Path, how: Reading, most: int) -> list[list[str]]:
    """Return the first *most* rows of cells in an Excel sheet; [] for other files."""
    if path.suffix.lower() not in EXCEL:
        return []
    content = _files.content(path, most=MOST, regular=True)
    with _opened(path, content, how) as (book, sheet):
        read = book.load_sheet(
            sheet, header_row=None, skip_rows=0, n_rows=most, dtypes="string"
        )
        return _texts(read)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Convert the Excel library's errors, which may quote a cell, to a `TableError`."""
    try:
        yield
    except TableError:
        raise
    except Exception as error:
        raise unreadable(path, "it is not a complete Excel workbook") from error


def _columns_in(
    path: Path, book: Any, sheet: str, how: Reading
) -> dict[str, list[Any]]:
    load = partial(book.load_sheet, sheet, header_row=None)
    above = how.header_row - 1
    head = load(n_rows=1, skip_rows=0, dtypes="string")
    height = head.total_height
    if above and height <= above:
        raise unreadable(path, no_header(how))
    if above:
        head = load(n_rows=1, skip_rows=above, dtypes="string")
    elif not any(map(any, _texts(head))):
        # The library skips blank rows at the start only if it is not told how many.
        head = load(n_rows=1, dtypes="string")
        above = height - head.total_height
    names = next(iter(_texts(head)), [])
    refuse_repeats([name for name in names if name])
    # Without these, the library would invent names for columns that have none. Names
    # in the sheet have no spaces at their ends.
    own = [name or f"{number} " for number, name in enumerate(names)]
    skipped = above + 1 + how.skip_rows
    if height <= skipped:
        return {name: [] for name in names if name}
    rows = load(column_names=own, skip_rows=skipped)
    columns = rows.to_arrow().to_pydict()
    return {name: columns[name] for name in names if name}


def _texts(sheet: Any) -> list[list[str]]:
    """Return the cells in each row of *sheet*, which were read as strings."""
    rows = zip(*sheet.to_arrow().to_pydict().values(), strict=True)
    return [["" if cell is None else cell.strip() for cell in row] for row in rows]


def _chosen(path: Path, sheets: list[str], wanted: str | None) -> str:
    if wanted is None and len(sheets) == 1:
        return sheets[0]
    words: dict[str, Any] = {"token": str(path), "file": path, "sheets": quoted(sheets)}
    if wanted is None:
        asked = reading_option("sheet", sheets[0])
        raise TableError([problem("BE744.several", **words, option=asked)])
    if wanted not in sheets:
        near = did_you_mean(wanted, sheets)
        found = problem("BE744.unknown", **words, near=near, sheet=wanted)
        raise TableError([found])
    return wanted


def _labeled(path: Path, content: bytes, how: Reading) -> dict[str, list[Any]]:
    read = getattr(import_module("pyreadstat"), LABELED[path.suffix.lower()])
    named = None if is_utf_8(how) else how.encoding
    read = partial(read, output_format="dict", encoding=named)
    try:
        data, notes = _bounded(read, content)
    except TableError:
        raise
    except TooLargeError as error:
        raise unreadable(path, str(error)) from None
    except Exception as error:
        why = "it is not a complete file of this type"
        raise unreadable(path, why) from error
    labels = notes.variable_value_labels
    columns = {
        column: _with_labels(
            cells[how.skip_rows :],
            labels.get(column, {}),
            codes_of_column(how, column),
        )
        for column, cells in data.items()
    }
    longest = max(
        (len(str(word)) for words in labels.values() for word in words.values()),
        default=0,
    )
    cells = sum(len(columns[column]) for column in labels if column in columns)
    if cells * longest > MOST_TEXT and _size(columns.values()) > MOST_TEXT:
        raise unreadable(path, f"it has more than {MOST_TEXT:,} characters of text")
    return columns


def _size(columns: Iterable[Iterable[Any]]) -> int:
    """Return the total number of characters in the cells."""
    return sum(
        len(cell) for cells in columns for cell in cells if isinstance(cell, str)
    )


class TooLargeError(Exception):
    """A file would take too much memory."""

    def __init__(self, most: int, kind: str) -> None:
        super().__init__(f"it has more than {most:,} {kind}")


def _bounded(read: Callable[..., Any], content: bytes) -> tuple[dict[str, Any], Any]:
    """Read the columns and the metadata of a file in chunks, to measure its text.

    A small compressed file can contain many large rows. In a Stata file, many cells can
    refer to one long string.

    Raises:
        TooLargeError: the file has too many cells or too much text.
    """
    _, notes = read(BytesIO(content), metadataonly=True)
    refuse_many(notes.number_columns)
    width = _width_of_row(notes, content)
    rows = MOST_CELLS // max(notes.number_columns, 1)
    most = min(rows, MOST_OF_ALL_ROWS // width)
    at_once = max(1, min(most + 1, MOST_OF_A_PART // width))
    parts: list[dict[str, Any]] = []
    done = size = 0
    found, stated = at_once, notes.number_rows or 0
    while found == at_once:
        if max(done, stated) > most:
            if most == rows:
                raise TooLargeError(MOST_CELLS, "cells")
            raise TooLargeError(MOST_OF_ALL_ROWS, "bytes in its rows, unpacked")
        data, notes = read(BytesIO(content), row_offset=done, row_limit=at_once)
        parts.append(data)
        found = max(map(len, data.values()), default=0)
        done += found
        size += _size(data.values())
        if size > MOST_TEXT:
            raise TooLargeError(MOST_TEXT, "characters of text")
    if len(parts) == 1:
        return parts[0], notes
    return {name: [*chain(*(part[name] for part in parts))] for name in data}, notes


def _width_of_row(notes: Any, content: bytes) -> int:
    """Return the size of a row in bytes if every string has the maximum length."""
    widths = notes.variable_storage_width.values()
    # Stata stores a long string once; a row contains only its number.
    lengths = (
        length
        for found in _LONG_TEXT.finditer(content)
        for form in ("<I", ">I")
        for at in (9, 13)
        if (length := _number(content, found.end() + at, form)) < len(content)
    )
    longest = max(lengths, default=0) if 0 in widths else 0
    return sum(width or longest for width in widths) or 1


def _number(content: bytes, at: int, form: str) -> int:
    found = content[at : at + 4]
    return int(struct.unpack(form, found)[0]) if len(found) == 4 else 0  # noqa: PLR2004


def _with_labels(
    cells: Iterable[Any], labels: Mapping[Any, str], codes: Mapping[str, str]
) -> list[Any]:
    """Replace codes in *cells* with their labels, and empty strings with None."""
    words = {code: word for code, word in labels.items() if code_in(code) not in codes}
    # A file has few distinct codes. They may be integers or floats; as keys, these are
    # equal if their values are.
    return [None if cell in ("", None) else words.get(cell, cell) for cell in cells]
