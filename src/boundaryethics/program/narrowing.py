"""Narrowing: a circuit in which nothing that is settled reads too much at once.

In: a circuit. Out: one that says the same, in which each signal and each outcome has
room in one table. What reads more is settled in parts, which are signals themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from boundaryethics.program.circuit import Circuit, Layer, Outcome, Signal, Term
from boundaryethics.program.folds import folds, room, tests_of

#: Rows that a table may have: a place in it is a number of 16 bits.
MOST_ROOM = 1 << 16

_HOLDS = 0b10


def narrowed(circuit: Circuit) -> Circuit:
    """*circuit*, with whatever is too wide settled in parts."""
    parts = _Parts([*circuit.sizes])
    layers = [made for layer in circuit.layers for made in parts.layers_of(layer)]
    outcomes = tuple(parts.outcome(outcome) for outcome in circuit.outcomes)
    return attrs.evolve(
        circuit,
        layers=(*layers, *parts.taken()),
        sizes=tuple(parts.sizes),
        outcomes=outcomes,
    )


@final
@attrs.define
class _Parts:
    """Signals made on the way, each of which comes before what reads it."""

    sizes: list[int]
    made: list[Layer] = attrs.Factory(list)
    known: dict[tuple[Term, ...], tuple[Term, ...]] = attrs.Factory(dict)

    def layers_of(self, layer: Layer) -> list[Layer]:
        """*layer*, and before it the parts that it needs."""
        signals = [Signal(s.variable, self.narrow(s.terms)) for s in layer.signals]
        parts = self.taken()
        if not layer.repeats:
            return [*parts, Layer(tuple(signals))]
        inner = [signal for part in parts for signal in part.signals]
        return [Layer((*inner, *signals), repeats=True)]

    def outcome(self, outcome: Outcome) -> Outcome:
        """*outcome*, with room for each of its two sets of terms."""
        return attrs.evolve(
            outcome,
            binding=self.narrow(outcome.binding),
            overridden=self.narrow(outcome.overridden),
        )

    def taken(self) -> list[Layer]:
        """The parts made since this was last asked."""
        made, self.made = self.made, []
        return made

    def narrow(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        """Terms that say what *terms* say, and have room."""
        if self._fits(terms):
            return terms
        if terms not in self.known:
            self.known[terms] = self._joined(terms)
        return self.known[terms]

    def _joined(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        short = [self._shortened(term) for term in terms]
        while not self._fits(short):
            bundles = self._parted(short)
            signals = [Signal(self._variable(), tuple(bundle)) for bundle in bundles]
            self.made.append(Layer(tuple(signals)))
            short = [((signal.variable, _HOLDS),) for signal in signals]
        return tuple(short)

    def _shortened(self, term: Term) -> Term:
        while not self._fits([term]):
            runs = self._parted([(test,) for test in term])
            pieces = [tuple(test for (test,) in run) for run in runs]
            signals = [Signal(self._variable(), (piece,)) for piece in pieces]
            self.made.append(Layer(tuple(signals)))
            term = tuple((signal.variable, _HOLDS) for signal in signals)
        return term

    def _parted(self, terms: Iterable[Term]) -> list[list[Term]]:
        """*terms* in runs that have room, as long as can be."""
        runs: list[list[Term]] = [[]]
        for term in terms:
            if runs[-1] and not self._fits([*runs[-1], term]):
                runs.append([])
            runs[-1].append(term)
        return runs

    def _variable(self) -> int:
        self.sizes.append(2)
        return len(self.sizes) - 1

    def _fits(self, terms: Iterable[Term]) -> bool:
        return room(folds(tests_of(terms), tuple(self.sizes))) <= MOST_ROOM
