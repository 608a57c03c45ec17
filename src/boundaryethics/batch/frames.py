"""Rank tables of any kind: pandas, Polars, pyarrow, DuckDB, Dask and PySpark.

The backends at the end hold everything in which the kinds of frames differ.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib import import_module
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics import policies
from boundaryethics.batch.compiled import Compiled, Ranked, compile_one
from boundaryethics.batch.encode import (
    Coded,
    Matched,
    coded,
    coded_values,
    matched,
    refuse_clashes,
    refuse_misgiven,
    refuse_repeats,
    refuse_undeclared,
    refused,
)
from boundaryethics.batch.summary import FIRST, Summary, Tally
from boundaryethics.consult import DEFAULT_POLICY, consult
from boundaryethics.errors import TableError, problem
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict

if TYPE_CHECKING:
    from narwhals.stable.v2.typing import IntoFrameT
else:
    IntoFrameT = TypeVar("IntoFrameT")

#: Rows that are coded at once: many for numpy, few for memory.
SLICE = 1 << 17
#: Policies kept ready; each takes some tens of megabytes.
_KEPT_READY = 8
#: How rows of PySpark, of pandas, and named tuples become mappings.
_TO_MAPPING = ("asDict", "to_dict", "_asdict")
#: The types of what is missing in rows of pandas.
_MISSING = frozenset({"NAType", "NaTType"})
#: Metadata that lists all columns: readers that use it would miss the answers.
_LISTING = {
    b"avro.schema",
    b"org.apache.spark.sql.parquet.row.metadata",
    b"parquet.avro.schema",
}


@final
@attrs.frozen(eq=False)
class RankedFrame(Generic[IntoFrameT]):
    """A frame with its answers."""

    #: The frame, of the kind that was given: its own columns, then the answers.
    frame: IntoFrameT
    _summed_up: Callable[[], Summary] = attrs.field(repr=False)

    @cached_property
    def summary(self) -> Summary:
        """Sum up all rows; a lazy frame is worked out when this is asked."""
        return self._summed_up()


def rank(
    frame: IntoFrameT,
    policy: str | Path | Policy = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    rules: bool = False,
    principles: bool = False,
    prefix: str = "",
    threads: int = 1,
) -> RankedFrame[IntoFrameT]:
    """Give *frame* with what *policy* says of each row.

    Each row gets `best`, the first place, with `=` between options that share it; a
    place for each option, such as `rank_decline`; `tied`, whether options share the
    first place; and `problem`, which says what is wrong where a row holds a value
    that its fact cannot have. Such a row has no other answers.

    Args:
        frame: a table of situations, a row each; nulls are unknown.
        policy: a policy, the id of a shipped one, or the path of a policy file.
        columns: for facts that are not told by a column of their name, the column.
        rules: whether to list the binding rules of each row.
        principles: whether to list the principles on which they stand.
        prefix: what to put before the names of the columns of answers.
        threads: how many to work in.

    Raises:
        TableError: it is no frame, no column tells a fact, columns share a name or
            have the name of an answer, *columns* or *threads* is not what it should
            be, or what it takes is not installed.
        SituationError: *columns* names a fact that is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    refuse_misgiven(columns, threads)
    named, seen, found = _opened_for(frame, policy, columns)
    answers = Answers(
        policy=named, prefix=prefix, rules=rules, principles=principles, threads=threads
    )
    refuse_clashes(seen.names, answers.names, in_any_case=seen.backend.in_any_case)
    ready(named)
    asked = RankedColumns(answers, found, Tally())
    made = seen.backend.rank(seen, asked)
    return RankedFrame(
        made, lambda: seen.backend.tally(seen, asked).summary(named, found.warnings)
    )


def explain(
    frame: Any,
    row: Any,
    policy: str | Path | Policy = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
) -> Verdict:
    """Give the verdict of *policy* on one row of *frame*.

    Args:
        frame: a table of situations, a row each.
        row: the place of the row, from 0; or the row itself, as a mapping of columns
            to values, or as PySpark or pandas gives it.
        policy: a policy, the id of a shipped one, or the path of a policy file.
        columns: for facts that are not told by a column of their name, the column.

    Raises:
        TableError: it is no frame, no column tells a fact, there is no such row, or
            the rows are in no order and so have no places.
        SituationError: the row holds a value that its fact cannot have, or *columns*
            names a fact that is not declared.
        PolicyError: the policy cannot be read, means nothing, or is abstract.
    """
    refuse_misgiven(columns)
    named, seen, found = _opened_for(frame, policy, columns)
    return consult(_stated(seen, found, row), named)


