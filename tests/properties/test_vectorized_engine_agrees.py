"""Law: the columnar engine agrees with the reference engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.inference import compiled, reference
from boundaryethics.inference.program import lower
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from support import brute_force
from support.small_policies import policy_of
from support.strategies import policies, policies_with_situations, situations


@st.composite
def policies_with_rows(draw: st.DrawFn) -> tuple[Policy, list[Situation]]:
    """Draw a policy with a few of its situations."""
    policy = draw(policies())
    return policy, draw(st.lists(situations(policy), min_size=1, max_size=8))


@pytest.mark.clause("S8", "S21")
@given(policies_with_situations())
def test_the_columnar_engine_agrees_with_the_reference_engine(
    case: tuple[Policy, Situation],
) -> None:
    """They derive the same firings and findings for many random policies."""
    policy, situation = case
    program = lower(policy)
    expected = reference.load(program).derive(situation)

    assert expected == compiled.load(program).derive(situation)


@pytest.mark.clause("S21")
@given(policies_with_rows())
def test_columns_of_codes_agree_with_single_situations(
    case: tuple[Policy, list[Situation]],
) -> None:
    """The same rules apply in each row."""
    same_in_columns(*case)


@pytest.mark.clause("S21")
def test_cycles_of_findings_are_derived_in_columns() -> None:
    """Rules are evaluated again as long as a finding of their own layer changes."""
    rules = [
        {
            "id": f"to-{name}",
            "when": {"any": [{"danger": value}, {read: True}]},
            "then": {"concludes": name},
        }
        for name, read, value in [
            ("one", "two", "unknown"),
            ("two", "three", "no"),
            ("three", "one", "yes"),
        ]
    ]
    policy = policy_of(rules, findings=["one", "two", "three"])
    same_in_columns(policy, brute_force.situations(policy.vocabulary))


def same_in_columns(policy: Policy, rows: Sequence[Situation]) -> None:
    """Compare the columns of *rows* with each of them."""
    program = lower(policy)
    one_by_one, together = reference.load(program), compiled.load(program)
    codes = {
        number: np.array([fact.all_values.index(row[fact.name]) for row in rows])
        for number, fact in enumerate(policy.vocabulary.facts)
    }
    words = together.words(
        {number: column.astype(np.uint8) for number, column in codes.items()}, len(rows)
    )

    assert (len(rows), compiled.words_in(len(together.rules))) == words.shape
    for row, bits in zip(rows, words.tolist(), strict=True):
        expected = one_by_one.derive(row).binding
        assert expected == tuple(
            rule
            for number, rule in enumerate(together.rules)
            if bits[number // 64] >> number % 64 & 1
        )
