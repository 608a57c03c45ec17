from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations, product

import numpy as np
import pytest
from scipy.stats import friedmanchisquare

from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel.consensus import Votes, ranking_from
from boundaryethics.panel.data import Rating
from boundaryethics.panel.statistics import (
    kendall_w,
    ordinal_alpha,
    places_of,
    pooled,
    same_first,
)

CONTINUE, IGNORE, DECLINE, LEAVE = Option

#: Four observers, twelve units, from Krippendorff, Computing Krippendorff's
#: Alpha-Reliability (2011), section C; 0 where an observer has no value.
KRIPPENDORFF = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
#: Three judges, six applicants, without ties; three, ten, with: Siegel,
#: Nonparametric Statistics for the Behavioral Sciences (1956), chapter 9.
SIEGEL = ((1, 6, 3, 2, 5, 4), (1, 5, 6, 4, 2, 3), (6, 3, 2, 5, 4, 1))
SIEGEL_TIED = (
    (1, 4.5, 2, 4.5, 3, 7.5, 6, 9, 7.5, 10),
    (2.5, 1, 2.5, 4.5, 4.5, 8, 9, 6.5, 10, 6.5),
    (2, 1, 4.5, 4.5, 4.5, 4.5, 8, 8, 8, 10),
)
#: All rankings of four options, with ties.
RANKINGS = sorted(
    {
        tuple(
            tuple(o for o, place in zip(Option, places, strict=True) if place == n)
            for n in sorted(set(places))
        )
        for places in product(range(4), repeat=4)
    }
)


