"""Read and hold a panel: the raters, the vignettes, and the rankings given."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from importlib import import_module
from io import StringIO
from math import isnan
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, final

import attrs

from boundaryethics.cases import load_cases
from boundaryethics.errors import (
    BoundaryEthicsError,
    Location,
    PanelError,
    Problem,
    did_you_mean,
    problem,
)
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.rules import Option
from boundaryethics.policies import load_situation, shipped_vocabulary
from boundaryethics.policies.yaml import MOST_OF_A_POLICY, TextError, document, text_of
from boundaryethics.report import Report, Table, as_data, facts_told, plural, told


class Frame(Protocol):
    """Describe what every data frame has."""

    @property
    def columns(self) -> Any:
        """The names of its columns."""


#: Rows given in Python: mappings, one for each, or a data frame of them.
Given: TypeAlias = Iterable[Mapping[str, Any]] | Frame
#: A CSV file of ratings, or its rows, in a data frame or as they are.
Ratings: TypeAlias = str | Path | Given
#: Where vignettes are: a CSV or YAML file, a folder of YAML files, rows in a data frame
#: or as they are, or facts by name.
Vignettes: TypeAlias = (
    str | Path | Mapping[str, Mapping[str, object] | Situation] | Given
)

#: Bytes that a file of ratings or vignettes may have.
_MOST = 64 * 1024 * 1024
#: Separators other than commas.
_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_COLUMNS = ("rater", "vignette", "option", "rank")
_OPTIONS = tuple(option.value for option in Option)
#: With nothing behind the point where a library of frames writes whole numbers so.
_RANK = re.compile(r"[1-9][0-9]{0,8}(?:\.0+)?")
_NAME = "vignette"
_VIGNETTE_FILES = (".yaml", ".yml", ".json")


# The values.


@final
@attrs.frozen(kw_only=True)
class Vignette:
    """A situation that raters are asked about: facts, and nothing anybody said."""

    id: str
    situation: Situation
    where: Location | None = attrs.field(default=None, eq=False, repr=False)


@final
@attrs.frozen(kw_only=True)
class Rating:
    """How one rater orders options in one vignette."""

    rater: str
    vignette: str
    #: Groups of options that share a rank; of those that the rater ranked.
    ranking: Ranking

    @property
    def placed(self) -> tuple[Option, ...]:
        """The options that the rater ranked, in order."""
        return tuple(option for group in self.ranking for option in group)

    @property
    def is_whole(self) -> bool:
        """Whether the rater ranked all four options."""
        return len(self.placed) == len(Option)


@final
@attrs.frozen(kw_only=True)
class Panel(Report):
    """Raters, vignettes, and the rankings that the raters gave."""

    vignettes: tuple[Vignette, ...]
    #: One for each rater and each vignette that the rater was asked about.
    ratings: tuple[Rating, ...]

    @cached_property
    def raters(self) -> tuple[str, ...]:
        """The raters, sorted."""
        return tuple(sorted({rating.rater for rating in self.ratings}))

    @cached_property
    def on(self) -> Mapping[str, tuple[Rating, ...]]:
        """For each vignette its ratings; none where nobody rated it."""
        by: dict[str, list[Rating]] = {vignette.id: [] for vignette in self.vignettes}
        for rating in self.ratings:
            by[rating.vignette].append(rating)
        return MappingProxyType({id: tuple(ratings) for id, ratings in by.items()})

    @property
    def rated(self) -> tuple[Vignette, ...]:
        """The vignettes that somebody rated."""
        return tuple(vignette for vignette in self.vignettes if self.on[vignette.id])

    @property
    def unrated(self) -> tuple[Vignette, ...]:
        """The vignettes that nobody rated; no analysis counts them."""
        return tuple(one for one in self.vignettes if not self.on[one.id])

    def to_dict(self) -> dict[str, Any]:
        """Give the panel as plain data, ready for JSON."""
        return {
            "vignettes": {one.id: one.situation.known() for one in self.vignettes},
            "ratings": [
                attrs.asdict(rating) | {"ranking": as_data(rating.ranking)}
                for rating in self.ratings
            ],
        }

    def lines(self) -> Iterator[str]:
        """Say how large the panel is, and what is uneven about it."""
        raters, rated = len(self.raters), len(self.rated)
        sizes = {"rater": raters, "vignette": rated, "rating": len(self.ratings)}
        yield ", ".join(plural(size, thing) for thing, size in sizes.items())
        missing = raters * rated - len(self.ratings)
        if missing:
            yield f"not asked or not answered: {plural(missing, 'rating')}"
        partial = sum(not rating.is_whole for rating in self.ratings)
        if partial:
            yield f"only some options placed: {plural(partial, 'rating')}"
        if self.unrated:
            yield f"rated by nobody: {', '.join(one.id for one in self.unrated)}"

    def _table(self) -> Table:
        return Table(
            lines=tuple(self.lines()),
            columns=("vignette", "ratings", "facts"),
            rows=tuple(
                (one.id, len(self.on[one.id]), facts_told(one.situation))
                for one in self.vignettes
            ),
        )

    def _rows(self) -> Table:
        return Table(
            lines=(),
            columns=("rater", "vignette", "ranking"),
            rows=tuple((r.rater, r.vignette, told(r.ranking)) for r in self.ratings),
        )


def refuse_unrated(panel: Panel) -> None:
    """Refuse a *panel* of which nobody rated a vignette."""
    if not panel.rated:
        raise PanelError([problem("BE844.unrated")])


def read_panel(
    ratings: Ratings, vignettes: Vignettes, *, vocabulary: Vocabulary | None = None
) -> Panel:
    """Read the panel that rated *vignettes*.

    A rater need not rate all vignettes, nor rank all options of one. Ranks are
    whole numbers from 1; options that share a rank have the same number, and the
    next rank follows without a gap: 1, 2, 2, 3.

    Args:
        ratings: a CSV file with the columns `rater`, `vignette`, `option` and `rank`,
            a row for each option ranked; or such rows as mappings, or a data frame.
        vignettes: a CSV file with the column `vignette` and one for each fact told; a
            file of facts or of cases, or a folder of them; such rows as mappings, or
            a data frame; or facts by name.
        vocabulary: the facts that can be asked; those that are built in by default.

    Raises:
        PanelError: something in it cannot be read, or does not fit; it carries every
            problem of the vignettes, or else every problem of the ratings.
    """
    known = _vignettes_of(vignettes, vocabulary or shipped_vocabulary())
    if isinstance(ratings, str | Path):
        rows = _csv_rows(ratings, _COLUMNS)
    else:
        rows = _checked_rows(_rows_given(ratings), _COLUMNS, "ratings")
    return Panel(vignettes=known, ratings=_ratings(rows, known))


def needed(module: str) -> Any:
    """Import and return the module called *module*, which an extra installs."""
    try:
        return import_module(module)
    except ImportError as missing:
        name = (missing.name or module).partition(".")[0]
        raise PanelError([problem("BE830", name=name)]) from missing


# Rows, of a file or given in Python.


@final
@attrs.frozen(kw_only=True)
class PanelRow:
    """One row: what stands under each column, and where."""

    cells: Mapping[str, Any]
    #: Of a file its line; else counted from 1.
    number: int
    #: The row's first line; None where the row is of no file.
    where: Location | None = None

    def text(self, column: str) -> str:
        """Give what stands under *column*, without spaces around it."""
        cell = self.cells.get(column)
        return "" if cell is None else str(cell).strip()

    def problem(self, code: str, column: str, **words: Any) -> Problem:
        """Make the problem with what stands under *column*."""
        token = self.text(column)
        return self.locate(problem(code, token=token, **words), column)

    def locate(self, problem: Problem, column: str) -> Problem:
        """Give *problem* the place of what stands under *column*."""
        where = self.where
        if where is None:
            message = f"row {self.number}: {problem.message}"
            return attrs.evolve(problem, message=message)
        cells = list(self.cells.values())
        # Quotes hide at which column a cell is: then the row alone is told.
        if column in self.cells and ",".join(cells) == where.text:
            before = cells[: list(self.cells).index(column)]
            start = sum(len(cell) + 1 for cell in before) + 1
            width = max(1, len(self.cells[column]))
            where = attrs.evolve(where, column=start, width=width)
        return attrs.evolve(problem, where=where)


def _csv_rows(path: str | Path, columns: Iterable[str]) -> list[PanelRow]:
    """Read the rows of a CSV file that has these *columns*, and perhaps others."""
    file = str(path)
    try:
        text = text_of(Path(path), file=file, most=_MOST).removeprefix("\ufeff")
        written = list(_written(text, file))
    except TextError as error:
        raise PanelError([attrs.evolve(error.problem, code="BE831")]) from None
    except csv.Error as error:
        raise PanelError([problem("BE831", file=file, why=error)]) from None
    if not written:
        raise PanelError([problem("BE832", given=f"`{file}`")])
    (where, header), *below = written
    names = [name.strip() for name in header]
    problems = [attrs.evolve(p, where=where) for p in _in_header(names, columns)]
    problems = problems or [
        problem("BE834", where=where, cells=len(cells), names=len(names))
        for where, cells in below
        if len(cells) != len(names)
    ]
    if problems:
        raise PanelError(problems)
    if not below:
        raise PanelError([problem("BE832", given=f"`{file}`")])
    return [
        PanelRow(cells=dict(zip(names, cells, strict=True)), number=at.line, where=at)
        for at, cells in below
    ]


def _written(text: str, file: str) -> Iterator[tuple[Location, list[str]]]:
    """Yield each row that is not blank: its first line, and its cells."""
    lines = list(StringIO(text, newline=""))
    reader = csv.reader(lines)
    start = 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            line = lines[start].rstrip("\r\n")
            yield Location(file=file, line=start + 1, column=1, text=line), cells
        start = reader.line_num


def _in_header(names: list[str], columns: Iterable[str]) -> Iterator[Problem]:
    found = [signs for sign, signs in _SEPARATORS.items() if sign in names[0]]
    if found and len(names) == 1:
        yield problem("BE856", signs=found[0])
        return
    for name in columns:
        if name not in names:
            near = did_you_mean(name, names)
            code = "BE833.near" if near else "BE833.column"
            yield problem(code, near=near, name=name)
    yield from _repeated_columns(names)


def _repeated_columns(names: list[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        yield problem("BE833.twice", name=name, token=name)


def _rows_given(given: Any) -> list[Any] | None:
    """List the rows *given*, whatever each is; None where these are no rows."""
    if isinstance(given, str | bytes | Mapping):
        return None
    if callable(getattr(given, "to_pylist", None)):
        return list(given.to_pylist())
    if hasattr(type(given), "columns"):
        narwhals = needed("narwhals")
        try:
            frame = narwhals.from_native(given, eager_only=True, pass_through=True)
            if isinstance(frame, narwhals.DataFrame):
                return _frame_rows(frame)
        except narwhals.exceptions.DuplicateError:
            names = [str(name) for name in given.columns]
            raise PanelError(_repeated_columns(names)) from None
    return list(given) if isinstance(given, Iterable) else None


def _frame_rows(frame: Any) -> list[dict[str, Any]]:
    """List the rows of a data frame of any library, an empty cell as None."""
    columns = [
        [None if empty else cell for cell, empty in zip(cells, nulls, strict=True)]
        for column in frame.iter_columns()
        for cells, nulls in [(column.to_list(), column.is_null().to_list())]
    ]
    names = frame.columns
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _checked_rows(
    given: list[Any] | None, columns: Sequence[str], named: str
) -> list[PanelRow]:
    """Check rows *given* in Python: each is a mapping with these *columns*."""
    if given is None or not all(isinstance(cells, Mapping) for cells in given):
        listed = ", ".join(f"`{name}`" for name in columns)
        raise PanelError([problem("BE855", given=named, columns=listed)])
    rows = [PanelRow(cells=_cells(cells), number=n) for n, cells in enumerate(given, 1)]
    problems = list(_lacking(rows, columns))
    if problems:
        raise PanelError(problems)
    if not rows:
        raise PanelError([problem("BE832", given=f"the {named} given")])
    return rows


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give the cells of *row*, with None for NaN."""
    return {
        str(name).strip(): None if isinstance(cell, float) and isnan(cell) else cell
        for name, cell in row.items()
    }