def _opened_for(
    frame: Any, policy: str | Path | Policy, columns: Mapping[str, str] | None
) -> tuple[Policy, Seen, Matched]:
    """Load *policy*, open *frame*, and match its columns to the facts."""
    named = policies.as_policy(policy)
    refuse_undeclared(columns, [named.vocabulary])
    seen = opened(frame)
    return named, seen, matched(seen.names, named.vocabulary, columns)


@final
@attrs.frozen(kw_only=True)
class Backend:
    """One kind of frame."""

    #: Gives the frame with the answers.
    rank: Callable[[Seen, RankedColumns], Any]
    #: Gives the counts of the answers, after they were asked for.
    tally: Callable[[Seen, RankedColumns], Tally] = lambda _seen, asked: asked.tally
    #: Gives the frame with all its rows in memory.
    collect: Callable[[Any], Any] = lambda frame: frame
    #: Gives the row at a place as a frame in memory; empty where there is none.
    row: Callable[[Any, int], Any]
    #: Whether the case of letters in the name of a column does not matter.
    in_any_case: bool = False


@final
@attrs.frozen(eq=False, kw_only=True)
class Seen:
    """A frame with the names of its columns and its backend."""

    frame: Any
    names: tuple[Any, ...]
    backend: Backend
    #: The frame as narwhals has it; None where it is lazy.
    view: Any = None


def opened(frame: Any) -> Seen:
    """Find the backend of *frame*.

    Raises:
        TableError: it is no frame, or one that cannot be ranked, names a column
            twice, or narwhals is missing.
    """
    narwhals, _ = needed("narwhals.stable.v2", "pyarrow")
    if type(frame).__module__.partition(".")[0] == "dask":
        return _seen(frame, _LAZY["dask"])
    try:
        view = narwhals.from_native(frame)
    except narwhals.exceptions.DuplicateError:
        refuse_repeats(_names(frame))
        raise
    except TypeError:
        raise _no_frame(frame) from None
    kind = view.implementation.value
    if not hasattr(view, "collect"):
        return _seen(frame, _EAGER.get(kind, _ANY_EAGER), view)
    if kind not in _LAZY:
        raise _no_frame(frame)
    return _seen(frame, _LAZY[kind])


def needed(*libraries: str) -> tuple[Any, ...]:
    """Import *libraries*; raise a `TableError` where one is not installed."""
    try:
        return tuple(map(import_module, libraries))
    except ImportError as missing:
        name = (missing.name or str(missing)).partition(".")[0]
        raise TableError([problem("BE720", name=name)]) from missing


def _seen(frame: Any, backend: Backend, view: Any = None) -> Seen:
    names = _names(frame)
    # Some kinds let names repeat.
    refuse_repeats(names)
    return Seen(frame=frame, backend=backend, names=names, view=view)


def _names(frame: Any) -> tuple[Any, ...]:
    if hasattr(frame, "collect_schema"):
        return tuple(frame.collect_schema().names())
    return tuple(getattr(frame, "column_names", None) or frame.columns)


def _no_frame(frame: object) -> TableError:
    advice = "give a table of pandas, Polars, pyarrow, DuckDB, Dask or PySpark"
    if type(frame).__name__ == "RecordBatch":
        advice = "make a table of it: `pyarrow.Table.from_batches([batch])`"
    return TableError([problem("BE726", advice=advice)])


@lru_cache(maxsize=_KEPT_READY)
def ready(policy: Policy) -> Compiled:
    """Compile *policy*, and keep it for the next rows."""
    return compile_one(policy)


