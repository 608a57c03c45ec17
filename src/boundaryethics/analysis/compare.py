"""Compare two policies: the exact set of situations that they rank otherwise, and why.

The two are walked side by side. Work on what they share is done once, and a partial
situation in which they can no longer differ is followed no further. A rule sets the
two apart where it binds in one alone, or says something else of the options in each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.charts import transition_matrix
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import AnalysisError, problem
from boundaryethics.mdd.build import (
    STANDINGS,
    Progress,
    QueryBuilder,
    RankingDifferences,
)
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.network import Gate
from boundaryethics.mdd.scores import PAIRS, Ranking, ScoreLayout, ranking_of, worths_of
from boundaryethics.mdd.space import Space, Truths, Where, space_of, vocabulary_of
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    facts_told,
    firsts_in_order,
    percent,
    picked,
    told,
)

#: Facts, each with the values that it takes.
Values: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class Attribution(StrEnum):
    """How a rule sets two policies apart, in a situation."""

    #: It binds in the first, and not in the second.
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    #: It binds in both, and does not say the same of the options.
    CHANGED = "changed"


@final
@attrs.frozen(kw_only=True)
class Transition:
    """One ranking that makes way for another, and in how many situations."""

    before: Ranking
    after: Ranking
    count: int


def moves_of(counts: Mapping[tuple[Ranking, Ranking], int]) -> tuple[Transition, ...]:
    """The moves counted, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Transition(before=a, after=b, count=count) for (a, b), count in ordered
    )


@final
@attrs.frozen(kw_only=True)
class Cause(PlainData):
    """One rule that binds, or speaks, otherwise where two policies differ."""

    rule: str
    parting: Attribution
    because: str
    #: The differing situations in which it does; several rules may in the same one.
    count: int
    #: The facts that do not take all their values there.
    common_values: Values
    #: One of them, with the fewest known facts.
    witness: Situation

    def to_dict(self) -> dict[str, Any]:
        """Give the cause as plain data."""
        return {
            "rule": self.rule,
            "how": self.parting.value,
            **picked(self, "because", "count"),
            "shared": as_data(dict(self.common_values)),
            "witness": as_data(self.witness),
        }


@final
@attrs.frozen(kw_only=True)
class Difference(Report):
    """The situations in which two policies give other rankings (S20)."""

    #: The ids of the two.
    a: str
    b: str
    #: The situations asked of.
    total: int
    #: Those in which some option's standing differs, whether or not the ranking does.
    status: int
    #: How rankings change from the first to the second, the most frequent first.
    transitions: tuple[Transition, ...]
    causes: tuple[Cause, ...]
    #: The facts that do not take all their values where the two differ.
    common_values: Values
    #: One situation, with the fewest known facts; None where the two are equal.
    witness: Situation | None
    #: Whether `total` situations were drawn at random, and the others not asked.
    sampled: bool = False

    @property
    def count(self) -> int:
        """In how many situations the rankings differ."""
        return sum(move.count for move in self.transitions)

    @property
    def share(self) -> Fraction:
        """The share of the situations asked of."""
        return Fraction(self.count, self.total or 1)

    @property
    def first(self) -> int:
        """In how many situations another option, or another group, is first."""
        return sum(m.count for m in self.transitions if m.before[0] != m.after[0])

    @property
    def order(self) -> int:
        """In how many situations the first place is the same, and the rest is not."""
        return self.count - self.first

    @cached_property
    def first_places(self) -> dict[tuple[tuple[Option, ...], tuple[Option, ...]], int]:
        """How often one first place makes way for another; ties count as groups."""
        counts: Counter[tuple[tuple[Option, ...], tuple[Option, ...]]] = Counter()
        for move in self.transitions:
            counts[move.before[0], move.after[0]] += move.count
        return dict(counts)

    def to_dict(self) -> dict[str, Any]:
        """Give the difference as plain data, ready for JSON."""
        counts = ("a", "b", "total", "count", "first", "order", "status")
        return {
            **picked(self, *counts, "transitions", "causes"),
            "shared": as_data(dict(self.common_values)),
            **picked(self, "witness", "sampled"),
        }

    def _rows(self) -> Table:
        """Give a row for each pair of rankings."""
        return Table(
            columns=("before", "after", "count"),
            rows=tuple(
                (told(m.before), told(m.after), m.count) for m in self.transitions
            ),
        )

    def chart(self) -> Any:
        """A picture, for Altair: how much of which first place goes over to which."""
        going = {pair: n for pair, n in self.first_places.items() if pair[0] != pair[1]}
        names = firsts_in_order(first for pair in going for first in pair)
        drawn = "drawn at random" if self.sampled else "in all"
        return transition_matrix(
            {(told((a,)), told((b,))): n for (a, b), n in going.items()},
            total=self.total,
            title=f"Where the first place goes, from {self.a} to {self.b}",
            subtitle=f"share of the situations, {self.total:,} {drawn}; in "
            f"{percent(self.total - self.first, self.total)} the first place stays",
            names=[told((first,)) for first in names],
        )

    def _table(self) -> Table:
        return Table(
            lines=tuple(self._lines()),
            columns=("rule", "how", "situations", "fewest facts"),
            rows=tuple(
                (c.rule, _HOW[c.parting], c.count, facts_told(c.witness))
                for c in sorted(self.causes, key=lambda c: (-c.count, c.rule))
            ),
        )

    def _lines(self) -> Iterator[str]:
        drawn = " drawn at random: a sample, no count" if self.sampled else ""
        share = percent(self.count, self.total)
        yield f"a: {self.a}, b: {self.b}"
        yield (
            f"rankings differ in {self.count:,} of {self.total:,} situations"
            f"{drawn} ({share})"
        )
        yield f"another first place in {self.first:,}, another order in {self.order:,}"
        yield f"another standing of some option in {self.status:,}"
        if self.witness:
            yield f"for one: {facts_told(self.witness)}"
        for name, values in self.common_values:
            yield f"only where {name} is {' or '.join(values)}"


