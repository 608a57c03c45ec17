"""One fingerprint covers all that can change a verdict; the other covers all text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import attrs
import pytest

from boundaryethics.model import conditions, facts, rules
from boundaryethics.model.facts import FactGroup
from boundaryethics.model.policy import Policy, digest, digest_of_lists
from support.small_policies import policy_of

#: Fields of each part: in the fingerprint, in the text fingerprint, in both, in none.
RULES, TEXT, BOTH, NONE = "rules", "text", "both", "none"
FIELDS: dict[type, dict[str, str]] = {
    Policy: {
        "id": NONE,
        "title": TEXT,
        "about": TEXT,
        "abstract": NONE,
        "vocabulary": BOTH,
        "sources": RULES,
        "findings": BOTH,
        "principles": BOTH,
        "actions": BOTH,
        "labels": BOTH,
        "questions": BOTH,
        "draft_parts": BOTH,
        "rules": BOTH,
        "method": RULES,
        "invariants": NONE,
        "accepts": NONE,
        "lineage": NONE,
        "parent": NONE,
    },
    facts.Vocabulary: {
        "facts": BOTH,
        "impossible": RULES,
        "groups": TEXT,
        "unknown_label": TEXT,
    },
    facts.Fact: {
        "name": BOTH,
        "question": TEXT,
        "help": TEXT,
        "group": TEXT,
        "values": BOTH,
        "labels": TEXT,
        "phrases": TEXT,
    },
    FactGroup: {"id": TEXT, "title": TEXT},
    conditions.FactIn: {"fact": RULES, "values": RULES},
    conditions.Holds: {"finding": RULES},
    conditions.Not: {"part": RULES},
    conditions.All: {"parts": RULES},
    conditions.Any: {"parts": RULES},
    rules.Source: dict.fromkeys(
        ("id", "title", "short", "publisher", "edition", "url"), RULES
    ),
    rules.Citation: dict.fromkeys(
        ("source", "section", "title", "seen", "authority"), RULES
    ),
    rules.Finding: {"id": BOTH, "says": TEXT},
    rules.Principle: {
        "id": BOTH,
        "title": TEXT,
        "force": RULES,
        "weight": RULES,
        "cites": RULES,
    },
    rules.Instead: {"when": RULES, "says": TEXT},
    rules.Action: {"id": BOTH, "says": TEXT, "urgent": RULES, "instead": BOTH},
    rules.Label: {"says": TEXT, "named": TEXT},
    rules.Labels: {"when": RULES, "options": BOTH},
    rules.Question: {"id": BOTH, "says": TEXT},
    rules.DraftPart: {"id": BOTH, "slot": RULES, "direction": TEXT, "says": TEXT},
    rules.Method: {"name": RULES, "points": RULES, "priority": RULES},
    rules.Effects: dict.fromkeys(
        (
            "concludes",
            "favors",
            "opposes",
            "requires",
            "forbids",
            "advises",
            "drafts",
        ),
        RULES,
    ),
    rules.Rule: {
        "id": BOTH,
        "note": NONE,
        "when": RULES,
        "then": RULES,
        "principle": RULES,
        "cites": RULES,
        "because": TEXT,
        "supervision_questions": RULES,
        "overrides": RULES,
    },
}
#: Parts that check a policy and change no verdict.
CHECKS = ("invariants", "accepts", "parent")

RULE: dict[str, Any] = {
    "id": "answer-kindly",
    "note": "Agreed on in spring.",
    "when": {
        "contact": "message",
        "near": True,
        "not": {"status": "former"},
        "any": [{"danger": "no"}, {"all": [{"danger": "yes"}, {"near": False}]}],
    },
    "then": {
        "concludes": "late",
        "favors": {"decline": "strong"},
        "opposes": {"leave": "weak"},
        "requires": "decline",
        "forbids": "leave",
        "advises": "seek_supervision",
        "drafts": "no",
    },
    "because": "It is kind.",
    "cites": [{"source": "code", "section": "2", "title": "Care"}],
    "asks": ["harm"],
    "overrides": ["stay"],
}
STAY = {"id": "stay", "then": {"favors": {"continue": "weak"}}, "because": "It can be."}
GO = {"when": {"contact": "message"}, "leave": {"says": "Go", "named": "going"}}
FLEE = {"when": {"danger": "yes"}, "leave": {"says": "Flee", "named": "fleeing"}}
ASK = {"when": {"contact": "message"}, "says": "Ask."}
CALL = {"when": {"danger": "yes"}, "says": "Call."}


def _whole(**other: Any) -> Policy:
    """Return a policy in which no field is empty."""
    more: dict[str, Any] = {
        "title": "By hand",
        "about": "For tests.",
        "findings": ["near", "late"],
        "groups": {"people": "People"},
        "facts": {
            "status": {
                "question": "Whose client?",
                "help": "Now or before.",
                "group": "people",
                "values": {"active": "Now", "former": "Before"},
                "phrases": {"former": "a former client"},
            }
        },
        "impossible": [{"contact": "request", "danger": "yes"}],
        "actions": {"seek_supervision": {"says": "Ask.", "instead": [ASK, CALL]}},
        "labels": [GO, FLEE],
        "draft_parts": {
            "no": {"slot": "closing", "direction": "Say it.", "says": "No"}
        },
        "ranking": {"method": "lexicographic", "priority": [["care"]]},
        "invariants": [
            {"id": "calm", "when": {"danger": "no"}, "holds": {"last": "leave"}}
        ],
        "accepts": [{"lint": "BL06", "on": "stay", "because": "Meant."}],
        **other,
    }
    named = {"care": {"title": "Care", "force": "law"}}
    made = policy_of([RULE, STAY], principles=named, **more)
    return attrs.evolve(made, parent=policy_of([]), lineage=("by-hand",))


def _altered(value: Any) -> Any:
    """Return another value of the type of *value*, changed as little as possible."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case Enum():
            return next(other for other in type(value) if other is not value)
        case str():
            return f"{value}x"
        case tuple() if value:
            return value[1:]
        case frozenset():
            return value | {"other"}
        case conditions.Not():
            return value.part
        case None:
            return rules.Seen.PARAPHRASE
        case _:
            return value


