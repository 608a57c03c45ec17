"""Change the data in a text instead of its characters; readers accept most changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import yaml

#: Values that a reader may not expect.
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 3, 2**63, 10**400, 1.5, float("nan"), float("inf")),
    *("", " ", "unknown", "yes", "no", "\n", "\0", "\ud7ff", "\u202e", "é", "a" * 300),
    *("continue", "ignore", "decline", "leave", "{{ x }}", "<b>", "../x", "-", "a: b"),
    *([], {}, [[]], {"any": []}, {"not": {}}, {"all": [{}]}, [None], {"": ""}),
)
#: The maximum number of values to consider.
_MOST = 2000
#: A function that mutates bytes, up to a given length.
Mutate = Callable[[bytes, int], bytes]

_READ: dict[str, Callable[[bytes], Any]] = {
    "json": json.loads,
    "yaml": lambda data: yaml.load(data, Loader=yaml.CSafeLoader),
}
_WRITE: dict[str, Callable[[Any], str]] = {
    "json": json.dumps,
    "yaml": lambda data: yaml.dump(data, Dumper=yaml.CSafeDumper, sort_keys=False),
}


def mutated(data: bytes, most: int, seed: int, kind: str, mutate: Mutate) -> bytes:
    """Return *data* with some values changed or, in half of the cases, some bytes."""
    drawn = Random(seed)  # noqa: S311 - nothing here is secret
    if drawn.random() < 1 / 2:
        return mutate(data, most)
    try:
        content = _READ[kind](data)
        if not (isinstance(content, dict | list) and content):
            return mutate(data, most)
        for _ in range(drawn.randint(1, 3)):
            _change(content, drawn)
        changed = _WRITE[kind](content).encode("utf-8", "surrogatepass")
    except (RecursionError, TypeError, ValueError, yaml.YAMLError):
        return mutate(data, most)
    return changed if len(changed) <= most else mutate(data, most)


def _change(content: Any, drawn: Random) -> None:
    """Replace, remove, duplicate or exchange a value somewhere in *content*."""
    if not (places := _places(content)):
        return
    within, key = drawn.choice(places)
    other, name = drawn.choice(places)
    match drawn.randrange(6):
        case 0:
            del within[key]
        case 1 | 2:
            within[key] = drawn.choice(ODD)
        case 3:
            within[key] = other[name]
        case 4:
            within[key], other[name] = other[name], within[key]
        case _ if isinstance(within, list):
            within.append(within[key])
        case _:
            within[drawn.choice(["x", str(name), *map(str, within)])] = within[key]


def _places(content: Any) -> list[tuple[Any, Any]]:
    """List the location of each value: a mapping and a key, or a list and an index."""
    found: list[tuple[Any, Any]] = []
    waiting = [content]
    for part in waiting:
        keys = [*part] if isinstance(part, dict) else range(len(part))
        found += [(part, key) for key in keys]
        if len(found) > _MOST:
            break
        waiting += [part[key] for key in keys if isinstance(part[key], dict | list)]
    return found
