"""Check a file against its JSON Schema, and explain its faults to the author."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache, reduce
from itertools import islice
from operator import getitem
from typing import TYPE_CHECKING, Any, final

import attrs

from boundaryethics._files import rules_text
from boundaryethics.errors import Problem, did_you_mean, problem_table, quoted
from boundaryethics.model.facts import advice, value_text
from boundaryethics.policies.yaml import MOST_DIGITS, Document, Path, Plain

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

#: The maximum number of faults to report for one file.
MOST_FAULTS = 100

_TEXT_KINDS = ("enum", "pattern", "const")
#: A valid id, used during the checks if the id is missing or invalid.
_UNNAMED = "unnamed"
#: Keywords that check nothing.
_ANNOTATIONS = {"title", "description", "default", "examples"}
#: Kinds of faults in a key rather than in its value.
_KEYED = ("unknown", "key")


@final
@attrs.frozen(kw_only=True)
class Fault:
    """A location where a file does not match the schema."""

    #: The keyword of the schema: `type`, `enum`, `required`, `unknown`, `key` ...
    kind: str
    #: The path to the invalid value.
    path: Path
    #: The invalid value.
    found: Any
    #: The types, words, number or title that the schema requires.
    wanted: tuple[Any, ...] = ()
    #: The pattern that an invalid name must match.
    pattern: str = ""
    #: The key that is unknown, missing or misnamed.
    key: str = ""


def faults(data: Plain, kind: str = "policy") -> tuple[Fault, ...]:
    """List, in order, the faults in *data*, the content of a file of this *kind*."""
    # Faults with the same path, kind and key are reported once.
    met: dict[tuple[Path, str, str], Fault] = {}
    for error in islice(_validator(kind).iter_errors(data), MOST_FAULTS):
        for fault in _faults_of(error):
            met.setdefault((fault.path, fault.kind, fault.key), fault)
    return tuple(met.values())[:MOST_FAULTS]


@lru_cache(maxsize=2)
def _validator(kind: str) -> Draft202012Validator:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    exact = extend(
        Draft202012Validator, {"pattern": _pattern_faults, "uniqueItems": _repetitions}
    )
    schema = json.loads(rules_text("schema", f"{kind}.schema.json"))
    validator: Draft202012Validator = exact(_inlined(schema, schema["$defs"], {}))
    return validator


def _inlined(part: Any, defined: dict[str, Any], met: dict[str, Any]) -> Any:
    """Return *part* of a schema, with each reference replaced by its definition.

    The `jsonschema` library takes longer to look up a reference than to check most
    values. A recursive definition becomes an object that contains itself. *met* maps
    names to definitions that are already inlined.
    """
    if isinstance(part, list):
        return [_inlined(entry, defined, met) for entry in part]
    if not isinstance(part, dict):
        return part
    inlined = {key: _inlined(value, defined, met) for key, value in part.items()}
    if "$ref" not in part:
        return inlined
    name = inlined.pop("$ref").removeprefix("#/$defs/")
    if name not in met:
        met[name] = {}
        met[name].update(_inlined(defined[name], defined, met))
    bounds = {key: inlined[key] for key in inlined.keys() - _ANNOTATIONS}
    return {**bounds, "allOf": [met[name]]} if bounds else met[name]


def _pattern_faults(
    _validator: object, pattern: str, text: object, _schema: object
) -> Iterator[ValidationError]:
    """Yield an error if *text*, including any final newline, does not match *pattern*.

    In JSON Schema, `$` matches only at the end. In Python, it also matches before a
    final newline.
    """
    from jsonschema.exceptions import ValidationError

    if isinstance(text, str) and not re.search(pattern.replace("$", r"\Z"), text):
        yield ValidationError(f"{text!r} does not match {pattern!r}")


def _repetitions(
    _validator: object, asked: object, found: object, _schema: object
) -> Iterator[ValidationError]:
    """Yield an error if *found* repeats an entry.

    This replaces the check in `jsonschema`, which compares every pair of entries if it
    cannot sort them.
    """
    from jsonschema.exceptions import ValidationError

    if asked and isinstance(found, list) and any(True for _ in _repeated(found)):
        yield ValidationError(f"{found!r:.80} has non-unique elements")


def _repeated(listed: list[Any]) -> Iterator[Any]:
    """Yield each entry that equals an earlier one."""
    met: set[str] = set()
    for entry in listed:
        text = json.dumps(entry, sort_keys=True)
        if text in met:
            yield entry
        met.add(text)


def _faults_of(error: ValidationError) -> Iterator[Fault]:
    path: Path = tuple(error.absolute_path)
    found, asked, schema = error.instance, error.validator_value, error.schema
    match error.validator:
        case "anyOf" if "properties" in schema and {*found} - {*schema["properties"]}:
            return  # an unknown key is reported, and may be the missing one misspelled
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
            wanted, pattern = (schema.get("title", ""),), schema.get("pattern", "")
            yield Fault(
                kind="key",
                path=path,
                found=found,
                key=found,
                wanted=wanted,
                pattern=pattern,
            )
        case kind:
            pattern = asked if kind == "pattern" else ""
            asked = schema.get("title", "") if pattern else asked
            wanted = tuple(asked) if isinstance(asked, list) else (asked,)
            yield Fault(
                kind=str(kind), path=path, found=found, wanted=wanted, pattern=pattern
            )


def _branch_faults(error: ValidationError) -> Iterator[Fault]:
    """Yield the faults of the first alternative of the right type, or a type fault."""
    branches: dict[Any, list[ValidationError]] = {}
    for inner in error.context or ():
        branches.setdefault(inner.schema_path[0], []).append(inner)
    for met in branches.values():
        if not any(map(_of_another_type, met)):
            for inner in met:
                yield from _faults_of(inner)
            return
    wanted: dict[str, None] = {}
    for inner in (inner for met in branches.values() for inner in met):
        if inner.validator == "type":
            wanted[str(inner.validator_value)] = None
        elif inner.validator == "enum":
            wanted["string"] = None
    path: Path = tuple(error.absolute_path)
    yield Fault(kind="type", path=path, found=error.instance, wanted=tuple(wanted))


def _of_another_type(error: ValidationError) -> bool:
    of_text = error.validator in _TEXT_KINDS and not isinstance(error.instance, str)
    return not error.relative_path and (error.validator == "type" or of_text)


def without_faults(
    data: dict[str, Any], found: Iterable[Fault]
) -> tuple[Any, frozenset[str]]:
    """Return *data* without its invalid parts, and the names of the removed parts.

    A later problem with one of these names may merely result from the removal.
    """
    # Copy parts that aliases share, so that each copy can be changed separately.
    whole = json.loads(json.dumps(data))
    lost: set[str] = set()
    is_named = True
    while found:
        ends = ((*f.path, f.key) if f.kind in _KEYED else f.path for f in found)
        # Drop an impossible condition entirely. With fewer tests, it would exclude more
        # situations.
        whole_parts = {at[:2] if at[:1] == ("impossible",) else at for at in ends}
        # Start with the last parts, so that indices of earlier parts stay valid.
        paths = sorted(whole_parts, reverse=True)
        lost.update(name for path in paths for name in _names_around(path, whole))
        for path in paths:
            if path:
                *way, last = path
                part = reduce(getitem, way, whole)
                lost.update((str(last), *_texts(part.pop(last))))
            else:
                whole["policy"], is_named = _UNNAMED, False
        found = faults(whole)
    if not is_named:
        whole["policy"] = ""
    return whole, frozenset(lost)


def _names_around(path: Path, data: Any) -> Iterator[str]:
    """Yield the name of the part with *path*, where a fault may cause others."""
    adjusted = path[:2] == ("changes", "adjust")
    named = path[2] if adjusted and path[2:] else path[1] if path[1:] else ""
    part = data[path[0]][named] if isinstance(named, int) else named
    name = part.get("id") if isinstance(part, dict) else part
    if name and isinstance(name, str):
        yield name


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
    "integer": "an integer",
    "array": "a list",
    "object": "a mapping",
}
_SHOWN = 60


def problem_of(fault: Fault, document: Document) -> Problem:
    """Return the problem for *fault*, with its location in *document*."""
    code, message, help = _words(fault, named(fault.path, document.data))
    at_key = fault.kind in ("unknown", "key", "required", "minItems", "minProperties")
    path = (*fault.path, fault.key) if fault.kind in _KEYED else fault.path
    place = document.key_place(path) if at_key else document.place(path)
    return Problem(code=code, message=message, where=place, help=help, path=fault.path)


def named(path: Path, data: Any) -> str:
    """Name the part at *path* in a policy file's terms: "`then` of rule `x`"."""
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
        return f"condition number {int(path[1]) + 1} under `impossible`", path[2:]
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
    """Return the code, the message and the advice for *fault*; *at* names the part."""
    found, wanted, key = fault.found, fault.wanted, _short(fault.key)
    match fault.kind:
        case "unknown":
            return "BE102", f"unknown key `{key}` in {at}", _unknown(fault)
        case "required":
            return (
                "BE104",
                f"{at} is missing `{fault.key}`",
                _advice("missing", fault.key),
            )
        case "key":
            misfit = f"invalid key `{key}` in {at}: it must be {wanted[0]}"
            return "BE103", misfit, _tidied(fault)
        case "pattern":
            misfit = (
                f"invalid value {value_text(found)} for {at}: it must be {wanted[0]}"
            )
            return "BE103", misfit, _tidied(fault)
        case "enum":
            misfit = f"invalid value {value_text(found)} for {at}"
            return "BE103", misfit, advice([*map(str, wanted)], found)
        case "uniqueItems":
            twice = next(_repeated(found))
            return "BE103", f"duplicate {value_text(twice)} in {at}", None
        case "type":
            types = " or ".join(_TYPES[kind] for kind in _TYPES if kind in wanted)
            misfit = f"must be {types}, not {value_text(found)}"
            if "integer" in wanted and _is_too_long(found):
                misfit = f"has {len(found):,} digits; the limit is {MOST_DIGITS:,}"
                return "BE103", f"{at} {misfit}", None
            if found is None:
                misfit = f"is empty; it must be {types}"
            return "BE103", f"{at} {misfit}", _retyped(fault)
        case _:
            return "BE103", f"{at} {_bound(fault)}", None