@final
@attrs.frozen(kw_only=True)
class Answers:
    """The answers that are wanted of each row."""

    policy: Policy
    #: What stands before the name of each column.
    prefix: str = ""
    #: Whether to list the rules that bind, and the principles behind them.
    rules: bool = False
    principles: bool = False
    threads: int = 1

    @property
    def names(self) -> tuple[str, ...]:
        """List the names of the columns, in order."""
        ranks = [f"rank_{option}" for option in Option]
        lists = ["rules"] * self.rules + ["principles"] * self.principles
        names = ("best", *ranks, "tied", *lists, "problem")
        return tuple(self.prefix + name for name in names)

    @property
    def schema(self) -> Any:
        """Give the Arrow schema of the answers."""
        import pyarrow as pa

        lists = [pa.list_(pa.string())] * (self.rules + self.principles)
        kinds = [pa.string(), *[pa.int8()] * len(Option), pa.bool_(), *lists]
        return pa.schema([*zip(self.names, [*kinds, pa.string()], strict=True)])

    def of(self, columns: Mapping[str, Coded], rows: int, tally: Tally) -> Any:
        """Answer *rows* rows, whose facts are in *columns*; *tally* counts them."""
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
        self, columns: Mapping[str, Coded], rows: int, tally: Tally
    ) -> tuple[npt.NDArray[np.bool_], Any]:
        """Find the rows that cannot be answered, and a column that says why."""
        import pyarrow as pa

        wrong = np.zeros(rows, bool)
        told: npt.NDArray[np.object_] | None = None
        for bad, refusals in refused(columns, self.policy.vocabulary):
            tally.refuse(refusals)
            wrong[bad] = True
            told = np.full(rows, None, object) if told is None else told
            told[bad] = [
                one.message if before is None else f"{before}; {one.message}"
                for before, one in zip(told[bad], refusals, strict=True)
            ]
        if told is None:
            return wrong, pa.nulls(rows, pa.string())
        return wrong, pa.array(told, pa.string())

    def _ranked(self, columns: Mapping[str, Coded], rows: int) -> Ranked:
        codes = {fact: column.codes for fact, column in columns.items()}
        if not codes:
            # Some column has to say how many rows there are.
            first = self.policy.vocabulary.facts[0]
            codes = {first.name: np.full(rows, len(first.values), np.uint8)}
        binding = self.rules or self.principles
        return ready(self.policy).rank_codes(
            codes, threads=self.threads, binding=binding
        )

    def _lists(self, ranked: Ranked, mask: Any) -> Iterator[Any]:
        if ranked.binding is None:
            return
        words = np.ascontiguousarray(ranked.binding).astype("<u8").view(np.uint8)
        bits = np.unpackbits(words, axis=1, bitorder="little")[:, : len(ranked.rules)]
        if self.rules:
            yield _listed(bits, ranked.rules, mask)
        if self.principles:
            by_principle = self._by_principle(ranked.rules)
            held = [bits[:, rules].any(axis=1) for rules in by_principle.values()]
            empty = np.zeros((len(bits), 0), bool)
            matrix = np.stack(held, axis=1) if held else empty
            yield _listed(matrix, (*by_principle,), mask)

    def _by_principle(self, rules: Sequence[str]) -> dict[str, list[int]]:
        """Find for each principle the numbers of the *rules* that stand on it."""
        found: dict[str, list[int]] = {p.id: [] for p in self.policy.principles}
        for number, name in enumerate(rules):
            rule = self.policy.rule[name]
            if rule.principle and rule.then.yields_reasons:
                found[rule.principle].append(number)
        return {principle: of_one for principle, of_one in found.items() if of_one}


def _listed(held: npt.NDArray[Any], names: Sequence[str], mask: Any) -> Any:
    """List for each row the *names* whose columns are set in *held*."""
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
    """The answers wanted of a table; can be sent to where the parts of it are."""

    answers: Answers
    #: Which columns tell the facts.
    found: Matched
    #: What counts the answers.
    tally: Tally

    def ranked(self, frame: Any) -> Any:
        """Give the rows of *frame*, a part, with their answers."""
        seen = opened(frame)
        return seen.backend.rank(seen, self._afresh())

    def counted(self, frame: Any) -> Any:
        """Give the counts for *frame*, a part, in a frame of the same kind."""
        import narwhals.stable.v2 as nw
        import pyarrow as pa

        seen, asked = opened(frame), self._afresh()
        seen.backend.rank(seen, asked)
        counts = pa.table({"counts": [asked.tally.to_json()]})
        return nw.from_arrow(counts, backend=seen.view.implementation).to_native()

    def ranked_batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Give each of *batches* with its answers."""
        asked = [self._afresh()]
        return (beside(batch, answers_to(batch, asked)) for batch in batches)

    def counted_batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Give one batch, of the counts for *batches*."""
        import pyarrow as pa

        asked = self._afresh()
        for batch in batches:
            answers_to(batch, [asked])
        yield pa.record_batch({"counts": [asked.tally.to_json()]})

    def _afresh(self) -> RankedColumns:
        return attrs.evolve(self, tally=Tally())


