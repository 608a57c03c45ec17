"""Format a verdict as text for a terminal: wrapped lines, each with its role.

The text itself holds no color; a program that prints the lines colors them by role.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from textwrap import wrap
from typing import final

import attrs

from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import (
    Choice,
    Entry,
    Outline,
    Section,
    Sentence,
    Topic,
    opened,
    outline,
)

#: Columns of the text where nothing else is asked for.
WIDTH = 88


class TextRole(StrEnum):
    """The role of a line."""

    DANGER = "danger"
    HEADING = "heading"
    FIRST = "first"
    NOTICE = "notice"
    CLOSING = "closing"
    #: Every other line.
    PLAIN = "plain"


@final
@attrs.frozen
class TextLine:
    """One line of the text."""

    part: TextRole
    text: str = ""


def text(verdict: Verdict, width: int = WIDTH) -> str:
    """Format *verdict* as text, in lines of *width* columns where words allow."""
    return "\n".join(line.text for line in lines(verdict, width)) + "\n"


def lines(verdict: Verdict, width: int = WIDTH) -> tuple[TextLine, ...]:
    """Give the lines of *verdict* in order."""
    return tuple(
        TextLine(role, line)
        for role, words, first in _paragraphs(outline(verdict))
        for line in wrapped_lines(words, first, width=width)
    )


def wrapped_lines(
    words: str, first: str = "", rest: str | None = None, width: int = WIDTH
) -> list[str]:
    """Wrap *words*, with *first* before them and *rest*, or blanks, on later lines."""
    wrapped = wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return wrapped or [""]


_Paragraph = tuple[TextRole, str, str]

_GAP: _Paragraph = (TextRole.PLAIN, "", "")


def _paragraphs(outline: Outline) -> Iterator[_Paragraph]:
    """Yield the role of each paragraph, its words, and what stands before them."""
    if outline.urgent:
        yield TextRole.DANGER, outline.urgent.topic, ""
        yield from _points(outline.urgent)
        yield _GAP
    yield TextRole.HEADING, outline.title, ""
    for rank in outline.ranks:
        role = TextRole.FIRST if rank.number == 1 else TextRole.PLAIN
        for choice in rank.choices:
            yield role, _choice(choice), f"  {rank.number}. "
    for choice in outline.ruled_out:
        yield TextRole.PLAIN, _choice(choice), "  -  "
    for notice in outline.notices:
        yield TextRole.NOTICE, notice, "  "
    for section in outline.sections:
        yield _GAP
        yield TextRole.HEADING, section.topic, ""
        if section.topic is Topic.UNKNOWN:
            questions = " ".join(entry.text for entry in section.entries)
            yield TextRole.PLAIN, questions, "  "
        else:
            yield from _points(section)
    yield _GAP
    for line in outline.closing:
        yield TextRole.CLOSING, line, ""


def _points(section: Section) -> Iterator[_Paragraph]:
    """Yield the entries; what rules say to a question goes on after it."""
    in_line = section.topic is Topic.SUPERVISION
    for entry in section.entries:
        spoken = [(f"[{one.number}] ", _sentence(one)) for one in entry.spoken]
        new = ["".join(one) for one in spoken] if in_line else []
        yield TextRole.PLAIN, " ".join([_entry(entry), *new]), "  - "
        for mark, words in () if in_line else spoken:
            yield TextRole.PLAIN, words, f"    {mark}"


def _entry(entry: Entry) -> str:
    source = [f"({entry.source})"] if entry.source else []
    return " ".join([entry.text, *source, *(f"[{n}]" for n in entry.numbers)])


def _choice(choice: Choice) -> str:
    status = f": {choice.status}" if choice.status else ""
    why = ""
    if choice.reason:
        mark = f"[{choice.reason.number}]"
        repeated = choice.reason.repeated
        why = f"See {mark} above." if repeated else f"{mark} {_sentence(choice.reason)}"
        why = f". {why}"
    return f"{choice.words} ({choice.option}){status}{why}"


def _sentence(sentence: Sentence) -> str:
    speaks = f"{opened(sentence.speaks)}: " if sentence.speaks else ""
    if sentence.repeated:
        return f"{speaks}as above."
    source = f" ({sentence.source})" if sentence.source else ""
    return f"{speaks}{sentence.text}{source}"
