from __future__ import annotations

from itertools import product
from math import isnan
from warnings import catch_warnings, simplefilter

import pytest

from boundaryethics.model.rules import Option
from boundaryethics.ranking import Ranking, ranking_by, tau_b, ws_coefficient

CONTINUE, IGNORE, DECLINE, LEAVE = Option
WHOLE = ((CONTINUE,), (IGNORE,), (DECLINE,), (LEAVE,))
#: All 75 rankings of four options, with ties.
RANKINGS = sorted(
    {
        tuple(
            tuple(o for o, place in zip(Option, places, strict=True) if place == n)
            for n in sorted(set(places))
        )
        for places in product(range(4), repeat=4)
    }
)


def test_tau_b_is_scipys() -> None:
    """tau-b equals scipy's, and is undefined where scipy's is."""
    stats = pytest.importorskip("scipy.stats")
    for one, other in product(RANKINGS[::2], RANKINGS):
        places = [
            [n for o in Option for n, group in enumerate(ranking) if o in group]
            for ranking in (one, other)
        ]
        with catch_warnings():
            simplefilter("ignore", RuntimeWarning)
            expected = stats.kendalltau(*places).statistic
        found = tau_b(one, other)

        assert isnan(expected) == (found is None)
        assert found is None or found == pytest.approx(expected)


def mean_ranks(ranking: Ranking) -> list[float]:
    """Return the rank of each option; tied options have the mean of their ranks."""
    stats = pytest.importorskip("scipy.stats")
    places = [n for o in Option for n, group in enumerate(ranking) if o in group]
    return [float(rank) for rank in stats.rankdata(places)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((1, 2, 3, 4), (1, 2, 3, 4), 1),
        ((1, 2, 3, 4), (2, 1, 3, 4), 0.7083333333333334),
        ((1, 2, 3, 4), (1, 2, 4, 3), 0.9166666666666666),
        ((1, 2, 3, 4), (4, 3, 2, 1), 0.25),
        ((2, 1, 3, 4), (4, 3, 2, 1), 0.29166666666666674),
        ((1.5, 1.5, 3.5, 3.5), (1, 3, 2, 4), 0.6464466094067263),
        ((2.5, 2.5, 2.5, 2.5), (1, 2, 3, 4), 0.5285954792089683),
    ],
)
def test_the_ws_coefficient_is_pymcdms(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    """`pymcdm.correlations.rank_similarity_coef` 1.4.0 has these for the same ranks."""
    pair = ranking_by(first), ranking_by(second)
    assert ws_coefficient(*pair) == pytest.approx(expected, rel=1e-12)


def test_every_ws_coefficient_is_pymcdms() -> None:
    """The session `mcda` installs pymcdm, which has the same numbers for all pairs."""
    pymcdm = pytest.importorskip("pymcdm")
    for one, other in product(RANKINGS, RANKINGS):
        wanted = pymcdm.correlations.rank_similarity_coef(
            mean_ranks(one), mean_ranks(other)
        )
        assert ws_coefficient(one, other) == pytest.approx(wanted, rel=1e-12)


def test_tau_b_runs_from_the_reverse_to_the_same() -> None:
    """tau-b is symmetric, from -1 for the reverse to 1 for the same."""
    assert (1, -1) == (tau_b(WHOLE, WHOLE), tau_b(WHOLE, WHOLE[::-1]))
    for one, other in product(RANKINGS[::5], RANKINGS):
        assert tau_b(one, other) == tau_b(other, one)


def test_tau_b_of_full_ties_is_not_defined() -> None:
    """tau-b is undefined if either ranking is one tie, or if nothing is shared."""
    tied, ranked = ((CONTINUE, LEAVE),), ((CONTINUE,), (LEAVE,))

    pairs = ((tied, tied), (tied, ranked), (ranked, tied))
    assert [None] * 3 == [tau_b(*pair) for pair in pairs]
    assert tau_b(((CONTINUE,), (LEAVE,)), ((LEAVE,), (IGNORE,))) is None


def test_partial_rankings_are_compared_over_what_both_place() -> None:
    """Other options are ignored, and the rest may be one tie."""
    assert 1 == tau_b(WHOLE, ((IGNORE,), (LEAVE,)))
    assert -1 == tau_b(WHOLE, ((LEAVE,), (IGNORE,)))
    assert tau_b(((CONTINUE, LEAVE), (IGNORE,)), ((CONTINUE,), (LEAVE,))) is None
