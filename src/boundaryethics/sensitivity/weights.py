"""Compute the weight sensitivity of a policy: stability ranges and tipping points.

A lead is the difference in points between two options: one number for each principle.
The weighted sum of a lead is its score, and the sign of the score orders the two
options. Rankings depend on weights only through these signs (S15). Weights and answers
are exact fractions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import isfinite, lcm, sqrt
from numbers import Rational
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.arguments import checked
from boundaryethics.charts import Interval, intervals
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import (
    AnalysisError,
    Problem,
    did_you_mean,
    plain_text,
    problem,
)
from boundaryethics.mdd.build import Progress, QueryBuilder, merged
from boundaryethics.mdd.score_vectors import RowScores, ScoreVectors, sums_of
from boundaryethics.mdd.scores import (
    OPTIONS,
    PAIRS,
    flags_of,
    points_by_principle,
    signs_by_status,
    too_heavy,
)
from boundaryethics.mdd.space import Count, Exact, Space, Truths, Where, Whole
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName, Option
from boundaryethics.policies import as_policy
from boundaryethics.ranking import scales, weigh
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    facts_text,
    fields_as_data,
    made_of,
    population_part,
    signed_chart,
    sized,
)

#: The limit on a sum of points times weights; it is well within a machine word.
_LARGEST = 1 << 45


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreDifferences:
    """All leads of one option over another, signed so that no score is negative."""

    policy: Policy
    #: The principles that support or oppose an option, in the order of the policy.
    principles: tuple[str, ...]
    weights: tuple[int, ...]
    space: Space
    #: For each lead, one row with the points of each principle.
    points: Whole
    #: The score of each lead: 0 if the two options are tied.
    score: Whole
    #: The fewest known facts that produce each lead.
    facts: Whole
    #: The leads of each pair of options, in the order of the pairs.
    _sums: tuple[ScoreVectors | RowScores, ...]

    def __len__(self) -> int:
        return len(self.score)

    def situation(self, row: int) -> Situation:
        """Return a situation with the lead in *row* and the fewest known facts."""
        pair, place = self._place(row)
        return self.space.situation(self._sums[pair].chosen(place))

    def options(self, row: int) -> tuple[Option, Option]:
        """Return the two options of the lead in *row*, the higher one first."""
        pair, place = self._place(row)
        one, other = (OPTIONS[number] for number in PAIRS[pair])
        (score,) = _scores(self._sums[pair].counts[place : place + 1], self.weights)
        return (other, one) if score < 0 else (one, other)

    def simplest(self, rows: Whole) -> int:
        """Return the first row in *rows* that has the fewest known facts."""
        return int(rows[self.facts[rows].argmin()])

    def _place(self, row: int) -> tuple[int, int]:
        for pair, sums in enumerate(self._sums):
            if row < len(sums.facts):
                return pair, row
            row -= len(sums.facts)
        raise IndexError(row)


def leads_of(
    policy: Policy, space: Space, progress: Progress | None = None
) -> ScoreDifferences:
    """Find every lead of *policy* in the situations of *space*.

    Raises:
        AnalysisError: there are too many leads, or points and weights are too large.
    """
    query = QueryBuilder([policy])
    strong = {
        rule.principle
        for rule in policy.rules
        if any(strength for *_, strength in rule.then.pulls())
    }
    principles = tuple(one.id for one in policy.principles if one.id in strong)
    weights = tuple(policy.principle[name].weight for name in principles)
    places = {name: place for place, name in enumerate(principles)}
    added = points_by_principle(policy, places)
    heavy = np.array([max(weight, 1) for weight in weights], object)
    if sum((np.abs(points) * heavy).sum() for points in added.values()) > _LARGEST:
        raise AnalysisError([too_heavy([policy])])
    sums: list[ScoreVectors | RowScores] = []
    if space.table is not None:
        sums += _sums_in_table(policy, space, added)
    for pair, (one, other) in enumerate(PAIRS[len(sums) :]):
        counts = np.zeros((len(query.builder.network().nodes), len(weights)), np.int64)
        for rule, points in added.items():
            counts[query.builder.rules[0][rule]] = points[one] - points[other]
        sums.append(sums_of(query, space, pair, counts))
        if progress:
            progress(len(sums), len(PAIRS))
    points = np.concatenate([one.counts for one in sums])
    score = _scores(points, weights)
    points[score < 0] *= -1
    return ScoreDifferences(
        policy=policy,
        principles=principles,
        weights=weights,
        space=space,
        points=points,
        score=np.abs(score),
        facts=np.concatenate([one.facts for one in sums]),
        sums=tuple(sums),
    )


def _sums_in_table(
    policy: Policy, space: Space, added: Mapping[str, Exact]
) -> Iterator[RowScores]:
    """Yield the leads in the table of *space*, for each pair of options."""
    from boundaryethics.batch import compile_policy

    rows = space.rows
    ranked = compile_policy(policy).rank_codes(
        rows.codes(space.vocabulary), binding=True
    )
    sums: Exact = np.zeros((len(rows), *next(iter(added.values())).shape), object)
    flags = np.zeros((len(rows), 2), np.int64)
    for rule, points in added.items():
        applies = ranked.binds(rule)
        sums[applies] += points
        flags[applies] |= np.array(flags_of(policy, rule))
    by_status = signs_by_status()[flags @ np.array([1, 1 << 8])]
    for pair, (one, other) in enumerate(PAIRS):
        alike = np.flatnonzero(by_status[:, pair] == 0)
        counts = (sums[alike, one] - sums[alike, other]).astype(np.int64)
        yield RowScores.of(counts, rows, alike)


def _scores(points: Whole, weights: Sequence[int]) -> Whole:
    """Score each row of *points*, without copying the array to a wider type."""
    wide = np.array(weights, np.int64)
    scores: Whole = np.einsum("ij,j->i", points, wide, dtype=np.int64)
    return scores


Weights: TypeAlias = tuple[Fraction, ...]


def by_least_sum(weights: Sequence[Fraction], lead: Sequence[int]) -> Weights:
    """Find the weights at which *lead* is lost, with the smallest sum of changes (L1).

    The weight with the most points changes first. A weight that supports the lead can
    fall to zero. A weight that opposes it can grow without limit.
    """
    shifted = list(weights)
    left = _score(weights, lead)
    for place in sorted(range(len(lead)), key=lambda n: -abs(lead[n])):
        points = lead[place]
        if points > 0:
            change = min(weights[place], left / points)
            shifted[place] -= change
            left -= change * points
        elif points < 0:
            shifted[place] += left / -points
            left = Fraction(0)
    return tuple(shifted)


def by_least_way(weights: Sequence[Fraction], lead: Sequence[int]) -> Weights:
    """Find the nearest weights at which *lead* is lost, by straight-line distance (L2).

    Every weight changes in proportion to its points, and stops at zero. The score is a
    falling, piecewise linear function of the step length. It has a bend at each length
    at which a weight stops.
    """

    def shifted(length: Fraction) -> Weights:
        pairs = zip(weights, lead, strict=True)
        return tuple(max(Fraction(0), w - length * points) for w, points in pairs)

    start, here = Fraction(0), _score(weights, lead)
    stops = (w / points for w, points in zip(weights, lead, strict=True) if points > 0)
    # INVARIANT: at the last bend, no weight supports the lead.
    for end in sorted(stops):
        there = _score(shifted(end), lead)
        if there <= 0:
            break
        start, here = end, there
    return shifted(start + here * (end - start) / (here - there))


def _score(weights: Sequence[Fraction], lead: Sequence[int]) -> Fraction:
    pairs = zip(weights, lead, strict=True)
    return sum((weight * points for weight, points in pairs), Fraction(0))


def _end(leads: ScoreDifferences, place: int, sign: int) -> Bound | None:
    """Find the nearest tipping point if only the weight at *place* changes.

    *sign* is 1 if the weight increases, and -1 if it decreases.
    """
    against = leads.points[:, place].astype(np.int64) * -sign
    against[leads.score == 0] = 0
    lost: list[tuple[Fraction, int, int]] = []
    for slope in map(int, np.unique(against[against > 0])):
        rows = np.flatnonzero(against == slope)
        least = leads.score[rows].min()
        row = leads.simplest(rows[leads.score[rows] == least])
        lost.append((Fraction(int(least), slope), int(leads.facts[row]), row))
    far, _, row = min(lost, default=(Fraction(-1), 0, 0))
    at = leads.weights[place] + sign * far
    if not lost or at < 0:
        return None
    return Bound(at=at, turning=_tipping_point(leads, row, {place: at}))


def _nearest(leads: ScoreDifferences, *, squared: bool) -> NearestTippingPoint | None:
    """Find the nearest weights at which a lead is lost.

    With *squared*, use the straight-line distance (L2), not the sum of changes (L1).
    """
    shift, power = (by_least_way, 2) if squared else (by_least_sum, 1)
    weights = tuple(map(Fraction, leads.weights))
    best: tuple[Fraction, Weights, int] | None = None
    for bound, rows in _by_bound(leads, power):
        if best and best[0] <= bound:
            break
        for row in map(int, rows):
            shifted = shift(weights, leads.points[row].tolist())
            changes = (abs(a - b) for a, b in zip(weights, shifted, strict=True))
            far = sum((change**power for change in changes), Fraction(0))
            if best is None or far < best[0]:
                best = far, shifted, row
            if far == bound:
                break
    if best is None:
        return None
    changed = {n: after for n, after in enumerate(best[1]) if after != weights[n]}
    return NearestTippingPoint(
        moves=tuple((leads.principles[n], weights[n], w) for n, w in changed.items()),
        turning=_tipping_point(leads, best[2], changed),
    )


def _by_bound(leads: ScoreDifferences, power: int) -> Iterator[tuple[Fraction, Whole]]:
    """Yield the leads, sorted by a lower bound on the distance at which each is lost.

    The bound is the ratio of a lead's score to its slope. It is the exact distance
    unless a weight falls to zero before the lead is lost.
    """
    slopes = np.zeros(len(leads), np.int64)
    for place, weight in enumerate(leads.weights):
        points = leads.points[:, place].astype(np.int64)
        falling = points if weight else np.minimum(points, 0)
        if power > 1:
            slopes += np.square(falling)
        else:
            np.maximum(slopes, np.abs(falling), out=slopes)
    rows = np.flatnonzero(leads.score > 0)
    scores, slopes = leads.score[rows], slopes[rows]
    first, group = merged([scores, slopes])
    pairs = zip(scores[first].tolist(), slopes[first].tolist(), strict=True)
    groups: dict[Fraction, list[int]] = {}
    for number, (score, slope) in enumerate(pairs):
        groups.setdefault(Fraction(score**power, slope), []).append(number)
    for ratio in sorted(groups):
        found = rows[np.isin(group, groups[ratio])]
        yield ratio, found[np.argsort(leads.facts[found], kind="stable")]


#: Weights by principle: integers, fractions or decimals. A float is read as a decimal.
Weighted: TypeAlias = Mapping[str, int | float | Fraction | Decimal]

#: The number of leads to multiply by the weights at a time.
_BLOCK = 1 << 16


@final
@attrs.frozen(eq=False, repr=False)
class Region:
    """All nonnegative weights that leave every ranking of a policy unchanged."""

    _leads: ScoreDifferences

    def __repr__(self) -> str:
        return f"<Region of {plural(len(self.principles), 'weight')}>"

    @property
    def principles(self) -> tuple[str, ...]:
        """The principles whose weights have an effect: the columns of `half_spaces`."""
        return self._leads.principles

    @cached_property
    def half_spaces(self) -> Whole:
        """The leads whose scores must stay above zero, without duplicate directions.

        A lead is the difference in points between two options; its score is the
        weighted sum. The array has one row for each lead, and one column for each of
        `principles`. Some rows may be redundant.
        """
        return self._directions(self._leads.score > 0)

    @cached_property
    def ties(self) -> Whole:
        """The leads whose scores must stay at zero, in the format of `half_spaces`."""
        return self._directions((self._leads.score == 0) & self._leads.points.any(1))

    @checked
    def contains(self, weights: Weighted) -> bool:
        """Return whether *weights* keep every ranking.

        A principle that is not in *weights* retains its current weight.

        Raises:
            AnalysisError: a principle is not used by any rule, or a weight is not a
                nonnegative number.
        """
        return self._keep(self._exact(weights), least=0)

    @checked
    def keeps_strict_orders(self, weights: Weighted) -> bool:
        """Return whether *weights* leave every strict order of two options unchanged.

        Ties may be broken.

        Raises:
            AnalysisError: as for `contains`.
        """
        return self._keep(self._exact(weights), least=1)

    def _keep(self, weights: tuple[int, ...], *, least: int) -> bool:
        """Return whether *weights* keep the sign of each score of *least* or more."""
        points, score = self._leads.points, self._leads.score
        most = max(int(points.max(initial=1)), -int(points.min(initial=0)))
        # Use integers of any size if a machine word may be too small.
        kind = np.int64 if sum(weights) * most < 1 << 62 else object
        exact = np.array(weights, kind)
        for start in range(0, len(score), _BLOCK):
            block = slice(start, start + _BLOCK)
            scores = points[block].astype(kind) @ exact
            lost = np.sign(scores) != np.sign(score[block])
            if (lost & (score[block] >= least)).any():
                return False
        return True

    def _directions(self, chosen: Truths) -> Whole:
        points = self._leads.points[chosen]
        if not points.size:
            return points
        points = points // np.gcd.reduce(points, axis=1)[:, None]
        first, _ = merged([*np.ascontiguousarray(points.T, np.int64)])
        directions: Whole = points[np.sort(first)]
        return directions

    def _exact(self, weights: Weighted) -> tuple[int, ...]:
        """Return all weights as integers, in the same proportions."""
        problems: list[Problem] = []
        for name, weight in weights.items():
            if name not in self.principles:
                near = did_you_mean(name, self.principles)
                problems.append(problem("BE822", name=name, near=near, token=name))
            elif not _is_number(weight) or weight < 0:
                shown = plain_text(weight)
                wrong = problem("BE821", name=name, weight=shown, token=shown)
                problems.append(wrong)
        if problems:
            raise AnalysisError(problems)
        base = zip(self.principles, self._leads.weights, strict=True)
        given = [weights.get(name, weight) for name, weight in base]
        # As in curves, a float counts as the shortest decimal that represents it.
        texts = [str(one) if isinstance(one, float) else one for one in given]
        return _whole([Fraction(one) for one in texts])


def _is_number(weight: object) -> bool:
    if isinstance(weight, float | Decimal):
        return isfinite(weight)
    return isinstance(weight, Rational) and not isinstance(weight, bool)


def _whole(weights: Sequence[Fraction]) -> tuple[int, ...]:
    common = lcm(*(weight.denominator for weight in weights))
    return tuple(int(weight * common) for weight in weights)


@final
@attrs.frozen(kw_only=True)
class TippingPoint(PlainData):
    """Two options whose order changes with the weights, in one situation."""

    #: A situation with the fewest known facts.
    situation: Situation
    #: The higher option or, if the two are tied, the first of them.
    above: Option
    below: Option
    #: The rules that support or oppose the two options, based on principles whose
    #: weights change.
    rules: tuple[str, ...]

    def __str__(self) -> str:
        two, rules = f"{self.above} and {self.below}", ", ".join(self.rules)
        return f"{two} ({rules}), for example {facts_text(self.situation)}"


def reweighted(policy: Policy, weights: Mapping[str, Fraction]) -> Policy:
    """Apply *weights* to *policy*, and scale all weights to integers."""
    before = policy.principles
    exact = _whole([weights.get(one.id, Fraction(one.weight)) for one in before])
    both = zip(before, exact, strict=True)
    return attrs.evolve(
        policy,
        principles=tuple(attrs.evolve(one, weight=weight) for one, weight in both),
    )


def _tipping_point(
    leads: ScoreDifferences, row: int, changed: Mapping[int, Fraction]
) -> TippingPoint:
    """Describe how the lead in *row* is lost; *changed* maps indices to weights."""
    policy, situation = leads.policy, leads.situation(row)
    above, below = leads.options(row)
    weights = {leads.principles[place]: weight for place, weight in changed.items()}
    before = verdict_on(policy, situation)
    on = scales(reweighted(policy, weights), before.presenter)
    after = weigh(on, situation, before.derivation)
    ranks = [
        (one.options[above].rank, one.options[below].rank) for one in (before, after)
    ]
    if len({(one > other) - (one < other) for one, other in ranks}) == 1:
        message = f"{above, below} do not change at {weights} in {situation}"
        raise ContradictedError(message)
    rules = (
        reason.rule
        for option in (above, below)
        for reason in before.options[option].reasons
        if reason.strength is not None and reason.principle in weights
    )
    return TippingPoint(
        situation=situation, above=above, below=below, rules=tuple(dict.fromkeys(rules))
    )


@final
@attrs.frozen(kw_only=True)
class Bound:
    """One end of the range of a weight in which no strict order changes."""

    #: The weight at this end.
    at: Fraction
    #: The order that is lost at this end; None if the end is 0 and no order is lost.
    turning: TippingPoint | None

    @property
    def open(self) -> bool:
        """Whether the range excludes this end."""
        return self.turning is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the bound as plain data, with the exact fraction."""
        turning = self.turning.to_dict() if self.turning else None
        return {
            "at": as_data(self.at, exact=True),
            "open": self.open,
            "turning": turning,
        }


