"""Check an Excel workbook before a library reads it.

The library allocates memory for every cell between the first and last rows and columns,
and copies a shared string into every cell that uses it. So a file of a few kilobytes
can exhaust memory and crash the process. This module unpacks the workbook in bounded
memory and measures its sheets. The library gets a new archive with only the members
that were checked, so it sees the same content as this module.

Common spreadsheet programs write all cells in the same form. A single search of a sheet
can show that all its cells have this form and are within the limits (`_are_near`).
Sheets that fail this test must be parsed, which takes ten times as long (`_Member`).
"""

from __future__ import annotations

import re
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from typing import final
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo
from zlib import error as ZlibError  # noqa: N812

#: The maximum number of members of the archive.
MOST_MEMBERS = 10_000
#: The maximum size in bytes of the unpacked members with XML.
MOST_UNPACKED = 1 << 29
#: The maximum size in bytes of a member that is neither a sheet nor the shared texts,
#: such as the list of the sheets. The library keeps such a member in memory.
MOST_OF_A_PART = 1 << 24
#: The maximum size in bytes of a sheet that must be parsed, which is slow.
MOST_PARSED = 1 << 26
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
#: The signatures of a member and of the end of the directory.
_MEMBER, _END = b"PK\x03\x04", b"PK\x05\x06"
#: Where the header of a member states the lengths of its name and its extra field.
_LENGTHS_AT = 26
#: The version of the format, the flag for names in UTF-8, and 1 January 1980.
_VERSION, _IS_UTF_8, _DAY = 20, 0x800, 0x21
_LETTERS = 26
_ROWS = 1_048_576
_DIGITS = re.compile("[0-9]{1,8}")
_REFERENCE = re.compile("([A-Za-z]{1,3})([0-9]{1,7})")

_WORKBOOK, _SHARED = "xl/workbook.xml", "xl/sharedstrings.xml"
#: The members that are limited to `MOST_OF_A_PART`.
_PARTS = (_WORKBOOK, "xl/styles.xml", "[content_types].xml")
#: XML that does not mean what it seems to mean: declarations, elements with a
#: prefix, text with two bytes for each character, and invalid indexes of shared texts.
_UNUSUAL = [
    re.compile(one)
    for one in (
        rb"<![^-\[]",
        rb":(?:c|si)[\s/>]",
        rb"\0",
        rb't="s"[^<>]*>(?!<v>[0-9]{1,8}</v>)',
    )
]
_DIMENSION = re.compile(
    rb'<dimension ref="[A-Z]{1,2}[1-9][0-9]{0,6}:([A-Z]{1,2})([1-9][0-9]{0,6})"'
)
_A_TEXT = re.compile(rb"<si[\s/>]")
_INDEX = re.compile(rb't="s"[^<>]*><v>([0-9]{1,8})</v>')
#: The last column and row to assume if a sheet does not state its dimension. Each area
#: is almost as large as `MOST_CELLS` allows.
_AREAS = ((b"O", _ROWS), (b"AX", 329_999), (b"IV", 64_999), (b"ZZ", 22_999))

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
    """Return a copy of the workbook *content* with only its XML members.

    Raises:
        WorkbookError: it is not a workbook, is damaged, or exceeds a limit.
    """
    # An archive with many members would take much memory to open.
    if content.count(_ENTRY) > MOST_MEMBERS:
        raise _too_much(MOST_MEMBERS, "members")
    try:
        packed = ZipFile(BytesIO(content))
    except _DAMAGES as error:
        raise WorkbookError(_UNKNOWN) from error
    try:
        with packed:
            return _copied(content, _checked(packed))
    except _DAMAGES as error:
        raise WorkbookError(_INCOMPLETE) from error


def _checked(packed: ZipFile) -> Iterable[ZipInfo]:
    """Check the XML members of the archive, and return them."""
    entries: dict[str, ZipInfo] = {}
    left = MOST_UNPACKED
    for entry in packed.infolist():
        name = entry.filename.lower().replace("\\", "/")
        if not name.endswith((".xml", ".rels")):
            continue
        if name in entries or entry.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
            raise WorkbookError(_UNKNOWN)
        entries[name] = entry
        left -= entry.file_size  # no more than this is read
        if left < 0:
            raise _too_much(MOST_UNPACKED, "bytes when unpacked")
        is_part = name in _PARTS or name.endswith(".rels")
        if is_part and entry.file_size > MOST_OF_A_PART:
            raise _too_much(MOST_OF_A_PART, "bytes in a part that is not a sheet")
    if _WORKBOOK not in entries:
        raise WorkbookError(_UNKNOWN)
    texts = array("L")
    if shared := entries.get(_SHARED):
        texts = sizes_of_texts(packed, shared)
    for entry in entries.values():
        if not any(_are_near(packed, entry, texts, area) for area in _AREAS):
            _measured(packed, entry, texts)
    return entries.values()


