"""Read a panel: raters, vignettes, and the rankings that the raters gave."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from functools import cached_property, partial
from itertools import count
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, final

import attrs

from boundaryethics._files import files_in, is_folder, printable
from boundaryethics.arguments import argument, checked
from boundaryethics.batch.encode import TRUTHS, is_missing, other_separator
from boundaryethics.cases import read_cases
from boundaryethics.errors import (
    BoundaryEthicsError,
    Location,
    PanelError,
    Problem,
    SituationError,
    did_you_mean,
    few_suggestions,
    import_or_refuse,
    problem,
    quoted,
)
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.facts import (
    UNKNOWN,
    Fact,
    Situation,
    Vocabulary,
    is_truth,
)
from boundaryethics.model.policy import digest_of_lists
from boundaryethics.model.rules import Option
from boundaryethics.policies import read_situation, shipped_vocabulary
from boundaryethics.policies.yaml import (
    MOST_OF_A_POLICY,
    TextError,
    document,
    text_of,
    unreadable,
)
from boundaryethics.render.wording import plural
from boundaryethics.report import Report, Table, as_data, facts_told, told


class Frame(Protocol):
    """Describe the attributes that every data frame has."""

    @property
    def columns(self) -> Any:
        """Return the names of the columns."""


#: Rows in Python: one mapping for each, or a data frame.
Given: TypeAlias = Iterable[Mapping[str, Any]] | Frame
#: A CSV file of ratings, or rows in Python.
Ratings: TypeAlias = str | Path | Given
#: A CSV or YAML file of vignettes, a folder of YAML files, rows in Python, or facts by
#: the name of the vignette.
Vignettes: TypeAlias = (
    str | Path | Mapping[str, Mapping[str, object] | Situation] | Given
)

#: The most bytes of a file of ratings or vignettes.
_MOST = 64 * 1024 * 1024
#: The most problems that are kept.
_MOST_PROBLEMS = 1_000
#: The codes of problems with cells, and those whose messages have no cell.
_HIDDEN = {
    "BE836": "BE836.hidden",
    "BE837": "BE837.hidden",
    "BE837.none": "BE837.blank",
    "BE838": "BE838.hidden",
    "BE839": "BE839.hidden",
    "BE839.none": "BE839.blank",
    "BE840": "BE840.hidden",
}
_COLUMNS = ("rater", "vignette", "option", "rank")
_NUMBERS = {option.value: number for number, option in enumerate(Option)}
#: Data frame libraries may write integers with a decimal point.
_RANK = re.compile(r"[1-9][0-9]{0,8}(?:\.0+)?")
_SHORT_RANKS = {str(rank): rank for rank in range(1, len(Option) + 1)}
#: A line with its end, as a file in text mode has them.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
#: The line where a row starts, the start in the text, and the cells.
_Place: TypeAlias = tuple[int, int, list[str]]
_NAME = "vignette"
_VIGNETTE_FILES = (".yaml", ".yml", ".json")


@final
@attrs.frozen(kw_only=True)
class Vignette:
    """A situation that raters are asked about: facts, and no text of a client."""

    id: str
    situation: Situation
    where: Location | None = attrs.field(default=None, eq=False, repr=False)


@final
@attrs.frozen(kw_only=True)
class Rating:
    """One rater's ranking of the options in one vignette."""

    rater: str
    vignette: str
    #: The options that the rater ranked, in groups that share a rank.
    ranking: Ranking

    @property
    def placed(self) -> tuple[Option, ...]:
        """Return the options that the rater ranked, in order."""
        return tuple(option for group in self.ranking for option in group)

    @property
    def is_whole(self) -> bool:
        """Return whether the rater ranked all four options."""
        return len(self.placed) == len(Option)


