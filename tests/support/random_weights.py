"""Draw random weighted policies, and rank with other weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, product
from typing import Any

import attrs
from hypothesis import strategies as st

from boundaryethics.mdd.space import Where
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Method, MethodName, Option
from boundaryethics.model.verdict import Assessment, Reason, Verdict
from boundaryethics.ranking import scales, weigh
from boundaryethics.sensitivity.weights import reweighted
from support import brute_force
from support.small_policies import Silent
from support.strategies import policies, vocabularies

Draw = Callable[[st.SearchStrategy[Any]], Any]
#: Two options of the same status, and the lead of the first in points by principle.
Parted = tuple[Verdict, Option, Option, tuple[int, ...]]


@st.composite
def weighted_policies(draw: Draw) -> Policy:
    """Draw a small weighted policy with random weights and points."""
    policy: Policy = draw(policies(draw(vocabularies(most=3))))
    points = tuple((s, draw(st.integers(0, 4))) for s, _ in policy.method.points)
    principles = tuple(
        attrs.evolve(one, weight=draw(st.integers(0, 5))) for one in policy.principles
    )
    method = Method(name=MethodName.WEIGHTED, points=points)
    return attrs.evolve(policy, method=method, principles=principles)


def rankings(
    policy: Policy,
    verdicts: Sequence[Verdict],
    weights: Mapping[str, Fraction] | None = None,
) -> list[Any]:
    """Return the ranking of each of *verdicts* under other weights."""
    on = scales(reweighted(policy, weights or {}), Silent())
    return [weigh(on, v.situation, v.derivation).ranking for v in verdicts]


def parted(policy: Policy, where: Where | None = None) -> Iterator[Parted]:
    """Yield each pair of options of the same status, the higher one first."""
    names = speaking(policy)
    for verdict in brute_force.verdicts(policy, where):
        for one, other in combinations(verdict.assessments, 2):
            if one.status is other.status:
                upper, lower = sorted((one, other), key=lambda each: each.rank)
                points = zip(
                    _points(policy, upper, names),
                    _points(policy, lower, names),
                    strict=True,
                )
                lead = tuple(a - b for a, b in points)
                yield verdict, upper.option, lower.option, lead


def speaking(policy: Policy) -> tuple[str, ...]:
    """Return the principles of the rules that favor or oppose an option."""
    heard = {r.principle for r in policy.rules if r.then.favors or r.then.opposes}
    return tuple(one.id for one in policy.principles if one.id in heard)


def corners(
    weights: Sequence[Fraction], lead: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Yield each choice of weights that are zero, with the others that matter."""
    for gone in product((False, True), repeat=len(weights)):
        yield (
            tuple(n for n, zero in enumerate(gone) if zero),
            tuple(n for n, zero in enumerate(gone) if not zero and lead[n]),
        )


def _points(
    policy: Policy, option: Assessment, names: Sequence[str]
) -> tuple[int, ...]:
    score = dict(policy.method.points)

    def counts(reason: Reason, name: str) -> int:
        if reason.strength is None or reason.principle != name:
            return 0
        sign = -1 if reason.pull.value == "opposes" else 1
        return sign * score[reason.strength]

    return tuple(sum(counts(r, name) for r in option.reasons) for name in names)
