"""Frames: a table of any kind in, the same table with its answers out.

Every kind of frame comes in by this door: pandas, Polars, pyarrow, DuckDB, Dask and
PySpark. Which of them it is decides how it is read, and never what is answered: the
table of backends at the end has, for each kind, everything that differs.
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
    Wanted,
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
from boundaryethics.errors import Problem, TableError
from boundaryethics.model.facts import Fact, Vocabulary
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
#: How rows that are no mappings become some: those of PySpark, of pandas, and tuples
#: with names.
_TO_MAPPING = ("asDict", "to_dict", "_asdict")
#: The types of what is missing in rows of pandas.
_MISSING = frozenset({"NAType", "NaTType"})
#: Notes of others that list all columns: who goes by them sees no more than those.
_LISTING = frozenset(
    {
        b"avro.schema",
        b"org.apache.spark.sql.parquet.row.metadata",
        b"parquet.avro.schema",
    }
)


@final
@attrs.frozen(eq=False)
class RankedFrame(Generic[IntoFrameT]):
    """A frame with its answers."""

    #: The frame, of the kind that was given: its own columns, then the answers.
    frame: IntoFrameT
    _summed_up: Callable[[], Summary] = attrs.field(repr=False)

    @cached_property
    def summary(self) -> Summary:
        """What came out over all rows; of a lazy frame it is worked out when asked."""
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
    """*frame* with what *policy* says of each row.

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
    named = policies.policy_named(policy)
    refuse_undeclared(columns, [named.vocabulary])
    seen = opened(frame)
    found = matched(seen.names, named.vocabulary, columns)
    wanted = Wanted(prefix=prefix, rules=rules, principles=principles)
    refuse_clashes(seen.names, wanted.names, in_any_case=seen.backend.in_any_case)
    ready(named)
    asked = RankedColumns(
        Answers(policy=named, wanted=wanted, threads=threads), found, Tally()
    )
    made = seen.backend.rank(seen, asked)

    def summed_up() -> Summary:
        tally = seen.backend.tally(seen, asked)
        return tally.summary(named, found.warnings)

    return RankedFrame(made, summed_up)


def explain(
    frame: Any,
    row: Any,
    policy: str | Path | Policy = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
) -> Verdict:
    """The verdict of *policy* on one row of *frame*.

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
    named = policies.policy_named(policy)
    refuse_undeclared(columns, [named.vocabulary])
    seen = opened(frame)
    found = matched(seen.names, named.vocabulary, columns)
    return consult(_stated(seen, found, row), named)


@final
@attrs.frozen(kw_only=True)
class Backend:
    """What has to be known of one kind of frame."""

    #: The frame with the answers to what is asked.
    rank: Callable[[Seen, RankedColumns], Any]
    #: What counted the answers, after they were asked for.
    tally: Callable[[Seen, RankedColumns], Tally] = lambda _seen, asked: asked.tally
    #: All rows of a frame, at hand.
    collect: Callable[[Any], Any] = lambda frame: frame
    #: The row of a frame at a place, as a frame that is at hand; none where the frame
    #: ends before it.
    row: Callable[[Any, int], Any]
    #: Whether a column is found whether its letters are large or small.
    in_any_case: bool = False


@final
@attrs.frozen(eq=False, kw_only=True)
class Seen:
    """A frame, and what has to be known of it."""

    frame: Any
    #: The names of its columns, in order.
    names: tuple[Any, ...]
    backend: Backend
    #: The frame as narwhals has it; None for those that are lazy.
    view: Any = None


def opened(frame: Any) -> Seen:
    """*frame* as what it is.

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
        raise TableError([_no_frame(frame)]) from None
    kind = view.implementation.value
    if not hasattr(view, "collect"):
        return _seen(frame, _EAGER.get(kind, _ANY_EAGER), view)
    if kind not in _LAZY:
        raise TableError([_no_frame(frame)])
    return _seen(frame, _LAZY[kind])


