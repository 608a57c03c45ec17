from __future__ import annotations

from itertools import pairwise
from math import prod

import pytest

from boundaryethics.batch import compiled
from boundaryethics.batch.compiled import chain_of
from boundaryethics.batch.compiled_files import MOST
from boundaryethics.mdd.build import SizeLimits
from boundaryethics.policies import load_policy
from support.small_policies import policy_of


def test_a_policy_that_says_nothing_needs_no_link() -> None:
    """A policy without rules needs no link: all options are tied."""
    chain = chain_of(policy_of([]))

    assert chain is not None
    assert () == chain.links
    assert [[1, 1, 1, 1]] == chain.ends.tolist()


def test_links_are_few_and_fit() -> None:
    """Every link fits in 16 bits, and no two neighbors would fit in one."""
    chain = chain_of(load_policy("aca-2014"))

    assert chain is not None
    rooms = [len(link.starts) for link in chain.links]
    assert all(room <= MOST for room in rooms)
    joined = [
        room * prod(b.sizes)
        for room, (_, b) in zip(rooms, pairwise(chain.links), strict=False)
    ]
    assert all(room > MOST for room in joined)


def test_without_room_there_is_no_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A diagram that is too large, while built or at the end, makes no chain."""
    policy = load_policy("aca-2014")
    monkeypatch.setattr(compiled, "MOST", 100)
    assert chain_of(policy) is None

    monkeypatch.undo()
    monkeypatch.setattr(compiled, "ROOM", SizeLimits(sums=1, bits=1))
    assert chain_of(policy) is None
