"""Find the line to which a problem with a policy belongs.

In: a problem with its path of keys, and the sheets of the policy. Out: the
problem with its place, in the file where the thing was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from boundaryethics.errors import Problem
from boundaryethics.policyfile.sheets import Sheet
from boundaryethics.policyfile.yaml import Document, Path

_LISTED = ("rules", "invariants")


def located(problem: Problem, sheets: Sequence[Sheet]) -> Problem:
    """*problem* with its place in the last of *sheets* that speaks of it."""
    spots = [
        (sheet.document, path)
        for sheet in reversed(sheets)
        for path in _paths(problem.path, sheet)
    ]
    for document, path in spots:
        place = document.find(path, problem.token)
        if place:
            return attrs.evolve(problem, where=place)
    for document, path in spots:
        return attrs.evolve(problem, where=document.key_place(path))
    return problem


def _paths(path: Path, sheet: Sheet) -> Iterator[Path]:
    """Where *sheet* may speak of what *path* names, the closest fit first."""
    document = sheet.document
    if not path:
        # A declared name; conditions may hold the same word.
        for section in ("facts", "findings"):
            yield from _present(document, (section,))
        return
    if path[0] in _LISTED and path[1:]:
        adjusted: Path = ("changes", "adjust", *path[1:])
        if path[0] == "rules" and path[2:]:
            yield from _present(document, adjusted)
        index = sheet.positions.get((str(path[0]), str(path[1])))
        if index is None:
            return
        path = (path[0], index, *path[2:])
    yield from _present(document, path)
    if path[2:]:
        yield from _present(document, path[:2])


def _present(document: Document, path: Path) -> Iterator[Path]:
    if document.node(path) is not None:
        yield path
