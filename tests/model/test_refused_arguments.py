"""Conditions and policies refuse arguments of the wrong type, and unknown names."""

from __future__ import annotations

from typing import Any

import pytest

import boundaryethics
from boundaryethics import ArgumentError, FactIn, both, either
from boundaryethics.model.conditions import All
from boundaryethics.model.conditions import Any as AnyOf

MESSAGE = FactIn("contact", frozenset({"message"}))
ACTIVE = FactIn("client_status", frozenset({"active"}))


@pytest.mark.parametrize("wrong", [["message"], [MESSAGE, None], [5]])
def test_only_conditions_can_be_combined(wrong: Any) -> None:
    """Text is not a condition."""
    for combine in (both, either):
        with pytest.raises(ArgumentError, match="`parts`"):
            combine(wrong)


def test_a_single_condition_is_returned_unchanged() -> None:
    """Nested conditions of the same kind are flattened."""
    assert MESSAGE == both([MESSAGE]) == either([MESSAGE])
    assert All((MESSAGE, ACTIVE)) == both([both([MESSAGE]), ACTIVE])
    assert AnyOf((MESSAGE, ACTIVE)) == either([either([MESSAGE, ACTIVE])])


@pytest.mark.parametrize("wrong", [["none"], ["none", "danger"], 5, None])
def test_citations_of_unknown_rules_are_refused(wrong: Any) -> None:
    """The error is an `ArgumentError`, not a `KeyError` of a mapping."""
    with pytest.raises(ArgumentError):
        boundaryethics.load_policy("apa-2017").citations_for(wrong)
