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
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.opening import Seen
from boundaryethics.batch.summary import Tally
from boundaryethics.model.facts import Vocabulary

#: Rows that are coded at once: many for numpy, few for memory.
SLICE = 1 << 17


def ranked(seen: Seen, answers: Answers, found: Matched) -> tuple[Any, Tally]:
    """The frame with its answers, as it came, and what was counted."""
    import pyarrow as pa

    facts = {fact: _column(seen.view[name]) for fact, name in found.columns.items()}
    batches, tally = [], Tally()
    for start in range(0, len(seen.view), SLICE):
        rows = min(SLICE, len(seen.view) - start)
        some = {fact: _slice(column, start, rows) for fact, column in facts.items()}
        batch = answers.of(codes_of(some, answers.policy.vocabulary), rows)
        tally.add(batch, answers.wanted.prefix)
        batches.append(batch)
    return joined(seen, pa.Table.from_batches(batches, answers.schema)), tally


def codes_of(
    columns: Mapping[str, Any],
    vocabulary: Vocabulary,
    words: Mapping[str, bool] | None = None,
) -> dict[str, Coded]:
    """The codes of *columns*, each under its fact, lists or Arrow arrays."""
    return {
        fact: coded_values(vocabulary[fact], column)
        if isinstance(column, list)
        else coded(vocabulary[fact], column, words)
        for fact, column in columns.items()
    }


def joined(seen: Seen, answers: Any) -> Any:
    """The frame of *seen*, with the columns of *answers* after its own."""
    import narwhals.stable.v2 as nw

    if seen.kind == "pandas":
        return _with_columns(seen.frame, answers)
    more = nw.from_arrow(answers, backend=seen.view.implementation)
    return nw.concat([seen.view, more], how="horizontal").to_native()


def stated(some: Any, found: Matched) -> dict[str, object]:
    """What the first row of *some* states."""
    columns = {fact: _column(some[name]) for fact, name in found.columns.items()}
    values = {
        fact: column[0] if isinstance(column, list) else column[0].as_py()
        for fact, column in columns.items()
    }
    return {fact: value for fact, value in values.items() if value is not None}


def _column(series: Any) -> Any:
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


def _slice(column: Any, start: int, rows: int) -> Any:
    if isinstance(column, list):
        return column[start : start + rows]
    return column.slice(start, rows)


def _with_columns(frame: Any, answers: Any) -> Any:
    """A pandas *frame* with *answers*, under the index that it has."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int8(): pd.Int8Dtype(), pa.bool_(): pd.BooleanDtype()}
    more = answers.to_pandas(types_mapper=kinds.get)
    made = frame.copy(deep=False)
    for name in more.columns:
        made[name] = more[name].array
    return made
