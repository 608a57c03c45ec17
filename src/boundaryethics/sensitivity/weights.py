"""What the rankings of a weighted policy hang on among the weights of its principles.

In: a policy, and the situations asked of. Out: how far each weight can change alone,
the nearest weights that change a ranking, and the region of all that change none.

All follows from the leads of one option over another, in points of each principle: the
weights make a number of a lead, and its sign is the order of the two; on weights a
ranking hangs by nothing else (S15). Every place where a ranking turns is consulted
before it is given. Weights are exact fractions, and so are the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from math import isfinite, lcm, sqrt
from numbers import Rational
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.charts import Interval, intervals
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import AnalysisError, Problem, did_you_mean
from boundaryethics.mdd.build import Progress, QueryBuilder, merged
from boundaryethics.mdd.score_vectors import ScoreVectors, sums_of
from boundaryethics.mdd.scores import OPTIONS, PAIRS, Digits, too_heavy
from boundaryethics.mdd.space import Space, Truths, Where, Whole, space_of
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName, Option, Pull
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import policy_named
from boundaryethics.ranking import scales, weigh
from boundaryethics.report import Report, Table, facts_of, facts_told, plural

#: No sum of points times weights may come near a machine word.
_LARGEST = 1 << 45


@final
@attrs.frozen(kw_only=True, eq=False)
class ScoreDifferences:
    """All leads of a policy, each turned so that its first option is not behind."""

    #: The principles that speak for or against an option, in the order of the policy.
    principles: tuple[str, ...]
    weights: tuple[int, ...]
    space: Space
    #: A row for each lead: the points of each principle.
    points: Whole
    #: What the weights make of each: 0 where the two options tie.
    score: Whole
    #: The fewest known facts with which each comes about.
    facts: Whole
    #: The leads of each pair of options follow one another.
    _sums: tuple[ScoreVectors, ...]

    def __len__(self) -> int:
        return len(self.score)

    def situation(self, row: int) -> Situation:
        """A situation that shows the lead in *row*, with as few facts as can be."""
        pair, place = self._place(row)
        return self.space.situation(self._sums[pair].chosen(place))

    def options(self, row: int) -> tuple[Option, Option]:
        """The two options of the lead in *row*, the one ahead first."""
        pair, place = self._place(row)
        one, other = (OPTIONS[number] for number in PAIRS[pair])
        total = _total(self._sums[pair].counts[place : place + 1], self.weights)
        return (other, one) if int(total[0]) < 0 else (one, other)

    def _place(self, row: int) -> tuple[int, int]:
        starts = self._starts
        pair = int(np.searchsorted(starts, row, side="right")) - 1
        return pair, row - int(starts[pair])

    @cached_property
    def _starts(self) -> Whole:
        sizes = [len(sums.facts) for sums in self._sums]
        return np.concatenate([[0], np.cumsum(sizes)[:-1]])


def leads_of(
    policy: Policy, space: Space, progress: Progress | None = None
) -> ScoreDifferences:
    """Every lead of *policy*, in the situations of *space*.

    Raises:
        AnalysisError: there are too many, or points and weights are too large.
    """
    asking, speaking = QueryBuilder([policy]), _speaking(policy)
    weights = tuple(policy.principle[name].weight for name in speaking)
    added = _added(policy, speaking)
    reach = sum(
        abs(row[place]) * max(weight, 1)
        for rows in added.values()
        for row in rows
        for place, weight in enumerate(weights)
    )
    if reach > _LARGEST:
        raise AnalysisError([too_heavy([policy])])
    sums: list[ScoreVectors] = []
    for pair in range(len(PAIRS)):
        sums.append(sums_of(asking, space, pair, _counts(asking, pair, added)))
        if progress:
            progress(len(sums), len(PAIRS))
    points = np.concatenate([one.counts for one in sums])
    score = _total(points, weights)
    points[score < 0] *= -1
    return ScoreDifferences(
        principles=speaking,
        weights=weights,
        space=space,
        points=points,
        score=np.abs(score),
        facts=np.concatenate([one.facts for one in sums]),
        sums=tuple(sums),
    )


def _total(points: Whole, weights: Sequence[int]) -> Whole:
    """What *weights* make of each row of *points*."""
    total = np.zeros(len(points), np.int64)
    for place, weight in enumerate(weights):
        total += points[:, place].astype(np.int64) * weight
    return total


#: For each rule what it adds to each option, by principle.
_Added: TypeAlias = Mapping[str, tuple[tuple[int, ...], ...]]


def _speaking(policy: Policy) -> tuple[str, ...]:
    """The principles on which some rule speaks with a strength."""
    heard = {
        rule.principle
        for rule in policy.rules
        if any(strength for *_, strength in rule.then.pulls())
    }
    return tuple(one.id for one in policy.principles if one.id in heard)


def _added(policy: Policy, speaking: tuple[str, ...]) -> _Added:
    worth = dict(policy.method.points)
    added: dict[str, tuple[tuple[int, ...], ...]] = {}
    for rule in policy.rules:
        own = {option: [0] * len(speaking) for option in OPTIONS}
        for pull, option, strength in rule.then.pulls():
            if strength is not None and rule.principle is not None:
                sign = -1 if pull is Pull.OPPOSES else 1
                own[option][speaking.index(rule.principle)] += sign * worth[strength]
        added[rule.id] = tuple(tuple(own[option]) for option in OPTIONS)
    return added


def _counts(asking: QueryBuilder, pair: int, added: _Added) -> Whole:
    """For each node what it adds to the lead of the pair's first option."""
    (rules,) = asking.weaver.rules
    one, other = PAIRS[pair]
    width = max((len(rows[0]) for rows in added.values()), default=0)
    counts = np.zeros((len(asking.weaver.woven().nodes), width), np.int64)
    for rule, rows in added.items():
        counts[rules[rule]] = np.subtract(rows[one], rows[other])
    return counts


