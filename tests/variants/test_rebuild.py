"""The policy that a row of a sweep is of, made again."""

from __future__ import annotations

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.variants import (
    Change,
    Drops,
    Methods,
    Strengths,
    Switches,
    Weights,
    change,
    sweep,
    variant_named,
)
from boundaryethics.variants.designs import Family
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "then": {"favours": {"leave": "weak"}}, "overrides": ["two"]},
        {"id": "two", "then": {"favours": {"decline": "weak"}}},
    ]
)


def test_every_row_can_be_made_again() -> None:
    """It says what was measured, and is a variant of the base under a proper id."""
    own = [change("My own", drop=["two"]), change("other", drop=["one"])]
    switches = Switches((change("s", drop=["one"]), change("t", ranking="weighted")))
    families: list[Family | Change] = [
        Drops(),
        Strengths(),
        Weights(0, 2),
        Methods(),
        switches,
        *own,
    ]
    swept = sweep(POLICY, families, cases=(), workers=1)

    for row in swept.rows:
        made = variant_named(POLICY, families, row.variant)
        assert row.fingerprint == made.fingerprint
        assert POLICY is made.parent
    assert "by-hand-own-my-own" == variant_named(POLICY, own, "own:My own").id
    assert (
        () == variant_named(POLICY, Drops(), "drop:two", id="x").rule["one"].overrides
    )


def test_an_unknown_variant_is_refused() -> None:
    """With the nearest name."""
    with pytest.raises(AnalysisError, match="did you mean `drop:two`") as refused:
        variant_named(POLICY, Drops(), "drop:tow")

    assert ["BE819"] == [problem.code for problem in refused.value.problems]