def needed(*libraries: str) -> tuple[Any, ...]:
    """The modules called *libraries*.

    Raises:
        TableError: one is not installed.
    """
    try:
        return tuple(map(import_module, libraries))
    except ImportError as missing:
        name = (missing.name or str(missing)).partition(".")[0]
        problem = Problem(
            code="BE720",
            message=f"tables cannot be ranked: {name} is not installed",
            help="pip install 'boundaryethics[frames]'",
        )
        raise TableError([problem]) from missing


def _seen(frame: Any, backend: Backend, view: Any = None) -> Seen:
    names = _names(frame)
    # Some kinds let names repeat.
    refuse_repeats(names)
    return Seen(frame=frame, backend=backend, names=names, view=view)


def _names(frame: Any) -> tuple[Any, ...]:
    if hasattr(frame, "collect_schema"):
        return tuple(frame.collect_schema().names())
    return tuple(getattr(frame, "column_names", None) or frame.columns)


def _no_frame(frame: object) -> Problem:
    is_batch = type(frame).__name__ == "RecordBatch"
    return Problem(
        code="BE726",
        message="what is given is no frame that can be ranked",
        help="make a table of it: `pyarrow.Table.from_batches([batch])`"
        if is_batch
        else "give a table of pandas, Polars, pyarrow, DuckDB, Dask or PySpark",
    )


@lru_cache(maxsize=_KEPT_READY)
def ready(policy: Policy) -> Compiled:
    """*policy*, compiled; kept for the next rows."""
    return compile_one(policy)


@final
@attrs.frozen(kw_only=True)
class Answers:
    """What is wanted to be known of each row."""

    policy: Policy
    wanted: Wanted
    threads: int = 1

    @property
    def schema(self) -> Any:
        """The columns of the answers, with their kinds."""
        import pyarrow as pa

        names = self.wanted.names
        lists = [pa.list_(pa.string())] * (self.wanted.rules + self.wanted.principles)
        kinds = [pa.string(), *[pa.int8()] * len(Option), pa.bool_(), *lists]
        return pa.schema([*zip(names, [*kinds, pa.string()], strict=True)])

    def of(
        self, columns: Mapping[str, Coded], rows: int, tally: Tally | None = None
    ) -> Any:
        """A batch of answers for *rows* rows, whose facts are in *columns*.

        The *tally*, if any, counts them.
        """
        import pyarrow as pa

        wrong, problem = self._problems(columns, rows, tally)
        ranked = self._ranked(columns, rows)
        if tally is not None:
            counts = np.bincount(ranked.best[~wrong], minlength=len(FIRST)).tolist()
            first = {FIRST[n]: count for n, count in enumerate(counts) if count}
            tally.count(first, int(wrong.sum()))
        mask = wrong if wrong.any() else None
        best = pa.array(ranked.best, mask=mask)
        arrays = [
            pa.array(FIRST).take(best),
            *(
                pa.array(ranked.places[:, n].astype(np.int8), mask=mask)
                for n in range(len(Option))
            ),
            pa.array(ranked.tied, mask=mask),
            *self._lists(ranked, mask),
            problem,
        ]
        return pa.record_batch(arrays, schema=self.schema)

    def _problems(
        self, columns: Mapping[str, Coded], rows: int, tally: Tally | None
    ) -> tuple[npt.NDArray[np.bool_], Any]:
        """The rows that cannot be answered, and a column that says why."""
        import pyarrow as pa

        wrong = np.zeros(rows, bool)
        told: npt.NDArray[np.object_] | None = None
        for bad, refusals in refused(columns, self.policy.vocabulary):
            if tally is not None:
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
            # Some column has to tell how many rows there are.
            first = self.policy.vocabulary.facts[0]
            codes = {first.name: np.full(rows, len(first.values), np.uint8)}
        telling = self.wanted.rules or self.wanted.principles
        return ready(self.policy).rank_codes(
            codes, threads=self.threads, binding=telling
        )

    def _lists(self, ranked: Ranked, mask: Any) -> Iterator[Any]:
        if ranked.binding is None:
            return
        words = np.ascontiguousarray(ranked.binding).astype("<u8").view(np.uint8)
        bits = np.unpackbits(words, axis=1, bitorder="little")[:, : len(ranked.rules)]
        if self.wanted.rules:
            yield _listed(bits, ranked.rules, mask)
        if self.wanted.principles:
            by_principle = self._by_principle(ranked.rules)
            held = [bits[:, rules].any(axis=1) for rules in by_principle.values()]
            empty = np.zeros((len(bits), 0), bool)
            matrix = np.stack(held, axis=1) if held else empty
            yield _listed(matrix, (*by_principle,), mask)

    def _by_principle(self, rules: Sequence[str]) -> dict[str, list[int]]:
        """The numbers of the *rules* that stand on each principle."""
        found: dict[str, list[int]] = {p.id: [] for p in self.policy.principles}
        for number, name in enumerate(rules):
            rule = self.policy.rule[name]
            if rule.principle and rule.then.yields_reasons:
                found[rule.principle].append(number)
        return {principle: of_one for principle, of_one in found.items() if of_one}