def _lacking(rows: list[PanelRow], columns: Sequence[str]) -> Iterator[Problem]:
    """Yield the columns that no row has, each once; else those that a row has not."""
    found = {name for row in rows for name in row.cells}
    nowhere = [name for name in columns if rows and name not in found]
    for name in nowhere:
        yield problem("BE833.column", near=did_you_mean(name, found), name=name)
    for row in rows:
        for name in columns:
            if name not in row.cells and name not in nowhere:
                yield row.problem("BE833.cell", name, name=name)


# Ratings.


def _ratings(
    rows: list[PanelRow], vignettes: tuple[Vignette, ...]
) -> tuple[Rating, ...]:
    order = {vignette.id: number for number, vignette in enumerate(vignettes)}
    problems = [(row.number, one) for row in rows for one in _in_row(row, order)]
    wrong = {number for number, _ in problems}
    by: dict[tuple[str, str], list[PanelRow]] = {}
    for row in rows:
        by.setdefault((row.text("vignette"), row.text("rater")), []).append(row)
    for of_rating in by.values():
        met = list(_repeats(of_rating))
        if not (met or wrong.intersection(row.number for row in of_rating)):
            met = list(_gaps(of_rating))
        problems += met
    if problems:
        raise PanelError(one for _, one in sorted(problems, key=lambda p: p[0]))
    keys = sorted(by, key=lambda key: (order[key[0]], key[1]))
    return tuple(_rating(*key, by[key]) for key in keys)


