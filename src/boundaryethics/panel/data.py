"""Read and hold a panel: raters, vignettes, and who ranked which how.

In: CSV files, YAML files, data frames or rows. Out: checked values, or every problem.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    SituationError,
    did_you_mean,
)
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.rules import Option
from boundaryethics.policies import load_situation, shipped_vocabulary
from boundaryethics.policies.yaml import MOST_OF_A_POLICY, TextError, document, text_of
from boundaryethics.report import Report, Table, facts_told, listed, plural, told


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
_WIDEST_SHOWN = 200
_LINE_END = re.compile("\r\n|\r|\n")
#: Separators other than commas.
_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_COLUMNS = ("rater", "vignette", "option", "rank")
_OPTIONS = tuple(option.value for option in Option)
#: With nothing behind the point where a library of frames writes whole numbers so.
_PLACE = re.compile(r"[1-9][0-9]{0,8}(?:\.0+)?")
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
    #: Groups of options that share a place; of those that the rater placed.
    ranking: Ranking

    @property
    def placed(self) -> tuple[Option, ...]:
        """The options that the rater placed, in order."""
        return tuple(option for group in self.ranking for option in group)

    @property
    def is_whole(self) -> bool:
        """Whether the rater placed all four options."""
        return len(self.placed) == len(Option)


@final
@attrs.frozen(kw_only=True)
class Panel(Report):
    """Raters, vignettes, and who ranked which how."""

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
        """The vignettes that nobody rated; nothing below counts them."""
        return tuple(one for one in self.vignettes if not self.on[one.id])

    def to_dict(self) -> dict[str, Any]:
        """The panel as plain data, ready for JSON."""
        return {
            "vignettes": {one.id: one.situation.known() for one in self.vignettes},
            "ratings": [
                attrs.asdict(rating) | {"ranking": listed(rating.ranking)}
                for rating in self.ratings
            ],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each rating.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("rater", "vignette", "ranking"),
            rows=tuple((r.rater, r.vignette, told(r.ranking)) for r in self.ratings),
        ).frame()

    def lines(self) -> Iterator[str]:
        """How large the panel is, and what is uneven about it."""
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


def refuse_unrated(panel: Panel) -> None:
    """Refuse a *panel* of which nobody rated a vignette.

    Raises:
        PanelError: nobody did.
    """
    if not panel.rated:
        raise PanelError(
            [_problem("BE844", "nobody has rated a vignette of the panel")]
        )


def read_panel(
    ratings: Ratings, vignettes: Vignettes, *, vocabulary: Vocabulary | None = None
) -> Panel:
    """The panel that rated *vignettes*.

    A rater need not rate all vignettes, nor place all options of one. Places are
    whole numbers from 1; options that share a place have the same number, and the
    next place follows without a gap: 1, 2, 2, 3.

    Args:
        ratings: a CSV file with the columns `rater`, `vignette`, `option` and `rank`,
            a row for each option placed; or such rows as mappings, or a data frame.
        vignettes: a CSV file with the column `vignette` and one for each fact told; a
            file of facts or of cases, or a folder of them; such rows as mappings, or
            a data frame; or facts by name.
        vocabulary: the facts that can be asked; those that are shipped by default.

    Raises:
        PanelError: something in it cannot be read, or does not fit; every problem of
            the vignettes is told, or else every problem of the ratings.
    """
    known = _vignettes_of(
        vignettes, shipped_vocabulary() if vocabulary is None else vocabulary
    )
    if isinstance(ratings, str | Path):
        rows = csv_rows(ratings, _COLUMNS)
    else:
        rows = _checked_rows(_rows_given(ratings), _COLUMNS, "ratings")
    return Panel(vignettes=known, ratings=_ratings(rows, known))


def needed(module: str) -> Any:
    """The module called *module*, which an extra installs.

    Raises:
        PanelError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as missing:
        name = (missing.name or module).partition(".")[0]
        message = f"the panel cannot be looked at: {name} is not installed"
        advice = "pip install 'boundaryethics[stats]'"
        raise PanelError([_problem("BE830", message, help=advice)]) from missing


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
        """What stands under *column*, without spaces around it."""
        cell = self.cells.get(column)
        return "" if cell is None else str(cell).strip()

    def placed(self, problem: Problem, column: str) -> Problem:
        """*problem*, with the place of what stands under *column*."""
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

    def problem(
        self, code: str, column: str, message: str, advice: str | None = None
    ) -> Problem:
        """A problem with what stands under *column*."""
        token = self.text(column)
        told = _problem(code, message, help=advice, token=token)
        return self.placed(told, column)


