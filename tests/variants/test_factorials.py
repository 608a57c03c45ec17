"""Switches: which settings each design tries."""

from __future__ import annotations

import sys
from itertools import product

import attrs
import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.model.rules import MethodName
from boundaryethics.variants import FactorialDesign, Range, change
from boundaryethics.variants.edits import varied
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "then": {"favors": {"leave": "moderate"}}},
        {"id": "two", "then": {"opposes": {"leave": "strong"}}},
    ]
)
FACTORIAL = FactorialDesign(
    (change("a", drop=["one"]), change("b", drop=["two"]), Range("care", 1, 3))
)


def settings(family: FactorialDesign) -> list[tuple[int, ...]]:
    """The setting of each variant."""
    labels = (one.label for one in family.of(POLICY))
    return [tuple(setting for _, setting in label.switches) for label in labels]


def test_a_factorial_tries_every_setting() -> None:
    """Each once, all off and at their least first."""
    assert [*product((0, 1), (0, 1), (1, 2, 3))] == settings(FACTORIAL)
    assert 12 == FACTORIAL.size(POLICY)


def test_what_is_on_is_changed() -> None:
    """And what is off is not; a weight that ranges counts."""
    made = {
        one.label.variant: varied(POLICY, "variant", one.edits)
        for one in FACTORIAL.of(POLICY)
    }
    variant = made["switches:0-1-3"]

    assert ["one"] == [rule.id for rule in variant.rules]
    assert (MethodName.WEIGHTED, 3) == (
        variant.method.name,
        variant.principle["care"].weight,
    )


def test_a_huge_factorial_is_counted_and_not_made() -> None:
    """Its size takes no longer than a small one's."""
    many = FactorialDesign(tuple(change(f"s{number}") for number in range(40)))

    assert 2**40 == many.size(POLICY)


@pytest.mark.parametrize("design", ["sobol", "latin"])
def test_a_seed_draws_the_same_settings(design: str) -> None:
    """And another seed others; as many as are asked for."""
    pytest.importorskip("scipy")
    drawn = FactorialDesign(FACTORIAL.switched, design, samples=24, seed=1)

    assert 24 == len(settings(drawn)) == drawn.size(POLICY)
    assert settings(drawn) == settings(attrs.evolve(drawn))
    assert settings(drawn) != settings(attrs.evolve(drawn, seed=2))
    assert {*settings(drawn)} <= {*settings(FACTORIAL)}


def test_a_latin_design_has_each_level_equally_often() -> None:
    """Of every switch."""
    pytest.importorskip("scipy")
    drawn = FactorialDesign(FACTORIAL.switched, "latin", samples=12)
    first, second, third = zip(*settings(drawn), strict=True)

    assert [6, 6] == [first.count(1), second.count(1)]
    assert [4, 4, 4] == [third.count(weight) for weight in (1, 2, 3)]


def test_a_sobol_design_is_balanced_at_powers_of_two() -> None:
    """Half of the first sixteen settings have a switch on."""
    pytest.importorskip("scipy")
    drawn = FactorialDesign(FACTORIAL.switched[:2], "sobol", samples=16)

    assert [8, 8] == [column.count(1) for column in zip(*settings(drawn), strict=True)]


def test_without_scipy_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is told."""
    monkeypatch.setitem(sys.modules, "scipy.stats.qmc", None)
    drawn = FactorialDesign(FACTORIAL.switched, "latin", samples=2)

    with pytest.raises(AnalysisError, match="BE805") as refused:
        settings(drawn)
    assert "boundaryethics[stats]" in str(refused.value)


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (FactorialDesign(()), ["no switches"]),
        (FactorialDesign((change("a"), change("a"))), ["`a` is named twice"]),
        (
            FactorialDesign((Range("care", 0, 1), Range("care", 2, 3))),
            ["`care` is named twice"],
        ),
        (FactorialDesign((Range("cair", 2, 1),)), ["no principle `cair`", "no weight"]),
        (FactorialDesign((change("a"),), "grid"), ["`grid` is none of the designs"]),
        (FactorialDesign((change("a"),), "latin"), ["a number of samples"]),
        (FactorialDesign((change("a"),), "sobol", samples=0), ["a number of samples"]),
        (FactorialDesign((change("a"),), samples=5), ["draws no samples"]),
        (FactorialDesign((change("a"),), "latin", samples=5, seed=-1), ["seed `-1`"]),
    ],
)
def test_what_cannot_be_tried_is_told(
    family: FactorialDesign, expected: list[str]
) -> None:
    """Each problem, in the words of policies."""
    problems = [one.message for one in family.problems(POLICY)]

    assert len(expected) == len(problems)
    assert all(text in told for text, told in zip(expected, problems, strict=True))
