"""Rank tables in files, batch by batch. The files may be larger than memory.

Several policies can rank the rows in one pass. An error names the location and the type
of a mistake in a file. It never quotes the file, which may contain a client's words.
"""

from __future__ import annotations

import base64
import csv
import json
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics import _files
from boundaryethics.arguments import checked
from boundaryethics.batch import encode, footer, foreign, frames
from boundaryethics.batch.reading import (
    Reading,
    cells_of,
    fact_columns,
    ignored_by,
    is_utf_8,
    no_header,
    refuse_import_ids,
    unreadable,
)
from boundaryethics.batch.summary import Summary, Tally
from boundaryethics.consult import DEFAULT_POLICY
from boundaryethics.errors import (
    Problem,
    TableError,
    all_of,
    problem,
    reading_option,
)
from boundaryethics.model.policy import Policy
from boundaryethics.policies import as_policy
from boundaryethics.policies.loader import repeated_ids
from boundaryethics.policies.yaml import json_object

#: A policy, the ID of a built-in one, or the `Path` of a policy file.
OnePolicy: TypeAlias = str | Path | Policy
#: Called with the amount processed and the total amount.
Progress: TypeAlias = Callable[[int, int], None]
#: For each policy, the result columns to write, and the columns of facts whose column
#: has a different name.
Keyed: TypeAlias = Sequence[tuple[frames.Answers, Mapping[str, str]]]

#: The default separator for each file suffix.
SEPARATORS = {".csv": ",", ".tsv": "\t"}
PARQUET = (".parquet", ".pq")
#: The suffixes of table files that can be read and written.
TABLES = (*SEPARATORS, *PARQUET)
#: The suffixes of files that `reading` can open.
SOURCES = (*TABLES, *foreign.FOREIGN)
JSON_LINES = (".jsonl", ".ndjson")

#: The rows in a batch: enough for NumPy to be fast, and few enough to save memory.
_ROWS = 1 << 17
#: The number of JSON lines to rank together, and the number of rows to write together.
_LINES, _WRITTEN = 1 << 14, 1 << 12
#: The bytes of cells to read or write together. A CSV row or JSON line must not be
#: longer. Longer Parquet rows are read one at a time.
BATCH_BYTES = 1 << 24
#: The same limit for Parquet text that is not read as categories. The estimate assumes
#: that every value is as long as the longest.
_REPEATED = 1 << 28
#: The number of bytes at the end of a CSV file in which to look for the last quotes.
_TAIL = 1 << 10
_CODECS = {"brotli", "gzip", "lz4", "snappy", "zstd"}
_PARTED = "quote each cell that contains a separator or a line break"
#: Text in messages from Arrow and the `csv` module, and the wording that replaces them.
_REASONS = {
    "straddling": f"a row is longer than {BATCH_BYTES:,} bytes",
    "field larger": f"a column name is longer than {csv.field_size_limit():,} bytes",
    "invalid UTF8": "it is not UTF-8",
}
#: The start of Arrow's message about a row whose length differs from the header's.
_UNEVEN = re.compile(r"CSV parse error: (?:Row #\d+: )?Expected \d+ columns, got (\d+)")
_LONGEST = f"{BATCH_BYTES:,} characters"
_QUOTED = "close it; to include a quote in a cell, quote the cell and double the quote"


def _no_progress(_done: int, _size: int) -> None:
    """Ignore the progress of a call."""


