"""Options for reading files from other programs."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics._files import printable
from boundaryethics.arguments import argument
from boundaryethics.batch.encode import Cells, refuse_undeclared
from boundaryethics.errors import (
    Problem,
    TableError,
    problem,
    quoted,
    reading_option,
)
from boundaryethics.model.facts import UNKNOWN, Vocabulary
from boundaryethics.model.policy import digest
from boundaryethics.model.rules import Option
from boundaryethics.policies.codebook import Codebook, as_codebook

LAYOUTS = ("long", "wide")
#: The placeholder for a vignette's name in the column names of a wide layout.
SLOT = "{vignette}"
_RESPONSES = frozenset(option.value for option in Option)
#: The number of rows that Qualtrics writes below the header, and the start of each cell
#: in the last of them.
QUALTRICS_ROWS, _IMPORT_ID = 2, '{"ImportId"'
#: Separators, by the names that the command accepts.
_NAMED = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if isinstance(given, str | int | float):
        given = (given,)
    cells = argument(name, given, Sequence[str | int | float])
    # A subclass of `str` may format itself differently, so use its plain text.
    return tuple(str.__str__(c) if isinstance(c, str) else str(c) for c in cells)


def _decimal(given: Any) -> str:
    text: str = argument("decimal", given, str)
    return text


def _encoding(given: Any) -> str:
    text: str = argument("encoding", given, str)
    return text


def _sheet(given: Any) -> str | None:
    text: str | None = argument("sheet", given, str | None)
    return text


def _header_row(given: Any) -> int:
    number: int = argument("header_row", given, int)
    return number


def _skip_rows(given: Any) -> int:
    number: int = argument("skip_rows", given, int)
    return number


def _layout(given: Any) -> str:
    text: str = argument("layout", given, str)
    return text


def _ignore(given: Any) -> tuple[str, ...]:
    return _texts("ignore", given)


def _na(given: Any) -> tuple[str, ...]:
    return _texts("na", given)


def _separator(given: Any) -> str | None:
    sign: str | None = argument("separator", given, str | None)
    return _NAMED.get(sign, sign) if sign is not None else None


def _mapping(given: Any) -> dict[str, str]:
    return dict(argument("columns", given, Mapping[str, str]))


def _codebook(given: Any) -> Codebook | None:
    if given is None or isinstance(given, Codebook | Mapping):
        return None if given is None else as_codebook(given)
    return as_codebook(argument("codebook", given, str | Path))


@final
@attrs.frozen(kw_only=True)
class Reading:
    """How to read tables, ratings and vignettes.

    The command line has options with the same names. The library does not guess: if a
    file needs an option, the error names it.
    """

    #: The character between the cells of a text file. The default is a comma, or a tab
    #: in files with the suffix `.tsv`.
    separator: str | None = attrs.field(default=None, converter=_separator)
    #: The decimal separator in numbers that are text: `.` or `,`.
    decimal: str = attrs.field(default=".", converter=_decimal)
    #: The character encoding of a CSV, Stata or SPSS file, such as `latin-1`.
    encoding: str = attrs.field(default="utf-8", converter=_encoding)
    #: The sheet of an Excel workbook; required if there are several.
    sheet: str | None = attrs.field(default=None, converter=_sheet)
    #: The row of a sheet, or the line of a CSV file, that has the names of the columns.
    #: Everything above it is left out. With 1, it is the first row that is not blank.
    header_row: int = attrs.field(default=1, converter=_header_row)
    #: The number of rows to leave out below the header of a CSV, Excel, Stata or SPSS
    #: file. Qualtrics writes two: the text and the ID of each question.
    skip_rows: int = attrs.field(default=0, converter=_skip_rows)
    #: The layout of ratings: `long` has one row for each ranked response, and `wide`
    #: has one column for each response.
    layout: str = attrs.field(default="long", converter=_layout)
    #: The file's column for each fact or ratings column whose name is different in the
    #: file.
    columns: Mapping[str, str] = attrs.field(factory=dict, converter=_mapping)
    #: Columns to ignore.
    ignore: tuple[str, ...] = attrs.field(default=(), converter=_ignore)
    #: Codes for missing values, such as `NA` or `-99`.
    na: tuple[str, ...] = attrs.field(default=(), converter=_na)
    #: A codebook: the path of a file, or a mapping with the same content.
    codebook: Codebook | None = attrs.field(default=None, converter=_codebook)

    def __attrs_post_init__(self) -> None:
        if wrong := [*self._misfits()]:
            raise TableError(wrong)

    def _misfits(self) -> Iterator[Problem]:
        sign = self.separator
        if sign is not None and len(sign) != 1:
            yield problem("BE885.separator", separator=sign)
        if self.decimal not in {".", ","}:
            yield problem("BE885.decimal", decimal=self.decimal)
        try:
            # Not every codec that Python finds is for text.
            "".encode(self.encoding)
        except (LookupError, TypeError, ValueError):
            yield problem("BE885.encoding", encoding=self.encoding)
        if self.header_row < 1:
            yield problem("BE885.header", row=self.header_row)
        if self.skip_rows < 0:
            yield problem("BE885.rows", rows=self.skip_rows)
        if self.layout not in LAYOUTS:
            yield problem("BE885.layout", layout=self.layout, layouts=quoted(LAYOUTS))
        yield from _read_and_ignored(self, own_columns(self))


def _read_and_ignored(how: Reading, columns: Mapping[str, str]) -> Iterator[Problem]:
    """Yield a problem for each of the *columns* that *how* ignores."""
    ignored = ignored_by(how)
    for name, column in columns.items():
        if column in ignored:
            yield problem("BE885.ignored", name=name, column=column, token=column)


def recorded(how: Reading, files: Mapping[Path, str] | None = None) -> dict[str, Any]:
    """Record files, and how they were read.

    Return the name and the digest of each file, the settings that differ from the
    default, and the codebook's digest.
    """
    book, default = how.codebook, Reading()
    content = ("columns", "codes", "missing", "ignore")
    made = {
        field.name: getattr(how, field.name)
        for field in attrs.fields(Reading)
        if getattr(how, field.name) != getattr(default, field.name)
    }
    if book:
        made["codebook"] = digest(**{name: getattr(book, name) for name in content})
        if book.sha256:
            made["codebook_sha256"] = book.sha256
    if not files:
        return made
    names = [printable(path.name) for path in files]
    return {"files": names, "sha256": [*files.values()], **made}


def unreadable(
    path: Path, why: str, advice: str = "", *, code: str = "BE731"
) -> TableError:
    """Return the error for a file that cannot be used; *why* is the reason."""
    why = " ".join(why.split())[:200].rstrip(".")
    if not why[1:2].isupper():
        why = why[:1].lower() + why[1:]
    words: dict[str, Any] = {"file": path, "why": why, "advice": advice}
    return TableError([problem(code, token=str(path), **words)])


def refuse_import_ids(cells: Iterable[object], file: object, how: Reading) -> None:
    """Raise a `TableError` if *cells*, the second data row, are Qualtrics import IDs.

    Such a row has the ID of each question, and the row above it has the question's
    text. Neither row is data, so no result may include either.
    """
    kept = how.skip_rows < QUALTRICS_ROWS
    if kept and any(str(cell).startswith(_IMPORT_ID) for cell in cells):
        option = reading_option("skip-rows", QUALTRICS_ROWS)
        raise TableError([problem("BE746", token=str(file), file=file, option=option)])


def no_header(how: Reading) -> str:
    """Return the reason why a file that lacks the header row cannot be read."""
    number = how.header_row
    return "it has no header" if number == 1 else f"it has no header in row {number:,}"


def is_utf_8(how: Reading) -> bool:
    """Return whether the encoding is UTF-8, with or without a byte order mark."""
    return codecs.lookup(how.encoding).name in {"utf-8", "utf-8-sig", "ascii"}


def ignored_by(how: Reading) -> frozenset[str]:
    """Return the columns to ignore."""
    return frozenset((*how.ignore, *(how.codebook.ignore if how.codebook else ())))


def own_columns(how: Reading) -> dict[str, str]:
    """Map names to columns of the file, using the codebook and `columns`."""
    return {**(how.codebook.columns if how.codebook else {}), **how.columns}


def codes_for(how: Reading, name: str) -> dict[str, str]:
    """Map codes to values for a fact or a column of ratings.

    Codes for missing data map to `UNKNOWN`.
    """
    book = how.codebook
    missing = (*how.na, *(book.missing if book else ()))
    found = dict.fromkeys(missing, UNKNOWN)
    found |= book.codes.get(name, {}) if book else {}
    return {
        spelled: value
        for code, value in found.items()
        for spelled in _spellings(code, how.decimal)
    }


def codes_of_column(how: Reading, column: str) -> dict[str, str]:
    """Map codes to values for a *column* of the file. Columns of ranks share codes."""
    names = {at: name for name, at in own_columns(how).items()}
    name = names.get(column, column)
    if name not in _RESPONSES:
        name = next((n for at, n in names.items() if _names_each(at, column)), name)
    if name not in _RESPONSES:
        return codes_for(how, name)
    return {**codes_for(how, "rank"), **codes_for(how, name)}


def _names_each(pattern: str, column: str) -> bool:
    """Return whether *column* matches a *pattern* with a slot for a vignette's name."""
    start, slot, end = pattern.partition(SLOT)
    return bool(slot) and column.startswith(start) and column.endswith(end)