def counts_of(
    values: Sequence[Sequence[int]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Count for each unit how often it has each value from 1."""
    highest = max(map(max, values))
    units = zip(*values, strict=True)
    return np.array([[u.count(v) for v in range(1, highest + 1)] for u in units])


def alpha_by_hand(values: Sequence[Sequence[int]]) -> float:
    """Compute alpha by its definition: pairs of values, squared distances of ranks."""
    units = [[v for v in unit if v] for unit in zip(*values, strict=True)]
    pairs: Counter[tuple[int, int]] = Counter()
    for unit in units:
        for a, b in permutations(unit, 2):
            pairs[a, b] += 1 / (len(unit) - 1)  # type: ignore[assignment]
    totals: Counter[int] = Counter()
    for (a, _), count in pairs.items():
        totals[a] += count
    n = sum(totals.values())

    def distance(a: int, b: int) -> float:
        between = sum(totals[v] for v in range(min(a, b), max(a, b) + 1))
        return (between - (totals[a] + totals[b]) / 2) ** 2

    seen = sum(count * distance(a, b) for (a, b), count in pairs.items())
    by_chance = sum(
        totals[a] * totals[b] * distance(a, b) for a in totals for b in totals
    )
    return 1 - (n - 1) * seen / by_chance


def test_alpha_equals_the_published_example() -> None:
    """Krippendorff's example gives 0.815 for ordinal data."""
    alpha = ordinal_alpha(counts_of(KRIPPENDORFF)).value

    assert alpha is not None
    assert 0.815 == round(alpha, 3)
    assert alpha_by_hand(KRIPPENDORFF) == pytest.approx(alpha)


@pytest.mark.parametrize("seed", range(20))
def test_alpha_equals_its_definition(seed: int) -> None:
    """The data are random and have missing values."""
    values = np.random.default_rng(seed).integers(0, 5, size=(5, 8)).tolist()
    alpha = ordinal_alpha(counts_of(values)).value

    assert alpha_by_hand(values) == pytest.approx(alpha)


def test_undefined_alpha_has_a_reason() -> None:
    """Alpha is undefined if no unit has two values, or if all values are equal."""
    single = ordinal_alpha(np.array([[1, 0], [0, 1]]))
    equal = ordinal_alpha(np.array([[2, 0], [3, 0]]))

    assert (None, "no option is ranked by two raters") == (
        single.value,
        single.undefined,
    )
    assert (None, "all ranks are equal") == (equal.value, equal.undefined)
    assert 1.0 == ordinal_alpha(np.array([[2, 0], [0, 2]])).value


def test_w_equals_the_published_examples() -> None:
    """Siegel's examples give 0.16 without ties and 0.828 with ties."""
    plain, tied = (kendall_w(np.array(ranks)) for ranks in (SIEGEL, SIEGEL_TIED))

    assert plain.w is not None
    assert tied.w is not None
    assert (0.162, 0.828) == (round(plain.w, 3), round(tied.w, 3))


@pytest.mark.parametrize("ranks", [SIEGEL, SIEGEL_TIED])
def test_the_significance_test_equals_friedmans(
    ranks: Sequence[Sequence[float]],
) -> None:
    """The chi-square and its p value are equal."""
    found = kendall_w(np.array(ranks))
    expected = friedmanchisquare(*np.array(ranks).T)

    assert (expected.statistic, expected.pvalue) == pytest.approx((found.chi2, found.p))


@pytest.mark.parametrize("ranking", RANKINGS)
def test_w_is_1_for_equal_rankings_and_undefined_for_ties(
    ranking: tuple[tuple[Option, ...], ...],
) -> None:
    """W is 1 if all raters agree, and undefined if they tie all options."""
    row = list(places_of(ranking).values())
    found = kendall_w(np.array([row] * 3))

    if len(ranking) == 1:
        assert (None, "every rater ties all options") == (found.w, found.undefined)
    else:
        assert found.w == pytest.approx(1)


def test_w_needs_two_raters() -> None:
    """`kendall_w` needs at least two raters."""
    assert "fewer than two complete rankings" == kendall_w(np.array([[1, 2]])).undefined


def test_pooled_tests_are_added() -> None:
    """`pooled` weights W by raters and adds chi-squares and degrees of freedom."""
    one, other = kendall_w(np.array(SIEGEL)), kendall_w(np.array(SIEGEL_TIED[:2]))
    both = pooled([one, other, kendall_w(np.array([[1, 1]] * 2))])

    assert one.w is not None
    assert other.w is not None
    assert (3 * one.w + 2 * other.w) / 5 == pytest.approx(both.w)
    assert (one.chi2 or 0) + (other.chi2 or 0) == pytest.approx(both.chi2)
    assert 5 + 9 == both.df
    assert (
        "every rater ties all options" == pooled([kendall_w(np.ones((2, 3)))]).undefined
    )


def test_partial_rankings_are_compared_over_shared_options() -> None:
    """`same_first` compares the options that both rankings have."""
    whole = ((CONTINUE,), (IGNORE,), (DECLINE,), (LEAVE,))
    part = ((IGNORE,), (LEAVE,))

    assert same_first(whole, part) is True
    assert same_first(whole, ((LEAVE,), (IGNORE,))) is False
    assert same_first(whole, ((LEAVE,),)) is None


def consensus(rankings: Sequence[Ranking]) -> Ranking:
    """Return the Borda consensus of one vignette."""
    raters = [str(number) for number in range(len(rankings))]
    each = zip(raters, rankings, strict=True)
    ratings = [Rating(rater=who, vignette="v", ranking=said) for who, said in each]
    signs, compared = Votes.of([ratings], raters).consensus("borda")
    return ranking_from(signs[0].tolist(), compared[0].tolist())


def test_the_consensus_orders_options_by_mean_rank() -> None:
    """Options with equal means tie; an option never compared is left out."""
    one = ((CONTINUE,), (IGNORE,), (DECLINE,), (LEAVE,))
    other = ((IGNORE,), (CONTINUE,), (DECLINE, LEAVE))

    assert ((CONTINUE, IGNORE), (DECLINE,), (LEAVE,)) == consensus([one, other])
    assert ((IGNORE,), (LEAVE,)) == consensus([((IGNORE,), (LEAVE,)), ((DECLINE,),)])
    assert () == consensus([])