def _listed(held: npt.NDArray[Any], names: Sequence[str], mask: Any) -> Any:
    """For each row a list of the *names* whose columns are set in *held*."""
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
    """What is asked of each row of a table."""

    answers: Answers
    #: Which columns tell the facts.
    found: Matched
    #: What counts the answers.
    tally: Tally


def answers_to(
    batch: Any, asked: Sequence[RankedColumns], words: Mapping[str, bool] | None = None
) -> Any:
    """A batch of the answers to all that is *asked* of the rows of *batch*.

    Args:
        batch: a record batch.
        asked: what is asked of each row.
        words: texts that mean true and false.
    """
    facts = [
        {fact: batch.column(name) for fact, name in one.found.columns.items()}
        for one in asked
    ]
    some = [
        one.answers.of(
            codes_of(columns, one.answers.policy.vocabulary, words),
            batch.num_rows,
            one.tally,
        )
        for one, columns in zip(asked, facts, strict=True)
    ]
    return beside(*some)


def beside(*batches: Any) -> Any:
    """The columns of *batches*, as many rows each, in one batch; notes of the first."""
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
    """The codes of *columns*, each under its fact, lists or Arrow arrays."""
    return {
        fact: _code_of(vocabulary[fact], column, words)
        for fact, column in columns.items()
    }


def _code_of(fact: Fact, column: Any, words: Mapping[str, bool] | None) -> Coded:
    if isinstance(column, list):
        return coded_values(fact, column)
    return coded(fact, column, words)


def pieces(seen: Seen, found: Matched) -> Iterator[tuple[dict[str, Any], int]]:
    """The columns that tell facts, each under its fact, and how many rows they have.

    What has to be copied to be read is a slice of one column at a time.
    """
    facts = {fact: seen.view[name] for fact, name in found.columns.items()}
    for start in range(0, len(seen.view), SLICE):
        end = min(start + SLICE, len(seen.view))
        some = {fact: _column_of(series[start:end]) for fact, series in facts.items()}
        yield some, end - start


def without_listings(notes: Mapping[bytes, bytes] | None) -> dict[bytes, bytes]:
    """*notes* of a schema, but for those that list all columns."""
    return {key: told for key, told in (notes or {}).items() if key not in _LISTING}


def _eagerly(join: Callable[[Seen, Any], Any]) -> Callable[[Seen, RankedColumns], Any]:
    """What ranks a frame whose rows are at hand, and joins the answers by *join*."""

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
    """The frame of *seen*, of any kind, with *answers* after its own columns."""
    import narwhals.stable.v2 as nw

    more = nw.from_arrow(answers, backend=seen.view.implementation)
    return nw.concat([seen.view, more], how="horizontal").to_native()


def _joined_arrow(seen: Seen, answers: Any) -> Any:
    """The same of an Arrow table, with what is noted of it and its columns."""
    import pyarrow as pa

    table = seen.view.to_native()
    notes = without_listings(table.schema.metadata) or None
    schema = pa.schema([*table.schema, *answers.schema], notes)
    return pa.table([*table.columns, *answers.columns], schema=schema)


