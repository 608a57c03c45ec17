"""Families of variants: their variants, their sizes, and the policies they fit."""

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


def labels_of(family: Family) -> list[tuple[str, ...]]:
    """Return the name, part and values of each variant."""
    labels = [one.label for one in family.of(POLICY)]
    return [(one.variant, one.part, one.before, one.after) for one in labels]


def test_drop_rules_has_a_variant_for_each_rule() -> None:
    """All rules come in the order of the policy, or only the listed ones."""
    assert ["drop:one", "drop:two"] == [name for name, *_ in labels_of(DropRules())]
    assert ["drop:two"] == [name for name, *_ in labels_of(DropRules(("two",)))]
    assert DropRules(("two",)) == DropRules("two")


def test_each_strength_goes_one_level_up_and_one_down() -> None:
    """The strongest only goes down, the weakest only up; bans have no strength."""
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

    assert expected == labels_of(VaryStrengths())


def test_only_one_strength_changes_per_variant() -> None:
    """The other reasons of the rule stay the same."""
    last = list(VaryStrengths().of(POLICY))[-1]
    rule = varied(POLICY, "variant", last.edits).rule["two"]

    assert {"leave": "strong", "decline": "moderate"} == dict(rule.then.opposes)


def test_each_weight_takes_all_values_of_the_range() -> None:
    """If the base uses another method, the variants use the weighted one."""
    made = [varied(POLICY, "v", one.edits) for one in VaryWeights(0, 4, 2).of(POLICY)]

    assert {MethodName.WEIGHTED} == {one.method.name for one in made}
    assert [(0, 2), (2, 2), (4, 2), (1, 0), (1, 2), (1, 4)] == [
        (one.principle["care"].weight, one.principle["truth"].weight) for one in made
    ]


def test_a_family_of_methods_has_each_other_method() -> None:
    """The method of the base is left out."""
    assert ["weighted", "lexicographic"] == [
        after for *_, after in labels_of(Methods())
    ]


def test_custom_changes_are_a_family() -> None:
    """Each change keeps its name."""
    family = Listed((change("a", drop=["one"]), change("b", drop=["two"])))

    assert ["own:a", "own:b"] == [name for name, *_ in labels_of(family)]


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
def test_size_is_the_number_of_variants(family: Family) -> None:
    """Each variant has a unique name."""
    for policy in (POLICY, load_policy("apa-2017")):
        names = [one.label.variant for one in family.of(policy)]

        assert [] == [*family.problems(policy)]
        assert family.size(policy) == len(names) == len({*names})


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        (
            DropRules(("oen", "one", "one")),
            ["no rule `oen`", "duplicate rule `one`"],
        ),
        (VaryStrengths(("tow",)), ["the policy has no rule `tow`"]),
        (VaryWeights(-1, 3), ["must not be negative"]),
        (VaryWeights(3, 1), ["is empty"]),
        (VaryWeights(0, 1, 0), ["the step `0`"]),
        (VaryWeights(0, 1, 1, ("cair",)), ["the policy has no principle `cair`"]),
        (VaryWeights("half", 1), ["must be numbers"]),
        (Listed((change("a"), change("a"))), ["duplicate change `a`"]),
    ],
)
def test_invalid_families_are_rejected(family: Family, expected: list[str]) -> None:
    """Each problem has its message."""
    problems = [one.message for one in family.problems(POLICY)]

    assert len(expected) == len(problems)
    assert all(text in found for text, found in zip(expected, problems, strict=True))
