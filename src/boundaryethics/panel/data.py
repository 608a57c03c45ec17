"""Read a panel: raters, vignettes, and the rankings that the raters gave."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from io import StringIO
from itertools import count
from math import isnan
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, final

import attrs

from boundaryethics.arguments import argument, checked
from boundaryethics.cases import load_cases
from boundaryethics.errors import (
    BoundaryEthicsError,
    Location,
    PanelError,
    Problem,
    did_you_mean,
    import_or_refuse,
    problem,
    quoted,
)
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import digest
from boundaryethics.model.rules import Option
from boundaryethics.policies import load_situation, shipped_vocabulary
from boundaryethics.policies.yaml import MOST_OF_A_POLICY, TextError, document, text_of
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
#: Separators other than commas.
_SEPARATORS = {";": "semicolons", "\t": "tabs"}
_COLUMNS = ("rater", "vignette", "option", "rank")
_OPTIONS = tuple(option.value for option in Option)
#: Data frame libraries may write integers with a decimal point.
_RANK = re.compile(r"[1-9][0-9]{0,8}(?:\.0+)?")
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
        """Return the size and the digest of the panel, to recognize it by."""
        sizes = {"raters": len(self.raters), "ratings": len(self.ratings)}
        return {
            **sizes,
            "vignettes": len(self.vignettes),
            "digest": digest(**self._data()),
        }

    def _data(self) -> dict[str, Any]:
        vignettes = {one.id: one.situation.known() for one in self.vignettes}
        return {"vignettes": vignettes, "ratings": as_data(self.ratings)}

    def lines(self) -> Iterator[str]:
        """Yield lines on the size of the panel and on missing or partial ratings."""
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
    ratings: Ratings, vignettes: Vignettes, *, vocabulary: Vocabulary | None = None
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

    Raises:
        PanelError: the input is unreadable or invalid. The error has every problem of
            the vignettes; if there are none, every problem of the ratings.
    """
    facts = shipped_vocabulary() if vocabulary is None else vocabulary
    if isinstance(ratings, str | Path):
        ratings = argument("ratings", ratings, str | Path)
    if isinstance(vignettes, str | Path):
        vignettes = argument("vignettes", vignettes, str | Path)
    known = _vignettes_of(vignettes, facts)
    rows = _rows(ratings, _COLUMNS, "ratings")
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

    def text(self, column: str) -> str:
        """Return the text in *column*, without surrounding spaces."""
        cell = self.cells.get(column)
        missing = cell is None or (isinstance(cell, float) and isnan(cell))
        return "" if missing else str(cell).strip()

    def problem(self, code: str, column: str, **words: Any) -> Problem:
        """Build a problem about the cell under *column*."""
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
        # Quotes hide the column where a cell starts: then only the row is known.
        if column in self.cells and ",".join(cells) == where.text:
            before = cells[: list(self.cells).index(column)]
            start = sum(len(cell) + 1 for cell in before) + 1
            width = max(1, len(self.cells[column]))
            where = attrs.evolve(where, column=start, width=width)
        return attrs.evolve(problem, where=where)


def _csv_rows(path: str | Path, columns: Iterable[str]) -> list[PanelRow]:
    """Read the rows of a CSV file that has at least these *columns*."""
    file = str(path)
    try:
        text = text_of(Path(path), file=file, most=_MOST).removeprefix("\ufeff")
        written = list(_written(text, file))
    except TextError as error:
        raise PanelError([attrs.evolve(error.problem, code="BE831")]) from None
    except csv.Error as error:
        raise PanelError([problem("BE831", file=file, why=error)]) from None
    empty = PanelError([problem("BE832", given=f"`{file}`")])
    if not written:
        raise empty
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
        raise empty
    return [
        PanelRow(cells=dict(zip(names, cells, strict=True)), number=at.line, where=at)
        for at, cells in below
    ]


def _written(text: str, file: str) -> Iterator[tuple[Location, list[str]]]:
    """Yield the first line and the cells of each row that is not blank."""
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
    """List the rows up to the first that is none: an iterator may never end."""
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
    source: str | Path | Given, columns: Sequence[str], named: str
) -> list[PanelRow]:
    """Read rows that have at least these *columns* from a file or from Python."""
    if isinstance(source, str | Path):
        return _csv_rows(source, columns)
    given = _rows_given(source)
    if given is None and named == "vignettes":
        raise PanelError([problem("BE843")])
    if given is None or not all(isinstance(row, Mapping) for row in given):
        wrong = problem("BE855", given=named, columns=quoted(columns))
        raise PanelError([wrong])
    rows = [
        PanelRow(cells={str(k).strip(): cell for k, cell in row.items()}, number=n)
        for n, row in enumerate(given, 1)
    ]
    found = {name for row in rows for name in row.cells}
    missing = [name for name in columns if rows and name not in found]
    problems = [
        problem("BE833.column", near=did_you_mean(name, found), name=name)
        for name in missing
    ]
    problems += (
        row.problem("BE833.cell", name, name=name)
        for row in rows
        for name in columns
        if name not in row.cells and name not in missing
    )
    if problems or not rows:
        raise PanelError(problems or [problem("BE832", given=f"the {named} given")])
    return rows


