"""A supervision worksheet before it is laid out: a frozen value that every form prints.

It asks the verdict itself what it would be with each value of an unknown fact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import final

import attrs

from boundaryethics.model.rules import DraftPart, Option, Prompt, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import (
    NOTE,
    SPEAKING,
    STOOD,
    Choice,
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
    question_told,
    sentence_of,
    shown,
    worth_asking,
)

_REST = "These leave the order as it is, and could change what is named with them:"
_NOTHING = "Each of these by itself changes nothing:"
_NO_DRAFT = (
    "Nothing is drafted. Either more has to be known first, or nothing should be said "
    "to the client online."
)
_NO_PARTS = "This policy has no parts to draft from."


@final
@attrs.frozen(kw_only=True)
class StatedFact:
    """A fact as it was stated: the question, and its value in plain words."""

    question: str
    value: str


@final
@attrs.frozen(kw_only=True)
class WorksheetRank:
    """A place of the ranking, and in one line what puts it above the next."""

    rank: RankGroup
    #: Nothing at the last place that has a number.
    why: str


@final
@attrs.frozen(kw_only=True)
class PromptedQuestion:
    """A supervision question, what the rules say to it, and what to reflect on."""

    #: Its sentences are those of the binding rules; there may be none.
    entry: Entry
    prompts: tuple[str, ...]


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
        return tuple(
            (intro, questions)
            for intro, questions in ((_REST, rest), (_NOTHING, self.nothing))
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
class Worksheet:
    """All that a worksheet says, in the order in which it says it."""

    title: str
    policy: str
    #: How to keep the sheet free of what identifies anybody.
    caution: str
    #: What comes before everything else.
    urgent: tuple[Entry, ...]
    givens: tuple[StatedFact, ...]
    #: Heads the ranking.
    order: str
    ranking: tuple[WorksheetRank, ...]
    ruled_out: tuple[Choice, ...]
    notices: tuple[str, ...]
    actions: tuple[Entry, ...]
    asked: tuple[PromptedQuestion, ...]
    find_out: FindOut
    draft: Draft
    closing: str


def to_find_out(verdict: Verdict) -> FindOut:
    """The unknown facts of *verdict*; first those that could change the first place."""
    first: list[FactToFindOut] = []
    order: list[FactToFindOut] = []
    rest: list[tuple[str, str]] = []
    nothing: list[str] = []
    for fact in worth_asking(verdict):
        worlds = verdict.what_if(fact.name)
        question = shown(fact.question) or fact.name
        if any(world.best != verdict.best for world in worlds.values()):
            first.append(_change(verdict, question, worlds))
        elif any(_order(world) != _order(verdict) for world in worlds.values()):
            order.append(_change(verdict, question, worlds))
        elif beside := _beside(verdict, worlds):
            rest.append((question, beside))
        else:
            nothing.append(question)
    return FindOut(order=(*first, *order), rest=tuple(rest), nothing=tuple(nothing))


def plain_value(value: str) -> str:
    """*value* as one reads it: `under_2_years` is under 2 years."""
    return shown(value.replace("_", " "))


def _change(
    verdict: Verdict, question: str, worlds: Mapping[str, Verdict]
) -> FactToFindOut:
    """What the values of *worlds* change in the order, those alike told together."""
    alike: dict[str, list[str]] = {}
    for value, world in worlds.items():
        if _order(world) != _order(verdict):
            told = "; ".join(_told(verdict, world))
            alike.setdefault(told, []).append(plain_value(value))
    return FactToFindOut(
        question=question,
        effects=tuple((listed(values, "or"), told) for told, values in alike.items()),
    )


def _order(verdict: Verdict) -> object:
    """All that is told of the ranking."""
    return open_places(verdict), [a.status for a in verdict.assessments]


def _beside(verdict: Verdict, worlds: Mapping[str, Verdict]) -> str:
    """What the values of *worlds* change beside the order, if anything."""
    changed = (
        (
            "the steps",
            lambda told: {(advice.action, advice.says) for advice in told.actions},
        ),
        ("the words to the client", lambda told: [part for part, _ in told.draft]),
    )
    names = [
        name
        for name, of in changed
        if any(of(world) != of(verdict) for world in worlds.values())
    ]
    return listed(names) if names else ""


def _told(now: Verdict, then: Verdict) -> Iterator[str]:
    """How the order of *then* differs from that of *now*."""
    places = open_places(then)
    if len(then.ranking) == 1 and places:
        yield "nothing separates the four responses any more"
    elif places:
        yield _first(now, then, places[0]) + _below(now, then)
    yield from _stood(now, then)
    if not places:
        yield "all four responses are ruled out"
    elif then.ruled_out:
        are = "are" if len(then.ruled_out) > 1 else "is"
        yield f"{_together(then, then.ruled_out)} {are} ruled out"


def _first(now: Verdict, then: Verdict, best: tuple[Option, ...]) -> str:
    named_now, named_then = _together(now, now.best), _together(then, best)
    several = len(best) > 1
    if named_now == named_then:
        return f"{named_then} {'stay' if several else 'stays'} first"
    return f"{named_then} {'are tied for first' if several else 'comes first'}"


def _stood(now: Verdict, then: Verdict) -> Iterator[str]:
    """What is newly required, or no longer what it was; ruled out is told by itself."""
    for assessment in then.assessments:
        before, status = now.options[assessment.option].status, assessment.status
        if status is before or status is Status.FORBIDDEN:
            continue
        is_open = status is Status.ALLOWED
        stood = f"no longer {STOOD[before]}" if is_open else STOOD[status]
        yield f"{named(then, assessment.option)} is {stood}"


def _below(now: Verdict, then: Verdict) -> str:
    """What follows the first place, where that is another order than before."""
    places = open_places(then)
    if places == open_places(now):
        return ""
    return "".join(f", then {_together(then, place)}" for place in places[1:])


def _together(verdict: Verdict, options: tuple[Option, ...]) -> str:
    return listed(named(verdict, option) for option in options)


_CAUTION = (
    "Write nothing here that tells who the client is: no name, no account, no word "
    "of theirs. Whoever finds this sheet should learn nothing about anybody."
)


def sheet(verdict: Verdict, prompts: Mapping[str, tuple[Prompt, ...]]) -> Worksheet:
    """The worksheet of *verdict*, with those of *prompts* that fit its situation."""
    told = outline(verdict)
    _, policy = told.closing
    return Worksheet(
        title="Supervision worksheet",
        policy=policy,
        caution=_CAUTION,
        urgent=told.urgent.entries if told.urgent else (),
        givens=tuple(_givens(verdict)),
        order=told.title,
        ranking=tuple(_ranking(verdict, told)),
        ruled_out=told.ruled_out,
        notices=tuple(_notices(verdict, told)),
        actions=tuple(
            e for s in told.sections if s.topic is Topic.STEPS for e in s.entries
        ),
        asked=_asked(verdict, prompts),
        find_out=to_find_out(verdict),
        draft=_draft(verdict),
        closing=NOTE,
    )


def _givens(verdict: Verdict) -> Iterator[StatedFact]:
    for name, value in verdict.situation.known().items():
        fact = verdict.situation.vocabulary[name]
        yield StatedFact(
            question=shown(fact.question) or name, value=plain_value(value)
        )


def _ranking(verdict: Verdict, told: Outline) -> Iterator[WorksheetRank]:
    last = len(told.ranks) - 1
    for index, place in enumerate(told.ranks):
        why = _why(verdict, index) if index < last else ""
        yield WorksheetRank(rank=place, why=why)


def _why(verdict: Verdict, place: int) -> str:
    """What puts the place with this index above the next, by its first reason."""
    step = verdict.compare(verdict.ranking[place][0], verdict.ranking[place + 1][0])
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


def _asked(
    verdict: Verdict, prompts: Mapping[str, tuple[Prompt, ...]]
) -> tuple[PromptedQuestion, ...]:
    """Every question of the policy, each rule's sentence told once."""
    spoken = dict(verdict.questions)
    entries = tuple(
        question_told(verdict, name, spoken.get(name, ()))
        for name in verdict.policy.question
    )
    (section,) = numbered([Section(topic=Topic.SUPERVISION, entries=entries)])
    facts = {name: verdict.situation[name] for name in verdict.situation}
    fitting = (
        tuple(shown(p.says) for p in prompts.get(name, ()) if p.fits(facts))
        for name in verdict.policy.question
    )
    return tuple(
        PromptedQuestion(entry=entry, prompts=fit)
        for entry, fit in zip(section.entries, fitting, strict=True)
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
    instead = _NO_DRAFT if verdict.policy.draft_parts else _NO_PARTS
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
