"""Variants have valid IDs, and changes that do not fit are explained."""

from __future__ import annotations

import pytest

from boundaryethics.errors import PolicyError
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "then": {"favors": {"leave": "weak"}}, "overrides": ["two"]},
        {"id": "two", "then": {"favors": {"decline": "weak"}}},
    ]
)


@pytest.mark.parametrize("id", ["Bad Name", "", "-x", "a/b", "x\n", 7])
def test_an_invalid_variant_id_is_rejected(id: str) -> None:
    """An invalid ID is reported together with all other problems."""
    with pytest.raises(PolicyError) as refused:
        POLICY.variant(id, ranking="heavy")

    assert ["BE103", "BE103"] == [problem.code for problem in refused.value.problems]
    assert "invalid id" in refused.value.problems[0].message


def test_an_unknown_principle_is_reported_with_the_declared_ones() -> None:
    """No name is similar, so the help lists all."""
    with pytest.raises(PolicyError, match="BE204") as refused:
        POLICY.variant("b", adjust={"one": {"principle": "zzz"}})

    names = ", ".join(f"`{name}`" for name in sorted(POLICY.principle))
    assert f"valid names: {names}" == refused.value.problems[0].help


def test_a_variant_needs_an_id_of_its_own() -> None:
    """The ID of the parent is rejected."""
    with pytest.raises(PolicyError, match="BE308"):
        POLICY.variant("by-hand")

    assert "by-hand-2" == POLICY.variant("by-hand-2").id


def test_a_dropped_rule_that_others_override_is_explained() -> None:
    """Following the help fixes the problem."""
    with pytest.raises(PolicyError, match="BE204") as refused:
        POLICY.variant("b", drop=["two"])

    assert "from `overrides` of rule `one`" in str(refused.value)
    mended = POLICY.variant("b", drop=["two"], adjust={"one": {"overrides": []}})
    assert ["one"] == [rule.id for rule in mended.rules]
