"""A chain: the ranking of a policy as a few look-ups, each of which leads to the next.

It is a decision diagram, walked several facts at a time: what one link finds is the
state that the next one starts from, and the last state is the ranking. So a row costs
as many look-ups as there are links, however many rules there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.fields import FIELD, MASK, Fields
from boundaryethics.batch.placing import OPTIONS, Bits, Places
from boundaryethics.batch.ranker import Stated
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.engines.columnar.blocks import (
    BLOCK,
    Codes,
    Columns,
    numbered,
    spans,
)
from boundaryethics.engines.columnar.shelves import Group
from boundaryethics.model.policy import Policy

#: For each state and number of a group, in turn, where the rows of the next state are.
Starts: TypeAlias = npt.NDArray[np.uint16]


@final
@attrs.frozen(eq=False)
class Link:
    """A few facts that are looked up together."""

    group: Group
    #: Rows of as many numbers as the group has; after the last link, the end itself.
    starts: Starts


@final
@attrs.frozen(eq=False)
class Chain:
    """All links, and what they come to."""

    links: tuple[Link, ...]
    #: For each end the place of each option.
    ends: Places

    def placer(self, most: int) -> Walk:
        """What ranks spans of at *most* so many rows."""
        return Walk(self.links, *self._answers, Desk.of(most))

    def one(self, policy: Policy) -> Trail:
        """The same for single situations of *policy*."""
        strides = [_strides(link.group) for link in self.links]
        facts = enumerate(policy.vocabulary.facts)
        codes = {
            fact.name: [
                sum(s.get(n, 0) * code << FIELD * k for k, s in enumerate(strides))
                for code in range(len(fact.all_values))
            ]
            for n, fact in facts
        }
        return Trail(
            Fields.of(policy, codes),
            tuple(
                (FIELD * n, link.starts.tolist()) for n, link in enumerate(self.links)
            ),
            tuple(map(_ranking, self.ends.tolist())),
        )

    @cached_property
    def _answers(self) -> tuple[Places, Bits]:
        """For each number of the last link the places, and the first place as bits."""
        places = self.ends[self.links[-1].starts] if self.links else self.ends
        first: Bits = ((places == 1) << np.arange(len(OPTIONS))).sum(1, np.uint8)
        return places, first


@final
@attrs.frozen(eq=False)
class Desk:
    """What one thread works on."""

    #: For each row of a span the number of its codes, and the state it is in.
    numbers: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.uint16]
    short: Codes
    #: For each row of a block where to look.
    rows: npt.NDArray[np.intp]

    @classmethod
    def of(cls, most: int) -> Desk:
        """Room for spans of at *most* so many rows."""
        return cls(
            np.empty(most, np.uint16),
            np.empty(most, np.uint16),
            np.empty(most, np.uint8),
            np.empty(min(most, BLOCK), np.intp),
        )


@final
@attrs.frozen(eq=False)
class Walk:
    """A chain for many rows at a time."""

    links: tuple[Link, ...]
    #: For each number of the last link, or none, the places, and the first as bits.
    places: Places
    first: Bits
    desk: Desk

    def place(self, columns: Columns, places: Places, best: Bits) -> None:
        """Place the options of each row of *columns*.

        Args:
            columns: a column of codes for each fact that is read.
            places: where the places go.
            best: where the options of the first place go, as bits.
        """
        if not self.links:
            places[:], best[:] = self.places[0], self.first[0]
            return
        self.desk.starts.fill(0)
        *before, last = self.links
        for link in before:
            for at, rows in self._rows(link, columns, len(best)):
                starts = self.desk.starts[at]
                link.starts.take(rows, out=starts, mode="wrap")
        for at, rows in self._rows(last, columns, len(best)):
            self.places.take(rows, axis=0, out=places[at], mode="wrap")
            self.first.take(rows, out=best[at], mode="wrap")

    def _rows(
        self, link: Link, columns: Columns, size: int
    ) -> Iterator[tuple[slice, npt.NDArray[np.intp]]]:
        """Block by block, where to look in *link*."""
        numbers = self.desk.numbers[:size]
        numbered(link.group, columns, numbers, self.desk.short[:size])
        np.add(numbers, self.desk.starts[:size], out=numbers)
        for at in spans(size, BLOCK):
            rows = self.desk.rows[: at.stop - at.start]
            np.copyto(rows, numbers[at])
            # No row is past the end: `wrap` is the way that writes straight into `out`.
            yield at, rows


@final
@attrs.frozen(eq=False)
class Trail:
    """A chain for one situation at a time, in plain numbers."""

    fields: Fields
    #: For each link the place of its field, and where each number leads.
    links: tuple[tuple[int, Sequence[int]], ...]
    rankings: tuple[Ranking, ...]

    def ranking(self, stated: Stated) -> Ranking:
        """Groups of options that share a place, first place first.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        number, start = self.fields.number(stated), 0
        for field, starts in self.links:
            start = starts[start + (number >> field & MASK)]
        return self.rankings[start]


def _strides(group: Group) -> Mapping[int, int]:
    """For each fact of *group* what one code more adds to the number."""
    step, found = 1, dict[int, int]()
    for variable, size in reversed([*zip(group.variables, group.sizes, strict=True)]):
        found[variable] = step
        step *= size
    return found


def _ranking(places: Sequence[Any]) -> Ranking:
    return tuple(
        tuple(o for o, at in zip(OPTIONS, places, strict=True) if at == place)
        for place in sorted(set(places))
    )
