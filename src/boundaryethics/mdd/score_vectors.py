"""List all score differences between two options, each with an example situation.

`build` drops a sum once its sign is certain. This module keeps all sums of one pair of
options for situations in which both options have the same status. If several partial
situations have equal sums, it keeps one with the fewest known facts.
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

#: The maximum number of partial situations of a level before equal sums are merged.
MOST_SUMS = 1 << 24
#: Indicates that both options certainly have the same status.
_ALIKE = 1 << 16


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreVectors:
    """The distinct score differences of one pair of options."""

    #: One row for each score difference, with one column for each count: that of the
    #: first option minus that of the second.
    counts: Whole
    #: For each score difference, the fewest known facts with which it occurs.
    facts: Whole
    _axes: tuple[Axis, ...]
    #: For each fact in order, two arrays over the states after it: the state before the
    #: fact, and the class of the fact's value.
    _trail: tuple[tuple[Axis, Exact, Exact], ...]

    def chosen(self, row: int) -> Mapping[str, str]:
        """Return a situation with score difference *row* and the fewest known facts."""
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

    #: One row for each score difference, with one column for each count: that of the
    #: first option minus that of the second.
    counts: Whole
    #: For each score difference, the fewest known facts with which it occurs.
    facts: Whole
    _rows: TableRows
    #: For each score difference, the index of the table row with the fewest known
    #: facts.
    _of: Whole

    @classmethod
    def of(cls, counts: Whole, rows: TableRows, numbers: Whole) -> Self:
        """Return the distinct rows of *counts*.

        *numbers* are the indices of the table rows that the counts come from.
        """
        known = rows.known[numbers]
        order = np.argsort(known, kind="stable")
        _, first = np.unique(counts[order], axis=0, return_index=True)
        chosen = order[first]
        return cls(
            counts=counts[chosen], facts=known[chosen], rows=rows, of=numbers[chosen]
        )

    def chosen(self, row: int) -> Mapping[str, str]:
        """Return a situation of the table with the score difference in *row*.

        If several situations have it, return one with the fewest known facts.
        """
        return self._rows.row(int(self._of[row]))


@attrs.frozen(kw_only=True, eq=False)
class _States(build.Rows):
    """Partial situations. Each array has one entry or row for each of them."""

    residue: Whole
    #: Four bit sets of options: forbidden, may become forbidden, required, may become
    #: required. `_ALIKE` if both options certainly have the same status.
    status: Whole
    #: The score differences so far, as encoded by `Digits`.
    sums: Whole
    #: The number of known facts.
    facts: Exact
    #: The index of the state before the last fact, and the class of the fact's value.
    before: Exact
    place: Exact

    def columns(self) -> list[Whole]:
        """Encode residues, statuses and sums as columns of integers."""
        words = (np.ascontiguousarray(word) for word in self.sums.T)
        return [self.residue, self.status, *words]


def sums_of(
    queries: build.QueryBuilder, space: Space, pair: int, counts: Whole
) -> ScoreVectors:
    """Find all score differences between the two options of a pair.

    Only situations in which both options have the same status are included.

    *pair* is an index into `PAIRS`. For each node of the policy, *counts*
    contains the numbers that it adds to the pair's counts.
    """
    possible, network = queries.possible(space), queries.builder.network()
    # Nodes that `possible` added do not add to any count.
    counts = np.pad(counts, ((0, len(network.nodes) - len(counts)), (0, 0)))
    digits = scores.Digits.of(tuple(int(most) for most in np.abs(counts).sum(axis=0)))
    (policy,), (rules,) = queries.policies, queries.builder.rules
    flags = np.zeros((len(counts), 1, 2), np.int64)
    for rule in policy.rules:
        flags[rules[rule.id], 0] = scores.flags_of(policy, rule.id)
    # Only the statuses of the two options matter.
    flags &= sum(1 << option for option in scores.PAIRS[pair])
    score_layout = scores.ScoreLayout(
        points=digits.written(counts)[:, None], flags=flags
    )
    wanted = np.flatnonzero((counts != 0).any(axis=1) | flags.any(axis=(1, 2)))
    layout = layout_of(network, wanted.tolist(), possible)
    axes = build.axes_of(space, layout)
    none, small = np.zeros(1, np.int64), np.zeros(1, np.int16)
    states = _States(
        residue=none,
        status=none,
        sums=np.zeros((1, score_layout.points.shape[2]), np.int64),
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
            bounds = build.bounds_of(layout, bits, stage)
            transition = build.transition_of(bounds, score_layout)
            after = _children(states, stage.axis, transition, pair, bits.shape[1])
            bits, residue = build.residues(bounds, after.residue, all_wanted)
            after = attrs.evolve(after, residue=residue)
            # `merged` keeps the first of several equal states, which has the fewest
            # known facts.
            states = after.at(build.merged(after.columns())[0])
            trail.append((stage.axis, states.before, states.place))
    return ScoreVectors(
        counts=digits.read(states.sums),
        facts=states.facts,
        axes=axes,
        trail=tuple(trail),
    )


def _children(
    before: _States, axis: Axis, transition: build.FactTransition, pair: int, size: int
) -> _States:
    """Return the states after each class of *axis*, sorted by number of known facts.

    *size* is the number of columns of bits before *axis*.
    """
    grown: list[_States] = []
    for number, cost in enumerate(axis.costs):
        column = before.residue + number * size
        status, kept = _updated_statuses(
            before.status, transition.flags[column, 0], pair
        )
        rows = np.flatnonzero(kept & transition.possible[column])
        grown.append(
            _States(
                residue=column[rows],
                status=status[rows],
                sums=before.sums[rows] + transition.gain[column[rows], 0],
                facts=before.facts[rows] + np.int16(cost),
                before=rows.astype(np.int32),
                place=np.full(len(rows), number, np.int16),
            )
        )
    after = _States.joined(grown)
    return after.at(np.argsort(after.facts, kind="stable"))


def _updated_statuses(before: Whole, flags: Whole, pair: int) -> tuple[Whole, Truths]:
    """Update the statuses; find where they are equal or may still become equal."""
    surely = flags * np.array([1, 0, 1, 0]) @ (1 << 4 * np.arange(4)) | before
    maybe = flags * np.array([0, 1, 0, 1]) @ (1 << 4 * np.arange(4))
    alike = before == _ALIKE
    signs = scores.signs_by_status()[np.where(alike, 0, surely | maybe), pair]
    alike |= signs == 0
    return np.where(alike, _ALIKE, surely), (signs == 0) | (signs == scores.OPEN)
