"""Summing: rankings that are added up from what each table says.

In: a network whose answers are worths. Out: the places of rows and of situations.
For policies whose decision diagram has no room: what it takes grows with the rules,
and not with what they come to together.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.batch.line import Line, joined, line
from boundaryethics.batch.ordering import Ordering
from boundaryethics.batch.placing import OPTIONS, Bits, Places, place
from boundaryethics.batch.ranker import Stated
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.engines.columnar.blocks import Bench, Columns, blocks
from boundaryethics.engines.columnar.network import Layout, Network
from boundaryethics.engines.columnar.tables import Rows
from boundaryethics.model.policy import Policy


@final
@attrs.frozen(eq=False)
class Summing:
    """A network whose answers add up to a worth for each option."""

    network: Network

    def placer(self, _most: int) -> Sums:
        """What ranks spans of any number of rows."""
        shape = self._words, len(OPTIONS)
        return Sums(self._layout, self._layout.bench(), shape, self._kind)

    def one(self, policy: Policy) -> Adding:
        """The same for single situations of *policy*."""
        bits = int(self._kind.itemsize) * 8
        said = [joined(_by_option(table.rows), bits) for table in self.network.answers]
        return Adding(line(self.network, policy, said), Ordering(bits * self._words))

    @property
    def _words(self) -> int:
        answers = self.network.answers
        return int(answers[0].rows.shape[1]) if answers else 1

    @cached_property
    def _layout(self) -> Layout:
        return Layout.of(self.network)

    @cached_property
    def _kind(self) -> np.dtype[Any]:
        answers = self.network.answers
        return answers[0].rows.dtype if answers else np.dtype(np.uint8)


@final
@attrs.frozen(eq=False)
class Sums:
    """The same for many rows at a time."""

    layout: Layout
    bench: Bench
    #: How many words a worth has, and how many options there are.
    shape: tuple[int, int]
    kind: np.dtype[Any]

    def place(self, columns: Columns, places: Places, best: Bits) -> None:
        """Place the options of each row of *columns*.

        Args:
            columns: a column of codes for each fact that is read.
            places: where the places go.
            best: where the options of the first place go, as bits.
        """
        for at, block in blocks(columns, len(best)):
            worths = np.zeros((at.stop - at.start, *self.shape), self.kind)
            self.layout.answer(self.bench, block, np.add, worths)
            place(worths, places[at], best[at])


@final
@attrs.frozen(eq=False)
class Adding:
    """The same for one situation at a time, in plain numbers."""

    line: Line
    order: Ordering

    def ranking(self, stated: Stated) -> Ranking:
        """Groups of options that share a place, first place first.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        number = self.line.fields.number(stated)
        return self.order.ranking(self.line.answer(number))


def _by_option(rows: Rows) -> Rows:
    """The words of each option side by side, the weightiest last."""
    return rows[:, ::-1].swapaxes(1, 2).reshape(len(rows), -1)
