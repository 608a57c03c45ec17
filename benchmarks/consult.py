"""Time one consultation, and compare the time with a plain durable-rules host.

    python benchmarks/consult.py

Runs the worked example in one process, alternating between two ways. In one, `consult`
on each engine returns a verdict with reasons and citations. In the other, a separate
durable-rules `Host`, with the same generated rules and the documented API, returns only
the names of the rules that fire. Prints the medians and their ratios, the growth of
memory over 100,000 consultations, and the time to import the package.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import boundaryethics
from boundaryethics.inference import durable_rules
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.verdict import Firing
from boundaryethics.policies import load_policy, load_situation

EXAMPLE = Path(__file__).parent.parent / "examples" / "step4_message.yaml"
ROUNDS, CALLS = 40, 50
LONG = 100_000


def recording(name: str, fired: list[str]) -> Callable[[object], None]:
    """Return an action that appends the *name* of its rule to *fired*."""

    def record(_: object) -> None:
        fired.append(name)

    return record


def host_of(situation: Situation) -> Callable[[], set[str]]:
    """Return a function that runs the rules on a plain host, stratum by stratum."""
    from durable.engine import Host

    runner = durable_rules.load(lower(load_policy("apa-2017")))
    fired: list[str] = []
    host = Host()
    layers = []
    for number, layer in enumerate(runner._layers):
        rules = json.loads(layer.rules)
        for name, rule in rules.items():
            rule["run"] = recording(name, fired)
        host.set_rulesets({f"stratum{number}": rules})
        layers.append((f"stratum{number}", layer))

    def ask() -> set[str]:
        firings: dict[str, Firing] = {}
        findings: set[str] = set()
        for name, layer in layers:
            fired.clear()
            message = json.loads(layer.message(situation.row, findings))
            host.assert_fact(name, message)
            layer.settle(list(fired), firings, findings)
            host.retract_fact(name, message)
        return {one.rule for one in firings.values() if not one.overridden_by}

    return ask


def medians(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median time of each call in microseconds, over alternating rounds."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            taken[name].append((time.perf_counter() - start) / CALLS * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def megabytes() -> float:
    """Return the peak memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def import_cost() -> float:
    """Return the median time in milliseconds that importing the package takes."""

    def start(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - began) * 1e3

    return statistics.median(
        start("import boundaryethics") - start("pass") for _ in range(11)
    )


def main() -> None:
    """Run all measurements and print them."""
    policy = load_policy("apa-2017")
    situation = load_situation(EXAMPLE, policy.vocabulary)
    host = host_of(situation)
    verdict = boundaryethics.consult(situation, policy, "durable")
    assert set(verdict.binding) == host(), "the plain host fires different rules"

    took = medians(
        {
            "consult, durable": lambda: boundaryethics.consult(
                situation, policy, "durable"
            ),
            "consult, durable, from a mapping": lambda: boundaryethics.consult(
                situation.known(), "apa-2017", "durable"
            ),
            "consult, reference": lambda: boundaryethics.consult(
                situation, policy, "reference"
            ),
            "plain host, names of rules only": host,
        }
    )
    print(f"{len(policy.rules)} rules, {len(situation)} facts; median times")
    for name, microseconds in took.items():
        ratio = microseconds / took["consult, durable"]
        print(f"  {name:36}{microseconds:9.1f} us {ratio:7.2f} x")

    for _ in range(LONG // 10):
        boundaryethics.consult(situation, policy, "durable")
    before = megabytes()
    for _ in range(LONG):
        boundaryethics.consult(situation, policy, "durable")
    print(f"memory growth over {LONG:,} consultations: {megabytes() - before:+.1f} MiB")
    print(f"import boundaryethics: {import_cost():.0f} ms")


if __name__ == "__main__":
    main()
