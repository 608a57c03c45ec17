"""Sensitivities: what the rankings of a policy hang on."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from boundaryethics.errors import AnalysisError, SituationError
from boundaryethics.mdd import score_vectors
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.sensitivity.weights import WeightRange, WeightSensitivity
from boundaryethics.variants import strength_sensitivity, weight_sensitivity
from support.charts import data_of
from support.small_policies import VOCABULARY, policy_of

DANGER, CONTACT = {"danger": "yes"}, {"contact": "message"}
OTHER = {"weight": 2, "title": "Other"}


def rule(
    name: str, when: dict[str, Any], principle: str, **then: Any
) -> dict[str, Any]:
    """A rule."""
    return {"id": name, "when": when, "principle": principle, "then": then}


def weighing(*rules: dict[str, Any]) -> Policy:
    """A policy that weighs `care`, which has weight 1, and `other`, which has 2."""
    return policy_of(rules, principles={"other": OTHER}, ranking={"method": "weighted"})


def two_sides() -> Policy:
    """Declining leads by three points of `care`, less one of `other` in danger."""
    return weighing(
        rule("kind", CONTACT, "care", favors={"decline": "strong"}),
        rule("quiet", DANGER, "other", opposes={"decline": "weak"}),
    )


def of(found: WeightSensitivity, principle: str) -> WeightRange:
    """The range of one principle."""
    return next(one for one in found.ranges if one.principle == principle)


def test_a_range_ends_where_the_lead_is_lost() -> None:
    """3 points at weight 1 are lost to one point at weight 3; to 2 points of 2/3."""
    found = weight_sensitivity(two_sides())

    assert (Fraction(0), Fraction(3)) == (
        of(found, "other").low.at,
        getattr(of(found, "other").high, "at", None),
    )
    assert Fraction(2, 3) == of(found, "care").low.at
    assert of(found, "care").high is None


def test_an_end_names_its_situation_and_its_rules() -> None:
    """Both facts have to be known for the two rules to speak against each other."""
    turning = of(weight_sensitivity(two_sides()), "care").low.turning

    assert turning is not None
    assert {**CONTACT, **DANGER} == turning.situation.known()
    assert Option.DECLINE == turning.above
    assert ("kind",) == turning.rules


def test_the_nearest_weights_nearest_l1_change_what_counts_most() -> None:
    """A third of `care` is worth the one point that `other` is behind."""
    near = weight_sensitivity(two_sides()).nearest_l1

    assert near is not None
    assert (("care", Fraction(1), Fraction(2, 3)),) == near.moves
    assert Fraction(1, 3) == near.total


def test_the_nearest_weights_nearest_l2_change_all_that_count() -> None:
    """Each in proportion to its points: 3 and -1, of which 10 are to make up for 1."""
    near = weight_sensitivity(two_sides()).nearest_l2

    assert near is not None
    assert Fraction(1, 10) == near.squared
    assert {"care": Fraction(7, 10), "other": Fraction(21, 10)} == {
        name: after for name, _, after in near.moves
    }


def test_a_tie_by_points_holds_a_weight_where_it_is() -> None:
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


def test_a_tie_of_nothing_holds_nothing() -> None:
    """Options of which nobody speaks share a place whatever the weights."""
    found = weight_sensitivity(
        weighing(rule("kind", {}, "care", favors={"decline": "strong"}))
    )

    assert "(0, ∞)" == of(found, "care").kept
    assert ["care"] == [one.principle for one in found.ranges]


def test_standing_is_not_weighed() -> None:
    """What is forbidden stays last by whatever weight."""
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
def test_what_is_required_twice_stays_required(
    one: dict[str, str], other: dict[str, str]
) -> None:
    """Two options that are both required stay level, whatever else requires one."""
    found = weight_sensitivity(
        weighing(
            rule("both", one, "care", requires=["decline", "leave"]),
            rule("again", other, "care", requires=["decline"]),
            rule("kind", {**one, **other}, "other", favors={"decline": "weak"}),
        )
    )

    assert "(0, ∞)" == of(found, "other").kept


def test_the_soonest_bound_need_not_be_the_nearest() -> None:
    """6 points of weight 1 and 1 of 4 take 5 to lose; 2 of weight 4 take 4."""
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


def test_a_policy_without_rules_hangs_on_nothing() -> None:
    """There is no weight to change, and no strength to move."""
    empty = weighing()

    assert () == weight_sensitivity(empty).ranges
    assert weight_sensitivity(empty).region.contains({})
    assert () == strength_sensitivity(empty).moves
    assert strength_sensitivity(empty).largest is None


def test_given_asks_of_fewer_situations() -> None:
    """Without danger nothing speaks against declining."""
    found = weight_sensitivity(two_sides(), where={"danger": "no"})

    assert ["care", "other"] == [one.principle for one in found.ranges]
    assert "(0, ∞)" == of(found, "care").kept
    assert "[0, ∞)" == of(found, "other").kept
    assert VOCABULARY["danger"].all_values.count("no") * 9 == found.total


def test_a_policy_that_does_not_weigh_is_refused() -> None:
    """With the advice that makes it one that does."""
    with pytest.raises(AnalysisError, match="ranking: weighted") as refused:
        weight_sensitivity("apa-2017")

    assert ["BE820"] == [problem.code for problem in refused.value.problems]


def test_undeclared_facts_are_refused() -> None:
    """As everywhere."""
    with pytest.raises(SituationError, match="dangr"):
        weight_sensitivity(two_sides(), where={"dangr": "yes"})


def test_too_much_to_tell_apart_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how much it is, and the facts that make it less."""
    monkeypatch.setattr(score_vectors, "MOST_SUMS", 1)

    with pytest.raises(AnalysisError, match="confine some facts with `where`") as told:
        weight_sensitivity(two_sides())

    assert ["BE601"] == [problem.code for problem in told.value.problems]


