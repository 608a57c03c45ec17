"""The shape of a policy file, checked against the schema that editors use.

In: plain data. Out: every fault of shape, as what is wrong at which path. Says
nothing of names, which are checked once the shape is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, final

import attrs

from boundaryethics.policyfile.catalogue import shipped_file
from boundaryethics.policyfile.yaml import Path, Plain

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

#: Faults that are told of one file; the rest wait until these are mended.
MOST_FAULTS = 100

_TEXT_KINDS = ("enum", "pattern", "const")


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

    where = shipped_file(f"schema/{kind}.schema.json")
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
        case "pattern":
            wanted = (schema.get("title", ""),)
            yield Fault(kind="pattern", path=path, found=found, wanted=wanted)
        case kind:
            yield Fault(
                kind=str(kind), path=path, found=found, wanted=_listed(kind, asked)
            )


def _listed(kind: Any, asked: Any) -> tuple[Any, ...]:
    if kind == "type":
        return (asked,) if isinstance(asked, str) else tuple(asked)
    return tuple(asked) if kind == "enum" else (asked,)


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
