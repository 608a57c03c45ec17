"""Situations: somebody's table in, every different situation of it once, counted.

Rows are coded and counted slice by slice, so that what is held is what differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.clashing import clashing
from boundaryethics.batch.coding import Rows
from boundaryethics.batch.eager import SLICE, codes_of, column_of
from boundaryethics.batch.file_reading import TABLES, reading
from boundaryethics.batch.given import refuse_undeclared
from boundaryethics.batch.matching import Matched, matched
from boundaryethics.batch.needing import needed
from boundaryethics.batch.opening import Seen, opened
from boundaryethics.errors import Problem, TableError
from boundaryethics.model.facts import Vocabulary

Codes: TypeAlias = npt.NDArray[np.uint8]
Counts: TypeAlias = npt.NDArray[np.int64]
#: Columns of facts, so many rows, and the words for true and false in them.
Piece: TypeAlias = tuple[Mapping[str, Any], int, Mapping[str, bool]]

#: Bad cells that are told one by one.
_TOLD = 10


@final
@attrs.frozen(kw_only=True, eq=False)
class Situations:
    """The situations of a table, each once."""

    #: For each fact that has a column, its codes.
    columns: Mapping[str, Codes]
    #: In how many rows each situation stands.
    counts: Counts

    @property
    def rows(self) -> int:
        """How many rows the table has."""
        return int(self.counts.sum())

    @property
    def digest(self) -> str:
        """What tells it from other tables; the order of rows does not enter."""
        made = hashlib.sha256()
        for fact, codes in self.columns.items():
            made.update(f"{fact} {len(codes)} ".encode())
            made.update(codes.tobytes())
        made.update(self.counts.tobytes())
        return made.hexdigest()


def situations_in(
    table: Any, vocabulary: Vocabulary, columns: Mapping[str, str] | None = None
) -> Situations:
    """The situations of *table*: a frame of any kind, or the path of a file.

    Args:
        table: a row for each situation; nulls are unknown.
        vocabulary: the facts that can be told.
        columns: for facts that are not told by a column of their name, the column.

    Raises:
        TableError: it is no table, no column tells a fact, a cell holds what its fact
            cannot have, or the values of a row cannot be true together.
        SituationError: *columns* names a fact that is not declared.
    """
    refuse_undeclared(columns, [vocabulary])
    if isinstance(table, str | Path):
        return _in_file(Path(table), vocabulary, columns)
    seen = opened(table)
    seen = opened(_EAGER[seen.kind](seen.frame)) if seen.is_lazy else seen
    found = matched(seen.names, vocabulary, columns)
    return _counted(_slices(seen, found), vocabulary, found)


def _in_file(
    path: Path, vocabulary: Vocabulary, columns: Mapping[str, str] | None
) -> Situations:
    needed("pyarrow")
    if path.suffix.lower() not in TABLES:
        raise TableError([_strange_kind(path)])
    with reading(path) as source:
        found = matched(source.schema.names, vocabulary, columns)
        pieces = (
            (
                {fact: batch.column(name) for fact, name in found.columns.items()},
                batch.num_rows,
                source.words,
            )
            for batch in source.batches
        )
        return _counted(pieces, vocabulary, found)


def _slices(seen: Seen, found: Matched) -> Iterator[Piece]:
    facts = {fact: column_of(seen.view[name]) for fact, name in found.columns.items()}
    for start in range(0, len(seen.view), SLICE):
        rows = min(SLICE, len(seen.view) - start)
        some = {
            fact: column[start : start + rows]
            if isinstance(column, list)
            else column.slice(start, rows)
            for fact, column in facts.items()
        }
        yield some, rows, {}


def _counted(
    pieces: Iterable[Piece], vocabulary: Vocabulary, found: Matched
) -> Situations:
    facts = [name for name in vocabulary.by_name if name in found.columns]
    rows = np.empty((0, len(facts)), np.uint8)
    counts = np.empty(0, np.int64)
    problems: list[Problem] = []
    done = bad = 0
    for some, size, words in pieces:
        coded = codes_of(some, vocabulary, words)
        unfit = [(one.bad, one.refusals) for one in coded.values()]
        unfit += clashing(coded, vocabulary)
        bad += sum(len(rows_of_one) for rows_of_one, _ in unfit)
        problems += islice(_unfit_rows(unfit, done), _TOLD - len(problems))
        codes = np.stack([coded[fact].codes for fact in facts], axis=1)
        rows, counts = _together(
            np.concatenate([rows, codes]),
            np.concatenate([counts, np.ones(size, np.int64)]),
        )
        done += size
    _refuse(problems, bad, done)
    columns = {f: np.ascontiguousarray(rows[:, n]) for n, f in enumerate(facts)}
    return Situations(columns=columns, counts=counts)


def _together(rows: Codes, counts: Counts) -> tuple[Codes, Counts]:
    """Equal *rows* once, with their *counts* added."""
    # One number of many bytes a row: they compare as the rows do.
    packed = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").ravel()
    _, first, group = np.unique(packed, return_index=True, return_inverse=True)
    added = np.zeros(len(first), np.int64)
    np.add.at(added, group.ravel(), counts)
    return rows[first], added


def _refuse(problems: list[Problem], bad: int, rows: int) -> None:
    if not rows:
        problems.append(Problem(code="BE807", message="the table has no rows"))
    if bad > len(problems) > 0:
        message = f"and {bad - len(problems):,} more problems in its rows"
        problems.append(Problem(code="BE807", message=message))
    if problems:
        raise TableError(problems)


def _unfit_rows(
    unfit: Iterable[tuple[Rows, Iterable[str]]], before: int
) -> Iterator[Problem]:
    """What is wrong in a piece with so many rows *before* it."""
    for bad, refusals in unfit:
        for row, refusal in zip(bad, refusals, strict=True):
            message = f"row {before + int(row) + 1} of the table: {refusal}"
            yield Problem(code="BE807", message=message)


def _strange_kind(path: Path) -> Problem:
    return Problem(
        code="BE730",
        message=f"`{path}` is none of the kinds of files that hold a table",
        help=f"its name ends in one of {', '.join(TABLES)}",
    )


#: How the rows of each kind of lazy frame are fetched.
_EAGER: Mapping[str, Callable[[Any], Any]] = {
    "lazy polars": lambda frame: frame.collect(),
    "dask": lambda frame: frame.compute(),
    "duckdb": lambda frame: frame.to_arrow_table(),
    "pyspark": lambda frame: frame.toPandas(),
    "pyspark_connect": lambda frame: frame.toPandas(),
}
