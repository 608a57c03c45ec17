"""A place in a file: what a problem points at.

Knows lines and columns, as an editor counts them. Knows nothing of what the
file means.
"""

from __future__ import annotations

from typing import final

import attrs

#: Characters of a long line shown on either side of the place.
_MARGIN = 60


@final
@attrs.frozen(kw_only=True)
class Place:
    """Where something stands in a text: file, line and column, counted from 1."""

    #: The file as the user named it, or `-` for standard input.
    file: str
    line: int
    column: int
    #: Characters covered, at least 1, never past the end of the line.
    width: int = 1
    #: The line itself, without its end.
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """The line with its number, and a caret under the place."""
        start = max(0, self.column - 1 - _MARGIN)
        shown = self.text[start : self.column - 1 + _MARGIN].replace("\t", " ")
        indent = " " * (self.column - 1 - start)
        carets = "^" * max(1, min(self.width, len(shown) - len(indent)))
        number = str(self.line)
        return f"  {number} | {shown}\n  {' ' * len(number)} | {indent}{carets}"