Weights: TypeAlias = tuple[Fraction, ...]
#: Finds new weights for weights and a lead.
Shift: TypeAlias = Callable[[Sequence[Fraction], Sequence[int]], Weights]


def by_least_sum(weights: Sequence[Fraction], lead: Sequence[int]) -> Weights:
    """Where the lead is lost with the least sum of changes.

    What helps most for each unit goes first: a weight that speaks for the lead can be
    taken away until nothing is left of it, and one against it can grow for ever.
    """
    shifted = list(weights)
    left = _worth(weights, lead)
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
    """Where the lead is lost by the shortest straight line.

    Every weight moves in proportion to its points, but for those that come to nothing
    on the way. What is left of the lead falls with the length of the move, as a chain
    of straight pieces that bend where a weight comes to nothing.
    """
    gone = [w / points for w, points in zip(weights, lead, strict=True) if points > 0]
    bends = sorted({Fraction(0), *gone})
    # INVARIANT: at the last bend nothing speaks for the lead any more.
    start, end = next(
        (start, end)
        for start, end in pairwise(bends)
        if _worth(_moved(weights, lead, end), lead) <= 0
    )
    here, there = (_worth(_moved(weights, lead, bend), lead) for bend in (start, end))
    return _moved(weights, lead, start + here * (end - start) / (here - there))


def _moved(
    weights: Sequence[Fraction], lead: Sequence[int], length: Fraction
) -> Weights:
    return tuple(
        max(Fraction(0), weight - length * points)
        for weight, points in zip(weights, lead, strict=True)
    )


def _worth(weights: Sequence[Fraction], lead: Sequence[int]) -> Fraction:
    return sum(
        (w * points for w, points in zip(weights, lead, strict=True)), Fraction(0)
    )


def lost_by(
    leads: ScoreDifferences, place: int, sign: int
) -> tuple[Fraction, int] | None:
    """How far one weight can change until the first lead is lost, and which lead.

    *sign* is 1 for a weight that grows, and -1 for one that shrinks.
    """
    against = leads.points[:, place].astype(np.int64) * -sign
    against[leads.score == 0] = 0
    best: tuple[Fraction, int, int] | None = None
    for slope in map(int, np.unique(against[against > 0])):
        rows = np.flatnonzero(against == slope)
        least = leads.score[rows].min()
        rows = rows[leads.score[rows] == least]
        row = int(rows[leads.facts[rows].argmin()])
        found = Fraction(int(least), slope), int(leads.facts[row]), row
        best = found if best is None else min(best, found)
    return best and (best[0], best[2])


