"""Policies as plain data, as a policy file holds them.

In: a policy. Out: mappings, lists and text, in the order of the format; what
is left out is what the reader fills in. The way back is `model.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, assert_never

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model import plain
from boundaryethics.model.conditions import (
    All,
    Condition,
    FactIn,
    Holds,
    Not,
)
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.layers import applied
from boundaryethics.model.parts import DEFAULT_POINTS, Invariant, Method
from boundaryethics.model.policy import Policy
from boundaryethics.model.principles import Citation, Principle, Source
from boundaryethics.model.rules import Effects, Rule

Data = dict[str, Any]


def policy_data(policy: Policy) -> Data:
    """The whole of *policy* as the data of one file that extends nothing.

    Raises:
        PolicyError: something in it cannot be written so that it reads back.
    """
    data = _given(
        policy=policy.id,
        title=policy.title,
        about=policy.about,
        abstract=policy.abstract,
        sources={source.id: _source(source) for source in policy.sources},
        facts={
            fact.name: {**_given(ask=fact.ask), "values": list(fact.values)}
            for fact in policy.vocabulary.facts
        },
        impossible=[
            _condition(one, policy.vocabulary) for one in policy.vocabulary.impossible
        ],
        findings={part.id: _given(says=part.says) for part in policy.findings},
        principles={part.id: _principle(part) for part in policy.principles},
        steps={part.id: _given(says=part.says) for part in policy.steps},
        questions={part.id: part.says for part in policy.questions},
        draft_parts={
            part.id: {"slot": part.slot.value, "says": part.says}
            for part in policy.draft_parts
        },
        rules=[_rule(policy, rule) for rule in policy.rules],
        ranking=_ranking(policy.method),
        invariants=[_invariant(policy, part) for part in policy.invariants],
        accepts=[
            {"lint": part.lint, "on": part.on, "because": part.because}
            for part in policy.accepts
        ],
    )
    problems = tuple(_unwritable(policy, data))
    if problems:
        raise PolicyError(problems)
    return data


def _given(**parts: Any) -> Data:
    """*parts* without those that say nothing."""
    return {key: part for key, part in parts.items() if part}


def _source(source: Source) -> Data:
    return _given(
        title=source.title,
        short=source.short,
        publisher=source.publisher,
        edition=source.edition,
        url=source.url,
    )


def _principle(principle: Principle) -> Data:
    return {
        **_given(title=principle.title),
        **({"force": principle.force.value} if principle.force else {}),
        "weight": principle.weight,
        **_given(cites=_citations(principle.cites)),
    }


def _citations(cites: Iterable[Citation]) -> list[Data]:
    return [
        {
            "source": cite.source,
            "section": cite.section,
            **_given(title=cite.title, seen=cite.seen.value if cite.seen else ""),
        }
        for cite in cites
    ]


def _rule(policy: Policy, rule: Rule) -> Data:
    return {
        "id": rule.id,
        **_given(note=rule.note, when=_condition(rule.when, policy.vocabulary)),
        "then": _effects(rule.then),
        **_given(
            principle=rule.principle,
            cites=_citations(rule.cites),
            because=rule.because,
            asks=list(rule.asks),
            overrides=list(rule.overrides),
        ),
    }


def _effects(effects: Effects) -> Data:
    return _given(
        concludes=_one_or_list(effects.concludes),
        favours={option.value: how.value for option, how in effects.favours},
        opposes={option.value: how.value for option, how in effects.opposes},
        requires=_one_or_list(option.value for option in effects.requires),
        forbids=_one_or_list(option.value for option in effects.forbids),
        advises=_one_or_list(effects.advises),
        drafts=_one_or_list(effects.drafts),
    )


def _ranking(method: Method) -> Data:
    points = {strength.value: number for strength, number in method.points}
    return {
        "method": method.name.value,
        **({"points": points} if method.points != DEFAULT_POINTS else {}),
        **_given(priority=[list(tier) for tier in method.priority]),
    }


def _invariant(policy: Policy, invariant: Invariant) -> Data:
    return {
        "id": invariant.id,
        **_given(
            says=invariant.says, when=_condition(invariant.when, policy.vocabulary)
        ),
        "holds": {
            promise.value: _one_or_list(map(str, names))
            for promise, names in invariant.holds
        },
    }


def _condition(condition: Condition, vocabulary: Vocabulary) -> Data:
    parts = condition.parts if isinstance(condition, All) else (condition,)
    entries = [_entry(part, vocabulary) for part in parts]
    if len({key for key, _ in entries}) == len(entries):
        return dict(entries)
    return {"all": [dict([entry]) for entry in entries]}


def _entry(condition: Condition, vocabulary: Vocabulary) -> tuple[str, Any]:
    match condition:
        case FactIn(fact, values):
            return fact, _one_or_list(_in_order(fact, values, vocabulary))
        case Holds(finding):
            return finding, True
        case Not(Holds(finding)):
            return finding, False
        case Not(part):
            return "not", _condition(part, vocabulary)
        case AnyOf(parts):
            return "any", [_condition(part, vocabulary) for part in parts]
        case All(parts):
            return "all", [_condition(part, vocabulary) for part in parts]
        case _:
            assert_never(condition)


def _in_order(
    fact: str, values: frozenset[str], vocabulary: Vocabulary
) -> tuple[str, ...]:
    declared = vocabulary[fact].all_values if fact in vocabulary else ()
    undeclared = sorted(values.difference(declared))
    return (*(value for value in declared if value in values), *undeclared)


def _one_or_list(names: Iterable[str]) -> str | list[str]:
    listed = list(names)
    return listed[0] if len(listed) == 1 else listed


def _unwritable(policy: Policy, data: Data) -> Iterator[Problem]:
    """The parts of *policy* that *data* would not give back."""
    for rule, written in zip(policy.rules, data.get("rules", ()), strict=True):
        if plain.rule(written) != rule:
            yield _not_given_back(f"rule `{rule.id}`", ("rules", rule.id))
    written_invariants = data.get("invariants", ())
    for part, written in zip(policy.invariants, written_invariants, strict=True):
        if plain.invariant(written) != part:
            yield _not_given_back(f"invariant `{part.id}`", ("invariants", part.id))
    start = Policy(id="", vocabulary=Vocabulary())
    again, _ = applied(start, plain.layer(data))
    for name, told in _PARTS.items():
        if getattr(again, name) != getattr(policy, name):
            yield _not_given_back(f"policy `{policy.id}`, in its {told},", (name,))


_PARTS = {
    "vocabulary": "facts or impossible conditions",
    "sources": "sources",
    "findings": "findings",
    "principles": "principles",
    "steps": "steps",
    "questions": "questions",
    "draft_parts": "draft parts",
    "accepts": "accepted remarks",
    "method": "ranking",
}


def _not_given_back(named: str, path: tuple[str | int, ...]) -> Problem:
    return Problem(
        code="BE309",
        message=f"{named} cannot be written so that it reads back the same",
        help="give every part an id of its own, every list an entry, every "
        "option one strength; build conditions with `both` and `either`",
        path=path,
    )