@final
@attrs.frozen(kw_only=True)
class WeightRange(PlainData):
    """The range of one weight, changed alone, in which no strict order changes."""

    principle: str
    weight: int
    #: Between these ends, every strict order stays the same.
    low: Bound
    #: None if the weight can increase without limit.
    high: Bound | None
    #: Two tied options that any change in the weight separates; None if there are none.
    tie: TippingPoint | None

    @checked
    def contains(self, weight: Fraction) -> bool:
        """Return whether *weight* keeps every ranking."""
        if self.tie is not None:
            return weight == self.weight
        return self.keeps_strict_orders(weight)

    @checked
    def keeps_strict_orders(self, weight: Fraction) -> bool:
        """Return whether *weight* leaves every strict order unchanged."""
        above = weight > self.low.at or (weight == self.low.at and not self.low.open)
        return above and (self.high is None or weight < self.high.at)

    @property
    def kept(self) -> str:
        """The weights that keep every ranking, as text: `[0, 9/4)`."""
        return f"only {self.weight}" if self.tie else self.ordered

    @property
    def ordered(self) -> str:
        """The weights that change no strict order, as text; ties may be broken."""
        opening = "(" if self.low.open else "["
        return f"{opening}{self.low.at}, {self.high.at if self.high else '∞'})"


