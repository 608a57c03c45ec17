"""Variants: valid ids, and advice about changes that do not fit."""

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
def test_an_id_that_no_file_could_bear_is_refused(id: str) -> None:
    """An invalid id is reported together with all other problems."""
    with pytest.raises(PolicyError) as refused:
        POLICY.variant(id, ranking="heavy")

    assert ["BE103", "BE103"] == [problem.code for problem in refused.value.problems]
    assert "is not an id" in refused.value.problems[0].message


def test_a_variant_needs_an_id_of_its_own() -> None:
    """The id of the parent is refused."""
    with pytest.raises(PolicyError, match="BE308"):
        POLICY.variant("by-hand")

    assert "by-hand-2" == POLICY.variant("by-hand-2").id


def test_a_dropped_rule_that_others_override_is_explained() -> None:
    """Following the advice fixes the problem."""
    with pytest.raises(PolicyError, match="BE204") as refused:
        POLICY.variant("b", drop=["two"])

    assert "from the `overrides` of `one` too" in str(refused.value)
    mended = POLICY.variant("b", drop=["two"], adjust={"one": {"overrides": []}})
    assert ["one"] == [rule.id for rule in mended.rules]
