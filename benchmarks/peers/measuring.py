"""Run the parts of a benchmark, each in a separate process.

The memory and threads of one part then do not affect the next.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeAlias

import boundaryethics
from benchmarks.peers import alone, clustered, coded, filed, growing, worded
from benchmarks.peers.figures import FAILED, Figure
from benchmarks.peers.side_by_side import POLICY
from benchmarks.peers.sizes import Sizes
from boundaryethics.model.policy import Policy

Part: TypeAlias = Callable[[Policy, Sizes], Iterator[Figure]]

PARTS: dict[str, tuple[Part, ...]] = {
    "one": (alone.figures,),
    "peers": (alone.peers,),
    "codes": (coded.random, coded.skewed),
    "growth": (growing.figures,),
    "text": (worded.figures,),
    "files": (filed.figures,),
    "spark": (clustered.figures,),
}


def measured(sizes: Sizes, parts: tuple[str, ...]) -> Iterator[Figure]:
    """Yield the figures of *parts*, and print each part when it is complete."""
    began = time.perf_counter()
    tasks = [(name, n) for name in parts for n in range(len(PARTS[name]))]
    for number, (name, of_part) in enumerate(tasks, start=1):
        print(f"{number}/{len(tasks)} {name} ...", file=sys.stderr, flush=True)
        for figure in _in_a_process(name, of_part, sizes):
            line = f"       {figure.what}: {figure.cells[1]}"
            print(line, file=sys.stderr, flush=True)
            yield figure
        gone = time.perf_counter() - began
        print(f"       {gone:.0f} s so far", file=sys.stderr, flush=True)


def _in_a_process(name: str, number: int, sizes: Sizes) -> list[Figure]:
    """Measure one part in a new process; on failure, return a figure with the error."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(figures_of, name, number, sizes).result()
        except Exception as error:  # noqa: BLE001
            # Keep the results of the other parts.
            return [Figure(part=name, what="the whole part", note=f"{FAILED}: {error}")]


def figures_of(name: str, number: int, sizes: Sizes) -> list[Figure]:
    """Measure one part in the current process."""
    return [*PARTS[name][number](boundaryethics.load_policy(POLICY), sizes)]
