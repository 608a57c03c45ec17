"""Compare ranking a Parquet file with a join in DuckDB.

DuckDB joins the file with a table that has the same number of rows and already contains
the results.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boundaryethics
from benchmarks.peers import situations
from benchmarks.peers.coded import DRAWN, DRAWS
from benchmarks.peers.figures import DIFFERS, Figure, nanoseconds
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import seconds
from boundaryethics.model.policy import Policy

PART = "Parquet to Parquet"
_THREADS = 2


def figures(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Time ranking a file."""
    try:
        version = metadata.version("duckdb")
        metadata.version("pyarrow")
    except metadata.PackageNotFoundError:
        yield Figure(part=PART, what="ranking", note="not installed: duckdb, pyarrow")
        return
    for draw, unknown in DRAWS.items():
        with TemporaryDirectory() as folder:
            codes = situations.columns(policy, sizes.texts, unknown=unknown)
            write_rows(policy, codes, Path(folder))
            took = _taken(policy, Path(folder), sizes.rounds)
        base = f"DuckDB {version} join with a table of results, two threads"
        if took is None:
            yield Figure(part=PART, what=f"{base}, {draw}", note=DIFFERS)
            continue
        join, rank = took
        bar = "Parquet to Parquet, {}" if draw == DRAWN else ""
        yield _figure(
            f"{base}, {draw}", join, sizes.texts, bar=bar.format("join in DuckDB")
        )
        yield _figure(
            f"ranking, two threads, {draw}",
            rank,
            sizes.texts,
            bar=bar.format("ranking"),
            ours=True,
            beside="DuckDB join",
            ratio=rank / join,
            at_most=1.0,
        )


def write_rows(
    policy: Policy, codes: dict[str, Any], folder: Path, group: int = 1 << 20
) -> None:
    """Write the rows of *codes* as text, and their results, in row groups."""
    from pyarrow import parquet

    from boundaryethics.batch.frames import rank

    rows = situations.texts(policy, codes)
    ranked = rank(rows, policy).frame
    facts = {fact.name for fact in policy.vocabulary.facts}
    answers = [name for name in ranked.column_names if name not in facts]
    files = {
        "rows": rows,
        "answers": ranked.select(answers),
        "by_facts": ranked.drop(["row"]),
    }
    for name, table in files.items():
        parquet.write_table(table, folder / f"{name}.parquet", row_group_size=group)


def _taken(policy: Policy, folder: Path, rounds: int) -> list[float] | None:
    """Time joining and ranking; return None if their rows differ."""
    import duckdb

    from boundaryethics.batch.files import rank_file

    def name(file: str) -> str:
        return f"'{folder / file}'"

    connection = duckdb.connect()
    connection.execute(f"SET threads = {_THREADS}")
    joined = f"FROM {name('rows.parquet')} JOIN {name('answers.parquet')} USING (row)"

    def join() -> None:
        connection.execute(
            f"COPY (SELECT * {joined}) TO {name('joined.parquet')} (FORMAT parquet)"
        )

    def rank() -> None:
        rows, ranked = folder / "rows.parquet", folder / "ranked.parquet"
        rank_file(rows, ranked, [policy], force=True, threads=_THREADS)

    join()
    rank()
    one, other = (f"FROM {name(f'{which}.parquet')}" for which in ("joined", "ranked"))
    differing = connection.execute(
        f"SELECT (SELECT count(*) FROM ({one} EXCEPT ALL {other})), "  # noqa: S608
        f"(SELECT count(*) FROM ({other} EXCEPT ALL {one}))"
    ).fetchone()
    same = _checked(policy, folder) and differing == (0, 0)
    return seconds(join, rank, rounds=min(rounds, 3)) if same else None


def _checked(policy: Policy, folder: Path) -> bool:
    """Return whether the reference engine ranks the first rows in the same way."""
    from pyarrow import parquet

    rows = parquet.read_table(folder / "ranked.parquet").slice(0, 100).to_pylist()
    facts = [fact.name for fact in policy.vocabulary.facts]
    return all(
        row["best"]
        == "=".join(
            boundaryethics.consult(
                {fact: row[fact] for fact in facts}, policy, "reference"
            ).ranking[0]
        )
        for row in rows
    )


def _figure(what: str, taken: float, rows: int, **more: Any) -> Figure:
    return Figure(
        part=PART,
        what=what,
        value=nanoseconds(taken, rows),
        unit="ns per row",
        rows=rows,
        **more,
    )
