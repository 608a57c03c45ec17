"""Combine the rankings of a panel into one consensus ranking for each vignette.

There are three methods. A rating counts only for the options that it ranks.

- Borda: an option's score is its wins minus its losses against the other options that
  the same raters ranked, divided by the number of these comparisons. A tie counts as
  neither. If all rankings are complete, this orders options by their Borda count.
- Kemeny: the order (ties are allowed) with the smallest total distance to the
  ratings (Kemeny and Snell, 1962). Each rater adds 2 for a pair of options in the
  opposite order, and 1 for a pair that is tied only in the order or only in the rating.
  All 75 orders of four options are tried, so the result is exact. Several orders can be
  equally close.
- Mean rank: tied options have the average of their ranks (as in Friedman's test).
  Ranks are computed within the options that the rater ranked. Ratings of a single
  option do not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from itertools import compress, product
from typing import Any, Literal, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.arguments import argument, checked
from boundaryethics.errors import PanelError, problem
from boundaryethics.mdd.scores import Ranking
from boundaryethics.panel.data import Panel, Rating, Vignette
from boundaryethics.panel.resampling import Places
from boundaryethics.panel.statistics import among
from boundaryethics.ranking import OPTIONS, PAIRS, losses, ranking_by, signs_of
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    fields_as_data,
    made_of,
    ranking_text,
)

#: A method of finding a consensus.
ConsensusMethod: TypeAlias = Literal["borda", "kemeny", "mean-rank"]
#: The name of each method in outputs.
METHODS: dict[ConsensusMethod, str] = {
    "borda": "Borda count (wins minus losses, per comparison)",
    "kemeny": "Kemeny order (smallest total distance to the ratings)",
    "mean-rank": "mean rank",
}
Signs: TypeAlias = npt.NDArray[np.int64]

_FIRST, _SECOND = np.transpose(PAIRS)


def rated(panel: Panel) -> list[tuple[Vignette, tuple[Rating, ...]]]:
    """List the rated vignettes of *panel* with their ratings.

    Raises:
        PanelError: the panel has no ratings.
    """
    if not panel.rated:
        raise PanelError([problem("BE844.unrated")])
    return [(one, panel.on[one.id]) for one in panel.rated]


@final
@attrs.frozen(kw_only=True, eq=False)
class Votes:
    """The rankings of a panel as arrays, by vignette and rater."""

    #: For each pair of options, 1 if the first is above the second, -1 if it is below,
    #: or else 0.
    signs: npt.NDArray[np.int64]
    #: Whether the rater ranked each option.
    placed: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, ratings: Sequence[Sequence[Rating]], raters: Sequence[str]) -> Votes:
        """Collect the *ratings* of each vignette."""
        places = Places.of(ratings, raters).places
        placed = places > 0
        signs = np.sign(places[..., _SECOND] - places[..., _FIRST]) * _both(placed)
        return cls(signs=signs, placed=placed)

    @cached_property
    def tally(self) -> tuple[Signs, Signs, Signs]:
        """How many raters rank the first option of each pair higher, lower or tied."""
        above = (self.signs == 1).sum(axis=1)
        below = (self.signs == -1).sum(axis=1)
        return above, below, _both(self.placed).sum(axis=1) - above - below

    @cached_property
    def orders(self) -> tuple[Signs, Signs]:
        """All orders as pair signs, and their distances from each vignette's votes.

        Orders with more ties come first.
        """
        above, below, tied = self.tally
        orders = np.array(_orders(), np.int64)
        away = above @ abs(orders - 1).T + below @ abs(orders + 1).T
        return orders, away + tied @ abs(orders).T

    def consensus(self, method: ConsensusMethod) -> tuple[Signs, npt.NDArray[np.bool_]]:
        """Return the pair signs of each consensus, and the options compared."""
        above, below, tied = self.tally
        number = _by_option(above + below + tied)
        compared = number > 0
        if method == "kemeny":
            orders, costs = self.orders
            return orders[costs.argmin(axis=1)] * _both(compared), compared
        if method == "borda":
            score = _by_option(above - below, turned=-1)
        else:
            several = self.placed.sum(axis=2) > 1
            # Twice the mean rank: 2 for the option itself, 2 for each option above it,
            # and 1 for each tie.
            below_top = self.placed.sum(axis=2)[..., None] + 1
            ranks = below_top - _by_option(self.signs, turned=-1)
            counted = self.placed & several[..., None]
            score, number = -(ranks * counted).sum(axis=1), counted.sum(axis=1)
        mean = (
            score[:, _FIRST] * number[:, _SECOND],
            score[:, _SECOND] * number[:, _FIRST],
        )
        return np.sign(mean[0] - mean[1]) * _both(compared), compared


def _by_option(pairs: Signs, *, turned: int = 1) -> Signs:
    """Sum *pairs* by option, each times *turned* for the pair's second option."""
    sums: Signs = np.zeros((*pairs.shape[:-1], len(OPTIONS)), np.int64)
    for number, (one, two) in enumerate(PAIRS):
        sums[..., one] += pairs[..., number]
        sums[..., two] += turned * pairs[..., number]
    return sums