@_files.inputs_noted()
@checked
def rank_file(
    source: str | Path,
    target: str | Path,
    policies: OnePolicy | Sequence[OnePolicy] = DEFAULT_POLICY,
    *,
    columns: Mapping[str, str] | None = None,
    reading: Reading | None = None,
    rules: bool = False,
    principles: bool = False,
    prefix: str = "",
    answers_only: bool = False,
    force: bool = False,
    threads: int = 1,
    show_values: bool = False,
    progress: Progress = _no_progress,
) -> tuple[Summary, ...]:
    """Rank each row of *source* under *policies*, and write the results to *target*.

    The suffixes determine the file types: CSV, Parquet or JSON Lines. *source* may also
    be a file from Excel (`.xlsx`), Stata (`.dta`) or SPSS (`.sav`). The new columns are
    those of `rank`. With several policies, each new column name starts with *prefix*
    and the ID of its policy. The file appears at *target* only when it is complete.

    Args:
        source: the table.
        target: the file to write.
        policies: one policy or several.
        columns: a mapping from facts to columns, needed only if the names differ.
        reading: settings for reading *source*, such as its separator and codes.
        rules: whether to list the rules that apply to each row.
        principles: whether to list the principles behind those rules.
        prefix: text to put before the names of the new columns.
        answers_only: whether to replace the columns of *source* with `row`, the number
            of each row, starting at 0.
        force: whether to replace an existing file.
        threads: the number of threads to use.
        show_values: whether error messages show the values of cells, which may be a
            client's words.
        progress: called with the amount processed and the total amount.

    Returns:
        A summary of all rows for each policy.

    Raises:
        TableError: a file cannot be read or written, *target* exists and *force* is not
            set, *target* is *source* itself, the table cannot be ranked, or *columns*,
            *threads* or *prefix* is invalid.
        SituationError: *columns* names a fact that no policy declares.
        PolicyError: a policy is invalid, cannot be read, or is abstract.
    """
    encode.refuse_invalid_arguments(columns, threads, prefix)
    frames.needed("pyarrow")
    source, target = Path(source), Path(target)
    _refuse_files(source, target, force=force, any_kind=answers_only)
    named, how = _named(policies), reading or Reading()
    columns = fact_columns(how, columns, [policy.vocabulary for policy in named])
    is_text = source.suffix.lower() in SEPARATORS
    words = encode.TRUTHS if is_text else encode.NO_WORDS
    asked = []
    for one in named:
        frames.ready(one)
        answers = frames.Answers(
            policy=one,
            prefix=prefix + (f"{one.id}_" if len(named) > 1 else ""),
            rules=rules,
            principles=principles,
            threads=threads,
            how=cells_of(how, words, one.vocabulary, show_values=show_values),
        )
        given = {f: c for f, c in columns.items() if f in one.vocabulary}
        asked.append((answers, given))
    output = _Output(target, force, answers_only, progress)
    work = _rank_lines if source.suffix.lower() in JSON_LINES else _rank_table
    return work(source, asked, output, how)


@attrs.frozen
class _Output:
    """The file to write, and how to write it."""

    target: Path
    force: bool
    #: Whether to write only row numbers and results, without the columns of the input.
    answers_only: bool
    progress: Progress


def _rank_table(
    source: Path, asked: Keyed, output: _Output, how: Reading
) -> tuple[Summary, ...]:
    import pyarrow as pa

    with reading(source, how) as rows:
        names = rows.schema.names
        of_rows = [
            frames.RankedColumns(
                one,
                encode.matched(names, one.policy.vocabulary, given, ignored_by(how)),
                Tally(),
            )
            for one, given in asked
        ]
        if not output.answers_only:
            encode.refuse_clashes(names, [field.name for field in _fields(asked)])
        own = _numbers(0, 0).schema if output.answers_only else rows.schema
        fields = [*own, *_fields(asked)]
        schema = pa.schema(fields, frames.without_listings(own.metadata))
        target = _writing(output.target, schema, rows.codec, force=output.force)
        with target as (_, write):
            done = 0
            for batch in rows.batches:
                size = batch.num_rows
                kept = _numbers(done, size) if output.answers_only else batch
                answers = [one.to(one.found.of(batch), size) for one in of_rows]
                write(frames.side_by_side(kept, *answers))
                done += size
                output.progress(rows.position(done), rows.size)
    return tuple(
        one.tally.summary(one.answers.policy, one.found.warnings) for one in of_rows
    )


