"""Partial situations are dropped only if the policies cannot rank differently."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from boundaryethics.mdd.build import PartialView, RankingDifferences
from boundaryethics.mdd.scores import PAIRS

COUNT = len(PAIRS)


@pytest.mark.parametrize("sides", [2, 3, 4])
def test_partial_situations_without_a_possible_difference_are_dropped(
    sides: int,
) -> None:
    """All pairs are settled alike, or are open with scores that change alike."""
    view = drawn(300, sides)

    kept = RankingDifferences().relevance(view).kept.tolist()

    assert kept == [may_differ(view, row, sides) for row in range(300)]
    assert 20 < sum(kept) < 280


def drawn(size: int, sides: int) -> PartialView:
    """Draw partial situations of policies that are equal except for one feature."""
    random = Random(1)  # noqa: S311 - nothing here is secret
    signs = [
        [sorted(random.choices((-1, 0, 1), k=2)) for _ in PAIRS] * sides
        for _ in range(size)
    ]
    low, high = np.moveaxis(np.array(signs, np.int8), 2, 0).copy()
    settled = [random.random() < 1 / 3 for _ in range(size)]
    high[settled] = low[settled]
    sums = [[[random.randint(-2, 2)] * 2 for _ in PAIRS] * sides for _ in range(size)]
    score = np.array(sums, np.int64)
    flags, differing = np.ones((size, sides, 4), np.int64), np.zeros(size, bool)
    for row in range(size):
        pair = -random.randint(1, COUNT)
        match random.randrange(5):
            case 0:
                score[row, pair, random.randrange(2)] += random.choice((-1, 1))
            case 1:
                flags[row, -1, random.randrange(4)] = random.choice((0, 2))
            case 2:
                differing[row] = True
            case 3:
                low[row, pair] = high[row, pair] = random.choice((-1, 0, 1))
    return PartialView(
        low=low,
        high=high,
        score=score,
        flags=flags,
        differing=differing,
        found_target=np.zeros(size, np.int8),
    )


def may_differ(view: PartialView, row: int, sides: int) -> bool:
    """Return whether the policies may still rank differently."""
    signs = [*zip(view.low[row].tolist(), view.high[row].tolist(), strict=True)]
    score, flags = view.score[row].tolist(), view.flags[row].tolist()
    known = [low if low == high else None for low, high in signs]
    by_side = [range(n * COUNT, (n + 1) * COUNT) for n in range(sides)]
    if len({tuple(known[n] for n in own) for own in by_side}) > 1:
        return True
    opened = [[score[n] for n in own if known[n] is None] for own in by_side]
    grows_alike = not view.differing[row] and all(
        sums == opened[0] and own == flags[0]
        for sums, own in zip(opened, flags, strict=True)
    )
    return bool(opened[0]) and not grows_alike
