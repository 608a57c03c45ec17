"""Sensitivity of the rankings of a policy to its weights and strengths."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from boundaryethics.errors import AnalysisError, SituationError
from boundaryethics.mdd import score_vectors
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.sensitivity import (
    WeightRange,
    WeightSensitivity,
    strength_sensitivity,
    weight_sensitivity,
)
from support.charts import data_of
from support.small_policies import VOCABULARY, policy_of

DANGER, CONTACT = {"danger": "yes"}, {"contact": "message"}
OTHER = {"weight": 2, "title": "Other"}


def rule(
    name: str, when: dict[str, Any], principle: str, **then: Any
) -> dict[str, Any]:
    """Make a rule."""
    return {"id": name, "when": when, "principle": principle, "then": then}


def weighing(*rules: dict[str, Any]) -> Policy:
    """Make a weighted policy: `care` has weight 1, and `other` has weight 2."""
    return policy_of(rules, principles={"other": OTHER}, ranking={"method": "weighted"})


def two_sides() -> Policy:
    """Make a policy where declining leads by 3 `care`, less 1 `other` in danger."""
    return weighing(
        rule("kind", CONTACT, "care", favors={"decline": "strong"}),
        rule("quiet", DANGER, "other", opposes={"decline": "weak"}),
    )


def of(found: WeightSensitivity, principle: str) -> WeightRange:
    """Return the range of one principle."""
    return next(one for one in found.ranges if one.principle == principle)


def test_a_range_ends_where_the_lead_is_lost() -> None:
    """One point at weight 3 balances 3 points at weight 1."""
    found = weight_sensitivity(two_sides())

    assert (Fraction(0), Fraction(3)) == (
        of(found, "other").low.at,
        getattr(of(found, "other").high, "at", None),
    )
    assert Fraction(2, 3) == of(found, "care").low.at
    assert of(found, "care").high is None


def test_an_end_has_its_situation_and_its_rules() -> None:
    """The two rules oppose each other only if both facts are known."""
    turning = of(weight_sensitivity(two_sides()), "care").low.turning

    assert turning is not None
    assert {**CONTACT, **DANGER} == turning.situation.known()
    assert Option.DECLINE == turning.above
    assert ("kind",) == turning.rules


def test_the_nearest_weights_by_l1_change_the_weight_with_most_points() -> None:
    """A third of `care` balances the one point of `other`."""
    near = weight_sensitivity(two_sides()).nearest_l1

    assert near is not None
    assert (("care", Fraction(1), Fraction(2, 3)),) == near.moves
    assert Fraction(1, 3) == near.total


def test_the_nearest_weights_by_l2_change_all_weights_with_points() -> None:
    """Each weight changes in proportion to its points, 3 and -1."""
    near = weight_sensitivity(two_sides()).nearest_l2

    assert near is not None
    assert Fraction(1, 10) == near.squared
    assert {"care": Fraction(7, 10), "other": Fraction(21, 10)} == {
        name: after for name, _, after in near.moves
    }


def test_a_tie_by_points_fixes_a_weight() -> None:
    """2 points of weight 1 tie with 1 of weight 2, until either weight changes."""
    found = weight_sensitivity(
        weighing(
            rule("kind", {}, "care", favors={"decline": "moderate"}),
            rule("quiet", {}, "other", favors={"ignore": "weak"}),
        )
    )
    care = of(found, "care")

    assert care.tie is not None
    assert {Option.DECLINE, Option.IGNORE} == {care.tie.above, care.tie.below}
    assert care.contains(Fraction(1))
    assert not care.contains(Fraction(101, 100))
    assert care.keeps_strict_orders(Fraction(101, 100))
    assert "only 1" == care.kept
    assert not found.region.contains({"care": 2})
    assert found.region.contains({"care": 2, "other": 4})
    assert 1 == len(found.region.ties)


def test_options_without_points_tie_at_any_weights() -> None:
    """Options that no rule supports or opposes fix no weight."""
    found = weight_sensitivity(
        weighing(rule("kind", {}, "care", favors={"decline": "strong"}))
    )

    assert "(0, ∞)" == of(found, "care").kept
    assert ["care"] == [one.principle for one in found.ranges]


def test_status_does_not_depend_on_weights() -> None:
    """A forbidden option stays last at any weights."""
    found = weight_sensitivity(
        weighing(
            rule("never", {}, "care", forbids=["continue"]),
            rule("kind", {}, "care", favors={"continue": "strong"}),
        )
    )

    assert "[0, ∞)" == of(found, "care").kept
    assert found.nearest_l1 is None
    assert found.nearest_l2 is None


@pytest.mark.parametrize(("one", "other"), [(DANGER, CONTACT), (CONTACT, DANGER)])
def test_options_required_twice_stay_required(
    one: dict[str, str], other: dict[str, str]
) -> None:
    """Two required options are compared, even if another rule requires one too."""
    found = weight_sensitivity(
        weighing(
            rule("both", one, "care", requires=["decline", "leave"]),
            rule("again", other, "care", requires=["decline"]),
            rule("kind", {**one, **other}, "other", favors={"decline": "weak"}),
        )
    )

    assert "(0, ∞)" == of(found, "other").kept


def test_the_smallest_ratio_is_not_always_the_nearest_bound() -> None:
    """The lead with the smallest ratio of score to slope is not the nearest one."""
    policy = policy_of(
        [
            rule("kind", CONTACT, "care", favors={"decline": "strong"}),
            rule("firm", CONTACT, "other", favors={"decline": "weak"}),
            rule("calm", DANGER, "other", favors={"decline": "moderate"}),
        ],
        principles={"other": {"weight": 4}},
        ranking={
            "method": "weighted",
            "points": {"strong": 6, "moderate": 2, "weak": 1},
        },
    )
    found = weight_sensitivity(policy)

    assert found.nearest_l1 is not None
    assert found.nearest_l2 is not None
    assert (("other", Fraction(4), Fraction(0)),) == found.nearest_l1.moves
    assert found.nearest_l1.moves == found.nearest_l2.moves
    assert DANGER == found.nearest_l1.turning.situation.known()


def test_sensitivity_of_a_policy_without_rules_is_empty() -> None:
    """Without rules, no weight and no strength can change."""
    empty = weighing()

    assert () == weight_sensitivity(empty).ranges
    assert weight_sensitivity(empty).region.contains({})
    assert () == strength_sensitivity(empty).moves
    assert strength_sensitivity(empty).largest is None


def test_where_limits_the_situations() -> None:
    """Without danger no rule opposes declining."""
    found = weight_sensitivity(two_sides(), where={"danger": "no"})

    assert ["care", "other"] == [one.principle for one in found.ranges]
    assert "(0, ∞)" == of(found, "care").kept
    assert "[0, ∞)" == of(found, "other").kept
    assert VOCABULARY["danger"].all_values.count("no") * 9 == found.total


def test_a_policy_of_another_method_is_rejected() -> None:
    """The error advises how to make it weighted."""
    with pytest.raises(AnalysisError, match="ranking: weighted") as refused:
        weight_sensitivity("apa-2017")

    assert ["BE820"] == [problem.code for problem in refused.value.problems]


def test_undeclared_facts_are_rejected() -> None:
    """The error names the unknown fact."""
    with pytest.raises(SituationError, match="dangr"):
        weight_sensitivity(two_sides(), where={"dangr": "yes"})


def test_too_many_sums_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error advises limiting some facts."""
    monkeypatch.setattr(score_vectors, "MOST_SUMS", 1)

    with pytest.raises(
        AnalysisError, match="narrow the question with `where`"
    ) as refused:
        weight_sensitivity(two_sides())

    assert ["BE601"] == [problem.code for problem in refused.value.problems]