def _rank_lines(
    source: Path, asked: Keyed, output: _Output, how: Reading
) -> tuple[Summary, ...]:
    import pyarrow as pa

    schema = pa.schema([*_numbers(0, 0).schema, *(fields := _fields(asked))])
    tallies = [Tally() for _ in asked]
    keys: dict[str, None] = {}
    done = 0
    with refusing(source):
        raw = _files.opened(source)
        size = os.fstat(raw.fileno()).st_size
    with raw, _writing(output.target, schema, force=output.force) as (file, write):
        text = TextIOWrapper(raw, encoding="utf-8-sig", newline="\n")
        for some in line_batches(_objects(source, _guarded(source, _bounded(text)))):
            rows = [row for _, row in some]
            keys |= dict.fromkeys(key for row in rows for key in row)
            encode.refuse_many(len(keys))
            if not output.answers_only:
                encode.refuse_clashes(keys, [field.name for field in fields])
            read = keys.keys() - ignored_by(how)
            answers = _answers_to_objects(rows, read, asked, tallies)
            if output.answers_only:
                write(frames.side_by_side(_numbers(done, len(some)), answers))
            else:
                lines = zip(some, answers.to_pylist(), strict=True)
                # Keep the line unchanged, and append the results as its last keys.
                for (line, row), answer in lines:
                    own = f"{line[:-1].rstrip()}{', ' if row else ''}"
                    added = json.dumps(answer, ensure_ascii=False)
                    file.write(f"{own}{added[1:]}\n".encode())
            done += len(some)
            output.progress(raw.tell(), size)
        if not done:
            raise unreadable(source, "the file is empty")
        summaries = []
        for tally, (one, given) in zip(tallies, asked, strict=True):
            # It is possible that no line has a key that the caller names.
            there = {fact: key for fact, key in given.items() if key in keys}
            left = [key for key in keys if key not in ignored_by(how)]
            found = encode.matched(left, one.policy.vocabulary, there)
            summaries.append(tally.summary(one.policy, found.warnings))
    return tuple(summaries)


def _answers_to_objects(
    rows: Sequence[Mapping[str, Any]],
    keys: Collection[str],
    asked: Keyed,
    tallies: Iterable[Tally],
) -> Any:
    batches = []
    for (answers, given), tally in zip(asked, tallies, strict=True):
        columns = {
            fact.name: encode.coded_values(
                fact, [row.get(key) for row in rows], answers.how
            )
            for fact in answers.policy.vocabulary.facts
            if (key := given.get(fact.name, fact.name)) in keys
        }
        batches.append(answers.of(columns, len(rows), tally))
    return frames.side_by_side(*batches)


def _fields(asked: Keyed) -> list[Any]:
    return [field for one, _ in asked for field in one.schema]


def _numbers(start: int, rows: int) -> Any:
    import pyarrow as pa

    numbers = np.arange(start, start + rows, dtype=np.int64)
    return pa.record_batch({"row": pa.array(numbers)})


def _named(several: OnePolicy | Sequence[OnePolicy]) -> list[Policy]:
    if isinstance(several, str | Path | Policy):
        several = (several,)
    if not (named := all_of(as_policy, several)):
        raise TableError([problem("BE737")])
    if twice := repeated_ids(named):
        raise TableError([problem("BE732", policy=name) for name in twice])
    return named


def _refuse_files(source: Path, target: Path, *, force: bool, any_kind: bool) -> None:
    written = (*TABLES, *JSON_LINES)
    kinds = ((source, (*SOURCES, *JSON_LINES)), (target, written))
    problems = [
        _unfit_kind(path, "rank rows", endings)
        for path, endings in kinds
        if path.suffix.lower() not in endings
    ]
    from_lines = source.suffix.lower() in JSON_LINES and not any_kind
    if not problems and from_lines and target.suffix.lower() not in JSON_LINES:
        problems.append(problem("BE730.lines", name=target.stem))
    if problems:
        raise TableError(problems)
    _files.note_input(source)
    refuse_taken(target, force=force)


