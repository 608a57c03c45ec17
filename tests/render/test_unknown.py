"""Changes of the order are described briefly if two responses trade places."""

from __future__ import annotations

import pytest

from boundaryethics import consult
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.unknown import order_change, order_in_words, order_of
from support import verdicts

POLICY = verdicts.policy()


def ranked(*ranks: int) -> Verdict:
    """Return a verdict with *ranks* in the order of the options."""
    return verdicts.verdict(
        POLICY,
        {"contact": "message"},
        (),
        *(
            verdicts.assessed(option, rank)
            for option, rank in zip(Option, ranks, strict=True)
        ),
    )


@pytest.mark.parametrize(
    ("now", "then", "words"),
    [
        ((4, 3, 1, 2), (4, 2, 1, 3), "not responding moves above leaving"),
        ((4, 2, 1, 3), (4, 3, 1, 2), "leaving moves above not responding"),
        ((4, 3, 1, 2), (4, 2, 1, 2), "not responding and leaving become tied"),
        ((4, 2, 1, 2), (4, 3, 1, 2), "leaving moves above not responding"),
        ((4, 2, 1, 2), (4, 2, 1, 3), "not responding moves above leaving"),
    ],
)
def test_a_change_of_one_pair_is_brief(
    now: tuple[int, ...], then: tuple[int, ...], words: str
) -> None:
    """Only the two responses are named."""
    assert words == order_change(ranked(*now), ranked(*then))


def test_other_changes_show_the_whole_order() -> None:
    """This applies if several pairs change, or if a response is ruled out."""
    now, several = ranked(4, 3, 1, 2), ranked(1, 4, 2, 3)
    ban = verdicts.reason(POLICY, "never-courting", "forbids", "continue")
    banned = verdicts.verdict(
        POLICY,
        {"contact": "message"},
        (),
        verdicts.assessed("decline", 1),
        verdicts.assessed("ignore", 2),
        verdicts.assessed("leave", 3),
        verdicts.assessed("continue", 4, ban),
    )

    assert order_in_words(several) == order_change(now, several)
    assert order_in_words(banned) == order_change(now, banned)
    assert "staying in contact is ruled out" in order_change(now, banned)


@pytest.mark.parametrize("policy", ["apa-2017", "nasw-2021"])
@pytest.mark.parametrize(
    "facts",
    [
        {"contact": "message"},
        {"contact": "message", "client_status": "active", "setting": "recovery_group"},
        {"contact": "co_presence", "client_status": "former"},
        {"contact": "connection_request", "account": "personal"},
    ],
)
def test_different_orders_are_described_differently(
    policy: str, facts: dict[str, str]
) -> None:
    """After the same order, equal words mean equal orders."""
    now = consult(facts, policy)
    orders: dict[str, set[str]] = {}
    for name in now.unknown:
        for then in now.what_if(name).values():
            order = repr(order_of(then))
            orders.setdefault(order_change(now, then), set()).add(order)

    assert 2 < len(orders)
    assert {1} == {len(alike) for alike in orders.values()}
