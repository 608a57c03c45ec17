"""Read case files: YAML in, cases with their places out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.model.cases import Case, Expectation, Grade
from boundaryethics.model.options import Option, Standing
from boundaryethics.model.plain import listed as names_in
from boundaryethics.policyfile import schema, yaml
from boundaryethics.policyfile.loader import shipped_folder, yaml_files
from boundaryethics.policyfile.yaml import (
    MOST_OF_A_POLICY,
    Document,
    TextError,
    text_of,
)

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


def shipped_cases() -> tuple[Case, ...]:
    """All the cases that are shipped beside the policies.

    Raises:
        PolicyError: a file cannot be read; every problem is told.
    """
    return _cases_in(yaml_files(shipped_folder() / "cases", "rules/cases"))


def load_cases(path: str | Path) -> tuple[Case, ...]:
    """The cases in a file, or in every YAML file of a folder that has `cases` on top.

    Raises:
        PolicyError: a file cannot be read, or holds no cases; every problem is told.
    """
    folder = Path(path)
    if folder.is_dir():
        return _cases_in(yaml_files(folder, str(path)), only=False)
    return _cases_in([(folder, str(path))])


def _cases_in(
    listed: Iterable[tuple[Traversable, str]], *, only: bool = True
) -> tuple[Case, ...]:
    """The cases in the files *listed*; others than case files only if not *only*."""
    cases: list[Case] = []
    problems: list[Problem] = []
    for where, name in listed:
        try:
            text = text_of(where, file=name, most=MOST_OF_A_POLICY)
        except TextError as error:
            problems.append(error.problem)
            continue
        read = yaml.document(text, file=name)
        if only or read.problems or _is_case_file(read):
            met = _problems(read)
            problems += met
            cases += () if met else _cases(read)
    if not (cases or problems):
        problems.append(problem("BE104.cases"))
    if problems:
        raise PolicyError(problems)
    return tuple(cases)


def _is_case_file(read: Document) -> bool:
    return isinstance(read.data, dict) and "cases" in read.data


def _problems(read: Document) -> list[Problem]:
    if read.problems:
        return list(read.problems)
    if read.root is None:
        return [problem("BE104.empty", file=read.file)]
    faults = schema.faults(read.data, "cases")
    return [schema.told(fault, read) for fault in faults]


def _cases(read: Document) -> Iterator[Case]:
    data: Any = read.data
    for index, plain in enumerate(data["cases"]):
        yield Case(
            name=plain["name"],
            policy=plain["policy"],
            id=plain.get("id", ""),
            source=plain.get("source", ""),
            tier=plain.get("tier"),
            given=tuple(plain["given"].items()),
            expect=_expectation(plain.get("expect", {})),
            verdicts=tuple(
                (Option(o), Grade(g)) for o, g in plain.get("verdicts", {}).items()
            ),
            departs=plain.get("departs", ""),
            where=read.place(("cases", index, "name")),
        )


def _expectation(plain: dict[str, Any]) -> Expectation:
    return Expectation(
        first=_options(plain.get("first", ())),
        last=_options(plain.get("last", ())),
        above=tuple((Option(a), Option(b)) for a, b in plain.get("above", ())),
        tied=tuple((Option(a), Option(b)) for a, b in plain.get("tied", ())),
        standing=tuple(
            (Option(o), Standing(s)) for o, s in plain.get("standing", {}).items()
        ),
        cites=tuple(
            (Option(o), names_in(names)) for o, names in plain.get("cites", {}).items()
        ),
        steps=names_in(plain.get("steps", ())),
        no_steps=names_in(plain.get("no_steps", ())),
        drafts=names_in(plain.get("drafts", ())),
        no_drafts=names_in(plain.get("no_drafts", ())),
        findings=names_in(plain.get("findings", ())),
    )


def _options(given: str | Iterable[str]) -> tuple[Option, ...]:
    return tuple(Option(name) for name in names_in(given))
