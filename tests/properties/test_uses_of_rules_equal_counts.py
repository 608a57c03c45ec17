"""Law: a rule is of use, for `lint`, exactly if its counts are not 0."""

from __future__ import annotations

from hypothesis import given

from boundaryethics.analysis import rule_impact
from boundaryethics.analysis.ablation import rule_uses
from boundaryethics.mdd.space import space_of
from boundaryethics.model.policy import Policy
from support.strategies import policies


@given(policies())
def test_the_quick_check_of_rules_agrees_with_the_counts(policy: Policy) -> None:
    """Witnesses near a simple situation, and else diagrams, find what counts find."""
    space = space_of(policy.vocabulary)

    for use, counts in zip(
        rule_uses(policy, space), rule_impact(policy).rules, strict=True
    ):
        assert use.triggered == (counts.triggered > 0)
        assert use.binding == (counts.binding > 0)
        assert use.decides == counts.decides