@final
@attrs.frozen(kw_only=True)
class NearestTippingPoint:
    """The nearest weights at which an option no longer ranks above another."""

    #: Each principle whose weight changes, with its weight before and after.
    moves: tuple[tuple[str, Fraction, Fraction], ...]
    turning: TippingPoint

    @property
    def total(self) -> Fraction:
        """The sum of all changes (L1)."""
        return sum((abs(b - a) for _, a, b in self.moves), Fraction(0))

    @property
    def squared(self) -> Fraction:
        """The square of the distance (L2)."""
        return sum(((b - a) ** 2 for _, a, b in self.moves), Fraction(0))

    @property
    def distance(self) -> float:
        """The straight-line distance from the current weights (L2)."""
        return sqrt(self.squared)

    @property
    def changes_text(self) -> str:
        """The changes as text: `care 1 -> 3`."""
        return ", ".join(f"{name} {was} -> {now}" for name, was, now in self.moves)

    def __str__(self) -> str:
        return f"{self.changes_text}: {self.turning}"

    def to_dict(self) -> dict[str, Any]:
        """Return the weights as plain data, with exact fractions."""
        return {
            "moves": [
                as_data({"principle": n, "before": a, "after": b}, exact=True)
                for n, a, b in self.moves
            ],
            "total": as_data(self.total, exact=True),
            "distance": self.distance,
            "turning": self.turning.to_dict(),
        }


