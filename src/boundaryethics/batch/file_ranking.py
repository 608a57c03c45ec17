"""Ranking files: rows from one file, answered, into another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeAlias

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.file_reading import reading, refusing
from boundaryethics.batch.file_writing import shaping, writing
from boundaryethics.batch.json_lines import Asked, Lines
from boundaryethics.batch.matching import matched, refuse_clashes
from boundaryethics.batch.streams import answered
from boundaryethics.batch.summary import Summary, Tally

#: Whether to replace what is there, and what to call with how much is done.
Manner: TypeAlias = tuple[bool, Callable[[int, int], None]]


def table(
    source: Path, target: Path, asked: Asked, manner: Manner
) -> tuple[Summary, ...]:
    """Rank the rows of *source*, CSV or Parquet, into *target*.

    Raises:
        TableError: a file cannot be read or written, or the table cannot be ranked.
    """
    force, progress = manner
    tallies = [Tally() for _ in asked]
    with reading(source) as rows:
        columns = rows.schema.names
        found = [
            (one, matched(columns, one.policy.vocabulary, given))
            for one, given in asked
        ]
        refuse_clashes(columns, [n for one, _ in asked for n in one.wanted.names])
        schema = _widened(rows.schema, [one for one, _ in asked])
        batches = answered(rows.batches, found, tallies, rows.words)
        with (
            shaping(target, force=force) as file,
            writing(target, file, schema) as sink,
        ):
            for batch in batches:
                sink.write_batch(batch)
                progress(rows.done(), rows.size)
    return tuple(
        tally.summary(one.policy, matches.warnings)
        for tally, (one, matches) in zip(tallies, found, strict=True)
    )


def lines(
    source: Path, target: Path, asked: Asked, manner: Manner
) -> tuple[Summary, ...]:
    """Rank the objects of *source*, JSON lines, into *target*.

    Raises:
        TableError: a file cannot be read or written, or the table cannot be ranked.
    """
    force, progress = manner
    tallies = [Tally() for _ in asked]
    told = Lines(source)
    with refusing(source):
        size, raw = source.stat().st_size, source.open("rb")
    with raw, shaping(target, force=force) as file:
        text = TextIOWrapper(raw, encoding="utf-8-sig", newline="\n")
        for line in told.answered(_guarded(source, text), asked, tallies):
            file.write(line.encode())
            progress(raw.tell(), size)
        warnings = [told.warnings(one, keys) for one, keys in asked]
    return tuple(
        tally.summary(one.policy, of_one)
        for tally, (one, _), of_one in zip(tallies, asked, warnings, strict=True)
    )


def _guarded(path: Path, text: Iterator[str]) -> Iterator[str]:
    with refusing(path):
        yield from text


def _widened(schema: Any, asked: Sequence[Answers]) -> Any:
    for answers in asked:
        for field in answers.schema:
            schema = schema.append(field)
    return schema
