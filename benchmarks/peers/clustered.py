"""PySpark: ranking beside the same job written by hand as a join.

By hand, rows are joined to a table of answers: by their number, where somebody has
numbered rows and answers alike; or by their facts, as a table of answers has them.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.peers import situations
from benchmarks.peers.figures import DIFFERS, Figure, nanoseconds
from benchmarks.peers.filed import write_rows
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import seconds
from boundaryethics.model.policy import Policy

PART = "PySpark on one machine, two cores"
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
    with TemporaryDirectory() as folder:
        codes = situations.columns(policy, sizes.cluster, unknown=0.3)
        write_rows(policy, codes, Path(folder))
        session = _session()
        took = _taken(session, policy, Path(folder), sizes.rounds)
        session.stop()
    if took is None:
        yield Figure(part=PART, what="join by hand", note=DIFFERS)
        return
    rows, quickest = sizes.cluster, min(took[1:])
    for what, taken in zip(
        ("join by hand, by the rows' numbers", "join by hand, by the facts"),
        took[1:],
        strict=True,
    ):
        yield _figure(what, taken, rows, bar=f"PySpark, {what}")
    yield _figure(
        "ranking",
        took[0],
        rows,
        bar="PySpark, ranking",
        ours=True,
        beside="the quicker join",
        ratio=took[0] / quickest,
        at_most=1.5,
    )


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


def _taken(
    session: Any, policy: Policy, folder: Path, rounds: int
) -> list[float] | None:
    """How long ranking and both joins take; nothing where they differ."""
    from boundaryethics.batch.frames import rank

    def read(name: str) -> Any:
        return session.read.parquet(str(folder / name))

    def ranked() -> Any:
        return rank(read("rows.parquet"), policy, threads=1).frame

    def by_number() -> Any:
        return read("rows.parquet").join(read("answers.parquet"), "row")

    def by_facts() -> Any:
        facts = [fact.name for fact in policy.vocabulary.facts]
        answers = read("by_facts.parquet").dropDuplicates(facts)
        answers.write.mode("ignore").parquet(str(folder / "distinct.parquet"))
        return read("rows.parquet").join(read("distinct.parquet"), facts)

    frames = (ranked, by_number, by_facts)
    if not _same([frame() for frame in frames]):
        return None
    return seconds(*(partial(_worked_out, f) for f in frames), rounds=min(rounds, 3))


def _same(frames: list[Any]) -> bool:
    """Whether all *frames* hold the same rows."""
    first, *others = [
        frame.select(*sorted(frames[0].columns)).drop("problem") for frame in frames
    ]
    return all(
        first.exceptAll(other).isEmpty() and other.exceptAll(first).isEmpty()
        for other in others
    )


def _worked_out(frame: Any) -> None:
    """Every row of what *frame* gives, written nowhere."""
    frame().write.format("noop").mode("overwrite").save()


def _figure(what: str, taken: float, rows: int, **more: Any) -> Figure:
    return Figure(
        part=PART,
        what=what,
        value=nanoseconds(taken, rows),
        unit="ns a row",
        rows=rows,
        **more,
    )
