"""Compute the share of situations whose rankings change with one or two weights.

The score difference of a pair of options is linear in the weights, so one decision
diagram for the two ends of a range covers every weight between them. Each pair keeps
its order on an interval, so the weights that keep the ranking of one situation also
form an interval. Therefore, the share that changes never falls as a weight moves away
from its value in the policy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial
from itertools import accumulate, product
from math import lcm
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.analysis.population import Over, PopulationSummary, space_over
from boundaryethics.arguments import checked, exact_number
from boundaryethics.charts import (
    MOST_ROWS,
    Step,
    TornadoRow,
    heat_map,
    step_lines,
    tornado,
)
from boundaryethics.errors import (
    AnalysisError,
    all_of,
    check_all,
    check_then,
    did_you_mean,
    plain_text,
    problem,
)
from boundaryethics.mdd.build import Progress, QueryBuilder, SignChanges
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.scores import OPEN, OPTIONS, PAIRS
from boundaryethics.mdd.space import Count, Exact, Small, Space, Truths, Where
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Principle
from boundaryethics.ranking import losses
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    fields_as_data,
    made_of,
    percent,
    signed_chart,
)
from boundaryethics.sensitivity.weights import weighted

#: A weight: an integer, a fraction, a float, or a number as text, such as `5/2`.
Number: TypeAlias = int | float | Fraction | str
#: For each weight at which rankings change, the number of situations.
_Turns: TypeAlias = dict[Fraction, Count]
_MOST = Fraction(3)
_STEPS, _MOST_STEPS = 9, 100


@final
@attrs.frozen(kw_only=True)
class CurvePiece(PlainData):
    """An interval of weights over which the same rankings change."""

    low: Fraction
    high: Fraction
    #: Whether the interval excludes its low end, and whether it excludes its high end.
    low_open: bool
    high_open: bool
    #: The number of situations in which the ranking differs from the policy's, and the
    #: number in which the top response does. If situations have weights, these are
    #: shares.
    ranking: Count
    first: Count

    @property
    def interval(self) -> str:
        """The interval as text: `[2, 9/4)`."""
        opening, closing = "[("[self.low_open], "])"[self.high_open]
        return f"{opening}{self.low}, {self.high}{closing}"

    @checked
    def contains(self, weight: Number) -> bool:
        """Return whether the interval contains *weight*."""
        at = weight_of(weight, "")
        above = self.low < at or (self.low == at and not self.low_open)
        return above and (at < self.high or (self.high == at and not self.high_open))

    def to_dict(self) -> dict[str, Any]:
        """Return the piece as plain data, with exact fractions."""
        return fields_as_data(self, exact=True)


@final
@attrs.frozen(kw_only=True)
class WeightCurve(Report):
    """The exact share of rankings that change with one weight, over its range."""

    policy: str
    principle: str
    #: The weight in the policy.
    weight: int
    over: PopulationSummary
    #: The number of situations in the population or, if they have weights, 1.
    total: Count
    #: From the lowest weight to the highest, without gaps.
    pieces: tuple[CurvePiece, ...]

    @checked
    def at(self, weight: Number) -> CurvePiece:
        """Return the piece that contains *weight*.

        Raises:
            AnalysisError: *weight* is outside the range of the curve.
        """
        for piece in self.pieces:
            if piece.contains(weight):
                return piece
        low, high = self.pieces[0].low, self.pieces[-1].high
        raise AnalysisError(
            [problem("BE874.outside", token=plain_text(weight), low=low, high=high)]
        )

    @property
    def stable(self) -> CurvePiece:
        """The interval around the policy's weight in which no ranking changes."""
        return self.at(self.weight)

    @property
    def stable_first(self) -> str:
        """The interval of weights that keep all top responses, as text."""
        kept = [piece for piece in self.pieces if not piece.first]
        last = kept[-1]
        return attrs.evolve(kept[0], high=last.high, high_open=last.high_open).interval

    def _data(self) -> dict[str, Any]:
        found = fields_as_data(self, exact=True, without={"provenance"})
        kept = {"stable": self.stable.interval, "stable_first": self.stable_first}
        return {**found, **kept}

    @signed_chart
    def chart(self) -> Any:
        """Draw the shares as step functions of the weight, with Altair."""
        names = "ranking changed", "top response changed"
        steps = [
            Step(name, float(one.low), float(one.high), self._share(count))
            for one in self.pieces
            for name, count in zip(names, (one.ranking, one.first), strict=True)
        ]
        return step_lines(
            steps,
            title=f"Situations that change with the weight of {self.principle}",
            subtitle=f"{self.policy}, over {self.over}; the dashed line is the weight "
            f"in the policy, {self.weight}; stability interval {self.stable.interval}",
            axes=("weight", "share of situations (%)"),
            reference=float(self.weight),
            band=(float(self.stable.low), float(self.stable.high)),
        )

    def _share(self, count: Count) -> float:
        return _percentage(count, self.total)

    def _rows(self) -> Table:
        names = ("ranking_changed", "ranking_share", "first_changed", "first_share")
        return Table(
            columns=("low", "high", "low_open", "high_open", *names, "over"),
            rows=tuple(
                (
                    *(float(one.low), float(one.high), one.low_open, one.high_open),
                    *(*numbers, str(self.over)),
                )
                for one in self.pieces
                for numbers in [
                    tuple(
                        number
                        for count in (one.ranking, one.first)
                        for number in (
                            cell_number(count),
                            self._share(count) / 100,
                        )
                    )
                ]
            ),
        )

    def _table(self) -> Table:
        low, high = self.pieces[0].low, self.pieces[-1].high
        return Table(
            lines=(
                f"{self.policy}: weight of {self.principle} from {low} to {high}",
                f"over {self.over}",
                f"weight in the policy: {self.weight}",
                f"keeps all rankings: {self.stable.interval}",
                f"keeps all top responses: {self.stable_first}",
            ),
            columns=("weight", "ranking changed in", "top response changed in"),
            rows=tuple(
                (one.interval, *(percent(n, self.total) for n in counts))
                for one in self.pieces
                for counts in [(one.ranking, one.first)]
            ),
        )