def _rank(row: PanelRow) -> int:
    """Give the rank in *row*, of which is known that it is one."""
    return int(row.text("rank").partition(".")[0])


def _rating(vignette: str, rater: str, rows: list[PanelRow]) -> Rating:
    rank = {row.text("option"): _rank(row) for row in rows}
    groups = (
        tuple(option for option in Option if rank.get(option) == number)
        for number in sorted(set(rank.values()))
    )
    return Rating(rater=rater, vignette=vignette, ranking=tuple(groups))


def _in_row(row: PanelRow, vignettes: Iterable[str]) -> Iterator[Problem]:
    """Yield what is wrong with each cell of *row* by itself."""
    rater, vignette, option, rank = map(row.text, _COLUMNS)
    if not rater:
        yield row.problem("BE835.rater", "rater")
    if not vignette:
        yield row.problem("BE835.vignette", "vignette")
    elif vignette not in vignettes:
        near = did_you_mean(vignette, vignettes)
        yield row.problem("BE836", "vignette", near=near, vignette=vignette)
    if option not in _OPTIONS:
        yield row.problem(
            "BE837",
            "option",
            near=did_you_mean(option, _OPTIONS) if option else None,
            rater=rater,
            option=f"`{option}`" if option else "an option without a name",
            vignette=vignette,
            options=", ".join(f"`{name}`" for name in _OPTIONS),
        )
    if not rank:
        yield row.problem("BE839.none", "rank", option=option)
    elif not _RANK.fullmatch(rank) or isinstance(row.cells["rank"], bool):
        yield row.problem("BE839", "rank", rank=rank)


