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


def test_a_policy_without_rules_needs_no_link() -> None:
    """All options are tied, so the chain is empty."""
    chain = chain_of(policy_of([]))

    assert chain is not None
    assert () == chain.links
    assert [[1, 1, 1, 1]] == chain.ends.tolist()


def test_links_fit_in_16_bits_and_are_as_few_as_possible() -> None:
    """Every link fits in 16 bits, and no two adjacent links would fit in one."""
    chain = chain_of(load_policy("aca-2014"))

    assert chain is not None
    rooms = [len(link.starts) for link in chain.links]
    assert all(room <= MOST for room in rooms)
    joined = [
        room * prod(b.sizes)
        for room, (_, b) in zip(rooms, pairwise(chain.links), strict=False)
    ]
    assert all(room > MOST for room in joined)


def test_a_diagram_that_is_too_large_gives_no_chain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The limits apply to the diagram while it is built and when it is complete."""
    policy = load_policy("aca-2014")
    monkeypatch.setattr(compiled, "MOST", 100)
    assert chain_of(policy) is None

    monkeypatch.undo()
    monkeypatch.setattr(compiled, "LIMITS", SizeLimits(sums=1, bits=1))
    assert chain_of(policy) is None