def refuse_kind(path: Path, use: str, kinds: Sequence[str] = TABLES) -> None:
    """Raise a `TableError` if the suffix of *path* is not one of *kinds*.

    *use* completes the message: it describes the intended use of the file.
    """
    frames.needed("pyarrow")
    if path.suffix.lower() not in kinds:
        raise TableError([_unfit_kind(path, use, kinds)])


def _unfit_kind(path: Path, use: str, endings: Iterable[str]) -> Problem:
    is_irregular = _files.exists(path) and not _files.is_file(path)
    code = "BE730.irregular" if is_irregular else "BE730.ending"
    words: dict[str, Any] = {"file": path, "use": use, "endings": ", ".join(endings)}
    return problem(code, token=str(path), **words)


def refuse_taken(path: Path, *, force: bool) -> None:
    """Raise a `TableError` if *path* exists and *force* is not set."""
    if taken := _files.overwrite_problem(path, "BE733", force=force):
        raise TableError([taken])


@final
@attrs.frozen(kw_only=True, eq=False)
class FileSource:
    """An open file with tabular data."""

    #: The columns with their types. Batches may contain text as categories.
    schema: Any
    batches: Iterator[Any]
    #: The size of the file, and a function that converts the number of rows read to the
    #: same unit.
    size: int
    position: Callable[[int], int]
    #: Strings that mean true or false, if the file has no data types.
    words: Mapping[str, bool]
    #: The compression codec of a Parquet file.
    codec: str = "snappy"


@contextmanager
def reading(
    path: Path, how: Reading | None = None, digests: _files.Digests | None = None
) -> Iterator[FileSource]:
    """Open the file at *path*, and add its digest to *digests*.

    Raises:
        TableError: the file cannot be read, or *digests* is given and the file changes
            within the block.
    """
    import pyarrow as pa

    how = how or Reading()
    if foreign.is_foreign(path):
        yield _foreign(path, how, digests)
        return
    is_text = path.suffix.lower() in SEPARATORS
    with ExitStack() as stack:
        with refusing(path):
            # Opening the file with Python first gives clearer error messages.
            _files.opened(path).close()
            if digests is not None:
                _files.add_digest_of(digests, path)
            content = path
            if is_text and not is_utf_8(how):
                copied = _files.in_utf_8(path, how.encoding)
                content = stack.enter_context(copied)
            # Arrow's threads read ahead. A thread that waits for Python's lock while
            # Python exits crashes the process, so Arrow opens the file without Python.
            file = stack.enter_context(pa.OSFile(os.fsencode(content)))
            found = _csv(path, file, content, how) if is_text else _parquet(path, file)
        batches = _guarded(path, found.batches)
        if is_text:
            batches = _data(batches, path, how)
        yield attrs.evolve(found, batches=batches)
        if digests is not None:
            with refusing(path):
                # Arrow read the bytes of this digest, because the file is unchanged.
                _files.add_digest_of(digests, path)


def _data(batches: Iterator[Any], path: Path, how: Reading) -> Iterator[Any]:
    """Yield only the data rows in the *batches* of a CSV file."""
    met = 0
    for batch in batches:
        if met <= 1 < met + len(batch):
            row = batch.slice(1 - met, 1).to_pylist()[0]
            refuse_import_ids(row.values(), path, how)
        skipped = min(max(how.skip_rows - met, 0), len(batch))
        met += len(batch)
        if skipped < len(batch):
            yield batch.slice(skipped)


def _foreign(path: Path, how: Reading, digests: _files.Digests | None) -> FileSource:
    """Read a file from Excel, Stata or SPSS."""
    import pyarrow as pa

    columns = foreign.columns_of(path, how, digests)
    table = pa.table({name: _array(cells) for name, cells in columns.items()})
    return FileSource(
        schema=table.schema,
        batches=iter(table.to_batches(max_chunksize=_ROWS)),
        size=table.num_rows,
        position=lambda rows: rows,
        words=encode.NO_WORDS,
    )


