"""Where a network's open questions are kept: one bit for each.

While facts become known one after the other, a bit tells of a gate that it may yet
open, of a node that it is triggered for sure and waits for its overriders alone, of
a finding that it holds for sure. Bits that no longer matter are cleared, so that
what is left of a policy can be told by its bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Truths
from boundaryethics.diagrams.folding import Axis
from boundaryethics.diagrams.network import Gate, Network


@final
@attrs.frozen(kw_only=True)
class Layout:
    """The bits of a network, and how they hang together."""

    network: Network
    #: The network's layers without the nodes that nobody asks for.
    layers: tuple[tuple[tuple[int, ...], bool], ...]
    #: For each node its gates, each with its bit.
    gates: Mapping[int, tuple[tuple[int, Gate], ...]]
    #: The bit of each node that can be overridden.
    triggered: Mapping[int, int]
    #: The bit of each finding that some gate reads.
    found: Mapping[int, int]
    #: For each node the nodes that it overrides.
    overrides: Mapping[int, tuple[int, ...]]
    #: A finding without which a situation is not asked for, if there is one.
    demanded: int | None
    bits: int

    def start(self) -> Truths:
        """The bits where nothing is known yet: every gate may open."""
        bits = np.zeros((self.bits, 1), bool)
        bits[[bit for gates in self.gates.values() for bit, _ in gates]] = True
        return bits


@final
@attrs.frozen(eq=False)
class Stage:
    """One fact becomes known."""

    #: None before the first fact.
    axis: Axis | None
    #: For each class of its values the gates that it shuts, as bits.
    shuts: tuple[tuple[int, ...], ...]
    #: The gates all of whose facts are known from here on.
    told: frozenset[int]
    #: Whether no gate tests the fact: nothing comes of knowing it.
    idle: bool = False


def layout_of(
    network: Network, wanted: Iterable[int], demanded: int | None = None
) -> Layout:
    """Bits for *wanted* nodes of *network*, and for all that they depend on.

    So too for those that conclude *demanded*, a finding that has to hold.
    """
    asked = network.cone({*wanted, *network.concluding(demanded)})
    layers = _without_others(network, asked)
    listed = [number for layer, _ in layers for number in layer]
    nodes, slot = network.nodes, count()
    read = {finding for number in listed for finding in nodes[number].reads}
    read |= set() if demanded is None else {demanded}
    return Layout(
        network=network,
        layers=layers,
        gates={n: tuple((next(slot), gate) for gate in nodes[n].gates) for n in listed},
        triggered={n: next(slot) for n in listed if nodes[n].overriders},
        found={finding: next(slot) for finding in sorted(read)},
        overrides=_overrides(network, listed),
        demanded=demanded,
        bits=next(slot),
    )


def _without_others(
    network: Network, asked: frozenset[int]
) -> tuple[tuple[tuple[int, ...], bool], ...]:
    """The layers of *network*, of nodes that are *asked* for alone."""
    layers = (
        (tuple(number for number in layer if number in asked), feeds)
        for layer, feeds in network.layers
    )
    return tuple(layer for layer in layers if layer[0])


def _overrides(network: Network, listed: Iterable[int]) -> dict[int, tuple[int, ...]]:
    overrides: dict[int, tuple[int, ...]] = {}
    for number in listed:
        for other in network.nodes[number].overriders:
            overrides[other] = (*overrides.get(other, ()), number)
    return overrides


def stages(layout: Layout, axes: Sequence[Axis]) -> tuple[Stage, ...]:
    """The facts of *axes* becoming known in turn, and the start before them."""
    placed = [pair for gates in layout.gates.values() for pair in gates]
    tested = {test.fact for _, gate in placed for test in gate.tests}
    places = {axis.fact: number for number, axis in enumerate(axes, start=1)}
    ready = {
        bit: max((places[test.fact] for test in gate.tests), default=0)
        for bit, gate in placed
    }
    told = [frozenset(b for b in ready if ready[b] <= n) for n in range(len(axes) + 1)]
    return (
        Stage(None, ((),), told[0]),
        *(
            Stage(axis, _shuts(axis, placed), told[number], axis.fact not in tested)
            for number, axis in enumerate(axes, start=1)
        ),
    )


def _shuts(
    axis: Axis, placed: Iterable[tuple[int, Gate]]
) -> tuple[tuple[int, ...], ...]:
    tests = [
        (bit, test.values)
        for bit, gate in placed
        for test in gate.tests
        if test.fact == axis.fact
    ]
    return tuple(
        tuple(bit for bit, values in tests if members[0] not in values)
        for members in axis.classes
    )
