"""Read ratings: the ranks that raters give the options, in one of two layouts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import accumulate, count
from typing import Any, TypeAlias, final

import attrs

from boundaryethics._files import Digests
from boundaryethics.batch.reading import (
    SLOT,
    Reading,
    codes_for,
    own_columns,
)
from boundaryethics.errors import (
    PanelError,
    Problem,
    did_you_mean,
    few_suggestions,
    problem,
    quoted,
    reading_option,
)
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel.data import Rating, Vignette
from boundaryethics.panel.rows import PanelRow, Problems, Rows, Wanted, rows_of
from boundaryethics.policies.codebook import RATING_COLUMNS

OPTIONS = {option.value: number for number, option in enumerate(Option)}
#: Matches whole ranks and mean ranks. Data frames may write both with a decimal point.
_RANK = re.compile(r"([1-9][0-9]{0,8})(?:\.(0+|50*))?")
_SHORT_RANKS = {str(rank): 2 * rank for rank in range(1, len(Option) + 1)}
#: Twice the rank that a rater gives each option, in the order of the options; 0 if
#: there is none. Doubling makes mean ranks integers.
_Ranks: TypeAlias = tuple[int, ...]
_UNRANKED: _Ranks = (0,) * len(Option)
#: The columns that a row of ratings has in the wide layout.
_NAMES = ("rater", "vignette")


@final
class _WideRows:
    """Adapter that splits rows with a rank column per option into one row per rank."""

    def __init__(self, rows: Rows, columns: Mapping[str, tuple[str, str]]) -> None:
        self._rows = rows
        #: The vignette and the option of each column. The vignette is empty if the row
        #: names it.
        self._columns = columns

    def texts(self, _names: Sequence[str]) -> Iterator[tuple[Any, list[str]]]:
        """Yield the position and the cells for each rank that a rater gave."""
        own = [name for name in _NAMES if name in self._rows.names]
        for place, texts in self._rows.texts([*own, *self._columns]):
            named = dict(zip(own, texts, strict=False))
            ranks = zip(self._columns.items(), texts[len(own) :], strict=True)
            for (column, (vignette, option)), rank in ranks:
                if rank:
                    of = vignette or named["vignette"]
                    yield (place, column), [named["rater"], of, option, rank]

    def row(self, place: tuple[Any, str]) -> PanelRow:
        """Return the row at *place*, with only the rank from the column in *place*."""
        inner, column = place
        row = self._rows.row(inner)
        vignette, option = self._columns[column]
        cells = {"option": option, "rank": row.cells[column]}
        cells |= {"vignette": vignette} if vignette else {}
        places = {**row.places, "rank": row.places.get(column, 0)}
        return attrs.evolve(
            row,
            cells={**row.cells, **cells},
            places=places if row.written else {},
        )


def ratings_of(
    given: Any,
    vignettes: tuple[Vignette, ...],
    how: Reading,
    *,
    source: str,
    show_values: bool,
    digests: Digests,
) -> tuple[Rating, ...]:
    """Read ratings of *vignettes*; raise a `PanelError` with every problem.

    *source* is a phrase that names the file of vignettes in problems; it is empty if
    there is no such file.
    The digest of the ratings file is added to *digests*.
    """
    read = partial(rows_of, given, show_values=show_values, digests=digests)
    own = own_columns(how)
    known = (*RATING_COLUMNS, *OPTIONS)
    stated = {name: column for name, column in own.items() if name in known}
    if how.layout == "long":
        stated = {name: c for name, c in stated.items() if name in RATING_COLUMNS}
        wanted = Wanted(how=how, required=RATING_COLUMNS, stated=stated)
        rows = read(wanted, "ratings")
        return _ratings(rows, vignettes, how, source)
    patterns = {name: stated.get(name, name) for name in OPTIONS}
    if any(SLOT in column for column in patterns.values()):
        columns = {
            f"{option} {vignette.id}": (vignette.id, option)
            for vignette in vignettes
            for option in OPTIONS
        }
        stated = {name: c for name, c in stated.items() if name == "rater"} | {
            name: patterns[option].replace(SLOT, vignette)
            for name, (vignette, option) in columns.items()
        }
        wanted = Wanted(how=how, required=("rater",), stated=stated, optional=columns)
    else:
        stated = {
            name: c for name, c in stated.items() if name not in {"option", "rank"}
        }
        columns = {option: ("", option) for option in OPTIONS}
        wanted = Wanted(how=how, required=(*_NAMES, *OPTIONS), stated=stated)
    rows = read(wanted, "ratings")
    there = {name: one for name, one in columns.items() if name in rows.names}
    _refuse_gaps(there, patterns)
    return _ratings(_WideRows(rows, there), vignettes, how, source)


def _refuse_gaps(
    there: Mapping[str, tuple[str, str]], patterns: Mapping[str, str]
) -> None:
    """Raise an error if there are no rank columns, or a vignette lacks some of them."""
    found = Counter(vignette for vignette, _ in there.values())
    wrong = [
        problem("BE833.pattern", vignette=vignette, columns=quoted(patterns.values()))
        for vignette, number in found.items()
        if number < len(OPTIONS)
    ]
    if not found:
        wrong = [problem("BE833.none", columns=quoted(patterns.values()))]
    if wrong:
        raise PanelError(wrong)


@few_suggestions()
def _ratings(
    rows: Rows | _WideRows,
    vignettes: tuple[Vignette, ...],
    how: Reading,
    source: str,
) -> tuple[Rating, ...]:
    # Equal strings and ranks share one object, because a panel has few different ones.
    by: dict[str, dict[str, _Ranks]] = {vignette.id: {} for vignette in vignettes}
    shared: dict[_Ranks, _Ranks] = {}
    raters: dict[str, str] = {}
    invalid: set[tuple[str, str]] = set()
    problems = Problems()
    # An empty rank counts as missing only if the caller has defined codes for ranks.
    may_lack = bool(codes_for(how, "rank"))
    for place, (rater, vignette, option, text) in rows.texts(RATING_COLUMNS):
        ranks, number = by.get(vignette), OPTIONS.get(option)
        rank = _rank(text, how)
        if rater and ranks is not None and number is not None and rank:
            before = ranks.get(rater, _UNRANKED)
            if not before[number]:
                after = (*before[:number], rank, *before[number + 1 :])
                name = raters.setdefault(rater, rater)
                ranks[name] = shared.setdefault(after, after)
                continue
        lacks = may_lack and not text
        if lacks and rater and ranks is not None and number is not None:
            continue
        invalid.add((vignette, rater))
        if problems.is_full:
            problems.add(place[0], None)
            continue
        row = rows.row(place)
        for one in _in_row(row, by, how, source, lacks=lacks):
            problems.add(row.number, one)
    flaws = {ranks: flaw for ranks in shared if (flaw := _flaw(ranks))}
    flawed = {
        (vignette, rater): flaws[placed]
        for vignette, ranks in by.items()
        for rater, placed in (ranks.items() if flaws else ())
        if placed in flaws and (vignette, rater) not in invalid
    }
    for number, one in _flawed(rows, by, flawed, how) if flawed else ():
        problems.add(number, one)
    if problems.number:
        raise problems.error()
    rankings = {ranks: _ranking(ranks) for ranks in shared}
    return tuple(
        Rating(rater=rater, vignette=vignette, ranking=rankings[ranks])
        for vignette, of_raters in by.items()
        for rater, ranks in sorted(of_raters.items())
    )


def _rank(text: str, how: Reading) -> int:
    """Return twice the rank that *text* states, or 0 if it is not a rank."""
    if text in _SHORT_RANKS:
        return _SHORT_RANKS[text]
    found = _RANK.fullmatch(text.replace(how.decimal, "."))
    if not found:
        return 0
    return 2 * int(found[1]) + (found[2] or "").startswith("5")


def _ranking(ranks: _Ranks) -> Ranking:
    return tuple(
        tuple(option for option, rank in zip(Option, ranks, strict=True) if rank == one)
        for one in sorted({*ranks} - {0})
    )


def _in_row(
    row: PanelRow,
    rated: Mapping[str, Mapping[str, _Ranks]],
    how: Reading,
    source: str,
    *,
    lacks: bool,
) -> Iterator[Problem]:
    """Yield the problems with the cells of *row*; with *lacks*, allow an empty rank."""
    rater, vignette, option, rank = map(row.text, RATING_COLUMNS)
    if not rater:
        yield row.locate(problem("BE835.rater"), "rater")
    if not vignette:
        yield row.locate(problem("BE835.vignette"), "vignette")
    elif vignette not in rated:
        near = did_you_mean(vignette, rated) if row.show_values else None
        named: dict[str, Any] = {"vignette": vignette, "source": source}
        yield row.problem("BE836", "vignette", near=near, **named)
    words = {"rater": rater, "vignette": vignette, "option": option}
    words |= {
        "options": quoted(OPTIONS),
        "codebook": reading_option("codebook", "FILE"),
    }
    if not option:
        yield row.problem("BE837.none", "option", **words)
    elif option not in OPTIONS:
        near = did_you_mean(option, OPTIONS)
        yield row.problem("BE837", "option", near=near, **words)
    elif rated.get(vignette, {}).get(rater, _UNRANKED)[OPTIONS[option]]:
        yield row.problem("BE838", "option", **words)
    if not rank and not lacks:
        na = reading_option("na", "")
        yield row.problem("BE839.none", "rank", option=option, na=na)
    elif not lacks and not _rank(rank, how):
        na = reading_option("na", rank if row.show_values else "CODE")
        comma = reading_option("decimal", ",")
        near = (
            f"if commas are decimal separators, use {comma};" if "," in rank else None
        )
        code = "BE839" if any(map(str.isdigit, rank)) else "BE839.word"
        more = {"na": na, "codebook": words["codebook"]}
        yield row.problem(code, "rank", near=near, rank=rank, **more)


@attrs.frozen
class _Flaw:
    """The reason why the numbering of ranks is invalid, and the ranks that show it."""

    code: str
    #: The rank that is missing, or that is not a valid mean rank.
    rank: str
    #: Twice the lowest rank that shows the error.
    least: int


def _flaw(ranks: _Ranks) -> _Flaw | None:
    """Return why the numbering of *ranks* is invalid, or None if it is valid.

    Valid examples are 1, 2, 2, 3 (dense ranks), 1, 2, 2, 4 (competition ranks), and
    1, 2.5, 2.5, 4 (mean ranks).
    """
    sizes = sorted(Counter(rank for rank in ranks if rank).items())
    before = [0, *accumulate(size for _, size in sizes)]
    groups = [*zip(sizes, before[:-1], strict=True)]
    dense = all(rank == 2 * n for n, (rank, _) in enumerate(sizes, 1))
    competition = all(rank == 2 * (past + 1) for (rank, _), past in groups)
    mean = [rank for (rank, size), past in groups if rank != 2 * past + size + 1]
    if dense or competition or not mean:
        return None
    if halves := [rank for rank, _ in sizes if rank % 2]:
        wrong = next((rank for rank in halves if rank in mean), mean[0])
        return _Flaw("BE840.mean", _rank_text(wrong), wrong)
    # Ranks without a gap are dense.
    missing = next(number for number in count(1) if 2 * number not in ranks)
    return _Flaw("BE840", str(missing), 2 * missing + 1)


def _rank_text(rank: int) -> str:
    return f"{rank // 2}{'.5' * (rank % 2)}"


def _flawed(
    rows: Rows | _WideRows,
    by: Mapping[str, Mapping[str, _Ranks]],
    flawed: Mapping[tuple[str, str], _Flaw],
    how: Reading,
) -> Iterator[tuple[int, Problem]]:
    """Yield a problem for each flaw in *flawed*, at the first rank that shows it."""
    first: dict[tuple[str, str], tuple[int, Any]] = {}
    for place, (rater, vignette, _, text) in rows.texts(RATING_COLUMNS):
        key, rank = (vignette, rater), _rank(text, how)
        if key in flawed and rank >= flawed[key].least:
            found = first.get(key)
            if found is None or rank < found[0]:
                first[key] = rank, place
    for (vignette, rater), (_, place) in first.items():
        flaw = flawed[vignette, rater]
        ranks = sorted(rank for rank in by[vignette][rater] if rank)
        row = rows.row(place)
        words = {"rank": flaw.rank, "ranks": ", ".join(map(_rank_text, ranks))}
        words["na"] = reading_option("na", "CODE")
        words |= {"rater": rater, "vignette": vignette}
        yield row.number, row.problem(flaw.code, "rank", **words)
