"""Partial evaluation: what is settled while some facts are not known yet.

Each node and finding has two truth values, surely and possibly (Kleene), worked out
layer by layer for many partial situations at once: an array holds one of them in each
column of bits. Where what is negated or overrides lies in lower layers, both are
least fixpoints, as the perfect model is (S8).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Truths, Whole
from boundaryethics.diagrams.layout import Layout
from boundaryethics.diagrams.network import Gate


@final
@attrs.frozen(kw_only=True, eq=False)
class Outlook:
    """What is sure and what is possible, for each partial situation."""

    layout: Layout
    #: The bits, without gates that findings have shut.
    bits: Truths
    #: For each node whether it binds.
    surely: Truths
    possibly: Truths
    #: For each finding whether it holds.
    found: Truths
    findable: Truths
    #: For each node that can be overridden whether it is triggered for sure.
    triggered: Mapping[int, Truths]

    def at(self, rows: Whole) -> Self:
        """The outlook on the partial situations in *rows* alone."""
        return attrs.evolve(
            self,
            bits=self.bits[:, rows],
            surely=self.surely[:, rows],
            possibly=self.possibly[:, rows],
            found=self.found[:, rows],
            findable=self.findable[:, rows],
            triggered={n: truths[rows] for n, truths in self.triggered.items()},
        )

    @property
    def pending(self) -> Truths:
        """For each node whether it may bind, and may not."""
        return self.possibly & ~self.surely


def outlook(layout: Layout, bits: Truths, told: frozenset[int]) -> Outlook:
    """The outlook on *bits*, where all facts of the gates *told* are known."""
    size = bits.shape[1]
    nodes, findings = len(layout.network.nodes), layout.network.findings
    made = Outlook(
        layout=layout,
        bits=bits,
        surely=np.zeros((nodes, size), bool),
        possibly=np.zeros((nodes, size), bool),
        found=np.zeros((findings, size), bool),
        findable=np.zeros((findings, size), bool),
        triggered={},
    )
    triggered: dict[int, Truths] = {}
    for finding, bit in layout.found.items():
        made.found[finding] = made.findable[finding] = bits[bit]
    for layer, feeds_itself in layout.layers:
        grown = True
        while grown:
            changes = [_settle(made, number, told, triggered) for number in layer]
            grown = feeds_itself and any(changes)
        for number in layer:
            _shut(made, number)
    return attrs.evolve(made, triggered=triggered)


def _settle(
    on: Outlook, number: int, told: frozenset[int], triggered: dict[int, Truths]
) -> bool:
    """Work out whether a node binds; whether more holds than before."""
    surely, possibly = _triggered(on, number, told)
    node = on.layout.network.nodes[number]
    if number in on.layout.triggered:
        triggered[number] = surely
    for other in node.overriders:
        surely = surely & ~on.possibly[other]
        possibly = possibly & ~on.surely[other]
    grown = bool(
        (surely != on.surely[number]).any() or (possibly != on.possibly[number]).any()
    )
    on.surely[number], on.possibly[number] = surely, possibly
    if grown:
        for finding in node.concludes:
            on.found[finding] |= surely
            on.findable[finding] |= possibly
    return grown


def _triggered(on: Outlook, number: int, told: frozenset[int]) -> tuple[Truths, Truths]:
    surely = np.zeros(on.bits.shape[1], bool)
    possibly = np.zeros(on.bits.shape[1], bool)
    if number in on.layout.triggered:
        surely |= on.bits[on.layout.triggered[number]]
        possibly |= surely
    for bit, gate in on.layout.gates[number]:
        ajar = on.bits[bit]
        if not ajar.any():
            continue
        possibly |= _ajar(on, gate, ajar)
        if bit in told:
            surely |= _open(on, gate, ajar)
    return surely, possibly


def _open(on: Outlook, gate: Gate, ajar: Truths) -> Truths:
    for finding in gate.holds:
        ajar = ajar & on.found[finding]
    for finding in gate.absent:
        ajar = ajar & ~on.findable[finding]
    return ajar


def _ajar(on: Outlook, gate: Gate, ajar: Truths) -> Truths:
    for finding in gate.holds:
        ajar = ajar & on.findable[finding]
    for finding in gate.absent:
        ajar = ajar & ~on.found[finding]
    return ajar


def _shut(on: Outlook, number: int) -> None:
    """Clear the gates of a settled node that its findings have shut."""
    for bit, gate in on.layout.gates[number]:
        if gate.reads:
            on.bits[bit] = _ajar(on, gate, on.bits[bit])