@final
@attrs.frozen(kw_only=True)
class WeightSensitivity(Report):
    """How far the weights of a policy can change before its rankings do."""

    policy: str
    #: The number of situations that the analysis covers; 1 if they have weights.
    total: Count
    #: One range for each principle of a rule with a strength, in the policy's order.
    ranges: tuple[WeightRange, ...]
    #: The nearest weights by the sum of changes, and by straight-line distance; None
    #: if no option ranks above another by points.
    nearest_l1: NearestTippingPoint | None
    nearest_l2: NearestTippingPoint | None
    #: All weights that keep every ranking.
    region: Region = attrs.field(eq=False, repr=False)
    #: The situations that the analysis covers.
    over: PopulationSummary | None = None

    def _data(self) -> dict[str, Any]:
        return fields_as_data(self, without={"provenance", "region"})

    @signed_chart
    def chart(self) -> Any:
        """Draw each range of weights in which no strict order changes, with Altair."""
        tied = any(one.tie for one in self.ranges)
        only = "; `only`: options are tied, and any change of the weight breaks the tie"
        return intervals(
            [
                Interval(
                    one.principle,
                    one.weight,
                    float(one.low.at),
                    float(one.high.at) if one.high else None,
                    without=(one.low.open, one.high is not None),
                    note=one.kept if one.tie else "",
                )
                for one in self.ranges
            ],
            title=f"Stability ranges of the weights of {self.policy}",
            subtitle="each weight can change alone within its range and keep all "
            f"strict orders, over {sized(self.over, self.total)}; a "
            f"hollow end is not in the range{only if tied else ''}",
            axis="weight",
        )

    def _rows(self) -> Table:
        return Table(
            columns=("principle", "weight", "low", "high", "tied", "over"),
            rows=tuple(
                (*row, x.tie is not None, str(self.over))
                for x in self.ranges
                for high in [float(x.high.at if x.high else "inf")]
                for row in [(x.principle, x.weight, float(x.low.at), high)]
            ),
        )

    def _table(self) -> Table:
        kept = ("keeps all rankings", "keeps all strict orders")
        return Table(
            lines=tuple(self._lines()),
            columns=("principle", "weight", *kept, "changes at"),
            rows=tuple(row for one in self.ranges for row in _text_rows(one)),
        )

    def _lines(self) -> Iterator[str]:
        weights = plural(len(self.ranges), "weight")
        yield f"{self.policy}: {weights}, {population_part(self.total)}"
        yield f"over {self.over}"
        if tied := sum(one.tie is not None for one in self.ranges):
            yield f"some options are tied; weights that can break a tie: {tied}"
        for kind, near in (("L1", self.nearest_l1), ("L2", self.nearest_l2)):
            if near is not None:
                length = near.total if kind == "L1" else f"{near.distance:.6g}"
                nearest = "nearest weights that change a strict order"
                yield f"{nearest} ({kind} distance {length}): {near.changes_text}"
                yield f"  {near.turning}"


