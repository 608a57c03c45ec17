"""Law: a fact that no rule reads has no effect."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import engines
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Fact, Situation
from boundaryethics.model.policy import Policy
from support.strategies import policies_with_situations

SPARE = Fact(name="spare", values=("one", "two"))


@pytest.mark.clause("S2")
@pytest.mark.parametrize("engine", ["reference", None])
@given(case=policies_with_situations(), value=st.sampled_from(SPARE.all_values))
def test_an_unread_fact_does_not_change_results(
    engine: str | None, case: tuple[Policy, Situation], value: str
) -> None:
    """The value of an added fact that no rule reads does not matter."""
    policy, situation = case
    wider = attrs.evolve(policy, vocabulary=policy.vocabulary.joined((SPARE,)))
    also = wider.vocabulary.situation({**situation.known(), "spare": value})

    assert engines.load(lower(policy), engine).derive(situation) == engines.load(
        lower(wider), engine
    ).derive(also)
