"""Coverage of the bootstrap intervals in simulated panels with known statistics.

    python -m pytest -m slow tests/panel/test_coverage.py

It prints the share of intervals that contain the true value, by size of the panel.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import krippendorff
import numpy as np
import numpy.typing as npt
import pytest

from boundaryethics.consult import consult
from boundaryethics.mdd.scores import Ranking
from boundaryethics.model.rules import Option
from boundaryethics.panel import Panel, policy_agreement, rater_agreement
from boundaryethics.panel.data import Rating, Vignette
from support.raters import TRUTH, policy, score_layout, vignettes

Numbers: TypeAlias = npt.NDArray[np.float64]
Ranks: TypeAlias = npt.NDArray[np.int64]

PANELS = 500
#: With this many units, the error of the true values is far below an interval.
MANY = 2000
#: Without the situation in which all facts are unknown: the policy ties all options.
FACTS = {name: facts for name, facts in vignettes().items() if facts}
SITUATIONS = [policy().vocabulary.situation(facts) for facts in FACTS.values()]
WORTHS = np.array([score_layout(TRUTH)[name] for name in FACTS])


def ranks_of(ranking: Ranking) -> list[int]:
    """Return the rank of each option."""
    return [n for o in Option for n, group in enumerate(ranking, 1) if o in group]


BY_POLICY = np.array([ranks_of(consult(one, policy()).ranking) for one in SITUATIONS])


class World:
    """Vignettes and raters with random variation."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def vignettes(self, count: int) -> tuple[Ranks, Numbers]:
        """Draw vignettes: the number of the situation, and the mean utilities."""
        kinds = self.rng.integers(0, len(FACTS), count)
        return kinds, WORTHS[kinds] + self.rng.normal(0, 0.7, (count, 4))

    def raters(self, count: int) -> Numbers:
        """Draw raters: each rater's additional utility for each option."""
        return self.rng.normal(0, 0.7, (count, 4))

    def ranks(self, means: Numbers, raters: Numbers) -> Ranks:
        """Draw the ranks that raters give, a tenth of neighbors tied."""
        utility = means[:, None] + raters[None]
        utility = utility + self.rng.gumbel(size=utility.shape)
        order = np.argsort(-utility, axis=2)
        next_rank = self.rng.random(utility.shape) >= 0.1
        next_rank[..., 0] = True
        ranks = np.empty(utility.shape, np.int64)
        np.put_along_axis(ranks, order, next_rank.cumsum(axis=2), axis=2)
        return ranks


def panel_of(kinds: Ranks, ranks: Ranks) -> Panel:
    """Build a panel."""
    names = [f"v{number}" for number in range(len(kinds))]
    ratings = tuple(
        Rating(
            rater=f"r{rater}",
            vignette=names[vignette],
            ranking=tuple(
                tuple(o for o, n in zip(Option, row, strict=True) if n == rank)
                for rank in sorted(set(row))
            ),
        )
        for vignette, of_one in enumerate(ranks.tolist())
        for rater, row in enumerate(of_one)
    )
    made = zip(names, kinds.tolist(), strict=True)
    return Panel(
        vignettes=tuple(Vignette(id=n, situation=SITUATIONS[k]) for n, k in made),
        ratings=ratings,
    )


def tau_b(one: Numbers | Ranks, other: Numbers | Ranks) -> Numbers:
    """Compute tau-b along the last axis; NaN if either ties all options."""
    first, second = np.triu_indices(4, 1)
    signs = [np.sign(x[..., first] - x[..., second]) for x in (one, other)]
    agreed = (signs[0] * signs[1]).sum(axis=-1)
    sizes = [(sign**2).sum(axis=-1) for sign in signs]
    with np.errstate(invalid="ignore"):
        return cast("Numbers", agreed / np.sqrt(sizes[0] * sizes[1]))


def same_first(one: Numbers | Ranks, other: Numbers | Ranks) -> Numbers:
    """Return 1 where the same options are first, or else 0."""
    tops = [x == x.min(axis=-1, keepdims=True) for x in (one, other)]
    return cast("Numbers", (tops[0] == tops[1]).all(axis=-1).astype(float))


