"""Write policies: a policy in, plain data or the text of one file out.

The text reads back equal; a policy for which that is not so is refused. Plain data has
the order of the format, and leaves out all that the reader fills in. The way back is
`model.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias, assert_never

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model import plain_data
from boundaryethics.model.conditions import All, Condition, FactIn, Holds, Not
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.overlays import applied
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    DEFAULT_POINTS,
    Action,
    Citation,
    DraftPart,
    Effects,
    Invariant,
    Labels,
    Method,
    Principle,
    Rule,
    Source,
)
from boundaryethics.policies.loader import sheet_of_text
from boundaryethics.policies.yaml import yaml_text

_SCHEMA_LINE = "# yaml-language-server: $schema=schema/policy.schema.json\n"
#: The file, its sections, and each part of a section.
_OPEN_LEVELS = 2


#: A mapping as a policy file holds it.
Data: TypeAlias = dict[str, Any]


def write_policy(policy: Policy) -> str:
    """*policy* as one file with all that it inherits; it reads back equal.

    Raises:
        PolicyError: a part of it cannot be written, or not so that it reads back.
    """
    text = _SCHEMA_LINE + yaml_text(policy_data(policy), open_levels=_OPEN_LEVELS)
    problems = sheet_of_text(text, file=policy.id).problems
    if problems:
        raise PolicyError(problems)
    return text


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
            fact.name: {**_given(ask=fact.question), "values": list(fact.values)}
            for fact in policy.vocabulary.facts
        },
        impossible=[
            condition_data(one, policy.vocabulary)
            for one in policy.vocabulary.impossible
        ],
        findings={part.id: _given(says=part.says) for part in policy.findings},
        principles={part.id: _principle(part) for part in policy.principles},
        actions={part.id: _step(policy, part) for part in policy.actions},
        labels=[_labels(policy, part) for part in policy.labels],
        questions={part.id: part.says for part in policy.questions},
        draft_parts={part.id: _draft_part(part) for part in policy.draft_parts},
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


def _step(policy: Policy, step: Action) -> Data:
    instead = [
        {"when": condition_data(one.when, policy.vocabulary), "says": one.says}
        for one in step.instead
    ]
    return _given(says=step.says, urgent=step.urgent, instead=instead)


def _labels(policy: Policy, labels: Labels) -> Data:
    return {
        **_given(when=condition_data(labels.when, policy.vocabulary)),
        **{
            option.value: {"says": label.says, "named": label.named}
            for option, label in labels.options
        },
    }


def _draft_part(part: DraftPart) -> Data:
    words = _given(direction=part.direction, says=part.says)
    return {"slot": part.slot.value, **words}


def _rule(policy: Policy, rule: Rule) -> Data:
    return {
        "id": rule.id,
        **_given(note=rule.note, when=condition_data(rule.when, policy.vocabulary)),
        "then": _effects(rule.then),
        **_given(
            principle=rule.principle,
            cites=_citations(rule.cites),
            because=rule.because,
            asks=list(rule.supervision_questions),
            overrides=list(rule.overrides),
        ),
    }


def _effects(effects: Effects) -> Data:
    return _given(
        concludes=one_or_list(effects.concludes),
        favors={option.value: how.value for option, how in effects.favors},
        opposes={option.value: how.value for option, how in effects.opposes},
        requires=one_or_list(option.value for option in effects.requires),
        forbids=one_or_list(option.value for option in effects.forbids),
        advises=one_or_list(effects.advises),
        drafts=one_or_list(effects.drafts),
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
            says=invariant.says, when=condition_data(invariant.when, policy.vocabulary)
        ),
        "holds": {
            promise.value: one_or_list(map(str, names))
            for promise, names in invariant.holds
        },
    }


def _unwritable(policy: Policy, data: Data) -> Iterator[Problem]:
    """The parts of *policy* that *data* would not give back."""
    for rule, written in zip(policy.rules, data.get("rules", ()), strict=True):
        if plain_data.rule(written) != rule:
            yield _not_given_back(f"rule `{rule.id}`", ("rules", rule.id))
    written_invariants = data.get("invariants", ())
    for part, written in zip(policy.invariants, written_invariants, strict=True):
        if plain_data.invariant(written) != part:
            yield _not_given_back(f"invariant `{part.id}`", ("invariants", part.id))
    start = Policy(id="", vocabulary=Vocabulary())
    again, _ = applied(start, plain_data.layer(data))
    for name, told in _PARTS.items():
        if getattr(again, name) != getattr(policy, name):
            yield _not_given_back(f"policy `{policy.id}`, in its {told},", (name,))


_PARTS = {
    "vocabulary": "facts or impossible conditions",
    "sources": "sources",
    "findings": "findings",
    "principles": "principles",
    "actions": "actions",
    "labels": "labels",
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


def condition_data(condition: Condition, vocabulary: Vocabulary) -> Data:
    """*condition* as a policy file holds it; values in the order of *vocabulary*."""
    parts = condition.parts if isinstance(condition, All) else (condition,)
    entries = [_entry(part, vocabulary) for part in parts]
    if len({key for key, _ in entries}) == len(entries):
        return dict(entries)
    return {"all": [dict([entry]) for entry in entries]}


def _entry(condition: Condition, vocabulary: Vocabulary) -> tuple[str, Any]:
    match condition:
        case FactIn(fact, values):
            return fact, one_or_list(_in_order(fact, values, vocabulary))
        case Holds(finding):
            return finding, True
        case Not(Holds(finding)):
            return finding, False
        case Not(part):
            return "not", condition_data(part, vocabulary)
        case AnyOf(parts):
            return "any", [condition_data(part, vocabulary) for part in parts]
        case All(parts):
            return "all", [condition_data(part, vocabulary) for part in parts]
        case _:
            assert_never(condition)


def _in_order(
    fact: str, values: frozenset[str], vocabulary: Vocabulary
) -> tuple[str, ...]:
    declared = vocabulary[fact].all_values if fact in vocabulary else ()
    undeclared = sorted(values.difference(declared))
    return (*(value for value in declared if value in values), *undeclared)


def one_or_list(names: Iterable[str]) -> str | list[str]:
    """*names* as a list, or bare where there is one."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else listed
