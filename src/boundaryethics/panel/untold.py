"""Which ratings tau-b leaves out, for that one ranking of the two tells no order.

In: what a policy says of each vignette, and the raters. Out: counts, and words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import final

import attrs

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.panel.orders import among
from boundaryethics.panel.values import Rating
from boundaryethics.report import plural

_TWO = 2


@final
@attrs.frozen(kw_only=True)
class Untold:
    """How many ratings of two options or more have a tau-b with a policy, or none."""

    #: Those that both sides order.
    told: int
    #: Those that tie all that they place.
    tied: int
    #: The others, where the policy ties all that the rater places.
    tied_by_policy: int

    @property
    def why(self) -> str:
        """Why there is no tau-b, where there is none."""
        if self.tied_by_policy:
            return "the policy ties all options that a rater orders"
        if self.tied:
            return "all ratings tie all options and tell no order"
        return "no rater places two options of a vignette"


def untold(pairs: Iterable[tuple[Ranking, Iterable[Rating]]]) -> Untold:
    """Of a policy's ranking of each vignette and its ratings, what tau-b leaves out."""
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for ranking, ratings in pairs:
        for rating in ratings:
            if len(rating.placed) >= _TWO:
                orders = len(rating.ranking) > 1
                counts[orders, len(among(ranking, rating.placed)) > 1] += 1
    return Untold(
        told=counts[True, True],
        tied=counts[False, True] + counts[False, False],
        tied_by_policy=counts[True, False],
    )


def left_out_told(each: Iterable[tuple[str, Untold]]) -> Iterator[str]:
    """What tau-b leaves out, of each policy by its id; nothing where it leaves none."""
    listed = list(each)
    for tied in sorted({found.tied for _, found in listed if found.tied}):
        says = "ties all options and tells" if tied == 1 else "tie all options and tell"
        yield f"{plural(tied, 'rating')} {says} no order: left out of tau-b"
    for policy, found in listed:
        if found.tied_by_policy:
            ratings = plural(found.tied_by_policy, "rating")
            yield f"{policy} ties all options of {ratings}: left out of its tau-b"
