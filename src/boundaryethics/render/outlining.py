"""Say what a verdict says: a verdict in, its outline out.

Knows in which order things are said. Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Iterator

from boundaryethics.model.verdict import Verdict
from boundaryethics.render.as_data import NOTE
from boundaryethics.render.outline import Choice, Outline, Place
from boundaryethics.render.sections import sections_of
from boundaryethics.render.words import STOOD, doing, listed, named, opened, shown

#: Digits of a fingerprint that tell policies apart for a reader.
_FINGERPRINT_SHOWN = 8


def outline(verdict: Verdict) -> Outline:
    """What *verdict* says."""
    return Outline(
        title="What to do, best first",
        places=tuple(_places(verdict)),
        notices=tuple(_notices(verdict)),
        sections=sections_of(verdict),
        closing=(NOTE, _policy(verdict)),
    )


def _places(verdict: Verdict) -> Iterator[Place]:
    for options in verdict.ranking:
        assessed = [verdict.options[option] for option in options]
        yield Place(
            number=assessed[0].place,
            choices=tuple(
                Choice(
                    option=str(a.option),
                    words=doing(verdict, a.option),
                    standing=STOOD[a.standing],
                )
                for a in assessed
            ),
        )


def _notices(verdict: Verdict) -> Iterator[str]:
    if len(verdict.ranking) == 1:
        yield _undecided(verdict)
        return
    for tied in verdict.ranking:
        if len(tied) > 1:
            names = listed(named(verdict, option) for option in tied)
            yield f"{opened(names)} share a place: nothing that is known parts them."


def _undecided(verdict: Verdict) -> str:
    if any(assessment.reasons for assessment in verdict.assessments):
        return "This policy cannot tell: what speaks for and against each balances."
    return "This policy cannot tell yet: too little is known."


def _policy(verdict: Verdict) -> str:
    policy = verdict.policy
    title = f": {shown(policy.title)}" if policy.title else ""
    return f"{policy.id} ({verdict.fingerprint[:_FINGERPRINT_SHOWN]}){title}"
