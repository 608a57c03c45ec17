"""Files: tables in files read, ranked and written, batch by batch.

Files may be larger than memory; several policies answer in one pass. What is written
takes its name when it is whole. What is wrong with a row is told by its place and
shape, and never by what it holds: that may be what a client said.
"""

from __future__ import annotations

import base64
import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any, Protocol, TypeAlias, final

import attrs
import numpy as np

from boundaryethics import policies
from boundaryethics._files import (
    hold,
    pointed_to,
    remove_left_behind,
    whole_file,
    why_taken,
)
from boundaryethics.batch.encode import (
    TRUTHS,
    Wanted,
    coded_values,
    matched,
    refuse_clashes,
    refuse_misgiven,
    refuse_repeats,
    refuse_undeclared,
)
from boundaryethics.batch.frames import (
    Answers,
    RankedColumns,
    answers_to,
    beside,
    needed,
    ready,
    without_listings,
)
from boundaryethics.batch.summary import Summary, Tally
from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import Problem, TableError
from boundaryethics.model.policy import Policy

#: A policy, the id of a shipped one, or the path of a policy file.
OnePolicy: TypeAlias = str | Path | Policy
#: Called with how much is done, and how much there is.
Progress: TypeAlias = Callable[[int, int], None]
#: The answers wanted, each with the columns of facts that have another name.
Keyed: TypeAlias = Sequence[tuple[Answers, Mapping[str, str]]]

#: What a cell is parted by, by the ending of the file's name.
SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")
#: How the names of files end that hold a table, as `reading` reads them.
TABLES = (*SEPARATORS, *PARQUET)
JSON_LINES = (".jsonl", ".ndjson")

#: Rows of a batch: many for numpy, few for memory.
_ROWS = 1 << 17
#: Lines of JSON that are answered at once, and rows that are written at once.
_LINES, _WRITTEN = 1 << 14, 1 << 12
#: Bytes of CSV that are read at once, and those at its end where its last quotes are.
_BYTES, _TAIL = 1 << 24, 1 << 10
#: The largest number that one machine word holds.
_WORD = (1 << 63) - 1
#: How pages may be encoded that Arrow can read as categories; levels count as well.
_CATEGORICAL = frozenset(
    {"BIT_PACKED", "PLAIN", "PLAIN_DICTIONARY", "RLE", "RLE_DICTIONARY"}
)
_PARTED = "put a cell that holds a separator or a new line between quotes"
_QUOTED = "close it; where a quote is meant, write two, and the cell between quotes"


def rank_file(
    source: str | Path,
    target: str | Path,
    policies: OnePolicy | Sequence[OnePolicy] = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    rules: bool = False,
    principles: bool = False,
    prefix: str = "",
    answers_only: bool = False,
    force: bool = False,
    threads: int = 1,
    progress: Progress = lambda _done, _size: None,
) -> tuple[Summary, ...]:
    """Write the table in *source* with what *policies* say of each row to *target*.

    The endings of their names tell what the files are: CSV, Parquet or JSON lines.
    The answers are those of `rank`; with several policies, each column has the id of
    its policy before its name, and *prefix* before that. The file takes its name when
    it is whole.

    Args:
        source: the table.
        target: the file to write.
        policies: one policy or several.
        columns: for facts that are not told by a column of their name, the column.
        rules: whether to list the binding rules of each row.
        principles: whether to list the principles on which they stand.
        prefix: what to put before the names of the columns of answers.
        answers_only: whether to leave out the columns of *source*, and write `row`
            instead: the number of each row, from 0.
        force: whether to replace what is there.
        threads: how many to work in.
        progress: called with how much is done, and how much there is.

    Returns:
        For each policy what came out over all rows.

    Raises:
        TableError: a file cannot be read or written, *target* is there and *force*
            is not set, the table cannot be ranked, or *columns* or *threads* is not
            what it should be.
        SituationError: *columns* names a fact that no policy declares.
        PolicyError: a policy cannot be read, means nothing, or is abstract.
    """
    refuse_misgiven(columns, threads)
    needed("pyarrow")
    source, target = Path(source), Path(target)
    _refuse_files(source, target, force=force, any_kind=answers_only)
    named = _named(policies)
    given = _given(columns or {}, named)
    wanted = Wanted(prefix=prefix, rules=rules, principles=principles)
    asked = [*zip(_answers(named, wanted, threads), given, strict=True)]
    writes = Writes(target, force, answers_only, progress)
    work = _rank_lines if source.suffix.lower() in JSON_LINES else _rank_table
    return work(source, asked, writes)