def _is_too_long(found: object) -> bool:
    """Return whether *found* is the text of an integer with too many digits."""
    return isinstance(found, str) and found.isdecimal() and len(found) > MOST_DIGITS


def _bound(fault: Fault) -> str:
    match fault.kind:
        case "minItems" | "maxItems" if fault.wanted[0] > 1:
            return "must list at least two responses, the highest first"
        case "minItems" | "minProperties":
            return "is empty: remove it, or add an entry"
        case "minLength":
            return "is empty: remove it, or write its text"
        case "minimum":
            return f"must be at least {fault.wanted[0]}"
        case kind:
            return f"does not match `{kind}` in the schema"


def _unknown(fault: Fault) -> str:
    if fault.found[fault.key] is None and " " in fault.key:
        return "put text that contains a comma in quotes"
    keys = f"valid keys: {quoted(fault.wanted)}"
    return did_you_mean(fault.key, fault.wanted) or keys


def _retyped(fault: Fault) -> str | None:
    found = fault.found
    if "string" in fault.wanted and isinstance(found, int):
        written = str(found).lower() if isinstance(found, bool) else found
        return f'put it in quotes: "{written}"'
    if fault.path == ():
        return "begin the file with `policy:` and a unique id"
    if "integer" in fault.wanted and isinstance(found, str):
        return "write it in digits, without quotes or a decimal point"
    return _advice("shape", str(fault.path[-1]))


def _advice(kind: str, key: str) -> str | None:
    found: Mapping[str, str] = problem_table()["advice"][kind]
    return found.get(key)


def _tidied(fault: Fault) -> str | None:
    """Suggest a valid name that differs only in case and separators, if one exists."""
    for kept, mark in (("a-z0-9_.", "-"), ("a-z0-9_", "_")):
        tidy = re.sub(f"[^{kept}]+", mark, fault.found.lower()).strip("-._")
        is_same = _letters(tidy) == _letters(fault.found)
        if is_same and len(tidy) < _SHOWN and re.fullmatch(fault.pattern, tidy):
            return f"write `{tidy}`"
    return None


def _letters(name: str) -> str:
    return re.sub(r"[\s_-]", "", name.lower())


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
