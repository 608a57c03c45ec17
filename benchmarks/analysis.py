"""Time exact analyses of whole policies over all situations.

    python benchmarks/analysis.py

Runs each type of analysis on the built-in policies, over every situation. Prints the
time for each, the number of states in the widest layer of a diagram, and the peak
memory of the process.
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
from boundaryethics.policies import load_policy, policies

POLICY = "apa-2017"


def seconds(question: Callable[[], Any]) -> float:
    """Return the seconds that *question* takes."""
    began = time.perf_counter()
    question()
    return time.perf_counter() - began


def base_rates(policy: Policy) -> dict[str, dict[str, str]]:
    """Return probabilities for every fact, as unequal whole percentages."""
    rates: dict[str, dict[str, str]] = {}
    for fact in policy.vocabulary.facts:
        first, *others = fact.all_values
        shares = {value: number + 1 for number, value in enumerate(others)}
        rest = 100 - sum(shares.values())
        rates[fact.name] = {v: f"{n / 100:.2f}" for v, n in shares.items()}
        rates[fact.name][first] = f"{rest / 100:.2f}"
    return rates


def ratio(policy: Policy, other: Policy) -> float:
    """Return the best time of `compare` with weights, divided by that without."""
    rates = base_rates(policy)
    plain = min(seconds(lambda: compare(policy, other)) for _ in range(3))
    weighted = min(
        seconds(lambda: compare(policy, other, over=rates)) for _ in range(3)
    )
    return weighted / plain


def widest(policy: Policy) -> int:
    """Return the number of states in the widest layer of the diagram of rankings."""
    diagram = QueryBuilder([policy]).ask(space_of(policy.vocabulary), Rankings())
    return max(layer.follows.shape[1] for layer in diagram.layers)


def shipped() -> list[Policy]:
    """Load every built-in policy that is not abstract."""
    loaded = (load_policy(name) for name in policies())
    return [policy for policy in loaded if not policy.abstract]


def main() -> None:
    """Run all measurements and print them."""
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
        "all invariants of the slowest policy": max(proved),
        "all invariants of all policies": sum(proved),
        "one policy with one rule edited": seconds(lambda: compare(policy, edited)),
        f"the slowest of {len(pairs)} pairs of policies": max(pairs),
        "all pairs of policies": sum(pairs),
        "agreement of all policies": seconds(lambda: agreement(policies)),
        "each rule dropped, one at a time": seconds(lambda: rule_impact(policy)),
    }
    for name, taken in took.items():
        print(f"  {name:48}{taken:9.2f} s")
    weighted = ratio(policy, policies[-1])
    print(f"  {'weighted counting takes, times plain counting':48}{weighted:9.2f}")
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {held:.0f} MiB")


if __name__ == "__main__":
    main()
