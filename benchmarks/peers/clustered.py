"""PySpark: ranking beside the same job written by hand as a join.

By hand, rows are joined to a table of answers: by their number, where somebody has
numbered rows and answers alike; or by their facts, as a table of answers has them.
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
#: Rows of a group: Spark parts a file between its cores by groups only.
_GROUP = 1 << 17
_SETTINGS = {
    "spark.driver.memory": "4g",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def figures(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """What ranking takes on PySpark."""
    missing = _missing()
    if missing:
        yield Figure(part=PART, what="ranking", note=f"not installed: {missing}")
        return
    session = _session()
    for rows in sizes.cluster:
        # By their facts, rows take ten times as long to join: so the fewest only.
        joins = {"by the rows' numbers": _by_number}
        if rows == sizes.cluster[0]:
            joins["by the facts"] = _by_facts
        with TemporaryDirectory() as folder:
            codes = situations.columns(policy, rows, unknown=0.3)
            write_rows(policy, codes, Path(folder), _GROUP)
            job = _Job(session, policy, Path(folder))
            took = _taken(job, joins.values(), sizes.rounds)
        if took is None:
            yield Figure(part=PART, what=f"joins by hand, {rows:,} rows", note=DIFFERS)
            continue
        yield from _compared(dict(zip(joins, took[1:], strict=True)), took[0], rows)
    session.stop()


def _compared(joined: dict[str, float], ranked: float, rows: int) -> Iterator[Figure]:
    """What the joins took, and what ranking did beside the quickest of them."""
    for what, taken in joined.items():
        name = f"join by hand, {what}"
        yield _figure(name, taken, rows, bar=f"PySpark, {name}, {_told(rows)}")
    yield _figure(
        "ranking",
        ranked,
        rows,
        bar=f"PySpark, ranking, {_told(rows)}",
        ours=True,
        beside="the quickest join",
        ratio=ranked / min(joined.values()),
        at_most=1.5,
    )


def _told(rows: int) -> str:
    return f"{rows:,} rows"


def _missing() -> str:
    """What is not there of what it takes."""
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
    """Rows to be ranked, and their answers, in files."""

    session: Any
    policy: Policy
    folder: Path

    def read(self, name: str) -> Any:
        """The file called *name*."""
        return self.session.read.parquet(str(self.folder / name))

    @property
    def facts(self) -> list[str]:
        """The columns that tell facts."""
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
    """How long ranking and each of *joins* take; nothing where they differ."""
    frames = (_ranked, *joins)
    if len({_told_apart(frame(job)) for frame in frames}) > 1:
        return None
    calls = [partial(_worked_out, frame, job) for frame in frames]
    return seconds(*calls, rounds=min(rounds, 3))


def _told_apart(frame: Any) -> Any:
    """What is the same for frames of the same rows, in whatever order they come."""
    from pyspark.sql import functions as F  # noqa: N812 (so called by its manual)

    columns = sorted({*frame.columns} - {"problem"})
    each = F.xxhash64(*columns).cast("decimal(38, 0)")
    return frame.agg(F.count("*"), F.sum(each)).first()


def _worked_out(frame: Callable[[_Job], Any], job: _Job) -> None:
    """Every row of what *frame* gives for *job*, written nowhere."""
    frame(job).write.format("noop").mode("overwrite").save()


def _figure(what: str, taken: float, rows: int, **more: Any) -> Figure:
    return Figure(
        part=PART,
        what=what,
        value=nanoseconds(taken, rows),
        unit="ns a row",
        rows=rows,
        **more,
    )
