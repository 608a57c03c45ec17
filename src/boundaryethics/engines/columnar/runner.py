"""The columnar engine: a row a situation, and millions of rows at once.

In: a program. Out: a runner that derives just what the reference engine does, from
one situation or from columns of codes. What follows from a row is kept in bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.engines.columnar.blocks import Codes, Columns, each_span
from boundaryethics.engines.columnar.network import Layout, Network, network
from boundaryethics.engines.columnar.tables import Rows, Truths
from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.program.cells import Cell
from boundaryethics.program.circuit import Circuit, circuit
from boundaryethics.program.lowering import Program
from boundaryethics.program.marks import Marks, marked
from boundaryethics.program.narrowing import narrowed

#: What follows from each row: its marks, in words, the lowest bits in the first.
Words: TypeAlias = npt.NDArray[np.uint64]

_WORD = 64


def load(program: Program) -> ColumnarRunner:
    """*program*, ready to run; takes every program."""
    made = narrowed(circuit(program))
    return ColumnarRunner(program.vocabulary, Marks.of(made), telling(made))


def telling(circuit: Circuit) -> Network:
    """The network of *circuit*, which is narrowed, whose answers are its marks."""
    wanted = marked(circuit)
    many = -(-len(wanted) // _WORD)

    def in_words(cell: Cell, held: Truths) -> Rows:
        found = np.zeros((len(held), many), np.uint64)
        for column, member in enumerate(cell.members):
            word, bit = divmod(member, _WORD)
            found[:, word] |= held[:, column].astype(np.uint64) << np.uint64(bit)
        return found

    return network(circuit, wanted, in_words)


@final
@attrs.frozen
class ColumnarRunner:
    """A program as tables."""

    vocabulary: Vocabulary
    marks: Marks
    network: Network = attrs.field(repr=False)

    def derive(self, situation: Situation) -> Derivation:
        """All that follows from *situation*."""
        return self.derive_many(coded([situation], self.vocabulary))[0]

    def derive_many(self, codes: Columns, *, threads: int = 1) -> Derivations:
        """All that follows from each row of *codes*, a column for each fact.

        Each code is one of its fact's, and the columns are equally long.
        """
        rows = len(next(iter(codes.values()))) if codes else 1
        words = np.zeros((rows, -(-len(self.marks) // _WORD)), np.uint64)

        def work(spans: Sequence[slice]) -> None:
            bench = self._layout.bench()
            for at in spans:
                span = {fact: column[at] for fact, column in codes.items()}
                self._layout.answer(bench, span, np.bitwise_or, words[at])

        each_span(rows, threads, work)
        return Derivations(self.marks, words)

    @cached_property
    def _layout(self) -> Layout:
        return Layout.of(self.network)


@final
@attrs.frozen(eq=False)
class Derivations:
    """What follows from each of many rows; each is made when it is asked for."""

    marks: Marks
    words: Words

    def __len__(self) -> int:
        return len(self.words)

    def __getitem__(self, row: int) -> Derivation:
        bits = int.from_bytes(self.words[row].astype("<u8").tobytes(), "little")
        return self.marks.derivation(bits)


def coded(situations: Sequence[Situation], vocabulary: Vocabulary) -> dict[int, Codes]:
    """A column of codes for each fact, a row for each of *situations*."""
    return {
        number: np.array(
            [fact.all_values.index(one[fact.name]) for one in situations], np.uint8
        )
        for number, fact in enumerate(vocabulary.facts)
    }
