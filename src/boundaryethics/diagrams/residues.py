"""What is left of a network once some facts are known: the bits that still matter.

A node matters while it is undecided, and is asked for, or overrides a node that
matters, or concludes a finding that is undecided and read by one. All other bits are
cleared: partial situations that are left with the same bits go on alike.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from boundaryethics.diagrams.arrays import Truths, some
from boundaryethics.diagrams.layout import Layout
from boundaryethics.diagrams.partial import Outlook


def residue(on: Outlook, wanted: Mapping[int, Truths]) -> Truths:
    """The bits that still matter.

    *wanted* tells for each node that is asked for in which partial situations it is.
    """
    left = _Left(on, wanted)
    for layer, feeds_itself in reversed(on.layout.layers):
        while left.grown_by(layer) and feeds_itself:
            pass
    for finding, bit in on.layout.found.items():
        left.bits[bit] = left.read[finding] & on.found[finding]
    return left.bits


class _Left:
    """The bits that are known to matter so far, and the findings that are read."""

    def __init__(self, on: Outlook, wanted: Mapping[int, Truths]) -> None:
        self._on, self._wanted = on, wanted
        self._pending = on.pending
        self._unsettled = on.findable & ~on.found
        self._matters: dict[int, Truths] = {}
        self.bits = np.zeros_like(on.bits)
        self.read = np.zeros_like(on.found)
        if on.layout.demanded is not None:
            self.read[on.layout.demanded] = True

    def grown_by(self, layer: tuple[int, ...]) -> bool:
        """Whether the nodes of *layer* read more than was known to be read."""
        before = np.count_nonzero(self.read)
        for number in reversed(layer):
            matters = self._matters[number] = self._pending[number] & self._asked(
                number
            )
            if matters.any():
                self._keep(number, matters)
        return bool(np.count_nonzero(self.read) > before)

    def _asked(self, number: int) -> Truths:
        """Where a node is asked for, or something undecided waits for it."""
        layout = self._on.layout
        asked = [self._matters[other] for other in layout.overrides.get(number, ())]
        asked += [
            self.read[finding] & self._unsettled[finding]
            for finding in layout.network.nodes[number].concludes
        ]
        if number in self._wanted:
            asked.append(self._wanted[number])
        return some(np.array(asked), 0) if asked else np.zeros_like(self.read[:1])[0]

    def _keep(self, number: int, matters: Truths) -> None:
        """Keep what an undecided node waits for."""
        layout: Layout = self._on.layout
        if number in layout.triggered:
            sure = self._on.triggered[number]
            self.bits[layout.triggered[number]] = matters & sure
            matters = matters & ~sure
        for bit, gate in layout.gates[number]:
            self.bits[bit] = ajar = self._on.bits[bit] & matters
            for finding in gate.reads:
                self.read[finding] |= ajar
