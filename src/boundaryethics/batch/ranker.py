"""A ranker: what ranks rows by the span, and situations one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from boundaryethics.batch.placing import Bits, Places
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.engines.columnar.blocks import Columns
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy

#: What can be asked about.
Stated: TypeAlias = Mapping[str, object] | Situation


class One(Protocol):
    """Situations one at a time."""

    def ranking(self, stated: Stated, /) -> Ranking:
        """Groups of options that share a place, first place first."""


class Placer(Protocol):
    """Rows by the span, with room to work in: for one thread at a time."""

    def place(self, columns: Columns, places: Places, best: Bits, /) -> None:
        """Place the options of each row of *columns*, a column a fact."""


class Ranker(Protocol):
    """A policy as tables from which its rankings can be read."""

    def placer(self, most: int, /) -> Placer:
        """What ranks spans of at *most* so many rows."""

    def one(self, policy: Policy, /) -> One:
        """What ranks single situations of *policy*."""
