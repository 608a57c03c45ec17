"""Every situation of a space, asked one by one: the answers that others must equal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from boundaryethics.diagrams.given import Given, space_of
from boundaryethics.engines import reference
from boundaryethics.model.facts import Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.program.lowering import lower
from boundaryethics.weighing import scales, weigh
from handmade import Silent


def situations(vocabulary: Vocabulary, given: Given | None = None) -> list[Situation]:
    """Every situation in which the facts given have the values given."""
    allowed = space_of(vocabulary, given).allowed
    return [Situation(vocabulary=vocabulary, values=one) for one in product(*allowed)]


def verdicts(policy: Policy, given: Given | None = None) -> Iterator[Verdict]:
    """What *policy* says of each situation, by the reference engine."""
    runner, on = reference.load(lower(policy)), scales(policy, Silent())
    for situation in situations(policy.vocabulary, given):
        yield weigh(on, situation, runner.derive(situation))
