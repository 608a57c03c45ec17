"""Check an Excel workbook before a library reads it.

The library allocates memory for every cell between the first row and column and the
last, and copies a shared text into each of its cells. So a file of a few kilobytes can
exhaust the memory, which ends the process. This module unpacks the workbook in bounded
memory and measures its sheets. The library gets a new archive with only the members
that were checked, so both read the same content.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from typing import final
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812

#: The maximum number of members of the archive.
MOST_MEMBERS = 10_000
#: The maximum size in bytes of the unpacked members with XML.
MOST_UNPACKED = 1 << 29
#: The maximum number of cells between the first cell of a sheet and its last row and
#: column, including empty ones.
MOST_CELLS = 1 << 24
#: The maximum size in bytes of a cell or a shared text, with its markup. Excel limits a
#: text to 32,767 characters.
MOST_OF_A_CELL = 1 << 20
#: The maximum size in bytes of all texts of a sheet. A shared text counts for each cell
#: that contains it.
MOST_TEXT = 1 << 29

_CHUNK = 1 << 18
#: The signature of an entry in the directory of an archive.
_ENTRY = b"PK\x01\x02"
#: The level of compression of the copy: the fastest.
_SPEED = 1
_LETTERS = 26
_DIGITS = re.compile("[0-9]{1,8}")
_REFERENCE = re.compile("([A-Za-z]{1,3})([0-9]{1,7})")

_UNKNOWN = "it is not an Excel workbook"
_INCOMPLETE = "it is not a complete Excel workbook"
_DECLARED = "it has a document type declaration"
#: The errors of the standard library about damaged or encrypted archives.
_DAMAGES = (
    BadZipFile,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
    ZlibError,
)


class WorkbookError(Exception):
    """A workbook is damaged or too large. The message is the reason."""


def checked_workbook(content: bytes) -> bytes:
    """Return a copy of the workbook *content* that has only members with XML.

    Raises:
        WorkbookError: it is not a workbook, is damaged, or exceeds a limit.
    """
    copy = BytesIO()
    # An archive with many members would take much memory to open.
    if content.count(_ENTRY) > MOST_MEMBERS:
        raise _too_much(MOST_MEMBERS, "members")
    try:
        packed = ZipFile(BytesIO(content))
    except _DAMAGES as error:
        raise WorkbookError(_UNKNOWN) from error
    try:
        archive = ZipFile(copy, "w", ZIP_DEFLATED, compresslevel=_SPEED)
        with packed, archive as made:
            _copy(packed, made)
    except _DAMAGES as error:
        raise WorkbookError(_INCOMPLETE) from error
    return copy.getvalue()


def _copy(packed: ZipFile, made: ZipFile) -> None:
    """Copy the members with XML, and measure them."""
    names = set[str]()
    left = MOST_UNPACKED
    members: list[_Member] = []
    for entry in packed.infolist():
        name = entry.filename.lower().replace("\\", "/")
        if not name.endswith((".xml", ".rels")):
            continue
        if name in names or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise WorkbookError(_UNKNOWN)
        names.add(name)
        if entry.file_size > left:
            raise _too_much(MOST_UNPACKED, "bytes when unpacked")
        member = _Member()
        with packed.open(entry) as source, made.open(entry.filename, "w") as target:
            while chunk := source.read(_CHUNK):
                left -= len(chunk)
                if left < 0:
                    raise _too_much(MOST_UNPACKED, "bytes when unpacked")
                member.read(chunk)
                target.write(chunk)
            member.read(b"", last=True)
        members.append(member)
    if "xl/workbook.xml" not in names:
        raise WorkbookError(_UNKNOWN)
    texts = [size for member in members for size in member.texts]
    for member in members:
        member.refuse_repeated(texts)


def _too_much(most: int, kind: str) -> WorkbookError:
    return WorkbookError(f"it has more than {most:,} {kind}")


@final
class _LocalNames(dict[str, str]):
    """Maps the names of elements to names without a prefix."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self) < MOST_MEMBERS:
            self[name] = local
        return local