def _ratings(
    rows: list[PanelRow], vignettes: tuple[Vignette, ...]
) -> tuple[Rating, ...]:
    order = {vignette.id: number for number, vignette in enumerate(vignettes)}
    by: dict[tuple[str, str], dict[str, PanelRow]] = {}
    problems: list[tuple[int, Problem]] = []
    invalid: set[tuple[str, str]] = set()
    for row in rows:
        rater, vignette, option = words = [*map(row.text, _COLUMNS[:3])]
        found = list(_in_row(row, order))
        ranked = by.setdefault((vignette, rater), {})
        if option in ranked:
            named = dict(zip(_COLUMNS, words, strict=False))
            found.append(row.problem("BE838", "option", **named))
        ranked[option] = row
        problems += [(row.number, one) for one in found]
        if found:
            invalid.add((vignette, rater))
    problems += (
        gap for key in by if key not in invalid for gap in _gaps(by[key].values())
    )
    if problems:
        raise PanelError(one for _, one in sorted(problems, key=itemgetter(0)))
    keys = sorted(by, key=lambda key: (order[key[0]], key[1]))
    return tuple(_rating(*key, by[key]) for key in keys)


def _rank(row: PanelRow) -> int:
    return int(row.text("rank").partition(".")[0])


def _rating(vignette: str, rater: str, rows: Mapping[str, PanelRow]) -> Rating:
    ranks = {option: _rank(row) for option, row in rows.items()}
    groups = (
        tuple(option for option in Option if ranks.get(option) == number)
        for number in sorted(set(ranks.values()))
    )
    return Rating(rater=rater, vignette=vignette, ranking=tuple(groups))


def _in_row(row: PanelRow, vignettes: Iterable[str]) -> Iterator[Problem]:
    """Yield the problems of each cell of *row*."""
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
            "BE837" if option else "BE837.none",
            "option",
            near=did_you_mean(option, _OPTIONS) if option else None,
            rater=rater,
            option=option,
            vignette=vignette,
            options=quoted(_OPTIONS),
        )
    if not rank:
        yield row.problem("BE839.none", "rank", option=option)
    elif not _RANK.fullmatch(rank) or isinstance(row.cells["rank"], bool):
        yield row.problem("BE839", "rank", rank=rank)


def _gaps(rows: Collection[PanelRow]) -> Iterator[tuple[int, Problem]]:
    """Yield a problem at the first rank after a gap."""
    ranks = sorted(map(_rank, rows))
    missing = next(number for number in count(1) if number not in ranks)
    if missing < ranks[-1]:
        row = min((r for r in rows if _rank(r) > missing), key=_rank)
        words = {column: row.text(column) for column in ("rater", "vignette")}
        words |= {"missing": str(missing), "ranks": ", ".join(map(str, ranks))}
        yield row.number, row.problem("BE840", "rank", **words)


#: The name and the facts of a vignette, a function that locates the problems of these
#: facts, and the location of the vignette. Anything but a name and facts is refused, so
#: that no text of a client is stored.
_Stated: TypeAlias = tuple[
    str, Mapping[str, object], Callable[[Problem], Problem], Location | None
]


def _vignettes_of(given: Vignettes, vocabulary: Vocabulary) -> tuple[Vignette, ...]:
    found: list[Vignette] = []
    problems: list[Problem] = []
    for id, facts, locate, where in _stated(given, vocabulary, problems):
        wrong = vocabulary.validate(facts)
        problems += map(locate, wrong)
        if not wrong:
            situation = vocabulary.situation(facts)
            found.append(Vignette(id=id, situation=situation, where=where))
    problems = problems or list(_unnamed(found))
    if problems or not found:
        raise PanelError(problems or [problem("BE842")])
    return tuple(found)


def _stated(
    given: Vignettes, vocabulary: Vocabulary, problems: list[Problem]
) -> Iterator[_Stated]:
    """Yield each vignette; append what cannot be read to *problems*."""
    if isinstance(given, Mapping):
        for id, facts in given.items():
            known = facts.known() if isinstance(facts, Situation) else facts
            if isinstance(known, Mapping):
                yield str(id).strip(), known, partial(_within, id), None
            else:
                problems.append(_within(id, problem("BE843")))
    elif isinstance(given, str | Path) and not str(given).lower().endswith(".csv"):
        path = Path(given)
        inside = (p for p in path.rglob("*") if p.suffix.lower() in _VIGNETTE_FILES)
        for file in sorted(inside) if path.is_dir() else [path]:
            yield from _from_yaml(file, vocabulary, problems)
    else:
        for row in _rows(given, [_NAME], "vignettes"):
            # An empty cell is an unknown fact.
            names = [fact for fact in row.cells if fact not in {_NAME, ""}]
            facts = {fact: row.text(fact) or UNKNOWN for fact in names}
            yield row.text(_NAME), facts, row.locate, row.where


def _within(id: object, problem: Problem) -> Problem:
    return attrs.evolve(problem, message=f"in vignette `{id}`: {problem.message}")


def _from_yaml(
    file: Path, vocabulary: Vocabulary, problems: list[Problem]
) -> Iterator[_Stated]:
    """Yield the vignette in a file of facts, or each test case in a file of cases."""
    try:
        text = text_of(file, file=str(file), most=MOST_OF_A_POLICY)
        data: Any = document(text, file=str(file)).data
        if isinstance(data, dict) and "cases" in data:
            for case in load_cases(file):
                locate = partial(attrs.evolve, where=case.where)
                yield case.id or case.name, dict(case.given), locate, case.where
        else:
            situation = load_situation(file, vocabulary)
            yield file.stem, situation.known(), attrs.evolve, None
    except TextError as error:
        problems.append(attrs.evolve(error.problem, code="BE831"))
    except BoundaryEthicsError as error:
        problems += error.problems


def _unnamed(found: Iterable[Vignette]) -> Iterator[Problem]:
    seen: set[str] = set()
    for one in found:
        if not one.id:
            yield problem("BE835.unnamed", where=one.where)
        elif one.id in seen:
            yield problem("BE841", where=one.where, token=one.id, id=one.id)
        seen.add(one.id)
