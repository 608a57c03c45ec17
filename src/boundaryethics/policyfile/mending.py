"""Mend a file whose shape is wrong, so that its names can be checked as well.

In: plain data and the faults in its shape. Out: the data without what is
faulty, and every name that went with it: no later problem with one of these is
to be believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, final

import attrs

from boundaryethics.policyfile.schema import Fault
from boundaryethics.policyfile.yaml import Path, Plain

_GONE = object()
_KEYED = ("unknown", "key")


@final
@attrs.frozen
class Mended:
    """Data of the right shape, and the names that were lost on the way."""

    data: dict[str, Any]
    lost: frozenset[str]


def mended(data: Plain, faults: Iterable[Fault]) -> Mended:
    """*data* without its faulty parts."""
    if not isinstance(data, dict):
        return Mended({"policy": ""}, frozenset())
    whole: dict[str, Any] = _copied(data)
    lost: set[str] = set()
    for fault in faults:
        path = (*fault.path, fault.key) if fault.kind in _KEYED else fault.path
        # Less of an impossible condition would rule out more.
        path = path[:2] if path[:1] == ("impossible",) else path
        lost.update(_names_around(path, data))
        if fault.kind != "required":
            lost.update(_taken_out(whole, path))
    return Mended(_completed(_swept(whole)), frozenset(lost))


def _names_around(path: Path, data: Any) -> Iterator[str]:
    """What the part around *path* is called: its problems may come of the fault."""
    if not path[1:]:
        return
    if path[:2] == ("changes", "adjust"):
        yield from (str(step) for step in path[2:3])
    named = path[1]
    part = data[path[0]][named] if isinstance(named, int) else named
    name = part.get("id") if isinstance(part, dict) else part
    if isinstance(name, str):
        yield name


def _taken_out(whole: Any, path: Path) -> Iterator[str]:
    for step in path[:-1]:
        whole = whole[step]
        if whole is _GONE:
            return
    if not path:
        return
    yield from _texts(whole[path[-1]])
    yield str(path[-1])
    whole[path[-1]] = _GONE


def _texts(part: Any) -> Iterator[str]:
    match part:
        case str():
            yield part
        case list():
            for item in part:
                yield from _texts(item)
        case dict():
            for key, value in part.items():
                yield key
                yield from _texts(value)


def _copied(part: Any) -> Any:
    match part:
        case list():
            return [_copied(item) for item in part]
        case dict():
            return {key: _copied(value) for key, value in part.items()}
        case _:
            return part


def _swept(part: Any) -> Any:
    match part:
        case list():
            return [_swept(item) for item in part if item is not _GONE]
        case dict():
            return {k: _swept(v) for k, v in part.items() if v is not _GONE}
        case _:
            return part


def _completed(whole: dict[str, Any]) -> dict[str, Any]:
    """*whole* with the least that every part must have."""
    whole.setdefault("policy", "")
    for section, least in (("rules", "then"), ("invariants", "holds")):
        if section in whole:
            whole[section] = [
                {least: {}, **_citing(part)} for part in whole[section] if "id" in part
            ]
    accepts = whole.get("accepts", [])
    whole["accepts"] = [one for one in accepts if {"lint", "on", "because"} <= {*one}]
    principles = whole.get("principles", {})
    whole["principles"] = {name: _citing(part) for name, part in principles.items()}
    facts = whole.get("facts", {})
    whole["facts"] = {name: fact for name, fact in facts.items() if "values" in fact}
    parts = whole.get("draft_parts", {})
    whole["draft_parts"] = {
        name: part for name, part in parts.items() if "slot" in part
    }
    whole["labels"] = [_labelled(entry) for entry in whole.get("labels", [])]
    for step in whole.get("steps", {}).values():
        if isinstance(step, dict) and "instead" in step:
            step["instead"] = [o for o in step["instead"] if {"when", "says"} <= {*o}]
    return whole


def _labelled(entry: dict[str, Any]) -> dict[str, Any]:
    """*entry* with those labels that are whole."""
    return {
        key: part
        for key, part in entry.items()
        if key == "when" or {"says", "named"} <= part.keys()
    }


def _citing(part: dict[str, Any]) -> dict[str, Any]:
    if "cites" not in part:
        return part
    whole = [cite for cite in part["cites"] if {"source", "section"} <= cite.keys()]
    return {**part, "cites": whole}
