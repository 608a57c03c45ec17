"""Reducing: a diagram in which no two states of a layer have the same future.

In: a diagram, and for each of its ends what it comes to. Out: the same function with
as few states as the order of its facts allows; layers at which nothing is decided
are left out. So a function of many facts becomes one small table a fact.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Generic, TypeVar, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Whole
from boundaryethics.diagrams.diagram import Diagram
from boundaryethics.diagrams.folding import Axis

#: What an end comes to.
End = TypeVar("End", bound=Hashable)


@final
@attrs.frozen(eq=False)
class Level:
    """One fact of a reduced diagram."""

    axis: Axis
    #: For each state, and each class of values, the state of the next level.
    follows: Whole


@final
@attrs.frozen(eq=False)
class Reduced(Generic[End]):
    """A function of facts: from state 0 of the first level, level by level, to an end.

    Where nothing is decided by any fact there is no level, and one end.
    """

    levels: tuple[Level, ...]
    #: What each state after the last level comes to.
    ends: tuple[End, ...]


def reduced(diagram: Diagram, ends: Sequence[End]) -> Reduced[End]:
    """*diagram*, which goes on with every situation, and whose ends come to *ends*."""
    numbers: dict[End, int] = {}
    told = [numbers.setdefault(end, len(numbers)) for end in ends]
    levels = [*_levels(diagram, np.array(told, np.int64))]
    return Reduced(tuple(reversed(levels)), tuple(numbers))


def _levels(diagram: Diagram, group: Whole) -> Iterator[Level]:
    """The levels from the last to the first; *group* tells the ends apart."""
    for layer in reversed(diagram.layers):
        after = group[layer.follows]
        if len(after) == 1:
            group = after[0]
            continue
        follows, group = np.unique(after.T, axis=0, return_inverse=True)
        group = group.reshape(-1)
        if layer.axis and (follows != follows[:, :1]).any():
            yield Level(layer.axis, follows)
        else:
            group = follows[group, 0]