def _both(compared: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """For each pair, return whether both of its options are *compared*."""
    return compared[..., _FIRST] & compared[..., _SECOND]


@cache
def _orders() -> tuple[tuple[int, ...], ...]:
    """List all orders of the options, including ties, from most ties to none."""
    places = product(range(len(OPTIONS)), repeat=len(OPTIONS))
    found = {signs_of(ranking_by(one)) for one in places}
    return tuple(sorted(found, key=lambda signs: (-signs.count(0), signs)))


def ranking_from(signs: Sequence[int], compared: Sequence[bool]) -> Ranking:
    """Rank the options by the *signs* of their pairs; omit those not *compared*."""
    return among(ranking_by(losses(signs)), [*compress(OPTIONS, compared)])


@final
@attrs.frozen(kw_only=True)
class ConsensusRanking(PlainData):
    """The consensus on one vignette."""

    vignette: str
    #: The number of ratings, including partial ones.
    ratings: int
    #: The ranking, without options that no rater compared with another.
    ranking: Ranking
    #: The total distance to the ratings. Only `kemeny` minimizes it, but every method
    #: reports it.
    distance: int
    #: With `kemeny`, other orders that are equally close to the ratings.
    ties: tuple[Ranking, ...] = ()

    def __str__(self) -> str:
        more = f" (1 of {len(self.ties) + 1} equally close orders)" * bool(self.ties)
        return f"{ranking_text(self.ranking)}{more}"


def consensus_of(
    ratings: Sequence[tuple[Vignette, tuple[Rating, ...]]],
    raters: Sequence[str],
    method: ConsensusMethod,
) -> tuple[ConsensusRanking, ...]:
    """Find the consensus on each rated vignette."""
    votes = Votes.of([of_one for _, of_one in ratings], raters)
    signs, compared = votes.consensus(method)
    above, below, tied = votes.tally
    distances = above * abs(signs - 1) + below * abs(signs + 1) + tied * abs(signs)
    found = []
    for number, (vignette, of_one) in enumerate(ratings):
        has = compared[number].tolist()
        ranking = ranking_from(signs[number].tolist(), has)
        others: dict[Ranking, None] = {}
        if method == "kemeny":
            orders, costs = votes.orders
            close = orders[costs[number] == costs[number].min()].tolist()
            others = dict.fromkeys(ranking_from(one, has) for one in close)
        found.append(
            ConsensusRanking(
                vignette=vignette.id,
                ratings=len(of_one),
                ranking=ranking,
                distance=int(distances[number].sum()),
                ties=tuple(other for other in others if other != ranking),
            )
        )
    return tuple(found)


@final
@attrs.frozen(kw_only=True)
class ConsensusRankings(Report):
    """The consensus on each vignette of a panel, and the method that found it."""

    method: ConsensusMethod
    vignettes: tuple[ConsensusRanking, ...]

    def _data(self) -> dict[str, Any]:
        return fields_as_data(self, without={"provenance"})

    def _lines(self) -> Iterator[str]:
        yield f"consensus by {METHODS[self.method]}"
        for one in self.vignettes:
            if one.ties:
                also = "; ".join(map(ranking_text, one.ties))
                orders = plural(len(one.ties), "other order")
                yield f"{one.vignette}: {orders} equally close: {also}"

    def _table(self) -> Table:
        columns = ("vignette", "ratings", "consensus ranking", "distance")
        rows = tuple(
            (v.vignette, v.ratings, str(v), v.distance) for v in self.vignettes
        )
        return Table(lines=tuple(self._lines()), columns=columns, rows=rows)

    def _rows(self) -> Table:
        columns = ("vignette", "ratings", "method", "consensus", "distance", "ties")
        rows = tuple(
            (
                v.vignette,
                v.ratings,
                self.method,
                ranking_text(v.ranking),
                v.distance,
                len(v.ties),
            )
            for v in self.vignettes
        )
        return Table(columns=columns, rows=rows)


@checked
def consensus_rankings(
    panel: Panel, *, method: ConsensusMethod = "borda"
) -> ConsensusRankings:
    """Combine the rankings of a panel into a consensus ranking for each vignette.

    A rating counts only for the options that it ranks.

    Args:
        panel: the vignettes and their ratings.
        method: `borda` orders options by wins minus losses per comparison, `kemeny`
            finds the order with the smallest total distance to the ratings, and
            `mean-rank` orders options by their mean rank.

    Raises:
        ArgumentError: *method* is unknown.
        PanelError: the panel has no ratings.
    """
    method = argument("method", method, ConsensusMethod)
    return ConsensusRankings(
        provenance=made_of(panel=panel.reference, method=method),
        method=method,
        vignettes=consensus_of(rated(panel), panel.raters, method),
    )