def _changes(
    part: Any, rebuild: Callable[[Any], Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], type, str, Any]]:
    """Yield each field in *part* or within it, and the whole with that one altered."""
    if isinstance(part, tuple | frozenset):
        items = list(part)
        for number, item in enumerate(items):

            def replaced(other: Any, number: int = number) -> Any:
                whole = [*items[:number], other, *items[number + 1 :]]
                return rebuild(type(part)(whole))

            yield from _changes(item, replaced, (*path, str(number)))
    elif attrs.has(type(part)):
        for field in attrs.fields(type(part)):
            value, name = getattr(part, field.name), field.name

            def evolved(other: Any, name: str = name) -> Any:
                return rebuild(attrs.evolve(part, **{name: other}))

            if (other := _new_value(part, name)) is not value:
                yield (*path, name), type(part), name, lambda e=evolved, o=other: e(o)
            if name != "parent":
                yield from _changes(value, evolved, (*path, name))


def _new_value(part: Any, name: str) -> Any:
    """Return another value of a field, one that its type allows."""
    value = getattr(part, name)
    if isinstance(part, Policy) and name == "method":
        return rules.Method()
    if name == "parent":
        return None
    if isinstance(value, facts.Vocabulary):
        return facts.Vocabulary()
    if isinstance(value, rules.Effects):
        return rules.Effects()
    if name in ("when", "part"):
        return conditions.Holds("another")
    return _altered(value)


@pytest.mark.clause("S22")
def test_each_field_changes_exactly_the_right_fingerprint() -> None:
    """Every field of every class is classified in `FIELDS`."""
    policy = _whole()
    met: set[tuple[type, str]] = set()
    before = policy.fingerprint, policy.text_fingerprint
    for path, kind, name, change in _changes(policy, lambda whole: whole):
        after = change()
        expected = FIELDS[kind][name] if path[0] not in CHECKS else NONE
        found = (after.fingerprint, after.text_fingerprint)
        changed = tuple(old != new for old, new in zip(before, found, strict=True))
        wanted = (expected in (RULES, BOTH), expected in (TEXT, BOTH))

        assert wanted == changed, path
        met |= {(kind, name)} if path[0] not in CHECKS else {(Policy, path[0])}

    assert {(kind, name) for kind, names in FIELDS.items() for name in names} == met
    for kind, names in FIELDS.items():
        assert set(names) == {field.name for field in attrs.fields(kind)}


@pytest.mark.clause("S22")
def test_the_order_of_parts_does_not_change_fingerprints() -> None:
    """Rules, facts and other parts can be written in any order."""
    policy = _whole()
    vocabulary = policy.vocabulary
    turned = attrs.evolve(
        policy,
        rules=policy.rules[::-1],
        findings=policy.findings[::-1],
        vocabulary=attrs.evolve(vocabulary, facts=vocabulary.facts[::-1]),
    )

    assert policy.fingerprint == turned.fingerprint
    assert policy.text_fingerprint == turned.text_fingerprint


@pytest.mark.clause("S22")
@pytest.mark.parametrize(
    "turned",
    [
        {"labels": [FLEE, GO]},
        {"actions": {"seek_supervision": {"says": "Ask.", "instead": [CALL, ASK]}}},
    ],
    ids=["labels", "instead"],
)
def test_the_order_of_texts_changes_both_fingerprints(turned: dict[str, Any]) -> None:
    """Only the first matching text is shown, so the order matters."""
    policy, other = _whole(), _whole(**turned)

    assert policy.fingerprint != other.fingerprint
    assert policy.text_fingerprint != other.text_fingerprint


@pytest.mark.clause("S22")
def test_a_verdict_has_both_fingerprints_of_its_policy() -> None:
    """A verdict has the fingerprints of its policy."""
    from boundaryethics import consult, load_policy

    policy, verdict = load_policy("apa-2017"), consult({}, policy="apa-2017")

    assert policy.fingerprint == verdict.fingerprint
    assert policy.text_fingerprint == verdict.text_fingerprint
    assert verdict.fingerprint != verdict.text_fingerprint


@pytest.mark.clause("S22")
def test_a_changed_question_changes_only_the_text_fingerprint() -> None:
    """Even an opposite question under the same name is detected."""
    policy = policy_of([STAY])
    asked = policy.vocabulary["danger"]
    turned = attrs.evolve(asked, question="Is it SAFE?")
    others = tuple(
        turned if fact is asked else fact for fact in policy.vocabulary.facts
    )
    other = attrs.evolve(
        policy, vocabulary=attrs.evolve(policy.vocabulary, facts=others)
    )

    assert policy.fingerprint == other.fingerprint
    assert policy.text_fingerprint != other.text_fingerprint


@pytest.mark.parametrize("name", ["aaa", "lists", "zzz"])
def test_digests_of_long_lists_equal_digests_of_lists(name: str) -> None:
    """Reading a list entry by entry gives the same digest, in any order."""
    several = [(1, "one"), (2, 'tw"o'), (3, "é")]
    digests = {
        digest_of_lists({name: iter(rows)}, more=more, mine=None)
        for rows in (several, several[:2], [])
        for more in ("a", "b")
    }

    assert digests == {
        digest(**{name: rows, "more": more, "mine": None})
        for rows in (several, several[:2], [])
        for more in ("a", "b")
    }
    assert 6 == len(digests)
