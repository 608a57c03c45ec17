"""Time one library in alternation with the package, in a separate process.

    python -m benchmarks.peers.side_by_side PEER SITUATIONS

Compares the results of the library with the reference engine in 800 situations, times
both, and prints JSON. A library with different results is not timed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from typing import Any, TypeAlias

import attrs

import boundaryethics
from benchmarks.peers import situations
from benchmarks.peers.figures import DIFFERS, FAILED
from benchmarks.peers.timing import spreads
from benchmarks.peers.translated import PEERS, Ask, Peer
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict

POLICY = "aca-2014"
#: The number of situations to compare in each sample.
_EACH = 200
#: Facts, and the verdict of the reference engine on them.
Expected: TypeAlias = list[tuple[dict[str, str], Verdict]]


def measurements_of(peer: Peer, number: int) -> dict[str, Any]:
    """Measure *peer* in a separate process, because it may crash."""
    if peer.version is None:
        return {"note": "not installed"}
    asked = [sys.executable, "-m", __name__, peer.name, str(number)]
    answer = subprocess.run(asked, capture_output=True, check=False, text=True)
    lines = [line for line in answer.stdout.splitlines() if line.startswith("{")]
    if not lines:
        return {"note": f"{FAILED}: {answer.stderr}"}
    found: dict[str, Any] = json.loads(lines[0])
    return found


def expected(policy: Policy) -> Expected:
    """List the situations of all samples, each with its verdict."""
    asked = [
        situations.whole(policy, facts)
        for seed, unknown in enumerate((0.0, 0.3, 0.6, 0.9))
        for facts in situations.stated(policy, _EACH, unknown=unknown, seed=seed)
    ]
    return [
        (facts, boundaryethics.consult(facts, policy, "reference")) for facts in asked
    ]


def equal(ask: Ask, verdicts: Expected) -> bool:
    """Return whether *ask* finds the rankings and applicable rules of *verdicts*."""
    for facts, verdict in verdicts:
        ranking, binding = ask(facts)
        if ranking != verdict.ranking:
            return False
        if binding is not None and sorted(binding) != sorted(verdict.binding):
            return False
    return True


def measured(peer: Peer, number: int) -> dict[str, Any]:
    """Compare the results of *peer* with the package, and time both."""
    policy = boundaryethics.load_policy(POLICY)
    began = time.perf_counter()
    ask = peer.prepare(policy)
    prepared = time.perf_counter() - began
    verdicts = expected(policy)
    if not equal(ask, verdicts):
        return {"note": DIFFERS}
    compiled = boundaryethics.compile_policy(policy)
    asked = situations.stated(policy, number, unknown=0.3, seed=len(verdicts))
    theirs = [situations.whole(policy, facts) for facts in asked]
    situations.warmed(policy, compiled.ranking, compiled.consult)
    took, ranking, consult = spreads(
        [(ask, theirs), (compiled.ranking, asked), (compiled.consult, asked)]
    )
    return {
        "equal in": len(verdicts),
        "prepared in": prepared,
        "peer": attrs.asdict(took),
        "ranking": attrs.asdict(ranking),
        "consult": attrs.asdict(consult),
    }


def main() -> None:
    """Measure the library on the command line and print the result."""
    name, number = sys.argv[1:]
    peer = next(peer for peer in PEERS if peer.name == name)
    print(json.dumps(measured(peer, int(number))), flush=True)


if __name__ == "__main__":
    main()
