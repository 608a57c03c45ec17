"""Read vignettes: named situations, from tables, YAML files or mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from boundaryethics._files import Digests, files_in, is_folder, printable
from boundaryethics.batch.encode import not_found
from boundaryethics.batch.foreign import FOREIGN
from boundaryethics.batch.reading import (
    Reading,
    ignored_by,
    own_columns,
)
from boundaryethics.cases import read_cases
from boundaryethics.errors import (
    BoundaryEthicsError,
    Location,
    PanelError,
    Problem,
    SituationError,
    column_option,
    did_you_mean,
    few_suggestions,
    problem,
    reading_option,
)
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.panel.data import Vignette
from boundaryethics.panel.rows import Given, PanelRow, Problems, Wanted, rows_of, shown
from boundaryethics.policies import read_situation
from boundaryethics.policies.yaml import (
    MOST_OF_A_POLICY,
    TextError,
    document,
    text_of,
    unreadable,
)

#: A table or YAML file of vignettes, a folder of YAML files, rows in Python, or a
#: mapping from the names of vignettes to their facts.
Vignettes: TypeAlias = (
    str | Path | Mapping[str, Mapping[str, object] | Situation] | Given
)

_NAME = "vignette"
#: Columns of ratings that vignettes do not have.
_OF_RATINGS = {"rater", "option", "rank"}
_VIGNETTE_FILES = (".yaml", ".yml", ".json")
_TABLES = (".csv", ".tsv", *FOREIGN)

#: The name and the facts of a vignette, a function that locates problems with these
#: facts, and the location of the vignette. Anything other than a name and facts is
#: rejected, so no client text is stored.
_Stated: TypeAlias = tuple[
    str, Mapping[str, object], Callable[[Problem], Problem], Location | None
]


@few_suggestions()
def vignettes_of(
    given: Vignettes,
    vocabulary: Vocabulary,
    how: Reading,
    *,
    show_values: bool,
    digests: Digests,
) -> tuple[Vignette, ...]:
    """Read vignettes, or raise a `PanelError` that lists all problems.

    The digest of each file is added to *digests*.
    """
    found: list[Vignette] = []
    problems = Problems()
    shared: dict[str, str] = {}
    stated = _stated(
        given, vocabulary, how, problems, show_values=show_values, digests=digests
    )
    for number, (id, facts, locate, where) in enumerate(stated):
        try:
            row = vocabulary.situation(facts).row
        except SituationError as error:
            wrong = error.problems
            if not problems.is_full:
                wrong = vocabulary.validate(facts, show_values=show_values)
            for one in wrong:
                problems.add(number, None if problems.is_full else locate(one))
            continue
        # Equal values share one object, because a panel has few different values.
        row = tuple(shared.setdefault(value, value) for value in row)
        situation = Situation(vocabulary=vocabulary, row=row)
        found.append(Vignette(id=id, situation=situation, where=where))
    if not problems.number:
        for number, one in _unnamed(found, show_values=show_values):
            problems.add(number, one)
    if problems.number:
        raise problems.error()
    if not found:
        raise PanelError([problem("BE842")])
    return tuple(found)


def _stated(
    given: Vignettes,
    vocabulary: Vocabulary,
    how: Reading,
    problems: Problems,
    *,
    show_values: bool,
    digests: Digests,
) -> Iterator[_Stated]:
    """Yield each vignette, and record in *problems* any that cannot be read."""
    if isinstance(given, Mapping):
        for id, facts in given.items():
            known = facts.known() if isinstance(facts, Situation) else facts
            if isinstance(known, Mapping):
                yield str(id).strip(), known, partial(_within, id), None
            else:
                problems.add(0, _within(id, problem("BE843")))
    elif isinstance(given, str | Path) and not _is_table(given):
        try:
            for file in vignette_files(Path(given)):
                yield from _from_yaml(file, vocabulary, problems, digests)
        except OSError as error:
            unread = unreadable(str(error.filename), error)
            problems.add(0, attrs.evolve(unread, code="BE831"))
    elif _NAME in vocabulary:
        problems.add(0, problem("BE833.fact", name=_NAME, token=_NAME))
    else:
        yield from _in_table(
            given, vocabulary, how, problems, show_values=show_values, digests=digests
        )


def _is_table(path: str | Path) -> bool:
    return str(path).lower().endswith(_TABLES)


def _in_table(
    given: str | Path | Given,
    vocabulary: Vocabulary,
    how: Reading,
    problems: Problems,
    *,
    show_values: bool,
    digests: Digests,
) -> Iterator[_Stated]:
    """Yield the vignette in each row, and report each unknown column only once."""
    facts = vocabulary.by_name
    stated = {n: c for n, c in own_columns(how).items() if n == _NAME or n in facts}
    wanted = Wanted(how=how, required=(_NAME,), stated=stated, coded=facts)
    rows = rows_of(given, wanted, "vignettes", show_values=show_values, digests=digests)
    for one in not_found(ignored_by(how), rows.written):
        problems.add(0, rows.at_header(one))
    if {*rows.names}.difference(facts, ignored_by(how)) >= _OF_RATINGS:
        problems.add(0, rows.at_header(problem("BE882.ratings")))
        return
    for name in (n for n in rows.names if n not in facts and n not in {_NAME, ""}):
        ignore, columns = reading_option("ignore", name), column_option("FACT")
        near = did_you_mean(name, facts)
        words: dict[str, Any] = {"near": near, "ignore": ignore, "columns": columns}
        problems.add(0, rows.at_header(problem("BE882", token=name, **words)))
    for row in rows:
        values = {f: row.fact(facts[f], f) for f in row.cells if f in facts}
        where = row.where and shown(row.where, show_values=show_values)
        yield row.text(_NAME), values, partial(_in_row, row), where


def _in_row(row: PanelRow, found: Problem) -> Problem:
    """Locate the problem *found*; for an invalid value, suggest ways to read it."""
    if found.code == "BE402":
        na, codebook = reading_option("na", "CODE"), reading_option("codebook", "FILE")
        more = f"for a code that means a missing value, use {na}; for any other"
        more += f" code, use {codebook}"
        if not row.show_values:
            more += "; to see the value, use `--show-values` or `show_values=True`"
        found = attrs.evolve(found, help="; ".join(filter(None, (found.help, more))))
    return row.locate(found)


def vignette_files(path: Path) -> Iterator[Path]:
    """Yield the files to read: *path* itself or, if it is a folder, the files in it."""
    if is_folder(path):
        for file, _ in files_in(path, str(path), _VIGNETTE_FILES):
            yield Path(str(file))
    else:
        yield path


def _within(id: object, problem: Problem) -> Problem:
    return attrs.evolve(problem, message=f"in vignette `{id}`: {problem.message}")


def _from_yaml(
    file: Path, vocabulary: Vocabulary, problems: Problems, digests: Digests
) -> Iterator[_Stated]:
    """Yield the vignette in a situation file, or each case in a file of test cases."""
    try:
        text = text_of(file, file=str(file), most=MOST_OF_A_POLICY, digests=digests)
        data: Any = document(text, file=str(file)).data
        if isinstance(data, dict) and "cases" in data:
            for case in read_cases(text, file=str(file)):
                locate = partial(attrs.evolve, where=case.where)
                yield case.id or case.name, dict(case.given), locate, case.where
        else:
            situation = read_situation(text, file=str(file), vocabulary=vocabulary)
            yield printable(file.stem), situation.known(), attrs.evolve, None
    except TextError as error:
        problems.add(0, attrs.evolve(error.problem, code="BE831"))
    except BoundaryEthicsError as error:
        for one in error.problems:
            problems.add(0, one)


def _unnamed(
    found: Iterable[Vignette], *, show_values: bool
) -> Iterator[tuple[int, Problem]]:
    seen: set[str] = set()
    code = "BE841" if show_values else "BE841.hidden"
    for number, one in enumerate(found):
        if not one.id:
            yield number, problem("BE835.unnamed", where=one.where)
        elif one.id in seen:
            token = one.id if show_values else None
            yield number, problem(code, where=one.where, token=token, id=one.id)
        seen.add(one.id)