def tied_by(leads: ScoreDifferences, place: int) -> int | None:
    """A tie that any change of one weight breaks."""
    rows = np.flatnonzero((leads.score == 0) & (leads.points[:, place] != 0))
    return int(rows[leads.facts[rows].argmin()]) if len(rows) else None


def nearest_nearest_l1(leads: ScoreDifferences) -> tuple[Weights, int] | None:
    """The weights with the least sum of changes at which a lead is lost."""
    slopes = np.zeros(len(leads), np.int64)
    for place, weight in enumerate(leads.weights):
        points = leads.points[:, place].astype(np.int64)
        np.maximum(slopes, np.abs(points) if weight else -points, out=slopes)
    return _nearest(leads, slopes, by_least_sum, squared=False)


def nearest_nearest_l2(leads: ScoreDifferences) -> tuple[Weights, int] | None:
    """The weights the shortest straight line away at which a lead is lost."""
    slopes = np.zeros(len(leads), np.int64)
    for place, weight in enumerate(leads.weights):
        points = leads.points[:, place].astype(np.int64)
        slopes += np.square(points if weight else np.minimum(points, 0))
    return _nearest(leads, slopes, by_least_way, squared=True)


def _nearest(
    leads: ScoreDifferences, slopes: Whole, shift: Shift, *, squared: bool
) -> tuple[Weights, int] | None:
    """The nearest weights, where none are nearer than score and slope allow.

    That bound is met but where a weight comes to nothing on the way.
    """
    weights = tuple(map(Fraction, leads.weights))
    best: tuple[Fraction, Weights, int] | None = None
    rows = np.flatnonzero(leads.score > 0)
    for ratio, found in _by_ratio(leads, rows, slopes[rows], squared=squared):
        if best and best[0] <= ratio:
            break
        for row in map(int, found):
            shifted = shift(weights, leads.points[row].tolist())
            far = _far(weights, shifted, squared=squared)
            if best is None or far < best[0]:
                best = far, shifted, row
            if far == ratio:
                break
    return best and best[1:]


def _far(weights: Weights, shifted: Weights, *, squared: bool) -> Fraction:
    changes = (abs(a - b) for a, b in zip(weights, shifted, strict=True))
    return sum((c * c if squared else c for c in changes), Fraction(0))


def _by_ratio(
    leads: ScoreDifferences, rows: Whole, slopes: Whole, *, squared: bool
) -> Iterator[tuple[Fraction, Whole]]:
    """The *rows* of each ratio of score to slope, the least first."""
    power = 2 if squared else 1
    pairs, group = _pairs(leads.score[rows], slopes)
    ratios = [Fraction(int(score) ** power, int(slope)) for score, slope in pairs]
    for ratio in sorted(set(ratios)):
        chosen = np.array([one == ratio for one in ratios])
        found = rows[chosen[group]]
        yield ratio, found[np.argsort(leads.facts[found], kind="stable")]


def _pairs(scores: Whole, slopes: Whole) -> tuple[list[tuple[int, int]], Whole]:
    """The distinct pairs of numbers, and for each row which it is."""
    heights, by_score = np.unique(scores, return_inverse=True)
    steeps, by_slope = np.unique(slopes, return_inverse=True)
    both = by_score * len(steeps) + by_slope
    seen, group = np.unique(both, return_inverse=True)
    listed = [divmod(int(number), len(steeps)) for number in seen]
    return [(int(heights[a]), int(steeps[b])) for a, b in listed], group


#: Weights by principle: whole numbers, fractions, or what is exactly one.
Weighted: TypeAlias = Mapping[str, int | float | Fraction | Decimal]

#: Leads that are multiplied together.
_BLOCK = 1 << 16