@final
@attrs.frozen
class Writes:
    """Where answers go, and how."""

    target: Path
    force: bool
    #: Whether the numbers of rows stand before the answers, and no other column.
    answers_only: bool
    progress: Progress


def _rank_table(source: Path, asked: Keyed, writes: Writes) -> tuple[Summary, ...]:
    """Rank the rows of *source*, CSV or Parquet."""
    import pyarrow as pa

    with reading(source) as rows:
        names = rows.schema.names
        of_rows = [
            RankedColumns(one, matched(names, one.policy.vocabulary, given), Tally())
            for one, given in asked
        ]
        if not writes.answers_only:
            refuse_clashes(names, [n for one, _ in asked for n in one.wanted.names])
        own = _numbers(0, 0).schema if writes.answers_only else rows.schema
        more = [field for one, _ in asked for field in one.schema]
        schema = pa.schema([*own, *more], without_listings(own.metadata))
        with _writing(writes, schema, rows.codec) as (_, sink):
            done = 0
            for batch in rows.batches:
                size = batch.num_rows
                kept = _numbers(done, size) if writes.answers_only else batch
                sink.write_batch(beside(kept, answers_to(batch, of_rows, rows.words)))
                done += size
                writes.progress(rows.done(), rows.size)
    return tuple(
        one.tally.summary(one.answers.policy, one.found.warnings) for one in of_rows
    )


def _rank_lines(source: Path, asked: Keyed, writes: Writes) -> tuple[Summary, ...]:
    """Rank the objects of *source*, JSON lines."""
    import pyarrow as pa

    fields = [field for one, _ in asked for field in one.schema]
    schema = pa.schema([*_numbers(0, 0).schema, *fields])
    tallies = [Tally() for _ in asked]
    keys: dict[str, None] = {}
    done = 0
    with refusing(source):
        size, raw = source.stat().st_size, source.open("rb")
    with raw, _writing(writes, schema) as (file, sink):
        text = TextIOWrapper(raw, encoding="utf-8-sig", newline="\n")
        objects = _objects(source, _guarded(source, text))
        while some := [*islice(objects, _LINES)]:
            keys |= dict.fromkeys(key for _, row in some for key in row)
            if not writes.answers_only:
                refuse_clashes(keys, [n for one, _ in asked for n in one.wanted.names])
            answers = _answers_to_objects(
                [row for _, row in some], keys, asked, tallies
            )
            if writes.answers_only:
                sink.write_batch(beside(_numbers(done, len(some)), answers))
            else:
                file.writelines(_longer(some, answers))
            done += len(some)
            writes.progress(raw.tell(), size)
        if not done:
            raise TableError([unreadable(source, "it is empty")])
        warnings = [_warnings(keys, one, given) for one, given in asked]
    return tuple(
        tally.summary(one.policy, of_one)
        for tally, (one, _), of_one in zip(tallies, asked, warnings, strict=True)
    )


def _answers_to_objects(
    rows: Sequence[Mapping[str, Any]],
    keys: Collection[str],
    asked: Keyed,
    tallies: Iterable[Tally],
) -> Any:
    """A batch of the answers to all that is *asked* of *rows*."""
    batches = []
    for (answers, given), tally in zip(asked, tallies, strict=True):
        columns = {
            fact.name: coded_values(fact, [row.get(key) for row in rows])
            for fact in answers.policy.vocabulary.facts
            if (key := given.get(fact.name, fact.name)) in keys
        }
        batches.append(answers.of(columns, len(rows), tally))
    return beside(*batches)