def answers_to(
    batch: Any, asked: Sequence[RankedColumns], words: Mapping[str, bool] | None = None
) -> Any:
    """Answer all that is *asked* of *batch*; *words* are texts for true and false."""
    some = [
        one.answers.of(
            codes_of(one.found.of(batch), one.answers.policy.vocabulary, words),
            batch.num_rows,
            one.tally,
        )
        for one in asked
    ]
    return beside(*some)


def beside(*batches: Any) -> Any:
    """Join the columns of *batches* in one batch, with the metadata of the first."""
    import pyarrow as pa

    fields = [field for batch in batches for field in batch.schema]
    schema = pa.schema(fields, batches[0].schema.metadata)
    columns = [column for batch in batches for column in batch.columns]
    return pa.record_batch(columns, schema=schema)


def codes_of(
    columns: Mapping[str, Any],
    vocabulary: Vocabulary,
    words: Mapping[str, bool] | None = None,
) -> dict[str, Coded]:
    """Code *columns*, lists or Arrow arrays, each under its fact."""
    return {
        fact: coded_values(vocabulary[fact], column)
        if isinstance(column, list)
        else coded(vocabulary[fact], column, words)
        for fact, column in columns.items()
    }


def pieces(seen: Seen, found: Matched) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield slices of the columns that tell facts, by fact, and their numbers of rows.

    Only the slices are ever copied.
    """
    facts = {fact: seen.view[name] for fact, name in found.columns.items()}
    for start in range(0, len(seen.view), SLICE):
        end = min(start + SLICE, len(seen.view))
        some = {fact: _column_of(series[start:end]) for fact, series in facts.items()}
        yield some, end - start


def without_listings(notes: Mapping[bytes, bytes] | None) -> dict[bytes, bytes]:
    """Drop from the metadata of a schema what lists all columns."""
    return {key: told for key, told in (notes or {}).items() if key not in _LISTING}


def _eagerly(join: Callable[[Seen, Any], Any]) -> Callable[[Seen, RankedColumns], Any]:
    """Make what ranks a frame in memory, and joins the answers to it by *join*."""

    def ranked(seen: Seen, asked: RankedColumns) -> Any:
        import pyarrow as pa

        answers, vocabulary = asked.answers, asked.answers.policy.vocabulary
        batches = [
            answers.of(codes_of(facts, vocabulary), rows, asked.tally)
            for facts, rows in pieces(seen, asked.found)
        ]
        return join(seen, pa.Table.from_batches(batches, answers.schema))

    return ranked


def _joined(seen: Seen, answers: Any) -> Any:
    """Join *answers* to a frame of any kind in memory."""
    import narwhals.stable.v2 as nw

    more = nw.from_arrow(answers, backend=seen.view.implementation)
    return nw.concat([seen.view, more], how="horizontal").to_native()


def _joined_arrow(seen: Seen, answers: Any) -> Any:
    """Join *answers* to an Arrow table, and keep its metadata."""
    import pyarrow as pa

    table = seen.view.to_native()
    notes = without_listings(table.schema.metadata) or None
    schema = pa.schema([*table.schema, *answers.schema], notes)
    return pa.table([*table.columns, *answers.columns], schema=schema)


def _joined_pandas(seen: Seen, answers: Any) -> Any:
    """Join *answers* to a pandas frame under its index."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int8(): pd.Int8Dtype(), pa.bool_(): pd.BooleanDtype()}
    more = answers.to_pandas(types_mapper=kinds.get)
    more.index = seen.frame.index
    made = pd.concat([seen.frame, more], axis="columns")
    made.attrs = dict(seen.frame.attrs)
    return made


