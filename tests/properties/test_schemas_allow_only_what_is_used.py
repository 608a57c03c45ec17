"""The JSON Schemas allow only keys that have an effect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from difflib import unified_diff
from functools import reduce
from operator import getitem
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.cases import load_cases
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model import plain_data
from boundaryethics.policies import load_policy, read_policy
from boundaryethics.policies.yaml import document, yaml_text
from support.schema_documents import Documents

POLICIES, CASES = Documents("policy"), Documents("cases")
VOCABULARIES = Documents("vocabulary")

PARENT = """
policy: parent
abstract: true
findings: {old_finding: Old}
principles: {care: {}, duty: {}}
actions: {act: Do it}
questions: {q: When?}
rules:
  - {id: old, then: {favors: {leave: weak}}, principle: duty}
  - {id: kept, when: {contact: message}, then: {favors: {leave: weak}}, principle: duty}
  - {id: fourth, then: {favors: {leave: weak}}, principle: duty}
  - {id: other, then: {opposes: {leave: weak}}, principle: duty}
"""
#: A policy with every key that the schema has.
RICH = """
policy: rich
title: Rich
about: All keys.
extends: [./parent.yaml]
abstract: true
sources:
  code: {title: Code, short: C, publisher: P, edition: "2", url: "https://example.org"}
groups: {g: Group, h: Another}
unknown: No idea
facts:
  f: {question: Which?, help: Look., group: g, values: [x, y], phrases: {x: an x}}
  k: {question: Is it?, values: {"yes": "Yes", "no": "No"}}
impossible: [{f: x, k: "no"}, {not: {any: [{f: x}, {k: "no"}]}}]
findings: {met: {says: We met}, seen: It was seen, late: {}}
principles:
  care:
    title: Care
    force: law
    weight: 2
    cites:
      - {source: code, section: "1", title: On care, seen: own_text, authority: should}
  duty: {title: Duty, force: custom}
actions:
  act: {says: Act, urgent: true, instead: [{when: {f: x}, says: Wait}]}
  go: Go
labels:
  - when: {f: x}
    decline: {says: Decline, named: declining}
  - continue: {says: Stay, named: staying}
    ignore: {says: Say nothing, named: silence}
    leave: {says: Leave, named: leaving}
    decline: {says: Refuse, named: refusing}
questions: {q: Why?, r: {says: Who?}}
draft_parts:
  d: {slot: opening, says: Hello., direction: Smile.}
  e: {slot: closing, direction: Wave.}
rules:
  - id: one
    note: For readers.
    when: {f: x, met: true, all: [{k: "yes"}, {seen: false}], any: [{k: "no"}, {f: y}]}
    then:
      concludes: late
      favors: {decline: strong, leave: weak}
      opposes: {continue: moderate, ignore: weak}
      requires: decline
      forbids: [continue, ignore]
      advises: [act, go]
      drafts: [d, e]
    principle: care
    cites: [{source: code, section: "2"}]
    because: It is so.
    asks: [q, r]
    overrides: [two, other]
  - id: two
    when: {not: {f: y}}
    then:
      favors: {continue: strong, ignore: strong}
      opposes: {leave: strong, decline: weak}
    principle: duty
  - {id: three, then: {concludes: [met, seen]}}
changes:
  drop: [old]
  adjust:
    fourth: {strength: strong}
    kept:
      when: {f: y}
      then: {opposes: {ignore: weak}, advises: act}
      principle: care
      because: Adjusted.
      note: Adjusted too.
      asks: q
      overrides: other
ranking:
  method: weighted
  points: {strong: 5, moderate: 3, weak: 2}
  priority: [[care], [duty]]
invariants:
  - id: i
    says: It holds.
    when: {f: x}
    holds:
      never_first: [continue, ignore]
      first: decline
      last: leave
      forbidden: continue
      never_forbidden: decline
      above: [decline, leave, ignore]
      advises: act
      never_advises: [go]
      drafts: d
      never_drafts: e
      never_binds: two