def _joined_pandas(seen: Seen, answers: Any) -> Any:
    """The same of a pandas frame, under the index that it has."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int8(): pd.Int8Dtype(), pa.bool_(): pd.BooleanDtype()}
    more = answers.to_pandas(types_mapper=kinds.get)
    more.index = seen.frame.index
    made = pd.concat([seen.frame, more], axis="columns")
    made.attrs = dict(seen.frame.attrs)
    return made


def _column_of(series: Any) -> Any:
    """*series* as an Arrow array, or as a list where its values are of many kinds."""
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


@final
@attrs.frozen(eq=False)
class _Part:
    """What is done with each part of a lazy frame; can be sent to where the part is."""

    answers: Answers
    found: Matched

    def ranked(self, frame: Any) -> Any:
        """The rows of *frame* with their answers."""
        seen = opened(frame)
        return seen.backend.rank(seen, self._asked())

    def counted(self, frame: Any) -> Any:
        """What counted the answers for *frame*, in a frame of the same kind."""
        import narwhals.stable.v2 as nw
        import pyarrow as pa

        seen, asked = opened(frame), self._asked()
        seen.backend.rank(seen, asked)
        counts = pa.table({"counts": [asked.tally.to_json()]})
        return nw.from_arrow(counts, backend=seen.view.implementation).to_native()

    def ranked_batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Each of *batches* with its answers."""
        asked = [self._asked()]
        return (beside(batch, answers_to(batch, asked)) for batch in batches)

    def counted_batches(self, batches: Iterable[Any]) -> Iterator[Any]:
        """One batch, of what counted the answers for *batches*."""
        import pyarrow as pa

        asked = self._asked()
        for batch in batches:
            answers_to(batch, [asked])
        yield pa.record_batch({"counts": [asked.tally.to_json()]})

    def _asked(self) -> RankedColumns:
        return RankedColumns(self.answers, self.found, Tally())


def _part_of(asked: RankedColumns) -> _Part:
    return _Part(asked.answers, asked.found)


def _merged(counts: Iterable[str]) -> Tally:
    tally = Tally()
    for one in counts:
        tally.merge(one)
    return tally


def _map_polars(frame: Any, work: Callable[[Any], Any]) -> Any:
    import polars as pl

    # What is filtered or left out afterwards may be what is answered here.
    return frame.map_batches(
        work,
        schema=work(pl.DataFrame(schema=frame.collect_schema())).schema,
        predicate_pushdown=False,
        projection_pushdown=False,
        streamable=True,
    )


def _rank_polars(seen: Seen, asked: RankedColumns) -> Any:
    return _map_polars(seen.frame, _part_of(asked).ranked)


def _tally_polars(seen: Seen, asked: RankedColumns) -> Tally:
    made = _map_polars(seen.frame, _part_of(asked).counted).collect()
    return _merged(made.get_column("counts").to_list())


def _map_dask(frame: Any, work: Callable[[Any], Any]) -> Any:
    # What an empty part becomes shows the kinds of the columns.
    meta = work(frame._meta).iloc[:0]  # noqa: SLF001
    return frame.map_partitions(work, meta=meta)


def _rank_dask(seen: Seen, asked: RankedColumns) -> Any:
    return _map_dask(seen.frame, _part_of(asked).ranked)


def _tally_dask(seen: Seen, asked: RankedColumns) -> Tally:
    made = _map_dask(seen.frame, _part_of(asked).counted).compute()
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

    # Spark takes a dot in a name for a way into the column.
    plain = frame.toDF(*(f"c{n}" for n in range(len(names))))
    return plain.mapInArrow(named, schema)


def _rank_pyspark(seen: Seen, asked: RankedColumns) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import StructType

    more = from_arrow_schema(asked.answers.schema)
    schema = StructType([*seen.frame.schema.fields, *more.fields])
    return _map_pyspark(seen.frame, _part_of(asked).ranked_batches, schema)


def _tally_pyspark(seen: Seen, asked: RankedColumns) -> Tally:
    work = _part_of(asked).counted_batches
    made = _map_pyspark(seen.frame, work, "counts string")
    return _merged(row[0] for row in made.collect())


