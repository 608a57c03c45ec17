"""Rank data frames from pandas, Polars, pyarrow, DuckDB, Dask and PySpark.

All code that is specific to one library is in its backend, at the end of the module.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.arguments import checked
from boundaryethics.batch import encode
from boundaryethics.batch.compiled import Compiled, Ranked, compile_policy
from boundaryethics.batch.reading import (
    Reading,
    cells_of,
    fact_columns,
    ignored_by,
)
from boundaryethics.batch.summary import FIRST, Summary, Tally
from boundaryethics.consult import DEFAULT_POLICY, consult
from boundaryethics.errors import (
    SituationError,
    TableError,
    import_or_refuse,
    problem,
)
from boundaryethics.inference.compiled import spans
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
else:
    IntoFrameT = TypeVar("IntoFrameT")

#: The rows to encode together: enough for NumPy to be fast, and few enough to save
#: memory.
SLICE = 1 << 17
#: Methods that convert PySpark rows, pandas rows and named tuples to mappings.
_TO_MAPPING = ("asDict", "to_dict", "_asdict")
#: Metadata that lists all columns. Readers that use it would ignore the new columns.
_LISTING = {
    b"avro.schema",
    b"org.apache.spark.sql.parquet.row.metadata",
    b"parquet.avro.schema",
}


@final
@attrs.frozen(eq=False)
class RankedFrame(Generic[IntoFrameT]):
    """A data frame with rankings."""

    #: A frame of the same type as the input: its columns, then the result columns.
    frame: IntoFrameT
    _summed_up: Callable[[], Summary] = attrs.field(repr=False)

    @cached_property
    def summary(self) -> Summary:
        """A summary of all rows. For a lazy frame, this runs the computation."""
        return self._summed_up()

    def __reduce__(self) -> tuple[Any, ...]:
        # The function refers to the input frame, but a copy needs only its result.
        return RankedFrame, (self.frame, partial(_itself, self.summary))


def _itself(summary: Summary) -> Summary:
    return summary


@checked
def rank(
    frame: IntoFrameT,
    policy: str | Path | Policy = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    rules: bool = False,
    principles: bool = False,
    prefix: str = "",
    threads: int = 1,
    show_values: bool = False,
) -> RankedFrame[IntoFrameT]:
    """Rank the options for each row of *frame* under *policy*.

    Each row gets these columns: `best`, the option that ranks first, or all that tie
    for first, joined by `=`; a rank for each option, such as `rank_decline`; `tied`,
    whether several options rank first; and `problem`, the reason why a row is invalid.
    A row is invalid if it contains an invalid value or an impossible combination. The
    other results of an invalid row are null.

    Args:
        frame: a table with one situation per row. A null means unknown.
        policy: a policy, the ID of a built-in one, or the `Path` of a policy file.
        columns: a mapping from facts to columns, needed only if the names differ.
        reading: settings for reading cells, such as a codebook or missing-value codes.
        rules: whether to list the rules that apply to each row.
        principles: whether to list the principles behind those rules.
        prefix: text to put before the names of the new columns.
        threads: the number of threads to use.
        show_values: whether error messages show the values of cells, which may be a
            client's words.

    Raises:
        TableError: *frame* is not a supported data frame, no column matches a fact, two
            columns have the same name, a column has the same name as a new one,
            *columns*, *threads* or *prefix* is invalid, or a library is not installed.
        SituationError: *columns* names a fact that is not declared.
        PolicyError: the policy is invalid, cannot be read, or is abstract.
    """
    encode.refuse_invalid_arguments(columns, threads, prefix)
    how = reading or Reading()
    named, source, found = _opened_with(frame, policy, columns, how)
    words = source.backend.words
    answers = Answers(
        policy=named,
        prefix=prefix,
        rules=rules,
        principles=principles,
        threads=threads,
        how=cells_of(how, words, named.vocabulary, show_values=show_values),
    )
    encode.refuse_clashes(
        source.names, answers.names, in_any_case=source.backend.in_any_case
    )
    ready(named)
    asked = RankedColumns(answers, found, Tally())
    made, counts = source.backend.rank(source, asked), source.backend.counts

    def summarize() -> Summary:
        tally = Tally.merged(counts(source, asked)) if counts else asked.tally
        return tally.summary(named, found.warnings)

    return RankedFrame(made, summarize)


@checked
def explain(
    frame: Any,
    row: Any,
    policy: str | Path | Policy = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    show_values: bool = False,
) -> Verdict:
    """Return the verdict of *policy* on one row of *frame*.

    Args:
        frame: a table with one situation per row.
        row: the number of the row, starting at 0; or the row itself, as a mapping of
            columns to values, or in the form that PySpark or pandas returns.
        policy: a policy, the ID of a built-in one, or the `Path` of a policy file.
        columns: a mapping from facts to columns, needed only if the names differ.
        reading: settings for reading cells, as in `rank`.
        show_values: whether an error shows the values of cells.

    Raises:
        TableError: *frame* is not a supported data frame, no column matches a fact, the
            row does not exist, or the frame has no row order and therefore no row
            numbers.
        SituationError: the row contains an invalid value, or *columns* names a fact
            that is not declared.
        PolicyError: the policy is invalid, cannot be read, or is abstract.
    """
    encode.refuse_invalid_arguments(columns)
    how = reading or Reading()
    named, source, found = _opened_with(frame, policy, columns, how)
    cells = cells_of(
        how, source.backend.words, named.vocabulary, show_values=show_values
    )
    number = isinstance(row, Integral) and not isinstance(row, bool)
    of_row = _row_at(source, int(row)) if number else _mapping(row)
    stated = {f: of_row[name] for f, name in found.columns.items() if name in of_row}
    if not stated:
        raise TableError([problem("BE736")])
    values = {fact: _python_value(value) for fact, value in stated.items()}
    known = {
        fact: cells.stated(fact, value)
        for fact, value in values.items()
        if value is not None
    }
    if wrong := named.vocabulary.validate(known, show_values=show_values):
        raise SituationError(wrong)
    return consult(known, named)


def _opened_with(
    frame: Any,
    policy: str | Path | Policy,
    columns: Mapping[str, str] | None,
    how: Reading,
) -> tuple[Policy, SourceFrame, encode.Matched]:
    named = as_policy(policy)
    vocabulary = named.vocabulary
    columns = fact_columns(how, columns, [vocabulary])
    source = open_frame(frame)
    return (
        named,
        source,
        encode.matched(source.names, vocabulary, columns, ignored_by(how)),
    )


@final
@attrs.frozen(kw_only=True)
class Backend:
    """The operations for one type of data frame."""

    #: Returns the frame with the result columns.
    rank: Callable[[SourceFrame, RankedColumns], Any]
    #: Counts the results of each partition, as JSON. Only needed if `rank` is lazy.
    counts: Callable[[SourceFrame, RankedColumns], Iterable[str]] | None = None
    #: Loads all rows of the frame into memory.
    collect: Callable[[Any], Any] = lambda frame: frame
    #: Returns the row with the given number as a frame in memory, which is empty if the
    #: row does not exist. None if the frame has no row order.
    row: Callable[[Any, int], Any] | None
    #: Whether column names are case-insensitive.
    in_any_case: bool = False
    #: Strings that mean true or false, if Booleans may be stored as text.
    words: Mapping[str, bool] = encode.NO_WORDS


@final
@attrs.frozen(eq=False, kw_only=True)
class SourceFrame:
    """A data frame with its column names and its backend."""

    #: The data frame as the user passed it.
    native: Any
    names: tuple[Any, ...]
    backend: Backend
    #: The narwhals view of the frame; None if the frame is lazy.
    view: Any = None


def open_frame(frame: Any) -> SourceFrame:
    """Return *frame* with its column names and its backend.

    Raises:
        TableError: *frame* is not a supported data frame, two columns have the same
            name, or narwhals is missing.
    """
    narwhals = needed("narwhals.stable.v2")
    needed("pyarrow")
    view, kind = None, "dask"
    if type(frame).__module__.partition(".")[0] != "dask":
        try:
            view = narwhals.from_native(frame)
        except narwhals.exceptions.DuplicateError:
            encode.refuse_repeats(_names(frame))
            raise
        except TypeError:
            raise _no_frame(frame) from None
        kind = view.implementation.value
    if view is None or hasattr(view, "collect"):
        view, backend = None, _LAZY.get(kind)
    else:
        backend = _EAGER
    if backend is None:
        raise _no_frame(frame)
    names = _names(frame)
    # Some data frames allow duplicate column names.
    encode.refuse_repeats(names)
    return SourceFrame(native=frame, backend=backend, names=names, view=view)


#: Imports a library, or raises a `TableError` if it is not installed.
needed = partial(import_or_refuse, error=TableError, code="BE720")


def _names(frame: Any) -> tuple[Any, ...]:
    if hasattr(frame, "collect_schema"):
        return tuple(frame.collect_schema().names())
    return tuple(getattr(frame, "column_names", None) or frame.columns)


def _no_frame(frame: object) -> TableError:
    advice = "use a table of pandas, Polars, pyarrow, DuckDB, Dask or PySpark"
    if type(frame).__name__ == "RecordBatch":
        advice = "convert it: `pyarrow.Table.from_batches([batch])`"
    return TableError([problem("BE726", advice=advice)])


@lru_cache(maxsize=8)  # each uses tens of megabytes
def ready(policy: Policy) -> Compiled:
    """Compile *policy*, or return it from the cache if it was compiled before."""
    return compile_policy(policy)


@final
@attrs.frozen(kw_only=True)
class Answers:
    """The result columns of one policy."""

    policy: Policy
    #: Text to put before the name of each column.
    prefix: str = ""
    #: Whether to list the rules that apply, and the principles behind them.
    rules: bool = False
    principles: bool = False
    threads: int = 1
    how: encode.Cells = encode.Cells()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        ranks = [f"rank_{option}" for option in Option]
        lists = ["rules"] * self.rules + ["principles"] * self.principles
        names = ("best", *ranks, "tied", *lists, "problem")
        return tuple(self.prefix + name for name in names)

    @property
    def schema(self) -> Any:
        """The Arrow schema of the columns."""
        import pyarrow as pa

        lists = [pa.list_(pa.string())] * (self.rules + self.principles)
        kinds = [pa.string(), *[pa.int8()] * len(Option), pa.bool_(), *lists]
        return pa.schema([*zip(self.names, [*kinds, pa.string()], strict=True)])

    def of(self, columns: Mapping[str, encode.Coded], rows: int, tally: Tally) -> Any:
        """Rank the rows, and count the results in *tally*.

        *columns* contains the codes of each fact; *rows* is the number of rows.
        """
        import pyarrow as pa

        wrong, problem = self._problems(columns, rows, tally)
        ranked = self._ranked(columns, rows)
        counts = np.bincount(ranked.best[~wrong], minlength=len(FIRST)).tolist()
        first = {FIRST[n]: count for n, count in enumerate(counts) if count}
        tally.count(first, int(wrong.sum()))
        mask = wrong if wrong.any() else None
        ranks = ranked.places.astype(np.int8).T
        arrays = [
            pa.array(FIRST).take(pa.array(ranked.best, mask=mask)),
            *(pa.array(np.ascontiguousarray(one), mask=mask) for one in ranks),
            pa.array(ranked.tied, mask=mask),
            *self._lists(ranked, mask),
            problem,
        ]
        return pa.record_batch(arrays, schema=self.schema)

    def _problems(
        self, columns: Mapping[str, encode.Coded], rows: int, tally: Tally
    ) -> tuple[npt.NDArray[np.bool_], Any]:
        """Find the invalid rows, and build the column that explains them."""
        import pyarrow as pa

        wrong = np.zeros(rows, bool)
        messages: npt.NDArray[np.object_] | None = None
        vocabulary = self.policy.vocabulary
        for bad, refusals in encode.refused(columns, vocabulary, self.how):
            tally.refuse(refusals)
            wrong[bad] = True
            if messages is None:
                messages = np.full(rows, None, object)
            messages[bad] = [
                one.message if before is None else f"{before}; {one.message}"
                for before, one in zip(messages[bad], refusals, strict=True)
            ]
        if messages is None:
            return wrong, pa.nulls(rows, pa.string())
        return wrong, pa.array(messages, pa.string())

    def _ranked(self, columns: Mapping[str, encode.Coded], rows: int) -> Ranked:
        codes = {fact: column.codes for fact, column in columns.items()}
        if not codes:
            # The compiled policy needs at least one column to know the number of rows.
            first = self.policy.vocabulary.facts[0]
            codes = {first.name: np.full(rows, len(first.values), np.uint8)}
        compiled, binding = ready(self.policy), self.rules or self.principles
        return compiled.rank_codes(codes, threads=self.threads, binding=binding)

    def _lists(self, ranked: Ranked, mask: Any) -> Iterator[Any]:
        if ranked.binding is None:
            return
        words = np.ascontiguousarray(ranked.binding).astype("<u8").view(np.uint8)
        bits = np.unpackbits(words, axis=1, bitorder="little")[:, : len(ranked.rules)]
        if self.rules:
            yield _listed(bits, ranked.rules, mask)
        if self.principles:
            by_principle: dict[str, list[int]] = {
                p.id: [] for p in self.policy.principles
            }
            for number, name in enumerate(ranked.rules):
                rule = self.policy.rule[name]
                if rule.principle and rule.then.yields_reasons:
                    by_principle[rule.principle].append(number)
            held = [bits[:, rules].any(axis=1) for rules in by_principle.values()]
            matrix = np.array(held, bool).reshape(len(held), len(bits)).T
            yield _listed(matrix, (*by_principle,), mask)


def _listed(held: npt.NDArray[Any], names: Sequence[str], mask: Any) -> Any:
    import pyarrow as pa

    which = np.nonzero(held)[1]
    ends = np.cumsum(np.count_nonzero(held, axis=1))
    starts = np.concatenate([[0], ends]).astype(np.int32)
    values = pa.array(names, pa.string()).take(pa.array(which))
    nulls = None if mask is None else pa.array(mask)
    return pa.ListArray.from_arrays(pa.array(starts), values, mask=nulls)


@final
@attrs.frozen(eq=False)
class RankedColumns:
    """The result columns of one policy for one table, as data for worker processes."""

    answers: Answers
    #: The columns of the table that match facts.
    found: encode.Matched
    #: Counts of the results.
    tally: Tally

    def to(self, columns: Mapping[str, Any], rows: int) -> Any:
        """Rank the rows, and count the results.

        *columns* has a column for each fact; *rows* is the number of rows.
        """
        encoded = codes_of(columns, self.answers.policy.vocabulary, self.answers.how)
        return self.answers.of(encoded, rows, self.tally)

    def ranked(self, frame: Any) -> Any:
        """Return *frame*, one partition of the table, with the result columns."""
        source = open_frame(frame)
        return source.backend.rank(source, attrs.evolve(self, tally=Tally()))

    def counted(self, frame: Any) -> Any:
        """Return a frame with the counts for *frame*, one partition of the table."""
        import narwhals.stable.v2 as nw
        import pyarrow as pa

        source, asked = open_frame(frame), attrs.evolve(self, tally=Tally())
        source.backend.rank(source, asked)
        counts = pa.table({"counts": [asked.tally.to_json()]})
        return nw.from_arrow(counts, backend=source.view.implementation).to_native()


def side_by_side(*batches: Any) -> Any:
    """Combine the columns of *batches*; keep the metadata of the first batch."""
    import pyarrow as pa

    fields = [field for batch in batches for field in batch.schema]
    schema = pa.schema(fields, batches[0].schema.metadata)
    columns = [column for batch in batches for column in batch.columns]
    return pa.record_batch(columns, schema=schema)


def codes_of(
    columns: Mapping[str, Any], vocabulary: Vocabulary, how: encode.Cells
) -> dict[str, encode.Coded]:
    """Convert the column of each fact, a list or an Arrow array, to codes."""
    return {
        f: encode.coded(vocabulary[f], column, how) for f, column in columns.items()
    }


def slices_of(
    source: SourceFrame, columns: Mapping[str, str]
) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield slices of some columns, with their lengths. Only one at a time is copied.

    *columns* maps the keys of the slices to the names of columns.
    """
    every = {key: source.view[name] for key, name in columns.items()}
    for at in spans(len(source.view), SLICE):
        some = {key: _column_of(series[at]) for key, series in every.items()}
        yield some, at.stop - at.start


