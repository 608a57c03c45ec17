"""The charts of panel results show the numbers in the results."""

from __future__ import annotations

import pytest

from boundaryethics.panel import (
    Panel,
    cross_validate,
    fit,
    policy_agreement,
    rater_agreement,
    read_panel,
)
from support.charts import data_of
from support.raters import contrary, panel_of, policy

pytest.importorskip("altair")
pytest.importorskip("vl_convert")
pytest.importorskip("scipy")
pytest.importorskip("krippendorff")

VIGNETTES = {
    "asked": {"contact": "connection_request", "client_status": "active"},
    "met": {"contact": "co_presence", "client_status": "former"},
    "written-to": {"contact": "message", "client_status": "active"},
    "asked-later": {"contact": "connection_request", "client_status": "former"},
    "met-now": {"contact": "co_presence", "client_status": "active"},
}
OPTIONS = ("continue", "ignore", "decline", "leave")
PLACES = {
    ("ann", "asked"): (4, 2, 1, 3),
    ("bea", "asked"): (4, 3, 1, 2),
    ("ann", "met"): (3, 1, 2, 4),
    ("bea", "met"): (2, 1, 2, 3),
    ("ann", "written-to"): (4, 3, 1, 2),
    ("bea", "written-to"): (3, 2, 1, 4),
    ("ann", "asked-later"): (3, 2, 1, 4),
    ("bea", "met-now"): (2, 1, 3, 4),
}


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Return two raters of five vignettes."""
    ratings = [
        {"rater": rater, "vignette": vignette, "option": option, "rank": place}
        for (rater, vignette), places in PLACES.items()
        for option, place in zip(OPTIONS, places, strict=True)
    ]
    return read_panel(ratings, VIGNETTES)


def test_the_rater_chart_shows_w_by_vignette(panel: Panel) -> None:
    """Only vignettes with a defined W are drawn."""
    found = rater_agreement(panel, resamples=100)

    shown = {one.vignette: one.concordance.w for one in found.vignettes}
    assert {name: w for name, w in shown.items() if w is not None} == dict(
        data_of(found.chart(), "row", "value")
    )


def test_the_policy_chart_shows_intervals(panel: Panel) -> None:
    """The chart shows each mean tau-b, its interval, and that with the consensus."""
    found = policy_agreement(panel, ["apa-2017", "nasw-2021"], resamples=100)

    assert [
        (one.policy, one.tau.value, one.tau.low, one.tau.high, one.consensus_tau.value)
        for one in found.policies
    ] == data_of(found.chart(), "row", "value", "low", "high", "beside")


def test_without_draws_a_statistic_has_no_interval(panel: Panel) -> None:
    """Without bootstrap samples, no interval is drawn."""
    found = policy_agreement(panel, "apa-2017", resamples=0)
    ((low, high, text),) = data_of(found.chart(), "low", "high", "text")

    assert (None, None) == (low, high)
    assert text.endswith("  no interval")


def test_the_fit_chart_shows_weights_with_intervals(panel: Panel) -> None:
    """The chart shows each identified weight and that of the policy."""
    found = fit(panel, "apa-2017", penalty=0.1)

    assert [
        (one.principle, one.estimate, one.base * found.scale) for one in found.fitted
    ] == data_of(found.chart(), "row", "value", "beside")


def test_weights_without_an_interval_are_marked(panel: Panel) -> None:
    """They have no ends and no line, and their status; the subtitle explains them."""
    found = fit(panel, "apa-2017", penalty=0.1)
    drawn = {
        row: (low, high, text)
        for row, low, high, text in data_of(found.chart(), "row", "low", "high", "text")
    }

    assert {"separated", "estimated"} == {one.status for one in found.fitted}
    for one in found.fitted:
        low, high, text = drawn[one.principle]
        assert (one.interval or (None, None)) == (low, high)
        status = "" if one.status == "estimated" else f" ({one.status})"
        assert text.endswith(f"  no interval{status}")
    subtitle = " ".join(found.chart().to_dict()["title"]["subtitle"])
    assert "too few raters for a clustered SE; no estimate, not drawn: " in subtitle
    assert "not identified; a hollow circle without a line has no interval" in subtitle
    enough = fit(panel_of(3, 6), policy())
    for text, alone in data_of(enough.chart(), "text", "alone"):
        assert text.endswith("]")
        assert not alone
    assert "hollow" not in str(enough.chart().to_dict()["title"])


def test_the_cross_validation_chart_is_relative_to_no_weights() -> None:
    """Each set of weights has its gain in log-likelihood per ranking."""
    found = cross_validate(panel_of(7, 20), policy(), folds=4)
    logs = {one.name: one.log_likelihood or 0.0 for one in found.scores}
    none = logs["no weights"]
    drawn = dict(data_of(found.chart(), "row", "value"))

    assert {"fitted", "policy", "equal weights"} == drawn.keys()
    assert drawn == pytest.approx(
        {name: (logs[name] - none) / found.orders for name in drawn}
    )


def test_policy_weights_without_a_positive_scale_are_not_drawn() -> None:
    """The chart then has only the fitted weights."""
    found = fit(contrary(), policy(), penalty=0.1)

    assert found.scale < 0
    assert {None} == {held for (held,) in data_of(found.chart(), "beside")}
