"""Say what a verdict says: a verdict in, its outline out.

Knows in which order things are said. Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from boundaryethics.model.options import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.as_data import NOTE
from boundaryethics.render.outline import Choice, Outline, Place, Section, Topic
from boundaryethics.render.sections import sections_of
from boundaryethics.render.words import (
    STOOD,
    doing,
    listed,
    named,
    open_places,
    opened,
    shown,
)

_TITLE = "What to do, best first"
#: After what is urgent.
_THEN = "Then, what to do, best first"

#: Digits of a fingerprint that tell policies apart for a reader.
_FINGERPRINT_SHOWN = 8


def outline(verdict: Verdict) -> Outline:
    """What *verdict* says."""
    sections = {section.topic: section for section in sections_of(verdict)}
    urgent = sections.pop(Topic.URGENT, None)
    ruled_out = sections.pop(Topic.RULED_OUT, None)
    return Outline(
        urgent=urgent,
        title=_THEN if urgent else _TITLE,
        places=tuple(_places(verdict)),
        ruled_out=tuple(_ruled_out(verdict, ruled_out)),
        notices=tuple(_notices(verdict)),
        sections=tuple(sections.values()),
        closing=(NOTE, _policy(verdict)),
    )


def _places(verdict: Verdict) -> Iterator[Place]:
    for options in open_places(verdict):
        yield Place(
            number=verdict.options[options[0]].place,
            choices=tuple(_choice(verdict, option) for option in options),
        )


def _ruled_out(verdict: Verdict, section: Section | None) -> Iterator[Choice]:
    for entry in section.entries if section else ():
        choice = _choice(verdict, Option(entry.text))
        yield attrs.evolve(choice, reason=entry.sentences[0])


def _choice(verdict: Verdict, option: Option) -> Choice:
    return Choice(
        option=option.value,
        words=doing(verdict, option),
        standing=STOOD[verdict.options[option].standing],
    )


def _notices(verdict: Verdict) -> Iterator[str]:
    if len(verdict.ruled_out) == len(verdict.assessments):
        yield "This policy rules out all four responses."
        return
    if len(verdict.ranking) == 1:
        yield _undecided(verdict)
        return
    for tied in open_places(verdict):
        if len(tied) > 1:
            names = listed(named(verdict, option) for option in tied)
            yield f"{opened(names)} are tied: nothing known so far separates them."


def _undecided(verdict: Verdict) -> str:
    if any(assessment.reasons for assessment in verdict.assessments):
        return "This policy cannot tell: what speaks for and against each balances."
    return "This policy cannot tell yet: too little is known."


def _policy(verdict: Verdict) -> str:
    policy = verdict.policy
    title = f": {shown(policy.title)}" if policy.title else ""
    return f"{policy.id} ({verdict.fingerprint[:_FINGERPRINT_SHOWN]}){title}"