@final
@attrs.frozen(kw_only=True)
class MapCell(PlainData):
    """Two weights, and the rankings that change with them."""

    weights: tuple[Fraction, Fraction]
    #: The numbers of situations, or shares, as in `CurvePiece`.
    ranking: Count
    first: Count

    def to_dict(self) -> dict[str, Any]:
        """Return the cell as plain data, with exact fractions."""
        return fields_as_data(self, exact=True)


@final
@attrs.frozen(kw_only=True)
class WeightMap(Report):
    """The exact share of rankings that change as two weights vary over a grid."""

    policy: str
    principles: tuple[str, str]
    #: The weights in the policy.
    weights: tuple[int, int]
    over: PopulationSummary
    #: The number of situations, as in `WeightCurve`.
    total: Count
    #: The cells, sorted by the weight of the second principle, and then by that of the
    #: first.
    cells: tuple[MapCell, ...]

    @checked
    def at(self, first: Number, second: Number) -> MapCell:
        """Return the cell with these weights.

        Raises:
            AnalysisError: no cell of the grid has these weights.
        """
        pair = (
            weight_of(first, self.principles[0]),
            weight_of(second, self.principles[1]),
        )
        for one in self.cells:
            if one.weights == pair:
                return one
        token = " and ".join(map(str, pair))
        raise AnalysisError([problem("BE874.point", token=token)])

    def _data(self) -> dict[str, Any]:
        return fields_as_data(self, exact=True, without={"provenance"})

    @signed_chart
    def chart(self) -> Any:
        """Draw a heat map of the share of rankings that change, with Altair."""
        across, down = (sorted({x.weights[n] for x in self.cells}) for n in (0, 1))
        counts = {one.weights: one.ranking for one in self.cells}
        one, other = self.weights
        return heat_map(
            [_short(weight) for weight in reversed(down)],
            [_short(weight) for weight in across],
            [
                [_percentage(counts[a, b], self.total) for a in across]
                for b in reversed(down)
            ],
            title="Situations that change with two weights",
            subtitle=f"{self.policy}, share with a different ranking over {self.over}; "
            f"in the policy the weights are {one} and {other}",
            axes=(f"weight of {self.principles[1]}", f"weight of {self.principles[0]}"),
            unit="%",
        )

    def _rows(self) -> Table:
        names = ("ranking_changed", "ranking_share", "first_changed", "first_share")
        return Table(
            columns=(*self.principles, *names, "over"),
            rows=tuple(
                (
                    *map(float, one.weights),
                    cell_number(one.ranking),
                    _percentage(one.ranking, self.total) / 100,
                    cell_number(one.first),
                    _percentage(one.first, self.total) / 100,
                    str(self.over),
                )
                for one in self.cells
            ),
        )

    def _table(self) -> Table:
        across, down = (sorted({x.weights[n] for x in self.cells}) for n in (0, 1))
        one, other = zip(self.principles, self.weights, strict=True)
        counts = {one.weights: one.ranking for one in self.cells}
        return Table(
            lines=(
                f"{self.policy}: share of rankings changed, over {self.over}",
                f"columns: weight of {one[0]} ({one[1]} in the policy)",
                f"rows: weight of {other[0]} ({other[1]} in the policy)",
            ),
            columns=("", *map(str, across)),
            rows=tuple(
                (str(b), *(percent(counts[a, b], self.total) for a in across))
                for b in down
            ),
        )