accepts: [{lint: BL01, on: one, because: It is meant.}]
"""
RICH_CASES = """
cases:
  - id: a
    name: A case
    policy: apa-2017
    source: house
    tier: 3
    note: For readers.
    given: {contact: message, client_minor: true, platform: null}
    expect:
      first: decline
      last: [continue, leave]
      above: [[decline, leave]]
      tied: [[continue, leave]]
      status: {continue: forbidden}
      cites: {decline: care, leave: [care, duty]}
      actions: act
      no_actions: [go]
      drafts: d
      no_drafts: e
      findings: [met, seen]
    verdicts: {decline: best, leave: disfavored}
    departs: For a reason.
"""
RICH_VOCABULARY = """
vocabulary: 1
unknown: No idea
groups: {g: Group}
facts:
  f: {question: Which?, help: Look., group: g, values: [x, y], phrases: {x: an x}}
  k: {question: Is it?, values: {"yes": "Yes", "no": "No"}}
impossible: [{all: [{f: x}, {not: {any: [{k: "yes"}, {f: y}]}}]}]
"""


def plain(text: str) -> Any:
    """Return the content of a file as plain data."""
    return document(text, file="f").data


def read_as_policy(data: Any, folder: Path) -> object:
    """Read a policy from a file next to its parent."""
    (folder / "parent.yaml").write_text(PARENT, encoding="utf-8")
    file = folder / "rich.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML
    policy = load_policy(file)
    # Equality of citations ignores their authority; fingerprints do not.
    return policy, policy.fingerprint, policy.lineage


def read_as_cases(data: Any, folder: Path) -> object:
    """Read test cases from a file."""
    file = folder / "cases.yaml"
    file.write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML
    return load_cases(file)


def read_as_vocabulary(data: Any, _: Path) -> object:
    """Read a vocabulary as the built-in one is read."""
    layer = plain_data.layer({"policy": "v", **data})
    return layer, data.get("vocabulary")


RICHEST: Mapping[str, tuple[Documents, Any, Callable[[Any, Path], object]]] = {
    "policy": (POLICIES, plain(RICH), read_as_policy),
    "cases": (CASES, plain(RICH_CASES), read_as_cases),
    "vocabulary": (VOCABULARIES, plain(RICH_VOCABULARY), read_as_vocabulary),
}


def assert_well_reported(problems: tuple[Problem, ...]) -> None:
    """Check that each problem has a code, a message and a location."""
    assert problems
    for one in problems:
        assert re.fullmatch("BE[0-9]{3}", one.code)
        assert one.message
        assert one.where, one


def meaning(data: Any, key: object = None) -> Any:
    """Normalize parts that the format lets an author write in several ways."""
    if key in {"when", "not"} or isinstance(key, tuple):
        return condition(data)
    if isinstance(data, dict):
        if {*data} == {"says"}:
            return meaning(data["says"])
        inner = {k: meaning(v, _inner(k, key)) for k, v in data.items()}
        return {k: v for k, v in inner.items() if v not in (None, "", [], {}, False)}
    if isinstance(data, list):
        if key == "impossible":
            return [condition(part) for part in data]
        parts = [meaning(part) for part in data]
        return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else parts
    return data


def _inner(key: str, outer: object) -> object:
    """Return the key under which a part is read; names of parts do not count."""
    return None if outer in {"facts", "values", "phrases", "groups"} else key


def condition(data: Any) -> list[Any]:
    """Return the terms of a condition; the order of values and keys is ignored."""
    terms: list[Any] = []
    for key, value in data.items():
        if key == "all":
            terms += [term for part in value for term in condition(part)]
        elif key == "any":
            parts = [condition(part) for part in value]
            terms += parts[0] if len(parts) == 1 else [("any", parts)]
        elif key == "not":
            inner = condition(value)
            is_finding = len(inner) == 1 and inner[0][0] == "finding" and inner[0][2]
            terms.append((*inner[0][:2], False) if is_finding else ("not", inner))
        elif isinstance(value, bool):
            terms.append(("finding", key, value))
        else:
            terms.append(("fact", key, {value} if isinstance(value, str) else {*value}))
    return terms


def replaced(data: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """Return *data* with another value at a place."""
    changed = deepcopy(data)
    *way, last = path
    reduce(getitem, way, changed)[last] = value
    return changed


def removed(data: Any, path: tuple[str | int, ...]) -> Any:
    """Return *data* without a key or an entry."""
    changed = deepcopy(data)
    *way, last = path
    reduce(getitem, way, changed).pop(last)
    return changed


@given(POLICIES.drawn)
def test_every_valid_document_is_read_or_rejected(data: Any) -> None:
    """A rejected document has problems with locations."""
    try:
        read_policy(json.dumps(data), file="f")
    except PolicyError as refused:
        assert_well_reported(refused.problems)


@pytest.mark.parametrize("kind", RICHEST)
def test_the_rich_document_has_every_key(kind: str) -> None:
    """A key that is new in the schema must be added to the document of this test."""
    documents, data, _ = RICHEST[kind]
    assert documents.fits(data, documents.root)
    known: set[tuple[str, ...]] = set()
    used: set[tuple[str, ...]] = set()
    for path, schema in documents.places(data):
        keys = tuple(schema.get("properties", ()))
        known |= {(key, *keys) for key in keys}
        used |= {(key, *keys) for key in keys if key in reduce(getitem, path, data)}

    assert set() == known - used


def changes(kind: str) -> Iterator[Any]:
    """Yield the rich document with each key removed, and each value altered."""
    documents, data, _ = RICHEST[kind]
    for path, schema in documents.places(data):
        if path:
            value = reduce(getitem, path, data)
            yield removed(data, path)
            others = [
                f"{value}z",
                not value,
                [],
                "care",
                "one",
                *schema.get("enum", ()),
            ]
            yield from (replaced(data, path, other) for other in others)


@pytest.mark.parametrize("kind", RICHEST)
def test_each_key_has_an_effect(kind: str, tmp_path: Path) -> None:
    """Without the key, or with another value, the result differs or is an error."""
    documents, data, read = RICHEST[kind]
    whole, tried = read(data, tmp_path), 0
    for changed in changes(kind):
        if documents.fits(changed, documents.root):
            tried += 1
            assert_has_effect(changed, (data, whole), read, tmp_path)
    assert tried > len(list(documents.places(data))) / 2


def assert_has_effect(
    changed: Any,
    whole: tuple[Any, object],
    read: Callable[[Any, Path], object],
    folder: Path,
) -> None:
    """Check that a changed document reads differently, or is rejected."""
    if meaning(changed) == meaning(whole[0]):
        return
    try:
        assert whole[1] != read(changed, folder), difference(whole[0], changed)
    except PolicyError as refused:
        assert_well_reported(refused.problems)


def difference(one: Any, other: Any) -> str:
    """Show where two documents differ."""
    before, after = (yaml_text(data, open_levels=9) for data in (one, other))
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return "\n".join(lines)


@pytest.mark.parametrize("kind", RICHEST)
def test_any_other_value_has_an_effect(
    kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any other valid value is read differently, or rejected."""
    documents, data, read = RICHEST[kind]
    folder = tmp_path_factory.mktemp(kind)
    whole = data, read(data, folder)
    places = [(path, schema) for path, schema in documents.places(data) if path]

    @given(st.data())
    def counts(drawn: st.DataObject) -> None:
        path, schema = drawn.draw(st.sampled_from(places))
        changed = replaced(data, path, drawn.draw(documents.values(schema)))
        if documents.fits(changed, documents.root):
            assert_has_effect(changed, whole, read, folder)

    counts()
