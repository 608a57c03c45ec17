"""Effects of changes of strength, compared with brute force."""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import given

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull, Strength
from boundaryethics.sensitivity.strengths import (
    StrengthMove,
    StrengthSensitivity,
    strength_sensitivity,
)
from support import brute_force
from support.strategies import policies, vocabularies

SMALL = vocabularies(most=3).flatmap(policies)

ORDER = tuple(Strength)


def written(policy: Policy) -> list[tuple[str, Pull, Option, Strength, Strength]]:
    """Yield each strength in the policy with its neighbors."""
    return [
        (rule.id, pull, option, before, after)
        for rule in policy.rules
        for pull, option, before in rule.then.pulls()
        if before
        for after in ORDER
        if abs(ORDER.index(before) - ORDER.index(after)) == 1
    ]


def moved(policy: Policy, move: StrengthMove) -> Policy:
    """Return *policy* with one strength changed."""
    rule = policy.rule[move.rule]
    reasons = tuple(
        (option, move.after if option is move.option else strength)
        for option, strength in getattr(rule.then, move.pull)
    )
    changes: dict[str, Any] = {move.pull.value: reasons}
    then = attrs.evolve(rule.then, **changes)
    changed = attrs.evolve(rule, then=then)
    rules = tuple(changed if one is rule else one for one in policy.rules)
    return attrs.evolve(policy, rules=rules)


@given(SMALL)
def test_effects_of_strength_changes_equal_brute_force(policy: Policy) -> None:
    """Counts of changed rankings and first ranks match; the witness is one of them.

    The order of the changes is checked too, on the same policies.
    """
    before = list(brute_force.verdicts(policy))
    sensitivity = strength_sensitivity(policy)
    found = sensitivity.moves
    check_order(sensitivity)

    assert sorted(written(policy)) == sorted(
        (one.rule, one.pull, one.option, one.before, one.after) for one in found
    )
    for move in found:
        both = zip(before, brute_force.verdicts(moved(policy, move)), strict=True)
        parted = [(a, b) for a, b in both if a.ranking != b.ranking]

        assert len(parted) == move.ranking
        assert sum(a.best != b.best for a, b in parted) == move.first
        assert (move.witness in [a.situation for a, _ in parted]) is bool(parted)


def check_order(found: StrengthSensitivity) -> None:
    """Check that the largest effects come first, and that others are listed."""
    counts = [move.ranking for move in found.moves]

    assert sorted(counts, reverse=True) == counts
    assert counts.count(0) == len(found.no_effect)
    assert max(counts, default=0) == (found.largest.ranking if found.largest else 0)
    assert max((m.first for m in found.moves), default=0) == (
        found.largest_top_change.first if found.largest_top_change else 0
    )
