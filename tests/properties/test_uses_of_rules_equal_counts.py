"""Law: `lint` treats a rule as used exactly if its counts are not 0."""

from __future__ import annotations

import attrs
from hypothesis import given, settings

from boundaryethics.analysis import rule_impact
from boundaryethics.analysis.ablation import rule_uses
from boundaryethics.mdd.space import space_of
from boundaryethics.model.policy import Policy
from support.scaling import grows_linearly
from support.small_policies import VOCABULARY, policy_of
from support.strategies import policies

ALIKE = {"when": {"contact": "message"}, "then": {"favors": {"leave": "weak"}}}


@given(policies())
def test_rule_uses_agree_with_counts(policy: Policy) -> None:
    """Examples near a simple situation, or else diagrams, give the same uses."""
    check_uses(policy)


@settings(max_examples=12)
@given(policies())
def test_rule_uses_of_copied_rules_agree_with_counts(policy: Policy) -> None:
    """A copy of each rule is overridden, or overrides the same rules."""
    copies = [
        attrs.evolve(rule, id=f"{rule.id}_copy")
        for rule in policy.rules
        if not any(rule.id in other.overrides for other in policy.rules)
    ]
    check_uses(attrs.evolve(policy, rules=(*policy.rules, *copies)))


def test_equal_rules_can_have_different_uses() -> None:
    """One of them may be overridden."""
    policy = policy_of(
        [
            {"id": "one", **ALIKE},
            {"id": "other", **ALIKE},
            {
                "id": "always",
                "when": {},
                "then": {},
                "principle": None,
                "overrides": ["other"],
            },
        ]
    )

    one, other, _ = rule_uses(policy, space_of(policy.vocabulary))

    assert one.decides
    assert other.triggered
    assert not other.binding


def test_equal_rules_are_checked_in_linear_time() -> None:
    """Rules that differ only in their names share the work."""

    def find(number: int) -> None:
        uses = rule_uses(policies_by[number], space_of(VOCABULARY))
        # Without one of them, the others remain.
        assert {use.decides for use in uses} == {False}

    policies_by = {
        number: policy_of([{"id": f"r{n}", **ALIKE} for n in range(number)])
        for number in (2, 30, 120)
    }
    assert grows_linearly(find, 30)


def check_uses(policy: Policy) -> None:
    """Compare the uses of the rules of *policy* with their counts."""
    space = space_of(policy.vocabulary)

    for use, counts in zip(
        rule_uses(policy, space), rule_impact(policy).rules, strict=True
    ):
        assert use.triggered == (counts.triggered > 0)
        assert use.binding == (counts.binding > 0)
        assert use.decides == counts.decides
