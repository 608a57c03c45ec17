"""What speaks for and against each option of each vignette, principle by principle.

In: a panel and a policy. Out: the points that the weighted method would multiply by
the weights of principles, and the rankings of those options that weights can order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.consulting import consult
from boundaryethics.model.options import Pull, Standing
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.panel.orders import among
from boundaryethics.panel.values import Panel, Rating, Vignette
from boundaryethics.weighing.ranking import HEIGHT, OPTIONS, Ranking, ranking_by

Points: TypeAlias = npt.NDArray[np.int64]


@final
@attrs.frozen(kw_only=True)
class Ordered:
    """An order of open options in one vignette, and who gives it."""

    #: The number of the vignette.
    vignette: int
    #: Two places or more; weights cannot lift an option over another standing, so
    #: what is required or forbidden is left out.
    ranking: Ranking
    #: The numbers of the raters.
    raters: tuple[int, ...]


@final
@attrs.frozen(kw_only=True, eq=False)
class Weighing:
    """A policy's points for what a panel rated."""

    policy: Policy
    raters: tuple[str, ...]
    vignettes: tuple[Vignette, ...]
    #: The ratings of each vignette.
    ratings: tuple[tuple[Rating, ...], ...]
    #: The policy's own rankings.
    rankings: tuple[Ranking, ...]
    #: For each vignette and option 0 where required, 1 where open, 2 where forbidden.
    heights: Points
    #: For each vignette, option and principle the points for, less those against.
    points: Points

    @property
    def principles(self) -> tuple[str, ...]:
        """The policy's principles, in order."""
        return tuple(principle.id for principle in self.policy.principles)

    @property
    def base(self) -> Points:
        """Their weights in the policy."""
        return np.array([p.weight for p in self.policy.principles], dtype=np.int64)

    @cached_property
    def ordered(self) -> tuple[Ordered, ...]:
        """The orders that raters give of open options; those of one place left out."""
        number = {rater: n for n, rater in enumerate(self.raters)}
        by: dict[tuple[int, Ranking], list[int]] = {}
        for vignette, ratings in enumerate(self.ratings):
            is_open = self.heights[vignette] == HEIGHT[Standing.OPEN]
            opened = [o for o, free in zip(OPTIONS, is_open, strict=True) if free]
            for rating in ratings:
                ranking = among(rating.ranking, opened)
                if len(ranking) > 1:
                    key = vignette, ranking
                    by.setdefault(key, []).append(number[rating.rater])
        return tuple(
            Ordered(vignette=vignette, ranking=ranking, raters=tuple(raters))
            for (vignette, ranking), raters in by.items()
        )

    def ranked(self, weights: npt.NDArray[np.int64]) -> tuple[Ranking, ...]:
        """The ranking of each vignette by the weighted method with whole *weights*."""
        totals = self.points @ weights
        return tuple(
            ranking_by([*zip(heights.tolist(), (-of_one).tolist(), strict=True)])
            for heights, of_one in zip(self.heights, totals, strict=True)
        )

    def of(self, vignettes: Sequence[int]) -> Weighing:
        """The same for some of the vignettes."""
        return attrs.evolve(
            self,
            vignettes=tuple(self.vignettes[n] for n in vignettes),
            ratings=tuple(self.ratings[n] for n in vignettes),
            rankings=tuple(self.rankings[n] for n in vignettes),
            heights=self.heights[list(vignettes)],
            points=self.points[list(vignettes)],
        )


def weighing_of(panel: Panel, policy: Policy) -> Weighing:
    """What *policy* says of the vignettes that *panel* rated, in points.

    Raises:
        SituationError: the policy does not declare a fact of the vignettes.
        PolicyError: the policy is abstract.
    """
    verdicts = [consult(one.situation, policy) for one in panel.rated]
    return Weighing(
        policy=policy,
        raters=panel.raters,
        vignettes=panel.rated,
        ratings=tuple(panel.on[one.id] for one in panel.rated),
        rankings=tuple(verdict.ranking for verdict in verdicts),
        heights=np.array(
            [[HEIGHT[one.standing] for one in v.assessments] for v in verdicts]
        ).reshape(-1, len(OPTIONS)),
        points=np.array([_points(verdict) for verdict in verdicts], np.int64).reshape(
            -1, len(OPTIONS), len(policy.principles)
        ),
    )


def _points(verdict: Verdict) -> Points:
    """For each option and principle the net points of the strengths (S15)."""
    policy = verdict.policy
    worth = dict(policy.method.points)
    column = {principle.id: n for n, principle in enumerate(policy.principles)}
    points = np.zeros((len(OPTIONS), len(column)), dtype=np.int64)
    for row, assessment in enumerate(verdict.assessments):
        for reason in assessment.reasons:
            if reason.strength is not None:
                sign = -1 if reason.pull is Pull.OPPOSES else 1
                points[row, column[reason.principle]] += sign * worth[reason.strength]
    return points