def _copied(content: bytes, entries: Iterable[ZipInfo]) -> bytes:
    """Return an archive with only *entries*, which keep their compressed content."""
    copy, directory = BytesIO(), BytesIO()
    entries = [*entries]
    for entry in entries:
        at = entry.header_offset
        lengths = struct.unpack_from("<HH", content, at + _LENGTHS_AT)
        start = at + _LENGTHS_AT + 4 + sum(lengths)
        name = entry.filename.encode()
        flags = entry.flag_bits & _IS_UTF_8
        sizes = (entry.CRC, entry.compress_size, entry.file_size, len(name), 0)
        common = (_VERSION, flags, entry.compress_type, 0, _DAY, *sizes)
        placed = (_VERSION, *common, 0, 0, 0, 0, copy.tell())
        directory.write(_ENTRY + struct.pack("<6H3I5H2I", *placed) + name)
        copy.write(_MEMBER + struct.pack("<5H3I2H", *common) + name)
        copy.write(memoryview(content)[start : start + entry.compress_size])
    start, size = copy.tell(), directory.tell()
    copy.write(directory.getbuffer())
    copy.write(_END + struct.pack("<4H2IH", 0, 0, *2 * [len(entries)], size, start, 0))
    return copy.getvalue()


def _blocks(packed: ZipFile, entry: ZipInfo) -> Iterator[bytes]:
    """Yield the content of an archive member in blocks that start with a tag.

    If a block has cells, the next one starts with a cell.
    """
    rest = b""
    with packed.open(entry) as source:
        while chunk := source.read(_CHUNK):
            start = b"<c " if b"<c " in chunk else b"<"
            before, sign, after = chunk.rpartition(start)
            if sign:
                yield rest + before
                rest = sign + after
            else:
                rest += chunk
            if len(rest) > MOST_OF_A_CELL:
                raise _too_much(MOST_OF_A_CELL, "bytes in a cell")
    yield rest


def _is_unusual(block: bytes) -> bool:
    return any(one.search(block) for one in _UNUSUAL)


def sizes_of_texts(packed: ZipFile, entry: ZipInfo) -> array[int]:
    """Return the size in bytes of each shared string, including its markup."""
    sizes = array("L")
    for block in _blocks(packed, entry):
        if _is_unusual(block):
            return _measured(packed, entry, ()).texts
        before = max(len(sizes) - 1, 0)
        ends = [*(found.start() for found in _A_TEXT.finditer(block)), len(block)]
        if sizes:
            sizes[-1] += ends[0]
        sizes.extend(end - start for start, end in pairwise(ends))
        if max(sizes[before:], default=0) > MOST_OF_A_CELL:
            raise _too_much(MOST_OF_A_CELL, "bytes in a cell")
        if len(sizes) > MOST_CELLS:
            raise _too_much(MOST_CELLS, "shared texts")
    return sizes


def _are_near(
    packed: ZipFile, entry: ZipInfo, texts: array[int], area: tuple[bytes, int]
) -> bool:
    """Return whether all cells have the usual form and the sheet is within the limits.

    The limits apply to the area of a sheet, the sizes of its cells, and the total size
    of the shared *texts* in them. If the sheet does not state its size, *area* is
    the last column and row to assume. A result of False means that the sheet may exceed
    a limit.
    """
    near, longest = far_cells(*area), max(texts, default=0)
    cells = empty = total = 0
    for number, block in enumerate(_blocks(packed, entry)):
        if not number and (found := _DIMENSION.search(block)):
            near = far_cells(found[1], int(found[2]))
        far, most = near
        if most > MOST_CELLS or far.search(block) or _is_unusual(block):
            return False
        here = block.count(b'<c r="')
        cells += here
        # A cell longer than a block has blocks without the start of a cell.
        empty += 0 if here else len(block)
        if cells and empty > MOST_OF_A_CELL // 2:
            return False
        if longest * most > MOST_TEXT:
            size = _size_of_shared(block, texts)
            if size is None:
                return False
            total += size
            if total > MOST_TEXT:
                raise _too_much(MOST_TEXT, "bytes of text in a sheet")
    return True


