"""Run cases, and hold each verdict against what its case expects.

In: cases, each under its policy, or all under one. Out: a report, with what is not as
expected in a line each. Knows nothing of files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import final

import attrs

from boundaryethics.consulting import consult
from boundaryethics.errors import BoundaryEthicsError, PolicyError, Problem
from boundaryethics.model.cases import Case, Expectation, Grade
from boundaryethics.model.options import Option, Pull, Standing
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policyfile import load_policy


@final
@attrs.frozen(kw_only=True)
class Outcome:
    """How one case came out."""

    case: Case
    #: What is not as expected; for a departure, only what it does not explain.
    misses: tuple[str, ...]
    #: Where the policy departs from the source's ruling, as the case says it does.
    departures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything is as expected, or departs as the case says."""
        return not self.misses


def hold(case: Case, verdict: Verdict) -> Outcome:
    """How *case* comes out when the policy says *verdict*."""
    misses = tuple(_misses(case.expect, verdict))
    against = tuple(_against_ruling(dict(case.verdicts), verdict))
    if not case.departs:
        return Outcome(case=case, misses=misses + against)
    if not against:
        misses += ("the case says that the policy departs from it, and it does not",)
    return Outcome(case=case, misses=misses, departures=against)


def _misses(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    if expect.first and set(expect.first) != set(verdict.best):
        yield f"first is {_named(verdict.best)}, not {_named(expect.first)}"
    if expect.last and set(expect.last) != set(verdict.ranking[-1]):
        yield f"last is {_named(verdict.ranking[-1])}, not {_named(expect.last)}"
    place = {option: one.place for option, one in verdict.options.items()}
    for above, below in expect.above:
        if place[above] >= place[below]:
            yield f"{above} is not above {below}"
    for one, other in expect.tied:
        if place[one] != place[other]:
            yield f"{one} and {other} do not share a place"
    for option, standing in expect.standing:
        if verdict.options[option].standing is not standing:
            yield f"{option} is {verdict.options[option].standing}, not {standing}"
    yield from _missing(expect, verdict)
    yield from _unwanted(expect, verdict)


def _missing(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    for option, principles in expect.cites:
        one = verdict.options[option]
        speaking = (*one.by(Pull.FAVOURS), *one.by(Pull.REQUIRES))
        cited = {reason.principle for reason in speaking}
        for principle in principles:
            if principle not in cited:
                yield f"{option} is not carried by `{principle}`"
    advised = {advice.step for advice in verdict.steps}
    for step in expect.steps:
        if step not in advised:
            yield f"`{step}` is not advised"
    drafted = {part.id for part, _ in verdict.draft}
    for part in expect.drafts:
        if part not in drafted:
            yield f"`{part}` is not drafted"
    for finding in expect.findings:
        if finding not in verdict.findings:
            yield f"`{finding}` does not hold"


def _unwanted(expect: Expectation, verdict: Verdict) -> Iterator[str]:
    """What must not be there, and is; or what is never there, being misspelt."""
    advised = {advice.step for advice in verdict.steps}
    for step in expect.no_steps:
        if step in advised:
            yield f"`{step}` is advised"
        elif step not in verdict.policy.step:
            yield f"`{step}` is no step of the policy"
    drafted = {part.id for part, _ in verdict.draft}
    for part in expect.no_drafts:
        if part in drafted:
            yield f"`{part}` is drafted"
        elif part not in verdict.policy.draft_part:
            yield f"`{part}` is no part of the policy's drafts"


def _against_ruling(grades: dict[Option, Grade], verdict: Verdict) -> Iterator[str]:
    """Where the ranking parts from a ruling: better grades stand above worse ones."""
    place = {option: one.place for option, one in verdict.options.items()}
    order = list(Grade)
    for better, worse in product(grades, grades):
        higher = order.index(grades[better]) < order.index(grades[worse])
        if higher and place[better] >= place[worse]:
            yield (
                f"{better} ({grades[better]}) is not above {worse} ({grades[worse]})"
            )
    for option, grade in grades.items():
        if grade is Grade.BEST and verdict.best != (option,):
            yield f"first is {_named(verdict.best)}, not {option} alone"
        if grade is Grade.UNACCEPTABLE and not _is_low(option, verdict):
            yield f"{option} is neither ruled out nor in the last two places"


def _is_low(option: Option, verdict: Verdict) -> bool:
    forbidden = verdict.options[option].standing is Standing.FORBIDDEN
    return forbidden or any(option in group for group in verdict.ranking[1:][-2:])


def _named(options: tuple[Option, ...]) -> str:
    return " and ".join(options)


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