_HOW = {
    Attribution.ONLY_FIRST: "binds in a alone",
    Attribution.ONLY_SECOND: "binds in b alone",
    Attribution.CHANGED: "says otherwise",
}


def compare(
    a: Policy | str | Path,
    b: Policy | str | Path,
    *,
    where: Where | None = None,
    sample: int | None = None,
    progress: Progress | None = None,
) -> Difference:
    """Where *a* and *b* differ, over every situation of their vocabularies (S20).

    Args:
        a: one policy, or its id or path.
        b: the other.
        where: facts confined to a value or to some values.
        sample: draw so many situations at random instead of counting them all; the
            answer then says of itself that it is a sample.
        progress: called with the facts done, and the facts there are.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the question is too large, or cannot be asked of both.
    """
    one, other = as_policy(a), as_policy(b)
    space = space_of(vocabulary_of([one, other]), where)
    if sample is not None:
        return sampled(one, other, space, sample)
    return _counted(QueryBuilder([one, other]), space, progress)


def _counted(
    asking: QueryBuilder, space: Space, progress: Progress | None
) -> Difference:
    one, other = asking.policies
    parting = parters(asking)
    told = [parter.node for parter in parting]
    diagram = asking.ask(space, RankingDifferences(), told=told, progress=progress)
    return Difference(
        a=one.id,
        b=other.id,
        total=space.size,
        status=standing_differs(asking.ask(space, STANDINGS)),
        transitions=moves_in(diagram),
        causes=tuple(_causes(asking, diagram, parting, space)),
        common_values=_shared(space, diagram),
        witness=_confirmed(asking, space, diagram.smallest()),
    )


def moves_in(diagram: Diagram) -> tuple[Transition, ...]:
    """How often one ranking makes way for another, the most frequent first."""
    half = len(PAIRS)
    counts: Counter[tuple[Ranking, Ranking]] = Counter()
    for signs, weight in zip(diagram.ends.settled, diagram.weights(), strict=True):
        told = tuple(map(int, signs))
        counts[ranking_of(told[:half]), ranking_of(told[half:])] += weight
    return moves_of(counts)


def _causes(
    asking: QueryBuilder,
    diagram: Diagram,
    parting: Iterable[DifferingRule],
    space: Space,
) -> Iterator[Cause]:
    ends = _all(diagram)
    for place, parter in enumerate(parting):
        count = diagram.count(ends, place)
        if not count:
            continue
        owner = asking.policies[parter.parting is Attribution.ONLY_SECOND]
        witness = _confirmed(asking, space, diagram.smallest(ends, place))
        if witness is not None:
            yield Cause(
                rule=parter.rule,
                parting=parter.parting,
                because=owner.rule[parter.rule].because,
                count=count,
                common_values=_shared(space, diagram, place),
                witness=witness,
            )


def _shared(space: Space, diagram: Diagram, through: int | None = None) -> Values:
    """The facts that do not take all their values, with those that they take."""
    spread = diagram.spread(_all(diagram), through)
    taken = (
        (fact.name, possible, tuple(v for v in possible if spread[fact.name][v]))
        for fact, possible in zip(space.vocabulary.facts, space.taken, strict=True)
    )
    return tuple(
        (name, values) for name, possible, values in taken if () != values != possible
    )


def _all(diagram: Diagram) -> Truths:
    """Every end."""
    return np.ones(len(diagram.ends), bool)


