"""Format a verdict as text for a terminal, in wrapped lines with styles.

The text has no color, and the styles add no information.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import final

import attrs

from boundaryethics.arguments import checked, ranged
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import Block, Role, outline
from boundaryethics.render.wording import Item

#: The default width of the text, in columns.
WIDTH = 88
#: In text narrower than this, long marks are on a separate line.
_NARROW = 72
#: Marks longer than this consist of words, and count as long.
_LONG_MARK = 3


#: Styles of the lines of a block.
_STYLES = {
    Role.DANGER: "danger",
    Role.NOTICE: "notice",
    Role.CLOSING: "closing",
}


@final
@attrs.frozen
class TextLine:
    """One line of the text."""

    text: str = ""
    #: `danger`, `heading`, `best`, `notice` or `closing`; empty for other lines.
    style: str = ""


@checked
def text(verdict: Verdict, width: int = WIDTH, *, full: bool = False) -> str:
    """Format *verdict* as text. A line exceeds *width* only if a word is too long."""
    return "\n".join(line.text for line in lines(verdict, width, full=full)) + "\n"


@checked
def lines(
    verdict: Verdict, width: int = WIDTH, *, full: bool = False
) -> tuple[TextLine, ...]:
    """Return the lines of *verdict* in order."""
    ranged("width", width, 1, 1_000_000)
    return _lines(outline(verdict, full=full), width)


def text_of(blocks: Iterable[Block]) -> str:
    """Format *blocks* of an outline as text."""
    return "\n".join(line.text for line in _lines(blocks, WIDTH)) + "\n"


def _lines(blocks: Iterable[Block], width: int) -> tuple[TextLine, ...]:
    """Return the lines of *blocks*, with an empty line between blocks."""
    first, *rest = (tuple(_block(one, width)) for one in blocks)
    return (*first, *(line for one in rest for line in (TextLine(), *one)))


def wrapped_lines(
    words: str, first: str = "", rest: str | None = None, width: int = WIDTH
) -> list[str]:
    """Wrap *words* after *first*. Later lines start with *rest*, by default spaces."""
    wrapped = wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return wrapped or [""]


def _block(block: Block, width: int) -> Iterator[TextLine]:
    style = _STYLES.get(block.role, "")
    is_danger = block.role is Role.DANGER
    heading = block.heading.upper() if is_danger else block.heading
    for line in wrapped_lines(heading, width=width) if heading else ():
        yield TextLine(line, style or "heading")
    for item in block.items:
        is_best = block.role is Role.ORDER and item.mark == "1."
        for line in _item(item, "  " if heading else "", width):
            yield TextLine(line, "best" if is_best else style)


def _item(item: Item, indent: str, width: int) -> Iterator[str]:
    first = f"{indent}{item.mark} " if item.mark else indent
    if width < _NARROW and len(item.mark) > _LONG_MARK:
        yield first.rstrip()
        first = f"{indent}  "
    yield from wrapped_lines(item.with_source, first, width=width)
    inner = " " * len(first) if item.mark else f"{indent}  "
    for below in item.below:
        yield from _item(below, inner, width)
