"""Use the library in other processes: `processes.py KIND` prints the results."""

from __future__ import annotations

import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boundaryethics
from boundaryethics.errors import AnalysisError
from boundaryethics.variants import DropRules, sweep

SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"
CONTACTS = ("message", "follow", "connection_request", "co_presence", "public_mention")


def first(contact: str) -> str:
    """Return the best options, and the proof, as text."""
    verdict = boundaryethics.consult({"contact": contact}, "nasw-2021")
    return f"{contact} {verdict.best} {verdict.to_dict()['comparisons']}"


def swept(workers: int | None) -> str:
    """Return the labels of a sweep, or the error that it raises."""
    try:
        return str(len(sweep(SMALL, DropRules(), cases=(), workers=workers).rows))
    except AnalysisError as error:
        return str(error)


def main(kind: str) -> None:
    """Run here, in a thread, and in two processes started by *kind*."""
    here = [first(contact) for contact in CONTACTS]
    # A thread that has an engine of its own when the processes are forked.
    with ThreadPoolExecutor(1) as threads:
        assert here == list(threads.map(first, CONTACTS))
    with multiprocessing.get_context(kind).Pool(2) as pool:
        assert here == pool.map(first, CONTACTS)
        # These processes are daemonic.
        sys.stdout.write("\n".join(pool.map(swept, [2, 1, None])))


if __name__ == "__main__":
    main(sys.argv[1])
