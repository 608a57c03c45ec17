"""How long exact answers about whole policies take, over the whole vocabulary.

    python benchmarks/analysis.py

Asks each kind of question of the shipped policies, every situation counted, and prints
how long each takes, how many states the widest layer of a walk has, and the most
memory that the process has held.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from itertools import combinations
from typing import Any

from boundaryethics.analysis import (
    agreement,
    compare,
    ranking_counts,
    rule_impact,
    verify,
)
from boundaryethics.mdd.build import QueryBuilder, Rankings
from boundaryethics.mdd.space import space_of
from boundaryethics.model.policy import Policy
from boundaryethics.policies import load_policy, shipped_policies

POLICY = "apa-2017"


def seconds(question: Callable[[], Any]) -> float:
    """How long the answer takes."""
    began = time.perf_counter()
    question()
    return time.perf_counter() - began


def widest(policy: Policy) -> int:
    """The states of the widest layer of the walk over all rankings."""
    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())
    return max(layer.follows.shape[1] for layer in diagram.layers)


def shipped() -> list[Policy]:
    """Every shipped policy that can be consulted."""
    loaded = (load_policy(name) for name in shipped_policies())
    return [policy for policy in loaded if not policy.abstract]


def main() -> None:
    """Measure and print."""
    policies, policy = shipped(), load_policy(POLICY)
    edited = policy.variant(
        "edited", adjust={"silence-feels-like-rejection": {"strength": "strong"}}
    )
    print(f"{len(policies)} policies, {len(policy.rules)} rules in `{POLICY}`")
    print(f"{space_of(policy.vocabulary).size:,} situations")
    print(f"widest layer of all rankings: {widest(policy):,} states")

    proved = [seconds(lambda one=one: verify(one)) for one in policies]
    pairs = [
        seconds(lambda a=a, b=b: compare(a, b)) for a, b in combinations(policies, 2)
    ]
    took = {
        "all rankings of one policy": seconds(lambda: ranking_counts(policy)),
        "all invariants of a policy, the slowest": max(proved),
        "all invariants of all policies": sum(proved),
        "one policy with one rule edited": seconds(lambda: compare(policy, edited)),
        f"two policies, the slowest of {len(pairs)} pairs": max(pairs),
        "all pairs of policies": sum(pairs),
        "agreement of all policies": seconds(lambda: agreement(policies)),
        "each rule dropped in turn": seconds(lambda: rule_impact(policy)),
    }
    for name, taken in took.items():
        print(f"  {name:48}{taken:9.2f} s")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"most memory held: {held:.0f} MiB")


if __name__ == "__main__":
    main()
