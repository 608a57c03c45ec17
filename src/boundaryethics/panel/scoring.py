"""How like a ranking is to those of some raters, as two means."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.panel.orders import same_first, tau_b
from boundaryethics.panel.values import Rating


def scores(
    ranking: Ranking, ratings: Sequence[Rating]
) -> tuple[float | None, float | None]:
    """The means over *ratings* of tau-b with *ranking*, and of equal first places."""
    taus = [tau_b(ranking, rating.ranking) for rating in ratings]
    firsts = [same_first(ranking, rating.ranking) for rating in ratings]
    return _mean(taus), _mean(firsts)


def _mean(numbers: Sequence[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return fsum(known) / len(known) if known else None
