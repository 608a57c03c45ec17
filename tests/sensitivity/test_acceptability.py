"""Rank acceptability of the options under uncertain weights (SMAA)."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.sensitivity import (
    RankAcceptability,
    acceptability,
    rank_acceptability,
)
from support.charts import data_of
from support.small_policies import policy_of

CONTACT = {"contact": "message"}


def weighing(*rules: dict[str, Any]) -> Policy:
    """Make a weighted policy of three principles."""
    named = [{**rule, "id": f"rule-{n}"} for n, rule in enumerate(rules)]
    return policy_of(
        named, principles={"other": {}, "third": {}}, ranking={"method": "weighted"}
    )


#: The points of continue, ignore, decline and leave on `care`, `other` and `third`
#: are 3 0 0, 1 2 2, 2 3 0 and 0 2 3.
THREE = (
    {
        "principle": "care",
        "then": {
            "favors": {"continue": "strong", "decline": "moderate", "ignore": "weak"}
        },
    },
    {
        "principle": "other",
        "then": {
            "favors": {"decline": "strong", "leave": "moderate", "ignore": "moderate"}
        },
    },
    {
        "principle": "third",
        "then": {"favors": {"leave": "strong", "ignore": "moderate"}},
    },
)


def favoring(matrix: Any) -> list[dict[str, Any]]:
    """Make rules that give each option the points of *matrix* on each principle."""
    strengths = dict(enumerate(("weak", "moderate", "strong"), 1))
    return [
        {
            "principle": principle,
            "then": {
                "favors": {
                    option.value: strengths[int(points)]
                    for option, points in zip(Option, column, strict=True)
                    if points
                }
            },
        }
        for principle, column in zip(("care", "other", "third"), matrix.T, strict=True)
        if column.any()
    ]


def by_draws(monkeypatch: pytest.MonkeyPatch, *given: Any, **asked: Any) -> Any:
    """Compute by Monte Carlo what the library computes exactly."""
    monkeypatch.setattr(acceptability, "EXACT", -1)
    return rank_acceptability(*given, **asked)


def indices(found: RankAcceptability) -> Any:
    """Return the matrix of the indices."""
    return np.array([one.ranks for one in found.options])


def test_exact_indices_equal_those_of_pysensmcda() -> None:
    """`pysensmcda.smaa.exact_acceptability` 2.0.0 gave these for the same matrix."""
    found = rank_acceptability(weighing(*THREE), {})
    central = [
        (0.70833333, 0.09722222, 0.19444444),
        (0.44444444, 0.16666667, 0.38888889),
        (0.33134921, 0.52380952, 0.14484127),
        (0.17777778, 0.26111111, 0.56111111),
    ]

    assert "exact" == found.method
    assert [one.ranks[0] for one in found.options] == pytest.approx(
        [1 / 6, 1 / 36, 7 / 18, 5 / 12]
    )
    for one, weights in zip(found.options, central, strict=True):
        assert one.central is not None
        assert [*one.central.values()] == pytest.approx(weights, abs=1e-8)
        assert 1 == one.confidence


def test_exact_indices_equal_those_of_installed_pysensmcda() -> None:
    """The session `mcda` installs pysensmcda, with the same indices and weights."""
    smaa = pytest.importorskip("pysensmcda.smaa")
    rng = np.random.default_rng(2)
    for points in (
        ((3, 0, 0), (1, 2, 2), (2, 3, 0), (0, 2, 3)),
        *rng.integers(0, 4, (9, 4, 3)),
    ):
        matrix = np.array(points, float)
        wanted = smaa.exact_acceptability(matrix, np.ones(3), scaling="none")
        found = rank_acceptability(weighing(*favoring(matrix)), {})
        assert [one.ranks[0] for one in found.options] == pytest.approx(
            wanted.acceptability.tolist()
        )
        for one, weights in zip(found.options, wanted.central_weights, strict=True):
            if one.central is not None:
                assert [*one.central.values()] == pytest.approx(weights.tolist())


def test_exact_indices_are_near_those_of_smaa2() -> None:
    """`pysensmcda.smaa.smaa2` 2.0.0 gave these from 200,000 draws."""
    wanted = [
        (0.166785, 0.086065, 0.124305, 0.622845),
        (0.02747, 0.64055, 0.33198, 0.0),
        (0.38811, 0.172795, 0.34435, 0.094745),
        (0.417635, 0.10059, 0.199365, 0.28241),
    ]

    found = indices(rank_acceptability(weighing(*THREE), {}))
    assert found == pytest.approx(np.array(wanted), abs=0.004)


@pytest.mark.parametrize(
    "ranges", [None, {"care": (1, 4), "third": (0, "5/2")}, {"other": ("0.5", 2)}]
)
def test_sampled_indices_are_near_the_exact_ones(
    monkeypatch: pytest.MonkeyPatch, ranges: Any
) -> None:
    """Each index lies within five standard errors of the exact one."""
    policy = weighing(*THREE)
    exact = rank_acceptability(policy, {}, ranges=ranges)
    drawn = by_draws(monkeypatch, policy, {}, ranges=ranges, seed=4)

    assert ("exact", "Monte Carlo") == (exact.method, drawn.method)
    # An index of 0 or 1 has no standard error.
    errors = np.array([[e or 0 for e in one.errors] for one in drawn.options])
    assert (abs(indices(exact) - indices(drawn)) <= 5 * errors + 1e-12).all()
    for one, other in zip(exact.options, drawn.options, strict=True):
        if one.central and other.central and one.ranks[0] > 0.1:
            assert [*other.central.values()] == pytest.approx(
                [*one.central.values()], abs=0.05
            )


def test_indices_of_one_varied_weight_are_exact() -> None:
    """3 `care` against 1 `other`: the order changes at a third."""
    policy = weighing(
        {"principle": "care", "then": {"favors": {"decline": "weak"}}},
        {"principle": "other", "then": {"favors": {"ignore": "strong"}}},
    )
    found = rank_acceptability(policy, {}, ranges={"care": (0, 12)})

    assert 0.75 == found.of("decline").ranks[0]
    assert 0.25 == found.of("ignore").ranks[0]
    central = found.of("decline").central
    assert central is not None
    assert {"care": 7.5, "other": 1} == dict(central)


def test_options_that_always_tie_share_the_better_rank() -> None:
    """Rounding must not order `decline` and `ignore`: both have 2000 more."""
    policy = policy_of(
        [
            {
                "id": f"rule-{n}",
                "principle": principle,
                "then": {"favors": dict.fromkeys(options, strength)},
            }
            for n, (principle, strength, *options) in enumerate(
                (
                    ("a", "moderate", "decline"),
                    ("b", "weak", "decline", "ignore", "leave"),
                    ("c", "moderate", "decline", "ignore"),
                    ("d", "weak", "ignore"),
                )
            )
        ],
        principles={"a": {"weight": 1000}, "b": {}, "c": {}, "d": {"weight": 2000}},
        ranking={"method": "weighted"},
    )
    found = rank_acceptability(
        policy, over="all", ranges={"b": (0, 9000), "c": (0, 9000)}, draws=500
    )

    assert (1, 1) == (found.of("decline").ranks[0], found.of("ignore").ranks[0])


@pytest.mark.parametrize("exact", [True, False])
def test_a_rank_counts_the_better_options(
    monkeypatch: pytest.MonkeyPatch, exact: bool
) -> None:
    """The rank is 1 plus the number of better options (Lahdelma and Salminen, 2001)."""
    policy = weighing(
        {"principle": "care", "then": {"opposes": {"leave": "strong"}}},
        {"principle": "other", "then": {"favors": {"decline": "weak"}}},
    )
    compute = rank_acceptability if exact else partial(by_draws, monkeypatch)
    found = compute(policy, {})

    assert exact == (found.method == "exact")
    assert [
        (0, 1, 0, 0),
        (0, 1, 0, 0),
        (1, 0, 0, 0),
        (0, 0, 0, 1),
    ] == [one.ranks for one in found.options]


def test_statuses_come_before_weights() -> None:
    """A forbidden option is last at all weights."""
    policy = weighing(*THREE, {"principle": "care", "then": {"forbids": ["leave"]}})

    assert (0, 0, 0, 1) == rank_acceptability(policy, {}).of(Option.LEAVE).ranks


def test_indices_average_over_a_population() -> None:
    """A rule that applies to half of the situations has half of the effect."""
    policy = weighing(
        {
            "principle": "care",
            "when": {"danger": "yes"},
            "then": {"favors": {"decline": "strong"}},
        },
    )
    found = rank_acceptability(policy, over="known", draws=400, seed=1)
    decline = found.of("decline")

    assert 1 == decline.ranks[0]
    first, error = found.of("leave").ranks[0], found.of("leave").errors[0]
    assert error is not None
    assert abs(0.5 - first) < 5 * error
    assert found.draws == 400
    assert found == rank_acceptability(policy, over="known", draws=400, seed=1)


def test_results_convert_to_text_data_and_charts() -> None:
    """The text says how the numbers were computed."""
    found = rank_acceptability(weighing(*THREE), CONTACT)

    assert "method: exact" in str(found)
    assert 4 == len(found.to_frame())
    assert "exact" == found.to_dict()["method"]
    assert data_of(found.chart())


@pytest.mark.parametrize(
    "asked",
    [
        {"draws": 0},
        {"ranges": {"care": (3, 1)}},
        {"ranges": {"cares": (1, 3)}},
        {"ranges": {"care": (1, "many")}},
    ],
)
def test_invalid_ranges_and_samples_are_rejected(asked: Any) -> None:
    """The error names each of them."""
    with pytest.raises(AnalysisError):
        rank_acceptability(weighing(*THREE), {}, **asked)


def test_intervals_of_sampled_indices_equal_those_of_scipy() -> None:
    """Each index has the Wilson interval, also at 0 and 1; exact ones have no width."""
    binomtest = pytest.importorskip("scipy.stats").binomtest
    policy = weighing(*THREE)
    drawn = rank_acceptability(policy, over="known", draws=300)
    shares = {share for one in drawn.options for share in one.ranks}
    assert {0, 1} & shares
    for one in drawn.options:
        for share, ends, error in zip(
            one.ranks, one.intervals, one.errors, strict=True
        ):
            wanted = binomtest(round(300 * share), 300).proportion_ci(method="wilson")
            assert ends == pytest.approx((wanted.low, wanted.high))
            assert (error is None) == (share in {0, 1})
    assert "0% could be up to 1.3%, and 100% as low as 98.74%" in str(drawn)
    exact = rank_acceptability(policy, {})
    assert all(
        (share, share) == ends
        for one in exact.options
        for share, ends in zip(one.ranks, one.intervals, strict=True)
    )


def test_the_provenance_has_exact_weights() -> None:
    """A fraction is recorded as text, which can be passed again."""
    found = rank_acceptability(weighing(*THREE), {}, ranges={"care": ("1/3", 2)})
    recorded = found.provenance.parameters["ranges"]

    assert {"care": ["1/3", 2]} == recorded
    assert found == rank_acceptability(weighing(*THREE), {}, ranges=recorded)


def test_an_unknown_principle_has_a_suggestion() -> None:
    """The error names the nearest principle."""
    with pytest.raises(AnalysisError, match="did you mean `care`"):
        rank_acceptability(weighing(*THREE), {}, ranges={"cares": (1, 3)})


@pytest.mark.parametrize("asked", [{"where": CONTACT}, {"over": "known"}])
def test_one_situation_cannot_have_a_population(asked: dict[str, Any]) -> None:
    """A population is rejected instead of being ignored."""
    with pytest.raises(AnalysisError, match="BE875"):
        rank_acceptability(weighing(*THREE), CONTACT, **asked)


def test_progress_counts_the_sampled_situations() -> None:
    """The last call reports all of them."""
    seen: list[tuple[int, int]] = []
    rank_acceptability(
        weighing(*THREE), draws=300, progress=lambda *now: seen.append(now)
    )

    assert [(100, 300), (200, 300), (300, 300)] == seen