@final
@attrs.frozen(eq=False, repr=False)
class Region:
    """All weights, none below zero, that keep every ranking of a policy."""

    _leads: ScoreDifferences

    def __repr__(self) -> str:
        return f"<Region of {plural(len(self.principles), 'weight')}>"

    @property
    def principles(self) -> tuple[str, ...]:
        """Those whose weights count: one for each column."""
        return self._leads.principles

    @cached_property
    def half_spaces(self) -> Whole:
        """The leads that have to stay above zero, those of one direction once.

        Some may follow from others: where the others are above zero, so are they.
        """
        return self._directions(self._leads.score > 0)

    @cached_property
    def ties(self) -> Whole:
        """The leads that have to stay zero, those of one direction once."""
        return self._directions((self._leads.score == 0) & self._leads.points.any(1))

    def contains(self, weights: Weighted) -> bool:
        """Whether every ranking is the same with *weights*; others stay as they are.

        Raises:
            AnalysisError: no rule speaks on a principle named, or a weight is no
                number from zero up.
        """
        exact = self._exact(weights)
        return self._all(self._leads.score > 0, exact) and self._all(
            self._leads.score == 0, exact
        )

    def keeps_strict_orders(self, weights: Weighted) -> bool:
        """Whether with *weights* no option that was ahead of another no longer is.

        Options that shared a place may be parted.

        Raises:
            AnalysisError: as for `holds`.
        """
        return self._all(self._leads.score > 0, self._exact(weights))

    def _all(self, chosen: Truths, weights: tuple[int, ...]) -> bool:
        """Whether all leads *chosen* keep their sign."""
        rows = np.flatnonzero(chosen)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            totals = _product(self._leads.points[block], weights)
            if not ((totals > 0) == (self._leads.score[block] > 0)).all():
                return False
            if (totals < 0).any():
                return False
        return True

    def _directions(self, chosen: Truths) -> Whole:
        points = self._leads.points[chosen]
        if not points.size:
            return points
        common = np.gcd.reduce(points, axis=1)
        points = points // common[:, None]
        reach = Digits.of(tuple(int(most) for most in np.abs(points).max(axis=0)))
        first, _ = merged([np.ascontiguousarray(w) for w in reach.written(points).T])
        directions: Whole = points[np.sort(first)]
        return directions

    def _exact(self, weights: Weighted) -> tuple[int, ...]:
        """All weights as whole numbers, in the same proportions."""
        problems = [*self._problems(weights)]
        if problems:
            raise AnalysisError(problems)
        base = zip(self.principles, self._leads.weights, strict=True)
        exact = [Fraction(weights.get(name, weight)) for name, weight in base]
        common = lcm(*(weight.denominator for weight in exact))
        return tuple(int(weight * common) for weight in exact)

    def _problems(self, weights: Weighted) -> Iterator[Problem]:
        for name, weight in weights.items():
            if name not in self.principles:
                yield Problem(
                    code="BE822",
                    message=f"no rule speaks on principle `{name}` with a strength",
                    help=did_you_mean(name, self.principles),
                    token=name,
                )
            elif not _is_number(weight) or weight < 0:
                yield Problem(
                    code="BE821",
                    message=f"principle `{name}` has no weight from zero up: "
                    f"`{weight}`",
                    token=str(weight),
                )


def _product(points: Whole, weights: tuple[int, ...]) -> Whole:
    """*points* times *weights*, exact however large they are."""
    small = sum(weights) * int(np.abs(points).max(initial=1)) < 1 << 62
    kind = np.int64 if small else object
    total: Whole = points.astype(kind) @ np.array(weights, kind)
    return total


def _is_number(weight: object) -> bool:
    if isinstance(weight, bool):
        return False
    if isinstance(weight, float | Decimal):
        return isfinite(weight)
    return isinstance(weight, Rational)


