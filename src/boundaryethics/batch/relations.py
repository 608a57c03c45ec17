"""Relations: a DuckDB relation in, the same with its answers out.

Its rows are kept in a temporary table of its own connection, and the answers in
another beside it, so that DuckDB sees to what has no room in memory. Only what tells
facts leaves DuckDB, some rows at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.eager import SLICE
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.streams import Asked, answers_to


def ranked(frame: Any, answers: Answers, found: Matched) -> Any:
    """*frame* with its answers, row for row."""
    name = f"boundaryethics_{secrets.token_hex(8)}"
    view, rows, told = (f"{name}_{part}" for part in ("view", "rows", "answers"))
    frame.query(view, f"CREATE TEMP TABLE {rows} AS FROM {view}")
    kept = frame.query(view, f"FROM {rows}")
    # DuckDB finds what Arrow holds by the name of its variable, where no table has it.
    boundaryethics_batch = answers.schema.empty_table()
    kept.query(view, f"CREATE TEMP TABLE {told} AS FROM boundaryethics_batch")
    for facts in _facts(kept, view, rows, [*found.columns.values()]):
        boundaryethics_batch = answers_to(facts, [Asked(answers, found)])  # noqa: F841
        kept.query(view, f"INSERT INTO {told} FROM boundaryethics_batch")
    made = kept.query(view, f"FROM {rows} POSITIONAL JOIN {told}")
    kept.query(view, f"DROP VIEW IF EXISTS {view}")
    return made


def _facts(kept: Any, view: str, rows: str, names: list[str]) -> Iterator[Any]:
    """The columns called *names* of all *rows*, in order and some at a time."""
    quoted = ", ".join('"{}"'.format(name.replace('"', '""')) for name in names)
    counted = kept.aggregate("count(*)").fetchall()
    for start in range(0, counted[0][0], SLICE):
        some = f"rowid BETWEEN {start} AND {start + SLICE - 1} ORDER BY rowid"
        # The names are quoted, and nothing else here is of anybody's choosing.
        told = kept.query(view, f"SELECT {quoted} FROM {rows} WHERE {some}")  # noqa: S608
        yield from told.to_arrow_table().combine_chunks().to_batches()