def test_points_too_large_to_be_added_are_rejected() -> None:
    """The error prevents a silent overflow."""
    huge = policy_of(
        [rule("kind", {}, "care", favors={"decline": "strong"})],
        ranking={"method": "weighted", "points": {"strong": 1 << 50}},
    )

    with pytest.raises(AnalysisError, match="BE602"):
        weight_sensitivity(huge)


@pytest.mark.parametrize(
    "weight", [-1, Fraction(-1, 3), float("nan"), float("inf"), "2", True, None]
)
def test_invalid_weights_are_rejected(weight: Any) -> None:
    """A weight must be a number of 0 or more."""
    region = weight_sensitivity(two_sides()).region

    with pytest.raises(AnalysisError, match="must be a nonnegative number") as refused:
        region.contains({"care": weight})

    assert ["BE821"] == [problem.code for problem in refused.value.problems]


def test_a_principle_without_rules_has_no_weight() -> None:
    """The error suggests the nearest name, and lists all problems."""
    region = weight_sensitivity(two_sides()).region

    with pytest.raises(AnalysisError, match="did you mean `care`") as refused:
        region.keeps_strict_orders({"caer": 1, "other": -1})

    assert ["BE822", "BE821"] == [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("weight", [1, 1.5, Fraction(3, 2), Decimal("1.5"), 10**30])
def test_weights_are_exact_numbers_of_any_kind(weight: Any) -> None:
    """A region accepts integers, fractions, decimals and floats of any size."""
    assert weight_sensitivity(two_sides()).region.contains({"care": weight})


def test_a_region_is_exact_at_its_boundary() -> None:
    """A lead is lost on the boundary, and kept a tiny fraction inside it."""
    region = weight_sensitivity(two_sides()).region

    assert not region.contains({"care": Fraction(2, 3)})
    assert region.contains({"care": Fraction(2, 3) + Fraction(1, 10**40)})


def test_floats_are_read_as_decimals() -> None:
    """3 times 0.1 is 0.3 and the lead is lost, although the binary product differs."""
    region = weight_sensitivity(two_sides()).region

    assert not region.contains({"care": 0.1, "other": 0.3})
    assert region.contains({"care": 0.1, "other": 0.2999})


def test_weight_sensitivity_converts_to_all_formats() -> None:
    """The result has text, HTML, plain data, a data frame and a chart."""
    found = weight_sensitivity(two_sides())

    assert "care            1  (2/3, ∞)            (2/3, ∞)" in str(found)
    assert "<td>(2/3, ∞)</td>" in found._repr_html_()
    low = found.to_dict()["ranges"][0]["low"]
    assert ({"numerator": 2, "denominator": 3}, True) == (low["at"], low["open"])
    assert [float("inf"), 3.0] == list(found.to_frame()["high"])
    assert ("care", 1) in data_of(found.chart(), "row", "value")


def test_strength_sensitivity_converts_to_all_formats() -> None:
    """The result has text, HTML, plain data, a data frame and a chart."""
    found = strength_sensitivity(two_sides())

    assert "strong -> moderate" in str(found)
    assert "<td>favors decline</td>" in found._repr_html_()
    assert {"rule", "pull", "before", "after"} < found.to_dict()["moves"][0].keys()
    assert len(found.moves) == len(found.to_frame())
    assert data_of(found.chart(), "row", "value")


def test_a_strength_matters_only_where_its_rule_applies() -> None:
    """Opposing moderately costs four points, so a lead of one is lost."""
    found = strength_sensitivity(two_sides())
    up = next(move for move in found.moves if move.rule == "quiet")

    assert up.up
    assert (3, 3) == (up.ranking, up.first)
    assert {**CONTACT, **DANGER} == (up.witness and up.witness.known())


def test_progress_is_reported() -> None:
    """Progress counts pairs of options, and changes of strengths."""
    seen: list[tuple[int, int]] = []
    weight_sensitivity(two_sides(), progress=lambda *done: seen.append(done))
    strength_sensitivity(two_sides(), progress=lambda *done: seen.append(done))

    assert [*((n, 6) for n in range(1, 7)), (1, 2), (2, 2)] == seen


def test_the_chart_shows_the_same_brackets_as_the_text() -> None:
    """An excluded end has a round bracket; ties have a note and a subtitle."""
    tied = weight_sensitivity(
        weighing(
            rule("kind", {}, "care", favors={"decline": "moderate"}),
            rule("quiet", {}, "other", favors={"ignore": "weak"}),
        )
    )

    assert ("care", "1.00  (0.67, \N{INFINITY})") in data_of(
        weight_sensitivity(two_sides()).chart(), "row", "text"
    )
    assert [f"{one.weight}  {one.ordered}  {one.kept}" for one in tied.ranges] == [
        text for (text,) in data_of(tied.chart(), "text")
    ]
    assert "only 1" == of(tied, "care").kept
    assert '"only": options are tied' in str(tied.chart().to_dict()["title"])


def test_regions_and_nearest_weights_have_short_text() -> None:
    """A region prints no arrays; the nearest weights print as a sentence."""
    found = weight_sensitivity(two_sides())

    assert "<Region of 2 weights>" == repr(found.region)
    assert str(found.nearest_l1).startswith("care 1 -> 2/3: decline and ")
