"""Fill in a supervision worksheet, before it is laid out in any form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

import attrs

from boundaryethics.model.rules import Option, Prompt, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import (
    SPEAKING,
    STATUS_WORDS,
    Entry,
    Outline,
    RankGroup,
    Section,
    Sentence,
    Topic,
    dilemma,
    listed,
    named,
    numbered,
    open_places,
    opened,
    outline,
    question_entry,
    sentence_of,
    shown,
    spaced,
    worth_asking,
)

_REST = "These leave the order as it is, and could change what is named with them:"
_NOTHING = "Each of these by itself changes nothing:"


@final
@attrs.frozen(kw_only=True)
class FactToFindOut:
    """A fact to find out, with what its values would change."""

    question: str
    #: The values as one reads them, each with the order that they would give.
    effects: tuple[tuple[str, str], ...]


@final
@attrs.frozen(kw_only=True)
class FindOut:
    """The unknown facts, by what knowing each could change."""

    #: Those that could change the first place stand first.
    order: tuple[FactToFindOut, ...]
    #: Questions whose answers leave the order, each with what they can change.
    rest: tuple[tuple[str, str], ...]
    #: Questions whose answers, taken one at a time, change nothing.
    nothing: tuple[str, ...]

    @property
    def lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The questions that leave the order, under what is said of them."""
        rest = tuple(f"{question} ({changes})" for question, changes in self.rest)
        lists = ((_REST, rest), (_NOTHING, self.nothing))
        return tuple((intro, questions) for intro, questions in lists if questions)


@final
@attrs.frozen(kw_only=True)
class Worksheet:
    """All that a worksheet says of a verdict."""

    outline: Outline
    #: The question of each fact that is stated, and the answer to it.
    facts: tuple[tuple[str, str], ...]
    #: Each place, with what puts it above the next; nothing at the last.
    ranking: tuple[tuple[RankGroup, str], ...]
    notices: tuple[str, ...]
    actions: tuple[Entry, ...]
    #: Each supervision question, with what to reflect on.
    questions: tuple[tuple[Entry, tuple[str, ...]], ...]
    find_out: FindOut
    #: What could be said to the client, each part after how to say it.
    draft: tuple[tuple[str, str], ...]
    #: The kind of each part of the draft, and a rule that licenses it.
    licenses: tuple[tuple[str, Sentence], ...]
    #: Whether the policy has parts to draft from.
    has_parts: bool


def sheet(verdict: Verdict, prompts: Mapping[str, tuple[Prompt, ...]]) -> Worksheet:
    """Fill in the worksheet of *verdict*, with those of *prompts* that fit it."""
    told = outline(verdict)
    facts = verdict.situation.vocabulary
    return Worksheet(
        outline=told,
        facts=tuple(
            (shown(facts[name].question) or name, shown(facts[name].label(value)))
            for name, value in verdict.situation.known().items()
        ),
        ranking=tuple(
            (rank, _why(verdict, index) if rank is not told.ranks[-1] else "")
            for index, rank in enumerate(told.ranks)
        ),
        notices=(
            *told.notices,
            *(
                dilemma(verdict, conflict)
                for conflict in verdict.dilemmas
                if conflict.kind != "all_forbidden"  # which is among the notices
            ),
        ),
        actions=tuple(
            e for s in told.sections if s.topic is Topic.STEPS for e in s.entries
        ),
        questions=_questions(verdict, prompts),
        find_out=to_find_out(verdict),
        draft=tuple(_draft(verdict)),
        licenses=tuple(
            (opened(part.slot), sentence_of(verdict, rule))
            for part, rules in verdict.draft
            for rule in rules
        ),
        has_parts=bool(verdict.policy.draft_parts),
    )


def _why(verdict: Verdict, index: int) -> str:
    """Say what puts the place at *index* above the next, by its first reason."""
    above, below = verdict.ranking[index : index + 2]
    step = verdict.compare(above[0], below[0])
    reason = step.reasons[0]
    speaks = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
    sentence = sentence_of(verdict, reason.rule)
    source = f" ({sentence.source})" if sentence.source else ""
    return f"Above {named(verdict, step.below)}; {speaks}: {sentence.text}{source}"


