"""Read files from Excel, Stata and SPSS into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

from boundaryethics import _files
from boundaryethics.batch.encode import code_in, refuse_repeats
from boundaryethics.batch.reading import (
    QUALTRICS_ROWS,
    Reading,
    codes_for,
    is_utf_8,
    own_columns,
    refuse_import_ids,
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


def is_foreign(path: Path) -> bool:
    """Return whether *path* has the suffix of an Excel, Stata or SPSS file."""
    return path.suffix.lower() in FOREIGN


def first_row(path: Path, how: Reading) -> int:
    """Return the number of the first data row in the file at *path*."""
    return how.skip_rows + (2 if path.suffix.lower() in _WITH_HEADER else 1)


def columns_of(path: Path, how: Reading) -> dict[str, list[Any]]:
    """Read the columns of the file at *path*. Missing values become None.

    A code with a value label becomes its label, unless the codebook defines the code.

    Raises:
        TableError: the file cannot be read, a library is missing, or two columns have
            the same name.
    """
    is_excel = path.suffix.lower() in EXCEL
    name, extra = ("fastexcel", "excel") if is_excel else ("pyreadstat", "stats")
    needed(name, path, extra)
    try:
        content = _files.content(path, most=MOST, regular=True)
    except _files.TooLargeError:
        raise _unreadable(path, f"it has more than {MOST:,} bytes") from None
    except OSError as error:
        raise _unreadable(path, _files.why(error)) from None
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
        wrong = problem("BE743", file=path, name=name, extra=extra)
        raise TableError([wrong]) from missing


def _sheet(path: Path, content: bytes, how: Reading) -> dict[str, list[Any]]:
    needed("pyarrow", path, "excel")
    fastexcel = import_module("fastexcel")
    try:
        content = checked_workbook(content)
    except WorkbookError as error:
        raise _unreadable(path, str(error)) from error
    with _refusing(path):
        book = fastexcel.read_excel(content)
    sheet = _chosen(path, book.sheet_names, how.sheet)
    with _refusing(path):
        return _columns_in(book, sheet, how.skip_rows)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Convert errors of the library to a `TableError`. They may quote a cell."""
    try:
        yield
    except TableError:
        raise
    except Exception as error:
        raise _unreadable(path, "it is not a complete Excel workbook") from error


def _columns_in(book: Any, sheet: str, skip_rows: int) -> dict[str, list[Any]]:
    head = book.load_sheet(sheet, header_row=None, n_rows=1, dtypes="string")
    cells = (cells[0] for cells in head.to_arrow().to_pydict().values())
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    refuse_repeats([name for name in names if name])
    # Without these, the library would invent names for columns that have none.
    own = [name or f"\0{number}" for number, name in enumerate(names)]
    skipped = 1 + skip_rows
    if skip_rows and head.total_height <= skipped:
        return {name: [] for name in names if name}
    rows = book.load_sheet(sheet, column_names=own, skip_rows=skipped, header_row=None)
    return {
        name: cells
        for name, cells in rows.to_arrow().to_pydict().items()
        if not name.startswith("\0")
    }


def _chosen(path: Path, sheets: list[str], wanted: str | None) -> str:
    if wanted is None and len(sheets) == 1:
        return sheets[0]
    words: dict[str, Any] = {"file": path, "sheets": quoted(sheets)}
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
    try:
        data, notes = read(BytesIO(content), output_format="dict", encoding=named)
    except Exception as error:
        why = "it is not a complete file of this type"
        raise _unreadable(path, why) from error
    labels = notes.variable_value_labels
    names = {column: name for name, column in own_columns(how).items()}
    return {
        column: _with_labels(
            cells[how.skip_rows :],
            labels.get(column, {}),
            codes_for(how, names.get(column, column)),
        )
        for column, cells in data.items()
    }


def _with_labels(
    cells: Iterable[Any], labels: Mapping[Any, str], codes: Mapping[str, str]
) -> list[Any]:
    """Replace codes in *cells* with their labels, and empty text with None."""
    words = {code: word for code, word in labels.items() if code_in(code) not in codes}
    # A file has few distinct codes. They may be integers or floats; as keys, these are
    # equal if their values are.
    return [None if cell in ("", None) else words.get(cell, cell) for cell in cells]


def _unreadable(path: Path, why: str) -> TableError:
    return TableError([problem("BE731", file=path, why=why, advice="")])