def without_listings(notes: Mapping[bytes, bytes] | None) -> dict[bytes, bytes]:
    """Return the metadata of a schema without the entries that list all columns."""
    return {key: note for key, note in (notes or {}).items() if key not in _LISTING}


def _rank_eager(source: SourceFrame, asked: RankedColumns) -> Any:
    import pyarrow as pa

    batches = [
        asked.to(facts, rows) for facts, rows in slices_of(source, asked.found.columns)
    ]
    answers = pa.Table.from_batches(batches, asked.answers.schema)
    return _JOINED.get(source.view.implementation.value, _joined)(source, answers)


def _joined(source: SourceFrame, answers: Any) -> Any:
    import narwhals.stable.v2 as nw

    more = nw.from_arrow(answers, backend=source.view.implementation)
    return nw.concat([source.view, more], how="horizontal").to_native()


def _joined_arrow(source: SourceFrame, answers: Any) -> Any:
    import pyarrow as pa

    table = source.view.to_native()
    notes = without_listings(table.schema.metadata) or None
    schema = pa.schema([*table.schema, *answers.schema], notes)
    return pa.table([*table.columns, *answers.columns], schema=schema)


def _joined_pandas(source: SourceFrame, answers: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int8(): pd.Int8Dtype(), pa.bool_(): pd.BooleanDtype()}
    more = answers.to_pandas(types_mapper=kinds.get)
    more.index = source.native.index
    made = pd.concat([source.native, more], axis="columns")
    made.columns.name = source.native.columns.name
    made.attrs = dict(source.native.attrs)
    return made


