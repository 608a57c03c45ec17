"""Compute rank acceptability: how often each response has each rank.

This is stochastic multicriteria acceptability analysis for uncertain weights (SMAA-2,
Lahdelma and Salminen, 2001). The criteria are the principles. Situations from a
population replace uncertain criteria values. The rank of an option is 1 plus the number
of options that are better. So tied options share the better rank, and the next rank is
skipped.

If few weights matter, the space of these weights is divided exactly into simplices in
which every pair of options keeps its order. A cut through a point on an edge divides a
simplex into two. Their volumes have the same ratio as the two parts of the edge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import chain, islice, permutations
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.analysis.intervals import wilson_interval
from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.arguments import checked, ranged
from boundaryethics.charts import shares
from boundaryethics.consult import situation_of, verdict_on
from boundaryethics.errors import (
    AnalysisError,
    all_of,
    check_all,
    check_then,
    did_you_mean,
    problem,
)
from boundaryethics.mdd.build import Progress
from boundaryethics.mdd.scores import points_by_principle
from boundaryethics.mdd.space import Space, Where
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.ranking import OPTIONS, PAIRS, STATUS_ORDER, ranks_by_signs
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    facts_text,
    made_of,
    signed_chart,
)
from boundaryethics.sensitivity.curves import Number, recorded, weight_of
from boundaryethics.sensitivity.weights import weighted

#: The number of draws between two reports of progress.
_REPORT_EVERY = 100
#: The lowest and the highest weight of some principles.
Ranges: TypeAlias = Mapping[str, tuple[Number, Number]]
#: A point in the space of the weights that matter.
_Point = tuple[Fraction, ...]
#: A simplex, and its share of the volume of the space.
_Piece = tuple[Fraction, tuple[_Point, ...]]
_Array: TypeAlias = npt.NDArray[Any]

#: The result is exact if at most this many weights matter.
EXACT = 5
_MOST_DRAWS = 1_000_000
#: The number of draws for one situation, and for a population.
_DRAWS, _FEWER_DRAWS = 10_000, 2_000


@final
@attrs.frozen(kw_only=True)
class OptionAcceptability(PlainData):
    """The ranks of one option over a distribution of weights."""

    option: Option
    #: The rank acceptability index of each rank: the probability of the rank.
    ranks: tuple[float, ...]
    #: The standard error of each probability: 0 if the method is exact; None if the
    #: option has the rank in no draw or in all draws.
    errors: tuple[float | None, ...]
    #: The 95% Wilson interval of each probability; a single point if the method is
    #: exact.
    intervals: tuple[tuple[float, float], ...] = ()
    #: The central weight vector: the mean of the weights with which the option is
    #: first, by principle; None if it is never first.
    central: Mapping[str, float] | None = attrs.field(hash=False)
    #: The confidence factor: the probability that the option is first with its central
    #: weights; None if it is never first.
    confidence: float | None


@final
@attrs.frozen(kw_only=True)
class RankAcceptability(Report):
    """How often each response has each rank over a distribution of weights."""

    policy: str
    #: The situation, or the population of situations, as text.
    over: str
    #: The distribution of the weights, as text.
    weights: str
    #: `exact` or `Monte Carlo`.
    method: str
    #: The number of draws, and their seed; None if the method is exact.
    draws: int | None
    seed: int | None
    options: tuple[OptionAcceptability, ...]

    @checked
    def of(self, option: Option | str) -> OptionAcceptability:
        """Return the acceptability of one option."""
        return self.options[OPTIONS.index(Option(option))]

    @signed_chart
    def chart(self) -> Any:
        """Draw the rank acceptability indices as stacked bars, with Altair."""
        ranks = [f"rank {rank}" for rank in range(1, len(OPTIONS) + 1)]
        counts = {
            one.option.value: {
                rank: round(1_000_000 * share)
                for rank, share in zip(ranks, one.ranks, strict=True)
            }
            for one in self.options
        }
        return shares(
            counts,
            title=f"Rank acceptability of the responses under {self.policy}",
            subtitle=f"{self.over}; weights {self.weights}; {self._how()}",
            axis="probability of the rank (%)",
            parts=ranks,
        )

    def _how(self) -> str:
        if self.draws is None:
            return "exact"
        return f"Monte Carlo, {self.draws:,} draws, seed {self.seed}"

    def _interval_lines(self) -> Iterator[str]:
        """Describe the confidence intervals, if weights were drawn."""
        if self.draws is None:
            return
        ends = [ends for one in self.options for ends in one.intervals]
        widest = max((high - low) / 2 for low, high in ends)
        most = wilson_interval(0, self.draws)[1]
        yield (
            f"95% intervals (Wilson): up to {100 * widest:.2g} percentage points above "
            f"and below; 0% could be up to {100 * most:.2g}%, and 100% as low as "
            f"{100 - 100 * most:.4g}%"
        )

    def _rows(self) -> Table:
        ranks = range(1, len(OPTIONS) + 1)
        names = tuple(dict.fromkeys(n for x in self.options for n in x.central or ()))
        return Table(
            columns=(
                "option",
                *(f"rank_{rank}" for rank in ranks),
                *(f"se_{rank}" for rank in ranks),
                *(f"{end}_{rank}" for rank in ranks for end in ("low", "high")),
                "confidence",
                *(f"central_{name}" for name in names),
                "over",
            ),
            rows=tuple(
                (
                    *(one.option.value, *one.ranks, *one.errors),
                    *chain.from_iterable(one.intervals),
                    one.confidence,
                    *((one.central or {}).get(name) for name in names),
                    str(self.over),
                )
                for one in self.options
            ),
        )

    def _table(self) -> Table:
        return Table(
            lines=(
                f"{self.policy}: probability of each rank",
                f"over {self.over}",
                f"weights: {self.weights}",
                f"method: {self._how()}",
                *self._interval_lines(),
            ),
            columns=(
                "option",
                *(f"rank {rank}" for rank in range(1, len(OPTIONS) + 1)),
                "confidence factor",
                "largest central weights",
            ),
            rows=tuple(
                (
                    one.option.value,
                    *(_percent(share) for share in one.ranks),
                    "-" if one.confidence is None else _percent(one.confidence),
                    _largest(one.central),
                )
                for one in self.options
            ),
        )


def _percent(share: float) -> str:
    return "0%" if share == 0 else "100%" if share == 1 else f"{100 * share:.2f}%"


def _largest(central: Mapping[str, float] | None) -> str:
    if central is None:
        return "-"
    first = sorted(central.items(), key=lambda one: -one[1])[:3]
    return ", ".join(f"{name} {weight:.3g}" for name, weight in first)


@checked
def rank_acceptability(
    policy: Policy | str | Path,
    situation: Situation | Mapping[str, Any] | None = None,
    *,
    ranges: Ranges | None = None,
    where: Where | None = None,
    over: Over = "all",
    draws: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> RankAcceptability:
    """Compute how often each response has each rank if the weights are uncertain.

    By default, all weights that sum to 1 are equally likely (uniform on the simplex).
    For one situation with up to five weights that matter, the result is exact.
    Otherwise, weights are drawn at random. Over a population, each draw also picks a
    random situation.

    Args:
        policy: a weighted policy, or its ID or path.
        situation: one situation; by default, all situations of a population.
        ranges: the lowest and highest weights for some principles. These weights vary
            independently and uniformly; all other weights are fixed.
        where: facts, each with the value or values that it may have, for a population.
        over: the population (see `Population.of`).
        draws: the number of draws; by default, 10,000 for one situation and 2,000 for a
            population.
        seed: the seed for the draws; the same seed draws the same weights.
        progress: called with the number of situations drawn and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *situation*, *where* or *over* has an undeclared fact or value.
        AnalysisError: the policy is not weighted, *ranges*, *draws* or *over* is
            invalid, or *situation* is given together with *where* or *over*.
        TableError: the table given as *over* cannot be read.
    """
    if draws is None:
        draws = _FEWER_DRAWS if situation is None else _DRAWS
    base, (weights, on), *_ = check_then(
        partial(weighted, policy),
        lambda base: check_all(
            partial(_distribution, base, ranges),
            partial(_situations, base, situation, where, over),
        ),
        lambda: _check_either(situation, where, over),
        partial(_check_draws, draws),
        partial(ranged, "seed", seed, 0, 2**63 - 1),
    )
    if isinstance(on, Situation):
        whom = f"one situation: {facts_text(on)}"
        asked: dict[str, Any] = {"situation": on.known()}
        matrices = [_matrix(verdict_on(base, on), weights)]
        exact = sum(map(bool, _in_play(matrices[0]))) <= EXACT
    else:
        space, summary = on
        whom, asked = str(summary), {"where": where, "over": summary.recorded}
        drawn = islice(space.draw(Random(seed)), draws)  # noqa: S311 - not a secret
        matrices = [*_matrices(base, drawn, weights, draws, progress)]
        exact = False
    options = (
        _exactly(matrices[0], weights)
        if exact
        else _by_draws(matrices, weights, draws, seed)
    )
    asked["ranges"] = weights.recorded
    asked["draws"] = None if exact else draws
    return RankAcceptability(
        provenance=made_of(base, seed=None if exact else seed, **asked),
        policy=base.id,
        over=whom,
        weights=str(weights),
        method="exact" if exact else "Monte Carlo",
        draws=None if exact else draws,
        seed=None if exact else seed,
        options=tuple(options),
    )


@final
@attrs.frozen
class _Distribution:
    """The distribution of the weights of principles whose rules add points."""

    names: tuple[str, ...]
    base: tuple[Fraction, ...]
    #: The ranges of the weights that vary; None for all weights that sum to 1.
    ranges: Mapping[str, tuple[Fraction, Fraction]] | None
    #: The points that each rule adds: one row for each option, a column for each name.
    added: Mapping[str, _Array]

    def __str__(self) -> str:
        if self.ranges is None:
            many = len(self.names)
            return f"uniform over all weights of {many} principles that sum to 1"
        listed = (f"{name} {a} to {b}" for name, (a, b) in self.ranges.items())
        return f"independent and uniform, {', '.join(listed)}; others fixed"

    @property
    def recorded(self) -> dict[str, list[Any]] | None:
        """The ranges as plain data for the provenance."""
        if self.ranges is None:
            return None
        return {name: [*map(recorded, ends)] for name, ends in self.ranges.items()}

    def draw(self, draws: int, seed: int) -> _Array:
        """Draw weights: one row for each draw."""
        generator = np.random.default_rng(seed)
        if self.ranges is None:
            return generator.dirichlet(np.ones(len(self.names)), draws)
        drawn = generator.random((draws, len(self.names)))
        ends = [
            self.ranges.get(name, (weight, weight))
            for name, weight in zip(self.names, self.base, strict=True)
        ]
        low, high = (np.array([float(end[n]) for end in ends]) for n in (0, 1))
        found: _Array = low + drawn * (high - low)
        return found


@final
@attrs.frozen
class _Matrix:
    """The points of the options under each principle, and their statuses."""

    #: One row for each option, one column for each principle.
    points: _Array
    status: tuple[int, ...]
    varying: tuple[bool, ...]


def _check_either(situation: object, where: object, over: object) -> None:
    """Raise an error if there are both a situation and a population."""
    of_all = type(over) is str and over == "all"
    if situation is not None and not (where is None and of_all):
        raise AnalysisError([problem("BE875.one")])


def _situations(
    policy: Policy,
    situation: Situation | Mapping[str, Any] | None,
    where: Where | None,
    over: Over,
) -> Situation | tuple[Space, PopulationSummary]:
    """Return the one situation or, without one, the population."""
    if situation is None:
        return space_over(policy.vocabulary, over, where)
    return situation_of(situation, policy)


def _check_draws(draws: int) -> None:
    if not 1 <= draws <= _MOST_DRAWS:
        raise AnalysisError([problem("BE875.draws", token=str(draws))])


def _distribution(policy: Policy, ranges: Ranges | None) -> _Distribution:
    used = {
        rule.principle
        for rule in policy.rules
        if any(strength for *_, strength in rule.then.pulls())
    }
    principles = [one for one in policy.principles if one.id in used]

    def read(name: str) -> tuple[str, tuple[Fraction, Fraction]]:
        if name not in used:
            near = did_you_mean(name, [one.id for one in principles])
            raise AnalysisError([problem("BE822", name=name, near=near, token=name)])
        low, high = all_of(lambda end: weight_of(end, name), (ranges or {})[name])
        if low > high:
            wrong = problem("BE875.range", token=name, low=low, high=high)
            raise AnalysisError([wrong])
        return name, (low, high)

    exact = dict(all_of(read, ranges or {}))
    places = {one.id: place for place, one in enumerate(principles)}
    added = points_by_principle(policy, places)
    return _Distribution(
        tuple(places),
        tuple(Fraction(one.weight) for one in principles),
        exact if ranges else None,
        {rule: points.astype(np.int64) for rule, points in added.items()},
    )


def _matrix(verdict: Verdict, weights: _Distribution) -> _Matrix:
    """Add up the points of the rules that apply."""
    none = np.zeros((len(OPTIONS), len(weights.names)), np.int64)
    return _Matrix(
        sum((weights.added[rule] for rule in verdict.binding), none),
        tuple(STATUS_ORDER[one.status] for one in verdict.assessments),
        tuple(
            weights.ranges is None or name in weights.ranges for name in weights.names
        ),
    )


def _matrices(
    policy: Policy,
    drawn: Iterator[Situation],
    weights: _Distribution,
    draws: int,
    progress: Progress | None,
) -> Iterator[_Matrix]:
    """Yield the points of the options in each of the situations *drawn*."""
    for done, situation in enumerate(drawn, 1):
        yield _matrix(verdict_on(policy, situation), weights)
        if progress is not None and done % _REPORT_EVERY == 0:
            progress(done, draws)


def _in_play(matrix: _Matrix) -> list[bool]:
    """Mark the weights that vary and can change the order of two options."""
    differs = np.zeros(matrix.points.shape[1], bool)
    for one, other in PAIRS:
        if matrix.status[one] == matrix.status[other]:
            differs |= matrix.points[one] != matrix.points[other]
    return [bool(a and b) for a, b in zip(differs, matrix.varying, strict=True)]


def _by_draws(
    matrices: Sequence[_Matrix], weights: _Distribution, draws: int, seed: int
) -> Iterator[OptionAcceptability]:
    """Estimate the ranks from draws.

    *matrices* has one situation for all draws, or one for each draw.
    """
    drawn = weights.draw(draws, seed)
    points = np.stack([one.points for one in matrices])
    status = np.array([one.status for one in matrices])
    ranks = _ranks(points, status, drawn)
    for place, option in enumerate(OPTIONS):
        own = ranks[:, place]
        indices = [float((own == rank).mean()) for rank in range(1, 5)]
        central, confidence = None, None
        if (own == 1).any():
            mean = drawn[own == 1].mean(axis=0)
            central = dict(zip(weights.names, mean.tolist(), strict=True))
            at_mean = _ranks(points, status, mean[None])[:, place]
            confidence = float((at_mean == 1).mean())
        yield OptionAcceptability(
            option=option,
            ranks=tuple(indices),
            errors=tuple(sqrt(b * (1 - b) / draws) or None for b in indices),
            intervals=tuple(wilson_interval(b, draws) for b in indices),
            central=central,
            confidence=confidence,
        )


def _ranks(points: _Array, status: _Array, weights: _Array) -> _Array:
    """Rank options for each situation, each draw, or each situation with its draw."""
    one, other = np.transpose(PAIRS)
    # Rounding cannot break a tie, because the difference then depends only on fixed
    # weights, which are integers.
    leads = ((points[:, one] - points[:, other]) @ weights[..., None])[..., 0]
    better = status[:, other] - status[:, one]
    signs = np.where(better, np.sign(better), np.sign(leads))
    placed = ranks_by_signs(signs.astype(np.int8))
    ranks: _Array = 1 + (placed[:, None, :] < placed[:, :, None]).sum(axis=-1)
    return ranks


def _exactly(matrix: _Matrix, weights: _Distribution) -> Iterator[OptionAcceptability]:
    """Compute acceptabilities exactly by cutting the space of weights that matter."""
    playing = [n for n, plays in enumerate(_in_play(matrix)) if plays]
    points, fixed = matrix.points, np.zeros(len(OPTIONS), object)
    if weights.ranges is not None:
        for place, (name, weight) in enumerate(
            zip(weights.names, weights.base, strict=True)
        ):
            if name not in weights.ranges:
                fixed = fixed + points[:, place].astype(object) * weight
    inner = points[:, playing]
    pieces = _start(playing, weights)
    for one, other in PAIRS:
        if matrix.status[one] == matrix.status[other]:
            lead = (inner[one] - inner[other]).tolist()
            plane = (*lead, Fraction(fixed[one]) - Fraction(fixed[other]))
            pieces = [part for piece in pieces for part in _cut(piece, plane)]
    found: dict[tuple[int, int], Fraction] = {}
    sums: dict[int, list[Fraction]] = {}
    for volume, corners in pieces:
        center = [
            sum(axis, Fraction(0)) / len(corners) for axis in zip(*corners, strict=True)
        ]
        ranks = _ranks_at(matrix.status, inner, fixed, center)
        for place, rank in enumerate(ranks):
            found[place, rank] = found.get((place, rank), Fraction(0)) + volume
            if rank == 1:
                own = sums.setdefault(place, [Fraction(0)] * len(playing))
                sums[place] = [a + volume * b for a, b in zip(own, center, strict=True)]
    for place, option in enumerate(OPTIONS):
        first = found.get((place, 1))
        central = first and _central(
            [one / first for one in sums[place]], playing, weights
        )
        indices = tuple(float(found.get((place, rank), 0)) for rank in range(1, 5))
        yield OptionAcceptability(
            option=option,
            ranks=indices,
            errors=(0.0,) * len(OPTIONS),
            intervals=tuple((index, index) for index in indices),
            central=central or None,
            # The option is first with its central weights, because the weights with
            # which it is first form a convex set.
            confidence=1.0 if first else None,
        )


def _start(playing: Sequence[int], weights: _Distribution) -> list[_Piece]:
    """Divide the space of the relevant weights into simplices."""
    size = len(playing)
    if weights.ranges is None:
        units = [
            tuple(Fraction(n == corner) for n in range(size)) for corner in range(size)
        ]
        return [(Fraction(1), tuple(units) or ((),))]
    # Each order of the axes yields one simplex of the box. All have the same volume.
    ends = [weights.ranges[weights.names[n]] for n in playing]
    orders = [*permutations(range(size))]
    pieces: list[_Piece] = []
    for order in orders:
        at = [low for low, _ in ends]
        corners = [tuple(at)]
        for axis in order:
            at[axis] = ends[axis][1]
            corners.append(tuple(at))
        pieces.append((Fraction(1, len(orders)), tuple(corners)))
    return pieces


def _cut(piece: _Piece, plane: Sequence[Any]) -> Iterator[_Piece]:
    """Cut a simplex into simplices that do not cross *plane*.

    The last number of *plane* is its constant term.
    """
    volume, corners = piece
    heights = [
        sum((a * b for a, b in zip(plane, corner, strict=False)), Fraction(plane[-1]))
        for corner in corners
    ]
    low, high = heights.index(min(heights)), heights.index(max(heights))
    if heights[low] >= 0 or heights[high] <= 0:
        yield piece
        return
    part = heights[high] / (heights[high] - heights[low])
    crossing = tuple(
        a + part * (b - a) for a, b in zip(corners[high], corners[low], strict=True)
    )
    for replaced, share in ((low, part), (high, 1 - part)):
        there = (*corners[:replaced], crossing, *corners[replaced + 1 :])
        yield from _cut((volume * share, there), plane)


def _ranks_at(
    status: Sequence[int], inner: _Array, fixed: _Array, center: Sequence[Fraction]
) -> list[int]:
    totals = [
        sum((p * w for p, w in zip(row.tolist(), center, strict=True)), Fraction(extra))
        for row, extra in zip(inner, fixed.tolist(), strict=True)
    ]
    keys = [(height, -total) for height, total in zip(status, totals, strict=True)]
    return [1 + sum(other < key for other in keys) for key in keys]


def _central(
    center: Sequence[Fraction], playing: Sequence[int], weights: _Distribution
) -> dict[str, float]:
    """Return the central weights of all principles."""
    size = len(weights.names)
    if weights.ranges is None:
        # The mean sum of the weights that matter is len(playing) / size. The sum is
        # independent of the proportions of these weights.
        means = [Fraction(1, size)] * size
        scale = Fraction(len(playing), size)
    else:
        ends = [
            weights.ranges.get(name, (weight, weight))
            for name, weight in zip(weights.names, weights.base, strict=True)
        ]
        means = [(low + high) / 2 for low, high in ends]
        scale = Fraction(1)
    for place, mean in zip(playing, center, strict=True):
        means[place] = scale * mean
    return {n: float(mean) for n, mean in zip(weights.names, means, strict=True)}
