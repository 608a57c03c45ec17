"""Families: which variants they have, how many, and of which policies."""

from __future__ import annotations

import pytest

from boundaryethics.model.rules import MethodName
from boundaryethics.policies import load_policy
from boundaryethics.variants import (
    DropRules,
    Methods,
    VaryStrengths,
    VaryWeights,
    change,
)
from boundaryethics.variants.designs import Family, Listed
from boundaryethics.variants.edits import varied
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {"id": "one", "then": {"favors": {"leave": "moderate"}, "forbids": "ignore"}},
        {"id": "two", "then": {"opposes": {"leave": "strong", "decline": "weak"}}},
    ],
    principles={"truth": {"weight": 2}},
)


def told(family: Family) -> list[tuple[str, ...]]:
    """What each variant says of itself."""
    labels = [one.label for one in family.of(POLICY)]
    return [(one.variant, one.part, one.before, one.after) for one in labels]


def test_each_rule_is_dropped() -> None:
    """In the order of the policy, or those that are named."""
    assert ["drop:one", "drop:two"] == [name for name, *_ in told(DropRules())]
    assert ["drop:two"] == [name for name, *_ in told(DropRules(("two",)))]
    assert DropRules(("two",)) == DropRules("two")


def test_each_strength_goes_one_up_and_one_down() -> None:
    """As far as there is a next one; bans have no strength."""
    expected = [
        ("strengths:one:favors-leave:strong", "favors leave", "moderate", "strong"),
        ("strengths:one:favors-leave:weak", "favors leave", "moderate", "weak"),
        ("strengths:two:opposes-leave:moderate", "opposes leave", "strong", "moderate"),
        (
            "strengths:two:opposes-decline:moderate",
            "opposes decline",
            "weak",
            "moderate",
        ),
    ]

    assert expected == told(VaryStrengths())


def test_one_strength_moves_and_nothing_else() -> None:
    """The other reasons of the rule stay as they are."""
    last = list(VaryStrengths().of(POLICY))[-1]
    rule = varied(POLICY, "variant", last.edits).rule["two"]

    assert {"leave": "strong", "decline": "moderate"} == dict(rule.then.opposes)


def test_each_weight_runs_over_the_range() -> None:
    """By the weighted method, which a base of another method gets."""
    made = [varied(POLICY, "v", one.edits) for one in VaryWeights(0, 4, 2).of(POLICY)]

    assert {MethodName.WEIGHTED} == {one.method.name for one in made}
    assert [(0, 2), (2, 2), (4, 2), (1, 0), (1, 2), (1, 4)] == [
        (one.principle["care"].weight, one.principle["truth"].weight) for one in made
    ]


def test_each_other_method_is_tried() -> None:
    """The base's own is no variant."""
    assert ["weighted", "lexicographic"] == [after for *_, after in told(Methods())]


def test_changes_of_ones_own_are_a_family() -> None:
    """Under their names."""
    family = Listed((change("a", drop=["one"]), change("b", drop=["two"])))

    assert ["own:a", "own:b"] == [name for name, *_ in told(family)]


@pytest.mark.parametrize(
    "family",
    [
        DropRules(),
        VaryStrengths(),
        VaryWeights(0, 3),
        Methods(),
        Listed((change("a"),)),
    ],
    ids=lambda family: str(family.name),
)
def test_size_is_told_before_any_is_made(family: Family) -> None:
    """It is the number of variants, each with a name of its own."""
    for policy in (POLICY, load_policy("apa-2017")):
        names = [one.label.variant for one in family.of(policy)]

        assert [] == [*family.problems(policy)]
        assert family.size(policy) == len(names) == len({*names})


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (DropRules(("oen", "one", "one")), ["no rule `oen`", "`one` is named twice"]),
        (VaryStrengths(("tow",)), ["no rule `tow`"]),
        (VaryWeights(-1, 3), ["below zero"]),
        (VaryWeights(3, 1), ["no weight"]),
        (VaryWeights(0, 1, 0), ["steps of `0`"]),
        (VaryWeights(0, 1, 1, ("cair",)), ["no principle `cair`"]),
        (VaryWeights(0.5, 1), ["no whole numbers"]),  # type: ignore[arg-type]
        (Listed((change("a"), change("a"))), ["`a` is named twice"]),
    ],
)
def test_what_fits_no_base_is_told(family: Family, expected: list[str]) -> None:
    """Each problem, in the words of policies."""
    problems = [one.message for one in family.problems(POLICY)]

    assert len(expected) == len(problems)
    assert all(text in told for text, told in zip(expected, problems, strict=True))
