"""Stages: the signals of a circuit in as few rounds as tables allow.

In: a narrowed circuit. Out: its signals in stages, each to be looked up once the
stages before are. A signal that reads others is told by what they read, beside them,
where that has room: so most policies need one stage.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import final

import attrs

from boundaryethics.program.circuit import Circuit, Layer, Signal, Term, Test
from boundaryethics.program.folds import folds, room
from boundaryethics.program.narrowing import MOST_ROOM


@final
@attrs.frozen
class Definition:
    """What a signal is made of, down to what has to be looked up."""

    terms: tuple[Term, ...]
    tests: frozenset[Test]


@final
@attrs.frozen
class Told:
    """Terms, with the signals that they read and that are told by their parts."""

    terms: tuple[Term, ...]
    within: Mapping[int, Definition]
    #: What has to be looked up.
    tests: frozenset[Test]

    @classmethod
    def by(cls, terms: tuple[Term, ...], within: Mapping[int, Definition]) -> Told:
        """*terms*, in which the signals *within* are told by their parts."""
        return cls(terms, within, frozenset(_tests(terms, within)))


@final
@attrs.frozen
class Stage:
    """Signals that are looked up together."""

    signals: Mapping[int, Told]
    #: They read each other: looked up anew until nothing more is set.
    repeats: bool


def stages(circuit: Circuit, wanted: Iterable[int]) -> tuple[Stage, ...]:
    """Stages that settle the signals *wanted*, and those that these need."""
    making = _Making(circuit.sizes, len(circuit.vocabulary.facts))
    for layer in circuit.layers:
        making.add(layer)
    return tuple(making.stages(making.needed(wanted)))


@final
@attrs.define
class _Making:
    sizes: tuple[int, ...]
    #: How many variables are facts; the signals come after.
    facts: int
    told: dict[int, Told] = attrs.Factory(dict)
    #: Signals so small that others may be told by their parts.
    small: dict[int, Definition] = attrs.Factory(dict)
    #: The stage of each signal: its round, and its layer where that repeats.
    at: dict[int, tuple[int, int]] = attrs.Factory(dict)

    def add(self, layer: Layer) -> None:
        """Find the stage of each signal of *layer*, once those before have theirs."""
        for signal in layer.signals:
            self.told[signal.variable] = self._told(signal, repeats=layer.repeats)
        own = {signal.variable for signal in layer.signals}
        rounds = {variable: self._round(variable, own) for variable in own}
        if layer.repeats:
            apart = 1 + len(self.at)
            self.at |= dict.fromkeys(own, (max(rounds.values()), apart))
        else:
            self.at |= {variable: (number, 0) for variable, number in rounds.items()}

    def _told(self, signal: Signal, *, repeats: bool) -> Told:
        if not repeats:
            told = Told.by(signal.terms, {**self.small})
            if room(folds(told.tests, self.sizes)) <= MOST_ROOM:
                self.small[signal.variable] = Definition(signal.terms, told.tests)
                return told
        return Told.by(signal.terms, {})

    def _round(self, variable: int, own: set[int]) -> int:
        before = self._reads(variable) - own
        return 1 + max((self.at[other][0] for other in before), default=-1)

    def _reads(self, variable: int) -> set[int]:
        """The signals that have to be looked up before *variable*."""
        return {v for v, _ in self.told[variable].tests if v >= self.facts}

    def needed(self, wanted: Iterable[int]) -> set[int]:
        """The signals *wanted*, and all that have to be looked up for them."""
        waiting, needed = [*wanted], set[int]()
        while waiting:
            variable = waiting.pop()
            if variable not in needed:
                needed.add(variable)
                waiting += self._reads(variable)
        return needed

    def stages(self, needed: set[int]) -> Iterator[Stage]:
        """The signals *needed*, stage by stage."""
        for at in sorted({self.at[variable] for variable in needed}):
            signals = {v: self.told[v] for v in sorted(needed) if self.at[v] == at}
            yield Stage(signals, repeats=bool(at[1]))


def _tests(terms: Iterable[Term], within: Mapping[int, Definition]) -> Iterator[Test]:
    for term in terms:
        for test in term:
            if test[0] in within:
                yield from within[test[0]].tests
            else:
                yield test
