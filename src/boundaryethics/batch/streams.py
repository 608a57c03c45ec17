"""Streams: batches of a table in, the same with their answers out, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.eager import codes_of
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.summary import Tally


def answered(
    batches: Iterable[Any],
    asked: Sequence[tuple[Answers, Matched]],
    tallies: Sequence[Tally] = (),
    words: Mapping[str, bool] | None = None,
) -> Iterator[Any]:
    """Each of *batches* with the answers of each that is *asked*, after its columns.

    Args:
        batches: record batches of one schema.
        asked: the answers wanted, and which columns tell the facts.
        tallies: for each of those what counts its answers, or none at all.
        words: texts that mean true and false.
    """
    import pyarrow as pa

    for batch in batches:
        columns, fields = [*batch.columns], [*batch.schema]
        for number, (answers, found) in enumerate(asked):
            facts = {f: batch.column(name) for f, name in found.columns.items()}
            codes = codes_of(facts, answers.policy.vocabulary, words)
            more = answers.of(codes, batch.num_rows)
            if tallies:
                tallies[number].add(more, answers.wanted.prefix)
            columns += more.columns
            fields += more.schema
        schema = pa.schema(fields, batch.schema.metadata)
        yield pa.record_batch(columns, schema=schema)
