"""Count the distinct situations of a table, one slice of rows at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics._files import Digests, printable
from boundaryethics.arguments import exact_number
from boundaryethics.batch.encode import (
    NO_WORDS,
    Cells,
    Codes,
    Matched,
    Refusal,
    matched,
    refused,
)
from boundaryethics.batch.files import SOURCES, reading, refuse_kind
from boundaryethics.batch.foreign import first_row
from boundaryethics.batch.frames import codes_of, open_frame, slices_of
from boundaryethics.batch.reading import (
    Reading,
    cells_of,
    fact_columns,
    ignored_by,
    recorded,
)
from boundaryethics.errors import (
    AnalysisError,
    Problem,
    TableError,
    problem,
    quoted,
    reading_option,
)
from boundaryethics.model.facts import Vocabulary

Counts: TypeAlias = npt.NDArray[np.int64]
#: For a slice of a table, its columns, each a list or an Arrow array, and the number of
#: rows.
Slice: TypeAlias = tuple[Mapping[str, Any], int]

#: The maximum number of invalid cells to report individually.
_MOST_LISTED = 10
#: Fewer rows than this are not merged, because merging would save very little.
_FEWEST_MERGED = 100_000


@final
@attrs.frozen(kw_only=True, eq=False)
class Situations:
    """The distinct situations of a table."""

    #: For each fact with a column, its codes; one entry for each situation.
    columns: Mapping[str, Codes]
    #: The number of rows that have each situation.
    counts: Counts
    #: For each situation, the total weight of its rows; None without weights.
    weights: npt.NDArray[np.object_] | None = None
    #: The columns of the table that are not used for a fact.
    unused: tuple[str, ...] = ()
    #: The name and SHA-256 digest of the file, and the settings that read it.
    read: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows in the table."""
        return int(self.counts.sum())

    @property
    def digest(self) -> str:
        """A hash of the situations and their counts, independent of the row order."""
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
    weight: str | None = None,
    lenient: bool = False,
    digests: Digests | None = None,
) -> Situations:
    """Count the distinct situations of a table.

    Args:
        table: a data frame, a list of records, or the path of a file, with one
            situation per row. A null means unknown.
        vocabulary: the facts that columns can match.
        columns: a mapping from facts to columns, needed only if the names differ.
        how: how to read the table.
        show_values: whether error messages show the values of cells.
        weight: the column with the weights of the rows.
        lenient: whether the weight column may be missing.
        digests: a mapping to which the digest of the file is added.

    Raises:
        AnalysisError: all weights are zero, or the weight column is missing.
        TableError: *table* is not a table, no column matches a fact, a cell contains an
            invalid value or weight, or a row is impossible.
        SituationError: *columns* names a fact that is not declared.
    """
    how = how or Reading()
    digests = Digests() if digests is None else digests
    with _naming(table):
        stated = fact_columns(how, columns, [vocabulary])
        with _opened(table, how, digests) as source:
            found = matched(source.names, vocabulary, stated, ignored_by(how))
            found = _weighed(found, source.names, weight, lenient=lenient)
            cells = cells_of(how, source.words, vocabulary, show_values=show_values)
            slices = source.slices(found.columns)
            counted = _counted(slices, vocabulary, found, cells, first=source.first)
    return attrs.evolve(counted, read=recorded(how, digests))


@final
@attrs.frozen(kw_only=True)
class _Table:
    """A table of any kind, whose columns are read one slice of rows at a time."""

    #: The names of the columns.
    names: Sequence[Any]
    #: Yields slices. The argument maps the keys of the slices to names of columns.
    slices: Callable[[Mapping[str, str]], Iterable[Slice]]
    #: Strings that mean true or false.
    words: Mapping[str, bool] = NO_WORDS
    #: The number of the first row in error messages.
    first: int = 1