#: How to add columns to frames that also have other parts, such as an index, by the
#: narwhals names of the frames.
_JOINED = {"pandas": _joined_pandas, "pyarrow": _joined_arrow}


def _column_of(series: Any) -> Any:
    """Return *series* as an Arrow array, or as a list if its types are mixed."""
    import pyarrow as pa

    native = series.to_native()
    if not series.implementation.is_pandas():
        is_object = str(getattr(native, "dtype", "")) == "Object"
        return native.to_list() if is_object else series.to_arrow()
    try:
        return pa.array(native, from_pandas=True)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        # Arrow rejects mixed types, numbers that are too large, and lone surrogates.
        pass
    nulls = native.isna().to_numpy()
    return [
        None if null else _item(value)
        for value, null in zip(native.tolist(), nulls, strict=True)
    ]


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _map_polars(frame: Any, work: Callable[[Any], Any]) -> Any:
    import polars as pl

    # No pushdown: a later filter or selection may use the new columns.
    return frame.map_batches(
        work,
        schema=work(pl.DataFrame(schema=frame.collect_schema())).schema,
        predicate_pushdown=False,
        projection_pushdown=False,
        streamable=True,
    )


def _map_dask(frame: Any, work: Callable[[Any], Any]) -> Any:
    # Ranking an empty partition yields the types of the columns.
    meta = work(frame._meta).iloc[:0]  # noqa: SLF001
    return frame.map_partitions(work, meta=meta)