def _array(cells: list[Any]) -> Any:
    import pyarrow as pa

    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError):
        # Some codes have labels and others are numbers, so the types differ.
        plain = [None if one is None else encode.code_in(one) for one in cells]
        return pa.array(plain, pa.string())


def _guarded(path: Path, batches: Iterator[Any]) -> Iterator[Any]:
    with refusing(path):
        yield from batches


def _parquet(path: Path, file: Any) -> FileSource:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        plain = parquet.ParquetFile(file)
    except pa.ArrowInvalid as error:
        raise unreadable(path, "it is not a complete Parquet file") from error
    schema, metadata = plain.schema_arrow, plain.metadata
    encode.refuse_repeats(schema.names)
    chunks = [*footer.chunks(path, file)]
    texts = {field.name for field in schema if _is_text(field.type)}
    texts -= {chunk.path for chunk in chunks if not chunk.is_categorical}
    rows = _rows_at_once(chunks, file, texts)
    # Reading text as categories keeps memory use low: repeated text is stored, encoded
    # and written only once.
    file = parquet.ParquetFile(file, read_dictionary=sorted(texts), metadata=metadata)
    used = Counter(chunk.codec for chunk in chunks) or Counter(["snappy"])
    codec = used.most_common(1)[0][0]
    known = codec == "none" or (codec in _CODECS and pa.Codec.is_available(codec))
    return FileSource(
        schema=schema,
        batches=_checked(file.iter_batches(rows)),
        size=metadata.num_rows,
        position=lambda rows: rows,
        words=encode.NO_WORDS,
        codec=codec if known else "snappy",
    )


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    return kind in {pa.string(), pa.large_string(), pa.binary(), pa.large_binary()}


def _is_view(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_string_view(kind))


def _rows_at_once(chunks: Iterable[footer.Chunk], file: Any, texts: set[str]) -> int:
    """Return how many rows of a Parquet file to read together, to limit memory use.

    *texts* names the columns to read as categories. In other text columns, such as
    lists of text, each value may be as long as the column's whole dictionary.
    """
    sizes: Counter[int] = Counter()
    most = 1.0
    for chunk in chunks:
        rows = chunk.rows or 1
        sizes[chunk.group] += chunk.size
        most = max(most, sizes[chunk.group] / rows)
        if chunk.path not in texts:
            each = footer.dictionary_size(chunk, file) * chunk.values / rows
            most = max(most, each * BATCH_BYTES / _REPEATED)
    return max(1, min(_ROWS, int(BATCH_BYTES / most)))


def _checked(batches: Iterable[Any]) -> Iterator[Any]:
    for batch in batches:
        # Arrow does not check the content of damaged files, and may crash later.
        batch.validate(full=True)
        yield batch


def parts(batch: Any, most: int = _ROWS) -> Iterator[Any]:
    """Yield slices of *batch* that are small even if categories are written as text."""
    size = sum(map(_widest, batch.columns))
    rows = max(1, min(most, int(BATCH_BYTES / max(size, 1))))
    for start in range(0, max(len(batch), 1), rows):
        yield batch.slice(start, rows)


