"""Standings: what is forbidden and required, as signals and as a table (S12).

In: a policy and its circuit. Out: the circuit with a signal for each option that
rules can forbid or require, and the table of what those signals make of standings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

import attrs
import numpy as np

from boundaryethics.engines.columnar.tables import Table, truths
from boundaryethics.model.options import Option
from boundaryethics.model.policy import Policy
from boundaryethics.program.cells import Cell
from boundaryethics.program.circuit import Circuit, Layer, Signal, Term
from boundaryethics.program.folds import folds
from boundaryethics.program.narrowing import narrowed
from boundaryethics.program.stages import Told

_HOLDS = 0b10
_FORBIDDEN, _OPEN, _REQUIRED = 0, 1, 2


@final
@attrs.frozen
class Standings:
    """A circuit that tells standings too."""

    circuit: Circuit
    #: For each option that can be forbidden or required, the signal that it is.
    forbidden: Mapping[Option, int]
    required: Mapping[Option, int]

    @classmethod
    def of(cls, policy: Policy, circuit: Circuit) -> Standings:
        """*circuit*, narrowed, with the standings of *policy*."""
        rules = {name: rule.then for name, rule in policy.rule.items()}
        forbids = _terms(circuit, {name: then.forbids for name, then in rules.items()})
        requires = _terms(
            circuit, {name: then.requires for name, then in rules.items()}
        )
        first = len(circuit.sizes)
        numbers = iter(range(first, first + len(forbids) + len(requires)))
        forbidden = {option: next(numbers) for option in forbids}
        required = {option: next(numbers) for option in requires}
        signals = (
            *(Signal(forbidden[option], forbids[option]) for option in forbids),
            *(Signal(required[option], requires[option]) for option in requires),
        )
        layers = (*circuit.layers, Layer(signals)) if signals else circuit.layers
        sizes = (*circuit.sizes, *[2] * len(signals))
        made = attrs.evolve(circuit, layers=layers, sizes=sizes)
        return cls(narrowed(made), forbidden, required)

    @property
    def signals(self) -> tuple[int, ...]:
        """All signals of standings."""
        return (*self.forbidden.values(), *self.required.values())

    def tables(self, criteria: int) -> Iterator[Table]:
        """The table of standings, if there are any, beside so many *criteria*."""
        if not self.signals:
            return
        terms = {s: (((s, _HOLDS),),) for s in self.signals}
        reads = folds([term for (term,) in _only(terms)], self.circuit.sizes)
        cell = Cell(reads, tuple(range(len(terms))))
        held = truths(cell, [Told.by(of_one, {}) for of_one in terms.values()])
        rows = np.zeros((len(held), len(Option), 1 + criteria), np.int64)
        rows[:, :, 0] = _OPEN
        column = {signal: held[:, n] for n, signal in enumerate(terms)}
        for number, option in enumerate(Option):
            if option in self.required:
                rows[column[self.required[option]], number, 0] = _REQUIRED
            if option in self.forbidden:
                rows[column[self.forbidden[option]], number, 0] = _FORBIDDEN
        yield Table(reads, rows)


def _only(terms: Mapping[int, tuple[Term, ...]]) -> Iterator[Term]:
    for of_one in terms.values():
        yield from of_one


def _terms(
    circuit: Circuit, options: Mapping[str, tuple[Option, ...]]
) -> dict[Option, tuple[Term, ...]]:
    """For each option that some rule names, the terms by which such rules bind."""
    found: dict[Option, dict[Term, None]] = {}
    for outcome in circuit.outcomes:
        for option in options[outcome.rule]:
            found.setdefault(option, {}).update(dict.fromkeys(outcome.binding))
    return {option: tuple(found[option]) for option in Option if option in found}
