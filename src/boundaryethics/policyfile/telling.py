"""Tell faults of shape in the words of policies.

In: a fault and the document it is in. Out: a problem with place and advice.
"""

from __future__ import annotations

import re
from typing import Any

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import Problem
from boundaryethics.policyfile.schema import Fault
from boundaryethics.policyfile.yaml import Document, Path

_ONE_OF = {
    "sources": "source",
    "facts": "fact",
    "findings": "finding",
    "principles": "principle",
    "steps": "step",
    "questions": "question",
    "rules": "rule",
    "invariants": "invariant",
    "labels": "label",
    "draft_parts": "draft part",
    "cases": "case",
}
_TYPES = {
    "boolean": "true or false",
    "string": "text",
    "integer": "a whole number",
    "array": "a list",
    "object": "a group of keys",
}
_LACKING = {
    "policy": "begin the file with `policy:` and an id of its own",
    "id": "give it an id of its own: lower-case letters, digits, hyphens",
    "then": "say what follows: `concludes`, `favours`, `opposes`, `requires`, "
    "`forbids` or `advises`",
    "holds": "say what is promised, for example `never_first: continue`",
    "values": "list the answers that the fact can have",
    "source": "name one of the `sources`",
    "says": "give its text",
    "named": "give the words for it in running text, such as `declining`",
    "slot": "say where in the draft it stands, for example `slot: opening`",
    "when": "say when it holds: facts with their values, such as `{contact: message}`",
    "section": "give the section as the source has it, in quotes if it is a number",
}
_SHAPES = {
    "when": "write facts with their values, such as `{contact: message}`",
    "not": "write facts with their values, such as `{contact: message}`",
    "all": "write conditions one below the other, each after a dash",
    "any": "write conditions one below the other, each after a dash",
    "then": "write effects, such as `{favours: {decline: strong}}`",
    "favours": "give each option a strength, such as `{decline: strong}`",
    "opposes": "give each option a strength, such as `{continue: strong}`",
    "cites": "write citations one below the other, each after a dash",
    "impossible": "write conditions one below the other, each after a dash",
    "rules": "write rules one below the other, each after a dash",
    "abstract": "write `true` or `false`",
}
_SHOWN = 60


def told(fault: Fault, document: Document) -> Problem:
    """*fault* as a problem, with its place in *document*."""
    code, message, advice = _words(fault, named(fault.path, document.data))
    at_key = fault.kind in ("unknown", "key", "required", "minItems", "minProperties")
    path = fault.path
    if fault.kind in ("unknown", "key"):
        path = (*path, fault.key)
    place = document.key_place(path) if at_key else document.place(path)
    return Problem(
        code=code, message=message, where=place, help=advice, path=fault.path
    )


def named(path: Path, data: Any) -> str:
    """What stands at *path*, in the words of policies: "`then` of rule `x`"."""
    owner, inner = _owner(path, data)
    key = next((step for step in reversed(inner) if isinstance(step, str)), None)
    if key is None:
        return owner
    of = "" if owner == "the policy" else f" of {owner}"
    entry = "an entry of " if inner and isinstance(inner[-1], int) else ""
    return f"{entry}`{key}`{of}"


def _owner(path: Path, data: Any) -> tuple[str, Path]:
    if path[:2] == ("changes", "adjust") and path[2:]:
        return f"the adjustment of rule `{path[2]}`", path[3:]
    if path[:1] == ("impossible",) and path[1:]:
        return f"impossible condition number {int(path[1]) + 1}", path[2:]
    if not path[1:] or path[0] not in _ONE_OF:
        return "the file" if path[:1] == ("cases",) else "the policy", path
    word, name = _ONE_OF[str(path[0])], path[1]
    if isinstance(name, str):
        return f"{word} `{name}`", path[2:]
    listed = data[path[0]][name]
    keys = ("id", "name") if word == "case" else ("id",)
    given = isinstance(listed, dict) and next(filter(None, map(listed.get, keys)), None)
    return f"{word} `{given}`" if given else f"{word} number {name + 1}", path[2:]


def _words(fault: Fault, at: str) -> tuple[str, str, str | None]:
    match fault.kind:
        case "unknown":
            return "BE102", f"{at} has no key `{_short(fault.key)}`", _unknown(fault)
        case "required":
            return "BE104", f"{at} lacks `{fault.key}`", _LACKING.get(fault.key)
        case _:
            return "BE103", f"{at} {_misfit(fault)}", _advice(fault)


def _misfit(fault: Fault) -> str:
    match fault.kind:
        case "key":
            key = _short(fault.key)
            return f"has the key `{key}`, which is not {fault.wanted[0]}"
        case "pattern":
            return f"is {_given(fault.found)}, which is not {fault.wanted[0]}"
        case "enum":
            return f"cannot be {_given(fault.found)}"
        case "type":
            return _mistyped(fault)
        case _:
            return _bound(fault)


def _advice(fault: Fault) -> str | None:
    match fault.kind:
        case "key" | "pattern":
            return _tidied(fault.found)
        case "enum":
            return _choice(fault)
        case "type":
            return _retyped(fault)
        case _:
            return None


def _mistyped(fault: Fault) -> str:
    wanted = " or ".join(_TYPES[kind] for kind in _TYPES if kind in fault.wanted)
    if fault.found is None:
        return f"is empty, and must be {wanted}"
    return f"must be {wanted}, not {_given(fault.found)}"


def _bound(fault: Fault) -> str:
    match fault.kind:
        case "minItems" | "maxItems" if fault.wanted[0] > 1:
            return "must name two options or more, the highest one first"
        case "minItems" | "minProperties":
            return "is empty; leave it out, or give it at least one entry"
        case "uniqueItems":
            twice = next(x for i, x in enumerate(fault.found) if x in fault.found[:i])
            return f"names {_given(twice)} twice"
        case "minimum":
            return f"cannot be less than {fault.wanted[0]}"
        case kind:
            return f"does not fit the schema's `{kind}`"


def _unknown(fault: Fault) -> str:
    listed = f"its keys are {_listed(fault.wanted)}"
    if fault.found[fault.key] is None and " " in fault.key:
        return "put text that contains a comma in quotes"
    near = did_you_mean(fault.key, fault.wanted)
    return near or listed


def _choice(fault: Fault) -> str:
    listed = f"it is one of {_listed(fault.wanted)}"
    found = fault.found if isinstance(fault.found, str) else ""
    near = did_you_mean(found, fault.wanted)
    return f"{near} {listed}" if near else listed


def _retyped(fault: Fault) -> str | None:
    found = fault.found
    if "string" in fault.wanted and isinstance(found, int):
        written = str(found).lower() if isinstance(found, bool) else found
        return f'put it in quotes: "{written}"'
    if fault.path == ():
        return "begin the file with `policy:` and an id of its own"
    if "integer" in fault.wanted and isinstance(found, str):
        return "write it in digits, without quotes or a point"
    return _SHAPES.get(str(fault.path[-1]))


def _tidied(name: str) -> str | None:
    tidy = re.sub(r"[^a-z0-9_.-]+", "-", name.lower()).strip("-._")
    return f"write `{tidy}`" if tidy and tidy != name and len(tidy) < _SHOWN else None


def _given(found: Any) -> str:
    match found:
        case None:
            return "empty"
        case bool():
            return f"`{str(found).lower()}`"
        case int():
            return f"the number {_short(str(found))}"
        case str():
            return f"`{_short(found)}`"
        case list():
            return "a list"
        case _:
            return "a group of keys"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(f"`{word}`" for word in words)
