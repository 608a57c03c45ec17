"""Faults of writing, told in plain words.

In: what the YAML library or the decoder found. Out: problems with a place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boundaryethics.errors import Problem
from boundaryethics.policyfile.nodes import Page, Span

if TYPE_CHECKING:
    from yaml import YAMLError

#: What the library says, what we say, and what may mend it.
_WORDS = (
    (
        "mapping values are not allowed",
        "a colon stands where no key can be",
        "put the text in quotes, or indent the line less",
    ),
    (
        "expected ',' or ']'",
        "a list in brackets is not closed, or lacks a comma",
        "close it with `]`, and put commas between its entries",
    ),
    (
        "expected ',' or '}'",
        "a group in braces is not closed, or lacks a comma",
        "close it with `}`, and put commas between its entries",
    ),
    (
        "unexpected end of stream",
        "text in quotes is not closed",
        "add the closing quote, or take the opening one away",
    ),
    (
        "find expected ':'",
        "a line is neither a key with a colon nor part of a list",
        "write `key: value`",
    ),
    (
        "expected '-' indicator",
        "a list entry does not begin with a dash",
        "begin each entry at the same column with `- `",
    ),
    (
        "block end",
        "a line does not fit those around it",
        "begin keys of one group at one column; quote a text as a whole or not",
    ),
    (
        "expected key",
        "a line does not fit those around it",
        "begin keys of one group at one column; quote a text as a whole or not",
    ),
    (
        "node content",
        "a value is missing here",
        "close what is open; quote text that begins with `,`, `]` or `}`",
    ),
    (
        "document start",
        "something stands after the end of the text",
        "take away the line of `...`, or what follows it",
    ),
    (
        "unknown escape",
        "a backslash in double quotes is followed by a letter that means nothing",
        "use single quotes, or write the backslash twice",
    ),
)


def syntax_problem(error: YAMLError, page: Page) -> Problem:
    """The problem that the YAML library's *error* tells of."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line >= len(page.lines) or (column == 0 and not page.lines[line]):
        line, column = _last_written(page, line)
    span = Span(line, column, line, column + 1)
    said = str(getattr(error, "problem", None) or getattr(error, "reason", error))
    message, advice = _told(said, page.lines[line][column : column + 1])
    place = page.place(span)
    return Problem(code="BE101", message=message, where=place, help=advice)


def unprintable_problem(text: str, index: int, page: Page) -> Problem:
    """The problem that the character at *index* cannot stand in a text file."""
    column = index - max(text.rfind(end, 0, index) for end in "\n\r\x85\u2028\u2029")
    before = Page.of(text[:index], page.file)
    line = len(before.lines) - 1
    return Problem(
        code="BE101",
        message=f"the character U+{ord(text[index]):04X} cannot stand in the file",
        where=page.place(Span(line, column - 1, line, column)),
        help="delete it, or write it as an escape in double quotes",
    )


def _told(said: str, character: str) -> tuple[str, str | None]:
    if "cannot start any token" in said:
        return _misplaced(character)
    for part, message, advice in _WORDS:
        if part in said:
            return message, advice
    return f"cannot be read as YAML: {said}", None


def _misplaced(character: str) -> tuple[str, str]:
    if character == "\t":
        return "a tab stands where only spaces can", "indent with spaces"
    message = f"unquoted text cannot begin with `{character}`"
    return message, "put the text in quotes"


def _last_written(page: Page, line: int) -> tuple[int, int]:
    """The end of the last line at or above *line* that is not blank."""
    for number in range(min(line, len(page.lines) - 1), -1, -1):
        written = page.lines[number].rstrip()
        if written:
            return number, len(written) - 1
    return 0, 0