@final
@attrs.frozen(kw_only=True)
class Panel(Report):
    """Raters, vignettes, and the rankings that the raters gave."""

    vignettes: tuple[Vignette, ...]
    #: One for each rater and each vignette that this rater rated.
    ratings: tuple[Rating, ...]

    @cached_property
    def raters(self) -> tuple[str, ...]:
        """Return the raters, sorted."""
        return tuple(sorted({rating.rater for rating in self.ratings}))

    @cached_property
    def on(self) -> Mapping[str, tuple[Rating, ...]]:
        """Map each vignette to its ratings."""
        by: dict[str, list[Rating]] = {vignette.id: [] for vignette in self.vignettes}
        for rating in self.ratings:
            by[rating.vignette].append(rating)
        return MappingProxyType({id: tuple(ratings) for id, ratings in by.items()})

    @property
    def rated(self) -> tuple[Vignette, ...]:
        """Return the vignettes that have a rating."""
        return tuple(vignette for vignette in self.vignettes if self.on[vignette.id])

    @property
    def unrated(self) -> tuple[Vignette, ...]:
        """Return the vignettes without a rating; no analysis counts them."""
        return tuple(one for one in self.vignettes if not self.on[one.id])

    @property
    def reference(self) -> dict[str, Any]:
        """Return the size and the digest of the panel, which identify it."""
        sizes = {"raters": len(self.raters), "ratings": len(self.ratings)}
        return {**sizes, "vignettes": len(self.vignettes), "digest": self._digest}

    @cached_property
    def _digest(self) -> str:
        """Return the digest of the data, which are not all made at once."""
        vignettes = {one.id: one.situation.known() for one in self.vignettes}
        ratings = map(as_data, self.ratings)
        return digest_of_lists({"ratings": ratings}, vignettes=vignettes)

    def _data(self) -> dict[str, Any]:
        vignettes = {one.id: one.situation.known() for one in self.vignettes}
        return {"vignettes": vignettes, "ratings": as_data(self.ratings)}

    def lines(self) -> Iterator[str]:
        """Yield lines about the panel's size, and missing or partial ratings."""
        raters, rated = len(self.raters), len(self.rated)
        sizes = {"rater": raters, "vignette": rated, "rating": len(self.ratings)}
        yield ", ".join(plural(size, thing) for thing, size in sizes.items())
        missing = raters * rated - len(self.ratings)
        if missing:
            yield f"missing ratings: {missing:,}"
        partial = sum(not rating.is_whole for rating in self.ratings)
        if partial:
            yield f"partial rankings: {partial:,}"
        if self.unrated:
            yield f"vignettes without ratings: {', '.join(v.id for v in self.unrated)}"

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
        rows = tuple((r.rater, r.vignette, told(r.ranking)) for r in self.ratings)
        return Table(columns=("rater", "vignette", "ranking"), rows=rows)


@checked
def read_panel(
    ratings: Ratings,
    vignettes: Vignettes,
    *,
    vocabulary: Vocabulary | None = None,
    show_values: bool = False,
) -> Panel:
    """Read a panel: *ratings* of *vignettes*.

    Raters may leave out vignettes, and options of a vignette. Ranks are integers from 1
    without gaps. Options that share a rank have the same number: 1, 2, 2, 3.

    Args:
        ratings: a CSV file with the columns `rater`, `vignette`, `option` and `rank`
            and a row for each ranked option; or such rows as mappings or a data frame.
        vignettes: a CSV file with the column `vignette` and one for each fact; a file
            of facts or of test cases, or a folder of them; such rows as mappings or a
            data frame; or a mapping of names to facts.
        vocabulary: the facts that vignettes may have; the built-in ones by default.
        show_values: whether problems show the values of cells, which may be a client's
            words.

    Raises:
        PanelError: the input is unreadable or invalid. The error has the problems of
            the vignettes; if there are none, those of the ratings; the first 1,000.
    """
    facts = shipped_vocabulary() if vocabulary is None else vocabulary
    if isinstance(ratings, str | Path):
        ratings = argument("ratings", ratings, str | Path)
    if isinstance(vignettes, str | Path):
        vignettes = argument("vignettes", vignettes, str | Path)
    known = _vignettes_of(vignettes, facts, show_values=show_values)
    rows = _rows(ratings, _COLUMNS, "ratings", show_values=show_values)
    return Panel(vignettes=known, ratings=_ratings(rows, known))


#: Imports a library; raises a `PanelError` if it is not installed.
needed = partial(import_or_refuse, error=PanelError, code="BE830")


