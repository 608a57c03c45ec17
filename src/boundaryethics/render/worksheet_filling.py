"""Fill in a supervision worksheet: a verdict in, its sheet out.

Knows in which order things are said. Knows nothing of layout.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from boundaryethics.model.parts import DraftPart
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.as_data import NOTE
from boundaryethics.render.outline import Outline, Section, Topic
from boundaryethics.render.outlining import outline
from boundaryethics.render.sections import numbered, question_told, sentence_of
from boundaryethics.render.words import SPEAKING, dilemma, named, opened, shown
from boundaryethics.render.worksheet_changes import plain_value, to_find_out
from boundaryethics.render.worksheet_parts import (
    Asked,
    Draft,
    Given,
    Ranked,
    Said,
    Sheet,
)
from boundaryethics.render.worksheet_prompts import prompts_for
from boundaryethics.render.worksheet_words import NO_DRAFT, NO_PARTS

_CAUTION = (
    "Write nothing here that tells who the client is: no name, no account, no word "
    "of theirs. Whoever finds this sheet should learn nothing about anybody."
)


def sheet(verdict: Verdict) -> Sheet:
    """The worksheet of *verdict*, before it is laid out."""
    told = outline(verdict)
    _, policy = told.closing
    return Sheet(
        title="Supervision worksheet",
        policy=policy,
        caution=_CAUTION,
        urgent=told.urgent.entries if told.urgent else (),
        givens=tuple(_givens(verdict)),
        order=told.title,
        ranking=tuple(_ranking(verdict, told)),
        ruled_out=told.ruled_out,
        notices=tuple(_notices(verdict, told)),
        steps=tuple(
            e for s in told.sections if s.topic is Topic.STEPS for e in s.entries
        ),
        asked=_asked(verdict),
        find_out=to_find_out(verdict),
        draft=_draft(verdict),
        closing=NOTE,
    )


def _givens(verdict: Verdict) -> Iterator[Given]:
    for name, value in verdict.situation.known().items():
        fact = verdict.situation.vocabulary[name]
        yield Given(question=shown(fact.ask) or name, value=plain_value(value))


def _ranking(verdict: Verdict, told: Outline) -> Iterator[Ranked]:
    last = len(told.places) - 1
    for index, place in enumerate(told.places):
        why = _why(verdict, index) if index < last else ""
        yield Ranked(place=place, why=why)


def _why(verdict: Verdict, place: int) -> str:
    """What puts the place with this index above the next, by its first reason."""
    step = verdict.because(verdict.ranking[place][0], verdict.ranking[place + 1][0])
    reason = step.reasons[0]
    below = named(verdict, step.below)
    spoken = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
    sentence = sentence_of(verdict, reason.rule)
    source = f" ({sentence.source})" if sentence.source else ""
    return f"Above {below}; {spoken}: {sentence.text}{source}"


def _notices(verdict: Verdict, told: Outline) -> Iterator[str]:
    yield from told.notices
    for conflict in verdict.dilemmas:
        if conflict.kind == "all_forbidden":
            continue  # told among the others
        between = [named(verdict, option) for option in conflict.options]
        yield f"A dilemma: {dilemma(conflict.kind, between)}"


def _asked(verdict: Verdict) -> tuple[Asked, ...]:
    """Every question of the policy, each rule's sentence told once."""
    spoken = dict(verdict.questions)
    entries = tuple(
        question_told(verdict, name, spoken.get(name, ()))
        for name in verdict.policy.question
    )
    (section,) = numbered([Section(topic=Topic.SUPERVISION, entries=entries)])
    return tuple(
        Asked(entry=entry, prompts=prompts_for(name, verdict.situation))
        for name, entry in zip(verdict.policy.question, section.entries, strict=True)
    )


def _draft(verdict: Verdict) -> Draft:
    parts = tuple(
        (
            opened(part.slot),
            tuple(sentence_of(verdict, rule) for rule in rules),
        )
        for part, rules in verdict.draft
    )
    said = tuple(_said(part for part, _ in verdict.draft))
    instead = NO_DRAFT if verdict.policy.draft_parts else NO_PARTS
    return Draft(said=said, instead="" if said else instead, parts=parts)


def _said(parts: Iterable[DraftPart]) -> Iterator[Said]:
    """What *parts* say, in one go up to the next direction."""
    said = Said()
    for part in parts:
        if part.direction:
            if said != Said():
                yield said
            said = Said(direction=shown(part.direction))
        says = " ".join(filter(None, (said.says, shown(part.says))))
        said = attrs.evolve(said, says=says)
    if said != Said():
        yield said
