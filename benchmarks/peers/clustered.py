"""Compare ranking on PySpark with a manual join.

The join matches rows with a table of results: on the row number, if rows and results
have the same numbers, or else on the facts.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, final

import attrs

from benchmarks.peers import situations
from benchmarks.peers.figures import DIFFERS, Figure, nanoseconds
from benchmarks.peers.filed import write_rows
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import seconds
from boundaryethics.model.policy import Policy

PART = "PySpark on one machine, two cores"
#: The number of rows in a row group. Spark distributes the row groups of a file over
#: its cores.
_GROUP = 1 << 17
_SETTINGS = {
    "spark.driver.memory": "4g",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def figures(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Time ranking on PySpark."""
    missing = _missing()
    if missing:
        yield Figure(part=PART, what="ranking", note=f"not installed: {missing}")
        return
    session = _session()
    for rows in sizes.cluster:
        # A join on facts takes ten times as long, so it runs only on the fewest rows.
        joins = {"row numbers": _by_number}
        if rows == sizes.cluster[0]:
            joins["facts"] = _by_facts
        with TemporaryDirectory() as folder:
            codes = situations.columns(policy, rows, unknown=0.3)
            write_rows(policy, codes, Path(folder), _GROUP)
            job = _Job(session, policy, Path(folder))
            took = _taken(job, joins.values(), sizes.rounds)
        if took is None:
            yield Figure(part=PART, what=f"manual joins, {rows:,} rows", note=DIFFERS)
            continue
        yield from _compared(dict(zip(joins, took[1:], strict=True)), took[0], rows)
    session.stop()


def _compared(joined: dict[str, float], ranked: float, rows: int) -> Iterator[Figure]:
    """Yield the times of the joins, and that of ranking next to the fastest join."""
    for what, taken in joined.items():
        name = f"manual join on {what}"
        yield _figure(name, taken, rows, bar=f"PySpark, {name}, {_rows_text(rows)}")
    yield _figure(
        "ranking",
        ranked,
        rows,
        bar=f"PySpark, ranking, {_rows_text(rows)}",
        ours=True,
        beside="the fastest join",
        ratio=ranked / min(joined.values()),
        at_most=1.5,
    )


def _rows_text(rows: int) -> str:
    return f"{rows:,} rows"


def _missing() -> str:
    """Return the name of a missing requirement, or an empty string."""
    for name in ("pyspark", "pyarrow", "narwhals"):
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            return name
    return "" if "JAVA_HOME" in os.environ or shutil.which("java") else "Java"


def _session() -> Any:
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    building = SparkSession.builder.master("local[2]").appName("boundaryethics")
    for name, value in _SETTINGS.items():
        building = building.config(name, value)
    session = building.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


@final
@attrs.frozen
class _Job:
    """Files with the rows to rank, and with their results."""

    session: Any
    policy: Policy
    folder: Path

    def read(self, name: str) -> Any:
        """Read the file *name*."""
        return self.session.read.parquet(str(self.folder / name))

    @property
    def facts(self) -> list[str]:
        """List the columns with facts."""
        return [fact.name for fact in self.policy.vocabulary.facts]


def _ranked(job: _Job) -> Any:
    from boundaryethics.batch.frames import rank

    return rank(job.read("rows.parquet"), job.policy, threads=1).frame


def _by_number(job: _Job) -> Any:
    return job.read("rows.parquet").join(job.read("answers.parquet"), "row")


def _by_facts(job: _Job) -> Any:
    answers = job.read("by_facts.parquet").dropDuplicates(job.facts)
    answers.write.mode("ignore").parquet(str(job.folder / "distinct.parquet"))
    return job.read("rows.parquet").join(job.read("distinct.parquet"), job.facts)


def _taken(
    job: _Job, joins: Iterable[Callable[[_Job], Any]], rounds: int
) -> list[float] | None:
    """Time ranking and each of *joins*; return None if their results differ."""
    frames = (_ranked, *joins)
    if len({_comparable(frame(job)) for frame in frames}) > 1:
        return None
    calls = [partial(_worked_out, frame, job) for frame in frames]
    return seconds(*calls, rounds=min(rounds, 3))


def _comparable(frame: Any) -> Any:
    """Compute a checksum of the rows of *frame* that ignores their order."""
    from pyspark.sql import functions as F  # noqa: N812 (the name in its manual)

    columns = sorted({*frame.columns} - {"problem"})
    each = F.xxhash64(*columns).cast("decimal(38, 0)")
    return frame.agg(F.count("*"), F.sum(each)).first()


def _worked_out(frame: Callable[[_Job], Any], job: _Job) -> None:
    """Compute every row of *frame* for *job*, without writing it."""
    frame(job).write.format("noop").mode("overwrite").save()


def _figure(what: str, taken: float, rows: int, **more: Any) -> Figure:
    return Figure(
        part=PART,
        what=what,
        value=nanoseconds(taken, rows),
        unit="ns per row",
        rows=rows,
        **more,
    )
