"""What a supervision worksheet says, before it is laid out in any form.

A frozen value that text, Markdown and HTML print alike. Knows nothing of layout,
nor of how it is filled in.
"""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.render.outline import Choice, Entry, Place, Sentence
from boundaryethics.render.worksheet_words import NOTHING, REST


@final
@attrs.frozen(kw_only=True)
class Given:
    """A fact as it was stated: the question, and its value in plain words."""

    question: str
    value: str


@final
@attrs.frozen(kw_only=True)
class Ranked:
    """A place of the ranking, and in one line what puts it above the next."""

    place: Place
    #: Nothing at the last place that has a number.
    why: str


@final
@attrs.frozen(kw_only=True)
class Asked:
    """A supervision question, what the rules say to it, and what to reflect on."""

    #: Its sentences are those of the binding rules; there may be none.
    entry: Entry
    prompts: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class Change:
    """A fact to find out, with what its values would change."""

    question: str
    #: The values as one reads them, each with the order that they would give.
    effects: tuple[tuple[str, str], ...]


@final
@attrs.frozen(kw_only=True)
class FindOut:
    """The unknown facts, by what knowing each could change."""

    #: Those that could change the first place stand first.
    order: tuple[Change, ...]
    #: Questions whose answers leave the order, each with what they can change.
    rest: tuple[tuple[str, str], ...]
    #: Questions whose answers, taken one at a time, change nothing.
    nothing: tuple[str, ...]

    @property
    def lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The questions that leave the order, under what is said of them."""
        rest = tuple(f"{question} ({changes})" for question, changes in self.rest)
        return tuple(
            (intro, questions)
            for intro, questions in ((REST, rest), (NOTHING, self.nothing))
            if questions
        )

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to find out."""
        return not (self.order or self.rest or self.nothing)


@final
@attrs.frozen(kw_only=True)
class Said:
    """What could be said in one go, after what the clinician has to know to say it."""

    #: For the clinician, never spoken; there may be none.
    direction: str = ""
    says: str = ""


@final
@attrs.frozen(kw_only=True)
class Draft:
    """What could be said to the client, and which rules license each part."""

    #: Nothing where no part is licensed; then `instead` says so.
    said: tuple[Said, ...]
    instead: str
    parts: tuple[tuple[str, tuple[Sentence, ...]], ...]


@final
@attrs.frozen(kw_only=True)
class Sheet:
    """All that a worksheet says, in the order in which it says it."""

    title: str
    policy: str
    #: How to keep the sheet free of what identifies anybody.
    caution: str
    #: What comes before everything else.
    urgent: tuple[Entry, ...]
    givens: tuple[Given, ...]
    #: Heads the ranking.
    order: str
    ranking: tuple[Ranked, ...]
    ruled_out: tuple[Choice, ...]
    notices: tuple[str, ...]
    steps: tuple[Entry, ...]
    asked: tuple[Asked, ...]
    find_out: FindOut
    draft: Draft
    closing: str