def _spellings(code: str, decimal: str) -> tuple[str, ...]:
    """Return the forms in which programs export a number: `1`, `1.0` and `1.00`."""
    if not code.removeprefix("-").isdecimal():
        return (code,)
    signs = {".", decimal}
    return (code, *(f"{code}{sign}{zeros}" for sign in signs for zeros in ("0", "00")))


def cells_of(
    how: Reading,
    words: Mapping[str, bool],
    vocabulary: Vocabulary,
    *,
    show_values: bool,
) -> Cells:
    """Return the settings for reading the cells of facts in *vocabulary*."""
    if not (how.na or how.codebook):
        return Cells(words, show_values, decimal=how.decimal)
    codes = {
        fact.name: {
            code: value
            for code, value in codes_for(how, fact.name).items()
            if value in fact.all_values
        }
        for fact in vocabulary.facts
    }
    return Cells(words, show_values, codes, how.decimal)


def fact_columns(
    how: Reading,
    columns: Mapping[str, str] | None,
    vocabularies: Sequence[Vocabulary],
) -> dict[str, str]:
    """Map facts to the columns of a table. The entries of *columns* take precedence.

    Raises:
        SituationError: a name is not a fact of *vocabularies*.
        TableError: the codebook has an unknown name or value.
    """
    stated = {**how.columns, **(columns or {})}
    refuse_undeclared(stated, vocabularies)
    if wrong := [*_read_and_ignored(how, columns or {})]:
        raise TableError(wrong)
    if how.codebook is None:
        return stated
    if wrong := [*how.codebook.problems(vocabularies, [*Option])]:
        raise TableError(wrong)
    known = {name for one in vocabularies for name in one.by_name}
    own = {n: c for n, c in how.codebook.columns.items() if n in known}
    return {**own, **stated}