def _size_of_shared(block: bytes, texts: array[int]) -> int | None:
    """Return the size of the shared *texts* in *block*; None if a cell is unusual."""
    indexes = _INDEX.findall(block)
    if len(indexes) != block.count(b't="s"'):
        return None
    try:
        return sum(map(texts.__getitem__, map(int, indexes)))
    except IndexError as error:
        raise WorkbookError(_INCOMPLETE) from error


def far_cells(columns: bytes, rows: int) -> tuple[re.Pattern[bytes], int]:
    """Return a pattern for far or unusual cells, and the number of near cells.

    Near cells are in columns up to *columns* and in rows up to *rows*, which is rounded
    up; all other cells are far. A cell is unusual if its XML differs from the
    form that common programs write.
    """
    first, *others = [*columns.decode()]
    letters, width = f"[A-{first}]", ord(first) - ord("A") + 1
    if others:
        before = chr(ord(first) - 1)
        letters = f"[A-Z]|{first}[A-{others[0]}]"
        letters += f"|[A-{before}][A-Z]" if first != "A" else ""
        width = width * _LETTERS + ord(others[0]) - ord("A") + 1
    digits = str(rows)
    high, more = digits[0], len(digits) - 1
    numbers, height = f"[1-{high}]", int(high)
    if more:
        low = digits[1]
        numbers = f"[1-9][0-9]{{0,{more - 1}}}|{high}[0-{low}][0-9]{{{more - 1}}}"
        numbers += f"|[1-{int(high) - 1}][0-9]{{{more}}}" if high != "1" else ""
        height = (int(high + low) + 1) * 10 ** (more - 1) - 1
    usual = f' r="(?:{letters})(?:{numbers})"(?: [a-z]{{1,2}}="[a-zA-Z0-9]*")* ?/?>'
    # Other elements whose names start with `c` are not cells.
    return re.compile(f"<c(?!{usual})(?![a-zA-Z])".encode()), width * height


def _measured(packed: ZipFile, entry: ZipInfo, texts: Sequence[int]) -> _Member:
    """Parse and measure a member; raise an error if it exceeds a limit."""
    if entry.file_size > MOST_PARSED:
        raise _too_much(
            MOST_PARSED, "bytes in a sheet whose cells have an unusual form"
        )
    member = _Member(texts)
    with packed.open(entry) as source:
        while chunk := source.read(_CHUNK):
            member.read(chunk)
    member.read(b"", last=True)
    return member


def _too_much(most: int, kind: str) -> WorkbookError:
    return WorkbookError(f"it has more than {most:,} {kind}")


@final
class _LocalNames(dict[str, str]):
    """Maps element names to the same names without a prefix."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self) < MOST_MEMBERS:
            self[name] = local
        return local


@final
class _Member:
    """Parser that measures a member of a workbook while it is unpacked.

    A cell or a row without a reference follows the previous one. A cell without content
    does not count.
    """

    def __init__(self, shared: Sequence[int]) -> None:
        """Store the sizes of the *shared* strings that cells refer to."""
        self._shared = shared
        #: The size of the shared texts in all cells so far.
        self._total = 0
        #: The size of each text in this member in bytes, including its markup.
        self.texts = array("L")
        #: The number of bytes read so far.
        self._size = 0
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
        self._size += len(chunk)
        # The parser reads an unfinished tag or comment again with each chunk.
        if self._size - max(self._parser.CurrentByteIndex, 0) > 2 * MOST_OF_A_CELL:
            raise _too_much(MOST_OF_A_CELL, "bytes in a cell")
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
                self._use("".join(self._pieces).strip())
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
        """Measure the current cell or string; raise an error if it is too long."""
        size = self._parser.CurrentByteIndex - self._start
        if size > MOST_OF_A_CELL:
            raise _too_much(MOST_OF_A_CELL, "bytes in a cell")
        return size

    def _use(self, index: str) -> None:
        """Add the size of a cell's shared string to the total."""
        # The library reads text that is not a number as the number 0.
        number = int(index or 0) if _DIGITS.fullmatch(index or "0") else -1
        if not 0 <= number < len(self._shared):
            raise WorkbookError(_INCOMPLETE)
        self._total += self._shared[number]
        if self._total > MOST_TEXT:
            raise _too_much(MOST_TEXT, "bytes of text in a sheet")


def _refuse_entities(*_: object) -> None:
    raise WorkbookError(_DECLARED)
