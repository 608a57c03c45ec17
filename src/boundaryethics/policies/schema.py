"""Check the shape of a file against its JSON Schema, in the words of policies."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs

from boundaryethics._files import rules_folder
from boundaryethics.errors import Problem, did_you_mean
from boundaryethics.policies.yaml import Document, Path, Plain

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

#: Faults that are told of one file; the rest wait until these are mended.
MOST_FAULTS = 100

_TEXT_KINDS = ("enum", "pattern", "const")
_UNNAMED = "unnamed"
#: Faults of a key, not of the value under it.
_KEYED = ("unknown", "key")


@final
@attrs.frozen(kw_only=True)
class Fault:
    """One misfit between a file and the schema."""

    #: The schema's word for it: `type`, `enum`, `required`, `unknown`, `key` ...
    kind: str
    #: To the value that does not fit.
    path: Path
    #: The value itself.
    found: Any
    #: What the schema asks for: types, words, a number, a title.
    wanted: tuple[Any, ...] = ()
    #: The key that is unknown, missing or misnamed.
    key: str = ""


#: Path, kind and key: faults that agree in these are told once.
Mark: TypeAlias = tuple[Path, str, str]


def faults(data: Plain, kind: str = "policy") -> tuple[Fault, ...]:
    """Every fault in the shape of *data*, a whole file of its *kind*, in file order."""
    met: dict[Mark, Fault] = {}
    for error in islice(_validator(kind).iter_errors(data), MOST_FAULTS):
        for fault in _faults_of(error):
            met.setdefault((fault.path, fault.kind, fault.key), fault)
    return tuple(met.values())[:MOST_FAULTS]


@lru_cache(maxsize=2)
def _validator(kind: str) -> Draft202012Validator:

    from jsonschema import Draft202012Validator

    where = rules_folder().joinpath("schema", f"{kind}.schema.json")
    return Draft202012Validator(json.loads(where.read_text(encoding="utf-8")))


def _faults_of(error: ValidationError) -> Iterator[Fault]:
    path: Path = tuple(error.absolute_path)
    found, asked, schema = error.instance, error.validator_value, error.schema
    match error.validator:
        case "anyOf":
            yield from _branch_faults(error)
        case "additionalProperties":
            allowed = tuple(schema.get("properties", ()))
            for key in islice((k for k in found if k not in allowed), MOST_FAULTS):
                yield Fault(
                    kind="unknown", path=path, found=found, key=key, wanted=allowed
                )
        case "required":
            for key in (key for key in asked if key not in found):
                yield Fault(kind="required", path=path, found=found, key=key)
        case _ if "propertyNames" in error.absolute_schema_path:
            wanted = (schema.get("title", ""),)
            yield Fault(kind="key", path=path, found=found, key=found, wanted=wanted)
        case kind:
            asked = schema.get("title", "") if kind == "pattern" else asked
            wanted = tuple(asked) if isinstance(asked, list) else (asked,)
            yield Fault(kind=str(kind), path=path, found=found, wanted=wanted)


def _branch_faults(error: ValidationError) -> Iterator[Fault]:
    """The faults of the one alternative that the writer meant, or that none fits."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    meant = [met for met in branches.values() if not _of_another_type(met)]
    if meant:
        for inner in meant[0]:
            yield from _faults_of(inner)
        return
    wanted = dict.fromkeys(_types(inner for met in branches.values() for inner in met))
    path: Path = tuple(error.absolute_path)
    yield Fault(kind="type", path=path, found=error.instance, wanted=tuple(wanted))


def _of_another_type(errors: Iterable[ValidationError]) -> bool:
    return any(
        not error.relative_path
        and (
            error.validator == "type"
            or (error.validator in _TEXT_KINDS and not isinstance(error.instance, str))
        )
        for error in errors
    )


def _types(errors: Iterable[ValidationError]) -> Iterator[str]:
    for error in errors:
        if error.validator == "type":
            yield str(error.validator_value)
        elif error.validator == "enum":
            yield "string"


def mended(data: dict[str, Any], found: Iterable[Fault]) -> tuple[Any, frozenset[str]]:
    """*data* without its faulty parts, and every name that went with them.

    No later problem with one of these names is to be believed.
    """
    # Parts that aliases share must not share what is taken out.
    whole = json.loads(json.dumps(data))
    lost: set[str] = set()
    while found:
        # Last parts first, so that the indices of those before them stay.
        paths = sorted({_end(fault) for fault in found}, reverse=True)
        lost.update(name for path in paths for name in _names_around(path, whole))
        for path in paths:
            if path:
                lost.update(_taken_out(whole, path))
            else:
                whole["policy"] = _UNNAMED
        found = faults(whole)
    if whole["policy"] == _UNNAMED:
        whole["policy"] = ""
    return whole, frozenset(lost)


def _end(fault: Fault) -> Path:
    """The path to the part that goes, so that the rest is whole."""
    path = (*fault.path, fault.key) if fault.kind in _KEYED else fault.path
    # Less of an impossible condition would rule out more.
    return path[:2] if path[:1] == ("impossible",) else path


def _names_around(path: Path, data: Any) -> Iterator[str]:
    """The names of the part around *path*: its problems may come of the fault."""
    adjusted = path[:2] == ("changes", "adjust")
    named = path[2] if adjusted and path[2:] else path[1] if path[1:] else ""
    part = data[path[0]][named] if isinstance(named, int) else named
    name = part.get("id") if isinstance(part, dict) else part
    if name and isinstance(name, str):
        yield name


def _taken_out(whole: Any, path: Path) -> Iterator[str]:
    for step in path[:-1]:
        whole = whole[step]
    yield from (str(path[-1]), *_texts(whole.pop(path[-1])))


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, list | dict):
        for inner in part if isinstance(part, list) else (*part, *part.values()):
            yield from _texts(inner)


_ONE_OF = {
    "sources": "source",
    "groups": "group",
    "facts": "fact",
    "findings": "finding",
    "principles": "principle",
    "actions": "action",
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
    "then": "say what follows: `concludes`, `favors`, `opposes`, `requires`, "
    "`forbids` or `advises`",
    "holds": "say what is promised, for example `never_first: continue`",
    "values": "list the values that the fact can have, or give each its answer",
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
    "then": "write effects, such as `{favors: {decline: strong}}`",
    "favors": "give each option a strength, such as `{decline: strong}`",
    "opposes": "give each option a strength, such as `{continue: strong}`",
    "cites": "write citations one below the other, each after a dash",
    "impossible": "write conditions one below the other, each after a dash",
    "rules": "write rules one below the other, each after a dash",
    "abstract": "write `true` or `false`",
    "values": "list values, or give each value its answer, such as `{own: Mine}`",
    "phrases": "give values their words, such as `{own: yours}`",
    "groups": "give each group a title, such as `{client: The client}`",
}
_SHOWN = 60


def told(fault: Fault, document: Document) -> Problem:
    """*fault* as a problem, with its place in *document*."""
    code, message, advice = _words(fault, named(fault.path, document.data))
    at_key = fault.kind in ("unknown", "key", "required", "minItems", "minProperties")
    path = (*fault.path, fault.key) if fault.kind in _KEYED else fault.path
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
        case "minLength":
            return "is empty; leave it out, or write its text"
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
