"""How long it takes to tell what rankings hang on, over the whole vocabulary.

    python benchmarks/sensitivity.py

Asks of each shipped policy that can be consulted, made to weigh, on which weights its
rankings hang; and of one of them what each strength moves. Every situation counts.
Prints how long each takes, how much there is to be told apart, and the most memory
that the process has held.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from typing import TypeVar

from boundaryethics.policies import load_policy, shipped_policies
from boundaryethics.variants import strength_sensitivity, weight_sensitivity

POLICY = "apa-2017"

Answer = TypeVar("Answer")


def timed(question: Callable[[], Answer]) -> tuple[float, Answer]:
    """How long the answer takes, and the answer."""
    began = time.perf_counter()
    answer = question()
    return time.perf_counter() - began, answer


def main() -> None:
    """Measure and print."""
    for name in shipped_policies():
        policy = load_policy(name)
        if policy.abstract:
            continue
        weighing = policy.variant(f"{name}-weighing", ranking="weighted")
        took, weights = timed(lambda one=weighing: weight_sensitivity(one))
        tested, inside = timed(lambda one=weights: one.region.holds({}))
        assert inside
        print(
            f"  {name:24}{took:7.2f} s, {len(weights.region.half_spaces):,} "
            f"half-spaces; weights held against them in {tested:.2f} s"
        )
    took, strengths = timed(lambda: strength_sensitivity(POLICY))
    print(f"  {len(strengths.moves)} moves of strengths of `{POLICY}`: {took:.1f} s")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory held: {held:.0f} MiB")


if __name__ == "__main__":
    main()
