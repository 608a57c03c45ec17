"""Streams: batches of a table in, the same with their answers out, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, final

import attrs

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.eager import codes_of
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.summary import Tally


@final
@attrs.frozen(eq=False)
class Asked:
    """What is asked of each row of a table."""

    answers: Answers
    #: Which columns tell the facts.
    found: Matched
    #: What counts the answers, if anything does.
    tally: Tally | None = None


def answered(
    batches: Iterable[Any],
    asked: Sequence[Asked],
    words: Mapping[str, bool] | None = None,
) -> Iterator[Any]:
    """Each of *batches* with the answers to all that is *asked*, after its columns.

    Args:
        batches: record batches of one schema.
        asked: what is asked of each row.
        words: texts that mean true and false.
    """
    import pyarrow as pa

    for batch in batches:
        more = answers_to(batch, asked, words)
        schema = pa.schema([*batch.schema, *more.schema], batch.schema.metadata)
        yield pa.record_batch([*batch.columns, *more.columns], schema=schema)


def answers_to(
    batch: Any, asked: Sequence[Asked], words: Mapping[str, bool] | None = None
) -> Any:
    """A batch of the answers to all that is *asked* of the rows of *batch*."""
    import pyarrow as pa

    columns, fields = [], []
    for one in asked:
        facts = {f: batch.column(name) for f, name in one.found.columns.items()}
        codes = codes_of(facts, one.answers.policy.vocabulary, words)
        more = one.answers.of(codes, batch.num_rows)
        if one.tally is not None:
            one.tally.add(more, one.answers.wanted.prefix)
        columns += more.columns
        fields += more.schema
    return pa.record_batch(columns, schema=pa.schema(fields))
