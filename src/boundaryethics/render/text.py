"""A verdict as text for a terminal: wrapped lines, each with the part that it plays.

Whoever prints the lines may color them by their parts; the text itself holds no color.
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
    RankGroup,
    Section,
    Sentence,
    Topic,
    opened,
    outline,
)

#: Columns of the text where nothing else is asked for.
WIDTH = 88


class TextRole(StrEnum):
    """What a line is for."""

    DANGER = "danger"
    HEADING = "heading"
    FIRST = "first"
    PLACE = "rank"
    NOTICE = "notice"
    POINT = "point"
    SENTENCE = "sentence"
    CLOSING = "closing"
    BLANK = "blank"


@final
@attrs.frozen
class TextLine:
    """One line of the text."""

    part: TextRole
    text: str = ""


def text(verdict: Verdict, width: int = WIDTH) -> str:
    """*verdict* as text, no line longer than *width* columns where words allow."""
    return "\n".join(line.text for line in lines(verdict, width)) + "\n"


def lines(verdict: Verdict, width: int = WIDTH) -> tuple[TextLine, ...]:
    """The lines of *verdict* in order."""
    return tuple(
        TextLine(part, wrapped)
        for part, words, first, rest in _told(outline(verdict))
        for wrapped in wrapped_lines(words, first, rest, width)
    )


def wrapped_lines(words: str, first: str, rest: str, width: int) -> list[str]:
    """*words* in lines of *width* columns, the first indented by *first*."""
    folded = wrap(
        words,
        width,
        initial_indent=first,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return folded or [""]


_Told = tuple[TextRole, str, str, str]

_GAP: _Told = (TextRole.BLANK, "", "", "")


def _told(told: Outline) -> Iterator[_Told]:
    if told.urgent:
        yield TextRole.DANGER, told.urgent.topic, "", ""
        for entry in told.urgent.entries:
            yield from _point(entry)
        yield _GAP
    yield TextRole.HEADING, told.title, "", ""
    for place in told.ranks:
        yield from _place(place)
    for choice in told.ruled_out:
        yield TextRole.PLACE, _choice(choice), "  -  ", "     "
    for notice in told.notices:
        yield TextRole.NOTICE, notice, "  ", "  "
    for section in told.sections:
        yield _GAP
        yield from _section(section)
    yield _GAP
    for line in told.closing:
        yield TextRole.CLOSING, line, "", ""


def _place(place: RankGroup) -> Iterator[_Told]:
    part = TextRole.FIRST if place.number == 1 else TextRole.PLACE
    for choice in place.choices:
        yield part, _choice(choice), f"  {place.number}. ", "     "


def _choice(choice: Choice) -> str:
    status = f": {choice.status}" if choice.status else ""
    why = f". {_why(choice.reason)}" if choice.reason else ""
    return f"{choice.words} ({choice.option}){status}{why}"


def _why(reason: Sentence) -> str:
    mark = f"[{reason.number}]"
    return f"See {mark} above." if reason.told else f"{mark} {_sentence(reason)}"


def _section(section: Section) -> Iterator[_Told]:
    yield TextRole.HEADING, section.topic, "", ""
    match section.topic:
        case Topic.UNKNOWN:
            asked = " ".join(entry.text for entry in section.entries)
            yield TextRole.SENTENCE, asked, "  ", "  "
        case Topic.FIRST_QUESTIONS:
            for entry in section.entries:
                yield TextRole.POINT, f"{entry.text} ({entry.source})", "  - ", "    "
        case Topic.SUPERVISION:
            for entry in section.entries:
                yield TextRole.POINT, _question(entry), "  - ", "    "
        case _:
            for entry in section.entries:
                yield from _point(entry)


def _question(entry: Entry) -> str:
    """The question, the numbers of what was said, and what was not said yet."""
    new = [f"[{sentence.number}] {_sentence(sentence)}" for sentence in entry.spoken]
    return " ".join([_numbered(entry), *new])


def _point(entry: Entry) -> Iterator[_Told]:
    yield TextRole.POINT, _numbered(entry), "  - ", "    "
    for sentence in entry.spoken:
        mark = f"    [{sentence.number}] "
        yield TextRole.SENTENCE, _sentence(sentence), mark, " " * len(mark)


def _numbered(entry: Entry) -> str:
    source = [f"({entry.source})"] if entry.source else []
    return " ".join([entry.text, *source, *(f"[{n}]" for n in entry.numbers)])


def _sentence(sentence: Sentence) -> str:
    speaks = f"{opened(sentence.speaks)}: " if sentence.speaks else ""
    source = f" ({sentence.source})" if sentence.source else ""
    return f"{speaks}as above." if sentence.told else f"{speaks}{sentence.text}{source}"
