"""Consensus rankings, compared with their definitions and with brute force."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, permutations, product
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata

from boundaryethics.errors import ArgumentError
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel import (
    ConsensusRanking,
    Panel,
    consensus_rankings,
    policy_agreement,
    rater_agreement,
    read_panel,
)
from support.raters import policy
from support.small_policies import VOCABULARY

CONTINUE, IGNORE, DECLINE, LEAVE = Option


def panel(*rankings: Ranking) -> Panel:
    """Build a panel of one vignette from the ranking of each rater."""
    rows = [
        {"rater": f"r{rater}", "vignette": "v", "option": option, "rank": place}
        for rater, ranking in enumerate(rankings)
        for place, group in enumerate(ranking, start=1)
        for option in group
    ]
    return read_panel(rows, {"v": {"danger": "yes"}}, vocabulary=VOCABULARY)


def consensus(method: Any, *rankings: Ranking) -> ConsensusRanking:
    """Return the consensus of *rankings*."""
    (found,) = consensus_rankings(panel(*rankings), method=method).vignettes
    return found


def weak_orders() -> Iterator[dict[Option, int]]:
    """Yield every order of the four options, with ties, as ranks."""
    seen = set()
    for order in permutations(Option):
        for breaks in product((False, True), repeat=3):
            ranks = dict(zip(order, np.cumsum([1, *breaks]).tolist(), strict=True))
            key = tuple(ranks[option] for option in Option)
            if key not in seen:
                seen.add(key)
                yield ranks


def distance(order: dict[Option, int], rankings: list[Ranking]) -> int:
    """Add up the Kemeny distances of *order*, over the options that a rater ranked."""
    total = 0
    for ranking in rankings:
        ranks = {o: n for n, group in enumerate(ranking) for o in group}
        for a, b in combinations(ranks, 2):
            total += abs(
                int(np.sign(order[a] - order[b])) - int(np.sign(ranks[a] - ranks[b]))
            )
    return total


def draw(rng: np.random.Generator, *, whole: bool) -> Ranking:
    """Draw a ranking, with ties, of all options or of some."""
    some = list(Option) if whole else [o for o in Option if rng.random() < 0.7]
    ranks = {option: int(rng.integers(1, 5)) for option in some or [LEAVE]}
    return tuple(
        tuple(o for o in Option if ranks.get(o) == rank)
        for rank in sorted({*ranks.values()})
    )


@pytest.mark.parametrize("seed", range(12))
def test_kemeny_is_the_nearest_of_all_orders(seed: int) -> None:
    """No order is closer, and all equally close orders are reported."""
    rng = np.random.default_rng(seed)
    rankings = [draw(rng, whole=seed % 2 == 0) for _ in range(6)]
    costs = {tuple(o.items()): distance(o, rankings) for o in weak_orders()}
    compared = {o for r in rankings if len(sum(r, ())) > 1 for o in sum(r, ())}

    found = consensus("kemeny", *rankings)

    assert 75 == len(costs)
    assert min(costs.values()) == found.distance
    nearest = {
        tuple(
            group
            for rank in sorted({rank for _, rank in order})
            if (
                group := tuple(
                    o for o in Option if (o, rank) in order and o in compared
                )
            )
        )
        for order, cost in costs.items()
        if cost == found.distance
    }
    assert nearest == {found.ranking, *found.ties}


@pytest.mark.parametrize("seed", range(12))
def test_borda_and_mean_rank_follow_their_definitions(seed: int) -> None:
    """Complete rankings have one order of average ranks; partial ones may differ."""
    rng = np.random.default_rng(seed)
    rankings = [draw(rng, whole=True) for _ in range(7)]
    ranks = [
        rankdata([next(n for n, g in enumerate(r) if o in g) for o in Option])
        for r in rankings
    ]
    mean = np.sum(ranks, axis=0)
    expected = tuple(
        tuple(o for o, its in zip(Option, mean, strict=True) if its == one)
        for one in sorted({*mean})
    )

    assert expected == consensus("borda", *rankings).ranking
    assert expected == consensus("mean-rank", *rankings).ranking


def test_partial_rankings_make_borda_and_mean_rank_differ() -> None:
    """A high rank among two options counts fully as a mean rank, and less for Borda."""
    whole = ((CONTINUE,), (IGNORE,), (DECLINE,), (LEAVE,))
    pair = ((DECLINE,), (LEAVE,))
    said = (whole, pair, pair, pair)

    # Mean ranks: 1, 2, (3 + 1 + 1 + 1) / 4, (4 + 2 + 2 + 2) / 4.
    assert ((CONTINUE,), (DECLINE,), (IGNORE,), (LEAVE,)) == consensus(
        "mean-rank", *said
    ).ranking
    # Wins less losses per comparison: 3/3, 1/3, (-1 + 3)/6, (-3 - 3)/6.
    assert ((CONTINUE,), (IGNORE, DECLINE), (LEAVE,)) == consensus(
        "borda", *said
    ).ranking
    assert whole == consensus("kemeny", *said).ranking


def test_a_cycle_has_three_kemeny_orders() -> None:
    """If majorities form a cycle, all nearest orders are reported."""
    a, b, c, last = (CONTINUE,), (IGNORE,), (DECLINE,), (LEAVE,)
    found = consensus("kemeny", (a, b, c, last), (b, c, a, last), (c, a, b, last))

    assert {(a, b, c, last), (b, c, a, last), (c, a, b, last)} == {
        found.ranking,
        *found.ties,
    }
    assert "1 of 3 equally close orders" in str(found)
    tied = consensus("borda", (a, b, c, last), (b, c, a, last), (c, a, b, last))
    assert (((CONTINUE, IGNORE, DECLINE), last), ()) == (tied.ranking, tied.ties)


def test_an_option_that_is_never_compared_is_left_out() -> None:
    """An option that no rater compares with another has no rank."""
    for method in ("borda", "kemeny", "mean-rank"):
        found = consensus(method, ((IGNORE,), (LEAVE,)), ((DECLINE,),))
        assert ((IGNORE,), (LEAVE,)) == found.ranking


@pytest.mark.parametrize("method", ["borda", "kemeny", "mean-rank"])
def test_results_name_the_consensus_method(method: Any) -> None:
    """Text, JSON, data frame and provenance have the name."""
    ratings = panel(((DECLINE,), (LEAVE,), (IGNORE,), (CONTINUE,)))
    alone = consensus_rankings(ratings, method=method)
    raters = rater_agreement(ratings, consensus=method, resamples=0)
    policies = policy_agreement(ratings, policy(), consensus=method, resamples=0)

    assert method == alone.to_dict()["method"]
    assert [method] == [*alone.to_frame()["method"]]
    for found in (raters, policies):
        assert method == found.to_dict()["consensus_method"]
        assert method == found.provenance.parameters["consensus"]
    title = {"borda": "Borda count", "kemeny": "Kemeny order"}.get(method, "mean rank")
    assert all(title in str(one) for one in (alone, raters, policies))


def test_an_unknown_method_is_rejected() -> None:
    """The error lists the methods."""
    with pytest.raises(ArgumentError, match="method"):
        consensus_rankings(panel(((DECLINE,), (LEAVE,))), method="copeland")  # type: ignore[arg-type]