@contextmanager
def _opened(table: Any, how: Reading, digests: Digests) -> Iterator[_Table]:
    """Open a data frame, a list of records, or the file at a path."""
    if isinstance(table, str | Path):
        path = Path(table)
        refuse_kind(path, "read a table", SOURCES)
        with reading(path, how, digests) as source:
            yield _Table(
                names=source.schema.names,
                slices=lambda columns: (
                    ({key: batch.column(n) for key, n in columns.items()}, len(batch))
                    for batch in source.batches
                ),
                words=source.words,
                first=first_row(path, how),
            )
    elif isinstance(table, list | tuple) and all(
        isinstance(record, Mapping) for record in table
    ):
        yield _Table(
            names=[*dict.fromkeys(name for record in table for name in record)],
            slices=lambda columns: [
                (
                    {key: [row.get(n) for row in table] for key, n in columns.items()},
                    len(table),
                )
            ],
        )
    else:
        frame = open_frame(table)
        words = frame.backend.words
        if frame.view is None:
            frame = open_frame(frame.backend.collect(frame.native))
        yield _Table(names=frame.names, slices=partial(slices_of, frame), words=words)


def _counted(
    slices: Iterable[Slice],
    vocabulary: Vocabulary,
    found: Matched,
    how: Cells,
    *,
    first: int = 1,
) -> Situations:
    """Count the situations in all slices; row numbers in errors start at *first*."""
    facts = [name for name in vocabulary.by_name if name in found.columns]
    tally = _Tally(len(facts))
    problems: list[Problem] = []
    done = bad = 0
    for columns, size in slices:
        weight_cells = columns.get(_WEIGHT)
        named = {fact: columns[fact] for fact in facts}
        coded = codes_of(named, vocabulary, how)
        unfit = [*refused(coded, vocabulary, how)]
        bad += sum(len(numbers) for numbers, _ in unfit)
        listed = (
            _refused(first + done + int(number), refusal, vocabulary)
            for numbers, refusals in unfit
            for number, refusal in zip(numbers, refusals, strict=True)
        )
        problems += islice(listed, _MOST_LISTED - len(problems))
        codes = np.stack([coded[fact].codes for fact in facts], axis=1)
        more = np.zeros(size, object)
        if weight_cells is not None:
            more, wrong = _fractions(weight_cells, how.decimal, first + done)
            bad += len(wrong)
            few = wrong[: _MOST_LISTED - len(problems)]
            problems += [
                problem("BE872.number", row=number, near=near) for number, near in few
            ]
        tally.add(codes, np.ones(size, np.int64), more)
        done += size
    if not done:
        problems.append(problem("BE807.rows"))
    elif bad > len(problems):
        problems.append(problem("BE807.more", more=bad - len(problems)))
    if problems:
        raise TableError(problems)
    rows, counts, weights = tally.distinct()
    columns = {f: np.ascontiguousarray(rows[:, n]) for n, f in enumerate(facts)}
    if _WEIGHT not in found.columns:
        return Situations(columns=columns, counts=counts, unused=found.unused)
    if not weights.any():
        raise AnalysisError([problem("BE872.zero")])
    return Situations(
        columns=columns, counts=counts, weights=weights, unused=found.unused
    )


def _refused(row: int, refusal: Refusal, vocabulary: Vocabulary) -> Problem:
    """Return a row's problem; for an invalid value, suggest settings for reading it."""
    if refusal.fact not in vocabulary:
        return problem("BE807.row", row=row, why=refusal.message)
    words: dict[str, Any] = {
        "values": quoted(vocabulary[refusal.fact].all_values),
        "na": reading_option("na", "CODE"),
        "codebook": reading_option("codebook", "FILE"),
    }
    return problem("BE807.value", row=row, why=refusal.message, **words)


@contextmanager
def _naming(table: Any) -> Iterator[None]:
    """Within the block, begin each table problem with the name of the table's file."""
    try:
        yield
    except TableError as error:
        if not isinstance(table, str | Path):
            raise
        path = Path(table)
        # A problem with the file itself has its path as the token, and names it.
        raise TableError(
            one
            if one.token == str(path)
            else attrs.evolve(one, message=f"`{printable(path.name)}`: {one.message}")
            for one in error.problems
        ) from None


