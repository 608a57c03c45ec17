"""Decision diagrams: count, reduce, restrict, and find the smallest situation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from boundaryethics.mdd.scores import Ranking, ranking_of
from boundaryethics.mdd.space import Axis, Exact, Truths, Whole
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.rules import Option

if TYPE_CHECKING:
    from boundaryethics.mdd.build import States


#: More facts than any situation has; twice as many fit into 16 bits.
NEVER = 1 << 13


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

    def after(self, ahead: Exact, nothing: int, through: int | None = None) -> Exact:
        """Look up what lies *ahead* of the state that each class and state leads to.

        *ahead* has a row for each goal. With *through* there are two: for situations in
        which the node is still to bind, and for those in which it does.
        """
        padding = np.full((len(ahead), 1), nothing, ahead.dtype)
        found: Exact = np.concatenate([ahead, padding], axis=1)[:, self.follows]
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
        """Count the situations that come to each end."""
        return [int(count) for count in self.arriving()[-1][1]]

    def count(self, ends: Truths, through: int | None = None) -> int:
        """Count the situations that come to *ends*; with *through*, where it binds.

        *through* is a node's place among those told of.
        """
        return int(self.leaving(_bound(ends), through)[0][_start(through), 0])

    def spread(
        self, ends: Truths, through: int | None = None
    ) -> dict[str, dict[str, int]]:
        """For each fact, how many of those situations give it each value."""
        arriving = self.arriving(through)
        leaving = self.leaving(_bound(ends), through)
        spread: dict[str, dict[str, int]] = {}
        for number, layer in enumerate(self.layers):
            after = layer.after(leaving[number + 1], 0, through)
            paths = (arriving[number][:, None] * after).sum(axis=(0, 2))
            spread[layer.fact] = {v: int(paths[n]) for v, n in layer.place.items()}
        spread.pop("", None)
        return spread

    def smallest(
        self, ends: Truths | None = None, through: int | None = None
    ) -> Mapping[str, str] | None:
        """Find one of those situations with the fewest known facts, if there is one.

        Without *ends* any end will do.
        """
        ends = np.ones(len(self.ends), bool) if ends is None else ends
        costs = [np.array(layer.costs, np.int16) for layer in self.layers]
        fewest = self.fewest(_bound(ends), costs, through)
        state, passed = 0, _start(through)
        if fewest[0][passed, state] >= NEVER:
            return None
        chosen: dict[str, str] = {}
        for layer, own, ahead in zip(self.layers, costs, fewest[1:], strict=True):
            onward = layer.after(ahead, NEVER, through)[passed, :, state] + own
            place = int(onward.argmin())
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

    def arriving(self, through: int | None = None) -> list[Exact]:
        """For each layer, count the situations on the way to each state.

        In two rows: where the node of *through* has not come to bind, and where it has.
        Without *through* the second holds all.
        """
        at = np.zeros((2, 1), self._number)
        at[_start(through)] = 1
        sweep = [at]
        sizes = [layer.follows.shape[1] for layer in self.layers[1:]]
        for layer, states in zip(self.layers, [*sizes, len(self.ends)], strict=True):
            # What leads nowhere is added to a state more, at -1.
            onward = np.zeros((2, states + 1), self._number)
            for place, size in enumerate(layer.sizes):
                moved = at * size
                if through is not None:
                    now = layer.binds[through, place]
                    moved[1, now] += moved[0, now]
                    moved[0, now] = 0
                for passed in range(_start(through), 2):
                    np.add.at(onward[passed], layer.follows[place], moved[passed])
            sweep.append(at := onward[:, :-1])
        return sweep

    def leaving(self, goals: Truths, through: int | None = None) -> list[Exact]:
        """For each layer, count for each goal the situations from each state on.

        *goals* has a row for each goal, and tells which ends it takes in.
        """
        at = goals.astype(self._number)
        sweep = [at]
        for layer in reversed(self.layers):
            sizes = np.array(layer.sizes, self._number)[:, None]
            sweep.append(at := (layer.after(at, 0, through) * sizes).sum(axis=1))
        return sweep[::-1]

    def fewest(
        self, goals: Truths, costs: Sequence[Exact], through: int | None = None
    ) -> list[Exact]:
        """For each layer, find for each goal the least cost from each state on.

        *costs* has for each layer what each class costs. From `NEVER` on there is no
        way to the goal.
        """
        at = np.where(goals, np.int16(0), np.int16(NEVER))
        sweep = [at]
        for layer, own in zip(self.layers[::-1], costs[::-1], strict=True):
            onward = layer.after(at, NEVER, through) + own[:, None]
            sweep.append(at := np.minimum(onward.min(axis=1), np.int16(NEVER)))
        return sweep[::-1]

    def reduced(self) -> Diagram:
        """Merge states whose futures rank alike, and leave out facts that decide none.

        Every situation has to come to an end.
        """
        _, first, group = np.unique(
            self.ends.settled, axis=0, return_index=True, return_inverse=True
        )
        group = group.reshape(-1)
        layers: list[DiagramLevel] = []
        for layer in reversed(self.layers):
            after = group[layer.follows]
            if (after == after[0]).all():
                group = after[0]
                continue
            follows, group = np.unique(after, axis=1, return_inverse=True)
            group = group.reshape(-1)
            binds = np.zeros((0, *follows.shape), bool)
            layers.append(attrs.evolve(layer, follows=follows, binds=binds))
        return Diagram(tuple(reversed(layers)), self.ends.at(first))


def _start(through: int | None) -> int:
    """The row of a sweep that the start stands in."""
    return int(through is None)


def _bound(ends: Truths) -> Truths:
    """Two goals: none for situations in which a node is still to bind, then *ends*."""
    return np.stack([np.zeros_like(ends), ends])