#: The factors by which `WeightShares` multiplies each weight, by column.
FACTORS = {
    "-50%": Fraction(1, 2),
    "-10%": Fraction(9, 10),
    "+10%": Fraction(11, 10),
    "+50%": Fraction(3, 2),
    "x2": Fraction(2),
}


@final
@attrs.frozen(kw_only=True)
class WeightShare(PlainData):
    """The weight of a principle, and the rankings that change with it."""

    principle: str
    weight: int
    #: Two intervals as text: the weights that keep all rankings, and the weights that
    #: keep all top responses. Only weights from half to twice this weight are searched.
    stable: str
    stable_first: str
    #: For each of `FACTORS`, the number of situations with a different ranking, and the
    #: number with a different top response; empty for a weight of 0.
    ranking: Mapping[str, Count] = attrs.field(hash=False)
    first: Mapping[str, Count] = attrs.field(hash=False)


@final
@attrs.frozen(kw_only=True)
class WeightShares(Report):
    """The exact share of rankings that change with each weight alone."""

    policy: str
    over: PopulationSummary
    #: The number of situations, as in `WeightCurve`.
    total: Count
    #: One entry for each principle, in the order of the policy.
    shares: tuple[WeightShare, ...]

    @signed_chart
    def chart(self) -> Any:
        """Draw the share of rankings that change if a weight is halved or doubled."""
        rows = [
            TornadoRow(
                one.principle,
                down=_percentage(one.ranking["-50%"], self.total),
                up=_percentage(one.ranking["x2"], self.total),
            )
            for one in self.shares
            if any(one.ranking.values())
        ]
        return tornado(
            rows,
            title=f"Sensitivity of {self.policy} to each weight",
            subtitle="; ".join([f"over {self.over}", *self._left_out(len(rows))]),
            axis="situations with a different ranking (%)",
            sides=("half the weight", "twice the weight"),
            most=MOST_ROWS,
        )

    def _left_out(self, shown: int) -> Iterator[str]:
        """Explain why the chart leaves out some weights."""
        if zero := sum(not one.ranking for one in self.shares):
            yield f"not varied: {plural(zero, 'weight')} of 0"
        if rest := len(self.shares) - zero - shown:
            yield f"left out: {plural(rest, 'weight')} without an effect"

    def _rows(self) -> Table:
        kinds = [(kind, name) for kind in ("ranking", "first") for name in FACTORS]
        return Table(
            columns=(
                *("principle", "weight", "stable", "stable_first"),
                *(f"{kind} {name}" for kind, name in kinds),
                "over",
            ),
            rows=tuple(
                (
                    *(one.principle, one.weight, one.stable, one.stable_first),
                    *(
                        _percentage(counts[name], self.total) / 100 if counts else None
                        for kind, name in kinds
                        for counts in [getattr(one, kind)]
                    ),
                    str(self.over),
                )
                for one in self.shares
            ),
        )

    def _table(self) -> Table:
        lines = [
            f"{self.policy}: share of rankings changed if one weight changes",
            f"over {self.over}",
            "keeps all rankings: searched only from half to twice the weight",
        ]
        if not all(one.ranking for one in self.shares):
            lines.append("a weight of 0 is not varied: see `--of weights`")
        return Table(
            lines=tuple(lines),
            columns=("principle", "weight", "keeps all rankings", *FACTORS),
            rows=tuple(
                (
                    *(one.principle, one.weight, one.stable if one.ranking else "-"),
                    *(
                        percent(one.ranking[name], self.total) if one.ranking else "-"
                        for name in FACTORS
                    ),
                )
                for one in self.shares
            ),
        )