def _row_of_dask(frame: Any, place: int) -> Any:
    for number, rows in enumerate(frame.map_partitions(len).compute()):
        if place < rows:
            return frame.partitions[number].compute().iloc[place : place + 1]
        place -= rows
    return frame._meta  # noqa: SLF001


def _map_pyspark(frame: Any, work: Callable[[Any], Any], schema: Any) -> Any:
    names = [*frame.columns]

    def on_batches(batches: Iterable[Any]) -> Iterator[Any]:
        import pyarrow as pa

        for batch in batches:
            table = pa.Table.from_batches([batch.rename_columns(names)])
            yield from work(table).to_batches()

    # Spark interprets a dot in a column name as a path into the column.
    plain = frame.toDF(*(f"c{n}" for n in range(len(names))))
    return plain.mapInArrow(on_batches, schema)


def _rank_pyspark(source: SourceFrame, asked: RankedColumns) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    more = from_arrow_schema(asked.answers.schema)
    schema = StructType([*source.native.schema.fields, *more.fields])
    return _map_pyspark(source.native, asked.ranked, schema)


def _rank_duckdb(source: SourceFrame, asked: RankedColumns) -> Any:
    """Rank a DuckDB relation.

    The rows and the results are in temporary tables on the relation's connection, so
    they may be larger than memory. Only the fact columns leave DuckDB, one slice at a
    time.
    """
    frame = source.native
    name = f"boundaryethics_{secrets.token_hex(8)}"
    view, rows, answers = (f"{name}_{part}" for part in ("view", "rows", "answers"))
    # With new column names, no column can hide DuckDB's `rowid`.
    own = [f"c{n}" for n in range(len(frame.columns))]
    frame.query(
        view, f"CREATE TEMP TABLE {rows} AS FROM {view} AS given({', '.join(own)})"
    )
    kept = frame.query(view, f"FROM {rows}")
    # DuckDB finds an Arrow table by the name of a Python variable.
    boundaryethics_batch = asked.answers.schema.empty_table()
    kept.query(view, f"CREATE TEMP TABLE {answers} AS FROM boundaryethics_batch")
    named = dict(zip(frame.columns, own, strict=True))
    wanted = {name: named[name] for name in asked.found.columns.values()}
    for facts in _facts(kept, view, rows, wanted):
        boundaryethics_batch = asked.to(asked.found.of(facts), len(facts))  # noqa: F841
        kept.query(view, f"INSERT INTO {answers} FROM boundaryethics_batch")
    back = ", ".join(map(_quoted, frame.columns))
    made = kept.query(view, f"FROM {rows} AS kept({back}) POSITIONAL JOIN {answers}")
    kept.query(view, f"DROP VIEW IF EXISTS {view}")
    return made