@final
@attrs.frozen(kw_only=True)
class PanelRow:
    """One row of a CSV file, or of rows in Python."""

    cells: Mapping[str, Any]
    #: The line in the file; without a file, the count from 1.
    number: int
    #: The row's first line; None without a file.
    where: Location | None = None
    #: Whether problems show the values of cells.
    show_values: bool = False

    def text(self, column: str) -> str:
        """Return the text in *column*, without surrounding spaces."""
        return _text(self.cells.get(column))

    def fact(self, fact: Fact | None, column: str) -> object:
        """Return the value in *column*; an empty cell is unknown."""
        cell = self.cells[column]
        text = _text(cell)
        if self.where and fact and fact.is_yes_no:
            return TRUTHS.get(text, text or UNKNOWN)
        return bool(cell) if is_truth(cell) else text or UNKNOWN

    def problem(self, code: str, column: str, **words: Any) -> Problem:
        """Build a problem about the cell under *column*."""
        if not self.show_values:
            return self.locate(problem(_HIDDEN[code], **words), column)
        token = self.text(column)
        return self.locate(problem(code, token=token, **words), column)

    def locate(self, problem: Problem, column: str | None = None) -> Problem:
        """Return *problem* with the location of its cell, by default by its path."""
        column = str((*problem.path, "")[0]) if column is None else column
        where = self.where
        if where is None:
            message = f"row {self.number}: {problem.message}"
            return attrs.evolve(problem, message=message)
        cells = list(self.cells.values())
        # If cells are quoted, the column of a cell is not known, only the row.
        if column in self.cells and ",".join(cells) == where.text:
            before = cells[: list(self.cells).index(column)]
            start = sum(len(cell) + 1 for cell in before) + 1
            width = max(1, len(self.cells[column]))
            where = attrs.evolve(where, column=start, width=width)
        return attrs.evolve(problem, where=_shown(where, show_values=self.show_values))


def _shown(where: Location, *, show_values: bool) -> Location:
    return where if show_values else attrs.evolve(where, text="")


def _text(cell: Any) -> str:
    """Return the text of *cell*, without surrounding spaces."""
    if type(cell) is str:
        return cell.strip()
    return "" if is_missing(cell) else str(cell).strip()


@final
class _File:
    """The rows of a CSV file; the text is read once, and its rows as they are used."""

    def __init__(
        self, path: str | Path, columns: Iterable[str], *, show_values: bool
    ) -> None:
        self._file = str(path)
        self._show = show_values
        try:
            text = text_of(Path(path), file=self._file, most=_MOST)
            self._content = text.removeprefix("\ufeff")
            header = next(self._written(), None)
        except TextError as error:
            found = attrs.evolve(error.problem, code="BE831")
            if found.where:
                where = _shown(found.where, show_values=show_values)
                found = attrs.evolve(found, where=where)
            raise PanelError([found]) from None
        if header is None:
            raise self._empty()
        self._names = [name.strip() for name in header[-1]]
        problems = [
            attrs.evolve(one, where=self._where(header))
            for one in _in_header(self._names, columns)
        ]
        if problems:
            raise PanelError(problems)

    def _empty(self) -> PanelError:
        return PanelError([problem("BE832", given=f"`{self._file}`")])

    def __iter__(self) -> Iterator[PanelRow]:
        return map(self.row, self._rows())

    def texts(self, columns: Sequence[str]) -> Iterator[tuple[Any, list[str]]]:
        """Yield each row's place and its texts in *columns*."""
        numbers = [self._names.index(name) for name in columns]
        for place in self._rows():
            cells = place[-1]
            yield place, [cells[n].strip() for n in numbers]

    def row(self, place: _Place) -> PanelRow:
        """Return the row at *place*."""
        cells = dict(zip(self._names, place[-1], strict=True))
        return PanelRow(
            cells=cells,
            number=place[0],
            where=self._where(place, text=True),
            show_values=self._show,
        )

    def _where(self, place: _Place, *, text: bool = False) -> Location:
        """Return the first line of a row, with its *text* or if values are shown."""
        number, start, _ = place
        first = _LINE.match(self._content, start) if text or self._show else None
        line = first.group().rstrip("\r\n") if first else ""
        return Location(file=self._file, line=number, column=1, text=line)

    def _rows(self) -> Iterator[_Place]:
        size, problems = len(self._names), _Problems()
        written = self._written()
        next(written)
        empty = True
        for place in written:
            empty = False
            cells = len(place[-1])
            if cells != size:
                where = self._where(place)
                problems.add(
                    place[0], problem("BE834", where=where, cells=cells, names=size)
                )
            elif not problems.number:
                yield place
        if problems.number:
            raise problems.error()
        if empty:
            raise self._empty()

    def _written(self) -> Iterator[_Place]:
        """Yield the first line, its start and the cells of each row that is not blank.

        Raises:
            PanelError: the text is not CSV.
        """
        end = start = 0

        def lines() -> Iterator[str]:
            nonlocal end
            for found in _LINE.finditer(self._content):
                end = found.end()
                yield found.group()

        reader = csv.reader(lines())
        number = 1
        try:
            for cells in reader:
                if any(cells) and any(map(str.strip, cells)):
                    yield number, start, cells
                start, number = end, reader.line_num + 1
        except csv.Error as error:
            wrong = problem("BE831.csv", file=self._file, why=error)
            raise PanelError([wrong]) from None


