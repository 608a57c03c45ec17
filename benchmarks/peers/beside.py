"""Beside: one peer, in a process of its own, in turns with the package.

    python -m benchmarks.peers.beside PEER SITUATIONS

prints as JSON whether the peer answers as the reference engine does, in some hundred
situations, and how long either takes. A peer that answers anything else is not timed.
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
#: How many situations are compared of each draw.
_EACH = 200
#: A value for each fact, and what the reference engine makes of it.
Expected: TypeAlias = list[tuple[dict[str, str], Verdict]]


def told_of(peer: Peer, number: int) -> dict[str, Any]:
    """What a process of its own tells of *peer*; a peer may bring one down."""
    if peer.version is None:
        return {"note": "not installed"}
    asked = [sys.executable, "-m", __name__, peer.name, str(number)]
    answer = subprocess.run(asked, capture_output=True, check=False, text=True)
    told = [line for line in answer.stdout.splitlines() if line.startswith("{")]
    if not told:
        return {"note": f"{FAILED}: {answer.stderr}"}
    found: dict[str, Any] = json.loads(told[0])
    return found


def expected(policy: Policy) -> Expected:
    """Situations of all draws, each with its verdict."""
    asked = [
        situations.whole(policy, facts)
        for seed, unknown in enumerate((0.0, 0.3, 0.6, 0.9))
        for facts in situations.stated(policy, _EACH, unknown=unknown, seed=seed)
    ]
    return [
        (facts, boundaryethics.consult(facts, policy, "reference")) for facts in asked
    ]


def equal(ask: Ask, verdicts: Expected) -> bool:
    """Whether *ask* gives the rankings, and the binding rules, of the *verdicts*."""
    for facts, verdict in verdicts:
        ranking, binding = ask(facts)
        if ranking != verdict.ranking:
            return False
        if binding is not None and sorted(binding) != sorted(verdict.binding):
            return False
    return True


def measured(peer: Peer, number: int) -> dict[str, Any]:
    """Whether *peer* answers the same, and how long it and the package take."""
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
    """Measure the peer that is named, and print."""
    name, number = sys.argv[1:]
    peer = next(peer for peer in PEERS if peer.name == name)
    print(json.dumps(measured(peer, int(number))), flush=True)


if __name__ == "__main__":
    main()
