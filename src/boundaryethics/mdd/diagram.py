"""Decision diagrams: count, reduce, restrict, and find the smallest situation."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final

import attrs
import numpy as np

from boundaryethics.mdd.scores import Ranking, ranking_of
from boundaryethics.mdd.space import Axis, Exact, Truths, Whole
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.rules import Option

if TYPE_CHECKING:
    from boundaryethics.mdd.build import States


#: More known facts than any situation has.
_NEVER = 1 << 40


@final
@attrs.frozen(kw_only=True, eq=False)
class DiagramLevel:
    """One fact of the diagram."""

    #: None in the first layer: no fact, one class.
    axis: Axis | None
    #: For each class of values and each state the state that follows; -1 for none.
    follows: Whole
    #: For each node told of, class and state, whether the node comes to bind.
    binds: Truths

    @property
    def fact(self) -> str:
        """The fact that becomes known; empty in the first layer, where none does."""
        return self.axis.fact if self.axis else ""

    @property
    def classes(self) -> tuple[tuple[str, ...], ...]:
        """The fact's values, those together that make no difference."""
        return self.axis.classes if self.axis else ((UNKNOWN,),)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The number of the class of each value."""
        return {v: n for n, members in enumerate(self.classes) for v in members}

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each class holds."""
        return self.axis.sizes if self.axis else (1,)

    @property
    def costs(self) -> tuple[int, ...]:
        """How many facts each class makes known."""
        return self.axis.costs if self.axis else (0,)

    def after(self, ahead: Exact, nothing: int, through: int | None) -> Exact:
        """What lies *ahead* of the state that each class and state leads to.

        *ahead* has two rows: for situations in which the node is still to bind, and
        for those in which it does. The same two come first in what is given back.
        """
        padded = np.append(ahead, np.full((2, 1), nothing, ahead.dtype), axis=1)
        found = padded[:, self.follows]
        if through is not None:
            found[0] = np.where(self.binds[through], found[1], found[0])
        return found


