"""The JSON Schema of verdicts matches the typed dictionaries and real verdicts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from types import UnionType
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from boundaryethics import consult, load_policy, policies, render
from boundaryethics.errors import SituationError
from boundaryethics.model import verdict_data
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.model.verdict_data import VerdictDict, verdict_schema
from support import verdicts
from support.strategies import policies_with_situations, situations

SCHEMA = verdict_schema()
#: Typed dictionaries by the name of their definition.
TYPES: dict[str, Any] = {
    "".join(f"_{c.lower()}" if c.isupper() else c for c in name)[1:-5]: found
    for name, found in vars(verdict_data).items()
    if name.endswith("Dict") and name not in {"TypedDict", "VerdictDict"}
}
#: What the schema states and a type cannot.
REFINED = ("description", "const", "minProperties")
POLICIES = [policy for policy in map(load_policy, policies()) if not policy.abstract]
ACTIVE = {"contact": "message", "client_status": "active"}


def strict(schema: Any) -> Any:
    """Return *schema* without the permission for unknown keys."""
    match schema:
        case dict():
            closed = {key: strict(part) for key, part in schema.items()}
            return closed | (
                {"additionalProperties": False} if "required" in closed else {}
            )
        case list():
            return [strict(part) for part in schema]
    return schema


STRICT = Draft202012Validator(strict(SCHEMA))
TOLERANT = Draft202012Validator(SCHEMA)


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the schema of a type, as derived from the type alone."""
    arguments = get_args(kind)
    plain = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    if kind in plain:
        return {"type": plain[kind]}
    match get_origin(kind):
        case origin if origin is Literal:
            return {"enum": list(arguments)}
        case origin if origin is NotRequired:
            return schema_of(arguments[0])
        case origin if origin is list:
            return {"type": "array", "items": schema_of(arguments[0])}
        case origin if origin is dict:
            key, value = map(schema_of, arguments)
            names = {} if key == {"type": "string"} else {"propertyNames": key}
            return {"type": "object", **names, "additionalProperties": value}
        case None:
            (name,) = (name for name, found in TYPES.items() if found is kind)
            return {"$ref": f"#/$defs/{name}"}
        case origin:
            assert origin is UnionType or "Union" in str(origin)
            return {"anyOf": [schema_of(one) for one in arguments]}


def object_of(kind: Any) -> dict[str, Any]:
    """Return the schema of a typed dictionary."""
    hints = get_type_hints(kind)
    return {
        "type": "object",
        "required": [key for key in hints if key in kind.__required_keys__],
        "properties": {key: schema_of(hint) for key, hint in hints.items()},
    }


def bare(schema: Any) -> Any:
    """Return *schema* without descriptions and refinements."""
    match schema:
        case {"type": "object", "properties": dict(properties)}:
            parts = {key: bare(part) for key, part in properties.items()}
            return {
                "type": "object",
                "required": schema["required"],
                "properties": parts,
            }
        case dict():
            return {k: bare(part) for k, part in schema.items() if k not in REFINED}
    return schema


def test_the_schema_has_the_keys_and_types_of_the_typed_dictionaries() -> None:
    """Both have the same keys and types."""
    assert object_of(VerdictDict) == bare(SCHEMA)
    assert TYPES.keys() == SCHEMA["$defs"].keys()
    for name, kind in TYPES.items():
        assert object_of(kind) == bare(SCHEMA["$defs"][name]), name


def test_the_schema_is_valid_versioned_and_described() -> None:
    """Each key has a description, and the ID has the version."""
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith(":1")
    assert 1 == SCHEMA["properties"]["schema_version"]["const"]
    for definition in (SCHEMA, *SCHEMA["$defs"].values()):
        assert definition["description"]
        for key, part in definition["properties"].items():
            assert part["description"].endswith("."), key


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
@settings(max_examples=40)  # for each policy
@given(data=st.data())
def test_verdicts_of_built_in_policies_match(
    policy: Policy, data: st.DataObject
) -> None:
    """Verdicts on random situations have exactly the keys and types of the schema."""
    verdict = consult(data.draw(situations(policy)), policy)

    STRICT.validate(verdict.to_dict())
    STRICT.validate(json.loads(verdict.to_json()))


@given(policies_with_situations())
def test_verdicts_of_random_policies_match(drawn: tuple[Policy, Situation]) -> None:
    """Policies without titles, groups or texts match too, and so do proofs."""
    policy, situation = drawn
    verdict = consult(situation, policy, engine="reference")
    proofs = {name: render.proof_data(verdict, name) for name in verdict.proofs}

    STRICT.validate({**verdict.to_dict(), "proofs": proofs})