def _questions(
    verdict: Verdict, prompts: Mapping[str, tuple[Prompt, ...]]
) -> tuple[tuple[Entry, tuple[str, ...]], ...]:
    """Return every question of the policy, each rule's sentence said once."""
    rules = dict(verdict.questions)
    names = tuple(verdict.policy.question)
    entries = tuple(
        question_entry(verdict, name, rules.get(name, ())) for name in names
    )
    (section,) = numbered([Section(topic=Topic.SUPERVISION, entries=entries)])
    facts = {name: verdict.situation[name] for name in verdict.situation}
    return tuple(
        (entry, tuple(shown(p.says) for p in prompts.get(name, ()) if p.fits(facts)))
        for name, entry in zip(names, section.entries, strict=True)
    )


def _draft(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield each direction, and all that is said up to the next."""
    direction, says = "", ""
    for part, _ in verdict.draft:
        if part.direction:
            if direction or says:
                yield direction, says
            direction, says = shown(part.direction), ""
        says = f"{says} {shown(part.says)}".strip()
    if direction or says:
        yield direction, says


def to_find_out(verdict: Verdict) -> FindOut:
    """Sort the unknown facts of *verdict* by what knowing each could change."""
    first: list[FactToFindOut] = []
    order: list[FactToFindOut] = []
    rest: list[tuple[str, str]] = []
    nothing: list[str] = []
    for fact in worth_asking(verdict):
        worlds = verdict.what_if(fact.name)
        question = shown(fact.question) or fact.name
        if effects := _effects(verdict, worlds):
            leads = any(world.best != verdict.best for world in worlds.values())
            found = FactToFindOut(question=question, effects=effects)
            (first if leads else order).append(found)
        elif beside := _beside(verdict, worlds):
            rest.append((question, beside))
        else:
            nothing.append(question)
    return FindOut(order=(*first, *order), rest=tuple(rest), nothing=tuple(nothing))


def plain_value(value: str) -> str:
    """Format *value* as one reads it: `under_2_years` is under 2 years."""
    return shown(spaced(value))


def _effects(
    now: Verdict, worlds: Mapping[str, Verdict]
) -> tuple[tuple[str, str], ...]:
    """Return the values of *worlds* that change the order, those alike together."""
    values: dict[str, list[str]] = {}
    for value, then in worlds.items():
        if _order(then) != _order(now):
            effect = "; ".join(_changes(now, then))
            values.setdefault(effect, []).append(plain_value(value))
    return tuple((listed(alike, "or"), effect) for effect, alike in values.items())


def _order(verdict: Verdict) -> object:
    """Return all that is said of the ranking."""
    return open_places(verdict), [a.status for a in verdict.assessments]


def _beside(now: Verdict, worlds: Mapping[str, Verdict]) -> str:
    """Name what the values of *worlds* change beside the order, if anything."""

    def beside(verdict: Verdict) -> Mapping[str, object]:
        return {
            "the steps": {(advice.action, advice.says) for advice in verdict.actions},
            "the words to the client": [part for part, _ in verdict.draft],
        }

    before, after = beside(now), [beside(then) for then in worlds.values()]
    names = [name for name in before if any(w[name] != before[name] for w in after)]
    return listed(names) if names else ""


def _changes(now: Verdict, then: Verdict) -> Iterator[str]:
    """Say how the order of *then* differs from that of *now*."""
    places = open_places(then)
    if len(then.ranking) == 1 and places:
        yield "nothing separates the four responses any more"
    elif places:
        changed = places != open_places(now)
        after = [f", then {_together(then, place)}" for place in places[1:] if changed]
        yield "".join([_first(now, then, places[0]), *after])
    yield from _new_statuses(now, then)
    if not places:
        yield "all four responses are ruled out"
    elif then.ruled_out:
        are = "are" if len(then.ruled_out) > 1 else "is"
        yield f"{_together(then, then.ruled_out)} {are} ruled out"


def _first(now: Verdict, then: Verdict, best: tuple[Option, ...]) -> str:
    names = _together(then, best)
    several = len(best) > 1
    if names == _together(now, now.best):
        return f"{names} {'stay' if several else 'stays'} first"
    return f"{names} {'are tied for first' if several else 'comes first'}"


def _new_statuses(now: Verdict, then: Verdict) -> Iterator[str]:
    """Say what is newly required or allowed; what is ruled out is said apart."""
    for assessment in then.assessments:
        before, status = now.options[assessment.option].status, assessment.status
        if status is not before and status is not Status.FORBIDDEN:
            allowed = status is Status.ALLOWED
            words = STATUS_WORDS[before if allowed else status]
            no_longer = "no longer " if allowed else ""
            yield f"{named(then, assessment.option)} is {no_longer}{words}"


def _together(verdict: Verdict, options: tuple[Option, ...]) -> str:
    return listed(named(verdict, option) for option in options)
