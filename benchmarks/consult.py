"""How long one consultation takes, beside a bare durable-rules Host.

    python benchmarks/consult.py

Runs the worked example in one process, taking turns: `consult` on each engine,
verdict with reasons and citations; and a durable-rules `Host` of its own, through
its documented API, with the same generated rules, which gives the names of the
rules that fire and nothing else. Prints the median of each and the ratios, then
how memory grows over 100,000 consultations, and what importing the package costs.
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
from boundaryethics.policies import load_policy, load_situation

EXAMPLE = Path(__file__).parent.parent / "examples" / "step4_message.yaml"
ROUNDS, CALLS = 40, 50
LONG = 100_000


def recording(name: str, fired: list[str]) -> Callable[[object], None]:
    """An action that notes its rule's *name* as *fired*."""

    def record(_: object) -> None:
        fired.append(name)

    return record


def host_of(situation: Situation) -> Callable[[], set[str]]:
    """A call that asks a bare Host which rules fire, stratum by stratum."""
    from durable.engine import Host

    runner = durable_rules.load(lower(load_policy("apa-2017")))
    fired: list[str] = []
    host = Host()
    layers = []
    for number, layer in enumerate(runner._layers):
        rules = json.loads(layer.wording.rules())
        for name, rule in rules.items():
            rule["run"] = recording(name, fired)
        host.set_rulesets({f"stratum{number}": rules})
        layers.append((f"stratum{number}", layer))

    def ask() -> set[str]:
        found = durable_rules._Found()
        for name, layer in layers:
            fired.clear()
            message = json.loads(
                layer.wording.message(situation.values, found.findings)
            )
            host.assert_fact(name, message)
            layer.settle(list(fired), found)
            host.retract_fact(name, message)
        return set(found.derivation().binding)

    return ask


def medians(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Microseconds a call, the median of rounds in which each takes its turn."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(CALLS):
                call()
            taken[name].append((time.perf_counter() - start) / CALLS * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def megabytes() -> float:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def import_cost() -> float:
    """Milliseconds that importing the package adds to starting Python, the median."""

    def start(code: str) -> float:
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (time.perf_counter() - began) * 1e3

    return statistics.median(
        start("import boundaryethics") - start("pass") for _ in range(11)
    )


def main() -> None:
    """Measure and print."""
    policy = load_policy("apa-2017")
    situation = load_situation(EXAMPLE, policy.vocabulary)
    host = host_of(situation)
    verdict = boundaryethics.consult(situation, policy, "durable")
    assert set(verdict.binding) == host(), "the Host fires other rules"

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
            "bare Host, which rules fire": host,
        }
    )
    print(f"{len(policy.rules)} rules, {len(situation)} facts; p50 of one situation")
    for name, microseconds in took.items():
        ratio = microseconds / took["consult, durable"]
        print(f"  {name:36}{microseconds:9.1f} us {ratio:7.2f} x")

    for _ in range(LONG // 10):
        boundaryethics.consult(situation, policy, "durable")
    before = megabytes()
    for _ in range(LONG):
        boundaryethics.consult(situation, policy, "durable")
    print(f"memory over {LONG:,} consultations: {megabytes() - before:+.1f} MiB")
    print(f"import boundaryethics: {import_cost():.0f} ms")


if __name__ == "__main__":
    main()
