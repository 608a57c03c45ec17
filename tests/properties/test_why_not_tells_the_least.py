from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics import consult
from boundaryethics.analysis import why, why_not
from boundaryethics.analysis.explain import (
    ConditionTrace,
    WhyFollows,
    WhyNotFollows,
    WhyRanked,
)
from boundaryethics.model.conditions import holds
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.proofs import check_proof
from support import brute_force, nearest_changes
from support.strategies import asked_of_small_policies


def place_of(option: Option, verdict: Verdict) -> int:
    """Return the rank of *option*."""
    return verdict.options[option].rank


def has_rank(option: Option, place: int, verdict: Verdict) -> bool:
    """Return whether *option* has rank *place*; in a tie of all four, none does."""
    return place_of(option, verdict) == place and len(verdict.ranking) > 1


def follows(name: str, verdict: Verdict) -> bool:
    """Return whether the rule or the finding *name* follows."""
    return name in verdict.binding or name in verdict.derivation.findings


def reachable(asked: tuple[Policy, Situation], *, forgetting: bool) -> list[Verdict]:
    """Return all verdicts; without *forgetting*, those in which known facts stay so."""
    policy, situation = asked
    return [
        verdict
        for verdict in brute_force.verdicts(policy)
        if forgetting or nearest_changes.keeps_known(situation, verdict.situation)
    ]


def parts(part: ConditionTrace) -> Iterator[ConditionTrace]:
    """Yield *part* and all parts under it."""
    yield part
    for inner in part.parts:
        yield from parts(inner)


@pytest.mark.clause("S6", "S7")
@given(asked_of_small_policies(), st.booleans())
def test_changes_for_rules_and_findings_are_minimal(
    asked: tuple[Policy, Situation], forgetting: bool
) -> None:
    """Each change makes the rule apply or the finding hold."""
    policy, situation = asked
    now, every = consult(situation, policy), reachable(asked, forgetting=forgetting)
    rules = {rule.id for rule in policy.rules} - {*now.binding}
    findings = {finding.id for finding in policy.findings} - {*now.findings}

    for name in sorted(rules | findings):
        least, there = nearest_changes.nearest(
            situation,
            every,
            partial(follows, name),
        )
        found = why_not(situation, name, policy, allow_unknown=forgetting)
        shown = nearest_changes.reached(situation, found.least)
        assert least == found.least.distance
        assert set(there) == set(shown)
        assert len(there) == len(shown)


@pytest.mark.clause("S16", "S19", "S23")
@given(asked_of_small_policies(), st.booleans())
def test_changes_for_ranks_are_minimal(
    asked: tuple[Policy, Situation], forgetting: bool
) -> None:
    """This holds for each option and each rank that it does not have."""
    policy, situation = asked
    now, every = consult(situation, policy), reachable(asked, forgetting=forgetting)

    for option in Option:
        for place in (1, 2, 3, 4):
            if has_rank(option, place, now):
                continue
            least, there = nearest_changes.nearest(
                situation,
                every,
                partial(has_rank, option, place),
            )
            found = why_not(
                situation, (option, place), policy, allow_unknown=forgetting
            )
            shown = nearest_changes.reached(situation, found.least)
            assert least == found.least.distance
            assert set(there) == set(shown)
            assert len(there) == len(shown)


@pytest.mark.clause("S5", "S6")
@given(asked_of_small_policies())
def test_explained_conditions_fail_exactly_where_they_should(
    asked: tuple[Policy, Situation],
) -> None:
    """The same holds for each part of a condition."""
    policy, situation = asked
    now = consult(situation, policy)

    for rule in policy.rules:
        if rule.id in now.binding:
            continue
        found = why_not(situation, rule.id, policy)
        assert isinstance(found, WhyNotFollows)
        (read,) = found.rules
        assert read.condition is not None
        assert holds(rule.when, situation, now.derivation.findings) is read.triggered
        assert read.triggered is read.condition.holds
        assert now.overridden.get(rule.id, ()) == read.overridden_by
        for part in parts(read.condition):
            if part.of in situation:
                assert situation[part.of] == part.actual
                assert (part.actual in part.wanted) is part.holds


@pytest.mark.clause("S7", "S17")
@given(asked_of_small_policies())
def test_why_gives_proofs_and_comparisons(asked: tuple[Policy, Situation]) -> None:
    """Rules and findings have proofs, and options are compared with neighbors."""
    policy, situation = asked
    now = consult(situation, policy)

    for name in (*now.binding, *now.findings):
        found = why(situation, name, policy)
        assert isinstance(found, WhyFollows)
        assert () == check_proof(found.proof, policy, situation)
    for option in Option:
        shown = why(situation, str(option), policy)
        assert isinstance(shown, WhyRanked)
        others = {c.above for c in shown.comparisons} | {
            c.below for c in shown.comparisons
        }
        near = {
            other
            for other in Option
            if abs(place_of(other, now) - place_of(option, now)) <= 1
        }
        assert near == others | {option}