def test_points_too_large_to_be_added_are_refused() -> None:
    """No number is rounded without a word."""
    huge = policy_of(
        [rule("kind", {}, "care", favors={"decline": "strong"})],
        ranking={"method": "weighted", "points": {"strong": 1 << 50}},
    )

    with pytest.raises(AnalysisError, match="too large to be added"):
        weight_sensitivity(huge)


@pytest.mark.parametrize(
    "weight", [-1, Fraction(-1, 3), float("nan"), float("inf"), "2", True, None]
)
def test_what_is_no_weight_is_refused(weight: Any) -> None:
    """Weights are numbers from zero up."""
    region = weight_sensitivity(two_sides()).region

    with pytest.raises(AnalysisError, match="no weight from zero up") as refused:
        region.contains({"care": weight})

    assert ["BE821"] == [problem.code for problem in refused.value.problems]


def test_a_principle_on_which_nobody_speaks_has_no_weight() -> None:
    """The nearest that does is named; all problems are told at once."""
    region = weight_sensitivity(two_sides()).region

    with pytest.raises(AnalysisError, match="did you mean `care`") as refused:
        region.keeps_strict_orders({"caer": 1, "other": -1})

    assert ["BE822", "BE821"] == [problem.code for problem in refused.value.problems]


@pytest.mark.parametrize("weight", [1, 1.5, Fraction(3, 2), Decimal("1.5"), 10**30])
def test_weights_are_exact_numbers_of_any_kind(weight: Any) -> None:
    """Whole numbers, fractions, decimals and floats, however large."""
    assert weight_sensitivity(two_sides()).region.contains({"care": weight})


def test_a_region_is_exact_at_its_edge() -> None:
    """On the edge a lead is lost; a hair inside it is not."""
    region = weight_sensitivity(two_sides()).region

    assert not region.contains({"care": Fraction(2, 3)})
    assert region.contains({"care": Fraction(2, 3) + Fraction(1, 10**40)})


def test_weights_show_themselves() -> None:
    """As text, as HTML, as plain data, as a frame and as a picture."""
    found = weight_sensitivity(two_sides())

    assert "care            1  (2/3, ∞)       (2/3, ∞)" in str(found)
    assert "<td>(2/3, ∞)</td>" in found._repr_html_()
    assert {"at": "2/3", "open": True}.items() <= found.to_dict()["ranges"][0][
        "low"
    ].items()
    assert [float("inf"), 3.0] == list(found.to_frame()["high"])
    assert ("care", 1) in data_of(found.chart(), "row", "value")


def test_strengths_show_themselves() -> None:
    """As text, as HTML, as plain data, as a frame and as a picture."""
    found = strength_sensitivity(two_sides())

    assert "strong -> moderate" in str(found)
    assert "<td>favors decline</td>" in found._repr_html_()
    assert {"rule", "pull", "before", "after"} < found.to_dict()["moves"][0].keys()
    assert len(found.moves) == len(found.to_frame())
    assert data_of(found.chart(), "row", "value")


def test_a_move_is_counted_where_its_rule_binds() -> None:
    """To oppose moderately costs four points: what was ahead by one falls behind."""
    found = strength_sensitivity(two_sides())
    up = next(move for move in found.moves if move.rule == "quiet")

    assert up.up
    assert (3, 3) == (up.ranking, up.first)
    assert {**CONTACT, **DANGER} == (up.witness and up.witness.known())


def test_progress_is_told() -> None:
    """Pair after pair of options, and move after move."""
    told: list[tuple[int, int]] = []
    weight_sensitivity(two_sides(), progress=lambda *done: told.append(done))
    strength_sensitivity(two_sides(), progress=lambda *done: told.append(done))

    assert [*((n, 6) for n in range(1, 7)), (1, 2), (2, 2)] == told


def test_the_picture_has_the_brackets_of_the_text() -> None:
    """An end that is out has a round one; what ties is said, beside and above."""
    tied = weight_sensitivity(
        weighing(
            rule("kind", {}, "care", favors={"decline": "moderate"}),
            rule("quiet", {}, "other", favors={"ignore": "weak"}),
        )
    )

    assert ("care", "1  (0.667, \N{INFINITY})") in data_of(
        weight_sensitivity(two_sides()).chart(), "row", "told"
    )
    assert [f"{one.weight}  {one.ordered}  {one.kept}" for one in tied.ranges] == [
        told for (told,) in data_of(tied.chart(), "told")
    ]
    assert "only 1" == of(tied, "care").kept
    assert "options tie by points" in str(tied.chart().to_dict()["title"])


def test_what_is_found_is_short_to_look_at() -> None:
    """No arrays, and a sentence for the nearest weights."""
    found = weight_sensitivity(two_sides())

    assert "<Region of 2 weights>" == repr(found.region)
    assert str(found.nearest_l1).startswith("care 1 -> 2/3: decline and ")