@final
@attrs.frozen(eq=False)
class Diagram:
    """Situations, brought together by what they come to."""

    layers: tuple[DiagramLevel, ...]
    #: The states at the end: every pair is settled, or does not matter.
    ends: States

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The number of each fact's layer."""
        return {layer.fact: number for number, layer in enumerate(self.layers)}

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """The ranking of one policy at each end; empty where none is asked for."""
        if not self.ends.settled.shape[1]:
            return ()
        return tuple(ranking_of(tuple(row)) for row in self.ends.settled.tolist())

    def path(self, situation: Situation) -> tuple[int, ...]:
        """For each layer the class that *situation* takes."""
        return tuple(
            layer.place[situation[layer.fact]] if layer.fact else 0
            for layer in self.layers
        )

    def placing(self, option: Option, place: int, *, strict: bool = False) -> Truths:
        """The ends at which *option* stands in *place*; with *strict*, by itself."""
        groups = ((*ranking, *[()] * place)[place - 1] for ranking in self.rankings)
        return np.array(
            [option in group and (len(group) == 1 or not strict) for group in groups]
        )

    def ends_of(self, paths: Whole) -> Whole:
        """The end of each of *paths*, which has a row for each."""
        states = np.zeros(len(paths), np.int64)
        for layer, places in zip(self.layers, paths.T, strict=True):
            states = layer.follows[places, states]
        return states

    def weights(self) -> list[int]:
        """For each end how many situations come to it."""
        return [int(count) for count in self._arriving(None)[-1][1]]

    def count(self, ends: Truths, through: int | None = None) -> int:
        """How many situations come to *ends*; with *through*, where that node binds.

        *through* is the node's place among those told of.
        """
        return int(self._leaving(ends, through)[0][_start(through), 0])

    def spread(
        self, ends: Truths, through: int | None = None
    ) -> dict[str, dict[str, int]]:
        """For each fact, how many of those situations give it each value."""
        arriving, leaving = self._arriving(through), self._leaving(ends, through)
        spread: dict[str, dict[str, int]] = {}
        for number, layer in enumerate(self.layers):
            after = layer.after(leaving[number + 1], 0, through)
            paths = (arriving[number][:, None] * after).sum(axis=(0, 2))
            for members, each in zip(layer.classes, paths, strict=True):
                for value in members:
                    spread.setdefault(layer.fact, {})[value] = int(each)
        spread.pop("", None)
        return spread

    def smallest(
        self, ends: Truths, through: int | None = None
    ) -> Mapping[str, str] | None:
        """Of those situations one that knows the fewest facts; None where none is."""
        fewest = self._fewest(ends, through)
        state, passed = 0, _start(through)
        if fewest[0][passed, state] >= _NEVER:
            return None
        chosen: dict[str, str] = {}
        for layer, ahead in zip(self.layers, fewest[1:], strict=True):
            costs = layer.after(ahead, _NEVER, through)[passed, :, state] + layer.costs
            place = int(costs.argmin())
            chosen[layer.fact] = layer.classes[place][0]
            if through is not None:
                passed |= int(layer.binds[through, place, state])
            state = int(layer.follows[place, state])
        chosen.pop("", None)
        return chosen

    @cached_property
    def _number(self) -> Any:
        """Machine words, where no count can be too large for one."""
        total = prod(sum(layer.sizes) for layer in self.layers)
        return np.int64 if total < 1 << 62 else object

    def _arriving(self, through: int | None) -> list[Exact]:
        """The situations on the way to each state, in two rows: not bound, bound."""
        at = np.zeros((2, 1), self._number)
        at[_start(through)] = 1
        sweep = [at]
        sizes = [layer.follows.shape[1] for layer in self.layers[1:]]
        for layer, states in zip(self.layers, [*sizes, len(self.ends)], strict=True):
            onward = np.zeros((2, states), self._number)
            for place, size in enumerate(layer.sizes):
                to = layer.follows[place]
                moved = at * size
                if through is not None:
                    now = layer.binds[through, place]
                    moved[1, now] += moved[0, now]
                    moved[0, now] = 0
                for passed in (0, 1):
                    np.add.at(onward[passed], to[to >= 0], moved[passed, to >= 0])
            sweep.append(at := onward)
        return sweep

    def _leaving(self, ends: Truths, through: int | None) -> list[Exact]:
        """The situations from each state on, in two rows: still to bind, or bound."""
        at = np.zeros((2, len(ends)), self._number)
        at[1, ends] = 1
        sweep = [at]
        for layer in reversed(self.layers):
            sizes = np.array(layer.sizes, self._number)[:, None]
            sweep.append(at := (layer.after(at, 0, through) * sizes).sum(axis=1))
        return sweep[::-1]

    def _fewest(self, ends: Truths, through: int | None) -> list[Whole]:
        """The fewest facts to be known from each state on, in the same two rows."""
        at = np.full((2, len(ends)), _NEVER)
        at[1, ends] = 0
        sweep = [at]
        for layer in reversed(self.layers):
            costs = layer.after(at, _NEVER, through) + np.array(layer.costs)[:, None]
            sweep.append(at := np.minimum(costs.min(axis=1), _NEVER))
        return sweep[::-1]


def _start(through: int | None) -> int:
    """The row of a sweep that the start stands in."""
    return int(through is None)


#: What an end comes to.
End = TypeVar("End", bound=Hashable)


@final
@attrs.frozen(eq=False)
class ReducedLevel:
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

    levels: tuple[ReducedLevel, ...]
    #: What each state after the last level comes to.
    ends: tuple[End, ...]


def reduced(diagram: Diagram, ends: Sequence[End]) -> Reduced[End]:
    """*diagram*, which goes on with every situation, and whose ends come to *ends*."""
    numbers: dict[End, int] = {}
    told = [numbers.setdefault(end, len(numbers)) for end in ends]
    levels = [*_levels(diagram, np.array(told, np.int64))]
    return Reduced(tuple(reversed(levels)), tuple(numbers))


def _levels(diagram: Diagram, group: Whole) -> Iterator[ReducedLevel]:
    """The levels from the last to the first; *group* tells the ends apart."""
    for layer in reversed(diagram.layers):
        after = group[layer.follows]
        if len(after) == 1:
            group = after[0]
            continue
        follows, group = np.unique(after.T, axis=0, return_inverse=True)
        group = group.reshape(-1)
        if layer.axis and (follows != follows[:, :1]).any():
            yield ReducedLevel(layer.axis, follows)
        else:
            group = follows[group, 0]