def _facts(kept: Any, view: str, rows: str, wanted: Mapping[str, str]) -> Iterator[Any]:
    """Yield slices of the table *rows*.

    *wanted* maps the names of the slices' columns to columns of the table.
    """
    facts = ", ".join(f"{own} AS {_quoted(name)}" for name, own in wanted.items())
    # In a transaction, DuckDB numbers the rows of a new table starting at a high
    # number.
    counted = f"SELECT count(*), coalesce(min(rowid), 0) FROM {rows}"  # noqa: S608
    size, first = kept.query(view, counted).fetchall()[0]
    read = 0
    for start in range(first, first + size, SLICE):
        some = f"rowid BETWEEN {start} AND {start + SLICE - 1} ORDER BY rowid"
        # The names are quoted, and no other part of the query comes from a caller.
        found = kept.query(view, f"SELECT {facts} FROM {rows} WHERE {some}")  # noqa: S608
        table = found.to_arrow_table().combine_chunks()
        read += len(table)
        yield from table.to_batches()
    if read != size:
        raise TableError([problem("BE739", rows=size - read)])


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _row_at(source: SourceFrame, number: int) -> Mapping[str, Any]:
    if source.backend.row is None:
        raise TableError([problem("BE727.order")])
    if number >= 0:
        some = open_frame(source.backend.row(source.native, number)).view
        for cells in some.iter_rows(named=True):
            return dict(cells)
    raise TableError([problem("BE727.row", row=number)])