def _repeats(rows: list[PanelRow]) -> Iterator[tuple[int, Problem]]:
    """Yield each row that ranks an option that the same rater has ranked already."""
    seen: set[str] = set()
    for row in rows:
        words = {column: row.text(column) for column in _COLUMNS[:3]}
        if words["option"] in seen:
            yield row.number, row.problem("BE838", "option", **words)
        seen.add(words["option"])


def _gaps(rows: list[PanelRow]) -> Iterator[tuple[int, Problem]]:
    """Yield the row after the first number that the ranks of one rating leave out."""
    ranks = sorted(map(_rank, rows))
    missing = next(n for n in range(1, len(ranks) + 2) if n not in ranks)
    if missing > ranks[-1]:
        return
    after = min(rank for rank in ranks if rank > missing)
    row = next(row for row in rows if _rank(row) == after)
    words = {column: row.text(column) for column in ("rater", "vignette")}
    ranked = ", ".join(map(str, ranks))
    yield (
        row.number,
        row.problem("BE840", "rank", **words, missing=missing, ranks=ranked),
    )


# Vignettes. A vignette is facts and a name: whatever else is written beside them is
# refused, so that nothing a client said is ever taken along.

#: Vignettes, and what keeps others from being read.
_Readings: TypeAlias = Iterator[Vignette | Problem]