def _row_of_pyspark(_frame: Any, _place: int) -> Any:
    raise TableError([_no_order()])


def _rank_duckdb(seen: Seen, asked: RankedColumns) -> Any:
    """The relation with its answers, row for row.

    Its rows are kept in a temporary table of its own connection, and the answers in
    another beside it, so that DuckDB sees to what has no room in memory. Only what
    tells facts leaves DuckDB, some rows at a time.
    """
    frame = seen.frame
    name = f"boundaryethics_{secrets.token_hex(8)}"
    view, rows, told = (f"{name}_{part}" for part in ("view", "rows", "answers"))
    # Under names of our own, no column hides the number that DuckDB gives each row.
    own = [f"c{n}" for n in range(len(frame.columns))]
    frame.query(
        view, f"CREATE TEMP TABLE {rows} AS FROM {view} AS given({', '.join(own)})"
    )
    kept = frame.query(view, f"FROM {rows}")
    # DuckDB finds what Arrow holds by the name of its variable, where no table has it.
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
    """The columns *wanted* of all *rows*, in order and some at a time.

    *wanted* has what each is called in *rows*, under its name in the frame.
    """
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
        raise TableError([_lost(size - seen)])


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _stated(seen: Seen, found: Matched, row: Any) -> dict[str, object]:
    """What *row* states, a row of the frame or the place of one, from 0.

    Raises:
        TableError: there is no such row, it is none, or the rows are in no order.
    """
    place = isinstance(row, Integral) and not isinstance(row, bool)
    cells = _at(seen, int(row)) if place else _mapping(row)
    told = {f: cells[name] for f, name in found.columns.items() if name in cells}
    if not told:
        raise TableError([_tells_nothing()])
    values = {fact: _known(value) for fact, value in told.items()}
    return {fact: value for fact, value in values.items() if value is not None}


def _at(seen: Seen, place: int) -> Mapping[str, Any]:
    """The cells of the row of *seen* at *place*."""
    if place >= 0:
        some = opened(seen.backend.row(seen.frame, place)).view
        for cells in some.iter_rows(named=True):
            return dict(cells)
    raise TableError([_no_row(place)])


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
    raise TableError([_no_row_at_all(row)])


def _known(value: Any) -> Any:
    """*value* as Python has it; None where there is none."""
    value = _item(value)
    is_nan = isinstance(value, float) and np.isnan(value)
    return None if is_nan or type(value).__name__ in _MISSING else value


def _no_row(place: int) -> Problem:
    return Problem(code="BE727", message=f"the frame has no row {place}")


def _no_order() -> Problem:
    return Problem(
        code="BE727",
        message="the rows of this frame are in no order, and have no places",
        help="give the row itself, such as `frame.where(...).first()`",
    )


def _no_row_at_all(row: object) -> Problem:
    told = f"`{row}` is" if isinstance(row, str | int | float) else "what is given is"
    return Problem(
        code="BE735",
        message=f"{told} neither a row nor the place of one",
        help="give the place of the row, from 0, or a mapping of columns to values",
    )


def _tells_nothing() -> Problem:
    return Problem(
        code="BE736",
        message="the row has none of the columns of the frame that tell a fact",
    )


def _lost(rows: int) -> Problem:
    return Problem(
        code="BE739",
        message=f"{rows:,} rows of the relation cannot be found again",
        help="rank what `relation.to_arrow_table()` gives instead",
    )


#: The kinds of frames whose rows are at hand, as narwhals calls them.
_EAGER = {
    "pandas": Backend(rank=_eagerly(_joined_pandas), row=_row_of),
    "pyarrow": Backend(rank=_eagerly(_joined_arrow), row=_row_of),
}
#: All others of those.
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
        rank=_rank_polars,
        tally=_tally_polars,
        collect=lambda frame: frame.collect(),
        row=lambda frame, place: frame.slice(place, 1).collect(),
    ),
    "dask": Backend(
        rank=_rank_dask,
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
