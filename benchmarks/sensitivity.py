"""Time weight and strength sensitivity over all situations.

    python benchmarks/sensitivity.py

Runs weight sensitivity on each built-in policy with the weighted method, and strength
sensitivity on one of them, over every situation. Prints the time for each, the number
of constraints on the weights, and the peak memory of the process.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import TypeVar

from boundaryethics.policies import load_policy, policies
from boundaryethics.sensitivity import strength_sensitivity, weight_sensitivity

POLICY = "apa-2017"

Answer = TypeVar("Answer")


def timed(question: Callable[[], Answer]) -> tuple[float, Answer]:
    """Return the seconds that *question* takes, and its answer."""
    began = time.perf_counter()
    answer = question()
    return time.perf_counter() - began, answer


def main() -> None:
    """Run all measurements and print them."""
    for name in policies():
        policy = load_policy(name)
        if policy.abstract:
            continue
        weighing = policy.variant(f"{name}-weighing", ranking="weighted")
        took, weights = timed(lambda one=weighing: weight_sensitivity(one))
        tested, inside = timed(lambda one=weights: one.region.contains({}))
        assert inside
        print(
            f"  {name:24}{took:7.2f} s, {len(weights.region.half_spaces):,} "
            f"half-spaces; weights checked in {tested:.2f} s"
        )
    took, strengths = timed(lambda: strength_sensitivity(POLICY))
    print(f"  {len(strengths.moves)} strength changes of `{POLICY}`: {took:.1f} s")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {held:.0f} MiB")


if __name__ == "__main__":
    main()
