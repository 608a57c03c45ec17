"""List every score difference of two options, each with a situation that shows it.

`build` drops a sum once its sign is certain. This module keeps the sums of one pair of
options to the end, wherever the two have the same status. Of several partial situations
with equal sums, it keeps one with the fewest known facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self, final

import attrs
import numpy as np

from boundaryethics.errors import AnalysisError
from boundaryethics.mdd import build, scores
from boundaryethics.mdd.network import layout_of, stages
from boundaryethics.mdd.space import Axis, Exact, Space, TableRows, Truths, Whole

#: The most partial situations that one level may have before those with equal sums
#: are merged.
MOST_SUMS = 1 << 24
#: The statuses of the two options are equal, and settled.
_ALIKE = 1 << 16


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreVectors:
    """The distinct score differences of one pair of options."""

    #: One row for each: the lead of the first option at each count.
    counts: Whole
    #: The fewest known facts with which each occurs.
    facts: Whole
    _axes: tuple[Axis, ...]
    #: The facts in turn, each with two entries per state after it: the state before,
    #: and the class of the value.
    _trail: tuple[tuple[Axis, Exact, Exact], ...]

    def chosen(self, row: int) -> Mapping[str, str]:
        """Return the values of a situation with the fewest facts that gives *row*."""
        chosen = {axis.fact: axis.classes[0][0] for axis in self._axes}
        for axis, before, place in reversed(self._trail):
            chosen[axis.fact] = axis.classes[place[row]][0]
            row = int(before[row])
        chosen.pop("", None)
        return chosen


@final
@attrs.frozen(kw_only=True, eq=False)
class RowScores:
    """The distinct score differences of one pair of options in the rows of a table."""

    #: One row for each: the lead of the first option at each count.
    counts: Whole
    #: The fewest known facts with which each occurs.
    facts: Whole
    _rows: TableRows
    #: For each, the number of its row with the fewest known facts.
    _of: Whole

    @classmethod
    def of(cls, counts: Whole, rows: TableRows, numbers: Whole) -> Self:
        """Return the distinct *counts* of the rows with these *numbers*."""
        known = rows.known[numbers]
        order = np.argsort(known, kind="stable")
        _, first = np.unique(counts[order], axis=0, return_index=True)
        chosen = order[first]
        return cls(
            counts=counts[chosen], facts=known[chosen], rows=rows, of=numbers[chosen]
        )

    def chosen(self, row: int) -> Mapping[str, str]:
        """Return the values of a situation with the fewest facts that gives *row*."""
        return self._rows.row(int(self._of[row]))


@attrs.frozen(kw_only=True, eq=False)
class _States(build.Rows):
    """Partial situations; every field has one row for each."""

    residue: Whole
    #: As bits, the options that are forbidden, that may become forbidden, that are
    #: required, and that may become required; or `_ALIKE`.
    status: Whole
    sums: Whole
    facts: Exact
    #: The state before the last fact, and the class of its value.
    before: Exact
    place: Exact

    def columns(self) -> list[Whole]:
        """Encode the residues, statuses and sums as columns of whole numbers."""
        words = (np.ascontiguousarray(word) for word in self.sums.T)
        return [self.residue, self.status, *words]


def sums_of(
    asking: build.QueryBuilder, space: Space, pair: int, counts: Whole
) -> ScoreVectors:
    """Find every lead of the first option of *pair* where the statuses are equal.

    *pair* is an index of `PAIRS`. *counts* has the numbers that each node of the policy
    adds to each count.
    """
    possible, network = asking.possible(space), asking.weaver.woven()
    # The nodes of `possible` add to no count.
    counts = np.pad(counts, ((0, len(network.nodes) - len(counts)), (0, 0)))
    digits = scores.Digits.of(tuple(int(most) for most in np.abs(counts).sum(axis=0)))
    (policy,), (rules,) = asking.policies, asking.weaver.rules
    flags = np.zeros((len(counts), 1, 2), np.int64)
    for rule in policy.rules:
        flags[rules[rule.id], 0] = scores.flags_of(policy, rule.id)
    # Only the two options of the pair matter.
    flags &= sum(1 << option for option in scores.PAIRS[pair])
    worths = scores.ScoreLayout(points=digits.written(counts)[:, None], flags=flags)
    wanted = np.flatnonzero((counts != 0).any(axis=1) | flags.any(axis=(1, 2)))
    layout = layout_of(network, wanted.tolist(), possible)
    axes = build.axes_of(space, layout)
    none, small = np.zeros(1, np.int64), np.zeros(1, np.int16)
    states = _States(
        residue=none,
        status=none,
        sums=np.zeros((1, worths.points.shape[2]), np.int64),
        facts=small,
        before=none,
        place=small,
    )
    bits, trail = layout.start(), list[tuple[Axis, Exact, Exact]]()

    def all_wanted(care: Whole) -> Mapping[int, Truths]:
        return dict.fromkeys(wanted.tolist(), np.ones(len(care), bool))

    for done, stage in enumerate(stages(layout, axes)):
        if len(states) * len(stage.shuts) > MOST_SUMS:
            things = f"{len(states):,} sums"
            raise AnalysisError([build.too_large(axes, done - 1, things)])
        if not stage.idle:
            on = build.outlook(layout, bits, stage)
            turn = build.turn_of(on, worths)
            after = _children(states, stage.axis, turn, pair, bits.shape[1])
            bits, residue = build.residues(on, after.residue, all_wanted)
            after = attrs.evolve(after, residue=residue)
            # `merged` keeps the first of equal states: the one with the fewest facts.
            states = after.at(build.merged(after.columns())[0])
            trail.append((stage.axis, states.before, states.place))
    return ScoreVectors(
        counts=digits.read(states.sums),
        facts=states.facts,
        axes=axes,
        trail=tuple(trail),
    )


def _children(
    before: _States, axis: Axis, turn: build.FactTransition, pair: int, size: int
) -> _States:
    """Return the states after each class of *axis*, sorted by their known facts.

    *size* is the number of columns of bits before *axis*.
    """
    grown: list[_States] = []
    for number, cost in enumerate(axis.costs):
        column = before.residue + number * size
        status, kept = _standing(before.status, turn.flags[column, 0], pair)
        rows = np.flatnonzero(kept & turn.possible[column])
        grown.append(
            _States(
                residue=column[rows],
                status=status[rows],
                sums=before.sums[rows] + turn.gain[column[rows], 0],
                facts=before.facts[rows] + np.int16(cost),
                before=rows.astype(np.int32),
                place=np.full(len(rows), number, np.int16),
            )
        )
    after = _States.joined(grown)
    return after.at(np.argsort(after.facts, kind="stable"))


def _standing(before: Whole, flags: Whole, pair: int) -> tuple[Whole, Truths]:
    """Update the statuses by *flags*, and find where they may still be equal."""
    surely = flags * np.array([1, 0, 1, 0]) @ (1 << 4 * np.arange(4)) | before
    maybe = flags * np.array([0, 1, 0, 1]) @ (1 << 4 * np.arange(4))
    alike = before == _ALIKE
    signs = scores.by_standing()[np.where(alike, 0, surely | maybe), pair]
    alike |= signs == 0
    return np.where(alike, _ALIKE, surely), (signs == 0) | (signs == scores.OPEN)