def _mapping(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    for name in _TO_MAPPING:
        if callable(make := getattr(row, name, None)):
            made: Mapping[str, Any] = make()
            return made
    given = f"a value of type `{type(row).__name__}`"
    raise TableError([problem("BE735", given=given)])


def _python_value(value: Any) -> Any:
    value = _item(value)
    return None if encode.is_missing(value) else value


#: The backend for all data frames in memory.
_EAGER = Backend(
    rank=_rank_eager,
    row=lambda frame, place: open_frame(frame).view[place : place + 1].to_native(),
)
_PYSPARK = Backend(
    rank=_rank_pyspark,
    counts=lambda source, asked: [
        row[0]
        for row in _map_pyspark(source.native, asked.counted, "counts string").collect()
    ],
    collect=lambda frame: frame.toPandas(),
    row=None,
    in_any_case=True,
)
#: The backends for lazy data frames, by their narwhals names.
_LAZY = {
    "polars": Backend(
        rank=lambda source, asked: _map_polars(source.native, asked.ranked),
        counts=lambda source, asked: _map_polars(
            source.native, asked.counted
        ).collect()["counts"],
        collect=lambda frame: frame.collect(),
        row=lambda frame, place: frame.slice(place, 1).collect(),
    ),
    "dask": Backend(
        rank=lambda source, asked: _map_dask(source.native, asked.ranked),
        counts=lambda source, asked: _map_dask(source.native, asked.counted).compute()[
            "counts"
        ],
        collect=lambda frame: frame.compute(),
        row=_row_of_dask,
        # By default, Dask converts columns of objects to text.
        words=encode.TRUTHS,
    ),
    # DuckDB computes the results immediately, on the connection of the relation.
    "duckdb": Backend(
        rank=_rank_duckdb,
        collect=lambda frame: frame.to_arrow_table(),
        row=lambda frame, place: frame.limit(1, offset=place).to_arrow_table(),
        in_any_case=True,
    ),
    "pyspark": _PYSPARK,
    "pyspark_connect": _PYSPARK,
}