def _warnings(
    keys: Collection[str], answers: Answers, given: Mapping[str, str]
) -> tuple[Problem, ...]:
    """What may not have been meant, when all lines are read.

    Raises:
        TableError: no key tells a fact.
    """
    there = {fact: key for fact, key in given.items() if key in keys}
    return matched([*keys], answers.policy.vocabulary, there).warnings


def _longer(
    objects: Sequence[tuple[str, Mapping[str, Any]]], answers: Any
) -> Iterator[bytes]:
    """The lines of *objects*, each with its *answers* as the last keys.

    What is written of a line is not read and written again, so that it stays as it was.
    """
    for (line, row), answer in zip(objects, answers.to_pylist(), strict=True):
        own = f"{line[:-1].rstrip()}{', ' if row else ''}"
        yield f"{own}{json.dumps(answer, ensure_ascii=False)[1:]}\n".encode()


def _numbers(start: int, rows: int) -> Any:
    """A batch of the numbers of so many *rows*."""
    import pyarrow as pa

    numbers = np.arange(start, start + rows, dtype=np.int64)
    return pa.record_batch({"row": pa.array(numbers)})


def _named(several: OnePolicy | Sequence[OnePolicy]) -> list[Policy]:
    """Load *several* policies, or one, each once."""
    if isinstance(several, str | Path | Policy):
        several = (several,)
    named = [policies.policy_named(policy) for policy in several]
    _refuse_repeated(named)
    return named


def _answers(policies: Sequence[Policy], wanted: Wanted, threads: int) -> list[Answers]:
    """What is *wanted* of each policy, all of them ready to answer."""
    for policy in policies:
        ready(policy)
    ids = [f"{policy.id}_" if len(policies) > 1 else "" for policy in policies]
    of_each = [attrs.evolve(wanted, prefix=f"{wanted.prefix}{one}") for one in ids]
    return [
        Answers(policy=policy, wanted=one, threads=threads)
        for policy, one in zip(policies, of_each, strict=True)
    ]


def _refuse_files(source: Path, target: Path, *, force: bool, any_kind: bool) -> None:
    """Nothing, where *target* can be written from *source*."""
    endings = (*TABLES, *JSON_LINES)
    problems = [
        Problem(
            code="BE730",
            message=f"`{path}` is none of the kinds of files that can be ranked",
            help=f"its name ends in one of {', '.join(endings)}",
        )
        for path in (source, target)
        if path.suffix.lower() not in endings
    ]
    from_lines = source.suffix.lower() in JSON_LINES and not any_kind
    if not problems and from_lines and target.suffix.lower() not in JSON_LINES:
        message = "JSON lines can be written as JSON lines only"
        advice = f"call it `{target.stem}.jsonl`; what its rows hold may fit no columns"
        problems.append(Problem(code="BE730", message=message, help=advice))
    if problems:
        raise TableError(problems)
    refuse_taken(target, force=force)


def _refuse_repeated(policies: Sequence[Policy]) -> None:
    if not policies:
        raise TableError([Problem(code="BE737", message="no policy is asked")])
    ids = [policy.id for policy in policies]
    twice = sorted({name for name in ids if ids.count(name) > 1})
    if twice:
        message = "policy `{}` is asked twice"
        raise TableError(
            [Problem(code="BE732", message=message.format(name)) for name in twice]
        )


def _given(
    columns: Mapping[str, str], policies: Sequence[Policy]
) -> list[dict[str, str]]:
    """For each policy, the *columns* that tell facts that it declares.

    Raises:
        SituationError: a fact is declared by none.
    """
    refuse_undeclared(columns, [policy.vocabulary for policy in policies])
    return [
        {fact: name for fact, name in columns.items() if fact in policy.vocabulary}
        for policy in policies
    ]


