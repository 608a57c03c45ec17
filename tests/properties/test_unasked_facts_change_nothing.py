"""Law: settled results never change, and facts not worth asking have no effect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.consult import consult
from boundaryethics.inference import engines
from boundaryethics.inference.program import PartialDerivation, lower
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import load_policy, policies
from boundaryethics.render.unknown import worth_asking
from support.strategies import policies_with_situations, situations

CONSULTED = [p for p in map(load_policy, policies()) if not p.abstract]


@pytest.mark.clause("S2", "S6", "S7")
@given(case=policies_with_situations(), choices=st.data())
def test_settled_results_never_change(
    case: tuple[Policy, Situation], choices: st.DataObject
) -> None:
    """The reference engine agrees for each value of an unknown fact."""
    policy, situation = case
    program = lower(policy)
    hidden = choices.draw(st.sets(st.sampled_from([*situation, ""])))
    known = {n: v for n, v in situation.known().items() if n not in hidden}
    found = PartialDerivation.of(program, known)
    derived = engines.load(program, "reference").derive(situation)

    assert {r: r in derived.binding for r in found.binds} == found.binds
    assert {f: f in derived.findings for f in found.holds} == found.holds


@pytest.mark.parametrize("policy", CONSULTED, ids=lambda policy: policy.id)
@given(choices=st.data())
def test_facts_not_worth_asking_do_not_change_results(
    policy: Policy, choices: st.DataObject
) -> None:
    """Ranking, actions and draft do not depend on such a fact alone."""
    verdict = consult(choices.draw(situations(policy)), policy)
    asked = {fact.name for fact in worth_asking(verdict)}
    situation = verdict.situation
    for name, value in situation.items():
        fact = situation.vocabulary[name]
        if value == UNKNOWN and name not in asked and fact.question:
            for other in verdict.what_if(name).values():
                assert _answer(verdict) == _answer(other), name


def _answer(verdict: Verdict) -> object:
    statuses = [one.status for one in verdict.assessments]
    return verdict.ranking, statuses, verdict.actions, verdict.draft
