from __future__ import annotations

from itertools import product
from math import isnan
from warnings import catch_warnings, simplefilter

import pytest

from boundaryethics.model.rules import Option
from boundaryethics.ranking import tau_b

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
