"""How long a sweep of one shipped policy takes, over the whole vocabulary.

    python benchmarks/sweep.py [POLICY] [WORKERS]

Drops each rule, and moves each strength one up and one down; every situation is
counted, and every shipped case and invariant held. Prints the time, the variants in
a minute, and the most memory that all its processes held at once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

from boundaryethics.policies import load_policy
from boundaryethics.variants import DropRules, VaryStrengths, sweep

#: What the project holds itself to.
MINUTES, MEBIBYTES = 10, 2048

_EVERY = 0.05


def held() -> int:
    """The memory of this process and of all that it started, in bytes (Linux)."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(
                line.split(":", 1) for line in status.read_text("utf-8").splitlines()
            )
        except OSError:
            continue
        number = int(status.parent.name)
        parents[number] = int(told["PPid"])
        sizes[number] = int(told.get("VmRSS", "0 kB").split()[0]) * 1024
    own = {int(Path("/proc/self").resolve().name)}
    while more := {n for n, p in parents.items() if p in own} - own:
        own |= more
    return sum(sizes[number] for number in own)


def watched(stop: Event, most: list[int]) -> None:
    """Note the most memory held, until told to *stop*."""
    while not stop.wait(_EVERY):
        most[0] = max(most[0], held())


def main() -> None:
    """Measure and print."""
    named = sys.argv[1] if len(sys.argv) > 1 else "apa-2017"
    workers = int(sys.argv[2]) if len(sys.argv) > len(["", named]) else None
    policy, stop, most = load_policy(named), Event(), [0]
    watcher = Thread(target=watched, args=(stop, most))
    watcher.start()
    began = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "swept.parquet"
            swept = sweep(
                policy, [DropRules(), VaryStrengths()], out=out, workers=workers
            )
    finally:
        took = time.perf_counter() - began
        stop.set()
        watcher.join()
    variants = len(swept.rows)
    memory = most[0] / 2**20
    print(str(swept).split("\n\n", maxsplit=1)[0])
    print(f"  time                  {took:9.1f} s, held to {MINUTES} minutes")
    print(f"  variants in a minute  {variants / took * 60:9.0f}")
    print(f"  most memory           {memory:9.0f} MiB, held to {MEBIBYTES}")
    assert took < MINUTES * 60
    assert memory < MEBIBYTES


if __name__ == "__main__":
    main()