def _widest(array: Any) -> float:
    """Return the bytes per row of *array*. For categories, assume the longest one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(array.type) and _is_text(array.type.value_type):
        return float(pc.max(pc.binary_length(array.dictionary)).as_py() or 0)
    return float(array.nbytes) / max(len(array), 1)


def _csv(path: Path, file: Any, content: Path, how: Reading) -> FileSource:
    import pyarrow as pa

    separator = how.separator or SEPARATORS[path.suffix.lower()]
    raw = _files.opened(content)
    with TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
        lines = _bounded(text)
        above = sum(1 for _ in islice(lines, how.header_row - 1))
        names = next(csv.reader(lines, delimiter=separator), [])
    if not names:
        raise unreadable(path, no_header(how))
    encode.refuse_repeats(names)
    if other := encode.other_separator(names, separator):
        raise TableError([encode.wrong_separator("BE742", other, separator)])
    return FileSource(
        schema=pa.schema([(name, pa.string()) for name in names]),
        batches=_CellReader(path, content, names, above).read(file, separator),
        size=file.size(),
        position=lambda _rows: file.tell(),
        words=encode.TRUTHS,
    )


@attrs.define(eq=False)
class _CellReader:
    """A reader that returns the cells of a CSV file as text."""

    path: Path
    #: The file itself or a copy, in UTF-8.
    content: Path
    names: Sequence[str]
    #: The number of lines above the header.
    above: int
    _rows: int = 0

    def read(self, file: Any, separator: str) -> Iterator[Any]:
        """Yield batches. Arrow starts reading ahead when the first is requested."""
        import pyarrow as pa
        from pyarrow import csv as arrow

        # Keep cells as they are written: `007` stays `007`.
        kept = arrow.ConvertOptions(
            column_types=dict.fromkeys(self.names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        )
        parted = arrow.ParseOptions(
            delimiter=separator,
            newlines_in_values=True,
            # In a file with a single column, an empty line is a row with an empty cell.
            ignore_empty_lines=len(self.names) > 1,
        )
        block = arrow.ReadOptions(block_size=BATCH_BYTES, skip_rows=self.above)
        with self._refusing_uneven():
            reader = arrow.open_csv(file, block, parted, kept)
        if reader.schema.names != [*self.names]:
            reader.close()
            raise unreadable(self.path, "its header is damaged")
        yield from self._batches(reader)

    def _batches(self, reader: Any) -> Iterator[Any]:
        last = None
        try:
            with self._refusing_uneven():
                for batch in reader:
                    self._rows += len(batch)
                    last = batch.column(-1)[-1].as_py() if len(batch) else last
                    yield batch
        finally:
            reader.close()
        if last and {*last} & {"\n", "\r"} and not _ends_quoted(self.content):
            why = (
                f"the quote before the last cell of row {self._rows:,} is never closed"
            )
            raise unreadable(self.path, why, _QUOTED)

    @contextmanager
    def _refusing_uneven(self) -> Iterator[None]:
        import pyarrow as pa

        try:
            yield
        except pa.ArrowInvalid as error:
            # Arrow can also call a handler for invalid rows. But the process crashes if
            # one of Arrow's threads frees the handler while Python exits.
            if not (found := _UNEVEN.match(str(error))):
                raise
            number = int(found[1])
            rows = self._rows
            which = f"a row after row {rows:,}" if rows else "a row"
            cells = f"{number} {'cell' if number == 1 else 'cells'}"
            why = f"{which} has {cells}, but the header has {len(self.names)}"
            advice = _PARTED
            if len(self.names) == 1 and not self.above:
                advice = _headed()
            raise unreadable(self.path, why, advice) from error


def _ends_quoted(path: Path) -> bool:
    with _files.opened(path) as file:
        size = file.seek(0, 2)
        file.seek(max(size - _TAIL, 0))
        tail = file.read().rstrip()
    # A double quote inside a quoted cell does not close it.
    return (len(tail) - len(tail.rstrip(b'"'))) % 2 == 1


def _bounded(text: TextIOWrapper) -> Iterator[str]:
    """Yield the lines of *text*; split a line that is too long into several pieces."""
    return iter(partial(text.readline, BATCH_BYTES + 1), "")


def line_batches(
    objects: Iterable[tuple[str, dict[str, Any]]],
) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Group *objects* into batches to rank together."""
    bunch: list[tuple[str, dict[str, Any]]] = []
    size = 0
    for one in objects:
        bunch.append(one)
        size += len(one[0])
        if len(bunch) >= _LINES or size >= BATCH_BYTES:
            yield bunch
            bunch, size = [], 0
    if bunch:
        yield bunch


