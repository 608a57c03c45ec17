"""Ranked: the answers for many rows, as columns.

Beside input and output, what the work takes is a few spans for each thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.placing import OPTIONS, Places
from boundaryethics.batch.ranker import Ranker
from boundaryethics.engines.columnar.blocks import SPAN, Codes, each_span
from boundaryethics.engines.columnar.network import Layout
from boundaryethics.model.options import Option


@final
@attrs.frozen(eq=False)
class Ranked:
    """The answers for many rows."""

    #: For each row and option, in the order of the options, its place; 0 where bad.
    places: Places
    #: For each row the options of the first place, as bits: 1 for the first option.
    best: npt.NDArray[np.uint8]
    #: The rows that hold a code that their fact does not have, in order.
    bad: npt.NDArray[np.intp]
    #: For each row which rules bind, a bit each, the first rule in the lowest bit of
    #: the first word; None where it was not asked for.
    binding: npt.NDArray[np.uint64] | None = None
    #: The rules that the bits of `binding` stand for.
    rules: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.places)

    @property
    def tied(self) -> npt.NDArray[np.bool_]:
        """For each row whether several options share the first place."""
        return np.bitwise_count(self.best) > 1

    def place(self, option: Option | str) -> npt.NDArray[np.uint8]:
        """The place of *option* in each row.

        Raises:
            ValueError: there is no such option.
        """
        return self.places[:, OPTIONS.index(Option(option))]

    def binds(self, rule: str) -> npt.NDArray[np.bool_]:
        """For each row whether *rule* binds.

        Raises:
            ValueError: binding rules were not asked for, or there is no such rule.
        """
        if self.binding is None:
            message = "binding rules were not asked for"
            raise ValueError(message)
        if rule not in self.rules:
            message = f"there is no rule `{rule}`"
            raise ValueError(message)
        word, bit = divmod(self.rules.index(rule), 64)
        return (self.binding[:, word] >> np.uint64(bit) & np.uint64(1)).astype(bool)


#: What follows from each row, as marks in words of 64 bits.
Marked: TypeAlias = npt.NDArray[np.uint64]


@final
@attrs.frozen(eq=False)
class Answering:
    """What is worked out for each block: rankings, and marks where wanted."""

    ranking: Ranker
    telling: Layout | None
    #: How many values each fact has.
    sizes: tuple[int, ...]

    def answer(
        self, columns: Mapping[int, Codes], rows: int, threads: int
    ) -> tuple[Ranked, Marked]:
        """The answers for *columns*, and the marks of each row."""
        places = np.empty((rows, len(OPTIONS)), np.uint8)
        best = np.empty(rows, np.uint8)
        marks = np.zeros((rows, self._words), np.uint64)
        bad = [np.empty(0, np.intp)]

        def work(spans: Sequence[slice]) -> None:
            ranking = self.ranking.placer(min(rows, SPAN))
            telling = self.telling.bench() if self.telling else None
            for at in spans:
                mended, wrong = self._mended(columns, at)
                ranking.place(mended, places[at], best[at])
                if self.telling and telling:
                    self.telling.answer(telling, mended, np.bitwise_or, marks[at])
                for answers in (places, best, marks):
                    answers[at][wrong] = 0
                bad.append(wrong + at.start)

        each_span(rows, threads, work)
        return Ranked(places, best, np.sort(np.concatenate(bad))), marks

    @property
    def _words(self) -> int:
        """How many words the marks of a row take; none where none are wanted."""
        tables = self.telling.answers.tables if self.telling else ()
        return int(tables[0].shape[1]) if tables else 0

    def _mended(
        self, columns: Mapping[int, Codes], at: slice
    ) -> tuple[dict[int, Codes], npt.NDArray[np.intp]]:
        """The span *at* with 0 for every bad code, and the rows that had one."""
        span = {fact: column[at] for fact, column in columns.items()}
        wrong = np.zeros(0, bool)
        for fact, column in span.items():
            if np.maximum.reduce(column) >= self.sizes[fact]:
                amiss = column >= self.sizes[fact]
                wrong = amiss | wrong if len(wrong) else amiss
                span[fact] = np.where(amiss, np.uint8(0), column)
        return span, np.flatnonzero(wrong)