@pytest.mark.parametrize(
    "verdict",
    [
        verdicts.message_from_an_active_client(),
        verdicts.nothing_known(),
        verdicts.dilemma(),
        verdicts.danger(),
        verdicts.danger(tied=True),
        verdicts.nothing_left(),
    ],
)
def test_every_kind_of_verdict_matches(verdict: Verdict) -> None:
    """Ties, dilemmas, danger and responses that are ruled out match."""
    STRICT.validate(render.as_dict(verdict))


def _leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value that is not a list or an object."""
    match data:
        case dict():
            for key, part in data.items():
                yield from _leaves(part, (*path, key))
        case list():
            for place, part in enumerate(data):
                yield from _leaves(part, (*path, place))
        case _:
            yield path


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


def test_an_altered_value_is_an_error_with_its_path() -> None:
    """Every value of a verdict is required and has a fixed type."""
    whole = consult({**ACTIVE, "risk_of_harm": "imminent"}).to_dict()
    paths = list(_leaves(whole))

    assert len(paths) > 500
    for path in paths[::5]:
        *parents, key = path
        altered = deepcopy(whole)
        _at(altered, tuple(parents))[key] = 0.5
        errors = TOLERANT.iter_errors(altered)
        assert {path} == {tuple(error.absolute_path) for error in errors}


def test_the_path_of_an_error_is_readable() -> None:
    """An application can print it unchanged."""
    altered: Any = consult(ACTIVE).to_dict()
    altered["options"]["decline"]["favors"][0]["citations"][0]["authority"] = "sacred"
    (error,) = TOLERANT.iter_errors(altered)

    assert "$.options.decline.favors[0].citations[0].authority" == error.json_path


def test_the_schema_allows_new_keys_outside_of_these_tests() -> None:
    """A later version may add keys, but none may be missing."""
    newer: Any = consult(ACTIVE).to_dict()
    newer["options"]["decline"]["new"] = 1
    older: Any = consult(ACTIVE).to_dict()
    del older["options"]["decline"]["named"]

    assert TOLERANT.is_valid(newer)
    assert not STRICT.is_valid(newer)
    assert not TOLERANT.is_valid(older)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
@settings(max_examples=40)  # for each policy
@given(data=st.data())
def test_every_id_has_a_readable_text(policy: Policy, data: st.DataObject) -> None:
    """An application can show a complete verdict from the object alone."""
    found = consult(data.draw(situations(policy)), policy).to_dict()
    reasons = [
        reason
        for option in found["options"].values()
        for pull in ("favors", "opposes", "requires", "forbids")
        for reason in option[pull]
    ]
    rules = {r for one in (*found["actions"], *found["draft"]) for r in one["rules"]}
    principles = {p for one in found["comparisons"] for p in one["principles"]}
    principles |= {reason["principle"] for reason in reasons}

    assert set(found["binding"]) | found["overridden"].keys() == found["rules"].keys()
    assert rules <= found["rules"].keys()
    assert principles <= found["principles"].keys()
    assert set(found["findings"]) == found["finding_texts"].keys()
    assert list(found["questions"]) == [
        one["question"] for one in found["supervision_questions"]
    ]
    assert found["situation"] == {one["fact"]: one["value"] for one in found["facts"]}
    for one in (*reasons, *found["comparisons"]):
        # Another function makes the short texts.
        for text, cite in zip(one["cites"], one["citations"], strict=True):
            short = f"{cite['short']}, {cite['section']}"
            # The rest says how the text was checked.
            assert text == short or text.startswith(f"{short} (")


@given(data=st.data())
def test_unknown_facts_have_exactly_the_possible_answers(data: st.DataObject) -> None:
    """Each choice gives a possible situation, and no other value does."""
    policy = load_policy("nasw-2021")
    situation = data.draw(situations(policy))
    asked = consult(situation, policy).to_dict()["unknown_facts"]
    offered = {
        one["fact"]: [choice["value"] for choice in one["choices"]] for one in asked
    }
    for fact in policy.vocabulary.facts:
        if situation[fact.name] == UNKNOWN and fact.name in policy.facts_read:
            possible = [v for v in fact.values if _possible(situation, fact.name, v)]
            shown = offered.get(fact.name, [UNKNOWN])
            assert [*(possible if fact.question else []), UNKNOWN] == shown


def _possible(situation: Situation, name: str, value: str) -> bool:
    try:
        situation.with_facts(**{name: value})
    except SituationError:
        return False
    return True