@final
class _Given:
    """Rows that are given in Python."""

    def __init__(self, rows: Iterable[Mapping[str, Any]], *, show_values: bool) -> None:
        self._show = show_values
        self._cells = [
            row if _is_plain(row) else {str(k).strip(): cell for k, cell in row.items()}
            for row in rows
        ]

    def __iter__(self) -> Iterator[PanelRow]:
        return map(self.row, enumerate(self._cells, 1))

    def texts(self, columns: Sequence[str]) -> Iterator[tuple[Any, list[str]]]:
        """Yield each row's place and its texts in *columns*."""
        for place in enumerate(self._cells, 1):
            cells = place[1]
            yield place, [_text(cells.get(name)) for name in columns]

    def row(self, place: tuple[int, Mapping[str, Any]]) -> PanelRow:
        """Return the row at *place*."""
        number, cells = place
        return PanelRow(cells=cells, number=number, show_values=self._show)


def _is_plain(row: Mapping[Any, Any]) -> bool:
    return type(row) is dict and all(type(k) is str and k == k.strip() for k in row)


@final
class _Problems:
    """Problems with the numbers of their rows; all are counted, and few are kept."""

    def __init__(self) -> None:
        self.number = 0
        self._kept: list[tuple[int, Problem]] = []

    @property
    def is_full(self) -> bool:
        """Whether no more problems are kept."""
        return len(self._kept) >= _MOST_PROBLEMS

    def add(self, row: int, found: Problem | None) -> None:
        """Count a problem, and keep it if few are kept."""
        self.number += 1
        if found is not None and not self.is_full:
            self._kept.append((row, found))

    def error(self) -> PanelError:
        """Return the error that has the problems by row."""
        kept = [one for _, one in sorted(self._kept, key=itemgetter(0))]
        if more := self.number - len(kept):
            kept.append(problem("BE858", more=more))
        return PanelError(kept)


def _in_header(names: list[str], columns: Iterable[str]) -> Iterator[Problem]:
    if signs := other_separator(names):
        yield problem("BE856", signs=signs)
        return
    for name in columns:
        if name not in names:
            near = did_you_mean(name, names)
            code = "BE833.near" if near else "BE833.column"
            yield problem(code, near=near, name=name)
    yield from _repeated_columns(names)


def _repeated_columns(names: list[str]) -> Iterator[Problem]:
    for name, times in Counter(names).items():
        if times > 1:
            yield problem("BE833.twice", name=name, token=name)


def _rows_given(given: Any) -> list[Any] | None:
    """List the rows of a data frame or an iterable; return None for anything else."""
    if isinstance(given, str | bytes | Mapping):
        return None
    if callable(getattr(given, "to_pylist", None)):
        return list(given.to_pylist())
    if hasattr(type(given), "columns"):
        narwhals = needed("narwhals")
        try:
            frame = narwhals.from_native(given, eager_only=True, pass_through=True)
        except narwhals.exceptions.DuplicateError:
            names = [str(name) for name in given.columns]
            raise PanelError(_repeated_columns(names)) from None
        if isinstance(frame, narwhals.DataFrame):
            cells = [
                [None if empty else cell for cell, empty in zip(*lists, strict=True)]
                for column in frame.iter_columns()
                for lists in [(column.to_list(), column.is_null().to_list())]
            ]
            rows = zip(*cells, strict=True)
            return [dict(zip(frame.columns, row, strict=True)) for row in rows]
    return _taken(given) if isinstance(given, Iterable) else None


def _taken(given: Iterable[Any]) -> list[Any]:
    """List the rows up to the first invalid one: an iterator may never end."""
    rows: list[Any] = []
    for row in _read(given):
        rows.append(row)
        if not isinstance(row, Mapping):
            break
    return rows


def _read(given: Iterable[Any]) -> Iterator[Any]:
    try:
        yield from given
    except Exception as error:
        found = f"an error after the last row: `{type(error).__name__}`"
        wrong = problem("BE410", name="rows", expected="mappings", found=found)
        raise PanelError([wrong]) from error


