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
from boundaryethics.model.facts import Situation
from boundaryethics.model.rules import Option

if TYPE_CHECKING:
    from boundaryethics.mdd.build import States


#: More facts than any situation has; twice this number fits into 16 bits.
NEVER = 1 << 13


@final
@attrs.frozen(eq=False)
class DiagramLevel(Axis):
    """One fact of the diagram, and the edges to the states of the next level."""

    #: For each class of values and each state, the next state; -1 if there is none.
    follows: Whole
    #: For each tracked node, class and state, whether the node binds from here on.
    binds: Truths

    def after(self, ahead: Exact, nothing: int, through: int | None = None) -> Exact:
        """Look up the values *ahead* at the state that each class and state leads to.

        *ahead* has a row for each goal. With *through*, it has two rows: one before
        that tracked node applies, and one after.
        """
        padding = np.full((len(ahead), 1), nothing, ahead.dtype)
        found: Exact = np.concatenate([ahead, padding], axis=1)[:, self.follows]
        if through is not None:
            found[0] = np.where(self.binds[through], found[1], found[0])
        return found


@final
@attrs.frozen(eq=False)
class Diagram:
    """A multi-valued decision diagram over the situations of a space."""

    #: The first level has no fact.
    layers: tuple[DiagramLevel, ...]
    #: The states at the end: every pair is settled, or does not matter.
    ends: States

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The number of each fact's level."""
        return {layer.fact: number for number, layer in enumerate(self.layers)}

    @cached_property
    def rankings(self) -> tuple[Ranking, ...]:
        """The ranking of one policy at each end; empty if the query asks for none."""
        if not self.ends.settled.shape[1]:
            return ()
        return tuple(ranking_of(tuple(row)) for row in self.ends.settled.tolist())

    def path(self, situation: Situation) -> tuple[int, ...]:
        """List for each level the class of the value that *situation* has."""
        return tuple(
            layer.place[situation[layer.fact]] if layer.fact else 0
            for layer in self.layers
        )

    def placing(self, option: Option, place: int, *, strict: bool = False) -> Truths:
        """Find the ends that rank *option* in *place*; with *strict*, without a tie.

        If all options are tied, no option has a place.
        """
        most = 1 if strict else len(Option) - 1
        groups = ((*ranking, *[()] * place)[place - 1] for ranking in self.rankings)
        return np.array([option in group and len(group) <= most for group in groups])

    def weights(self) -> list[int]:
        """Count the situations that reach each end."""
        return [int(count) for count in self.arriving()[-1][1]]

    def count(self, ends: Truths, through: int | None = None) -> int:
        """Count the situations that reach *ends*.

        With *through*, the place of a tracked node, count those in which it binds.
        """
        return int(self.leaving(_goals(ends), through)[0][int(through is None), 0])

    def spread(
        self, ends: Truths, through: int | None = None
    ) -> dict[str, dict[str, int]]:
        """Count the situations of `count` separately for each value of each fact."""
        arriving = self.arriving(through)
        leaving = self.leaving(_goals(ends), through)
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
        """Find a situation counted by `count` with the fewest known facts, if any.

        Without *ends*, use all ends.
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

    @cached_property
    def _number(self) -> Any:
        """The type of counts: machine words, if no count can overflow one."""
        total = prod(sum(layer.sizes) for layer in self.layers)
        return np.int64 if total < 1 << 62 else object

    def arriving(self, through: int | None = None) -> list[Exact]:
        """For each level, count the partial situations that lead to each state.

        There are two rows: before the node of *through* binds, and after. Without
        *through*, the second row counts all.
        """
        start = int(through is None)
        at = np.zeros((2, 1), self._number)
        at[start] = 1
        sweep = [at]
        sizes = [layer.follows.shape[1] for layer in self.layers[1:]]
        for layer, states in zip(self.layers, [*sizes, len(self.ends)], strict=True):
            # An extra state at -1 collects the paths that reach no end.
            onward = np.zeros((2, states + 1), self._number)
            for place, size in enumerate(layer.sizes):
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
        """For each level and goal, count the situations that reach it from each state.

        Each row of *goals* marks the ends of one goal.
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
        """For each level and goal, find the least cost of reaching it from each state.

        *costs* has the cost of each class of each level. A cost of `NEVER` or more
        means that no path leads to the goal.
        """
        at = np.where(goals, np.int16(0), np.int16(NEVER))
        sweep = [at]
        for layer, own in zip(self.layers[::-1], costs[::-1], strict=True):
            onward = layer.after(at, NEVER, through) + own[:, None]
            sweep.append(at := np.minimum(onward.min(axis=1), np.int16(NEVER)))
        return sweep[::-1]

    def reduced(self) -> Diagram:
        """Merge states from which equal ends follow, and drop facts without effect.

        Every situation has to reach an end.
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


def _goals(ends: Truths) -> Truths:
    """Return two goals: no end before a tracked node binds, and *ends* after."""
    return np.stack([np.zeros_like(ends), ends])