def standing_differs(diagram: Diagram) -> int:
    """Count the situations of a *diagram* in which some option's standing differs."""
    forbidden, required = np.moveaxis(diagram.ends.flags, 2, 0)
    required = required & ~forbidden
    differs = (forbidden[:, 0] != forbidden[:, 1]) | (required[:, 0] != required[:, 1])
    return diagram.count(differs)


def _confirmed(
    asking: QueryBuilder, space: Space, chosen: Mapping[str, str] | None
) -> Situation | None:
    if chosen is None:
        return None
    situation = space.situation(chosen)
    one, other = (verdict_on(policy, situation) for policy in asking.policies)
    if one.ranking == other.ranking:
        message = f"the policies do not differ at {situation}"
        raise ContradictedError(message)
    return situation


@final
@attrs.frozen
class DifferingRule:
    """A rule, how it sets apart, and the node that tells where it does."""

    rule: str
    parting: Attribution
    node: int


def parters(asking: QueryBuilder) -> tuple[DifferingRule, ...]:
    """Every rule that can make a difference between the two policies of *asking*."""
    network = asking.weaver.woven()
    worths = worths_of(asking.policies, asking.weaver.rules, len(network.nodes))
    bearing = network.cone(int(n) for n in np.flatnonzero(worths.touched))
    names = dict.fromkeys(name for side in asking.weaver.rules for name in side)
    return tuple(
        parter
        for name in sorted(names)
        for parter in _parters(asking, name, worths, bearing)
    )


def _parters(
    asking: QueryBuilder, rule: str, worths: ScoreLayout, bearing: frozenset[int]
) -> Iterator[DifferingRule]:
    first, second = (side.get(rule) for side in asking.weaver.rules)
    if not {first, second} & bearing:
        return
    if second is None and first is not None:
        yield DifferingRule(rule, Attribution.ONLY_FIRST, first)
    elif first is None and second is not None:
        yield DifferingRule(rule, Attribution.ONLY_SECOND, second)
    elif first is not None and second is not None:
        changed = _says_otherwise(worths, first, second)
        if first != second:
            yield DifferingRule(
                rule, Attribution.ONLY_FIRST, _without(asking, first, second)
            )
            yield DifferingRule(
                rule, Attribution.ONLY_SECOND, _without(asking, second, first)
            )
        if changed:
            yield DifferingRule(rule, Attribution.CHANGED, _both(asking, first, second))


def _says_otherwise(worths: ScoreLayout, first: int, second: int) -> bool:
    half = len(PAIRS)
    points, flags = worths.points, worths.flags
    return bool(
        (points[first, :half] != points[second, half:]).any()
        or (flags[first, 0] != flags[second, 1]).any()
    )


def _without(asking: QueryBuilder, one: int, other: int) -> int:
    """A node that binds where *one* does and *other* does not."""
    bound = asking.weaver.bound
    return asking.weaver.add([Gate(holds=(bound(one),), absent=(bound(other),))])


def _both(asking: QueryBuilder, one: int, other: int) -> int:
    """A node that binds where both do."""
    if one == other:
        return one
    bound = asking.weaver.bound
    return asking.weaver.add([Gate(holds=(bound(one), bound(other)))])


def sampled(a: Policy, b: Policy, space: Space, size: int) -> Difference:
    """Where *a* and *b* differ among *size* situations, each as likely as any other.

    The same arguments draw the same situations.

    Raises:
        AnalysisError: *size* is no whole number above 0.
    """
    _refuse_no_size(size)
    # A sample that can be drawn again has nothing to keep secret.
    random = Random(size)  # noqa: S311
    moves: Counter[tuple[Ranking, Ranking]] = Counter()
    status, differing = 0, list[Situation]()
    for _ in range(size):
        situation = _drawn(space, random)
        one, other = (verdict_on(policy, situation) for policy in (a, b))
        status += _standings(one) != _standings(other)
        if one.ranking != other.ranking:
            moves[one.ranking, other.ranking] += 1
            differing.append(situation)
    return Difference(
        a=a.id,
        b=b.id,
        total=size,
        status=status,
        transitions=moves_of(moves),
        causes=(),
        common_values=(),
        witness=min(differing, key=lambda found: len(found.known()), default=None),
        sampled=True,
    )


def _drawn(space: Space, random: Random) -> Situation:
    """Any possible situation of *space*."""
    while True:
        values = tuple(random.choice(allowed) for allowed in space.allowed)
        if not space.vocabulary.impossible_in(values):
            return Situation(vocabulary=space.vocabulary, values=values)


def _refuse_no_size(size: int) -> None:
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise AnalysisError([problem("BE607")])


def _standings(verdict: Verdict) -> list[str]:
    return [assessment.status for assessment in verdict.assessments]
