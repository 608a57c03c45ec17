"""What the rankings of a weighted policy hang on among the weights of its principles.

In: a policy, and the situations asked of. Out: how far each weight can change alone,
the nearest weights that change a ranking, and the region of all that change none.
Every place where a ranking turns is consulted before it is given.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import final

import attrs

from boundaryethics.diagrams.given import Given, space_of
from boundaryethics.diagrams.walking import Progress
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.parts import MethodName
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import policy_named
from boundaryethics.variants.leads import Leads, leads_of
from boundaryethics.variants.margins import End, Nearest, WeightRange
from boundaryethics.variants.region import Region
from boundaryethics.variants.reweighing import Turning, turning_at
from boundaryethics.variants.searching import (
    lost_by,
    nearest_by_sum,
    nearest_by_way,
    tied_by,
)
from boundaryethics.variants.shifting import Weights
from boundaryethics.variants.weights import WeightSensitivity


def weight_sensitivity(
    policy: Policy | str | Path,
    *,
    given: Given | None = None,
    progress: Progress | None = None,
) -> WeightSensitivity:
    """How far the weights of *policy* can change before any ranking does.

    Exact, over every situation there can be.

    Args:
        policy: a weighted one, or its id or path.
        given: facts confined to a value or to some values.
        progress: called with the pairs of options done, and the pairs there are.

    Raises:
        SituationError: *given* names what is not declared.
        AnalysisError: the policy is not weighted, or the question is too large.
    """
    policy = policy_named(policy)
    if policy.method.name is not MethodName.WEIGHTED:
        raise AnalysisError([_not_weighted(policy)])
    space = space_of(policy.vocabulary, given)
    seeking = _Seeking(policy, leads_of(policy, space, progress))
    return WeightSensitivity(
        policy=policy.id,
        total=space.size,
        ranges=tuple(map(seeking.range_of, range(len(seeking.leads.principles)))),
        by_sum=seeking.nearest(nearest_by_sum(seeking.leads)),
        by_way=seeking.nearest(nearest_by_way(seeking.leads)),
        region=Region(seeking.leads),
    )


@final
@attrs.frozen
class _Seeking:
    """Where the leads of a policy are lost."""

    policy: Policy
    leads: Leads

    def range_of(self, place: int) -> WeightRange:
        """How far the weight of one principle can change."""
        weight = self.leads.weights[place]
        tied = tied_by(self.leads, place)
        return WeightRange(
            principle=self.leads.principles[place],
            weight=weight,
            low=self._end(place, -1) or End(at=Fraction(0), turning=None),
            high=self._end(place, 1),
            tie=None if tied is None else self._turning(tied, {place: weight + 1}),
        )

    def nearest(self, found: tuple[Weights, int] | None) -> Nearest | None:
        """What the weights found change, and where a ranking turns on it."""
        if found is None:
            return None
        weights, row = found
        names, before = self.leads.principles, self.leads.weights
        moved = {
            place: weight
            for place, weight in enumerate(weights)
            if weight != before[place]
        }
        return Nearest(
            moves=tuple((names[n], Fraction(before[n]), w) for n, w in moved.items()),
            turning=self._turning(row, moved),
        )

    def _end(self, place: int, sign: int) -> End | None:
        found = lost_by(self.leads, place, sign)
        if found is None:
            return None
        at = self.leads.weights[place] + sign * found[0]
        return (
            None if at < 0 else End(at=at, turning=self._turning(found[1], {place: at}))
        )

    def _turning(
        self, row: int, moved: dict[int, Fraction] | dict[int, int]
    ) -> Turning:
        return turning_at(
            self.policy,
            self.leads.situation(row),
            self.leads.options(row),
            {self.leads.principles[n]: Fraction(w) for n, w in moved.items()},
        )


def _not_weighted(policy: Policy) -> Problem:
    return Problem(
        code="BE820",
        message=f"policy `{policy.id}` ranks {policy.method.name.value}: its weights "
        "decide nothing",
        help="make a variant of it with `ranking: weighted`, or ask what hangs on "
        "its strengths",
    )
