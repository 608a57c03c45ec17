from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics import consult, load_policy
from boundaryethics.analysis import counterfactuals
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from support import brute_force, nearest_changes
from support.strategies import asked_of_small_policies, some_facts

SHIPPED = ("apa-2017", "nasw-2021", "us-42-cfr-2")


def first(option: Option, verdict: Verdict) -> bool:
    """Return whether *option* ranks first, and not all four options are tied."""
    return option in verdict.best and len(verdict.best) < len(Option)


def first_alone(option: Option, verdict: Verdict) -> bool:
    """Return whether *option* ranks first without a tie."""
    return verdict.best == (option,)


def check_counterfactuals(
    situation: Situation,
    policy: Policy,
    immutable: tuple[str, ...] = (),
    *,
    alone: bool = False,
    forgetting: bool = False,
) -> None:
    """Compare the counterfactuals of *situation* with those by brute force."""
    found = counterfactuals(
        situation, policy, immutable=immutable, strict=alone, allow_unknown=forgetting
    )
    verdicts = [
        verdict
        for verdict in brute_force.verdicts(
            policy, {name: situation[name] for name in immutable}
        )
        if forgetting or nearest_changes.keeps_known(situation, verdict.situation)
    ]
    for option in Option:
        so = partial(first_alone if alone else first, option)
        least, there = nearest_changes.nearest(situation, verdicts, so)
        shown = nearest_changes.reached(situation, found.to[option])
        assert least == found.to[option].distance
        assert set(there) == set(shown)
        assert len(there) == len(shown)
        for change in found.to[option].changes:
            for after in nearest_changes.changed(situation, change):
                assert there[after].ranking == change.ranking


@pytest.mark.clause("S19", "S23")
@given(asked_of_small_policies())
def test_all_smallest_changes_are_listed(
    asked: tuple[Policy, Situation],
) -> None:
    """The smallest changes for each option are listed once each, if any exist."""
    policy, situation = asked

    check_counterfactuals(situation, policy)
    check_counterfactuals(situation, policy, alone=True)
    check_counterfactuals(situation, policy, forgetting=True)
    check_counterfactuals(situation, policy, alone=True, forgetting=True)


@pytest.mark.clause("S19")
@given(asked_of_small_policies(), st.data())
def test_immutable_facts_do_not_change(
    asked: tuple[Policy, Situation], data: st.DataObject
) -> None:
    """With some facts immutable, the smallest changes are among the others."""
    policy, situation = asked

    check_counterfactuals(situation, policy, data.draw(some_facts(policy)))


@pytest.mark.clause("S19")
@given(asked_of_small_policies())
def test_the_smallest_changes_put_another_option_first(
    asked: tuple[Policy, Situation],
) -> None:
    """Ties for the first rank count."""
    policy, situation = asked
    now = consult(situation, policy)
    others = [option for option in Option if not first(option, now)]
    least, there = nearest_changes.nearest(
        situation,
        (
            verdict
            for verdict in brute_force.verdicts(policy)
            if nearest_changes.keeps_known(situation, verdict.situation)
        ),
        lambda verdict: any(first(option, verdict) for option in others),
    )

    found = counterfactuals(situation, policy)
    shown = [s for c in found.smallest for s in nearest_changes.changed(situation, c)]

    assert least == found.distance
    assert set(there) == set(shown)
    assert len(there) == len(shown)


@pytest.mark.clause("S19")
@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=5)
@given(st.data())
def test_counterfactuals_of_built_in_policies_match_brute_force(
    name: str, data: st.DataObject
) -> None:
    """Three facts are free, and all others are fixed."""
    policy = load_policy(name)
    situation = data.draw(known_situations(policy))
    free = data.draw(
        st.lists(st.sampled_from([*situation]), min_size=3, max_size=3, unique=True)
    )

    fixed = tuple(n for n in situation if n not in free)
    check_counterfactuals(situation, policy, fixed)
    check_counterfactuals(situation, policy, fixed, forgetting=True)


@pytest.mark.clause("S19")
@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=5)
@given(st.data())
def test_reported_changes_have_the_reported_effect(
    name: str, data: st.DataObject
) -> None:
    """Each reported change leads to the reported ranking."""
    policy = load_policy(name)
    situation = data.draw(known_situations(policy))
    found = counterfactuals(situation, policy)

    for option, least in found.to.items():
        for change in least.changes[:200]:
            verdict = consult(situation.with_facts(**change.facts), policy)
            assert change.ranking == verdict.ranking
            assert first(option, verdict)
            assert "unknown" not in change.facts.values()


def known_situations(policy: Policy) -> st.SearchStrategy[Situation]:
    """Draw situations of *policy*, with about half of the facts unknown."""
    values = {
        fact.name: st.one_of(st.just("unknown"), st.sampled_from(fact.values))
        for fact in policy.vocabulary.facts
    }
    return st.fixed_dictionaries(values).map(
        lambda drawn: brute_force.as_known_as_possible(policy.vocabulary, drawn)
    )
