"""Read vignettes: files or mappings in, situations with names out.

A vignette is facts and a name. Whatever else is written beside them is refused, so
that nothing a client said is ever taken along.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from boundaryethics.errors import (
    BoundaryEthicsError,
    PanelError,
    Problem,
    SituationError,
)
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.panel.frames import Given, rows_given
from boundaryethics.panel.rows import Row, csv_rows, given_rows
from boundaryethics.panel.values import Vignette
from boundaryethics.policyfile import load_situation
from boundaryethics.policyfile.casefiles import load_cases
from boundaryethics.policyfile.yaml import (
    MOST_OF_A_POLICY,
    TextError,
    document,
    text_of,
)

#: Where vignettes are: a CSV or YAML file, a folder of YAML files, rows in a data frame
#: or as they are, or facts by name.
Vignettes: TypeAlias = (
    str | Path | Mapping[str, Mapping[str, object] | Situation] | Given
)

#: Vignettes, and what kept others from being read.
Reading: TypeAlias = tuple[list[Vignette], list[Problem]]

_NAME = "vignette"
_FILES = (".yaml", ".yml", ".json")


def vignettes_of(given: Vignettes, vocabulary: Vocabulary) -> tuple[Vignette, ...]:
    """The vignettes *given*, as situations of *vocabulary*.

    Raises:
        PanelError: one cannot be read, names what is not declared, or has no name of
            its own; every problem is told.
    """
    if isinstance(given, Mapping):
        found = _each(_stated(id, facts, vocabulary) for id, facts in given.items())
    elif not isinstance(given, str | Path):
        found = _each(_told(row, vocabulary) for row in _given(given))
    elif str(given).lower().endswith(".csv"):
        found = _each(_told(row, vocabulary) for row in csv_rows(given, [_NAME]))
    else:
        found = _each(_written(file, vocabulary) for file in _files(Path(given)))
    problems = [*_unnamed(found)]
    if not found:
        problems.append(Problem(code="BE842", message="there are no vignettes here"))
    if problems:
        raise PanelError(problems)
    return tuple(found)


def _each(read: Iterable[Reading]) -> list[Vignette]:
    found: list[Vignette] = []
    problems: list[Problem] = []
    for vignettes, met in read:
        found += vignettes
        problems += met
    if problems:
        raise PanelError(problems)
    return found


def _stated(
    id: object, facts: Mapping[str, object] | Situation, vocabulary: Vocabulary
) -> Reading:
    known = facts.known() if isinstance(facts, Situation) else facts
    try:
        if not isinstance(known, Mapping):
            raise SituationError([_unfit()])  # noqa: TRY301
        situation = vocabulary.situation(known)
    except SituationError as error:
        in_it = f"in vignette `{id}`: "
        return [], [attrs.evolve(p, message=in_it + p.message) for p in error.problems]
    return [Vignette(id=str(id).strip(), situation=situation)], []


def _told(row: Row, vocabulary: Vocabulary) -> Reading:
    """A row: under `vignette` the name, under each fact its value; empty is unknown."""
    stated = {
        fact: row.text(fact) or UNKNOWN for fact in row.cells if fact not in {_NAME, ""}
    }
    met = vocabulary.problems_of(stated)
    if met:
        return [], [row.placed(problem, str((*problem.path, "")[0])) for problem in met]
    situation = vocabulary.situation(stated)
    where = row.places.get(_NAME)
    return [Vignette(id=row.text(_NAME), situation=situation, where=where)], []


def _given(given: Given) -> list[Row]:
    written = rows_given(given)
    if written is None:
        raise PanelError([_unfit()])
    return given_rows(written, [_NAME], "vignettes")


def _files(path: Path) -> Iterator[Path]:
    """The files of a folder, in the order of their names; or the one file."""
    if path.is_dir():
        yield from sorted(p for p in path.rglob("*") if p.suffix.lower() in _FILES)
    else:
        yield path


def _written(file: Path, vocabulary: Vocabulary) -> Reading:
    """The vignette in a file of facts, or each case of a case file."""
    try:
        if _has_cases(file):
            return _from_cases(file, vocabulary)
        situation = load_situation(file, vocabulary)
    except TextError as error:
        return [], [attrs.evolve(error.problem, code="BE831")]
    except BoundaryEthicsError as error:
        return [], list(error.problems)
    return [Vignette(id=file.stem, situation=situation)], []


def _has_cases(file: Path) -> bool:
    text = text_of(file, file=str(file), most=MOST_OF_A_POLICY)
    data: Any = document(text, file=str(file)).data
    return isinstance(data, dict) and "cases" in data


def _from_cases(file: Path, vocabulary: Vocabulary) -> Reading:
    found: list[Vignette] = []
    problems: list[Problem] = []
    for case in load_cases(file):
        stated = dict(case.given)
        met = vocabulary.problems_of(stated)
        problems += (attrs.evolve(problem, where=case.where) for problem in met)
        if not met:
            situation = vocabulary.situation(stated)
            named = case.id or case.name
            found.append(Vignette(id=named, situation=situation, where=case.where))
    return found, problems


def _unnamed(found: list[Vignette]) -> Iterator[Problem]:
    seen: set[str] = set()
    for one in found:
        if not one.id:
            yield Problem(
                code="BE835", message="a vignette has no name", where=one.where
            )
        elif one.id in seen:
            yield Problem(
                code="BE841",
                message=f"vignette `{one.id}` is there twice",
                where=one.where,
                help="give each vignette a name of its own",
                token=one.id,
            )
        seen.add(one.id)


def _unfit() -> Problem:
    return Problem(
        code="BE843",
        message="these are no vignettes",
        help="name a CSV file, a YAML file or a folder of them, give a data frame, or "
        "map names to facts",
    )
