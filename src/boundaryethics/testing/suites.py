"""Run cases: each against its policy, or all against one; a report out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import final

import attrs

from boundaryethics.consulting import consult
from boundaryethics.errors import BoundaryEthicsError, PolicyError, Problem
from boundaryethics.model.cases import Case
from boundaryethics.model.policy import Policy
from boundaryethics.policyfile import load_policy
from boundaryethics.testing.holding import Outcome, hold


@final
@attrs.frozen
class Report:
    """How a number of cases came out."""

    outcomes: tuple[Outcome, ...]
    #: Cases of other policies that state facts which the one asked does not have.
    skipped: tuple[Case, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every case came out as expected, or departs as it says."""
        return all(outcome.holds for outcome in self.outcomes)

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The cases that did not come out."""
        return tuple(outcome for outcome in self.outcomes if not outcome.holds)

    @property
    def departures(self) -> tuple[Outcome, ...]:
        """The cases in which a policy departs from the source, as the case says."""
        return tuple(outcome for outcome in self.outcomes if outcome.departures)

    def tally(self, by: Callable[[Case], str]) -> dict[str, tuple[int, int]]:
        """For each group of cases, sorted: how many hold, of how many."""
        total = Counter(by(outcome.case) for outcome in self.outcomes)
        held = Counter(by(outcome.case) for outcome in self.outcomes if outcome.holds)
        return {group: (held[group], total[group]) for group in sorted(total)}


def run_cases(
    cases: Iterable[Case],
    *,
    policy: Policy | None = None,
    engine: str | None = None,
) -> Report:
    """How *cases* come out, each under the policy that it names, or all under *policy*.

    Raises:
        PolicyError: a policy or a situation cannot be read; every problem is told,
            with the case's place.
    """
    outcomes: list[Outcome] = []
    problems: list[Problem] = []
    skipped: list[Case] = []
    for case in cases:
        if policy is not None and not _can_be_asked(case, policy):
            skipped.append(case)
            continue
        try:
            named = load_policy(case.policy) if policy is None else policy
            outcomes.append(hold(case, consult(dict(case.given), named, engine)))
        except BoundaryEthicsError as error:
            problems += [
                attrs.evolve(problem, where=problem.where or case.where)
                for problem in error.problems
            ]
    if problems:
        raise PolicyError(problems)
    return Report(tuple(outcomes), tuple(skipped))


def _can_be_asked(case: Case, policy: Policy) -> bool:
    """Whether *policy*, which the case does not name, has all of its facts."""
    return case.policy == policy.id or all(
        n in policy.vocabulary for n, _ in case.given
    )