@final
@attrs.frozen(kw_only=True)
class TippingPoint:
    """Where a ranking turns on weights: two options, in one situation."""

    #: With as few facts known as can be.
    situation: Situation
    #: The one ahead; where the two share a place, the first of them.
    above: Option
    below: Option
    #: What speaks of the two on the principles whose weights change.
    rules: tuple[str, ...]

    def __str__(self) -> str:
        two, rules = f"{self.above} and {self.below}", ", ".join(self.rules)
        return f"{two} by {rules} where {facts_told(self.situation)}"

    def to_dict(self) -> dict[str, Any]:
        """The turning as plain data."""
        return {
            "situation": facts_of(self.situation),
            "above": self.above.value,
            "below": self.below.value,
            "rules": list(self.rules),
        }


def reweighted(policy: Policy, weights: Mapping[str, Fraction]) -> Policy:
    """*policy* with *weights*, and with all others as they are, in proportion."""
    exact = {
        one.id: weights.get(one.id, Fraction(one.weight)) for one in policy.principles
    }
    common = lcm(*(weight.denominator for weight in exact.values()))
    principles = tuple(
        attrs.evolve(one, weight=int(exact[one.id] * common))
        for one in policy.principles
    )
    return attrs.evolve(policy, principles=principles)


def turning_at(
    policy: Policy,
    situation: Situation,
    options: tuple[Option, Option],
    weights: Mapping[str, Fraction],
) -> TippingPoint:
    """The turning of *options* as *policy* takes on *weights*, consulted both times.

    Raises:
        ContradictedError: the two stand alike with both, a fault of this library.
    """
    before = verdict_on(policy, situation)
    on = scales(reweighted(policy, weights), before.presenter)
    after = weigh(on, situation, before.derivation)
    if _stand(before, options) == _stand(after, options):
        message = f"{options} do not turn on {weights} at {situation}"
        raise ContradictedError(message)
    return TippingPoint(
        situation=situation,
        above=options[0],
        below=options[1],
        rules=tuple(_heard(before, options, weights)),
    )


def _stand(verdict: Verdict, options: tuple[Option, Option]) -> int:
    one, other = (verdict.options[option].rank for option in options)
    return (one > other) - (one < other)


def _heard(
    verdict: Verdict, options: tuple[Option, Option], principles: Iterable[str]
) -> Iterable[str]:
    heard = (reason for option in options for reason in verdict.options[option].reasons)
    named = {*principles}
    told = (r for r in heard if r.strength is not None and r.principle in named)
    return dict.fromkeys(reason.rule for reason in told)


@final
@attrs.frozen(kw_only=True)
class Bound:
    """One end of the weights that keep every order."""

    at: Fraction
    #: What is lost there; None where nothing is, and a weight ends at zero.
    turning: TippingPoint | None

    @property
    def open(self) -> bool:
        """Whether the end itself is out."""
        return self.turning is not None

    def to_dict(self) -> dict[str, Any]:
        """The end as plain data; the fraction is text."""
        turning = self.turning and self.turning.to_dict()
        return {"at": str(self.at), "open": self.open, "turning": turning}


@final
@attrs.frozen(kw_only=True)
class WeightRange:
    """How far the weight of one principle can change, the others as they are."""

    principle: str
    weight: int
    #: Between these no option that is ahead of another falls back to it.
    low: Bound
    #: None where the weight can grow for ever.
    high: Bound | None
    #: Two options that share a place, and are parted by any change of the weight.
    tie: TippingPoint | None

    def contains(self, weight: Fraction) -> bool:
        """Whether every ranking is the same with *weight*."""
        if self.tie is not None:
            return weight == self.weight
        return self.keeps_strict_orders(weight)

    def keeps_strict_orders(self, weight: Fraction) -> bool:
        """Whether every option that is ahead of another stays so with *weight*."""
        above = weight > self.low.at or (weight == self.low.at and not self.low.open)
        return above and (self.high is None or weight < self.high.at)

    @property
    def kept(self) -> str:
        """The weights that keep every ranking, told: `[0, 9/4)`."""
        return f"only {self.weight}" if self.tie else self.ordered

    @property
    def ordered(self) -> str:
        """The weights that keep every order, told; where options tie they may part."""
        opening = "(" if self.low.open else "["
        return f"{opening}{self.low.at}, {self.high.at if self.high else '∞'})"

    def to_dict(self) -> dict[str, Any]:
        """The range as plain data; fractions are text."""
        return {
            "principle": self.principle,
            "weight": self.weight,
            "low": self.low.to_dict(),
            "high": self.high and self.high.to_dict(),
            "tie": self.tie and self.tie.to_dict(),
        }


