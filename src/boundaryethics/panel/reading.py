"""Read a panel: ratings and vignettes in, checked values or every problem out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import PanelError, Problem
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.options import Option
from boundaryethics.panel.frames import Given
from boundaryethics.panel.rows import Row, csv_rows, given_rows
from boundaryethics.panel.values import Panel, Rating, Vignette
from boundaryethics.panel.vignettes import Vignettes, vignettes_of
from boundaryethics.policyfile import shipped_vocabulary

#: A CSV file of ratings, or its rows, in a data frame or as they are.
Ratings: TypeAlias = str | Path | Given

_COLUMNS = ("rater", "vignette", "option", "place")
_OPTIONS = tuple(option.value for option in Option)
#: With nothing behind the point where a library of frames writes whole numbers so.
_PLACE = re.compile(r"[1-9][0-9]{0,8}(?:\.0+)?")


def read_panel(
    ratings: Ratings, vignettes: Vignettes, *, vocabulary: Vocabulary | None = None
) -> Panel:
    """The panel that rated *vignettes*.

    A rater need not rate all vignettes, nor place all options of one. Places are
    whole numbers from 1; options that share a place have the same number, and the
    next place follows without a gap: 1, 2, 2, 3.

    Args:
        ratings: a CSV file with the columns `rater`, `vignette`, `option` and `place`,
            a row for each option placed; or such rows as mappings, or a data frame.
        vignettes: a CSV file with the column `vignette` and one for each fact told; a
            file of facts or of cases, or a folder of them; such rows as mappings, or
            a data frame; or facts by name.
        vocabulary: the facts that can be asked; those that are shipped by default.

    Raises:
        PanelError: something in it cannot be read, or does not fit; every problem of
            the vignettes is told, or else every problem of the ratings.
    """
    known = vignettes_of(
        vignettes, shipped_vocabulary() if vocabulary is None else vocabulary
    )
    if isinstance(ratings, str | Path):
        rows = csv_rows(ratings, _COLUMNS)
    else:
        rows = given_rows(ratings, _COLUMNS, "ratings")
    return Panel(vignettes=known, ratings=_ratings(rows, known))


def _ratings(rows: list[Row], vignettes: tuple[Vignette, ...]) -> tuple[Rating, ...]:
    ids = [vignette.id for vignette in vignettes]
    problems = [
        (row.number, problem) for row in rows for problem in _row_problems(row, ids)
    ]
    wrong = {number for number, _ in problems}
    by: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        by.setdefault((row.text("vignette"), row.text("rater")), []).append(row)
    for of_rating in by.values():
        told = [(row.number, problem) for row, problem in _repeats(of_rating)]
        if not (told or wrong.intersection(row.number for row in of_rating)):
            told = [(row.number, problem) for row, problem in _gaps(of_rating)]
        problems += told
    if problems:
        raise PanelError(problem for _, problem in sorted(problems, key=lambda p: p[0]))
    order = {id: number for number, id in enumerate(ids)}
    keys = sorted(by, key=lambda key: (order[key[0]], key[1]))
    return tuple(_rating(*key, by[key]) for key in keys)


def _place(row: Row) -> int:
    """The place in *row*, of which is known that it is one."""
    return int(row.text("place").partition(".")[0])


def _rating(vignette: str, rater: str, rows: list[Row]) -> Rating:
    place = {row.text("option"): _place(row) for row in rows}
    groups = (
        tuple(option for option in Option if place.get(option) == number)
        for number in sorted(set(place.values()))
    )
    return Rating(rater=rater, vignette=vignette, ranking=tuple(groups))


def _row_problems(row: Row, vignettes: list[str]) -> Iterator[Problem]:
    rater, vignette, option = map(row.text, _COLUMNS[:3])
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
    place = row.cells.get("place")
    if not _PLACE.fullmatch(row.text("place")) or isinstance(place, bool):
        yield _no_place(row)


def _no_option(row: Row, option: str) -> Problem:
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


def _no_place(row: Row) -> Problem:
    written = row.text("place")
    if not written:
        message = f"option `{row.text('option')}` has no place"
        advice = "leave out the row of an option that the rater did not place"
        return row.problem("BE839", "place", message, advice)
    message = f"the place `{written}` is no whole number from 1"
    advice = "write places in digits, the first as 1; equals share a number"
    return row.problem("BE839", "place", message, advice)


def _repeats(rows: list[Row]) -> Iterator[tuple[Row, Problem]]:
    """What places an option that the same rater has placed in the same vignette."""
    seen: set[str] = set()
    for row in rows:
        option = row.text("option")
        if option in seen:
            rater, vignette = row.text("rater"), row.text("vignette")
            yield (
                row,
                row.problem(
                    "BE838",
                    "option",
                    f"rater `{rater}` places `{option}` twice in vignette `{vignette}`",
                    "a rater gives each option one place, or none",
                ),
            )
        seen.add(option)


def _gaps(rows: list[Row]) -> Iterator[tuple[Row, Problem]]:
    """That the places of one rater in one vignette leave a number out."""
    places = {_place(row) for row in rows}
    highest = max(places)
    if highest == len(places):
        return
    missing = next(n for n in range(1, highest) if n not in places)
    after = min(place for place in places if place > missing)
    row = next(row for row in rows if _place(row) == after)
    written = ", ".join(map(str, sorted(map(_place, rows))))
    yield (
        row,
        row.problem(
            "BE840",
            "place",
            f"the places of rater `{row.text('rater')}` in vignette "
            f"`{row.text('vignette')}` skip {missing}: {written}",
            "after a shared place the next number follows: 1, 2, 2, 3",
        ),
    )
