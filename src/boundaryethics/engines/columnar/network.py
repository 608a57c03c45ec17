"""A network: codes in, signals settled stage by stage, answers out.

In: a circuit, and what is wanted of it. Out: the tables of each stage, and those of
the answers. What an answer is, and how answers are joined, is the asker's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.engines.columnar.blocks import Bench, Columns, blocks
from boundaryethics.engines.columnar.shelves import (
    WORD,
    Group,
    Shelf,
    groups,
    shelf,
    words,
)
from boundaryethics.engines.columnar.tables import Rows, Table, Truths, truths
from boundaryethics.program.cells import Cell, cells
from boundaryethics.program.circuit import Circuit
from boundaryethics.program.stages import Stage, Told, stages

#: Makes the rows of a cell, given the truths of its things.
RowsOf: TypeAlias = Callable[[Cell, Truths], Rows]


@final
@attrs.frozen(eq=False)
class Round:
    """The tables of one stage, whose rows are words of signals."""

    tables: tuple[Table, ...]
    #: They are asked anew until nothing more is set.
    repeats: bool


@final
@attrs.frozen(eq=False, kw_only=True)
class Network:
    """Tables that lead from the codes of facts to answers."""

    #: How many values each variable has; the facts come first.
    sizes: tuple[int, ...]
    #: The facts that are read.
    facts: tuple[int, ...]
    #: The signals, the first in the lowest bit of the first word.
    signals: tuple[int, ...]
    rounds: tuple[Round, ...]
    answers: tuple[Table, ...]


def network(
    circuit: Circuit,
    wanted: Sequence[Told],
    answering: RowsOf,
    settled: Iterable[int] = (),
) -> Network:
    """The network of *circuit* that answers for the things *wanted*.

    The signals *settled* are settled whether anything wanted reads them or not.
    """
    first = len(circuit.vocabulary.facts)
    signals_read = {v for v in _read(wanted) if v >= first}
    needed = stages(circuit, signals_read.union(settled))
    signals = tuple(v for stage in needed for v in stage.signals)
    read = _read([*wanted, *(t for stage in needed for t in stage.signals.values())])
    return Network(
        sizes=circuit.sizes,
        facts=tuple(sorted(v for v in read if v < first)),
        signals=signals,
        rounds=tuple(_round(circuit, stage, signals) for stage in needed),
        answers=_tables(circuit, wanted, answering),
    )


@final
@attrs.frozen(eq=False)
class Layout:
    """A network laid out for many rows at once."""

    groups: tuple[Group, ...]
    words: int
    stages: tuple[tuple[Shelf, bool], ...]
    answers: Shelf

    @classmethod
    def of(cls, network: Network) -> Layout:
        """The layout of *network*."""
        facts = groups(network.facts, network.sizes)
        among = (*facts, *words(network.signals))
        return cls(
            facts,
            len(among) - len(facts),
            tuple((shelf(r.tables, among), r.repeats) for r in network.rounds),
            shelf(network.answers, among),
        )

    def bench(self) -> Bench:
        """Room for one thread to work in."""
        return Bench(self.groups, self.words)

    def answer(
        self, bench: Bench, columns: Columns, join: np.ufunc, into: npt.NDArray[Any]
    ) -> None:
        """Join the answers for each row of *columns* to what is in *into*."""
        for at, block in blocks(columns, len(into)):
            bench.take_in(block, at.stop - at.start)
            self._answer(bench, join, into[at])

    def _answer(self, bench: Bench, join: np.ufunc, into: npt.NDArray[Any]) -> None:
        for stage, repeats in self.stages:
            grown = True
            while grown:
                before = bench.found.copy() if repeats else bench.found
                bench.ask(stage, np.bitwise_or, bench.found)
                grown = repeats and bool((bench.found != before).any())
        bench.ask(self.answers, join, into)


def _read(told: Iterable[Told]) -> set[int]:
    return {variable for one in told for variable, _ in one.tests}


def _tables(
    circuit: Circuit, told: Sequence[Told], answering: RowsOf
) -> tuple[Table, ...]:
    def table(cell: Cell) -> Table:
        held = truths(cell, [told[member] for member in cell.members])
        return Table(cell.reads, answering(cell, held))

    found = cells([one.tests for one in told], circuit.sizes)
    return tuple(table(cell) for cell in found)


def _round(circuit: Circuit, stage: Stage, signals: Sequence[int]) -> Round:
    place = [signals.index(variable) for variable in stage.signals]
    many = -(-len(signals) // WORD)

    def in_words(cell: Cell, held: Truths) -> Rows:
        found = np.zeros((len(held), many), np.uint16)
        for column, member in enumerate(cell.members):
            word, bit = divmod(place[member], WORD)
            found[:, word] |= held[:, column].astype(np.uint16) << np.uint16(bit)
        return found

    return Round(_tables(circuit, [*stage.signals.values()], in_words), stage.repeats)