def csv_rows(path: str | Path, columns: Iterable[str]) -> list[PanelRow]:
    """The rows of a CSV file that has these *columns*, and perhaps others.

    Raises:
        PanelError: it cannot be read, is empty, or lacks a column.
    """
    file = str(path)
    try:
        text = text_of(Path(path), file=file, most=_MOST).removeprefix("\ufeff")
        written = list(_written(text, file))
    except TextError as error:
        raise PanelError([attrs.evolve(error.problem, code="BE831")]) from None
    except csv.Error as error:
        message = f"`{file}` is no CSV file: {error}"
        raise PanelError([_problem("BE831", message)]) from None
    if not written:
        raise PanelError([_empty(f"`{file}`")])
    (where, header), *below = written
    names = [name.strip() for name in header]
    problems = list(_header_problems(names, columns, where))
    if problems:
        raise PanelError(problems)
    for where, cells in below:
        if len(cells) != len(names):
            counts = f"{len(cells)} cells, and the first row {len(names)}"
            problems.append(_problem("BE834", f"the row has {counts}", where=where))
    if problems:
        raise PanelError(problems)
    if not below:
        raise PanelError([_empty(f"`{file}`")])
    return [
        PanelRow(cells=dict(zip(names, cells, strict=True)), number=at.line, where=at)
        for at, cells in below
    ]


def _written(text: str, file: str) -> Iterator[tuple[Location, list[str]]]:
    """Each row that is not blank: its first line, and its cells."""
    lines = _LINE_END.split(text)
    reader = csv.reader(StringIO(text, newline=""))
    start = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            line = lines[start - 1] if start <= len(lines) else ""
            shown = line if ",".join(cells) == line else line[:_WIDEST_SHOWN]
            yield Location(file=file, line=start, column=1, text=shown), cells
        start = reader.line_num + 1


def _header_problems(
    names: list[str], columns: Iterable[str], where: Location
) -> Iterator[Problem]:
    found = [told for sign, told in _SEPARATORS.items() if sign in names[0]]
    if found and len(names) == 1:
        message = f"the columns are parted by {found[0]}"
        advice = "write the file with commas between its cells"
        yield _problem("BE856", message, where=where, help=advice)
        return
    for name in columns:
        if name not in names:
            near = did_you_mean(name, names)
            message = f"there is no column `{name}`"
            advice = f"{near} name it `{name}`" if near else ""
            yield _problem("BE833", message, where=where, help=advice or None)
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        message = f"column `{name}` is there twice"
        yield _problem("BE833", message, where=where, token=name)


def _rows_given(given: Any) -> list[Any] | None:
    """The rows *given*, whatever each is; None where these are no rows."""
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
            raise PanelError(
                _problem("BE833", f"column `{name}` is there twice", token=name)
                for name in dict.fromkeys(names)
                if names.count(name) > 1
            ) from None
    return list(given) if isinstance(given, Iterable) else None