def _vignettes_of(given: Vignettes, vocabulary: Vocabulary) -> tuple[Vignette, ...]:
    """Read the vignettes *given*, as situations of *vocabulary*; or every problem."""
    read = list(_readings(given, vocabulary))
    found = tuple(one for one in read if isinstance(one, Vignette))
    problems = [one for one in read if isinstance(one, Problem)]
    problems = problems or list(_unnamed(found))
    if problems or not found:
        raise PanelError(problems or [problem("BE842")])
    return found


def _readings(given: Vignettes, vocabulary: Vocabulary) -> _Readings:
    if isinstance(given, Mapping):
        for id, facts in given.items():
            yield from _stated(id, facts, vocabulary)
        return
    if isinstance(given, str | Path) and not str(given).lower().endswith(".csv"):
        path = Path(given)
        inside = (p for p in path.rglob("*") if p.suffix.lower() in _VIGNETTE_FILES)
        for file in sorted(inside) if path.is_dir() else [path]:
            yield from _from_yaml(file, vocabulary)
        return
    if isinstance(given, str | Path):
        rows = _csv_rows(given, [_NAME])
    else:
        written = _rows_given(given)
        if written is None:
            raise PanelError([problem("BE843")])
        rows = _checked_rows(written, [_NAME], "vignettes")
    for row in rows:
        yield from _from_row(row, vocabulary)


def _checked(
    id: str,
    facts: Mapping[str, object],
    vocabulary: Vocabulary,
    locate: Callable[[Problem], Problem],
    where: Location | None = None,
) -> _Readings:
    """Yield the vignette in which *facts* hold, or all that keeps it from being one."""
    problems = vocabulary.validate(facts)
    yield from map(locate, problems)
    if not problems:
        yield Vignette(id=id, situation=vocabulary.situation(facts), where=where)


def _stated(
    id: object, facts: Mapping[str, object] | Situation, vocabulary: Vocabulary
) -> _Readings:
    def locate(problem: Problem) -> Problem:
        message = f"in vignette `{id}`: {problem.message}"
        return attrs.evolve(problem, message=message)

    known = facts.known() if isinstance(facts, Situation) else facts
    if isinstance(known, Mapping):
        yield from _checked(str(id).strip(), known, vocabulary, locate)
    else:
        yield locate(problem("BE843"))


def _from_row(row: PanelRow, vocabulary: Vocabulary) -> _Readings:
    """Read a row: its name, and a value under each fact; an empty cell is unknown."""
    facts = {
        fact: row.text(fact) or UNKNOWN for fact in row.cells if fact not in {_NAME, ""}
    }

    def locate(problem: Problem) -> Problem:
        return row.locate(problem, str((*problem.path, "")[0]))

    return _checked(row.text(_NAME), facts, vocabulary, locate, row.where)


def _from_yaml(file: Path, vocabulary: Vocabulary) -> _Readings:
    """Read the vignette in a file of facts, or each case of a case file."""
    try:
        text = text_of(file, file=str(file), most=MOST_OF_A_POLICY)
        data: Any = document(text, file=str(file)).data
        if isinstance(data, dict) and "cases" in data:
            yield from _from_cases(file, vocabulary)
        else:
            yield Vignette(id=file.stem, situation=load_situation(file, vocabulary))
    except TextError as error:
        yield attrs.evolve(error.problem, code="BE831")
    except BoundaryEthicsError as error:
        yield from error.problems


def _from_cases(file: Path, vocabulary: Vocabulary) -> _Readings:
    for case in load_cases(file):
        where = case.where

        def locate(problem: Problem, where: Location | None = where) -> Problem:
            return attrs.evolve(problem, where=where)

        facts = dict(case.given)
        yield from _checked(case.id or case.name, facts, vocabulary, locate, where)


def _unnamed(found: Iterable[Vignette]) -> Iterator[Problem]:
    seen: set[str] = set()
    for one in found:
        if not one.id:
            yield problem("BE835.unnamed", where=one.where)
        elif one.id in seen:
            yield problem("BE841", where=one.where, token=one.id, id=one.id)
        seen.add(one.id)
