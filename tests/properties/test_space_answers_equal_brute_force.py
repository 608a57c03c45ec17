from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.analysis import ranking_counts, verify
from boundaryethics.model.conditions import holds
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Invariant, Option, Promise
from support import brute_force
from support.strategies import conditions, small_policies

Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def with_invariants(draw: Draw) -> tuple[Policy, Invariant]:
    """Draw a policy with invariants that may or may not hold."""
    policy = draw(small_policies())
    kinds = st.lists(st.sampled_from(list(Promise)), min_size=1, max_size=3)
    holding = tuple(
        (promise, names)
        for promise in draw(kinds)
        if (names := _named(draw, policy, promise))
    )
    holding = holding or ((Promise.NEVER_BINDS, ("dropped",)),)
    names = tuple(finding.id for finding in policy.findings)
    when = draw(conditions(policy.vocabulary, names, names))
    return policy, Invariant(id="drawn", when=when, holds=holding)


def _named(draw: Draw, policy: Policy, promise: Promise) -> tuple[str, ...]:
    """Draw a few names for *promise*."""
    named: list[str] = {
        Promise.ADVISES: [one.id for one in policy.actions],
        Promise.NEVER_ADVISES: [one.id for one in policy.actions],
        Promise.DRAFTS: [one.id for one in policy.draft_parts],
        Promise.NEVER_DRAFTS: [one.id for one in policy.draft_parts],
        # A rule that does not exist never applies.
        Promise.NEVER_BINDS: [*policy.rule, "dropped"],
    }.get(promise, [*Option])
    least = 2 if promise is Promise.ABOVE else 1
    most = draw(st.integers(least, least + 1))
    drawn: list[str] = draw(st.permutations(named))
    return tuple(drawn[:most])


@pytest.mark.clause("S16", "S20", "S23")
@given(small_policies())
def test_ranking_counts_equal_brute_force(policy: Policy) -> None:
    """Each ranking has the same count."""
    given_one_by_one = Counter(
        verdict.ranking for verdict in brute_force.verdicts(policy)
    )

    found = ranking_counts(policy)

    assert given_one_by_one == {p.ranking: p.count for p in found.rankings}
    assert given_one_by_one.total() == found.total


@pytest.mark.clause("S2")
@given(small_policies())
def test_witnesses_have_the_fewest_known_facts(policy: Policy) -> None:
    """This holds for each ranking."""
    fewest: dict[object, int] = {}
    for verdict in brute_force.verdicts(policy):
        known = len(verdict.situation.known())
        fewest[verdict.ranking] = min(known, fewest.get(verdict.ranking, known))

    shown = {p.ranking: len(p.witness.known()) for p in ranking_counts(policy).rankings}

    assert fewest == shown


@pytest.mark.clause("S13")
@given(small_policies())
def test_dilemma_counts_equal_brute_force(policy: Policy) -> None:
    """Each dilemma has the same count."""
    arising = Counter(
        (dilemma.kind, dilemma.options)
        for verdict in brute_force.verdicts(policy)
        for dilemma in verdict.dilemmas
    )

    found = ranking_counts(policy)

    assert arising == {(c.kind, c.options): c.count for c in found.conflicts}


@given(with_invariants())
def test_invariants_are_proved_exactly_if_they_hold(
    drawn: tuple[Policy, Invariant],
) -> None:
    """If an invariant does not hold, all violations are counted."""
    policy, invariant = drawn
    covered = [
        verdict
        for verdict in brute_force.verdicts(policy)
        if holds(invariant.when, verdict.situation, verdict.derivation.findings)
    ]
    broken = [
        len(verdict.situation.known())
        for verdict in covered
        if brute_force.breaks(verdict, invariant)
    ]

    (checked,) = verify(policy, invariant).checked

    assert (len(covered), len(broken)) == (checked.covered, checked.broken)
    shown = checked.counterexample
    assert (min(broken) if broken else None) == (shown and len(shown.known()))
