"""Changes to a policy, and the variants that result."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from boundaryethics.errors import AnalysisError, PolicyError
from boundaryethics.model.rules import MethodName
from boundaryethics.policies import load_policy
from boundaryethics.variants import Range, change, load_change
from boundaryethics.variants.edits import FINEST, varied
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "then": {"favors": {"leave": "weak"}}, "overrides": ["two"]},
        {"id": "two", "then": {"favors": {"decline": "weak"}}},
    ]
)


def test_a_dropped_rule_is_removed_from_all_overrides() -> None:
    """No other rule overrides a dropped rule."""
    variant = varied(POLICY, "variant", [change("without", drop=["two"]).edit])

    assert ["one"] == [rule.id for rule in variant.rules]
    assert () == variant.rule["one"].overrides


def test_an_adjustment_cannot_override_a_dropped_rule() -> None:
    """This applies to an adjustment in the same change."""
    made = change("both", drop=["two"], adjust={"one": {"overrides": ["two"]}})

    assert () == varied(POLICY, "v", [made.edit]).rule["one"].overrides


def test_changes_apply_in_order() -> None:
    """A later change applies to the result of an earlier one."""
    first = change("first", adjust={"one": {"strength": "strong"}})
    then = change("then", drop=["one"], ranking="weighted", weights={"care": 5})
    variant = varied(POLICY, "variant", [first.edit, then.edit])

    assert ["two"] == [rule.id for rule in variant.rules]
    assert (MethodName.WEIGHTED, 5) == (
        variant.method.name,
        variant.principle["care"].weight,
    )
    assert (POLICY.title, POLICY.abstract) == (variant.title, variant.abstract)


def test_problems_of_all_changes_are_reported_together() -> None:
    """Unknown rules, principles and actions of every change are in one error."""
    changes = [
        change("one", drop=["oen"], weights={"cair": 1}),
        change("two", adjust={"tow": {"strength": "weak"}}),
        change("three", add=[{"id": "new", "then": {"advises": "sleep"}}]),
    ]
    with pytest.raises(PolicyError) as refused:
        varied(POLICY, "variant", [one.edit for one in changes])

    assert {"oen", "cair", "tow", "sleep", "new"} == {
        problem.token for problem in refused.value.problems
    }


@pytest.mark.parametrize("weight", [-1, True, "two", float("nan"), "1/0", None])
def test_weights_must_be_nonnegative_numbers(weight: object) -> None:
    """The error names any other value."""
    with pytest.raises(AnalysisError, match=f"weight `{weight}` of principle `care`"):
        change("odd", weights={"care": weight})  # type: ignore[dict-item]


@pytest.mark.parametrize("weight", [2.5, "2.5", "5/2", Fraction(5, 2), Decimal("2.5")])
def test_fractions_scale_all_weights(weight: Any) -> None:
    """The proportions of the weights stay the same, and so do the rankings."""
    base = policy_of(principles={"other": {"weight": 3}})
    policy = varied(base, "half", [change("half", weights={"care": weight}).edit])

    assert [5, 6] == [one.weight for one in policy.principles]


def test_a_range_may_have_fractions() -> None:
    """Whole weights stay integers."""
    weights = Range("care", "1/2", 2, "0.5").weights

    assert [Fraction(1, 2), 1, Fraction(3, 2), 2] == [*weights]
    assert [int, Fraction] == sorted({type(one) for one in weights}, key=str)[::-1]
    assert [0, 1, 2] == [*Range("care", 0, 2.5).weights]


@st.composite
def ranges(draw: st.DrawFn) -> Range:
    """Ranges near the limits on the size and the denominator of weights."""
    below = draw(st.integers(1, FINEST))
    least = draw(st.integers(0, 2**52 // FINEST))
    step, count = draw(st.integers(1, 5)), draw(st.integers(0, 20))
    numbers = [least, least + count * step, step]
    return Range("care", *(Fraction(one, below) for one in numbers))


@given(ranges())
@example(Range("care", "1/999999", "2000000/999999", "1/1000000"))
@example(Range("care", 1_000_000, 1_000_001, "1/999999"))
def test_a_float_identifies_each_weight_of_a_valid_range(found: Range) -> None:
    """A file of a sweep stores the weights as floats, and reading them is exact."""
    assume(not [*found.problems()])

    read = [Fraction(float(one)).limit_denominator(FINEST) for one in found.weights]
    assert [*found.weights] == read


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        (("1/999999", 1, "1/1000000"), "have a denominator above 1,000,000"),
        ((0, 1, "1/1000001"), "have a denominator above 1,000,000"),
        ((1_000_000, 1_000_001, "1/999999"), "are too large for fractions"),
    ],
)
def test_a_range_that_a_float_cannot_store_is_refused(
    numbers: tuple[Any, ...], code: str
) -> None:
    """The common denominator of all weights counts, not only that of each number."""
    (problem,) = Range("care", *numbers).problems()

    assert "BE801" == problem.code
    assert code in problem.message


FILE = """\
policy: gentle
extends: [apa-2017]
changes:
  adjust:
    silence-feels-like-rejection: {strength: weak}
"""


def test_a_file_that_extends_a_policy_is_a_change_to_it(tmp_path: Path) -> None:
    """The change has the ID of the file, and makes the same policy from its parent."""
    path = tmp_path / "gentle.yaml"
    path.write_text(FILE, "utf-8")
    read = load_change(path)
    variant = varied(load_policy("apa-2017"), "gentle", [read.edit])

    assert "gentle" == read.name
    assert load_policy(path).fingerprint == variant.fingerprint


THRIFTY = """\
policy: thrifty
extends: [apa-2017]
principles:
  thrift:
    title: Nothing is wasted
    cites: [{source: apa-code, section: "3.05"}]
rules:
  - id: spare
    then: {favors: {leave: weak}}
    principle: thrift
"""


def test_a_file_may_declare_principles(tmp_path: Path) -> None:
    """The base need not declare the principles of the file."""
    path = tmp_path / "thrifty.yaml"
    path.write_text(THRIFTY, "utf-8")
    variant = varied(load_policy("apa-2017"), "thrifty", [load_change(path).edit])

    assert load_policy(path).fingerprint == variant.fingerprint


def test_a_file_with_facts_is_rejected(tmp_path: Path) -> None:
    """New facts would change the situations."""
    path = tmp_path / "wider.yaml"
    facts = "facts:\n  weather: {question: How is it?, values: [fair, foul]}\n"
    path.write_text(FILE + facts, "utf-8")

    with pytest.raises(AnalysisError, match="BE817"):
        load_change(path)


def test_all_schema_errors_are_reported_together() -> None:
    """Errors in every part of a variant are in one report."""
    with pytest.raises(PolicyError) as refused:
        POLICY.variant(
            "v",
            adjust={"one": {"strenth": "weak"}, "two": {"strength": "weaker"}},
            add=[{"id": "new"}],
            ranking="weigted",
        )

    messages = [problem.message for problem in refused.value.problems]
    assert 4 == len(messages)
    assert all(
        any(word in message for message in messages)
        for word in ("`strenth`", "`weaker`", "missing `then`", "`weigted`")
    )