@final
@attrs.frozen(kw_only=True)
class NearestTippingPoint:
    """The nearest weights at which an option falls back to one that it was ahead of."""

    #: Each principle whose weight changes, with its weight before and after.
    moves: tuple[tuple[str, Fraction, Fraction], ...]
    turning: TippingPoint

    @property
    def total(self) -> Fraction:
        """The sum of all changes (L1)."""
        return sum((abs(b - a) for _, a, b in self.moves), Fraction(0))

    @property
    def squared(self) -> Fraction:
        """The square of the straight way (L2)."""
        return sum(((b - a) ** 2 for _, a, b in self.moves), Fraction(0))

    @property
    def distance(self) -> float:
        """The straight way."""
        return sqrt(self.squared)

    @property
    def told(self) -> str:
        """The changes, told: `care 1 -> 3`."""
        return ", ".join(
            f"{name} {before} -> {now}" for name, before, now in self.moves
        )

    def __str__(self) -> str:
        return f"{self.told}: {self.turning}"

    def to_dict(self) -> dict[str, Any]:
        """The weights as plain data; fractions are text."""
        return {
            "moves": [
                {"principle": name, "before": str(before), "after": str(after)}
                for name, before, after in self.moves
            ],
            "total": str(self.total),
            "distance": self.distance,
            "turning": self.turning.to_dict(),
        }


