"""Time a sweep of one built-in policy over all situations.

    python benchmarks/sweep.py [POLICY] [WORKERS]

Drops each rule, and moves each strength one level up and one level down. Compares every
situation, and checks every built-in case and invariant. Prints the time, the number of
variants per minute, and the peak memory of all processes together.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from threading import Event, Thread

from boundaryethics.policies import load_policy
from boundaryethics.variants import DropRules, VaryStrengths, sweep

#: The project's targets for time and memory.
MINUTES, MEBIBYTES = 10, 2048

_EVERY = 0.05


def held() -> int:
    """Return the memory of this process and its descendants in bytes (Linux)."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            fields = dict(
                line.split(":", 1) for line in status.read_text("utf-8").splitlines()
            )
        except OSError:
            continue
        number = int(status.parent.name)
        parents[number] = int(fields["PPid"])
        sizes[number] = int(fields.get("VmRSS", "0 kB").split()[0]) * 1024
    own = {int(Path("/proc/self").resolve().name)}
    while more := {n for n, p in parents.items() if p in own} - own:
        own |= more
    return sum(sizes[number] for number in own)


def watched(stop: Event, most: list[int]) -> None:
    """Update *most* with the peak memory until *stop* is set."""
    while not stop.wait(_EVERY):
        most[0] = max(most[0], held())


def main() -> None:
    """Run the sweep and print the measurements."""
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
    print(f"  time                  {took:9.1f} s (target: {MINUTES} minutes)")
    print(f"  variants per minute   {variants / took * 60:9.0f}")
    print(f"  peak memory           {memory:9.0f} MiB (target: {MEBIBYTES})")
    assert took < MINUTES * 60
    assert memory < MEBIBYTES


if __name__ == "__main__":
    main()