def _objects(path: Path, lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each line that is not blank, and the object that it contains."""
    for number, line in enumerate(lines, start=1):
        if len(line) > BATCH_BYTES:
            raise unreadable(path, f"line {number:,}: longer than {_LONGEST}")
        if not (text := line.strip()):
            continue
        try:
            read, why = json.loads(text, object_pairs_hook=json_object), "not an object"
        except KeyError:
            read, why = None, "duplicate key"
        except (ValueError, RecursionError):
            read, why = None, "not valid JSON"
        if not isinstance(read, dict):
            raise unreadable(path, f"line {number:,}: {why}")
        yield text, read


@contextmanager
def refusing(path: Path, code: str = "BE731") -> Iterator[None]:
    """Convert errors about the file at *path* to a `TableError` with *code*.

    The default *code* is for a file that is being read.
    """
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        near = _files.similar_name(path) if code == "BE731" else None
        advice = f"did you mean `{near}`?" if near else ""
        why = error.strerror or str(error)
        raise unreadable(path, why, advice, code=code) from error
    except OSError as error:
        raise unreadable(path, error.strerror or str(error), code=code) from error
    except UnicodeError as error:
        # Only a `UnicodeDecodeError` names the encoding.
        found = getattr(error, "encoding", "in the stated encoding")
        name = "UTF-8" if found in {"utf-8", "utf8"} else found
        raise unreadable(path, f"it is not {name}", _encoded(), code=code) from error
    except (pa.ArrowException, csv.Error) as error:
        why = _why(str(error))
        advice = _encoded() if why == _REASONS["invalid UTF8"] else ""
        raise unreadable(path, why, advice, code=code) from error


def _headed() -> str:
    option = reading_option("header-row", 3)
    return f"if another row contains the column names, use an option like {option}"


def _encoded() -> str:
    return f"specify its encoding, such as {reading_option('encoding', 'latin-1')}"


def _why(said: str) -> str:
    """Reword an Arrow message about a file, because the message may quote a cell."""
    reasons = (why for part, why in _REASONS.items() if part in said)
    return next(reasons, said.partition(":")[0] if "CSV" in said else said)


#: A function that writes a batch, and one that completes the file.
Sink: TypeAlias = tuple[Callable[[Any], None], Callable[[], None]]


@contextmanager
def _writing(
    path: Path, schema: Any, codec: str = "snappy", *, force: bool
) -> Iterator[tuple[IO[bytes], Callable[[Any], None]]]:
    """Open a file for writing batches. It appears at *path* only when it is complete.

    Raises:
        TableError: the file exists and *force* is not set, or it cannot be written. An
            existing file is left unchanged.
    """
    refuse_taken(path, force=force)
    with refusing(path, "BE734"), _files.atomic_file(path) as file:
        write, close = _sink(path, file, schema, codec)
        try:
            yield file, write
        except BaseException:
            # The incomplete file is discarded, and the disk may be full.
            with suppress(Exception):
                close()
            raise
        close()
        # Another program may have created the file in the meantime.
        refuse_taken(path, force=force)


def _sink(path: Path, file: IO[bytes], schema: Any, codec: str) -> Sink:
    ending = path.suffix.lower()
    if ending in PARQUET:
        return _parquet_sink(file, schema, codec)
    if ending in SEPARATORS:
        return _cell_sink(file, schema, SEPARATORS[ending])

    def write(batch: Any) -> None:
        for part in parts(batch, most=_WRITTEN):
            file.writelines(f"{_line(row)}\n".encode() for row in part.to_pylist())

    return write, lambda: None


def _parquet_sink(file: IO[bytes], schema: Any, codec: str) -> Sink:
    from pyarrow import parquet

    writers: list[Any] = []

    def opened(own: Any) -> Any:
        if not writers:
            writers.append(
                parquet.ParquetWriter(file, own, compression=codec, store_schema=False)
            )
        return writers[0]

    def close() -> None:
        writer = opened(schema)
        # Arrow reads the original types from this metadata, so text stays text.
        noted = base64.b64encode(schema.serialize().to_pybytes())
        notes = {**(schema.metadata or {}), b"ARROW:schema": noted}
        writer.add_key_value_metadata(notes)
        writer.close()

    # Batches may contain text as categories.
    return lambda batch: opened(batch.schema).write_batch(batch), close


def _cell_sink(file: IO[bytes], schema: Any, separator: str) -> Sink:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv as arrow

    # Arrow cannot write lists or views of text to CSV.
    kinds = [
        pa.string() if _is_list(one.type) or _is_view(one.type) else one.type
        for one in schema
    ]
    plain = pa.schema([*zip(schema.names, kinds, strict=True)])
    options = arrow.WriteOptions(delimiter=separator)
    writer = arrow.CSVWriter(file, plain, write_options=options)

    def write(batch: Any) -> None:
        for part in parts(batch):
            columns = [
                pc.binary_join(one, " ") if _is_list(one.type) else one.cast(kind)
                for one, kind in zip(part.columns, kinds, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=plain))

    return write, writer.close


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_list(kind) and pa.types.is_string(kind.value_type))


def _line(row: Any) -> str:
    """Format *row* as JSON. Infinite numbers and NaN become null."""
    try:
        return json.dumps(row, ensure_ascii=False, default=str, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(row), ensure_ascii=False, default=str)


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {key: _finite(one) for key, one in value.items()}
        case list() | tuple():
            return [*map(_finite, value)]
        case _:
            return value


def refuse_target(path: Path, *, force: bool) -> None:
    """Raise a `TableError` if rows cannot be written to *path*."""
    refuse_kind(path, "write rows")
    refuse_taken(path, force=force)


def write_rows(
    path: Path,
    kinds: Mapping[str, str],
    rows: Sequence[Mapping[str, Any]],
    *,
    force: bool,
    notes: Mapping[str, str] | None = None,
) -> None:
    """Write *rows* to a CSV or Parquet file.

    Args:
        path: the file; its suffix determines the type.
        kinds: the columns in order, each with its type: `text`, `whole` or `share`.
        rows: the rows. Cells must not be null.
        force: whether to replace an existing file.
        notes: metadata for a Parquet file.

    Raises:
        TableError: the file exists and *force* is not set, or it cannot be written.
    """
    import pyarrow as pa

    schema = pa.schema([(name, _kind(kinds[name], name, rows)) for name in kinds])
    noted = schema.with_metadata(notes) if notes else schema
    with _writing(path, noted, force=force) as (_, write):
        table = pa.Table.from_pylist(rows, schema)
        for batch in table.to_batches(max_chunksize=_WRITTEN):
            write(batch)


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of *path*. In CSV, each cell is text, or None if it is empty."""
    refuse_kind(path, "read rows")
    with reading(path) as source:
        # Read all batches first, so that no Arrow thread remains if the caller stops
        # early.
        batches = [*source.batches]
    for batch in batches:
        columns = [_shared(column) for column in batch.columns]
        for cells in zip(*columns, strict=True):
            yield dict(zip(batch.schema.names, cells, strict=True))


def _shared(column: Any) -> list[Any]:
    """Return the values of *column*, with a single object for equal strings."""
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return list(column.to_pylist())
    values = [*column.dictionary.to_pylist(), None]
    return [values[n] for n in column.indices.fill_null(len(values) - 1).to_pylist()]


def _kind(kind: str, name: str, rows: Sequence[Mapping[str, Any]]) -> Any:
    import pyarrow as pa

    if kind == "text":
        return pa.string()
    if kind == "share":
        return pa.float64()
    most = max((abs(row.get(name) or 0) for row in rows), default=0)
    return pa.int64() if most < 1 << 63 else pa.decimal128(38, 0)
