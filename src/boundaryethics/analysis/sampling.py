"""The difference of two policies in situations drawn at random, labelled as such."""

from __future__ import annotations

from collections import Counter
from random import Random

from boundaryethics.analysis.confirming import verdict_on
from boundaryethics.analysis.difference import Difference, moves_of
from boundaryethics.diagrams.given import Space
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict


def sampled(a: Policy, b: Policy, space: Space, size: int) -> Difference:
    """Where *a* and *b* differ among *size* situations, each as likely as any other.

    The same arguments draw the same situations.

    Raises:
        AnalysisError: *size* is no whole number above 0.
    """
    _refuse_no_size(size)
    # A sample that can be drawn again has nothing to keep secret.
    random = Random(size)  # noqa: S311
    moves: Counter[tuple[Ranking, Ranking]] = Counter()
    standing, differing = 0, list[Situation]()
    for _ in range(size):
        situation = _drawn(space, random)
        one, other = (verdict_on(policy, situation) for policy in (a, b))
        standing += _standings(one) != _standings(other)
        if one.ranking != other.ranking:
            moves[one.ranking, other.ranking] += 1
            differing.append(situation)
    return Difference(
        a=a.id,
        b=b.id,
        total=size,
        standing=standing,
        moves=moves_of(moves),
        causes=(),
        shared=(),
        witness=min(differing, key=lambda found: len(found.known()), default=None),
        sampled=True,
    )


def _drawn(space: Space, random: Random) -> Situation:
    """Any possible situation of *space*."""
    while True:
        values = tuple(random.choice(allowed) for allowed in space.allowed)
        if not space.vocabulary.impossible_in(values):
            return Situation(vocabulary=space.vocabulary, values=values)


def _refuse_no_size(size: int) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        message = "a sample has a whole number of situations, 1 or more"
        raise AnalysisError([Problem(code="BE607", message=message)])


def _standings(verdict: Verdict) -> list[str]:
    return [assessment.standing for assessment in verdict.assessments]