def mean_ranks(ranks: Ranks) -> Numbers:
    """Return ranks in which tied options share the mean of theirs."""
    below = (ranks[..., None, :] < ranks[..., None]).sum(axis=-1)
    level = (ranks[..., None, :] == ranks[..., None]).sum(axis=-1)
    return cast("Numbers", below + (level + 1) / 2)


def mean_w(ranks: Ranks, raters: int) -> float:
    """Compute the mean of W for panels of this many *raters*.

    W grows with agreement r as (1 + (m - 1) r) / m, for m raters.
    """
    away = mean_ranks(ranks) - 2.5
    spread = (away**2).sum(axis=(1, 2))
    known = spread > 0
    size = ranks.shape[1]
    w = (away.sum(axis=1) ** 2).sum(axis=1)[known] / (size * spread[known])
    r = (size * w.mean() - 1) / (size - 1)
    return float((1 + (raters - 1) * r) / raters)


def statistics(kinds: Ranks, ranks: Ranks, raters: int) -> dict[str, float]:
    """Compute the statistics of many vignettes or raters."""
    values = np.arange(1, 5)
    counts = (ranks[..., None] == values).sum(axis=1).reshape(-1, 4)
    by_policy = BY_POLICY[kinds]
    consensus = mean_ranks(ranks).mean(axis=1).round(9)
    alpha = krippendorff.alpha(
        value_counts=counts,
        value_domain=values.tolist(),
        level_of_measurement="ordinal",
    )
    return {
        "alpha": float(alpha),
        "w": mean_w(ranks, raters),
        "tau": float(np.nanmean(tau_b(by_policy[:, None], ranks))),
        "first": float(same_first(by_policy[:, None], ranks).mean()),
        "consensus_tau": float(np.nanmean(tau_b(by_policy, consensus))),
        "consensus_first": float(same_first(by_policy, consensus).mean()),
    }


def hits(size: tuple[int, int], resample: Any) -> Iterator[tuple[str, bool]]:
    """Yield whether each interval of each panel contains the true value."""
    world = World(20)
    # Of other vignettes and other raters, the true values are always the same.
    kinds, means = world.vignettes(MANY)
    ranks = world.ranks(means, world.raters(MANY // 4))
    truth = statistics(kinds, ranks, size[1])
    for seed in range(PANELS):
        (kinds, means), raters = world.vignettes(size[0]), world.raters(size[1])
        panel = panel_of(kinds, world.ranks(means, raters))
        if resample == "vignettes":
            kinds, means = world.vignettes(MANY)
        elif resample == "raters":
            raters = world.raters(MANY)
        if resample != "both":
            truth = statistics(kinds, world.ranks(means, raters), size[1])
        among = rater_agreement(panel, seed=seed, resample=resample)
        (of_policy,) = policy_agreement(
            panel, policy(), seed=seed, resample=resample
        ).policies
        for name, true in truth.items():
            holder = among if name in {"alpha", "w"} else of_policy
            found = getattr(holder, name)
            if found.low is not None:
                yield name, found.low <= true <= found.high


@pytest.mark.slow
@pytest.mark.parametrize("resample", ["vignettes", "raters", "both"])
@pytest.mark.parametrize("size", [(5, 20), (10, 20), (20, 5), (20, 10), (20, 20)])
def test_intervals_cover_the_true_statistic(
    size: tuple[int, int], resample: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Intervals from 20 units cover it in about 95 percent, and from 5 in about 90.

    Intervals over both vignettes and raters may cover it in nearly all panels.
    """
    covered: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for name, hit in hits(size, resample):
        covered[name] += hit
        tried[name] += 1
    shares = {name: covered[name] / tried[name] for name in tried}
    text = ", ".join(f"{name} {share:.1%}" for name, share in shares.items())
    of = f"{size[0]} vignettes, {size[1]} raters, over {resample}"
    with capsys.disabled():
        sys.stdout.write(f"\n{of}: {text}\n")

    sizes = {"vignettes": size[0], "raters": size[1], "both": min(size)}
    least = 0.87 if sizes[resample] < 20 else 0.91
    most = 1 if resample == "both" else 0.99
    assert {} == {n: s for n, s in shares.items() if not least <= s <= most}