def _rows(
    source: str | Path | Given, columns: Sequence[str], named: str, *, show_values: bool
) -> _File | _Given:
    """Read rows that have at least these *columns* from a file or from Python."""
    if isinstance(source, str | Path):
        return _File(source, columns, show_values=show_values)
    given = _rows_given(source)
    if given is None and named == "vignettes":
        raise PanelError([problem("BE843")])
    if given is None or not all(isinstance(row, Mapping) for row in given):
        wrong = problem("BE855", given=named, columns=quoted(columns))
        raise PanelError([wrong])
    rows = _Given(given, show_values=show_values)
    if not given:
        raise PanelError([problem("BE832", given=f"the {named} given")])
    found = {name for row in rows for name in row.cells}
    missing = [name for name in columns if name not in found]
    problems = _Problems()
    for name in missing:
        near = did_you_mean(name, found)
        problems.add(0, problem("BE833.column", near=near, name=name))
    wanted = [name for name in columns if name in found]
    for row in rows:
        for name in wanted:
            if name not in row.cells:
                lacking = problem("BE833.cell", name=name)
                problems.add(row.number, row.locate(lacking, name))
    if problems.number:
        raise problems.error()
    return rows


#: The ranks that a rater gives the options, in their order; 0 for none.
_Ranks: TypeAlias = tuple[int, ...]
_UNRANKED: _Ranks = (0,) * len(Option)


@few_suggestions()
def _ratings(
    rows: _File | _Given, vignettes: tuple[Vignette, ...]
) -> tuple[Rating, ...]:
    # Equal texts and ranks are shared: a panel has few different ones.
    by: dict[str, dict[str, _Ranks]] = {vignette.id: {} for vignette in vignettes}
    shared: dict[_Ranks, _Ranks] = {}
    raters: dict[str, str] = {}
    invalid: set[tuple[str, str]] = set()
    problems = _Problems()
    for place, (rater, vignette, option, text) in rows.texts(_COLUMNS):
        ranks, number, rank = by.get(vignette), _NUMBERS.get(option), _rank(text)
        if rater and ranks is not None and number is not None and rank:
            before = ranks.get(rater, _UNRANKED)
            if not before[number]:
                after = (*before[:number], rank, *before[number + 1 :])
                name = raters.setdefault(rater, rater)
                ranks[name] = shared.setdefault(after, after)
                continue
        invalid.add((vignette, rater))
        if problems.is_full:
            problems.add(place[0], None)
            continue
        row = rows.row(place)
        for one in _in_row(row, by):
            problems.add(row.number, one)
    gaps = {
        (vignette, rater)
        for vignette, ranks in by.items()
        for rater, placed in ranks.items()
        if _missing(placed) and (vignette, rater) not in invalid
    }
    for number, gap in _gaps(rows, by, gaps) if gaps else ():
        problems.add(number, gap)
    if problems.number:
        raise problems.error()
    rankings = {ranks: _ranking(ranks) for ranks in shared}
    return tuple(
        Rating(rater=rater, vignette=vignette, ranking=rankings[ranks])
        for vignette, of_raters in by.items()
        for rater, ranks in sorted(of_raters.items())
    )


def _rank(text: str) -> int:
    """Return the rank that *text* states, or 0 if it is not a rank."""
    if text in _SHORT_RANKS:
        return _SHORT_RANKS[text]
    return int(text.partition(".")[0]) if _RANK.fullmatch(text) else 0


def _ranking(ranks: _Ranks) -> Ranking:
    return tuple(
        tuple(option for option, rank in zip(Option, ranks, strict=True) if rank == one)
        for one in sorted({*ranks} - {0})
    )


def _in_row(
    row: PanelRow, rated: Mapping[str, Mapping[str, _Ranks]]
) -> Iterator[Problem]:
    """Yield the problems of each cell of *row*."""
    rater, vignette, option, rank = map(row.text, _COLUMNS)
    if not rater:
        yield row.locate(problem("BE835.rater"), "rater")
    if not vignette:
        yield row.locate(problem("BE835.vignette"), "vignette")
    elif vignette not in rated:
        near = did_you_mean(vignette, rated) if row.show_values else None
        yield row.problem("BE836", "vignette", near=near, vignette=vignette)
    words = {"rater": rater, "vignette": vignette, "option": option}
    if not option:
        yield row.problem("BE837.none", "option", options=quoted(_NUMBERS), **words)
    elif option not in _NUMBERS:
        near = did_you_mean(option, _NUMBERS)
        yield row.problem(
            "BE837", "option", near=near, options=quoted(_NUMBERS), **words
        )
    elif rated.get(vignette, {}).get(rater, _UNRANKED)[_NUMBERS[option]]:
        yield row.problem("BE838", "option", **words)
    if not rank:
        yield row.problem("BE839.none", "rank", option=option)
    elif not _rank(rank):
        yield row.problem("BE839", "rank", rank=rank)


