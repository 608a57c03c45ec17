"""Orders of some options: how like two of them are, and what many come to.

In: rankings, perhaps of fewer than four options. Out: numbers, or a ranking. Knows
nothing of raters or policies.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from itertools import combinations
from math import sqrt

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.options import Option


def among(ranking: Ranking, options: Collection[Option]) -> Ranking:
    """*ranking* without all but *options*."""
    kept = (tuple(o for o in group if o in options) for group in ranking)
    return tuple(group for group in kept if group)


def places_of(ranking: Ranking) -> dict[Option, int]:
    """The place of each option."""
    return {option: n for n, group in enumerate(ranking, 1) for option in group}


def midranks_of(ranking: Ranking) -> dict[Option, float]:
    """The rank of each option; those that tie share the mean of their ranks."""
    ranks: dict[Option, float] = {}
    for group in ranking:
        rank = len(ranks) + (len(group) + 1) / 2
        ranks |= dict.fromkeys(group, rank)
    return ranks


def tau_b(one: Ranking, other: Ranking) -> float | None:
    """Kendall's tau-b over the options that both place.

    None of fewer than two, and where one of the two ties all of them: it then tells
    no order that the other could be likened to.
    """
    places, others = places_of(one), places_of(other)
    shared = [option for option in places if option in others]
    if len(shared) < 2:  # noqa: PLR2004
        return None
    both = untied = other_untied = 0
    for a, b in combinations(shared, 2):
        sign = _sign(places[a] - places[b])
        other_sign = _sign(others[a] - others[b])
        both += sign * other_sign
        untied += abs(sign)
        other_untied += abs(other_sign)
    if not (untied and other_untied):
        return None
    return both / sqrt(untied * other_untied)


def same_first(one: Ranking, other: Ranking) -> bool | None:
    """Whether both put the same options first, of those that both place."""
    shared = {o for group in one for o in group} & {o for g in other for o in g}
    if len(shared) < 2:  # noqa: PLR2004
        return None
    return set(among(one, shared)[0]) == set(among(other, shared)[0])


def consensus(rankings: Iterable[Ranking]) -> Ranking:
    """The ranking that *rankings* come to, by how far each option is above others.

    An option counts by the options that it is above, less those that it is below, in
    all rankings together, as a share of those that it is placed beside. Where all
    rankings place all options this is the order of mean ranks. An option that none
    places beside another is left out.
    """
    net: dict[Option, int] = {}
    beside: dict[Option, int] = {}
    for places in map(places_of, rankings):
        for option, place in places.items():
            gained = sum(_sign(other - place) for other in places.values())
            net[option] = net.get(option, 0) + gained
            beside[option] = beside.get(option, 0) + len(places) - 1
    shares = {o: Fraction(net[o], beside[o]) for o in net if beside[o]}
    return tuple(
        tuple(option for option in Option if shares.get(option) == share)
        for share in sorted(set(shares.values()), reverse=True)
    )


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
