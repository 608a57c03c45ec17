from __future__ import annotations

from boundaryethics.analysis import rule_impact
from boundaryethics.analysis.ablation import without
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {
            "id": "stronger",
            "when": {"danger": "yes"},
            "then": {"favors": {"decline": "strong"}},
            "overrides": ["weaker"],
        },
        {
            "id": "weaker",
            "when": {"danger": "yes", "status": "active"},
            "then": {"favors": {"leave": "weak"}},
        },
        {"id": "advice", "when": {}, "then": {"advises": "seek_supervision"}},
    ]
)


def test_each_rule_has_counts_of_where_it_applies_and_matters() -> None:
    """A rule may match without applying, or apply without changing a ranking."""
    found = rule_impact(POLICY)

    assert [("stronger", 9, 9, 9), ("weaker", 3, 0, 0), ("advice", 27, 27, 0)] == [
        (e.rule, e.triggered, e.binding, e.changing) for e in found.rules
    ]
    assert [False, True, False] == [e.always_overridden for e in found.rules]


def test_examples_of_effects_have_few_known_facts() -> None:
    """A rule without effect has no example."""
    stronger, weaker, advice = rule_impact(POLICY).rules

    assert stronger.changes_at is not None
    assert {"danger": "yes"} == stronger.changes_at.known()
    assert weaker.binds_at is None
    assert advice.binds_at is not None
    assert {} == advice.binds_at.known()
    assert advice.changes_at is None


def test_dropping_a_rule_removes_all_references_to_it() -> None:
    """Removing a rule also removes it from the overrides of other rules."""
    left = without(POLICY, "weaker")

    assert {"stronger", "advice"} == left.rule.keys()
    assert () == left.rule["stronger"].overrides