@final
@attrs.frozen(kw_only=True, eq=False)
class FileSource:
    """A file that is being read."""

    #: Its columns, with their kinds; text may come as categories.
    schema: Any
    batches: Iterator[Any]
    #: How much there is, and how much of it was read.
    size: int
    done: Callable[[], int]
    #: Texts that mean true and false, where every cell is text.
    words: Mapping[str, bool]
    #: How Parquet is compressed.
    codec: str = "snappy"


@contextmanager
def reading(path: Path) -> Iterator[FileSource]:
    """The file at *path*, opened.

    Raises:
        TableError: there is no such file, or it is none of the kinds that are read.
    """
    with refusing(path):
        file = _opened_for_arrow(path)
    with file:
        with refusing(path):
            made = _csv if path.suffix.lower() in SEPARATORS else _parquet
            source = made(path, file)
        yield attrs.evolve(source, batches=_guarded(path, source.batches))


def _opened_for_arrow(path: Path) -> Any:
    """The file at *path*, read without Python.

    Arrow reads ahead in threads of its own. One that has to ask Python while that is
    ending takes the whole process down.
    """
    import pyarrow as pa

    # Python says more plainly what is wrong with a file.
    path.open("rb").close()
    return pa.OSFile(str(path))


def _guarded(path: Path, batches: Iterator[Any]) -> Iterator[Any]:
    with refusing(path):
        yield from batches


def _parquet(path: Path, file: IO[bytes]) -> FileSource:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        opened = parquet.ParquetFile(file)
    except pa.ArrowInvalid as error:
        why = "it is no Parquet file, or a part of one"
        raise TableError([unreadable(path, why)]) from error
    schema, told = opened.schema_arrow, opened.metadata
    refuse_repeats(schema.names)
    texts = {field.name for field in schema if _is_text(field.type)}
    some = sorted(texts - _never_categories(told, texts))
    # Text that is read as categories is coded and written by its few entries.
    coded = parquet.ParquetFile(file, read_dictionary=some, metadata=told)
    seen = _Count()
    return FileSource(
        schema=schema,
        batches=seen.over(coded.iter_batches(_ROWS)),
        size=told.num_rows,
        done=lambda: seen.rows,
        words={},
        codec=_codec(told),
    )


def _codec(told: Any) -> str:
    """The codec of most columns in a Parquet file."""
    import pyarrow as pa

    groups = (told.row_group(n) for n in range(told.num_row_groups))
    used = Counter(
        group.column(n).compression for group in groups for n in range(told.num_columns)
    )
    ((most, _),) = used.most_common(1) or [("SNAPPY", 0)]
    if most == "UNCOMPRESSED":
        return "none"
    known = most in {"BROTLI", "GZIP", "LZ4", "SNAPPY", "ZSTD"}
    return most.lower() if known and pa.Codec.is_available(most.lower()) else "snappy"


def _never_categories(told: Any, names: Collection[str]) -> set[str]:
    """Those of the columns *names* that in some row group cannot be categories."""
    paths = ((n, told.schema.column(n).path) for n in range(told.num_columns))
    columns = [(n, path) for n, path in paths if path in names]
    groups = (told.row_group(number) for number in range(told.num_row_groups))
    return {
        path
        for group in groups
        for n, path in columns
        if {*group.column(n).encodings} - _CATEGORICAL
    }


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _csv(path: Path, file: Any) -> FileSource:
    schema, batches = _Cells.of(path).read(file)
    return FileSource(
        schema=schema,
        batches=batches,
        size=path.stat().st_size,
        done=file.tell,
        words=TRUTHS,
    )


@final
class _Count:
    """How many rows went by."""

    def __init__(self) -> None:
        self.rows = 0

    def over(self, batches: Iterator[Any]) -> Iterator[Any]:
        """*batches*, counted."""
        for batch in batches:
            self.rows += batch.num_rows
            yield batch


