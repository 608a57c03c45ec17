"""The built-in test cases pass on every engine, and cover every rule."""

from __future__ import annotations

from functools import cache

import attrs
import pytest

from boundaryethics.cases import Case, run_cases, shipped_cases
from boundaryethics.consult import consult
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects
from boundaryethics.policies import load_policy, policies

CASES = shipped_cases()
CONSULTED = [name for name in policies() if not load_policy(name).abstract]
#: The number of cases that may differ from the ruling in their source.
MOST_DEPARTURES = 2


def test_every_case_passes_on_the_reference_engine() -> None:
    """Each case has the expected result."""
    assert () == run_cases(CASES, engine="reference").failures


def test_every_case_passes_on_the_durable_engine() -> None:
    """Each case has the expected result."""
    pytest.importorskip("durable_rules_engine")

    assert () == run_cases(CASES, engine="durable").failures


def test_few_cases_differ_from_their_source() -> None:
    """The number of such cases is limited."""
    departing = [case for case in CASES if case.departs]

    assert MOST_DEPARTURES >= len(departing)


@pytest.mark.parametrize("name", CONSULTED)
def test_every_policy_has_cases(name: str) -> None:
    """A policy without test cases is not tested."""
    assert any(case.policy == name for case in CASES)


def test_case_names_are_unique_and_capitalized() -> None:
    """No two cases of one policy have the same name."""
    names = [(case.policy, case.name) for case in CASES]

    assert len(names) == len(set(names))
    assert all(name[:1].isupper() for _, name in names)


def test_without_facts_every_policy_ties_all_options() -> None:
    """Every policy needs some fact to prefer an option."""
    for name in CONSULTED:
        assert 1 == len(consult({}, name).ranking), name


def without(policy: Policy, rule: str) -> Policy:
    """Return *policy* without the effects of *rule*, which then overrides nothing."""
    rules = tuple(
        attrs.evolve(one, then=Effects(), overrides=()) if one.id == rule else one
        for one in policy.rules
    )
    return attrs.evolve(policy, rules=rules)


@cache
def binding_in() -> dict[tuple[str, str], tuple[Case, ...]]:
    """Return the cases in which each rule of each policy applies."""
    found: dict[tuple[str, str], tuple[Case, ...]] = {}
    for case in CASES:
        for rule in consult(dict(case.given), case.policy, "reference").binding:
            found[case.policy, rule] = (*found.get((case.policy, rule), ()), case)
    return found


def decided_by(rule: str, policy: Policy) -> bool:
    """Return whether some case of *policy* has another result without *rule*."""
    fewer = without(policy, rule)
    return any(
        not run_cases([case], policy=fewer, engine="reference").holds
        for case in binding_in().get((policy.id, rule), ())
    )


def test_every_rule_decides_at_least_one_case() -> None:
    """Without the rule, some case of some policy that contains it fails.

    Rules about drafts are excluded; other tests check them over all situations.
    """
    policies = [load_policy(name) for name in CONSULTED]
    drafting = load_policy("drafts").rule.keys() - load_policy("core").rule.keys()
    waiting = {rule.id for policy in policies for rule in policy.rules} - drafting
    for policy in policies:
        for rule in sorted(waiting & policy.rule.keys()):
            if decided_by(rule, policy):
                waiting.discard(rule)

    assert set() == waiting
