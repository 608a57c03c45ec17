"""The likelihood of rankings under a rank-ordered logit, ties counted exactly.

A rater takes the first option among all, the next among the rest, and so on, each
with odds that grow with the exponential of its worth (Beggs, Cardell and Hausman,
1981). Of options that share a place the order is not known: the likelihood is the sum
over all orders of them (the exact method of Allison and Christakis, 1994). So a tie
says that its options stand above what follows, and nothing of their own order; a tie
at the end says nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.diagrams.standings import Ranking
from boundaryethics.model.options import Option
from boundaryethics.panel.points import Ordered

Numbers: TypeAlias = npt.NDArray[np.float64]
Wholes: TypeAlias = npt.NDArray[np.int64]

_MOST = len(Option)
_COLUMN = {option: number for number, option in enumerate(Option)}


@final
@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """Orders without ties, a row each; several rows for what is ordered with ties."""

    #: Of each row: the number of what was ordered, and of its vignette.
    of: Wholes
    vignette: Wholes
    #: The options from first to last; 0 where there are no more.
    options: Wholes
    #: Where there is an option, and where it was taken before the rest.
    there: Numbers
    taken: Numbers


@final
@attrs.frozen(kw_only=True, eq=False)
class Likelihood:
    """How likely some orders are, and how that changes with the parameters."""

    #: The logarithm, of each order.
    log: Numbers
    #: Its slope, of each order.
    scores: Numbers
    #: Minus its curvature, all orders added up, each by how many give it.
    information: Numbers


def lines_of(ordered: Sequence[Ordered]) -> Lines:
    """The rows for *ordered*."""
    rows = [
        (n, one.vignette, *row)
        for n, one in enumerate(ordered)
        for row in _rows(one.ranking)
    ]
    of, vignette, options, there, taken = zip(*rows, strict=True)
    return Lines(
        of=np.array(of),
        vignette=np.array(vignette),
        options=np.array(options),
        there=np.array(there, dtype=float),
        taken=np.array(taken, dtype=float),
    )


def _rows(ranking: Ranking) -> Iterator[tuple[list[int], list[int], list[int]]]:
    """Each order without ties that *ranking* leaves open, but for its last place."""
    *upper, last = ranking
    taken = sum(map(len, upper))
    size = taken + len(last)
    for chosen in product(*(permutations(group) for group in upper)):
        options = [o for group in (*chosen, last) for o in group]
        padded = [_COLUMN[option] for option in options] + [0] * (_MOST - size)
        yield padded, _ones(size), _ones(taken)


def _ones(count: int) -> list[int]:
    return [1] * count + [0] * (_MOST - count)


def likelihood(
    lines: Lines, counts: Wholes, covariates: Numbers, parameters: Numbers
) -> Likelihood:
    """How likely the orders are.

    Args:
        lines: the orders.
        counts: of each order, how many give it.
        covariates: for each vignette, option and parameter what it multiplies.
        parameters: the parameters.
    """
    worth = covariates[lines.vignette[:, None], lines.options]
    log, chances = _chances(lines, worth @ parameters)
    means = chances @ worth
    slope = (lines.taken[..., None] * worth - means).sum(axis=1)
    of_each, part = _joined(log, lines.of, len(counts))
    scores = np.zeros((len(counts), len(parameters)))
    np.add.at(scores, lines.of, part[:, None] * slope)
    weight = part * counts[lines.of]
    spread = weight[:, None] * chances.sum(axis=1)
    return Likelihood(
        log=of_each,
        scores=scores,
        information=_squares(worth, spread)
        - _squares(means, np.repeat(weight[:, None], _MOST, axis=1))
        - _squares(slope[:, None], weight[:, None])
        + _squares(scores[:, None], counts[:, None].astype(float)),
    )


def _chances(lines: Lines, worth: Numbers) -> tuple[Numbers, Numbers]:
    """How likely each row is, as a logarithm, and of each of its choices every option.

    What is chosen from is the option that was taken, and all that follow it. Sums are
    kept as logarithms: odds of options that lie far apart have no room in a number.
    """
    shown = np.where(lines.there > 0, worth, -np.inf)
    from_here = np.logaddexp.accumulate(shown[:, ::-1], axis=1)[:, ::-1]
    rest = np.where(lines.taken > 0, from_here, 0)
    log = np.where(lines.taken > 0, shown - rest, 0).sum(axis=1)
    # What comes before may be likelier than all that is left: it has no chance there.
    chances = np.exp(np.minimum(shown[:, None, :] - rest[:, :, None], 0))
    return log, np.triu(chances) * lines.taken[..., None]


def _joined(log: Numbers, of: Wholes, orders: int) -> tuple[Numbers, Numbers]:
    """The logarithm of the sum over the rows of an order, and each row's part in it."""
    highest = np.full(orders, -np.inf)
    np.maximum.at(highest, of, log)
    sums = np.zeros(orders)
    np.add.at(sums, of, np.exp(log - highest[of]))
    joined: Numbers = highest + np.log(sums)
    return joined, np.exp(log - joined[of])


def _squares(numbers: Numbers, weights: Numbers) -> Numbers:
    """The sum of the outer squares of *numbers*, each with its weight."""
    flat = numbers.reshape(-1, numbers.shape[-1])
    squares: Numbers = (flat * weights.reshape(-1, 1)).T @ flat
    return squares
