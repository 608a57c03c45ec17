"""Reduce diagrams, count situations, and find one with the fewest known facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from math import gcd, prod
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from boundaryethics.mdd.scores import Ranking, ranking_of
from boundaryethics.mdd.space import (
    Axis,
    Count,
    Exact,
    TableRows,
    Truths,
    Whole,
    every,
    share_of,
)
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option

if TYPE_CHECKING:
    from boundaryethics.mdd.build import States


#: Marks an unreachable goal. It is larger than the number of facts of any policy, and
#: twice this number fits in 16 bits.
NEVER = 1 << 13


@final
@attrs.frozen(eq=False)
class DiagramLevel(Axis):
    """One level of a diagram: a fact, and the edges to the states of the next level."""

    #: For each class of values and each state, the next state; -1 if there is none.
    follows: Whole
    #: For each tracked node, class and state, whether the node applies after this edge.
    binds: Truths

    def after(self, ahead: Exact, nothing: int, through: int | None = None) -> Exact:
        """For each class and state, look up the next state's entry in *ahead*.

        *ahead* has one row for each goal. With *through*, the index of a tracked node,
        it has two rows: one for paths on which the node does not apply yet, and one for
        paths on which it does. *nothing* is the entry to use if no next state exists.
        """
        padding = np.full((len(ahead), 1), nothing, ahead.dtype)
        found: Exact = np.concatenate([ahead, padding], axis=1)[:, self.follows]
        if through is not None:
            found[0] = np.where(self.binds[through], found[1], found[0])
        return found

    def reached(self, at: Truths, states: int, through: int | None = None) -> Truths:
        """Find the states of the next level that are reached from those marked in *at*.

        *at* has two rows: one for paths on which the tracked node *through* does not
        apply yet, and one for paths on which it does. *states* is the size of the next
        level.
        """
        onward = np.zeros((2, states + 1), bool)
        for place, follows in enumerate(self.follows):
            moved = at.copy()
            if through is not None:
                now = self.binds[through, place]
                moved[1] |= moved[0] & now
                moved[0] &= ~now
            for passed in range(2):
                onward[passed, follows[moved[passed]]] = True
        return onward[:, :-1]


@attrs.frozen(eq=False)
class Diagram:
    """A multi-valued decision diagram over the situations of a space.

    If values have weights, the weight of a situation is the product of the weights of
    its values. Counts are then shares of `unit`.
    """

    #: The levels in order. The first has no fact.
    layers: tuple[DiagramLevel, ...]
    #: The terminal states: each pair is settled or no longer relevant.
    ends: States
    #: The total weight of which counts are shares; None if situations are counted.
    unit: int | None = None

    @cached_property
    def number(self) -> Mapping[str, int]:
        """For each fact, the index of its level."""
        return {layer.fact: number for number, layer in enumerate(self.layers)}

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """The policy's ranking at each end; empty if the query has no rankings."""
        if not self.ends.settled.shape[1]:
            return ()
        return tuple(ranking_of(tuple(row)) for row in self.ends.settled.tolist())

    def path(self, situation: Situation) -> tuple[int, ...]:
        """For each level, return the class of its fact's value in *situation*."""
        return tuple(
            layer.place[situation[layer.fact]] if layer.fact else 0
            for layer in self.layers
        )

    def placing(self, option: Option, place: int, *, strict: bool = False) -> Truths:
        """Return which ends give *option* rank *place*; if *strict*, without a tie.

        If all options are tied, none of them counts as having a rank.
        """
        most = 1 if strict else len(Option) - 1
        groups = ((*ranking, *[()] * place)[place - 1] for ranking in self.rankings)
        return np.array([option in group and len(group) <= most for group in groups])

    def weights(self) -> list[Count]:
        """Count the situations that lead to each end."""
        return [self._count(weight) for weight in self.arriving()[-1][1]]

    def count(self, ends: Truths, through: int | None = None) -> Count:
        """Count the situations that lead to *ends*.

        With *through*, the index of a tracked node, count only situations in which the
        node applies.
        """
        leaving = self.leaving(_goals(ends), through)[0]
        return self._count(leaving[int(through is None), 0])

    def taken(
        self, ends: Truths, through: int | None = None
    ) -> Mapping[str, frozenset[str]]:
        """For each fact, return its values in the situations that `count` includes."""
        costs = [np.zeros(len(layer.classes), np.int16) for layer in self.layers]
        fewest = self.fewest(_goals(ends), costs, through)
        reached = np.zeros((2, 1), bool)
        reached[int(through is None)] = True
        taken: dict[str, frozenset[str]] = {}
        for layer, ahead in zip(self.layers, fewest[1:], strict=True):
            onward = layer.after(ahead, NEVER, through) < NEVER
            met = ~every(~(onward & reached[:, None]), 0, 2)
            taken[layer.fact] = frozenset(v for v, n in layer.place.items() if met[n])
            reached = layer.reached(reached, ahead.shape[1], through)
        taken.pop("", None)
        return taken

    def smallest(
        self, ends: Truths | None = None, through: int | None = None
    ) -> Mapping[str, str] | None:
        """Find a situation that `count` includes, with as few known facts as possible.

        Without *ends*, include all ends. Return None if no such situation exists.
        """
        ends = np.ones(len(self.ends), bool) if ends is None else ends
        costs = [np.array(layer.costs, np.int16) for layer in self.layers]
        fewest = self.fewest(_goals(ends), costs, through)
        state, passed = 0, int(through is None)
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

    def _count(self, weight: Any) -> Count:
        """Convert an entry of `arriving` or `leaving` to a count."""
        return share_of(int(weight) * self._factor, self.unit)

    @cached_property
    def _factor(self) -> int:
        """The common factor of all counts. `arriving` and `leaving` omit it."""
        return prod(gcd(*layer.sizes) for layer in self.layers)

    @cached_property
    def _sizes(self) -> tuple[tuple[int, ...], ...]:
        """For each level, the weights of its classes divided by their common factor."""
        return tuple(
            tuple(size // gcd(*layer.sizes) for size in layer.sizes)
            for layer in self.layers
        )

    @cached_property
    def _number(self) -> Any:
        """The data type of counts: 64-bit integers, unless a count may overflow."""
        return np.int64 if prod(map(sum, self._sizes)) < 1 << 62 else object

    def arriving(self, through: int | None = None) -> list[Exact]:
        """For each level, count the partial situations that lead to each state.

        All counts leave out `_factor`, their common factor. Each array has two rows:
        paths on which the tracked node *through* does not apply yet, and paths on which
        it does. Without *through*, all paths are in the second row.
        """
        start = int(through is None)
        at = np.zeros((2, 1), self._number)
        at[start] = 1
        sweep = [at]
        states_of = [layer.follows.shape[1] for layer in self.layers[1:]]
        states_of.append(len(self.ends))
        levels = zip(self.layers, self._sizes, states_of, strict=True)
        for layer, sizes, states in levels:
            # An additional state at index -1 collects paths that do not lead to an end.
            onward = np.zeros((2, states + 1), self._number)
            for place, size in enumerate(sizes):
                moved = at * size
                if through is not None:
                    now = layer.binds[through, place]
                    moved[1, now] += moved[0, now]
                    moved[0, now] = 0
                for passed in range(start, 2):
                    np.add.at(onward[passed], layer.follows[place], moved[passed])
            sweep.append(at := onward[:, :-1])
        return sweep

    def leaving(self, goals: Truths, through: int | None = None) -> list[Exact]:
        """For each level, count the situations from each state to each goal.

        Each row of *goals* marks the ends of one goal. All counts leave out `_factor`,
        their common factor.
        """
        at = goals.astype(self._number)
        sweep = [at]
        levels = [*zip(self.layers, self._sizes, strict=True)]
        for layer, weights in reversed(levels):
            sizes = np.array(weights, self._number)[:, None]
            sweep.append(at := (layer.after(at, 0, through) * sizes).sum(axis=1))
        return sweep[::-1]

    def fewest(
        self, goals: Truths, costs: Sequence[Exact], through: int | None = None
    ) -> list[Exact]:
        """For each level, find the lowest cost of reaching each goal from each state.

        For each level, *costs* contains the cost of each class. A result of `NEVER`
        means that the goal cannot be reached.
        """
        at = np.where(goals, np.int16(0), np.int16(NEVER))
        sweep = [at]
        for layer, own in zip(self.layers[::-1], costs[::-1], strict=True):
            onward = layer.after(at, NEVER, through) + own[:, None]
            sweep.append(at := np.minimum(onward.min(axis=1), np.int16(NEVER)))
        return sweep[::-1]

    def reduced(self) -> Diagram:
        """Merge states that always lead to equal ends, and drop irrelevant facts.

        Every situation must lead to an end.
        """
        flags = self.ends.flags.reshape(len(self.ends), -1)
        ends = np.concatenate([self.ends.settled, flags], axis=1)
        _, first, group = np.unique(
            ends, axis=0, return_index=True, return_inverse=True
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


@final
@attrs.frozen(eq=False)
class TableDiagram(Diagram):
    """A decision diagram that counts only the situations of a table.

    All rows of the table are followed through the diagram together, level by level.
    """

    rows: TableRows = attrs.field(kw_only=True)

    @cached_property
    def _paths(self) -> tuple[Exact, Exact]:
        """For each level and row, the state before the level, and the value's class.

        The last states are the ends. If a row leaves the diagram at a level, its
        states after that level are -1.
        """
        states = np.zeros((len(self.layers) + 1, len(self.rows)), np.int32)
        classes = np.zeros((len(self.layers), len(self.rows)), np.int16)
        for number, layer in enumerate(self.layers):
            if layer.fact:
                classes[number] = self.rows.classes(layer.fact, layer.place)
            there = (states[number] >= 0) & (classes[number] >= 0)
            at = classes[number, there], states[number, there]
            states[number + 1] = -1
            states[number + 1, there] = layer.follows[at]
        return states, classes

    def _reaching(self, ends: Truths, through: int | None) -> Truths:
        """Mark the rows that `count` includes for the same arguments."""
        states, classes = self._paths
        reaching: Truths = np.append(ends, [False])[states[-1]]
        if through is None:
            return reaching
        rows = np.flatnonzero(reaching)
        bound = np.zeros(len(rows), bool)
        for layer, at, place in zip(self.layers, states, classes, strict=False):
            bound |= layer.binds[through, place[rows], at[rows]]
        reaching[rows] = bound
        return reaching

    def weights(self) -> list[Count]:
        """Add up the weights of the rows that lead to each end."""
        total = np.zeros(len(self.ends) + 1, self.rows.weights.dtype)
        np.add.at(total, self._paths[0][-1], self.rows.weights)
        return [self._count(weight) for weight in total[:-1]]

    def count(self, ends: Truths, through: int | None = None) -> Count:
        """Add up the weights of the rows that lead to *ends*."""
        return self._count(self.rows.weights[self._reaching(ends, through)].sum())

    def taken(
        self, ends: Truths, through: int | None = None
    ) -> Mapping[str, frozenset[str]]:
        """For each fact, return its values in the rows that `count` includes."""
        found = np.flatnonzero(self._reaching(ends, through))
        taken: dict[str, frozenset[str]] = {}
        for layer in self.layers:
            if layer.fact:
                values, codes = self.rows.columns[layer.fact]
                taken[layer.fact] = frozenset(
                    values[n] for n in np.unique(codes[found])
                )
        return taken

    def smallest(
        self, ends: Truths | None = None, through: int | None = None
    ) -> Mapping[str, str] | None:
        """Find a row that `count` includes, with as few known facts as possible."""
        ends = np.ones(len(self.ends), bool) if ends is None else ends
        found = np.flatnonzero(self._reaching(ends, through))
        if not len(found):
            return None
        return self.rows.row(int(found[self.rows.known[found].argmin()]))

    def _count(self, weight: Any) -> Count:
        return share_of(int(weight), self.unit)


def _goals(ends: Truths) -> Truths:
    """Return two goals: no ends until a tracked node applies, and *ends* after that."""
    return np.stack([np.zeros_like(ends), ends])