def _missing(ranks: _Ranks) -> int:
    """Return the first rank that *ranks* skip, or 0."""
    first = next(number for number in count(1) if number not in ranks)
    return first if first < max(ranks) else 0


def _gaps(
    rows: _File | _Given,
    by: Mapping[str, Mapping[str, _Ranks]],
    gaps: Collection[tuple[str, str]],
) -> Iterator[tuple[int, Problem]]:
    """Yield for each of *gaps* a problem at the first rank after the gap."""
    first: dict[tuple[str, str], tuple[int, Any]] = {}
    for place, (rater, vignette, _, text) in rows.texts(_COLUMNS):
        key, rank = (vignette, rater), _rank(text)
        if key in gaps and rank > _missing(by[vignette][rater]):
            found = first.get(key)
            if found is None or rank < found[0]:
                first[key] = rank, place
    for (vignette, rater), (_, place) in first.items():
        ranks = sorted(rank for rank in by[vignette][rater] if rank)
        row = rows.row(place)
        words = {
            "missing": str(_missing((*ranks,))),
            "ranks": ", ".join(map(str, ranks)),
        }
        words |= {"rater": rater, "vignette": vignette}
        yield row.number, row.problem("BE840", "rank", **words)


#: The name and the facts of a vignette, a function that locates the problems of these
#: facts, and the location of the vignette. Anything other than a name and facts is
#: refused, so that no client text is stored.
_Stated: TypeAlias = tuple[
    str, Mapping[str, object], Callable[[Problem], Problem], Location | None
]


def _vignettes_of(
    given: Vignettes, vocabulary: Vocabulary, *, show_values: bool
) -> tuple[Vignette, ...]:
    found: list[Vignette] = []
    problems = _Problems()
    shared: dict[str, str] = {}
    reading = _stated(given, vocabulary, problems, show_values=show_values)
    for number, (id, facts, locate, where) in enumerate(reading):
        try:
            row = vocabulary.situation(facts).row
        except SituationError:
            for one in vocabulary.validate(facts, show_values=show_values):
                problems.add(number, None if problems.is_full else locate(one))
            continue
        # A panel has few different values.
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
    given: Vignettes, vocabulary: Vocabulary, problems: _Problems, *, show_values: bool
) -> Iterator[_Stated]:
    """Yield each vignette; append what cannot be read to *problems*."""
    if isinstance(given, Mapping):
        for id, facts in given.items():
            known = facts.known() if isinstance(facts, Situation) else facts
            if isinstance(known, Mapping):
                yield str(id).strip(), known, partial(_within, id), None
            else:
                problems.add(0, _within(id, problem("BE843")))
    elif isinstance(given, str | Path) and not str(given).lower().endswith(".csv"):
        try:
            for file in _vignette_files(Path(given)):
                yield from _from_yaml(file, vocabulary, problems)
        except OSError as error:
            unread = unreadable(str(error.filename), error)
            problems.add(0, attrs.evolve(unread, code="BE831"))
    elif _NAME in vocabulary:
        problems.add(0, problem("BE833.fact", name=_NAME, token=_NAME))
    else:
        for row in _rows(given, [_NAME], "vignettes", show_values=show_values):
            names = [fact for fact in row.cells if fact not in {_NAME, ""}]
            values = {f: row.fact(vocabulary.by_name.get(f), f) for f in names}
            where = row.where and _shown(row.where, show_values=show_values)
            yield row.text(_NAME), values, row.locate, where


def _vignette_files(path: Path) -> Iterator[Path]:
    """Yield the files to read: *path*, or those in it if it is a folder."""
    if is_folder(path):
        for file, _ in files_in(path, str(path), _VIGNETTE_FILES):
            yield Path(str(file))
    else:
        yield path


def _within(id: object, problem: Problem) -> Problem:
    return attrs.evolve(problem, message=f"in vignette `{id}`: {problem.message}")


def _from_yaml(
    file: Path, vocabulary: Vocabulary, problems: _Problems
) -> Iterator[_Stated]:
    """Yield the vignette in a file of facts, or each test case in a file of cases."""
    try:
        text = text_of(file, file=str(file), most=MOST_OF_A_POLICY)
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