@final
@attrs.define(eq=False)
class _Cells:
    """A CSV file that is being read."""

    path: Path
    names: tuple[str, ...]
    #: How many cells a row has that has more or fewer than there are names.
    _uneven: int | None = attrs.field(default=None, init=False)

    @classmethod
    def of(cls, path: Path) -> _Cells:
        """The file at *path*, by its header.

        Raises:
            TableError: two columns have the same name.
        """
        with path.open(encoding="utf-8-sig", newline="") as file:
            names = next(csv.reader(file, delimiter=_separator(path)), [])
        refuse_repeats(names)
        return cls(path, tuple(names))

    def read(self, file: Any) -> tuple[Any, Iterator[Any]]:
        """The schema of *file*, Arrow's own of the same path, and its batches.

        Raises:
            TableError: a row has more or fewer cells than the header, or a quote is
                never closed.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow

        # Cells are kept as they were written: `007` stays `007`.
        kept = arrow.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        )
        parted = arrow.ParseOptions(
            delimiter=_separator(self.path),
            newlines_in_values=True,
            # Where there is one column, an empty line is a row whose cell is empty.
            ignore_empty_lines=len(self.names) > 1,
            invalid_row_handler=self._met,
        )
        block = arrow.ReadOptions(block_size=_BYTES)
        try:
            reader = arrow.open_csv(file, block, parted, kept)
        except pa.ArrowInvalid as error:
            self._refuse_uneven(error, 0)
            raise
        return reader.schema, self._batches(reader)

    def _met(self, row: Any) -> str:
        self._uneven = row.actual_columns
        return "error"

    def _batches(self, reader: Any) -> Iterator[Any]:
        import pyarrow as pa

        rows, last = 0, None
        try:
            for batch in reader:
                rows += len(batch)
                last = batch.column(-1)[-1].as_py() if len(batch) else last
                yield batch
        except pa.ArrowInvalid as error:
            self._refuse_uneven(error, rows)
            raise
        if last and {*last} & {"\n", "\r"} and not _ends_quoted(self.path):
            why = f"the quote before the last cell of row {rows:,} is never closed"
            raise TableError([unreadable(self.path, why, _QUOTED)])

    def _refuse_uneven(self, error: Exception, rows: int) -> None:
        """Nothing, unless a row behind the first so many *rows* is of another length.

        Raises:
            TableError: it is.
        """
        if self._uneven is None:
            return
        which = f"a row behind the first {rows:,}" if rows else "a row"
        cells = f"{self._uneven} {'cell' if self._uneven == 1 else 'cells'}"
        why = f"{which} has {cells}, and the header {len(self.names)}"
        raise TableError([unreadable(self.path, why, _PARTED)]) from error


def _separator(path: Path) -> str:
    return SEPARATORS[path.suffix.lower()]


def _ends_quoted(path: Path) -> bool:
    """Whether the last cell of the file at *path* ends with a quote that closes it.

    Of two quotes side by side, neither closes a cell.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        tail = file.read().rstrip()
    return (len(tail) - len(tail.rstrip(b'"'))) % 2 == 1


