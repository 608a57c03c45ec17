from __future__ import annotations

from itertools import product

import pytest

from boundaryethics.mdd.scores import (
    OPEN,
    PAIRS,
    mask_of,
    members,
    pair_of,
    ranking_of,
    signs_by_status,
)
from boundaryethics.model.rules import Option

CONTINUE, IGNORE, DECLINE, LEAVE = Option


@pytest.mark.clause("S16")
def test_four_options_have_75_rankings() -> None:
    """The signs of the pairs determine each ranking, ties included."""
    rankings = set()
    for places in product(range(4), repeat=4):
        signs = [(places[a] < places[b]) - (places[a] > places[b]) for a, b in PAIRS]
        ranking = ranking_of(tuple(signs))
        rankings.add(ranking)
        groups = [{places[list(Option).index(o)] for o in group} for group in ranking]
        assert groups == sorted(groups, key=min)
        assert {1} == {len(group) for group in groups}

    assert 75 == len(rankings)


def test_a_pair_is_found_in_either_order() -> None:
    """The sign shows whether the pair lists the other option first."""
    number, sign = pair_of(DECLINE, CONTINUE)

    assert (CONTINUE, DECLINE) == tuple(list(Option)[n] for n in PAIRS[number])
    assert -1 == sign
    assert (number, 1) == pair_of(CONTINUE, DECLINE)


def test_a_set_of_pairs_has_the_options_of_its_pairs() -> None:
    """The set of one pair has both its options."""
    number, _ = pair_of(IGNORE, LEAVE)

    assert mask_of((IGNORE, LEAVE)) == members()[1 << number]


@pytest.mark.clause("S12")
@pytest.mark.parametrize(
    ("forbidden", "may_forbid", "required", "may_require", "expected"),
    [
        ((), (), (), (), 0),
        ((IGNORE,), (), (), (), 1),
        ((CONTINUE,), (), (CONTINUE,), (), -1),
        ((), (), (CONTINUE,), (), 1),
        ((), (CONTINUE,), (CONTINUE,), (), OPEN),
        ((), (), (), (IGNORE,), OPEN),
        ((IGNORE,), (), (), (IGNORE,), 1),
        ((CONTINUE, IGNORE), (), (CONTINUE,), (), 0),
        ((), (), (CONTINUE, IGNORE), (), 0),
    ],
)
def test_statuses_order_a_pair_if_they_cannot_change(
    forbidden: tuple[Option, ...],
    may_forbid: tuple[Option, ...],
    required: tuple[Option, ...],
    may_require: tuple[Option, ...],
    expected: int,
) -> None:
    """Forbidden options rank last, and possible changes keep a pair open."""
    masks = map(mask_of, (forbidden, may_forbid, required, may_require))
    index = sum(mask << 4 * place for place, mask in enumerate(masks))
    number, _ = pair_of(CONTINUE, IGNORE)

    assert expected == signs_by_status()[index, number]
