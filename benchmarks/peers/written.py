"""Write the figures to files, and to a page of the documentation."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from benchmarks.peers import charts
from benchmarks.peers.figures import Figure, as_markdown
from boundaryethics.model.policy import Policy

#: The page, and the markers around its tables.
PAGE = Path("explanation", "performance.md")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"

#: The libraries in a run.
_TAKING_PART = (
    "boundaryethics",
    "clingo",
    "clipspy",
    "duckdb",
    "durable-rules",
    "narwhals",
    "numpy",
    "pyarrow",
    "pyspark",
    "rule-engine",
    "zen-engine",
)


def write(figures: Sequence[Figure], policy: Policy, docs: Path) -> None:
    """Write the *figures* to files in *docs*, and to the page if it exists."""
    folder = docs / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_data(figures, policy), indent=1, ensure_ascii=False)
    (folder / "results.json").write_text(text + "\n", "utf-8")
    if not charts.missing():
        charts.draw(figures, folder)
    page = docs / PAGE
    if page.exists():
        said = f"{_taken_on(policy)}\n\n{as_markdown(figures)}"
        page.write_text(_between(page.read_text("utf-8"), said), "utf-8")


def versions() -> dict[str, str | None]:
    """Return the version of each library; None if it is not installed."""
    return {name: _version(name) for name in _TAKING_PART}


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _data(figures: Sequence[Figure], policy: Policy) -> dict[str, object]:
    return {
        "policy": policy.id,
        "rules": len(policy.rules),
        "facts": len(policy.vocabulary.facts),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "versions": versions(),
        "figures": [figure.to_dict() for figure in figures],
    }


def _taken_on(policy: Policy) -> str:
    installed = [f"{name} {v}" for name, v in versions().items() if v]
    return (
        f"Policy `{policy.id}`: {len(policy.rules)} rules, "
        f"{len(policy.vocabulary.facts)} facts.\n"
        f"Python {platform.python_version()}, {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores.\n"
        f"{', '.join(installed)}."
    )


def _between(page: str, said: str) -> str:
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{said}\n{END}{after}"