def _column_of(series: Any) -> Any:
    """Give *series* as an Arrow array, or as a list of values of many kinds."""
    import pyarrow as pa

    if not series.implementation.is_pandas():
        return series.to_arrow()
    native = series.to_native()
    try:
        return pa.array(native, from_pandas=True)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        # Values of many kinds, numbers too large, and halves of characters.
        pass
    nulls = native.isna().to_numpy()
    return [
        None if null else _item(value)
        for value, null in zip(native.tolist(), nulls, strict=True)
    ]


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _merged(counts: Iterable[str]) -> Tally:
    tally = Tally()
    for one in counts:
        tally.merge(one)
    return tally


def _map_polars(frame: Any, work: Callable[[Any], Any]) -> Any:
    import polars as pl

    # A later filter or selection may name an answer.
    return frame.map_batches(
        work,
        schema=work(pl.DataFrame(schema=frame.collect_schema())).schema,
        predicate_pushdown=False,
        projection_pushdown=False,
        streamable=True,
    )


def _tally_polars(seen: Seen, asked: RankedColumns) -> Tally:
    made = _map_polars(seen.frame, asked.counted).collect()
    return _merged(made.get_column("counts").to_list())


def _map_dask(frame: Any, work: Callable[[Any], Any]) -> Any:
    # An empty part shows the types of the columns.
    meta = work(frame._meta).iloc[:0]  # noqa: SLF001
    return frame.map_partitions(work, meta=meta)


def _tally_dask(seen: Seen, asked: RankedColumns) -> Tally:
    made = _map_dask(seen.frame, asked.counted).compute()
    return _merged(made["counts"].tolist())


def _row_of_dask(frame: Any, place: int) -> Any:
    for number, rows in enumerate(frame.map_partitions(len).compute()):
        if place < rows:
            return frame.partitions[number].compute().iloc[place : place + 1]
        place -= rows
    return frame._meta  # noqa: SLF001


def _map_pyspark(
    frame: Any, work: Callable[[Iterable[Any]], Iterator[Any]], schema: Any
) -> Any:
    names = [*frame.columns]

    def named(batches: Iterable[Any]) -> Iterator[Any]:
        return work(batch.rename_columns(names) for batch in batches)

    # Spark reads a dot in a name as a path into the column.
    plain = frame.toDF(*(f"c{n}" for n in range(len(names))))
    return plain.mapInArrow(named, schema)


def _rank_pyspark(seen: Seen, asked: RankedColumns) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    more = from_arrow_schema(asked.answers.schema)
    schema = StructType([*seen.frame.schema.fields, *more.fields])
    return _map_pyspark(seen.frame, asked.ranked_batches, schema)


def _tally_pyspark(seen: Seen, asked: RankedColumns) -> Tally:
    made = _map_pyspark(seen.frame, asked.counted_batches, "counts string")
    return _merged(row[0] for row in made.collect())


def _row_of_pyspark(_frame: Any, _place: int) -> Any:
    raise TableError([problem("BE727.order")])


def _rank_duckdb(seen: Seen, asked: RankedColumns) -> Any:
    """Give the relation with its answers, row for row.

    Its rows and the answers are temporary tables of its connection, so that they may
    be larger than memory. Only columns of facts leave DuckDB, a slice at a time.
    """
    frame = seen.frame
    name = f"boundaryethics_{secrets.token_hex(8)}"
    view, rows, told = (f"{name}_{part}" for part in ("view", "rows", "answers"))
    # Under names of our own, no column hides DuckDB's `rowid`.
    own = [f"c{n}" for n in range(len(frame.columns))]
    frame.query(
        view, f"CREATE TEMP TABLE {rows} AS FROM {view} AS given({', '.join(own)})"
    )
    kept = frame.query(view, f"FROM {rows}")
    # DuckDB finds an Arrow table by the name of its variable.
    boundaryethics_batch = asked.answers.schema.empty_table()
    kept.query(view, f"CREATE TEMP TABLE {told} AS FROM boundaryethics_batch")
    named = dict(zip(frame.columns, own, strict=True))
    wanted = {name: named[name] for name in asked.found.columns.values()}
    for facts in _facts(kept, view, rows, wanted):
        boundaryethics_batch = answers_to(facts, [asked])  # noqa: F841
        kept.query(view, f"INSERT INTO {told} FROM boundaryethics_batch")
    back = ", ".join(map(_quoted, frame.columns))
    made = kept.query(view, f"FROM {rows} AS kept({back}) POSITIONAL JOIN {told}")
    kept.query(view, f"DROP VIEW IF EXISTS {view}")
    return made


