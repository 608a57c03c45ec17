"""List every score difference of two options, each with a situation that shows it.

`build` forgets by how much an option leads, once nothing can make up for it. Here the
sums are kept to the end, for one pair of options, wherever the two have the same
status. Of partial situations that come to the same, one with the fewest known facts is
kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import final

import attrs
import numpy as np

from boundaryethics.errors import AnalysisError
from boundaryethics.mdd.build import (
    Bounds,
    QueryBuilder,
    Rows,
    axes_of,
    branched,
    merged,
    outlook,
    packed,
    residue,
    too_large,
    turn_of,
)
from boundaryethics.mdd.network import BitLayout, FactStage, layout_of, stages
from boundaryethics.mdd.scores import (
    OPEN,
    PAIRS,
    Digits,
    ScoreLayout,
    by_standing,
    flags_of,
)
from boundaryethics.mdd.space import Axis, Space, Truths, Whole

#: Most partial situations, with their sums, that one layer may have before those
#: that are alike are brought together.
MOST_SUMS = 1 << 24
#: Standing no longer parts the two, nor can it.
_ALIKE = 1 << 16


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreVectors:
    """The distinct sums of one pair of options."""

    #: A row for each, with what the first option is ahead by at each count.
    counts: Whole
    #: The fewest known facts with which each comes about.
    facts: Whole
    _axes: tuple[Axis, ...]
    _trail: tuple[_Step, ...]

    def chosen(self, row: int) -> Mapping[str, str]:
        """The values of a situation with those fewest facts that comes to *row*."""
        chosen = {axis.fact: axis.classes[0][0] for axis in self._axes}
        for step in reversed(self._trail):
            if step.axis:
                chosen[step.axis.fact] = step.axis.classes[step.place[row]][0]
            row = int(step.before[row])
        return chosen


@final
@attrs.frozen(eq=False)
class _Step:
    """For each state after a fact, where it came from and by which class."""

    axis: Axis | None
    before: Whole
    place: Whole


@final
@attrs.frozen(kw_only=True, eq=False)
class _States(Rows):
    """Partial situations; every field has a row for each."""

    residue: Whole
    #: What is forbidden, or may be, required, or may be; or `_ALIKE`.
    status: Whole
    sums: Whole
    facts: Whole

    def columns(self) -> list[Whole]:
        """Whole numbers that are equal just where states are, but for their facts."""
        words = (np.ascontiguousarray(word) for word in self.sums.T)
        return [self.residue, self.status, *words]


def sums_of(
    asking: QueryBuilder, space: Space, pair: int, counts: Whole
) -> ScoreVectors:
    """What the first option of *pair* can be ahead by, where standing parts them not.

    Args:
        asking: one policy.
        space: the situations asked of.
        pair: a place among `PAIRS`.
        counts: for each node what it adds to each count.

    Raises:
        AnalysisError: there is too much to be told apart.
    """
    possible, network = asking.possible(space), asking.weaver.woven()
    # What tells whether a situation is possible adds to no count.
    counts = np.pad(counts, ((0, len(network.nodes) - len(counts)), (0, 0)))
    digits = Digits.of(tuple(int(most) for most in np.abs(counts).sum(axis=0)))
    worths = _worths(asking, pair, digits.written(counts))
    wanted = np.flatnonzero((counts != 0).any(axis=1) | worths.flags.any(axis=(1, 2)))
    layout = layout_of(network, map(int, wanted), possible)
    axes = axes_of(space, layout)
    walk = _Walk(layout, worths, pair, frozenset(map(int, wanted)))
    trail = tuple(walk.steps(stages(layout, axes)))
    return ScoreVectors(
        counts=digits.read(walk.states.sums),
        facts=walk.states.facts,
        axes=axes,
        trail=trail,
    )


def _worths(asking: QueryBuilder, pair: int, points: Whole) -> ScoreLayout:
    """What each node adds, and its bans and demands on the two options alone."""
    (policy,), (rules,) = asking.policies, asking.weaver.rules
    one, other = PAIRS[pair]
    flags = np.zeros((len(points), 1, 2), np.int64)
    for rule in policy.rules:
        flags[rules[rule.id], 0] = flags_of(policy, rule.id)
    flags &= (1 << one) | (1 << other)
    return ScoreLayout(points=points[:, None], flags=flags)


class _Walk:
    """The states after each fact in turn."""

    def __init__(
        self, layout: BitLayout, worths: ScoreLayout, pair: int, wanted: frozenset[int]
    ) -> None:
        self._layout, self._worths, self._pair = layout, worths, pair
        self._wanted = wanted
        self._bits = layout.start()
        none = np.zeros(1, np.int64)
        words = np.zeros((1, worths.points.shape[2]), np.int64)
        self.states = _States(
            residue=none, status=none, sums=words, facts=none.astype(np.int16)
        )

    def steps(self, facts: Sequence[FactStage]) -> Iterator[_Step]:
        """Walk over *facts*; the steps by which the states came about."""
        for done, stage in enumerate(facts):
            if len(self.states) * len(stage.shuts) > MOST_SUMS:
                axes = [each.axis for each in facts if each.axis]
                things = f"{len(self.states):,} sums"
                raise AnalysisError([too_large(axes, done - 1, things)])
            if not stage.idle:
                yield self._step(stage)

    def _step(self, stage: FactStage) -> _Step:
        on = outlook(self._layout, branched(self._bits, stage), stage.told)
        rows, place, after = self._after(on, stage)
        # Those of fewer facts first: the first of its like is the one that is kept.
        order = np.argsort(after.facts, kind="stable")
        rows, place, after = rows[order], place[order], after.at(order)
        self._bits, residues = self._residues(on, after.residue)
        after = attrs.evolve(after, residue=residues)
        first, _ = merged(after.columns())
        self.states = after.at(first)
        return _Step(
            stage.axis, rows[first].astype(np.int32), place[first].astype(np.int16)
        )

    def _after(self, on: Bounds, stage: FactStage) -> tuple[Whole, Whole, _States]:
        """What each class makes of each state: of which, by which, and the state."""
        turn, before = turn_of(on, self._worths), self.states
        costs = stage.axis.costs if stage.axis else (0,)
        came: list[tuple[Whole, Whole]] = []
        grown: list[_States] = []
        for number, cost in enumerate(costs):
            column = before.residue + number * self._bits.shape[1]
            status, kept = self._standing(before.status, turn.flags[column, 0])
            rows = np.flatnonzero(kept & turn.possible[column])
            came.append((rows, np.full(len(rows), number)))
            grown.append(
                _States(
                    residue=column[rows],
                    status=status[rows],
                    sums=before.sums[rows] + turn.gain[column[rows], 0],
                    facts=before.facts[rows] + np.int16(cost),
                )
            )
        rows, place = (np.concatenate(of_each) for of_each in zip(*came, strict=True))
        return rows, place, _States.joined(grown)

    def _standing(self, before: Whole, flags: Whole) -> tuple[Whole, Truths]:
        """The standings after a turn that brings *flags*, where they do not part."""
        surely = flags * np.array([1, 0, 1, 0]) @ (1 << 4 * np.arange(4)) | before
        maybe = flags * np.array([0, 1, 0, 1]) @ (1 << 4 * np.arange(4))
        alike = before == _ALIKE
        parted = by_standing()[np.where(alike, 0, surely | maybe), self._pair]
        alike |= parted == 0
        return np.where(alike, _ALIKE, surely), (parted == 0) | (parted == OPEN)

    def _residues(self, on: Bounds, columns: Whole) -> tuple[Truths, Whole]:
        """The bits that still matter, and for each of *columns* which those are."""
        seen = np.zeros(on.bits.shape[1], bool)
        seen[columns] = True
        rows = np.flatnonzero(seen)
        always = np.ones(len(rows), bool)
        bits = residue(on.at(rows), dict.fromkeys(self._wanted, always))
        first, group = merged(packed(bits))
        return bits[:, first], group[(np.cumsum(seen) - 1)[columns]]
