"""Relations: a DuckDB relation in, the same with its answers out.

Its rows are kept in a temporary table of its own connection, and the answers in
another beside it, so that DuckDB sees to what has no room in memory. Only what tells
facts leaves DuckDB, some rows at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from boundaryethics.batch.answers import Answers
from boundaryethics.batch.eager import SLICE
from boundaryethics.batch.matching import Matched
from boundaryethics.batch.streams import Asked, answers_to
from boundaryethics.errors import Problem, TableError


def ranked(frame: Any, answers: Answers, found: Matched) -> Any:
    """*frame* with its answers, row for row."""
    name = f"boundaryethics_{secrets.token_hex(8)}"
    view, rows, told = (f"{name}_{part}" for part in ("view", "rows", "answers"))
    # Under names of our own, no column hides the number that DuckDB gives each row.
    own = [f"c{n}" for n in range(len(frame.columns))]
    frame.query(
        view, f"CREATE TEMP TABLE {rows} AS FROM {view} AS given({', '.join(own)})"
    )
    kept = frame.query(view, f"FROM {rows}")
    # DuckDB finds what Arrow holds by the name of its variable, where no table has it.
    boundaryethics_batch = answers.schema.empty_table()
    kept.query(view, f"CREATE TEMP TABLE {told} AS FROM boundaryethics_batch")
    named = dict(zip(frame.columns, own, strict=True))
    wanted = {name: named[name] for name in found.columns.values()}
    for facts in _facts(kept, view, rows, wanted):
        boundaryethics_batch = answers_to(facts, [Asked(answers, found)])  # noqa: F841
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


def _lost(rows: int) -> Problem:
    return Problem(
        code="BE739",
        message=f"{rows:,} rows of the relation cannot be found again",
        help="rank what `relation.to_arrow_table()` gives instead",
    )


def _quoted(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