class _Tally:
    """Distinct rows, with the sums of their counts and weights.

    Slices are merged once they have twice as many rows as remained after the last
    merge. So the total work of all merges is proportional to that of the last one, and
    memory use is proportional to the number of distinct rows.
    """

    def __init__(self, facts: int) -> None:
        empty = np.empty((0, facts), np.uint8), np.empty(0, np.int64)
        self._parts: list[tuple[Codes, Counts, Any]] = [(*empty, np.empty(0, object))]
        self._size = 0
        self._limit = _FEWEST_MERGED

    def add(self, rows: Codes, counts: Counts, weights: Any) -> None:
        """Add *rows*, which may contain duplicates."""
        self._parts.append(_distinct(rows, counts, weights))
        self._size += len(self._parts[-1][0])
        if self._size >= self._limit:
            self.distinct()

    def distinct(self) -> tuple[Codes, Counts, Any]:
        """Merge all slices, and return the result."""
        if len(self._parts) > 1:
            rows, counts, weights = zip(*self._parts, strict=True)
            merged = np.concatenate(rows), np.concatenate(counts)
            self._parts = [_distinct(*merged, np.concatenate(weights))]
            self._size = len(self._parts[0][0])
            self._limit = max(_FEWEST_MERGED, 2 * self._size)
        return self._parts[0]


def _distinct(rows: Codes, counts: Counts, weights: Any) -> tuple[Codes, Counts, Any]:
    """Return the distinct *rows*, with the sums of their counts and weights."""
    # Each row becomes one value of raw bytes, which sorts in the same order as the row.
    packed = np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").ravel()
    _, places, group = np.unique(packed, return_index=True, return_inverse=True)
    counted, summed = np.zeros(len(places), np.int64), np.zeros(len(places), object)
    np.add.at(counted, group.ravel(), counts)
    np.add.at(summed, group.ravel(), weights)
    return rows[places], counted, summed


#: The key of the column of weights. The other keys are facts.
_WEIGHT = ""


def _weighed(
    found: Matched, names: Iterable[str], weight: str | None, *, lenient: bool
) -> Matched:
    """Add the weight column to *found*, if there is one."""
    if weight is None:
        return found
    if weight in names:
        unused = tuple(name for name in found.unused if name != weight)
        columns = {**found.columns, _WEIGHT: weight}
        return attrs.evolve(found, columns=columns, unused=unused)
    if lenient:
        return found
    raise AnalysisError([problem("BE872.column", token=weight)])


def written(number: object, decimal: str) -> object:
    """If *number* is a string, replace the *decimal* separator with a decimal point."""
    return number.replace(decimal, ".") if isinstance(number, str) else number


def _fractions(
    column: Any, decimal: str, first: int
) -> tuple[Any, list[tuple[int, str | None]]]:
    """Return the weights as exact fractions, and the rows with invalid weights.

    Rows are numbered from *first*. If an invalid weight seems to have a decimal
    comma, its row comes with advice on which option to use.
    """
    cells = _python_values(column)
    read = {cell: exact_number(written(cell, decimal)) for cell in {*cells}}
    bad = [
        (number, decimal_comma(cell, decimal))
        for number, cell in enumerate(cells, first)
        if read[cell] is None
    ]
    weights = np.empty(len(cells), object)
    weights[:] = [read[cell] or Fraction(0) for cell in cells]
    return weights, bad


def decimal_comma(cell: object, decimal: str) -> str | None:
    """Return advice if *cell* is a valid number only with a decimal comma."""
    if decimal == "," or not (isinstance(cell, str) and "," in cell):
        return None
    if exact_number(written(cell, ",")) is None:
        return None
    return f"if commas are decimal, use {reading_option('decimal', ',')};"


def rows_with(
    names: Sequence[str], table: Any, how: Reading, digests: Digests
) -> list[tuple[Any, ...]] | None:
    """Return *table*'s rows, with only the columns *names*; None if one is missing."""
    with _naming(table), _opened(table, how, digests) as source:
        if not {*names} <= {*source.names}:
            return None
        columns = dict(zip(names, names, strict=True))
        return [
            row
            for cells, _ in source.slices(columns)
            for row in zip(*map(_python_values, cells.values()), strict=True)
        ]


def _python_values(column: Any) -> list[Any]:
    """Convert *column*, a list or an Arrow array, to a list."""
    return column if isinstance(column, list) else list(column.to_pylist())
