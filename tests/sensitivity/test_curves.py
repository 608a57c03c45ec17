"""Curves and maps count the rankings that change with one weight or two."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.model.policy import Policy
from boundaryethics.sensitivity import weight_curve, weight_map, weight_shares
from support.charts import data_of
from support.small_policies import policy_of


def two_sides(care: int | None = None) -> Policy:
    """Make a policy where declining leads by 3 `care`, less 1 `other` in danger."""
    rules: list[dict[str, Any]] = [
        {
            "id": "kind",
            "when": {"contact": "message"},
            "principle": "care",
            "then": {"favors": {"decline": "strong"}},
        },
        {
            "id": "quiet",
            "when": {"danger": "yes"},
            "principle": "other",
            "then": {"opposes": {"decline": "weak"}},
        },
    ]
    weights = {"other": {"weight": 2}}
    if care is not None:
        weights["care"] = {"weight": care}
    return policy_of(rules, principles=weights, ranking={"method": "weighted"})


def test_a_curve_is_piecewise_constant_with_exact_breaks() -> None:
    """The two rules tie at 2/3, in 3 of 27 situations."""
    curve = weight_curve(two_sides(), "care")

    assert 27 == curve.total
    assert ["[0, 0]", "(0, 2/3]", "(2/3, 3]"] == [one.interval for one in curve.pieces]
    assert [9, 3, 0] == [one.ranking for one in curve.pieces]
    assert "(2/3, 3]" == curve.stable.interval == curve.stable_first
    assert 3 == curve.at("1/2").ranking == curve.at(0.5).first


def test_opposing_rules_with_the_same_condition_are_both_weighed() -> None:
    """Beyond a weight of 3, `up` outweighs `always` and `down` together."""
    both, declines = {"danger": "yes", "contact": "message"}, {"decline": "weak"}
    rules: list[dict[str, Any]] = [
        {"id": "always", "principle": "care", "then": {"opposes": declines}},
        {"id": "up", "when": both, "principle": "up", "then": {"favors": declines}},
        {
            "id": "down",
            "when": both,
            "principle": "down",
            "then": {"opposes": declines},
        },
    ]
    weights = {"care": {"weight": 2}, "up": {"weight": 1}, "down": {"weight": 1}}
    policy = policy_of(rules, principles=weights, ranking={"method": "weighted"})
    curve = weight_curve(policy, "up", high=4)

    assert [0, 3, 3] == [curve.at(weight).ranking for weight in ("2.9", 3, "3.1")]


def test_sums_of_many_rules_are_limited() -> None:
    """Each rule's points have 45 bits at a weight of 1 + 1/2**44, and 40 add up."""
    rules = [
        {"id": f"r{n}", "then": {"favors": {"decline": "weak"}}} for n in range(40)
    ]
    weights = {"other": {"weight": 1}}
    alone, all_of_them = (
        policy_of(some, principles=weights, ranking={"method": "weighted"})
        for some in (rules[:2], rules)
    )
    high = 1 + Fraction(1, 2**44)

    assert weight_curve(alone, "other", high=high).total
    with pytest.raises(AnalysisError, match="BE"):
        weight_curve(all_of_them, "other", high=high)


def test_a_population_has_its_own_shares() -> None:
    """If all facts are known, a quarter of the situations has both."""
    curve = weight_curve(two_sides(), "care", over="known")
    likely = weight_curve(
        two_sides(), "care", over={"danger": {"yes": "0.1", "no": "0.9"}}
    )

    assert (2, 8) == (curve.at("1/2").ranking, curve.total)
    assert Fraction(1, 20) == likely.at("1/2").ranking
    assert "probabilities" in str(likely)


def test_the_table_of_changed_weights() -> None:
    """Halving `care` changes nothing, because the rules tie only at 2/3."""
    found = weight_shares(two_sides())
    care, other = found.shares

    assert ("(2/3, 2]", "[1, 3)") == (care.stable, other.stable)
    assert 3 == care.ranking["-50%"] == other.ranking["x2"] == other.ranking["+50%"]
    assert 0 == care.ranking["x2"] == other.first["-10%"]
    assert 2 == len(found.to_frame())
    assert "11.111%" in str(found)
    assert data_of(found.chart())


def test_a_weight_of_0_is_not_varied() -> None:
    """The table and the chart say so, because any factor of 0 is 0."""
    found = weight_shares(two_sides(care=0))
    (care,) = (one for one in found.shares if one.principle == "care")

    assert {} == care.ranking
    assert "a weight of 0 is not varied" in str(found)
    assert "a weight of 0" not in str(weight_shares(two_sides()))
    assert "not varied: 1 weight of 0" in str(found.chart().to_dict()["title"])


def test_a_map_counts_changes_at_each_point() -> None:
    """Along a line through the origin, nothing changes."""
    found = weight_map(two_sides(), ["care", "other"], steps=5)

    assert 25 == len(found.cells)
    assert 0 == found.at(2, 4).ranking == found.at("1/2", 1).ranking
    assert 3 == found.at("1/2", 2).ranking == found.at("1/2", 2).first
    assert "(2/3" not in str(found)
    assert 25 == len(found.to_frame())
    assert data_of(found.chart())


def test_results_convert_to_text_data_and_charts() -> None:
    """The data frame has numbers, and plain data has exact fractions."""
    curve = weight_curve(two_sides(), "care", high=2)
    data = curve.to_dict()

    assert {"numerator": 2, "denominator": 3} == data["pieces"][1]["high"]
    assert "(2/3, 2]" == data["stable"]
    assert 3 == len(curve.to_frame())
    assert data_of(curve.chart())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"low": 2}, "BE874"),
        ({"high": "1/2"}, "BE874"),
        ({"high": "much"}, "BE821"),
        ({"low": -1}, "BE821"),
    ],
)
def test_the_range_must_contain_the_weight_of_the_policy(asked: Any, code: str) -> None:
    """Otherwise the curve would not include zero changes."""
    with pytest.raises(AnalysisError, match=code):
        weight_curve(two_sides(), "care", **asked)


def test_unknown_principles_and_invalid_points_are_rejected() -> None:
    """A map needs two principles and a grid."""
    with pytest.raises(AnalysisError, match="BE802"):
        weight_curve(two_sides(), "cares")
    with pytest.raises(AnalysisError, match="BE874"):
        weight_curve(two_sides(), "care").at(7)
    for names, steps in ((["care", "care"], 3), (["care"], 3), (["care", "other"], 1)):
        with pytest.raises(AnalysisError, match="BE874"):
            weight_map(two_sides(), names, steps=steps)
    with pytest.raises(AnalysisError, match="BE874"):
        weight_map(two_sides(), ["care", "other"]).at(7, 7)


def test_curves_need_a_weighted_policy() -> None:
    """The weights of other policies have no effect."""
    with pytest.raises(AnalysisError, match="BE820"):
        weight_curve(policy_of(), "care")
