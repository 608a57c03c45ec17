"""Switches, and the settings in each design."""

from __future__ import annotations

import sys
from collections import Counter
from fractions import Fraction
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


def settings(family: FactorialDesign) -> list[tuple[int | Fraction, ...]]:
    """Return the setting of each variant."""
    labels = (one.label for one in family.of(POLICY))
    return [tuple(setting for _, setting in label.switches) for label in labels]


def test_a_factorial_has_every_setting_once() -> None:
    """In the first one, switches are off and weights are at their minimum."""
    assert [*product((0, 1), (0, 1), (1, 2, 3))] == settings(FACTORIAL)
    assert 12 == FACTORIAL.size(POLICY)


def test_only_switches_that_are_on_change_the_base() -> None:
    """A weight from a range changes it too."""
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


def test_a_huge_factorial_is_counted_without_making_it() -> None:
    """Computing the size takes as long as for a small one."""
    many = FactorialDesign(tuple(change(f"s{number}") for number in range(40)))

    assert 2**40 == many.size(POLICY)


@pytest.mark.parametrize("design", ["random", "sobol", "latin"])
def test_the_same_seed_gives_the_same_settings(design: str) -> None:
    """Another seed gives others, and `samples` is their number."""
    pytest.importorskip("scipy")
    drawn = FactorialDesign(FACTORIAL.switched, design, samples=24, seed=1)

    assert 24 == len(settings(drawn)) == drawn.size(POLICY)
    assert settings(drawn) == settings(attrs.evolve(drawn))
    assert settings(drawn) != settings(attrs.evolve(drawn, seed=2))
    assert {*settings(drawn)} <= {*settings(FACTORIAL)}


def test_a_latin_design_has_each_level_equally_often() -> None:
    """Every switch has each of its levels equally often."""
    pytest.importorskip("scipy")
    drawn = FactorialDesign(FACTORIAL.switched, "latin", samples=12)
    first, second, third = zip(*settings(drawn), strict=True)

    assert [6, 6] == [first.count(1), second.count(1)]
    assert [4, 4, 4] == [third.count(weight) for weight in (1, 2, 3)]


def test_a_random_design_has_independent_levels() -> None:
    """All combinations of levels are equally likely, by a chi-squared test."""
    stats = pytest.importorskip("scipy.stats")
    drawn = FactorialDesign(FACTORIAL.switched, "random", samples=1_200)
    counts = Counter(settings(drawn))

    assert {*counts} == {*settings(FACTORIAL)}
    assert stats.chisquare([*counts.values()]).pvalue > 0.01


def test_a_sobol_design_is_balanced_at_powers_of_two() -> None:
    """Half of the first sixteen settings have a switch on."""
    pytest.importorskip("scipy")
    drawn = FactorialDesign(FACTORIAL.switched[:2], "sobol", samples=16)

    assert [8, 8] == [column.count(1) for column in zip(*settings(drawn), strict=True)]


def test_sampled_designs_need_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra to install."""
    monkeypatch.setitem(sys.modules, "scipy.stats.qmc", None)
    drawn = FactorialDesign(FACTORIAL.switched, "latin", samples=2)

    with pytest.raises(AnalysisError, match="BE805") as refused:
        settings(drawn)
    assert "boundaryethics[stats]" in str(refused.value)
    assert 2 == len(settings(attrs.evolve(drawn, design="random")))


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (FactorialDesign(()), ["no switches"]),
        (FactorialDesign((change("a"), change("a"))), ["duplicate switch `a`"]),
        (
            FactorialDesign((Range("care", 0, 1), Range("care", 2, 3))),
            ["duplicate switch `care`"],
        ),
        (FactorialDesign((Range("cair", 2, 1),)), ["no principle `cair`", "is empty"]),
        (
            FactorialDesign((change("a"),), "grid"),
            ["unknown design `grid`"],
        ),
        (FactorialDesign((change("a"),), "latin"), ["the number of samples"]),
        (
            FactorialDesign((change("a"),), "sobol", samples=0),
            ["the number of samples"],
        ),
        (FactorialDesign((change("a"),), samples=5), ["has no samples"]),
        (FactorialDesign((change("a"),), "latin", samples=5, seed=-1), ["seed `-1`"]),
    ],
)
def test_invalid_designs_are_rejected(
    family: FactorialDesign, expected: list[str]
) -> None:
    """Each problem has its message."""
    problems = [one.message for one in family.problems(POLICY)]

    assert len(expected) == len(problems)
    assert all(text in found for text, found in zip(expected, problems, strict=True))