@final
@attrs.frozen(kw_only=True)
class WeightSensitivity(Report):
    """What the rankings of a policy hang on among its weights."""

    policy: str
    #: The situations asked of.
    total: int
    #: One for each principle that speaks with a strength, in the order of the policy.
    ranges: tuple[WeightRange, ...]
    #: The nearest by the sum of changes, and by the straight way; None where no
    #: option is ahead of another by its points.
    nearest_l1: NearestTippingPoint | None
    nearest_l2: NearestTippingPoint | None
    region: Region = attrs.field(eq=False, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data, ready for JSON; fractions are text."""
        return {
            "policy": self.policy,
            "total": self.total,
            "ranges": [one.to_dict() for one in self.ranges],
            "nearest_l1": self.nearest_l1 and self.nearest_l1.to_dict(),
            "nearest_l2": self.nearest_l2 and self.nearest_l2.to_dict(),
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each principle; no upper end is infinity.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return Table(
            lines=(),
            columns=("principle", "weight", "low", "high", "tied"),
            rows=tuple(
                (
                    one.principle,
                    one.weight,
                    float(one.low.at),
                    float(one.high.at) if one.high else float("inf"),
                    one.tie is not None,
                )
                for one in self.ranges
            ),
        ).frame()

    def chart(self) -> Any:
        """A picture, for Altair: each weight, between the ends that keep every order.

        Raises:
            PictureError: what draws is not installed.
        """
        rows = [
            Interval(
                one.principle,
                one.weight,
                float(one.low.at),
                float(one.high.at) if one.high else None,
                without=(one.low.open, one.high is not None),
                note=one.kept if one.tie else "",
            )
            for one in self.ranges
        ]
        tied = any(one.tie for one in self.ranges)
        only = (
            "; where `only` stands, options tie by points and any change of that "
            "weight parts them"
        )
        return intervals(
            rows,
            title=f"How far each weight of {self.policy} can change alone",
            subtitle="short of either end no order is lost in any of "
            f"{plural(self.total, 'situation')}{only if tied else ''}",
            axis="weight",
        )

    def _table(self) -> Table:
        return Table(
            lines=tuple(self._lines()),
            columns=("principle", "weight", "every ranking", "every order", "turns at"),
            rows=tuple(row for one in self.ranges for row in _rows(one)),
        )

    def _lines(self) -> Iterator[str]:
        weights = plural(len(self.ranges), "weight")
        yield f"{self.policy}: {weights}, {plural(self.total, 'situation')}"
        tied = sum(one.tie is not None for one in self.ranges)
        if tied:
            changed = f"a change of any of {tied} weights parts some"
            yield f"options tie by points, and {changed}"
        for kind, near in (("sum", self.nearest_l1), ("way", self.nearest_l2)):
            if near is not None:
                length = near.total if kind == "sum" else f"{near.distance:.6g}"
                least = f"the least {kind} of changes that loses an order"
                yield f"{least}, {length}: {near.told}"
                yield f"  {near.turning}"


def _rows(one: WeightRange) -> Iterator[tuple[Any, ...]]:
    """A row for the range, and one more for each other place where it turns."""
    ends = [("below", one.low.turning), ("above", one.high and one.high.turning)]
    ends += [("tie", one.tie)]
    turns = [f"{name}: {turning}" for name, turning in ends if turning]
    yield one.principle, one.weight, one.kept, one.ordered, *(turns[:1] or ["-"])
    for turn in turns[1:]:
        yield "", "", "", "", turn


def weight_sensitivity(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> WeightSensitivity:
    """How far the weights of *policy* can change before any ranking does.

    Exact, over every situation there can be.

    Args:
        policy: a weighted one, or its id or path.
        where: facts confined to a value or to some values.
        progress: called with the pairs of options done, and the pairs there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the policy is not weighted, or the question is too large.
    """
    policy = policy_named(policy)
    if policy.method.name is not MethodName.WEIGHTED:
        problem = Problem(
            code="BE820",
            message=f"policy `{policy.id}` ranks {policy.method.name.value}: its "
            "weights decide nothing",
            help="make a variant of it with `ranking: weighted`, or ask what hangs on "
            "its strengths",
        )
        raise AnalysisError([problem])
    space = space_of(policy.vocabulary, where)
    seeking = _Seeking(policy, leads_of(policy, space, progress))
    return WeightSensitivity(
        policy=policy.id,
        total=space.size,
        ranges=tuple(map(seeking.range_of, range(len(seeking.leads.principles)))),
        nearest_l1=seeking.nearest(nearest_nearest_l1(seeking.leads)),
        nearest_l2=seeking.nearest(nearest_nearest_l2(seeking.leads)),
        region=Region(seeking.leads),
    )


@final
@attrs.frozen
class _Seeking:
    """Where the leads of a policy are lost."""

    policy: Policy
    leads: ScoreDifferences

    def range_of(self, place: int) -> WeightRange:
        """How far the weight of one principle can change."""
        weight = self.leads.weights[place]
        tied = tied_by(self.leads, place)
        return WeightRange(
            principle=self.leads.principles[place],
            weight=weight,
            low=self._end(place, -1) or Bound(at=Fraction(0), turning=None),
            high=self._end(place, 1),
            tie=None if tied is None else self._turning(tied, {place: weight + 1}),
        )

    def nearest(self, found: tuple[Weights, int] | None) -> NearestTippingPoint | None:
        """What the weights found change, and where a ranking turns on it."""
        if found is None:
            return None
        weights, row = found
        names, before = self.leads.principles, self.leads.weights
        moved = {n: after for n, after in enumerate(weights) if after != before[n]}
        return NearestTippingPoint(
            moves=tuple((names[n], Fraction(before[n]), w) for n, w in moved.items()),
            turning=self._turning(row, moved),
        )

    def _end(self, place: int, sign: int) -> Bound | None:
        found = lost_by(self.leads, place, sign)
        if found is None:
            return None
        at, row = self.leads.weights[place] + sign * found[0], found[1]
        return None if at < 0 else Bound(at=at, turning=self._turning(row, {place: at}))

    def _turning(self, row: int, moved: Mapping[int, Fraction | int]) -> TippingPoint:
        return turning_at(
            self.policy,
            self.leads.situation(row),
            self.leads.options(row),
            {self.leads.principles[n]: Fraction(w) for n, w in moved.items()},
        )
