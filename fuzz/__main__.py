"""Fuzz a reader for a number of seconds, or compare engines on random policies.

python -m fuzz policy --seconds 60
python -m fuzz differential --pairs 100000 --seed 7
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORPUS = Path(__file__).parent / "corpus"
#: The folder for inputs that reach new code. They are kept between runs, but not in the
#: repository.
REACHED = ROOT / "build" / "fuzz"
#: The maximum memory of the process that reads the inputs.
MEBIBYTES = 1024


def main() -> int:
    """Run the fuzzer named in the arguments; return 1 if it finds anything."""
    asked = _parser().parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    if asked.target == "differential":
        from fuzz import differential

        figures = differential.run(asked.pairs, asked.seed, first=asked.first)
        print(figures)
        return int(figures.differences > 0)
    return _fuzz(asked)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("target", help="`differential`, or a target in `fuzz/targets.py`")
    add("--seconds", type=int, default=60, help="how long to fuzz a target")
    add("--runs", type=int, default=-1, help="maximum number of inputs; -1: no limit")
    today = int(datetime.now(UTC).strftime("%Y%m%d"))
    add("--seed", type=int, default=today, help="random seed; by default, the date")
    add("--pairs", type=int, default=100_000, help="how many pairs to compare")
    add("--first", type=int, default=0, help="number of the first policy")
    add(
        "--timeout",
        type=int,
        default=5,
        help="seconds until an input counts as hanging",
    )
    return parser


def _fuzz(asked: argparse.Namespace) -> int:
    """Fuzz in separate processes, because an input may end one; return 1 on a crash."""
    from fuzz.targets import MOST, TARGETS

    target, seed = asked.target, asked.seed
    if target not in TARGETS:
        print(f"unknown target: {target}; targets: {', '.join(TARGETS)}")
        return 2
    reached, artifacts = REACHED / target, REACHED / f"{target}-artifacts"
    shutil.rmtree(artifacts, ignore_errors=True)
    for folder in (reached, artifacts, CORPUS / target):
        folder.mkdir(parents=True, exist_ok=True)
    before = {*(CORPUS / target).iterdir()}
    end = time.monotonic() + asked.seconds
    while (left := int(end - time.monotonic())) > 0:
        limits = [
            str(reached),
            f"-max_total_time={left}",
            f"-runs={asked.runs}",
            f"-seed={seed}",
            f"-max_len={MOST}",
            f"-timeout={asked.timeout}",
            f"-rss_limit_mb={MEBIBYTES}",
            f"-artifact_prefix={artifacts}/",
            "-print_final_stats=1",
        ]
        command = [sys.executable, "-m", "fuzz.guided", target, *limits]
        ended = subprocess.run(command, cwd=ROOT, check=False)
        kept = [*artifacts.iterdir()]
        for one in kept:
            shutil.move(one, CORPUS / target / one.name)
        if not ended.returncode:
            break
        if not kept:
            print(f"{target}: the process ended with {ended.returncode}, with no input")
            return 2
        # The same seed would find the same input again.
        seed += 1
    found = sorted({*(CORPUS / target).iterdir()} - before)
    print(f"{target}: seed {seed}, {len(found)} crashes", *found, sep="\n  ")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
