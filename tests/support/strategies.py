"""Draw random policies that are valid by construction, and their situations.

Each finding and each rule has a random rank. A rule concludes findings of its own
rank or above, reads them positively from its own rank or below and negatively from
below, and overrides rules of higher ranks. So nothing can depend on its own absence
(S8), and everything that S8 allows can occur.

Everything is drawn from a few cached strategies over numbers. New strategies for
each part of each policy would take ten times as long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any as Anything
from typing import TypeAlias, TypeVar

import attrs
from hypothesis import strategies as st

from boundaryethics.model.conditions import (
    ALWAYS,
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
    both,
    either,
)
from boundaryethics.model.facts import UNKNOWN, Fact, FactGroup, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Action,
    Citation,
    DraftPart,
    Effects,
    Finding,
    Force,
    Instead,
    Label,
    Labels,
    Method,
    MethodName,
    Option,
    Principle,
    Question,
    Rule,
    Seen,
    Slot,
    Source,
    Strength,
)
from boundaryethics.model.validation import problems_of

T = TypeVar("T")
Draw: TypeAlias = Callable[[st.SearchStrategy[Anything]], Anything]

HIGHEST_RANK = 3
_COLOURS = ("red", "green", "blue", "white")
_SOURCE = Source(id="book", title="A book", short="Book 1")


@st.composite
def vocabularies(draw: Draw, least: int = 2, most: int = 5) -> Vocabulary:
    """Draw a few facts with one to four values; some combinations are impossible."""
    facts = tuple(
        Fact(
            name=f"fact_{place}",
            question=f"What is fact {place}?",
            group=_one_of(draw, ("", "some", "more")),
            values=_COLOURS[: draw(_upto(4))] or ("yes", "no"),
        )
        for place in range(least + draw(_upto(most - least)))
    )
    groups = (FactGroup(id="more", title="More"), FactGroup(id="some", title="Some"))
    return _with_impossible(draw, Vocabulary(facts, groups=groups))


def _with_impossible(draw: Draw, vocabulary: Vocabulary) -> Vocabulary:
    """Return *vocabulary* with a few valid impossible conditions."""
    for _ in range(draw(_upto(3))):
        one = _of_known(_condition(draw, vocabulary, ((), ()), 2), vocabulary)
        wider = vocabulary.joined((), (one,))
        if not problems_of(Policy(id="drawn", vocabulary=wider)):
            vocabulary = wider
    return vocabulary


def _of_known(condition: Condition, vocabulary: Vocabulary) -> Condition:
    """Return *condition* without tests for unknown."""
    match condition:
        case FactIn(fact, values):
            known = vocabulary[fact].values
            return FactIn(fact, values.intersection(known) or frozenset(known))
        case Not(part):
            return Not(_of_known(part, vocabulary))
        case All(parts):
            return both(_of_known(part, vocabulary) for part in parts)
        case Any(parts):
            return either(_of_known(part, vocabulary) for part in parts)
        case _:
            return condition


@st.composite
def policies(draw: Draw, vocabulary: Vocabulary | None = None) -> Policy:
    """Draw a small policy in which everything that the semantics allow can occur."""
    words = _Words(
        vocabulary=draw(vocabularies()) if vocabulary is None else vocabulary,
        ranks={f"finding_{n}": draw(_RANKS) for n in range(draw(_upto(6)))},
        principles=_numbered("principle", 1 + draw(_upto(2))),
        steps=_numbered("action", draw(_upto(2))),
        parts=_numbered("part", draw(_upto(2))),
        questions=_numbered("question", draw(_upto(2))),
    )
    return Policy(
        id="drawn",
        title="Drawn",
        vocabulary=words.vocabulary,
        sources=(_SOURCE,),
        findings=tuple(Finding(id=name, says=name) for name in words.ranks),
        principles=tuple(_principle(draw, name) for name in words.principles),
        actions=tuple(_step(draw, words, name) for name in words.steps),
        labels=tuple(_labels(draw, words) for _ in range(draw(_upto(2)))),
        draft_parts=tuple(
            DraftPart(id=name, slot=tuple(Slot)[n], says=name)
            for n, name in enumerate(words.parts)
        ),
        questions=tuple(Question(id=name, says=name) for name in words.questions),
        rules=_rules(draw, words),
        method=_method(draw, words.principles),
    )


def _step(draw: Draw, words: _Words, name: str) -> Action:
    """Draw an action that may be urgent, or have other texts in some situations."""
    return Action(
        id=name,
        says=name,
        urgent=draw(st.booleans()),
        instead=tuple(
            Instead(when=draw(conditions(words.vocabulary)), says=f"{name} {n}")
            for n in range(draw(_upto(2)))
        ),
    )


def _labels(draw: Draw, words: _Words) -> Labels:
    """Draw a label of one option under a condition."""
    label = Label(says="Do it", named="doing it")
    when = draw(conditions(words.vocabulary))
    return Labels(when=when, options=((_one_of(draw, tuple(Option)), label),))


@st.composite
def situations(draw: Draw, policy: Policy) -> Situation:
    """Draw a possible situation of *policy*."""
    facts = policy.vocabulary.facts
    values = [_one_of(draw, fact.all_values) for fact in facts]
    for clash in policy.vocabulary.clashes:
        if clash.met(values):
            values[clash.tests[0][0]] = UNKNOWN
    return Situation(vocabulary=policy.vocabulary, row=tuple(values))


@st.composite
def small_policies(draw: Draw, most: int = 4) -> Policy:
    """Draw a policy with few situations: those of *most* facts."""
    policy: Policy = draw(policies(draw(vocabularies(most=most))))
    return policy


@st.composite
def policies_with_situations(draw: Draw) -> tuple[Policy, Situation]:
    """Draw a policy and a possible situation of it."""
    policy = draw(policies())
    return policy, draw(situations(policy))


@st.composite
def conditions(
    draw: Draw,
    vocabulary: Vocabulary,
    positively: Sequence[str] = (),
    negatively: Sequence[str] = (),
) -> Condition:
    """Draw conditions that read the named findings in the given way."""
    return _condition(draw, vocabulary, (positively, negatively))


@attrs.frozen(kw_only=True)
class _Words:
    """The names that rules may use, with the ranks of the findings."""

    vocabulary: Vocabulary
    ranks: dict[str, int]
    principles: tuple[str, ...]
    steps: tuple[str, ...]
    parts: tuple[str, ...]
    questions: tuple[str, ...]


@cache
def _upto(most: int) -> st.SearchStrategy[int]:
    return st.integers(0, most)


_RANKS = _upto(HIGHEST_RANK)


def _one_of(draw: Draw, choices: Sequence[T]) -> T:
    return choices[draw(_upto(len(choices) - 1))]


def _some_of(draw: Draw, choices: Sequence[T], most: int = 2) -> tuple[T, ...]:
    """Draw at most *most* different *choices*, in any order."""
    if not choices:
        return ()
    drawn = (_one_of(draw, choices) for _ in range(draw(_upto(most))))
    return tuple(dict.fromkeys(drawn))


def _numbered(word: str, how_many: int) -> tuple[str, ...]:
    return tuple(f"{word}_{place}" for place in range(how_many))


def _condition(
    draw: Draw,
    vocabulary: Vocabulary,
    read: tuple[Sequence[str], Sequence[str]],
    depth: int = 3,
) -> Condition:
    """Draw a condition; *read* lists the findings read positively, then negatively."""
    kind = draw(_upto(6 if depth else 3))
    if kind == 0 and read[0]:
        return Holds(_one_of(draw, read[0]))
    if kind <= 2:
        return _fact_test(draw, _one_of(draw, vocabulary.facts))
    if kind == 3:
        return ALWAYS
    if kind == 4:
        return Not(_condition(draw, vocabulary, (read[1], read[0]), depth - 1))
    least, joined = (1, either) if kind == 5 else (0, both)
    parts = range(least + draw(_upto(3 - least)))
    return joined(_condition(draw, vocabulary, read, depth - 1) for _ in parts)


def _fact_test(draw: Draw, fact: Fact) -> FactIn:
    values = fact.all_values
    chosen = 1 + draw(_upto(2 ** len(values) - 2))
    return FactIn(
        fact.name,
        frozenset(value for n, value in enumerate(values) if chosen >> n & 1),
    )


def _rules(draw: Draw, words: _Words) -> tuple[Rule, ...]:
    ranks = {f"rule-{n}": draw(_RANKS) for n in range(1 + draw(_upto(13)))}
    return tuple(
        _rule(draw, words, (name, rank), [o for o in ranks if ranks[o] > rank])
        for name, rank in ranks.items()
    )


def _rule(
    draw: Draw, words: _Words, named: tuple[str, int], above: Sequence[str]
) -> Rule:
    name, rank = named
    upto = [finding for finding, height in words.ranks.items() if height <= rank]
    below = [finding for finding, height in words.ranks.items() if height < rank]
    onward = [finding for finding, height in words.ranks.items() if height >= rank]
    then = _effects(draw, onward, words)
    stands = then.yields_reasons or draw(st.booleans())
    return Rule(
        id=name,
        when=_condition(draw, words.vocabulary, (upto, below)),
        then=then,
        principle=_one_of(draw, words.principles) if stands else None,
        cites=(Citation(source="book", section=name),) if draw(st.booleans()) else (),
        because=f"Because of {name}.",
        supervision_questions=_some_of(draw, words.questions),
        overrides=_some_of(draw, above),
    )


def _effects(draw: Draw, findings: Sequence[str], words: _Words) -> Effects:
    options, strengths = tuple(Option), tuple(Strength)
    favoured, opposed = _some_of(draw, options), _some_of(draw, options)
    drawn = Effects(
        concludes=_some_of(draw, findings),
        favors=tuple((option, _one_of(draw, strengths)) for option in favoured),
        opposes=tuple((option, _one_of(draw, strengths)) for option in opposed),
        requires=_some_of(draw, options, 1) if draw(_upto(3)) == 3 else (),
        forbids=_some_of(draw, options, 1) if draw(_upto(3)) == 3 else (),
        advises=_some_of(draw, words.steps),
        drafts=_some_of(draw, words.parts, 1),
    )
    # A rule must have at least one effect.
    return drawn if drawn != Effects() else Effects(requires=(Option.DECLINE,))


def _principle(draw: Draw, name: str) -> Principle:
    seen = _one_of(draw, (None, *Seen))
    return Principle(
        id=name,
        title=name.replace("_", " "),
        force=_one_of(draw, tuple(Force)),
        weight=1 + draw(_upto(2)),
        cites=(Citation(source="book", section=name, seen=seen),),
    )


def _method(draw: Draw, principles: tuple[str, ...]) -> Method:
    tiers = {name: draw(_upto(2)) for name in principles[: draw(_upto(3))]}
    return Method(
        name=_one_of(draw, tuple(MethodName)),
        points=tuple((strength, draw(_upto(5))) for strength in Strength),
        priority=tuple(
            tuple(name for name, at in tiers.items() if at == tier)
            for tier in sorted(set(tiers.values()))
        ),
    )


@st.composite
def asked_of_small_policies(draw: Draw) -> tuple[Policy, Situation]:
    """Draw a policy small enough to rank every situation, and a situation."""
    policy = draw(policies(draw(vocabularies(most=4))))
    return policy, draw(situations(policy))


@st.composite
def some_facts(draw: Draw, policy: Policy) -> tuple[str, ...]:
    """Draw a few different facts of *policy*."""
    return _some_of(draw, tuple(policy.vocabulary.by_name), 3)
