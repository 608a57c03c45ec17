"""Bootstrap intervals over vignettes, raters or both."""

from __future__ import annotations

from typing import Any

import krippendorff
import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from boundaryethics.consult import consult
from boundaryethics.errors import ArgumentError
from boundaryethics.model.rules import Option
from boundaryethics.panel import Panel, policy_agreement, rater_agreement
from boundaryethics.panel.resampling import Places
from boundaryethics.panel.statistics import places_of
from boundaryethics.ranking import tau_b
from support.raters import panel_of, policy

#: Complete and partial rankings, with ties.
MIXED = {"ties": 0.3, "partial": 0.2}


def arrays(panel: Panel) -> Places:
    """Return the ranks of a panel by vignette, rater and option."""
    return Places.of([panel.on[one.id] for one in panel.rated], panel.raters)


def by_coder(places: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return ranks with a row for each rater and a column for each unit."""
    values = places.swapaxes(0, 1).reshape(places.shape[1], -1).astype(float)
    values[values == 0] = np.nan
    return values


@pytest.mark.parametrize("seed", range(4))
def test_alpha_and_w_of_distinct_raters_equal_the_usual_ones(seed: int) -> None:
    """Without copies, both equal independent implementations on the same raters."""
    panel = panel_of(seed, 7, **MIXED)
    found = arrays(panel)
    copies = np.array([1, 1, 0, 1, 1, 0, 1])
    everyone = np.arange(len(panel.rated))
    kept = found.places[:, copies == 1]

    assert found.alpha(everyone, copies) == pytest.approx(
        krippendorff.alpha(by_coder(kept), level_of_measurement="ordinal")
    )
    each = []
    for of_one in kept:
        whole = of_one[(of_one > 0).all(axis=1)]
        if len(whole) > 1:
            chi2 = friedmanchisquare(*whole.T).statistic
            each.append((len(whole), chi2 / (len(whole) * 3)))
    counts, ws = zip(*each, strict=True)
    assert found.mean_w(everyone, copies) == pytest.approx(
        np.average(ws, weights=counts)
    )


def test_copying_every_rater_changes_neither_alpha_nor_w() -> None:
    """Copies do not count as agreement: W keeps its covariance."""
    panel = panel_of(3, 6, ties=0.2)
    found, everyone = arrays(panel), np.arange(len(panel.rated))
    once, twice = np.ones(6, int), np.full(6, 2)

    # The values are pooled without replacement, which is the only difference.
    assert found.alpha(everyone, twice) == pytest.approx(
        found.alpha(everyone, once), abs=0.01
    )
    w, again = found.mean_w(everyone, once), found.mean_w(everyone, twice)
    assert w is not None
    assert again is not None
    # The mean correlation r of two raters: W = (1 + (m - 1) r) / m.
    assert (6 * w - 1) / 5 == pytest.approx((12 * again - 1) / 11)


def test_resampling_raters_does_not_raise_alpha() -> None:
    """Counting copies as agreement would raise the mean of alpha."""
    panel = panel_of(5, 6)
    found, everyone = arrays(panel), np.arange(len(panel.rated))
    rng = np.random.default_rng(1)
    draws = [rng.integers(0, 6, 6) for _ in range(100)]
    ours = [found.alpha(everyone, np.bincount(d, minlength=6)) for d in draws]
    naive = [
        krippendorff.alpha(by_coder(found.places[:, d]), level_of_measurement="ordinal")
        for d in draws
    ]
    usual = found.alpha(everyone, np.ones(6, int))
    assert usual is not None

    assert np.mean(naive) > usual + 0.07
    assert abs(np.mean([a for a in ours if a is not None]) - usual) < 0.03


def test_resampling_both_is_the_pigeonhole_bootstrap() -> None:
    """The interval equals one that draws vignettes and raters by hand."""
    panel, by = panel_of(2, 9, partial=0.2), policy()
    taus = np.full((len(panel.rated), len(panel.raters)), np.nan)
    for number, vignette in enumerate(panel.rated):
        ranking = consult(vignette.situation, by).ranking
        for rating in panel.on[vignette.id]:
            tau = tau_b(ranking, rating.ranking)
            if tau is not None:
                taus[number, panel.raters.index(rating.rater)] = tau
    rng = np.random.default_rng(8)
    drawn = []
    for _ in range(4000):
        vignettes = rng.integers(0, len(taus), len(taus))
        raters = rng.integers(0, taus.shape[1], taus.shape[1])
        sample = taus[np.ix_(vignettes, raters)]
        known = sample[~np.isnan(sample).all(axis=1)]
        drawn.append(np.nanmean(known, axis=1).mean())

    (found,) = policy_agreement(
        panel, by, seed=1, resamples=4000, resample="both"
    ).policies

    assert found.tau.value == pytest.approx(
        np.nanmean(taus[~np.isnan(taus).all(axis=1)], axis=1).mean()
    )
    assert [found.tau.low, found.tau.high] == pytest.approx(
        np.percentile(drawn, [2.5, 97.5]).tolist(), abs=0.01
    )


@pytest.mark.parametrize("resample", ["vignettes", "raters", "both"])
def test_results_report_what_was_resampled(resample: Any) -> None:
    """Text, JSON and provenance say it next to each interval."""
    panel = panel_of(1, 8, **MIXED)
    raters = rater_agreement(panel, seed=4, resamples=100, resample=resample)
    policies = policy_agreement(panel, policy(), resamples=100, resample=resample)
    words = {"both": "pigeonhole bootstrap over vignettes and raters"}

    for found in (raters, policies):
        assert words.get(resample, f"bootstrap over {resample}") in str(found)
        assert f"100 samples, seed {found.provenance.seed})" in str(found)
        assert resample == found.to_dict()["resample"]
        assert resample == found.provenance.parameters["resample"]
    for estimate in (raters.alpha, raters.w, policies.policies[0].tau):
        assert resample == estimate.to_dict()["resample"]
        assert estimate.low is not None
    again = rater_agreement(panel, seed=4, resamples=100, resample=resample)
    assert raters == again


def test_the_consensus_has_no_interval_over_raters() -> None:
    """It would be biased, so only a bootstrap of vignettes gives an interval."""
    panel = panel_of(1, 8)
    for resample, has in (("vignettes", True), ("raters", False), ("both", False)):
        chosen: Any = resample
        (found,) = policy_agreement(
            panel, policy(), resamples=100, resample=chosen
        ).policies
        assert has == (found.consensus_tau.low is not None)
        assert has == (found.consensus_first.low is not None)
        assert found.first.low is not None


def test_an_unknown_resampling_choice_is_rejected() -> None:
    """The error lists the choices."""
    unknown: Any = "cells"
    with pytest.raises(ArgumentError, match="resample"):
        rater_agreement(panel_of(1, 3), resample=unknown)


def test_options_that_are_left_out_have_rank_0() -> None:
    """All other options have ranks from 1."""
    panel = panel_of(6, 3, **MIXED)
    found = arrays(panel)
    for number, vignette in enumerate(panel.rated):
        for rating in panel.on[vignette.id]:
            ranks = places_of(rating.ranking)
            row = found.places[number, panel.raters.index(rating.rater)]
            assert [ranks.get(option, 0) for option in Option] == row.tolist()
