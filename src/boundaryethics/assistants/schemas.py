"""Define tool schemas, and check arguments against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.errors import Problem, did_you_mean, is_free_text, problem, quoted

#: The maximum number of entries in an argument, and of arguments.
MOST_ENTRIES = 200

Schema: TypeAlias = dict[str, Any]
Arguments: TypeAlias = Mapping[str, Any]

TEXT: Schema = {"type": "string"}
OBJECT: Schema = {"type": "object"}
MAYBE: Schema = {"type": ["object", "null"]}


@final
@attrs.frozen
class Answer:
    """A tool's answer, as text for people and as data."""

    text: str
    #: The same answer as plain data; None for an error.
    data: dict[str, Any] | None


@final
@attrs.frozen(kw_only=True)
class Tool:
    """A tool, with the schemas of its arguments and its data."""

    name: str
    run: Callable[..., Answer] = attrs.field(repr=False)
    arguments: Mapping[str, Schema]
    required: tuple[str, ...]
    output_schema: Schema

    @property
    def input_schema(self) -> Schema:
        """The JSON Schema of the arguments, which does not allow any others."""
        return closed(self.arguments, self.required)


def closed(keys: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    """Return the schema of an object that can have only *keys*."""
    needs = {"required": [*required]} if required else {}
    return {
        "type": "object",
        "properties": dict(keys),
        **needs,
        "additionalProperties": False,
    }


def result_of(keys: Mapping[str, Schema], more: Mapping[str, Schema] = {}) -> Schema:
    """Return the schema of an object with *keys*, `note`, and optionally *more*."""
    always = {**keys, "note": TEXT}
    return {
        "type": "object",
        "properties": {**always, **more},
        "required": [*always],
    }


def one_of(names: Iterable[str]) -> Schema:
    """Return the schema of a string that is one of *names*."""
    return {"type": "string", "enum": [*names]}


def list_of(items: Schema) -> Schema:
    """Return the schema of a list of *items*."""
    return {"type": "array", "items": items}


def mapping_to(values: Schema) -> Schema:
    """Return the schema of an object with any keys, whose values match *values*."""
    return {"type": "object", "additionalProperties": values}


def definitions_of(keys: Iterable[str], schema: Schema) -> Schema:
    """Return the definitions that the properties *keys* of *schema* refer to."""
    found: Schema = {}
    waiting = [repr(schema["properties"][key]) for key in keys]
    while waiting:
        for name in re.findall(r"#/\$defs/(\w+)", waiting.pop()):
            if name not in found:
                found[name] = schema["$defs"][name]
                waiting.append(repr(found[name]))
    return found


_TYPES = {"string": str, "boolean": bool, "array": list, "object": dict}
_EXPECTED = {
    "boolean": "true or false",
    "array": "a list of names",
    "object": "an object",
}


def problems_of(tool: Tool, given: Arguments) -> Iterator[Problem]:
    """Yield every problem with the arguments of a call, without repeating any value."""
    yield from _names_of(tool, "argument", given, tool.arguments)
    for name in tool.required:
        if name not in given:
            among = quoted(tool.arguments)
            yield problem("BE923.missing", token=name, tool=tool.name, listed=among)
    for name, schema in tool.arguments.items():
        if name in given:
            yield from _problems_of_value(tool, name, given[name], schema)


def _problems_of_value(
    tool: Tool, name: str, value: object, schema: Schema
) -> Iterator[Problem]:
    """Yield every problem with the value of one argument."""
    match schema, value:
        case {"enum": names}, _ if value not in names:
            advice = f"valid values: {quoted(names)}"
            near = did_you_mean(value, names) if isinstance(value, str) else None
            yield problem("BE924", token=name, near=near, advice=advice)
        case {"items": one}, list() if len(value) <= MOST_ENTRIES:
            for item in value:
                yield from _problems_of_value(tool, name, item, one)
            if any(value.count(item) > 1 for item in value):
                yield problem("BE924.twice", token=name)
        case {"items": _}, list():
            yield _too_many(name, value)
        case {"properties": facts}, dict():
            yield from _names_of(tool, "fact", value, facts)
        case {"type": kind}, _ if not isinstance(value, _TYPES[kind]):
            yield problem("BE924.type", token=name, expected=_EXPECTED[kind])


def _names_of(
    tool: Tool, kind: str, given: Arguments, known: Collection[str]
) -> Iterator[Problem]:
    """Yield problems with the names of arguments or facts in a call.

    Unknown facts are left for the policy to report, unless a name may be free text.
    """
    if len(given) > MOST_ENTRIES:
        yield _too_many(f"{kind}s", given)
        return
    unknown = [name for name in given if name not in known]
    hidden = [name for name in unknown if is_free_text(name)]
    if hidden:
        yield problem("BE923.hidden", kind=kind, tool=tool.name)
    for name in unknown if kind == "argument" else ():
        if name not in hidden:
            among = quoted(known) or "none"
            words: dict[str, Any] = {"tool": tool.name, "listed": among}
            near = did_you_mean(name, known)
            yield problem("BE923.unknown", token=name, near=near, **words)


def _too_many(name: str, given: Collection[Any]) -> Problem:
    number = len(given)
    return problem("BE923.many", token=name, number=number, most=MOST_ENTRIES)
