"""Count the distinct situations of a table, slice by slice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.encode import (
    Cells,
    Matched,
    matched,
    refused,
)
from boundaryethics.batch.files import SOURCES, reading, refuse_kind
from boundaryethics.batch.frames import codes_of, opened, pieces
from boundaryethics.batch.reading import (
    Reading,
    cells_of,
    fact_columns,
    ignored_by,
)
from boundaryethics.errors import Problem, TableError, problem
from boundaryethics.model.facts import Vocabulary

Codes: TypeAlias = npt.NDArray[np.uint8]
Counts: TypeAlias = npt.NDArray[np.int64]
#: Columns by fact, and the number of rows.
Piece: TypeAlias = tuple[Mapping[str, Any], int]

#: The most invalid cells that are listed.
_MOST_LISTED = 10


@final
@attrs.frozen(kw_only=True, eq=False)
class Situations:
    """The distinct situations of a table."""

    #: For each fact that has a column, its codes.
    columns: Mapping[str, Codes]
    #: The number of rows with each situation.
    counts: Counts

    @property
    def rows(self) -> int:
        """Count the rows of the table."""
        return int(self.counts.sum())

    @property
    def digest(self) -> str:
        """Hash the situations and their counts, regardless of the order of the rows."""
        made = hashlib.sha256()
        for fact, codes in self.columns.items():
            made.update(f"{fact} {len(codes)} ".encode())
            made.update(codes.tobytes())
        made.update(self.counts.tobytes())
        return made.hexdigest()


def situations_in(
    table: Any,
    vocabulary: Vocabulary,
    columns: Mapping[str, str] | None = None,
    *,
    how: Reading | None = None,
    show_values: bool = False,
) -> Situations:
    """Count the situations of *table*, a frame or the path of a file.

    Args:
        table: one situation per row; nulls are unknown.
        vocabulary: the facts that columns can state.
        columns: the column of each fact that has no column of its own name.
        how: how the table is read.
        show_values: whether problems show the values of cells.

    Raises:
        TableError: *table* is not a table, no column matches a fact, a cell holds a
            value that its fact cannot have, or the values of a row clash.
        SituationError: *columns* names a fact that is not declared.
    """
    how = how or Reading()
    columns = fact_columns(how, columns, [vocabulary])
    cells = partial(cells_of, how, vocabulary=vocabulary, show_values=show_values)
    if isinstance(table, str | Path):
        refuse_kind(Path(table), "read a table", SOURCES)
        with reading(Path(table), how) as source:
            found = matched(source.schema.names, vocabulary, columns, ignored_by(how))
            of_file = ((found.of(batch), batch.num_rows) for batch in source.batches)
            return _counted(of_file, vocabulary, found, cells(source.words))
    seen = opened(table)
    read = cells(seen.backend.words)
    if seen.view is None:
        seen = opened(seen.backend.collect(seen.frame))
    found = matched(seen.names, vocabulary, columns, ignored_by(how))
    return _counted(pieces(seen, found), vocabulary, found, read)


def _counted(
    every: Iterable[Piece], vocabulary: Vocabulary, found: Matched, how: Cells
) -> Situations:
    facts = [name for name in vocabulary.by_name if name in found.columns]
    rows = np.empty((0, len(facts)), np.uint8)
    counts = np.empty(0, np.int64)
    problems: list[Problem] = []
    done = bad = 0
    for some, size in every:
        coded = codes_of(some, vocabulary, how)
        unfit = [*refused(coded, vocabulary, how)]
        bad += sum(len(numbers) for numbers, _ in unfit)
        listed = (
            problem("BE807.row", row=done + int(number) + 1, why=refusal.message)
            for numbers, refusals in unfit
            for number, refusal in zip(numbers, refusals, strict=True)
        )
        problems += islice(listed, _MOST_LISTED - len(problems))
        codes = np.stack([coded[fact].codes for fact in facts], axis=1)
        rows = np.concatenate([rows, codes])
        added = np.concatenate([counts, np.ones(size, np.int64)])
        # Each row becomes one large number, and these numbers compare as the rows do.
        packed = np.ascontiguousarray(rows).view(f"V{len(facts)}").ravel()
        _, first, group = np.unique(packed, return_index=True, return_inverse=True)
        rows, counts = rows[first], np.zeros(len(first), np.int64)
        np.add.at(counts, group.ravel(), added)
        done += size
    if not done:
        problems.append(problem("BE807.rows"))
    elif bad > len(problems):
        problems.append(problem("BE807.more", more=bad - len(problems)))
    if problems:
        raise TableError(problems)
    columns = {f: np.ascontiguousarray(rows[:, n]) for n, f in enumerate(facts)}
    return Situations(columns=columns, counts=counts)
