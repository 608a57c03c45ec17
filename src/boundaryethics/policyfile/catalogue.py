"""Find policy files by the ids in them.

In: an id and where to look. Out: the file, or the problem that there is none,
or more than one. Reads no YAML: an id stands on a line of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, final

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import PolicyError, Problem
from boundaryethics.policyfile.yaml import MOST_OF_A_POLICY

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_ID_LINE = re.compile(rb"^policy:[ \t]*[\"']?([\w.+-]+)", re.MULTILINE)


@final
@attrs.frozen
class PolicyFile:
    """A policy file that can be opened, and the name by which problems call it."""

    where: Traversable
    name: str
    #: The folder in which the policies that it extends are looked for first.
    folder: Path | None = None


def shipped_file(name: str) -> Traversable:
    """The shipped file *name*, vocabulary or schema."""
    return shipped_folder().joinpath(name)


def shipped_folder() -> Traversable:
    """The folder of all shipped files."""
    from importlib.resources import files

    return files("boundaryethics.rules")


@lru_cache(maxsize=1)
def shipped() -> Mapping[str, tuple[PolicyFile, ...]]:
    """The shipped policy files under their ids."""
    found = yaml_files(shipped_folder(), "rules")
    return _by_id(PolicyFile(where, name) for where, name in found)


def beside(folder: Path) -> Mapping[str, tuple[PolicyFile, ...]]:
    """The policy files right in *folder*, under their ids."""
    try:
        paths = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
    except OSError:
        return {}
    return _by_id(PolicyFile(path, str(path), folder) for path in paths)


def found(id: str, folder: Path | None = None) -> PolicyFile:
    """The file of policy *id*: in *folder* if it is there, else the shipped one.

    Raises:
        PolicyError: no file has the id, or more than one file of a folder has.
    """
    local = beside(folder) if folder else {}
    candidates = local.get(id) or shipped().get(id, ())
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        raise PolicyError([_ambiguous(id, candidates)])
    raise PolicyError([_unknown(id, sorted({*local, *shipped()}))])


def yaml_files(folder: Traversable, name: str) -> Iterator[tuple[Traversable, str]]:
    """Every YAML file below *folder*, which is called *name*, with what to call it."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        inner = f"{name}/{entry.name}"
        if entry.is_dir():
            yield from yaml_files(entry, inner)
        elif entry.name.endswith((".yaml", ".yml")):
            yield entry, inner


def _by_id(candidates: Iterator[PolicyFile]) -> Mapping[str, tuple[PolicyFile, ...]]:
    by_id: dict[str, tuple[PolicyFile, ...]] = {}
    for file in candidates:
        id = _id_in(file.where)
        if id is not None:
            by_id[id] = (*by_id.get(id, ()), file)
    return by_id


def _id_in(where: Traversable) -> str | None:
    try:
        with where.open("rb") as opened:
            met = _ID_LINE.search(opened.read(MOST_OF_A_POLICY))
    except OSError:
        return None
    return met.group(1).decode("utf-8", "replace") if met else None


def _ambiguous(id: str, candidates: tuple[PolicyFile, ...]) -> Problem:
    named = " and ".join(f"`{file.name}`" for file in candidates)
    return Problem(
        code="BE307",
        message=f"policy `{id}` is written in {named}",
        help="give each file an id of its own",
        token=id,
    )


def _unknown(id: str, known: list[str]) -> Problem:
    listed = "there are " + ", ".join(f"`{other}`" for other in known)
    near = did_you_mean(id, known)
    return Problem(
        code="BE206",
        message=f"there is no policy `{id[:60]}`",
        help=f"{near} {listed}" if near else listed,
        token=id,
    )
