"""Ranking files: rows from one file, answered, into another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path

from boundaryethics.batch.file_growing import Manner, can_grow, grow
from boundaryethics.batch.file_reading import Source, reading
from boundaryethics.batch.file_writing import shaping, writing
from boundaryethics.batch.grafting import without_listings
from boundaryethics.batch.json_lines import Keyed, Lines
from boundaryethics.batch.matching import matched, refuse_clashes
from boundaryethics.batch.refusing import refusing
from boundaryethics.batch.streams import Asked, answered
from boundaryethics.batch.summary import Summary, Tally


def table(
    source: Path, target: Path, asked: Keyed, manner: Manner
) -> tuple[Summary, ...]:
    """Rank the rows of *source*, CSV or Parquet, into *target*.

    Raises:
        TableError: a file cannot be read or written, or the table cannot be ranked.
    """
    with reading(source) as rows:
        columns = rows.schema.names
        of_rows = [
            Asked(one, matched(columns, one.policy.vocabulary, given), Tally())
            for one, given in asked
        ]
        refuse_clashes(columns, [n for one, _ in asked for n in one.wanted.names])
        if rows.groups is not None and can_grow(rows.groups, target, of_rows):
            grow(rows.groups, target, of_rows, manner)
        else:
            _rewrite(rows, target, of_rows, manner)
    return tuple(
        one.tally.summary(one.answers.policy, one.found.warnings)
        for one in of_rows
        if one.tally is not None
    )


def lines(
    source: Path, target: Path, asked: Keyed, manner: Manner
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


def _rewrite(
    rows: Source, target: Path, asked: Sequence[Asked], manner: Manner
) -> None:
    """Write each of *rows*, and what is *asked* of it, to *target*."""
    force, progress = manner
    schema = rows.schema.with_metadata(without_listings(rows.schema.metadata))
    for field in (field for one in asked for field in one.answers.schema):
        schema = schema.append(field)
    with (
        shaping(target, force=force) as file,
        writing(target, file, schema) as sink,
    ):
        for batch in answered(rows.batches, asked, rows.words):
            sink.write_batch(batch)
            progress(rows.done(), rows.size)
