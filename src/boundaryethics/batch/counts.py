"""Count the different situations of a table, slice by slice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.encode import (
    Matched,
    Refused,
    matched,
    refuse_undeclared,
    refused,
)
from boundaryethics.batch.files import reading, refuse_kind
from boundaryethics.batch.frames import codes_of, opened, pieces
from boundaryethics.errors import Problem, TableError, problem
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
        """Count the rows of the table."""
        return int(self.counts.sum())

    @property
    def digest(self) -> str:
        """Hash the situations and their counts; the order of rows does not matter."""
        made = hashlib.sha256()
        for fact, codes in self.columns.items():
            made.update(f"{fact} {len(codes)} ".encode())
            made.update(codes.tobytes())
        made.update(self.counts.tobytes())
        return made.hexdigest()


def situations_in(
    table: Any, vocabulary: Vocabulary, columns: Mapping[str, str] | None = None
) -> Situations:
    """Count the situations of *table*: a frame of any kind, or the path of a file.

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
        refuse_kind(Path(table), "hold a table")
        with reading(Path(table)) as source:
            found = matched(source.schema.names, vocabulary, columns)
            of_file: Iterable[Piece] = (
                (found.of(batch), batch.num_rows, source.words)
                for batch in source.batches
            )
            return _counted(of_file, vocabulary, found)
    seen = opened(table)
    if seen.view is None:
        seen = opened(seen.backend.collect(seen.frame))
    found = matched(seen.names, vocabulary, columns)
    some: Iterable[Piece] = ((facts, rows, {}) for facts, rows in pieces(seen, found))
    return _counted(some, vocabulary, found)


def _counted(
    every: Iterable[Piece], vocabulary: Vocabulary, found: Matched
) -> Situations:
    facts = [name for name in vocabulary.by_name if name in found.columns]
    rows = np.empty((0, len(facts)), np.uint8)
    counts = np.empty(0, np.int64)
    problems: list[Problem] = []
    done = bad = 0
    for some, size, words in every:
        coded = codes_of(some, vocabulary, words)
        unfit = [*refused(coded, vocabulary)]
        bad += sum(len(rows_of_one) for rows_of_one, _ in unfit)
        problems += islice(_unfit_rows(unfit, done), _TOLD - len(problems))
        codes = np.stack([coded[fact].codes for fact in facts], axis=1)
        rows, counts = _together(
            np.concatenate([rows, codes]),
            np.concatenate([counts, np.ones(size, np.int64)]),
        )
        done += size
    if not done:
        problems.append(problem("BE807.rows"))
    elif bad > len(problems):
        problems.append(problem("BE807.more", more=bad - len(problems)))
    if problems:
        raise TableError(problems)
    columns = {f: np.ascontiguousarray(rows[:, n]) for n, f in enumerate(facts)}
    return Situations(columns=columns, counts=counts)


def _together(rows: Codes, counts: Counts) -> tuple[Codes, Counts]:
    """Merge equal *rows*, and add their *counts*."""
    # One number of many bytes a row: they compare as the rows do.
    packed = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").ravel()
    _, first, group = np.unique(packed, return_index=True, return_inverse=True)
    added = np.zeros(len(first), np.int64)
    np.add.at(added, group.ravel(), counts)
    return rows[first], added


def _unfit_rows(unfit: Iterable[Refused], before: int) -> Iterator[Problem]:
    """Yield the problems of a slice with so many rows *before* it."""
    for bad, refusals in unfit:
        for row, refusal in zip(bad, refusals, strict=True):
            number = before + int(row) + 1
            yield problem("BE807.row", row=number, why=refusal.message)
