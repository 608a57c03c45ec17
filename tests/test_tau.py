from __future__ import annotations

from fractions import Fraction
from itertools import combinations, product
from math import isnan
from random import Random
from statistics import fmean
from warnings import catch_warnings, simplefilter

import pytest

from boundaryethics.model.rules import Option
from boundaryethics.ranking import (
    Ranking,
    losses,
    rank_similarity,
    ranking_by,
    signs_of,
    tau_b,
    ws_coefficient,
)

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


def test_tau_b_equals_that_of_scipy() -> None:
    """It is undefined where SciPy's is."""
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
def test_the_ws_coefficient_equals_that_of_pymcdm(
    first: tuple[float, ...], second: tuple[float, ...], expected: float
) -> None:
    """`pymcdm.correlations.rank_similarity_coef` 1.4.0 gave these numbers."""
    pair = ranking_by(first), ranking_by(second)
    assert ws_coefficient(*pair) == pytest.approx(expected, rel=1e-12)


def test_every_ws_coefficient_equals_that_of_installed_pymcdm() -> None:
    """The session `mcda` installs pymcdm, which has the same numbers for all pairs."""
    pymcdm = pytest.importorskip("pymcdm")
    for one, other in product(RANKINGS, RANKINGS):
        wanted = pymcdm.correlations.rank_similarity_coef(
            mean_ranks(one), mean_ranks(other)
        )
        assert ws_coefficient(one, other) == pytest.approx(wanted, rel=1e-12)


def test_tau_b_ranges_from_minus_1_to_1() -> None:
    """It is symmetric: -1 for the reverse ranking, and 1 for the same."""
    assert (1, -1) == (tau_b(WHOLE, WHOLE), tau_b(WHOLE, WHOLE[::-1]))
    for one, other in product(RANKINGS[::5], RANKINGS):
        assert tau_b(one, other) == tau_b(other, one)


def test_tau_b_of_full_ties_is_undefined() -> None:
    """It is also undefined if the rankings share no options."""
    tied, ranked = ((CONTINUE, LEAVE),), ((CONTINUE,), (LEAVE,))

    pairs = ((tied, tied), (tied, ranked), (ranked, tied))
    assert [None] * 3 == [tau_b(*pair) for pair in pairs]
    assert tau_b(((CONTINUE,), (LEAVE,)), ((LEAVE,), (IGNORE,))) is None


def test_partial_rankings_are_compared_over_shared_options() -> None:
    """Other options are ignored, and the rest may be one tie."""
    assert 1 == tau_b(WHOLE, ((IGNORE,), (LEAVE,)))
    assert -1 == tau_b(WHOLE, ((LEAVE,), (IGNORE,)))
    assert tau_b(((CONTINUE, LEAVE), (IGNORE,)), ((CONTINUE,), (LEAVE,))) is None


TIED = (tuple(Option),)


@pytest.mark.parametrize("seed", range(20))
def test_similarity_is_the_weighted_mean_over_pairs(seed: int) -> None:
    """Each pair has its count as weight, and undefined values are left out."""
    drawn = Random(seed)  # noqa: S311 - nothing here is secret
    pairs = [(drawn.choice(RANKINGS), drawn.choice(RANKINGS)) for _ in range(12)]
    pairs += [(one, one) for one in drawn.choices([TIED, WHOLE], k=seed % 4)]
    moved = [(a, b, pairs.count((a, b))) for a, b in sorted({*pairs}) if a != b]
    same = [a for a, b in pairs if a == b]
    found = rank_similarity(moved, len(same), same.count(TIED))
    taus = [tau for a, b in pairs if (tau := tau_b(a, b)) is not None]
    numbers = [ws_coefficient(a, b) for a, b in pairs]

    assert pytest.approx(fmean(taus)) == found.tau
    assert min(taus) == found.tau_min
    assert len(pairs) - len(taus) == found.tau_undefined
    assert pytest.approx(fmean(numbers)) == found.ws
    assert min(numbers) == found.ws_min


def test_similarity_of_equal_rankings_is_1() -> None:
    """It is exactly 1, and tau-b is undefined if every ranking ties all options."""
    half = Fraction(1, 2)
    found = rank_similarity([], half, half / 2)
    tied = rank_similarity([], half, half)

    assert (1, 1, half / 2, 1, 1) == (
        found.tau,
        found.tau_min,
        found.tau_undefined,
        found.ws,
        found.ws_min,
    )
    assert (None, None, half, 1) == (
        tied.tau,
        tied.tau_min,
        tied.tau_undefined,
        tied.ws,
    )


def test_similarity_can_have_an_undefined_tau() -> None:
    """tau-b is undefined if each pair has a full tie; the WS coefficient is not."""
    found = rank_similarity([(TIED, WHOLE, 3)], 2, 2)

    assert (None, None, 5) == (found.tau, found.tau_min, found.tau_undefined)
    assert pytest.approx((2 + 3 * ws_coefficient(TIED, WHOLE)) / 5) == found.ws


def test_signs_and_losses_follow_the_ranks() -> None:
    """Each pair has the sign of its ranks, and each option counts those above it."""
    for ranking in RANKINGS:
        places = {option: n for n, tied in enumerate(ranking) for option in tied}
        signs = [
            (places[other] > places[one]) - (places[other] < places[one])
            for one, other in combinations(Option, 2)
        ]
        above = [sum(places[o] < places[one] for o in Option) for one in Option]

        assert tuple(signs) == signs_of(ranking)
        assert tuple(above) == losses(signs)
    assert (0, 0, 0, 0, 0, 1) == signs_of(((DECLINE,), (LEAVE,)))