def _percentage(count: Count, total: Count) -> float:
    return float(Fraction(100 * count) / Fraction(total))


def cell_number(count: Count) -> int | float:
    """Return a number of situations, or the nearest float if it is a share."""
    return count if isinstance(count, int) else float(count)


def recorded(weight: Fraction) -> int | str:
    """Return the exact weight for the provenance: an integer, or text such as `5/2`."""
    return weight.numerator if weight.denominator == 1 else str(weight)


def _short(weight: Fraction) -> str:
    return f"{float(weight):.4g}"


@checked
def weight_curve(
    policy: Policy | str | Path,
    principle: str,
    *,
    low: Number = 0,
    high: Number | None = None,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> WeightCurve:
    """Count exactly how many rankings change with one weight, as a step function.

    All other weights stay constant.

    Args:
        policy: a weighted policy, or its ID or path.
        principle: the ID of the principle whose weight changes.
        low: the lowest weight.
        high: the highest weight; by default, three times the policy's weight.
        where: facts, each with the value or values that it may have.
        over: the population (see `Population.of`).
        progress: called with the number of facts processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value.
        AnalysisError: the policy is not weighted, it has no such principle, the range
            does not contain the policy's weight, or the analysis is too large.
        TableError: the table given as *over* cannot be read.
    """
    base = weighted(policy)
    ends, (space, summary) = check_all(
        partial(_range, base, principle, low, high),
        partial(space_over, base.vocabulary, over, where),
    )
    weight = base.principle[principle].weight
    asked: dict[str, Any] = {"principle": principle}
    asked |= {"low": recorded(ends[0]), "high": recorded(ends[1])}
    return WeightCurve(
        provenance=made_of(base, where=where, over=summary.recorded, **asked),
        policy=base.id,
        principle=principle,
        weight=weight,
        over=summary,
        total=space.size,
        pieces=curve_pieces(base, principle, ends, space, progress),
    )


@checked
def weight_map(
    policy: Policy | str | Path,
    principles: Sequence[str],
    *,
    high: Sequence[Number] | None = None,
    steps: int = _STEPS,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> WeightMap:
    """Count exactly how many rankings change as two weights vary over a grid.

    Both weights start at 0 and increase in equal steps.

    Args:
        policy: a weighted policy, or its ID or path.
        principles: the IDs of two principles.
        high: the highest weight of each principle; by default, twice its weight in the
            policy.
        steps: the number of weights for each principle.
        where: facts, each with the value or values that it may have.
        over: the population (see `Population.of`).
        progress: called with the number of facts processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value.
        AnalysisError: the policy is not weighted, *principles* are not two different
            principles of the policy, *high* or *steps* is invalid, or the analysis is
            too large.
        TableError: the table given as *over* cannot be read.
    """
    base, ((names, tops), (space, summary)), _ = check_then(
        partial(weighted, policy),
        lambda base: check_all(
            partial(_tops, base, principles, high),
            partial(space_over, base.vocabulary, over, where),
        ),
        partial(_check_steps, steps),
    )
    weights = [base.principle[name].weight for name in names]
    corners = [
        dict(zip(names, corner, strict=True))
        for corner in product(*((Fraction(0), top) for top in tops))
    ]
    diagram = _diagram(base, corners, space, progress)
    grid = [[top * n / (steps - 1) for n in range(steps)] for top in tops]
    counts = _on_grid(diagram, tops, [*map(Fraction, weights)], grid)
    return WeightMap(
        provenance=made_of(
            base,
            where=where,
            over=summary.recorded,
            principles=names,
            high=[*map(recorded, tops)],
            steps=steps,
        ),
        policy=base.id,
        principles=(names[0], names[1]),
        weights=(weights[0], weights[1]),
        over=summary,
        total=space.size,
        cells=tuple(counts),
    )


@checked
def weight_shares(
    policy: Policy | str | Path,
    *,
    where: Where | None = None,
    over: Over = "all",
    progress: Progress | None = None,
) -> WeightShares:
    """Count exactly the situations whose rankings change with each weight alone.

    Each weight is multiplied in turn by 1/2, 9/10, 11/10, 3/2 and 2.

    Args:
        policy: a weighted policy, or its ID or path.
        where: facts, each with the value or values that it may have.
        over: the population (see `Population.of`).
        progress: called with the number of principles processed and the total number.

    Raises:
        PolicyError: the policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value.
        AnalysisError: the policy is not weighted, or the analysis is too large.
        TableError: the table given as *over* cannot be read.
    """
    base = weighted(policy)
    space, summary = space_over(base.vocabulary, over, where)
    shares: list[WeightShare] = []
    for principle in base.principles:
        shares.append(_shares_of(base, principle, space, summary))
        if progress:
            progress(len(shares), len(base.principles))
    return WeightShares(
        provenance=made_of(base, where=where, over=summary.recorded),
        policy=base.id,
        over=summary,
        total=space.size,
        shares=tuple(shares),
    )


def _shares_of(
    policy: Policy, principle: Principle, space: Space, summary: PopulationSummary
) -> WeightShare:
    factors = {n: f * principle.weight for n, f in FACTORS.items() if principle.weight}
    ends = (
        min(factors.values(), default=Fraction(0)),
        max(factors.values(), default=Fraction(1)),
    )
    curve = WeightCurve(
        policy=policy.id,
        principle=principle.id,
        weight=principle.weight,
        over=summary,
        total=space.size,
        pieces=curve_pieces(policy, principle.id, ends, space),
    )
    pieces = {name: curve.at(weight) for name, weight in factors.items()}
    return WeightShare(
        principle=principle.id,
        weight=principle.weight,
        stable=curve.stable.interval,
        stable_first=curve.stable_first,
        ranking={name: piece.ranking for name, piece in pieces.items()},
        first={name: piece.first for name, piece in pieces.items()},
    )


def _known(policy: Policy, principle: str) -> str:
    if principle not in policy.principle:
        near = did_you_mean(principle, policy.principle)
        words: dict[str, Any] = {"kind": "principle", "name": principle, "near": near}
        raise AnalysisError([problem("BE802", **words, token=principle)])
    return principle


def weight_of(number: Number, principle: str) -> Fraction:
    """Return a weight as an exact fraction."""
    if (weight := exact_number(number)) is None:
        shown = plain_text(number)
        wrong = problem("BE821", name=principle, weight=shown, token=shown)
        raise AnalysisError([wrong])
    return weight


def _range(
    policy: Policy, principle: str, low: Number, high: Number | None
) -> tuple[Fraction, Fraction]:
    """Read the range of a weight, and check that it contains the policy's weight."""
    name, least, top = check_all(
        partial(_known, policy, principle),
        partial(weight_of, low, principle),
        lambda: None if high is None else weight_of(high, principle),
    )
    weight = policy.principle[name].weight
    top = _MOST * (weight or 1) if top is None else top
    if not (least <= weight <= top and least < top):
        words: dict[str, Any] = {"low": least, "high": top, "weight": weight}
        raise AnalysisError([problem("BE874.range", token=principle, **words)])
    return least, top


def _tops(
    policy: Policy, principles: Sequence[str], high: Sequence[Number] | None
) -> tuple[list[str], list[Fraction]]:
    """Return the two principles of a map, and the highest weight of each."""
    names, _ = check_all(
        partial(_pair, policy, principles), lambda: _check_length(high)
    )
    highs = high or [2 * policy.principle[name].weight for name in names]
    pairs = zip(names, highs, strict=True)
    return names, all_of(lambda pair: _range(policy, pair[0], 0, pair[1])[1], pairs)


def _pair(policy: Policy, principles: Sequence[str]) -> list[str]:
    """Return the IDs of two different principles."""
    listed = [principles] if isinstance(principles, str) else principles
    names = all_of(partial(_known, policy), listed)
    if len({*names}) != 2 or len(names) != 2:  # noqa: PLR2004
        raise AnalysisError([problem("BE874.two", token=", ".join(names))])
    return names


def _check_length(high: Sequence[Number] | None) -> None:
    if high and len(high) != 2:  # noqa: PLR2004
        raise AnalysisError([problem("BE874.high", token=str(len(high)))])


def _check_steps(steps: int) -> None:
    if not 2 <= steps <= _MOST_STEPS:  # noqa: PLR2004
        raise AnalysisError([problem("BE874.steps", token=str(steps))])


def _diagram(
    policy: Policy,
    settings: Sequence[Mapping[str, Fraction]],
    space: Space,
    progress: Progress | None = None,
) -> Diagram:
    """Compile the situations in which *settings* rank a pair of options differently."""
    exact = [
        [setting.get(one.id, Fraction(one.weight)) for one in policy.principles]
        for setting in settings
    ]
    common = lcm(*(weight.denominator for row in exact for weight in row))
    rows: Exact = np.array([[int(w * common) for w in row] for row in exact], object)
    return QueryBuilder([policy]).ask(
        space, SignChanges(), settings=rows, progress=progress
    )


def curve_pieces(
    policy: Policy,
    principle: str,
    ends: tuple[Fraction, Fraction],
    space: Space,
    progress: Progress | None = None,
) -> tuple[CurvePiece, ...]:
    """Compute the pieces of a curve, from one end of the range to the other."""
    weight = Fraction(policy.principle[principle].weight)
    diagram = _diagram(policy, [{principle: end} for end in ends], space, progress)
    down, up = _turns(diagram, ends, weight)
    pieces = [
        *_side(down, weight, ends[0])[::-1],
        CurvePiece(
            low=weight, high=weight, low_open=False, high_open=False, ranking=0, first=0
        ),
        *_side(up, weight, ends[1]),
    ]
    return tuple(_joined(pieces))


def _turns(
    diagram: Diagram, ends: tuple[Fraction, Fraction], weight: Fraction
) -> tuple[tuple[_Turns, _Turns], tuple[_Turns, _Turns]]:
    """Count rankings by the weight at which they change, in both directions.

    Each direction has two counts: one of changed rankings, and one of changed top
    responses. Options that are tied at *weight* change order just beyond it.
    """
    low, high = ends
    span = (weight - low) / (high - low)
    parts = span.denominator - span.numerator, span.numerator
    found = (_Turns(), _Turns()), (_Turns(), _Turns())
    states = diagram.ends
    rows = zip(
        states.settled.tolist(), states.score.tolist(), diagram.weights(), strict=True
    )
    for signs, scores, count in rows:
        turns: dict[int, tuple[Fraction | None, Fraction | None]] = {}
        for pair, sign in enumerate(signs):
            if sign == OPEN:
                a, b = scores[pair]
                here = a * parts[0] + b * parts[1]
                signs[pair] = (here > 0) - (here < 0)
                turn = weight if here == 0 else low + Fraction(a, a - b) * (high - low)
                turns[pair] = (
                    turn if turn <= weight else None,
                    turn if turn >= weight else None,
                )
        lost = losses(signs)
        tops = [p for p in turns if not all(lost[option] for option in PAIRS[p])]
        for way, counts in enumerate(found):
            for chosen, counter in zip((turns, tops), counts, strict=True):
                met = [t for p in chosen for t in [turns[p][way]] if t is not None]
                if met:
                    turn = (max, min)[way](met)
                    counter[turn] = counter.get(turn, 0) + count
    return found


def _side(
    turns: tuple[_Turns, _Turns], weight: Fraction, end: Fraction
) -> list[CurvePiece]:
    """Return the pieces between *weight* and *end*, the nearest first."""
    if end == weight:
        return []
    up = end > weight
    cuts = sorted({weight, *turns[0], *turns[1]}, reverse=not up)
    sums = [[*accumulate(counts.get(cut, 0) for cut in cuts)] for counts in turns]
    pieces: list[CurvePiece] = []
    for cut, onward, ranking, first in zip(cuts, [*cuts[1:], end], *sums, strict=True):
        # Situations change at the cut itself. If the cut is *weight*, they change just
        # beyond it.
        near, far = cut == weight, cut != cuts[-1]
        low, high = sorted((cut, onward))
        pieces.append(
            CurvePiece(
                low=low,
                high=high,
                low_open=near if up else far,
                high_open=far if up else near,
                ranking=ranking,
                first=first,
            )
        )
    return pieces


def _joined(pieces: Sequence[CurvePiece]) -> Iterator[CurvePiece]:
    """Join adjacent pieces over which the same situations change."""
    before = pieces[0]
    for piece in pieces[1:]:
        if (before.ranking, before.first) == (piece.ranking, piece.first):
            before = attrs.evolve(before, high=piece.high, high_open=piece.high_open)
        else:
            yield before
            before = piece
    yield before


def _on_grid(
    diagram: Diagram,
    tops: Sequence[Fraction],
    weights: Sequence[Fraction],
    grid: Sequence[Sequence[Fraction]],
) -> Iterator[MapCell]:
    """Count the rankings that change at each point of *grid*."""
    counts = np.array(diagram.weights(), object)
    base = _signs(diagram, tops, weights)
    leading = _leading(base)
    for second, first in product(grid[1], grid[0]):
        moved = _signs(diagram, tops, (first, second)) != base
        yield MapCell(
            weights=(first, second),
            ranking=_total(counts[moved.any(axis=1)]),
            first=_total(counts[(moved & leading).any(axis=1)]),
        )


def _total(counts: Exact) -> Count:
    listed: list[Count] = counts.tolist()
    return sum(listed, 0)


def _signs(
    diagram: Diagram, tops: Sequence[Fraction], point: Sequence[Fraction]
) -> Small:
    """Return the sign of each pair's score difference at *point*."""
    one, other = (at / top for at, top in zip(point, tops, strict=True))
    # The scores at the corners (0, 0), (0, 1), (1, 0) and (1, 1).
    mixed = ((1 - one) * (1 - other), (1 - one) * other, one * (1 - other), one * other)
    common = lcm(*(part.denominator for part in mixed))
    parts = np.array([int(part * common) for part in mixed], object)
    scores = diagram.ends.score.astype(object) @ parts
    settled = diagram.ends.settled
    return np.where(settled == OPEN, np.sign(scores), settled).astype(np.int8)


def _leading(signs: Small) -> Truths:
    """For each row of *signs*, mark the pairs that include an option ranked first."""
    beaten = np.zeros((len(signs), len(OPTIONS)), bool)
    for number, (first, second) in enumerate(PAIRS):
        beaten[:, first] |= signs[:, number] < 0
        beaten[:, second] |= signs[:, number] > 0
    one, other = np.transpose(PAIRS)
    leading: Truths = ~(beaten[:, one] & beaten[:, other])
    return leading
