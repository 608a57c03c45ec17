"""JSON Schemas that editors can use for the files that the library reads and writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from boundaryethics._files import rules_text
from boundaryethics.arguments import argument
from boundaryethics.errors import ArgumentError, check_all, problem
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.policies.loader import as_policy, shipped, shipped_vocabulary

SchemaKind: TypeAlias = Literal[
    "policy", "cases", "vocabulary", "situation", "verdict", "codebook"
]
KINDS: tuple[SchemaKind, ...] = get_args(SchemaKind)
#: The kinds of files that state facts.
OF_FACTS = ("situation", "cases")
_SEVERAL = {"type": "array", "minItems": 1, "uniqueItems": True}


def schema(
    kind: SchemaKind, policy: Policy | str | Path | None = None
) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) for one kind of file, as plain data.

    Args:
        kind: the kind of file.
        policy: the policy whose facts a situation or a test case can state, and whose
            actions, findings, principles and draft sentences a test case can expect. By
            default, situations can state the built-in facts, and test cases can use any
            names.

    Raises:
        ArgumentError: the kind is unknown, or a policy is given for a kind of file that
            states no facts.
        PolicyError: the policy is unknown, unreadable or invalid.
    """
    kind, loaded = check_all(
        partial(argument, "kind", kind, SchemaKind),
        partial(_policy_or_none, policy),
    )
    if loaded is not None and kind not in OF_FACTS:
        raise ArgumentError([problem("BE929", kind=kind)])
    found: dict[str, Any] = json.loads(rules_text("schema", f"{kind}.schema.json"))
    if loaded is not None:
        found["$id"] += f":{loaded.id}"
    if kind == "policy":
        found["$defs"]["built_in"] = _built_in(found["$defs"]["condition"])
        found["allOf"] = [_where_facts_are_built_in()]
    elif kind == "situation":
        found |= _facts(shipped_vocabulary() if loaded is None else loaded.vocabulary)
    elif loaded is not None:
        case = found["$defs"]["case"]["properties"]
        case["given"] |= _facts(loaded.vocabulary)
        found["$defs"] |= _names(loaded)
        expected = case["expect"]["properties"]
        expected["cites"]["additionalProperties"] = {"$ref": "#/$defs/principles"}
        for name in ("actions", "drafts", "findings"):
            for key in {name, f"no_{name}"} & expected.keys():
                expected[key]["$ref"] = f"#/$defs/{name}"
    return found


def _policy_or_none(policy: Policy | str | Path | None) -> Policy | None:
    return None if policy is None else as_policy(policy)


def _built_in(condition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of *condition*, a definition, that checks the built-in facts."""
    text = json.dumps(condition).replace("#/$defs/condition", "#/$defs/built_in")
    found: dict[str, Any] = json.loads(text)
    vocabulary = shipped_vocabulary()
    for fact in vocabulary.facts:
        shown = _fact(fact, vocabulary)
        answers = dict(vocabulary.answers(fact.name))
        one = {"enum": [*answers], "enumDescriptions": [*answers.values()]}
        found["properties"][fact.name] = {
            "title": shown["title"],
            "description": shown.get(
                "description", "Rules read this fact, but nobody is asked about it."
            ),
            "anyOf": [one, {"type": "array", "items": one}],
        }
    return found


def _where_facts_are_built_in() -> dict[str, Any]:
    """Return a schema that checks conditions if facts have their built-in values.

    A policy can declare a built-in fact with other values. So can a policy that it
    extends, unless that policy is built in.
    """
    condition = {"$ref": "#/$defs/built_in"}
    conditional = {"properties": {"when": condition}}
    built_in = {"enum": [*shipped()]}
    return {
        "if": {
            "not": {"required": ["facts"]},
            "properties": {
                "extends": {"anyOf": [built_in, {"type": "array", "items": built_in}]}
            },
        },
        "then": {
            "properties": {
                "impossible": {"items": condition},
                "labels": {"items": conditional},
                "rules": {"items": conditional},
                "invariants": {"items": conditional},
                "actions": {
                    "additionalProperties": {
                        "properties": {"instead": {"items": conditional}}
                    }
                },
                "changes": {
                    "properties": {"adjust": {"additionalProperties": conditional}}
                },
            }
        },
    }


def _names(policy: Policy) -> dict[str, Any]:
    """Map each kind of policy part to a schema that accepts one or more names."""
    texts = {
        "actions": {one.id: one.says for one in policy.actions},
        "drafts": {one.id: one.says for one in policy.draft_parts},
        "findings": {one.id: one.says for one in policy.findings},
        "principles": {one.id: one.title for one in policy.principles},
    }
    return {
        kind: {"anyOf": [one, {**_SEVERAL, "items": one}]}
        for kind, by_id in texts.items()
        for one in [{"enum": [*by_id], "enumDescriptions": [*by_id.values()]}]
    }


def _facts(vocabulary: Vocabulary) -> dict[str, Any]:
    """Return schema keywords that accept exactly the situations *vocabulary* allows."""
    impossible = [*_impossible(vocabulary)]
    return {
        "additionalProperties": False,
        "properties": {fact.name: _fact(fact, vocabulary) for fact in vocabulary.facts},
        # JSON Schema does not allow an empty list here.
        **({"allOf": impossible} if impossible else {}),
    }


def _fact(fact: Fact, vocabulary: Vocabulary) -> dict[str, Any]:
    answers = dict(vocabulary.answers(fact.name))
    written = _written(fact, fact.all_values)
    asked = " ".join(filter(None, (fact.question, fact.help)))
    return {
        "title": fact.name.replace("_", " ").capitalize(),
        **({"description": asked} if asked else {}),
        "enum": written,
        # Editors show these labels; JSON Schema has no keyword for a value's text.
        "enumDescriptions": [answers[fact.parse(one) or ""] for one in written],
    }


def _written(fact: Fact, values: Iterable[str]) -> list[str | bool | None]:
    """List every form in which *values* can be written in a file (S3)."""
    allowed = {*values}
    written = (*fact.all_values, True, False, None)
    return [one for one in written if fact.parse(one) in allowed]


def _impossible(vocabulary: Vocabulary) -> Iterator[Mapping[str, Any]]:
    """Yield, for each impossible combination, a schema that rejects it.

    With this schema, an editor marks the last fact of the combination, and lists the
    values that it can still have.
    """
    for clash in vocabulary.clashes:
        *others, (last, values) = (
            (vocabulary.facts[place], among) for place, among in clash.tests
        )
        left = [v for v in last.all_values if v not in values]
        yield {
            "if": {
                "required": [fact.name for fact, _ in others],
                "properties": {
                    fact.name: {"enum": _written(fact, among)} for fact, among in others
                },
            },
            "then": {"properties": {last.name: {"enum": _written(last, left)}}},
        }