def _objects(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each of the *lines* of *path* that is not blank, and the object that it is.

    Raises:
        TableError: one is no object.
    """
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            read, why = json.loads(text, object_pairs_hook=_object), "it is no object"
        except _TwiceError as error:
            read, why = None, str(error)
        except (ValueError, RecursionError):
            read, why = None, "it is no JSON"
        if not isinstance(read, dict):
            raise TableError([unreadable(path, f"line {number:,}: {why}")])
        yield text, read


class _TwiceError(ValueError):
    """A key stands twice in an object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        ((twice, _),) = Counter(name for name, _ in pairs).most_common(1)
        message = f"`{twice}` stands there twice"
        raise _TwiceError(message)
    return made


@contextmanager
def refusing(path: Path) -> Iterator[None]:
    """Whatever goes wrong within is told of the file at *path*.

    Raises:
        TableError: something went wrong.
    """
    import pyarrow as pa

    try:
        yield
    except OSError as error:
        raise TableError([unreadable(path, error.strerror or str(error))]) from error
    except UnicodeDecodeError as error:
        raise TableError([unreadable(path, "it is not UTF-8")]) from error
    except (pa.ArrowException, csv.Error) as error:
        raise TableError([unreadable(path, str(error))]) from error


def unreadable(path: Path, why: str, advice: str | None = None) -> Problem:
    """That the file at *path* cannot be read, and *why*."""
    told = " ".join(why.split())[:200].rstrip(".")
    if not told[1:2].isupper():
        told = told[:1].lower() + told[1:]
    message = f"`{path}` cannot be read: {told}"
    return Problem(code="BE731", message=message, help=advice)


class Sink(Protocol):
    """Something that takes batches."""

    def write_batch(self, batch: Any, /) -> None:
        """Write the rows of *batch*."""

    def close(self) -> None:
        """Write what is left."""


@contextmanager
def shaping(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    """A file beside *path* that takes its name when all is written, and not before.

    Raises:
        TableError: there is a file, and it is not to be replaced; or it cannot be
            written. What was there before still is.
    """
    refuse_taken(path, force=force)
    remove_left_behind(pointed_to(path))
    with _refusing(path), whole_file(path) as file:
        hold(file)
        yield file
        # Somebody else may have written it in the meantime.
        refuse_taken(path, force=force)


@contextmanager
def _writing(
    writes: Writes, schema: Any, codec: str = "snappy"
) -> Iterator[tuple[IO[bytes], Sink]]:
    """A file, and what writes batches of *schema* to it in the format of its ending."""
    with shaping(writes.target, force=writes.force) as file:
        sink = _sink(writes.target, file, schema, codec)
        try:
            yield file, sink
        except BaseException:
            # What it still holds is of no use, and may not fit either.
            with suppress(Exception):
                sink.close()
            raise
        sink.close()


def _sink(path: Path, file: IO[bytes], schema: Any, codec: str) -> Sink:
    ending = path.suffix.lower()
    if ending in PARQUET:
        return _Groups(file, schema, codec)
    if ending in SEPARATORS:
        return _CellSink(file, schema, SEPARATORS[ending])
    return _LineSink(file)


@final
class _Groups:
    """Batches as row groups of a Parquet file."""

    def __init__(self, file: IO[bytes], schema: Any, codec: str) -> None:
        self.file, self.schema, self.codec = file, schema, codec
        self.writer: Any = None

    def write_batch(self, batch: Any) -> None:
        """Write the rows of *batch*, whose texts may be categories."""
        self._writer(batch.schema).write_batch(batch)

    def close(self) -> None:
        """Write what is left."""
        writer = self._writer(self.schema)
        # Arrow takes the kinds of columns from its own note: text stays text.
        noted = base64.b64encode(self.schema.serialize().to_pybytes())
        notes = {**(self.schema.metadata or {}), b"ARROW:schema": noted}
        writer.add_key_value_metadata(notes)
        writer.close()

    def _writer(self, schema: Any) -> Any:
        from pyarrow import parquet

        if self.writer is None:
            self.writer = parquet.ParquetWriter(
                self.file, schema, compression=self.codec, store_schema=False
            )
        return self.writer


@final
class _CellSink:
    """Batches as cells with separators between."""

    def __init__(self, file: IO[bytes], schema: Any, separator: str) -> None:
        import pyarrow.csv

        options = pyarrow.csv.WriteOptions(delimiter=separator)
        self.schema = _flat(schema)
        self.writer = pyarrow.csv.CSVWriter(file, self.schema, write_options=options)

    def write_batch(self, batch: Any) -> None:
        """Write the rows of *batch*; a list becomes one text, with spaces between."""
        import pyarrow as pa
        import pyarrow.compute as pc

        columns = [
            pc.binary_join(column, " ") if _is_list(column.type) else column.cast(kind)
            for column, kind in zip(batch.columns, self.schema.types, strict=True)
        ]
        self.writer.write_batch(pa.record_batch(columns, schema=self.schema))

    def close(self) -> None:
        """Write what is left."""
        self.writer.close()


@final
class _LineSink:
    """Batches as JSON, a row a line."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write_batch(self, batch: Any) -> None:
        """Write the rows of *batch*."""
        for row in batch.to_pylist():
            line = _line(row)
            self.file.write(f"{line}\n".encode())

    def close(self) -> None:
        """Nothing is left to write."""


def _line(row: Any) -> str:
    """*row* as JSON, which has no numbers that are none."""
    try:
        return json.dumps(row, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(row), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    """*value* with nothing where there are numbers without end, or that are none."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [*map(_finite, value)]
        case _:
            return value


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except OSError as error:
        raise TableError([_unwritable(path, error.strerror or str(error))]) from error
    except pa.ArrowException as error:
        raise TableError([_unwritable(path, str(error))]) from error


def refuse_taken(path: Path, *, force: bool) -> None:
    """Nothing, where *path* is free, or a file that may be replaced.

    Raises:
        TableError: it is not.
    """
    problem = why_taken(path, "BE733", force=force)
    if problem:
        raise TableError([problem])


def _unwritable(path: Path, why: str) -> Problem:
    told = " ".join(why.split())[:200]
    return Problem(
        code="BE734",
        message=f"`{path}` cannot be written: {told[:1].lower()}{told[1:].rstrip('.')}",
        help="nothing is left behind, and what was there before still is",
    )


def _flat(schema: Any) -> Any:
    """*schema* with text where there are lists of text."""
    import pyarrow as pa

    kinds = (pa.string() if _is_list(field.type) else field.type for field in schema)
    return pa.schema([*zip(schema.names, kinds, strict=True)])


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    is_list: bool = pa.types.is_list(kind) and pa.types.is_string(kind.value_type)
    return is_list


def refuse_target(path: Path, *, force: bool) -> None:
    """Nothing, where rows can be written to *path*.

    Raises:
        TableError: it is of no kind that is written, there is a file that is not to
            be replaced, or what it takes is not installed.
    """
    needed("pyarrow")
    if path.suffix.lower() not in TABLES:
        problem = Problem(
            code="BE730",
            message=f"`{path}` is none of the kinds of files that rows go to",
            help=f"its name ends in one of {', '.join(TABLES)}",
        )
        raise TableError([problem])
    refuse_taken(path, force=force)


def write_rows(
    path: Path,
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    *,
    force: bool,
) -> None:
    """Write *rows* to *path*; the file takes its name when it is whole.

    Args:
        path: CSV or Parquet, as it ends.
        kinds: the columns, in order: each `text`, `whole` or `share`.
        rows: for each the cells under the names of their columns; none is null.
        force: whether to replace what is there.

    Raises:
        TableError: the file cannot be written.
    """
    import pyarrow as pa

    schema = pa.schema([(name, _kind(kinds[name], name, rows)) for name in kinds])
    writes = Writes(path, force, answers_only=False, progress=lambda _done, _size: None)
    with _writing(writes, schema) as (_, sink):
        for start in range(0, len(rows), _WRITTEN):
            some = rows[start : start + _WRITTEN]
            columns = [
                pa.array([row.get(field.name) for row in some], field.type)
                for field in schema
            ]
            sink.write_batch(pa.record_batch(columns, schema=schema))


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of *path*: in a CSV file every cell that is not empty is text.

    Raises:
        TableError: the file cannot be read, or is of no kind that is.
    """
    needed("pyarrow")
    if path.suffix.lower() not in TABLES:
        message = f"`{path}` is none of the kinds of files that rows are read from"
        advice = f"its name ends in one of {', '.join(TABLES)}"
        raise TableError([Problem(code="BE730", message=message, help=advice)])
    with reading(path) as source:
        for batch in source.batches:
            yield from batch.to_pylist()


def _kind(kind: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    import pyarrow as pa

    if kind == "text":
        return pa.string()
    if kind == "share":
        return pa.float64()
    most = max((abs(row.get(name) or 0) for row in rows), default=0)
    return pa.int64() if most <= _WORD else pa.decimal128(38, 0)