def _facts(kept: Any, view: str, rows: str, wanted: Mapping[str, str]) -> Iterator[Any]:
    """Yield the columns *wanted* of *rows*, by their names there, a slice at a time."""
    facts = ", ".join(f"{own} AS {_quoted(name)}" for name, own in wanted.items())
    # Within a transaction DuckDB numbers the rows of a new table from far up.
    counted = f"SELECT count(*), coalesce(min(rowid), 0) FROM {rows}"  # noqa: S608
    size, first = kept.query(view, counted).fetchall()[0]
    seen = 0
    for start in range(first, first + size, SLICE):
        some = f"rowid BETWEEN {start} AND {start + SLICE - 1} ORDER BY rowid"
        # The names are quoted, and nothing else here is of anybody's choosing.
        told = kept.query(view, f"SELECT {facts} FROM {rows} WHERE {some}")  # noqa: S608
        table = told.to_arrow_table().combine_chunks()
        seen += len(table)
        yield from table.to_batches()
    if seen != size:
        raise TableError([problem("BE739", rows=size - seen)])


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _stated(seen: Seen, found: Matched, row: Any) -> dict[str, object]:
    """Give what *row* states: a row, or the place of one in the frame, from 0.

    Raises:
        TableError: there is no such row, it is none, or the rows are in no order.
    """
    place = isinstance(row, Integral) and not isinstance(row, bool)
    cells = _at(seen, int(row)) if place else _mapping(row)
    told = {f: cells[name] for f, name in found.columns.items() if name in cells}
    if not told:
        raise TableError([problem("BE736")])
    values = {fact: _known(value) for fact, value in told.items()}
    return {fact: value for fact, value in values.items() if value is not None}


def _at(seen: Seen, place: int) -> Mapping[str, Any]:
    """Give the cells of the row of *seen* at *place*."""
    if place >= 0:
        some = opened(seen.backend.row(seen.frame, place)).view
        for cells in some.iter_rows(named=True):
            return dict(cells)
    raise TableError([problem("BE727.row", row=place)])


def _row_of(frame: Any, place: int) -> Any:
    import narwhals.stable.v2 as nw

    return nw.from_native(frame)[place : place + 1].to_native()


def _mapping(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Mapping):
        return row
    for name in _TO_MAPPING:
        if callable(make := getattr(row, name, None)):
            made: Mapping[str, Any] = make()
            return made
    given = f"`{row}` is" if isinstance(row, str | int | float) else "what is given is"
    raise TableError([problem("BE735", given=given)])


def _known(value: Any) -> Any:
    """Give *value* as a Python object; None where it is missing."""
    value = _item(value)
    is_nan = isinstance(value, float) and np.isnan(value)
    return None if is_nan or type(value).__name__ in _MISSING else value


#: The kinds of frames in memory, as narwhals calls them.
_EAGER = {
    "pandas": Backend(rank=_eagerly(_joined_pandas), row=_row_of),
    "pyarrow": Backend(rank=_eagerly(_joined_arrow), row=_row_of),
}
#: All other kinds in memory.
_ANY_EAGER = Backend(rank=_eagerly(_joined), row=_row_of)

_PYSPARK = Backend(
    rank=_rank_pyspark,
    tally=_tally_pyspark,
    collect=lambda frame: frame.toPandas(),
    row=_row_of_pyspark,
    in_any_case=True,
)
#: The kinds of frames whose rows are worked out later, or elsewhere.
_LAZY = {
    "polars": Backend(
        rank=lambda seen, asked: _map_polars(seen.frame, asked.ranked),
        tally=_tally_polars,
        collect=lambda frame: frame.collect(),
        row=lambda frame, place: frame.slice(place, 1).collect(),
    ),
    "dask": Backend(
        rank=lambda seen, asked: _map_dask(seen.frame, asked.ranked),
        tally=_tally_dask,
        collect=lambda frame: frame.compute(),
        row=_row_of_dask,
    ),
    # DuckDB answers at once, on its own connection.
    "duckdb": Backend(
        rank=_rank_duckdb,
        collect=lambda frame: frame.to_arrow_table(),
        row=lambda frame, place: frame.limit(1, offset=place).to_arrow_table(),
        in_any_case=True,
    ),
    "pyspark": _PYSPARK,
    "pyspark_connect": _PYSPARK,
}
