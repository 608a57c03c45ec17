"""Time one situation in the package and in other libraries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import boundaryethics
from benchmarks.peers import situations
from benchmarks.peers.figures import Figure
from benchmarks.peers.side_by_side import measurements_of
from benchmarks.peers.sizes import Sizes
from benchmarks.peers.timing import Calls, Spread, seconds, spreads
from benchmarks.peers.translated import PEERS, Peer
from boundaryethics.model.policy import Policy

PART = "one situation"
BESIDE_PEERS = "one situation, compared with other libraries"
_FEW = 200


def figures(policy: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Time several calls for one situation."""
    compiled = boundaryethics.compile_policy(policy)
    (compiling,) = seconds(
        partial(boundaryethics.compile_policy, policy), rounds=sizes.rounds
    )
    yield Figure(
        part=PART,
        what="`boundaryethics.compile_policy`, once per policy",
        value=compiling * 1e3,
        unit="ms",
        ours=True,
    )
    situations.warmed(policy, compiled.ranking, compiled.consult)
    for draw, unknown in situations.UNKNOWNS.items():
        # Each call gets its own situations, so calls do not share cached results.
        best, ranking, never, before, plain = (
            situations.stated(policy, sizes.situations, unknown=unknown, seed=seed)
            for seed in range(5)
        )
        before = random.Random(2).choices(before[:_FEW], k=len(before))  # noqa: S311
        consult = partial(_consulted, policy)
        named: dict[str, tuple[Calls, float | None]] = {
            "`compiled.best`": ((compiled.best, best), 5.0),
            "`compiled.ranking`": ((compiled.ranking, ranking), None),
            "`compiled.consult`, seen before": ((compiled.consult, before), 20.0),
            "`compiled.consult`, not seen before": ((compiled.consult, never), 20.0),
            "`consult`": ((consult, plain[: _FEW * 5]), None),
        }
        took = spreads([call for call, _ in named.values()])
        for spread, (name, (_, limit)) in zip(took, named.items(), strict=True):
            bar = name.replace("`", "") if unknown else ""
            yield _figure(f"{name}, {draw}", spread, at_most=limit, bar=bar)


def _consulted(policy: Policy, facts: dict[str, str]) -> object:
    return boundaryethics.consult(facts, policy)


def _figure(what: str, spread: Spread, **more: Any) -> Figure:
    return Figure(
        **{"part": PART, "ours": True, **more},
        what=what,
        value=spread.p50,
        unit="µs",
        spread=spread,
    )


def peers(_: Policy, sizes: Sizes) -> Iterator[Figure]:
    """Time each library, and compute the ratio of its time to that of the package."""
    quickest: dict[str, tuple[float, str, Spread]] = {}
    for peer in PEERS:
        measured = measurements_of(peer, sizes.situations // 5)
        yield _peer(peer, measured)
        if "peer" in measured:
            for name in ("ranking", "consult"):
                ratio = measured["peer"]["p50"] / measured[name]["p50"]
                best = (ratio, peer.name, Spread(**measured[name]))
                quickest[name] = min(
                    quickest.get(name, best), best, key=lambda one: one[0]
                )
    for name, (ratio, peer, spread) in quickest.items():
        yield _figure(
            f"`compiled.{name}`",
            spread,
            part=BESIDE_PEERS,
            side_by_side=f"speedup over {peer}, the fastest",
            ratio=ratio,
            at_least=10.0,
        )


def _peer(peer: Peer, measured: dict[str, Any]) -> Figure:
    what = f"{peer.name} {peer.version or ''}".strip() + f": {peer.manner}"
    if "peer" not in measured:
        return Figure(part=BESIDE_PEERS, what=what, note=measured["note"])
    spread = Spread(**measured["peer"])
    return _figure(
        f"{what}; returns {peer.gives}",
        spread,
        part=BESIDE_PEERS,
        bar=f"{peer.name}, {peer.manner}",
        ours=False,
        side_by_side="`compiled.ranking`",
        ratio=spread.p50 / measured["ranking"]["p50"],
    )