@final
class _Member:
    """Measures a member of a workbook while it is unpacked.

    A cell or a row without a reference follows the previous one. A cell without content
    does not count.
    """

    def __init__(self) -> None:
        #: The size of each shared text in bytes, including its markup.
        self.texts: list[int] = []
        #: The number of cells for each index of a shared text.
        self._uses = Counter[str]()
        #: The cell or shared text that is being read, and where it starts.
        self._inside, self._start = "", 0
        self._is_shared = False
        #: The text since the start of an element.
        self._pieces: list[str] = []
        #: The current row and column, and the last ones with content.
        self._row = self._column = self._rows = self._width = 0
        self._number = ""
        self._columns: dict[str, int] = {}
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._pieces.append
        parser.StartDoctypeDeclHandler = _refuse_entities
        self._parser = parser
        self._names = _LocalNames()

    def read(self, chunk: bytes, *, last: bool = False) -> None:
        """Measure the next bytes."""
        try:
            self._parser.Parse(chunk, last)
        except expat.ExpatError as error:
            raise WorkbookError(_INCOMPLETE) from error
        if self._inside:
            self._refuse_long()
        else:
            self._pieces.clear()

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        name = self._names[name]
        if name == "v":
            self._pieces.clear()
            if self._row > self._rows or self._column > self._width:
                self._grow()
        elif name == "c":
            self._inside, self._start = name, self._parser.CurrentByteIndex
            self._is_shared = attributes.get("t") == "s"
            # If references are not in order, this is an upper bound.
            self._column += 1
            if reference := attributes.get("r"):
                letters = reference.removesuffix(self._number)
                column = self._columns.get(letters) or self._column_of(reference)
                self._column = max(self._column, column)
        elif name == "row":
            self._row, self._column = self._row + 1, 0
            if number := attributes.get("r"):
                if not _DIGITS.fullmatch(number):
                    raise WorkbookError(_INCOMPLETE)
                self._row = max(self._row, int(number))
            self._number = str(self._row)
        elif name == "si":
            self._inside, self._start = name, self._parser.CurrentByteIndex
        elif self._inside == "c":
            self._grow()

    def _end(self, name: str) -> None:
        name = self._names[name]
        if name == "v":
            if self._is_shared:
                self._uses["".join(self._pieces).strip()] += 1
        elif name == self._inside:
            size = self._refuse_long()
            if name == "si":
                self.texts.append(size)
            self._inside = ""

    def _column_of(self, reference: str) -> int:
        """Return the column of a *reference* such as `B7`, and move to its row."""
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            raise WorkbookError(_INCOMPLETE)
        letters, number = found.groups()
        column = 0
        for letter in letters.upper():
            column = column * _LETTERS + ord(letter) - ord("A") + 1
        if number == self._number:
            self._columns[letters] = column
        self._row = max(self._row, int(number))
        self._number = str(self._row)
        return column

    def _grow(self) -> None:
        self._rows = max(self._rows, self._row)
        self._width = max(self._width, self._column)
        if self._rows * self._width > MOST_CELLS:
            raise _too_much(MOST_CELLS, "cells in a sheet, including empty ones")

    def _refuse_long(self) -> int:
        """Return the size of the current cell or text, if it is within the limit."""
        size = self._parser.CurrentByteIndex - self._start
        if size > MOST_OF_A_CELL:
            raise _too_much(MOST_OF_A_CELL, "bytes in a cell")
        return size

    def refuse_repeated(self, texts: Sequence[int]) -> None:
        """Refuse a sheet if the shared *texts* in its cells are too long in total."""
        total = 0
        for index, uses in self._uses.items():
            # The library reads text that is not a number as the number 0.
            number = int(index or 0) if _DIGITS.fullmatch(index or "0") else -1
            if not 0 <= number < len(texts):
                raise WorkbookError(_INCOMPLETE)
            total += texts[number] * uses
        if total > MOST_TEXT:
            raise _too_much(MOST_TEXT, "bytes of text in a sheet")


def _refuse_entities(*_: object) -> None:
    raise WorkbookError(_DECLARED)
