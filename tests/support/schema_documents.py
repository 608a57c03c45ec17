"""Draw documents from a JSON Schema, and find the schema of each part of a document.

`hypothesis-jsonschema` supports neither draft 2020-12 nor recursive schemas, and
does not run on current versions of Hypothesis. The schemas of the rules use few
keywords, so this module draws documents itself. It fails if a schema has another
keyword.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from boundaryethics._files import rules_folder

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Schema: TypeAlias = Mapping[str, Any]
Path: TypeAlias = tuple[str | int, ...]

_ANNOTATIONS = {
    *("$schema", "$id", "$defs", "title", "description"),
    *("enumDescriptions", "examples"),
}
_KEYWORDS = {
    *("$ref", "anyOf", "enum", "const", "type", "pattern", "minLength", "minimum"),
    *("items", "minItems", "maxItems", "uniqueItems", "properties", "required"),
    *("additionalProperties", "propertyNames", "minProperties"),
}
#: A few names and texts, so that some match; the last ends with a line break.
_TEXTS = ("a", "b", "a_b", "a-b", "x", "yes", "BL01", "./a.yaml", "A b, c.", "", "a\n")


@cache
def read_schema(kind: str) -> Schema:
    """Read a schema."""
    folder = rules_folder().joinpath("schema")
    text = folder.joinpath(f"{kind}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


class Documents:
    """Documents of one kind: policies, cases or vocabularies."""

    def __init__(self, kind: str) -> None:
        """Read the schema of *kind*."""
        self.root = read_schema(kind)
        self.validator = Draft202012Validator(dict(self.root))

    def fits(self, value: Any, schema: Schema) -> bool:
        """Return whether a value fits a part of the schema."""
        part = {**schema, "$defs": self.root["$defs"]}
        return bool(self.validator.evolve(schema=part).is_valid(value))

    def flat(self, schema: Schema) -> dict[str, Any]:
        """Replace a reference in *schema* by the definition that it refers to."""
        if "$ref" not in schema:
            return dict(schema)
        name = schema["$ref"].removeprefix("#/$defs/")
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        return self.flat(self.root["$defs"][name]) | rest

    def draw(self, draw: Draw, schema: Schema, depth: int = 4) -> Any:
        """Draw a value that fits *schema*, or almost: see `drawn`."""
        schema = self.flat(schema)
        assert not schema.keys() - _KEYWORDS - _ANNOTATIONS, schema.keys()
        if "enum" in schema or "const" in schema:
            return draw(st.sampled_from(schema.get("enum") or [schema["const"]]))
        if "anyOf" in schema and "properties" not in schema:
            branch = draw(st.sampled_from(schema.pop("anyOf")))
            return self.draw(draw, {**schema, **branch}, depth)
        match schema.get("type"):
            case "object":
                return self._object(draw, schema, depth - 1)
            case "array":
                least = schema.get("minItems", 0)
                most = min(schema.get("maxItems", 3), max(least, depth))
                size = draw(st.integers(least, max(least, most)))
                items = [
                    self.draw(draw, schema["items"], depth - 1) for _ in range(size)
                ]
                if schema.get("uniqueItems"):
                    return [x for n, x in enumerate(items) if x not in items[:n]]
                return items
            case "boolean":
                return draw(st.booleans())
            case "integer":
                return draw(st.integers(schema.get("minimum", 0), 9))
            case "null":
                return None
            case _:
                return self._text(draw, schema)

    def _text(self, draw: Draw, schema: Schema) -> str:
        pattern, least = schema.get("pattern", ""), schema.get("minLength", 0)
        fitting = [t for t in _TEXTS if len(t) >= least and re.search(pattern, t)]
        written = st.from_regex(pattern) if pattern else st.text(min_size=least)
        text: str = draw(st.one_of(st.sampled_from(fitting), written))
        return text

    def _object(self, draw: Draw, schema: Schema, depth: int) -> dict[str, Any]:
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        required = {*schema.get("required", ())}
        if "anyOf" in schema:
            required |= {*draw(st.sampled_from(schema["anyOf"]))["required"]}
        chosen = [
            k for k in known if k in required or (depth > 0 and draw(st.booleans()))
        ]
        value = {key: self.draw(draw, known[key], depth) for key in chosen}
        if isinstance(other, Mapping):
            keys = {"type": "string", **schema.get("propertyNames", {})}
            for _ in range(draw(st.integers(0, 2)) if depth > -2 else 0):
                key = self.draw(draw, keys, 0)
                if key not in known:
                    value[key] = self.draw(draw, other, depth)
        return value

    @property
    def drawn(self) -> st.SearchStrategy[Any]:
        """Draw documents that fit the schema according to `jsonschema`."""
        return self.values(self.root)

    def values(self, schema: Schema) -> st.SearchStrategy[Any]:
        """Draw values that fit a part of the schema."""

        @st.composite
        def drawn(draw: Draw) -> Any:
            return self.draw(draw, schema)

        return drawn().filter(lambda value: self.fits(value, schema))

    def places(
        self, value: Any, schema: Schema | None = None, path: Path = ()
    ) -> Iterator[tuple[Path, Schema]]:
        """Yield each place in a document, with the part of the schema for it."""
        schema = self.flat(self.root if schema is None else schema)
        yield path, schema
        for branch in schema.get("anyOf", ()):
            if "properties" not in schema and self.fits(value, branch):
                yield from self.places(value, branch, path)
                return
        if isinstance(value, list):
            for place, item in enumerate(value):
                yield from self.places(item, schema["items"], (*path, place))
        elif isinstance(value, dict):
            known = schema.get("properties", {})
            for key, part in value.items():
                inner = known.get(key) or schema["additionalProperties"]
                yield from self.places(part, inner, (*path, key))
