"""Sheets: policy files that have been read, each for itself.

In: a text. Out: what the file says itself, as a layer, with everything that is
wrong with its writing and its shape.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.model import plain
from boundaryethics.model.layers import Layer
from boundaryethics.policyfile import schema, telling, yaml
from boundaryethics.policyfile.catalogue import PolicyFile
from boundaryethics.policyfile.mending import mended
from boundaryethics.policyfile.yaml import (
    MOST_OF_A_POLICY,
    TextError,
    size_problem,
    text_of,
)


@final
@attrs.frozen(kw_only=True)
class Sheet:
    """What one policy file says itself, and what is wrong with it."""

    #: Tells one file from another, however its path was written.
    identity: str
    #: The folder in which the policies that it extends are looked for first.
    folder: Path | None
    document: yaml.Document
    #: None where nothing can be made of the text.
    layer: Layer | None
    problems: tuple[Problem, ...] = ()
    #: Names lost with faulty parts: no problem with one of these is believed.
    lost: frozenset[str] = frozenset()

    @cached_property
    def positions(self) -> Mapping[tuple[str, str], int]:
        """Where each rule and invariant stands in its list: the last of its id."""
        data = self.document.data
        return {
            (section, item["id"]): index
            for section in ("rules", "invariants")
            for index, item in enumerate(_list_of(data, section))
            if isinstance(item, dict) and isinstance(item.get("id"), str)
        }

    @property
    def id(self) -> str:
        """The id of the policy, or the file where it has none."""
        return self.layer.id if self.layer and self.layer.id else self.document.file


def _list_of(data: Any, section: str) -> list[Any]:
    listed = data.get(section) if isinstance(data, dict) else None
    return listed if isinstance(listed, list) else []


def sheet_of_file(file: PolicyFile) -> Sheet:
    """The sheet that *file* holds."""
    where = file.where
    try:
        text = text_of(where, file=file.name, most=MOST_OF_A_POLICY)
    except TextError as error:
        return _unreadable(error.problem, file.name)
    identity = str(where.resolve()) if isinstance(where, Path) else file.name
    return _sheet(text, file.name, identity, file.folder)


def sheet_of_text(text: str, *, file: str) -> Sheet:
    """The sheet that *text* holds; *file* names it in problems."""
    problem = size_problem(text, file=file, most=MOST_OF_A_POLICY)
    if problem:
        return _unreadable(problem, file)
    return _sheet(text, file, file, None)


def sheet_over(layer: Layer) -> Sheet:
    """The sheet of a *layer* that no file holds."""
    nothing = yaml.Document(yaml.Page(layer.id, ("",)), None)
    return Sheet(identity=layer.id, folder=None, document=nothing, layer=layer)


def _unreadable(problem: Problem, file: str) -> Sheet:
    document = yaml.Document(yaml.Page(file, ("",)), None)
    return Sheet(
        identity=file,
        folder=None,
        document=document,
        layer=None,
        problems=(problem,),
    )


def _sheet(text: str, file: str, identity: str, folder: Path | None) -> Sheet:
    document = yaml.document(text, file=file)
    layer, problems, lost = _layer(document)
    return Sheet(
        identity=identity,
        folder=folder,
        document=document,
        layer=layer,
        problems=(*document.problems, *problems),
        lost=lost,
    )


def _layer(
    document: yaml.Document,
) -> tuple[Layer | None, tuple[Problem, ...], frozenset[str]]:
    if document.root is None:
        return None, () if document.problems else (_empty(document),), frozenset()
    faults = schema.faults(document.data)
    problems = tuple(telling.told(fault, document) for fault in faults)
    # There may be more faults than were looked for, and so no mending them all.
    if not isinstance(document.data, dict) or len(faults) == schema.MOST_FAULTS:
        return None, problems, frozenset()
    if not faults:
        data: dict[str, Any] = document.data
        return plain.layer(data), (), frozenset()
    whole = mended(document.data, faults)
    return plain.layer(whole.data), problems, whole.lost


def _empty(document: yaml.Document) -> Problem:
    return Problem(
        code="BE104",
        message=f"`{document.file}` is empty",
        help="begin the file with `policy:` and an id of its own",
    )