def _frame_rows(frame: Any) -> list[dict[str, Any]]:
    """The rows of a data frame of any library, an empty cell as None."""
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
    """Rows *given* in Python, each a mapping with these *columns*; or every problem."""
    if given is None or not all(isinstance(cells, Mapping) for cells in given):
        under = ", ".join(f"`{name}`" for name in columns)
        advice = "name a CSV file, or give a data frame or a list of mappings, with "
        message = f"the {named} given are no rows"
        raise PanelError([_problem("BE855", message, help=advice + under)])
    rows = [PanelRow(cells=_cells(cells), number=n) for n, cells in enumerate(given, 1)]
    problems = list(_lacking(rows, columns))
    if problems:
        raise PanelError(problems)
    if not rows:
        raise PanelError([_empty(f"the {named} given")])
    return rows


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of *row*; what is no number in a column of numbers is empty."""
    return {
        str(name).strip(): None if isinstance(cell, float) and isnan(cell) else cell
        for name, cell in row.items()
    }


def _lacking(rows: list[PanelRow], columns: Sequence[str]) -> Iterator[Problem]:
    """The columns that no row has, each once; else those that a row has not."""
    found = {name for row in rows for name in row.cells}
    nowhere = [name for name in columns if rows and name not in found]
    for name in nowhere:
        advice = did_you_mean(name, found)
        yield _problem("BE833", f"there is no column `{name}`", help=advice)
    for row in rows:
        for name in columns:
            if name not in row.cells and name not in nowhere:
                yield row.problem("BE833", name, f"there is no `{name}`")


def _empty(named: str) -> Problem:
    advice = "write the names of the columns, and a row for each entry below"
    return _problem("BE832", f"there are no rows in {named}", help=advice)


def _problem(code: str, message: str, **more: Any) -> Problem:
    return Problem(code=code, message=message, **more)


# Ratings.


def _ratings(
    rows: list[PanelRow], vignettes: tuple[Vignette, ...]
) -> tuple[Rating, ...]:
    ids = [vignette.id for vignette in vignettes]
    order = {id: number for number, id in enumerate(ids)}
    problems = [(row.number, one) for row in rows for one in _row_problems(row, ids)]
    wrong = {number for number, _ in problems}
    by: dict[tuple[str, str], list[PanelRow]] = {}
    for row in rows:
        by.setdefault((row.text("vignette"), row.text("rater")), []).append(row)
    for of_rating in by.values():
        told = [(row.number, problem) for row, problem in _repeats(of_rating)]
        if not (told or wrong.intersection(row.number for row in of_rating)):
            told = [(row.number, problem) for row, problem in _gaps(of_rating)]
        problems += told
    if problems:
        raise PanelError(problem for _, problem in sorted(problems, key=lambda p: p[0]))
    keys = sorted(by, key=lambda key: (order[key[0]], key[1]))
    return tuple(_rating(*key, by[key]) for key in keys)


def _place(row: PanelRow) -> int:
    """The place in *row*, of which is known that it is one."""
    return int(row.text("rank").partition(".")[0])


def _rating(vignette: str, rater: str, rows: list[PanelRow]) -> Rating:
    place = {row.text("option"): _place(row) for row in rows}
    groups = (
        tuple(option for option in Option if place.get(option) == number)
        for number in sorted(set(place.values()))
    )
    return Rating(rater=rater, vignette=vignette, ranking=tuple(groups))


def _row_problems(row: PanelRow, vignettes: list[str]) -> Iterator[Problem]:
    rater, vignette, option, place = map(row.text, _COLUMNS)
    if not rater:
        yield row.problem("BE835", "rater", "nobody is named as the rater")
    if not vignette:
        yield row.problem("BE835", "vignette", "no vignette is named")
    elif vignette not in vignettes:
        advice = did_you_mean(vignette, vignettes)
        message = f"vignette `{vignette}` is unknown to the panel"
        yield row.problem("BE836", "vignette", message, advice)
    if option not in _OPTIONS:
        yield _no_option(row, option)
    if not place:
        message = f"option `{option}` has no place"
        advice = "leave out the row of an option that the rater did not place"
        yield row.problem("BE839", "rank", message, advice)
    elif not _PLACE.fullmatch(place) or isinstance(row.cells["rank"], bool):
        message = f"the place `{place}` is no whole number from 1"
        advice = "write places in digits, the first as 1; equals share a number"
        yield row.problem("BE839", "rank", message, advice)


def _no_option(row: PanelRow, option: str) -> Problem:
    named = f"`{option}`" if option else "an option without a name"
    near = did_you_mean(option, _OPTIONS) if option else None
    listed = "the options are " + ", ".join(f"`{name}`" for name in _OPTIONS)
    return row.problem(
        "BE837",
        "option",
        f"rater `{row.text('rater')}` ranks {named} in vignette "
        f"`{row.text('vignette')}`, which is none of the four options",
        f"{near} {listed}" if near else listed,
    )


def _repeats(rows: list[PanelRow]) -> Iterator[tuple[PanelRow, Problem]]:
    """Each row that places an option that the same rater has placed already."""
    seen: set[str] = set()
    for row in rows:
        rater, vignette, option = map(row.text, _COLUMNS[:3])
        if option in seen:
            message = (
                f"rater `{rater}` places `{option}` twice in vignette `{vignette}`"
            )
            advice = "a rater gives each option one place, or none"
            yield row, row.problem("BE838", "option", message, advice)
        seen.add(option)


def _gaps(rows: list[PanelRow]) -> Iterator[tuple[PanelRow, Problem]]:
    """The row after the first number that the places of one rating leave out."""
    places = {_place(row) for row in rows}
    missing = next(n for n in range(1, len(places) + 2) if n not in places)
    if missing > len(places):
        return
    after = min(place for place in places if place > missing)
    row = next(row for row in rows if _place(row) == after)
    written = ", ".join(map(str, sorted(map(_place, rows))))
    message = (
        f"the places of rater `{row.text('rater')}` in vignette "
        f"`{row.text('vignette')}` skip {missing}: {written}"
    )
    advice = "after a shared place the next number follows: 1, 2, 2, 3"
    yield row, row.problem("BE840", "rank", message, advice)


# Vignettes. A vignette is facts and a name: whatever else is written beside them is
# refused, so that nothing a client said is ever taken along.

#: Vignettes, and what kept others from being read.
_Reading: TypeAlias = tuple[list[Vignette], list[Problem]]


def _vignettes_of(given: Vignettes, vocabulary: Vocabulary) -> tuple[Vignette, ...]:
    """The vignettes *given*, as situations of *vocabulary*; or every problem."""
    read = list(_readings(given, vocabulary))
    problems = [problem for _, met in read for problem in met]
    if problems:
        raise PanelError(problems)
    found = [vignette for vignettes, _ in read for vignette in vignettes]
    problems = list(_unnamed(found))
    if not found:
        problems.append(_problem("BE842", "there are no vignettes here"))
    if problems:
        raise PanelError(problems)
    return tuple(found)


def _readings(given: Vignettes, vocabulary: Vocabulary) -> Iterator[_Reading]:
    if isinstance(given, Mapping):
        for id, facts in given.items():
            yield _stated(id, facts, vocabulary)
        return
    if isinstance(given, str | Path) and not str(given).lower().endswith(".csv"):
        path = Path(given)
        inside = (p for p in path.rglob("*") if p.suffix.lower() in _VIGNETTE_FILES)
        for file in sorted(inside) if path.is_dir() else [path]:
            yield _from_yaml(file, vocabulary)
        return
    if isinstance(given, str | Path):
        rows = csv_rows(given, [_NAME])
    else:
        written = _rows_given(given)
        if written is None:
            raise PanelError([_unfit()])
        rows = _checked_rows(written, [_NAME], "vignettes")
    for row in rows:
        yield _from_row(row, vocabulary)


def _stated(
    id: object, facts: Mapping[str, object] | Situation, vocabulary: Vocabulary
) -> _Reading:
    known = facts.known() if isinstance(facts, Situation) else facts
    try:
        if not isinstance(known, Mapping):
            raise SituationError([_unfit()])  # noqa: TRY301
        situation = vocabulary.situation(known)
    except SituationError as error:
        in_it = f"in vignette `{id}`: "
        return [], [attrs.evolve(p, message=in_it + p.message) for p in error.problems]
    return [Vignette(id=str(id).strip(), situation=situation)], []


def _from_row(row: PanelRow, vocabulary: Vocabulary) -> _Reading:
    """A row: under `vignette` the name, under each fact its value; empty is unknown."""
    stated = {
        fact: row.text(fact) or UNKNOWN for fact in row.cells if fact not in {_NAME, ""}
    }
    met = vocabulary.validate(stated)
    if met:
        return [], [row.placed(problem, str((*problem.path, "")[0])) for problem in met]
    situation = vocabulary.situation(stated)
    return [Vignette(id=row.text(_NAME), situation=situation, where=row.where)], []


def _from_yaml(file: Path, vocabulary: Vocabulary) -> _Reading:
    """The vignette in a file of facts, or each case of a case file."""
    try:
        text = text_of(file, file=str(file), most=MOST_OF_A_POLICY)
        data: Any = document(text, file=str(file)).data
        if isinstance(data, dict) and "cases" in data:
            return _from_cases(file, vocabulary)
        situation = load_situation(file, vocabulary)
    except TextError as error:
        return [], [attrs.evolve(error.problem, code="BE831")]
    except BoundaryEthicsError as error:
        return [], list(error.problems)
    return [Vignette(id=file.stem, situation=situation)], []


def _from_cases(file: Path, vocabulary: Vocabulary) -> _Reading:
    found: list[Vignette] = []
    problems: list[Problem] = []
    for case in load_cases(file):
        stated = dict(case.given)
        met = vocabulary.validate(stated)
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
            yield _problem("BE835", "a vignette has no name", where=one.where)
        elif one.id in seen:
            message = f"vignette `{one.id}` is there twice"
            advice = "give each vignette a name of its own"
            yield _problem("BE841", message, where=one.where, help=advice, token=one.id)
        seen.add(one.id)


def _unfit() -> Problem:
    return _problem(
        "BE843",
        "these are no vignettes",
        help="name a CSV file, a YAML file or a folder of them, give a data frame, or "
        "map names to facts",
    )