def _text_rows(one: WeightRange) -> Iterator[tuple[Any, ...]]:
    """Yield a row for the range, and another for each additional tipping point."""
    high = one.high and one.high.turning
    ends = {"below": one.low.turning, "above": high, "tie": one.tie}
    turns = [f"{name}: {turning}" for name, turning in ends.items() if turning]
    yield one.principle, one.weight, one.kept, one.ordered, *(turns[:1] or ["-"])
    for turn in turns[1:]:
        yield "", "", "", "", turn


def weighted(policy: Policy | str | Path) -> Policy:
    """Load a policy, and raise an error if it is not weighted."""
    base = as_policy(policy)
    method = base.method.name
    if method is not MethodName.WEIGHTED:
        raise AnalysisError([problem("BE820", policy=base.id, method=method)])
    return base


@checked
def weight_sensitivity(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> WeightSensitivity:
    """Find how far the weights of *policy* can change before any ranking changes.

    The result is exact. The weights of situations in the population do not matter,
    because a single situation is enough to limit the weight of a principle.

    Args:
        policy: a weighted policy, or its ID or path.
        where: facts, each with the value or values that it may have.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
        progress: called with the number of option pairs processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        AnalysisError: the policy is not weighted, *over* is invalid, or the analysis is
            too large.
        TableError: the table given as *over* cannot be read.
    """
    policy = weighted(policy)
    space, summary = space_over(policy.vocabulary, over, where)
    leads = leads_of(policy, space, progress)
    return WeightSensitivity(
        provenance=made_of(policy, where=where, over=summary.recorded),
        policy=policy.id,
        total=space.size,
        over=summary,
        ranges=tuple(_range(leads, place) for place in range(len(leads.principles))),
        nearest_l1=_nearest(leads, squared=False),
        nearest_l2=_nearest(leads, squared=True),
        region=Region(leads),
    )


def _range(leads: ScoreDifferences, place: int) -> WeightRange:
    weight, tie = leads.weights[place], None
    ties = np.flatnonzero((leads.score == 0) & (leads.points[:, place] != 0))
    if len(ties):
        apart = {place: Fraction(weight + 1)}
        tie = _tipping_point(leads, leads.simplest(ties), apart)
    return WeightRange(
        principle=leads.principles[place],
        weight=weight,
        low=_end(leads, place, -1) or Bound(at=Fraction(0), turning=None),
        high=_end(leads, place, 1),
        tie=tie,
    )
