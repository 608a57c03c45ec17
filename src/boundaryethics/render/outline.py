"""What a verdict says, before it is laid out in any form.

A frozen value that text, Markdown and HTML print alike, so that the three cannot
say different things. Knows nothing of layout, nor of how it is made.
"""

from __future__ import annotations

from enum import StrEnum
from typing import final

import attrs


@final
@attrs.frozen(kw_only=True)
class Sentence:
    """What one rule says, and where it is written."""

    rule: str
    #: The same rule has the same number wherever it speaks.
    number: int = 0
    #: Whether it was told further up, so that the number is enough.
    told: bool = False
    #: What it speaks for or against here: `for declining`; nothing at a question.
    speaks: str = ""
    text: str
    #: Sections with their own titles: `APA 2017, 3.05(a), Multiple Relationships`.
    source: str = ""


@final
@attrs.frozen(kw_only=True)
class Entry:
    """One point of a section, with the sentences that carry it."""

    text: str
    #: The name or the sections behind it.
    source: str = ""
    sentences: tuple[Sentence, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that say all: of sentences told above, without a direction."""
        silent = set(self.sentences) - set(self.spoken)
        return tuple(sorted(sentence.number for sentence in silent))

    @property
    def spoken(self) -> tuple[Sentence, ...]:
        """The sentences of which more than the number has to be said."""
        return tuple(s for s in self.sentences if s.speaks or not s.told)


class Topic(StrEnum):
    """What a section is about."""

    URGENT = "Danger: do this first"
    RULED_OUT = "Ruled out"
    BOUNDS = "Required and ruled out"
    ORDER = "Why in this order"
    STEPS = "Whichever you choose"
    UNKNOWN = "Still unknown, and it may matter"
    SUPERVISION = "To take to supervision"
    FIRST_QUESTIONS = "Find out first"


@final
@attrs.frozen(kw_only=True)
class Section:
    """A heading and what stands under it."""

    topic: Topic
    entries: tuple[Entry, ...]


@final
@attrs.frozen(kw_only=True)
class Choice:
    """One option in the ranking."""

    #: Its id, as situations and policies write it.
    option: str
    words: str
    #: `required`, `ruled out`, or nothing where the option is open.
    standing: str
    #: Of an option that is ruled out: the first rule that says so.
    reason: Sentence | None = None


@final
@attrs.frozen(kw_only=True)
class Place:
    """The options that share one place; those that are ruled out have none."""

    number: int
    choices: tuple[Choice, ...]


@final
@attrs.frozen(kw_only=True)
class Outline:
    """All that is said of a verdict, in the order in which it is said."""

    #: What comes before everything else; nothing where nothing is urgent.
    urgent: Section | None
    #: Heads the ranking.
    title: str
    places: tuple[Place, ...]
    #: Said after the places, without a number.
    ruled_out: tuple[Choice, ...]
    #: Said right after the ranking: ties, and that nothing can be told.
    notices: tuple[str, ...]
    sections: tuple[Section, ...]
    #: What stands behind it all: the policy, and what this cannot replace.
    closing: tuple[str, ...]
