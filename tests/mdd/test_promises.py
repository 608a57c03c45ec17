"""A promise about rankings is decided as early as possible."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from random import Random

import numpy as np
import pytest

from boundaryethics.mdd.build import InvariantViolations, PartialView
from boundaryethics.mdd.scores import PAIRS, pair_of
from boundaryethics.model.rules import Option, Promise, Promised

RANKED: tuple[Promised, ...] = (
    (Promise.ABOVE, (Option.LEAVE, Option.DECLINE)),
    (Promise.ABOVE, tuple(Option)[:3]),
    (Promise.FIRST, (Option.LEAVE,)),
    (Promise.LAST, (Option.DECLINE,)),
    (Promise.NEVER_FIRST, (Option.LEAVE,)),
)


def breaks(signs: Sequence[int], promised: Promised) -> bool:
    """Return whether settled *signs* of pairs break a promise."""
    promise, (option, *others) = promised
    over = [
        sign * signs[number]
        for other in map(Option, others or set(Option) - {option})
        for number, sign in [pair_of(Option(option), other)]
    ]
    match promise:
        case Promise.ABOVE:
            return any(sign <= 0 for sign in over)
        case Promise.FIRST:
            return any(sign < 0 for sign in over)
        case Promise.LAST:
            return any(sign > 0 for sign in over)
    return all(sign >= 0 for sign in over)


@pytest.mark.parametrize("promised", RANKED)
def test_a_promise_is_settled_once_all_possible_signs_agree(
    promised: Promised,
) -> None:
    """A partial situation is dropped exactly if no remaining sign breaks a promise."""
    random = Random(1)  # noqa: S311 - nothing here is secret
    signs = [
        [sorted(random.choices((-1, 0, 1), k=2)) for _ in PAIRS] for _ in range(200)
    ]
    low, high = np.moveaxis(np.array(signs, np.int8), 2, 0)
    view = PartialView(
        low=low,
        high=high,
        score=np.zeros((*low.shape, 1), np.int64),
        flags=np.zeros((len(low), 1, 4), np.int64),
        differing=np.zeros(len(low), bool),
        found_target=np.zeros(len(low), np.int8),
    )

    found = InvariantViolations((promised,)).relevance(view)

    for row, ranges in enumerate(signs):
        broken = {
            breaks(one, promised)
            for one in product(*(range(least, most + 1) for least, most in ranges))
        }
        assert (True in broken) == found.kept[row]
        assert (broken == {True}) == found.found_target[row]
