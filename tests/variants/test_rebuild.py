"""Rebuild the policy behind a row of a sweep."""

from __future__ import annotations

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.variants import (
    Change,
    DropRules,
    FactorialDesign,
    Methods,
    VaryStrengths,
    VaryWeights,
    change,
    rebuild_variant,
    sweep,
)
from boundaryethics.variants.designs import Family
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "then": {"favors": {"leave": "weak"}}, "overrides": ["two"]},
        {"id": "two", "then": {"favors": {"decline": "weak"}}},
    ]
)


def test_every_row_can_be_rebuilt() -> None:
    """The policy has the fingerprint of the row, the base as parent, and a valid id."""
    own = [change("My own", drop=["two"]), change("other", drop=["one"])]
    switches = FactorialDesign(
        (change("s", drop=["one"]), change("t", ranking="weighted"))
    )
    families: list[Family | Change] = [
        DropRules(),
        VaryStrengths(),
        VaryWeights(0, 2),
        Methods(),
        switches,
        *own,
    ]
    swept = sweep(POLICY, families, cases=(), workers=1)

    for row in swept.rows:
        made = rebuild_variant(POLICY, families, row.variant)
        assert row.fingerprint == made.fingerprint
        assert POLICY is made.parent
    assert "by-hand-own-my-own" == rebuild_variant(POLICY, own, "own:My own").id
    assert (
        ()
        == rebuild_variant(POLICY, DropRules(), "drop:two", id="x")
        .rule["one"]
        .overrides
    )


def test_an_unknown_variant_is_rejected() -> None:
    """The error suggests the nearest name."""
    with pytest.raises(AnalysisError, match="did you mean `drop:two`") as refused:
        rebuild_variant(POLICY, DropRules(), "drop:tow")

    assert ["BE819"] == [problem.code for problem in refused.value.problems]
