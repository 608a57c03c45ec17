"""Leads: by how many points of each principle one option is ahead of another.

In: a weighted policy, and the situations asked of. Out: every lead that comes about
between two options of the same standing, each once for each pair of options. The
weights of the principles make a number of a lead, and its sign is the order of the
two: on weights a ranking hangs by nothing else (S15).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeAlias, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Whole
from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.given import Space
from boundaryethics.diagrams.standings import OPTIONS, PAIRS
from boundaryethics.diagrams.summing import Sums, sums_of
from boundaryethics.diagrams.walking import Progress
from boundaryethics.diagrams.worths import too_heavy
from boundaryethics.errors import AnalysisError
from boundaryethics.model.facts import Situation
from boundaryethics.model.options import Option, Pull
from boundaryethics.model.policy import Policy

#: No sum of points times weights may come near a machine word.
_LARGEST = 1 << 45


@final
@attrs.frozen(kw_only=True, eq=False)
class Leads:
    """All leads of a policy, each turned so that its first option is not behind."""

    #: The principles that speak for or against an option, in the order of the policy.
    principles: tuple[str, ...]
    weights: tuple[int, ...]
    space: Space
    #: A row for each lead: the points of each principle.
    points: Whole
    #: What the weights make of each: 0 where the two options tie.
    score: Whole
    #: The fewest known facts with which each comes about.
    facts: Whole
    #: The leads of each pair of options follow one another.
    _sums: tuple[Sums, ...]

    def __len__(self) -> int:
        return len(self.score)

    def situation(self, row: int) -> Situation:
        """A situation that shows the lead in *row*, with as few facts as can be."""
        pair, place = self._place(row)
        return self.space.situation(self._sums[pair].chosen(place))

    def options(self, row: int) -> tuple[Option, Option]:
        """The two options of the lead in *row*, the one ahead first."""
        pair, place = self._place(row)
        one, other = (OPTIONS[number] for number in PAIRS[pair])
        total = _total(self._sums[pair].counts[place : place + 1], self.weights)
        return (other, one) if int(total[0]) < 0 else (one, other)

    def _place(self, row: int) -> tuple[int, int]:
        starts = self._starts
        pair = int(np.searchsorted(starts, row, side="right")) - 1
        return pair, row - int(starts[pair])

    @cached_property
    def _starts(self) -> Whole:
        sizes = [len(sums.facts) for sums in self._sums]
        return np.concatenate([[0], np.cumsum(sizes)[:-1]])


def leads_of(policy: Policy, space: Space, progress: Progress | None = None) -> Leads:
    """Every lead of *policy*, in the situations of *space*.

    Raises:
        AnalysisError: there are too many, or points and weights are too large.
    """
    asking, speaking = Asking([policy]), _speaking(policy)
    weights = tuple(policy.principle[name].weight for name in speaking)
    added = _added(policy, speaking)
    reach = sum(
        abs(row[place]) * max(weight, 1)
        for rows in added.values()
        for row in rows
        for place, weight in enumerate(weights)
    )
    if reach > _LARGEST:
        raise AnalysisError([too_heavy([policy])])
    sums: list[Sums] = []
    for pair in range(len(PAIRS)):
        sums.append(sums_of(asking, space, pair, _counts(asking, pair, added)))
        if progress:
            progress(len(sums), len(PAIRS))
    return _gathered(speaking, weights, space, sums)


def _gathered(
    speaking: tuple[str, ...],
    weights: tuple[int, ...],
    space: Space,
    sums: Sequence[Sums],
) -> Leads:
    points = np.concatenate([one.counts for one in sums])
    score = _total(points, weights)
    points[score < 0] *= -1
    return Leads(
        principles=speaking,
        weights=weights,
        space=space,
        points=points,
        score=np.abs(score),
        facts=np.concatenate([one.facts for one in sums]),
        sums=tuple(sums),
    )


def _total(points: Whole, weights: Sequence[int]) -> Whole:
    """What *weights* make of each row of *points*."""
    total = np.zeros(len(points), np.int64)
    for place, weight in enumerate(weights):
        total += points[:, place].astype(np.int64) * weight
    return total


#: For each rule what it adds to each option, by principle.
_Added: TypeAlias = Mapping[str, tuple[tuple[int, ...], ...]]


def _speaking(policy: Policy) -> tuple[str, ...]:
    """The principles on which some rule speaks with a strength."""
    heard = {
        rule.principle
        for rule in policy.rules
        if any(strength for *_, strength in rule.then.pulls())
    }
    return tuple(one.id for one in policy.principles if one.id in heard)


def _added(policy: Policy, speaking: tuple[str, ...]) -> _Added:
    worth = dict(policy.method.points)
    added: dict[str, tuple[tuple[int, ...], ...]] = {}
    for rule in policy.rules:
        own = {option: [0] * len(speaking) for option in OPTIONS}
        for pull, option, strength in rule.then.pulls():
            if strength is not None and rule.principle is not None:
                sign = -1 if pull is Pull.OPPOSES else 1
                own[option][speaking.index(rule.principle)] += sign * worth[strength]
        added[rule.id] = tuple(tuple(own[option]) for option in OPTIONS)
    return added


def _counts(asking: Asking, pair: int, added: _Added) -> Whole:
    """For each node what it adds to the lead of the pair's first option."""
    (rules,) = asking.weaver.rules
    one, other = PAIRS[pair]
    width = max((len(rows[0]) for rows in added.values()), default=0)
    counts = np.zeros((len(asking.weaver.woven().nodes), width), np.int64)
    for rule, rows in added.items():
        counts[rules[rule]] = np.subtract(rows[one], rows[other])
    return counts
