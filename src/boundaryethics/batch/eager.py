"""Eager frames: all rows are at hand.

Columns of facts are read slice by slice, and the answers joined to the frame at the
end; its own columns are not touched.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.coding import Coded, coded, coded_values
from boundaryethics.batch.grafting import without_listings
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.opening import Seen
from boundaryethics.batch.summary import Tally
from boundaryethics.model.facts import Fact, Vocabulary

#: Rows that are coded at once: many for numpy, few for memory.
SLICE = 1 << 17


def ranked(seen: Seen, answers: Answers, found: Matched) -> tuple[Any, Tally]:
    """The frame with its answers, as it came, and what was counted."""
    import pyarrow as pa

    facts = {fact: seen.view[name] for fact, name in found.columns.items()}
    vocabulary = answers.policy.vocabulary
    parts, tally = [_part(seen, answers.schema.empty_table())], Tally()
    for start in range(0, len(seen.view), SLICE):
        end = min(start + SLICE, len(seen.view))
        # What has to be copied to be read is a slice of one column at a time.
        codes = {
            fact: code_of(vocabulary[fact], column_of(series[start:end]))
            for fact, series in facts.items()
        }
        batch = answers.of(codes, end - start)
        tally.add(batch, answers.wanted.prefix)
        parts.append(_part(seen, pa.Table.from_batches([batch])))
    return _joined(seen, parts), tally


def code_of(fact: Fact, column: Any, words: Mapping[str, bool] | None = None) -> Coded:
    """The codes of *column*, a list or an Arrow array, for *fact*."""
    if isinstance(column, list):
        return coded_values(fact, column)
    return coded(fact, column, words)


def codes_of(
    columns: Mapping[str, Any],
    vocabulary: Vocabulary,
    words: Mapping[str, bool] | None = None,
) -> dict[str, Coded]:
    """The codes of *columns*, each under its fact, lists or Arrow arrays."""
    return {
        fact: code_of(vocabulary[fact], column, words)
        for fact, column in columns.items()
    }


def _part(seen: Seen, answers: Any) -> Any:
    """Some of the *answers*, in a frame of the kind that *seen* is."""
    import narwhals.stable.v2 as nw

    if seen.kind in {"pandas", "pyarrow"}:
        return answers
    return nw.from_arrow(answers, backend=seen.view.implementation)


def _joined(seen: Seen, parts: list[Any]) -> Any:
    """The frame of *seen*, with the answers in *parts* after its own columns."""
    import narwhals.stable.v2 as nw
    import pyarrow as pa

    if seen.kind == "pandas":
        whole = pa.concat_tables(parts)
        parts.clear()
        return _with_columns(seen.frame, whole)
    if seen.kind == "pyarrow":
        return _with_more(seen.view.to_native(), pa.concat_tables(parts))
    more = nw.concat(parts, how="vertical")
    return nw.concat([seen.view, more], how="horizontal").to_native()


def _with_more(table: Any, answers: Any) -> Any:
    """An Arrow *table* with *answers*, and with what is noted of it and its columns."""
    import pyarrow as pa

    notes = without_listings(table.schema.metadata) or None
    schema = pa.schema([*table.schema, *answers.schema], notes)
    return pa.table([*table.columns, *answers.columns], schema=schema)


def column_of(series: Any) -> Any:
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
        None if null else _plain(value)
        for value, null in zip(native.tolist(), nulls, strict=True)
    ]


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else value


def _with_columns(frame: Any, answers: Any) -> Any:
    """A pandas *frame* with *answers*, under the index that it has."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int8(): pd.Int8Dtype(), pa.bool_(): pd.BooleanDtype()}
    more = answers.to_pandas(types_mapper=kinds.get)
    more.index = frame.index
    made = pd.concat([frame, more], axis="columns")
    made.attrs = dict(frame.attrs)
    return made
