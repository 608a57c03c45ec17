"""Compare two policies: find and explain all situations that they rank differently.

A single decision diagram covers both policies. Shared rules are compiled once, and
partial situations in which the rankings can no longer differ are dropped. A rule
separates the policies if it applies in only one of them, or if it applies in both with
different effects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property, partial
from itertools import islice
from math import sqrt
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics.analysis.intervals import wilson_interval
from boundaryethics.analysis.population import (
    Over,
    PopulationSummary,
    space_over,
)
from boundaryethics.arguments import Choice, check_seed, checked
from boundaryethics.charts import transition_matrix
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import AnalysisError, all_of, check_then, problem
from boundaryethics.mdd.build import (
    STATUSES,
    Progress,
    QueryBuilder,
    RankingDifferences,
)
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.network import Gate, NetworkBuilder
from boundaryethics.mdd.scores import (
    PAIRS,
    Ranking,
    ScoreLayout,
    ranking_of,
    score_layout_of,
)
from boundaryethics.mdd.space import Count, Space, Where, extended, vocabulary_of
from boundaryethics.model.conditions import FactIn, either, holds
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.policies import as_policy
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    cell,
    counted,
    facts_text,
    firsts_in_order,
    made_of,
    of_total,
    percent,
    picked,
    ranking_text,
    signed_chart,
)

#: A rule, how it separates two policies, and a node that applies if and only if the
#: rule separates them in this way.
SeparatingRule: TypeAlias = tuple[str, "Attribution", int]

#: Two policies to compare.
Pair: TypeAlias = tuple[Policy, Policy]

#: Facts with some of their values.
Values: TypeAlias = tuple[tuple[str, tuple[str, ...]], ...]


class Attribution(Choice):
    """How a rule separates two policies in a situation."""

    #: The rule applies only in the first policy.
    ONLY_FIRST = "only_first"
    ONLY_SECOND = "only_second"
    #: The rule applies in both policies, with different effects.
    CHANGED = "changed"


@final
@attrs.frozen(kw_only=True)
class Transition:
    """A pair of rankings, one per policy, and the number of situations that have it."""

    before: Ranking
    after: Ranking
    count: Count


def _transitions(
    counts: Mapping[tuple[Ranking, Ranking], Count],
) -> tuple[Transition, ...]:
    """Convert counts to transitions, the most frequent first."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Transition(before=a, after=b, count=n) for (a, b), n in ordered)


@final
@attrs.frozen(kw_only=True)
class Cause(PlainData):
    """A rule that separates two policies in situations that they rank differently."""

    rule: str
    #: How the rule separates the policies.
    parting: Attribution
    #: The reason that the rule gives.
    because: str
    #: The number of situations that the policies rank differently and in which the rule
    #: separates them or, if situations have weights, their share of the total weight. A
    #: situation may have several causes.
    count: Count
    #: Facts that have only some of their values in these situations, each with these
    #: values.
    common_values: Values
    #: One of these situations, with the fewest known facts.
    witness: Situation

    def to_dict(self) -> dict[str, Any]:
        """Return the cause as plain data."""
        return {
            "rule": self.rule,
            "how": self.parting.value,
            **picked(self, "because", "count"),
            "shared": as_data(dict(self.common_values)),
            "witness": as_data(self.witness),
        }


@final
@attrs.frozen(kw_only=True)
class NewValues:
    """A fact's values that only one of two policies declares."""

    #: The ID of the policy that declares them.
    policy: str
    fact: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.fact} {' or '.join(self.values)}"


@final
@attrs.frozen(kw_only=True)
class Difference(Report):
    """Situations that two policies rank differently (S20).

    The counts cover situations that both policies can describe. If a policy declares
    additional values, `with_new_values` covers the situations with at least one of
    them.
    """

    #: The IDs of the policies.
    a: str
    b: str
    #: The number of situations compared. If they have weights, this and all other
    #: counts are exact shares of the total weight.
    total: Count
    #: The number of situations in which an option's status differs, even if the ranking
    #: does not.
    status: Count
    #: Pairs of different rankings, the most frequent first.
    transitions: tuple[Transition, ...]
    causes: tuple[Cause, ...]
    #: Facts that have only some of their values in the situations that are ranked
    #: differently, each with these values.
    common_values: Values
    #: A situation that is ranked differently, with the fewest known facts; None if
    #: there is none.
    witness: Situation | None
    #: The situations covered.
    over: PopulationSummary | None = None
    #: Whether the situations are a random sample, drawn with replacement.
    sampled: bool = False
    #: Values that only one policy declares. If only one policy declares a fact, all of
    #: the fact's values are listed.
    new_values: tuple[NewValues, ...] = ()
    #: The difference over situations with at least one new value. A value counts as
    #: unknown under the policy that does not declare it. None if there are no such
    #: situations.
    with_new_values: Difference | None = None

    @property
    def count(self) -> Count:
        """The number of situations that the policies rank differently."""
        return sum(move.count for move in self.transitions)

    @property
    def share(self) -> Fraction:
        """The share of situations that the policies rank differently."""
        return Fraction(self.count, self.total or 1)

    @property
    def standard_error(self) -> float | None:
        """The binomial standard error of `share`; None without a sample."""
        if not self.sampled:
            return None
        share = float(self.share)
        return sqrt(share * (1 - share) / self.total)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95% Wilson interval of `share`; None without a sample."""
        if not self.sampled:
            return None
        return wilson_interval(float(self.share), float(self.total))

    @property
    def first(self) -> Count:
        """The number of situations in which different options rank first."""
        return sum(m.count for m in self.transitions if m.before[0] != m.after[0])

    @property
    def order(self) -> Count:
        """The number of situations in which only ranks below the first differ."""
        return self.count - self.first

    @cached_property
    def first_places(
        self,
    ) -> dict[tuple[tuple[Option, ...], tuple[Option, ...]], Count]:
        """The number of situations for each pair of top responses, under `a` and `b`.

        The pairs cover all situations that the policies rank differently, so in some
        pairs both top responses are the same.
        """
        counts = dict[tuple[tuple[Option, ...], tuple[Option, ...]], Count]()
        for move in self.transitions:
            pair = move.before[0], move.after[0]
            counts[pair] = counts.get(pair, 0) + move.count
        return counts

    def _data(self) -> dict[str, Any]:
        counts = ("a", "b", "total", "count", "first", "order", "status")
        return {
            **picked(self, *counts, "transitions", "causes"),
            "shared": as_data(dict(self.common_values)),
            **picked(self, "witness", "over"),
            **picked(self, "sampled", "standard_error", "interval"),
            **picked(self, "new_values", "with_new_values"),
        }

    def _rows(self) -> Table:
        # Statistics about all situations come first. Only changes have two rankings.
        totals = ("ranking", self.count), ("first", self.first), ("order", self.order)
        rows = [
            *((name, None, None, n) for name, n in (*totals, ("status", self.status))),
            *(
                ("change", ranking_text(m.before), ranking_text(m.after), m.count)
                for m in self.transitions
            ),
        ]
        ends = ("low", "high") if self.sampled else ()

        def numbers(count: Count) -> tuple[Any, ...]:
            share = float(Fraction(count, self.total or 1))
            between = wilson_interval(share, float(self.total)) if ends else ()
            return as_data(count), share, *between, str(self.over)

        return Table(
            columns=("statistic", "before", "after", "count", "share", *ends, "over"),
            rows=tuple((*row, *numbers(n)) for *row, n in rows),
        )

    @signed_chart
    def chart(self) -> Any:
        """Return an Altair chart of how the top response changes between policies."""
        going = {pair: n for pair, n in self.first_places.items() if pair[0] != pair[1]}
        names = firsts_in_order(first for pair in going for first in pair)
        number = f"{self.total:,} " if isinstance(self.total, int) else ""
        drawn = f"share of {number}{'random ' if self.sampled else ''}situations"
        kept = percent(self.total - self.first, self.total)
        return transition_matrix(
            {
                (ranking_text((a,)), ranking_text((b,))): as_data(n)
                for (a, b), n in going.items()
            },
            total=as_data(self.total),
            title=f"Changes in the top response, from {self.a} to {self.b}",
            subtitle=f"{drawn}, over {self.over}; "
            f"in {kept} the top response is the same",
            names=[ranking_text((first,)) for first in names],
            axes=(f"top response under {self.a}", f"top response under {self.b}"),
        )

    def _tables(self) -> Iterator[Table]:
        """Yield the main table, then any table of situations with new values."""
        yield self._table()
        if self.with_new_values:
            new = self.with_new_values._table()  # noqa: SLF001 - of the same class
            yield attrs.evolve(new, lines=(_WITH_NEW, *new.lines[1:]))

    def _new_lines(self) -> Iterator[str]:
        for new in self.new_values:
            yield f"only {new.policy} has {new}"
        if self.new_values:
            yield "situations without these values:"

    def _error_lines(self) -> Iterator[str]:
        if self.standard_error is not None and self.interval is not None:
            low, high = (f"{100 * end:.3f}%" for end in self.interval)
            yield (
                f"a random sample (seed {self.provenance.seed}), not an exact count: "
                f"standard error {100 * self.standard_error:.3f}%, 95% interval {low} "
                f"to {high} (Wilson)"
            )

    def _table(self) -> Table:
        def number(count: Count) -> str:
            return counted(count, self.total)

        lines = [
            f"policy A: {self.a}, policy B: {self.b}",
            f"over {self.over}",
            *self._new_lines(),
            f"rankings differ in {of_total(self.count, self.total)}",
            *self._error_lines(),
            f"different top response in {number(self.first)}",
            f"same top response, different order in {number(self.order)}",
            f"different status in {number(self.status)}",
        ]
        if self.witness:
            lines.append(f"example: {facts_text(self.witness)}")
        for name, values in self.common_values:
            lines.append(f"rankings differ only if {name} is {' or '.join(values)}")
        return Table(
            lines=tuple(lines),
            columns=("rule", "how", "situations", "simplest example"),
            rows=tuple(
                (
                    *(c.rule, _HOW[c.parting]),
                    *(cell(c.count, self.total), facts_text(c.witness)),
                )
                for c in sorted(self.causes, key=lambda c: (-c.count, c.rule))
            ),
        )


_WITH_NEW = (
    "situations with one of these values; the other policy ranks them as if the fact "
    "were unknown:"
)
_HOW = {
    Attribution.ONLY_FIRST: "applies only in A",
    Attribution.ONLY_SECOND: "applies only in B",
    Attribution.CHANGED: "gives a different reason",
}


@checked
def compare(
    a: Policy | str | Path,
    b: Policy | str | Path,
    *,
    where: Where | None = None,
    over: Over = "all",
    sample: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Difference:
    """Count the situations that two policies rank differently (S20).

    Args:
        a: one policy, or its ID or path.
        b: the other policy, or its ID or path.
        where: facts, each with the value or values that it may have.
        over: the population: `all` possible situations; those in which all applicable
            facts are `known`; a table of situations; or probabilities (see
            `Population.of`).
        sample: compare this many random situations in the population instead of all.
            The result says that it is based on a sample, and includes a standard error.
        seed: the seed of the sample. The same seed yields the same situations.
        progress: called with the number of facts processed and the total number.

    Raises:
        PolicyError: a policy cannot be read or is invalid.
        SituationError: *where* or *over* has an undeclared fact or value, or leaves no
            possible situation.
        AnalysisError: *sample* or *over* is invalid, or the analysis is too large.
        TableError: the table given as *over* cannot be read.
    """
    (one, other), (whole, summary), *_ = check_then(
        partial(all_of, as_policy, (a, b)),
        lambda policies: space_over(vocabulary_of(policies), over, where),
        partial(check_seed, seed),
        partial(_check_sample, sample),
    )
    policies = one, other
    new = new_values(*policies)
    common = common_space(policies, whole)
    each = [
        _sampled(part, sample, seed) if sample else _compared(part, progress)
        for part in (
            _Part(policies, common, common.size),
            _Part(policies, whole, whole.size - common.size, new),
        )
    ]
    asked: dict[str, Any] = {"where": where, "over": summary.recorded, "sample": sample}
    made = made_of(*policies, seed=seed if sample else None, **asked)
    first, second = (attrs.evolve(one, over=summary, provenance=made) for one in each)
    return attrs.evolve(
        first, new_values=new, with_new_values=second if second.total else None
    )


@final
@attrs.frozen
class _Part:
    """The situations of a comparison: those with new values, or those without."""

    policies: Pair
    space: Space
    #: The number of situations, or their share of the total weight.
    total: Count
    #: If not empty, each situation must have at least one of these values.
    new: tuple[NewValues, ...] = ()

    def difference(self, **found: Any) -> Difference:
        """Build a `Difference` from *found*; omitted fields report no difference."""
        one, other = self.policies
        none: dict[str, Any] = {"transitions": (), "causes": (), "common_values": ()}
        none |= {"total": 0, "status": 0, "witness": None}
        return Difference(**{"a": one.id, "b": other.id, **none, **found})

    @property
    def tests(self) -> tuple[FactIn, ...]:
        """Tests for new values, if any.

        If there are tests, each situation must pass at least one.
        """
        return tuple(FactIn(new.fact, frozenset(new.values)) for new in self.new)


def _check_sample(size: int | None) -> None:
    whole = isinstance(size, int) and not isinstance(size, bool)
    if size is not None and (not whole or size < 1):
        raise AnalysisError([problem("BE607")])


def new_values(a: Policy, b: Policy) -> tuple[NewValues, ...]:
    """List the values that only one of two policies declares."""
    found: list[NewValues] = []
    for policy, other in ((a, b), (b, a)):
        facts = other.vocabulary.by_name
        for fact in policy.vocabulary.facts:
            known = facts[fact.name].declared if fact.name in facts else ()
            values = tuple(value for value in fact.values if value not in known)
            if values:
                found.append(NewValues(policy=policy.id, fact=fact.name, values=values))
    return tuple(found)


def common_space(policies: Sequence[Policy], whole: Space) -> Space:
    """Return the situations of *whole* that all policies can describe."""
    vocabulary = vocabulary_of(policies, common=True)
    if vocabulary == whole.vocabulary:
        return whole
    both = zip(vocabulary.declared, whole.allowed, strict=True)
    allowed = (tuple(v for v in values if v in declared) for declared, values in both)
    return whole.within(vocabulary, allowed)


def _compared(part: _Part, progress: Progress | None) -> Difference:
    """Compare the policies in all situations of *part*."""
    if not part.total:
        return part.difference()
    policies, space, demanded = part.policies, part.space, None
    queries = QueryBuilder([extended(space.vocabulary, one) for one in policies])
    separating = _separating_rules(queries)
    if part.new:
        gates = (Gate(tests=(test,)) for test in part.tests)
        demanded = queries.builder.bound(queries.builder.add(gates))
    diagram = queries.ask(
        space,
        RankingDifferences(),
        demanded=demanded,
        tracked=[node for *_, node in separating],
        progress=progress,
    )
    return part.difference(
        total=part.total,
        status=status_differs(queries.ask(space, STATUSES, demanded=demanded)),
        transitions=moves_in(diagram),
        causes=tuple(_causes(policies, diagram, separating, space)),
        common_values=_common_values(space, diagram),
        witness=_confirmed(policies, space, diagram.smallest()),
    )


def moves_in(diagram: Diagram) -> tuple[Transition, ...]:
    """Count the situations for each pair of rankings in a *diagram* of two policies."""
    half = len(PAIRS)
    counts = dict[tuple[Ranking, Ranking], Count]()
    rows = map(tuple, diagram.ends.settled.tolist())
    for signs, weight in zip(rows, diagram.weights(), strict=True):
        pair = ranking_of(signs[:half]), ranking_of(signs[half:])
        counts[pair] = counts.get(pair, 0) + weight
    return _transitions({pair: count for pair, count in counts.items() if count})


def _causes(
    policies: Pair,
    diagram: Diagram,
    separating: Iterable[SeparatingRule],
    space: Space,
) -> Iterator[Cause]:
    ends = np.ones(len(diagram.ends), bool)
    for place, (rule, how, _) in enumerate(separating):
        witness = _confirmed(policies, space, diagram.smallest(ends, place))
        if witness is not None:
            owner = policies[how is Attribution.ONLY_SECOND]
            yield Cause(
                rule=rule,
                parting=how,
                because=owner.rule[rule].because,
                count=diagram.count(ends, place),
                common_values=_common_values(space, diagram, place),
                witness=witness,
            )


def _common_values(
    space: Space, diagram: Diagram, through: int | None = None
) -> Values:
    """Return each fact that has only some of its values in *diagram*, and those values.

    With *through*, the index of a tracked node, consider only situations in which the
    node applies.
    """
    values = diagram.taken(np.ones(len(diagram.ends), bool), through)
    taken = (
        (fact.name, possible, tuple(v for v in possible if v in values[fact.name]))
        for fact, possible in zip(space.vocabulary.facts, space.taken, strict=True)
    )
    return tuple(
        (name, values) for name, possible, values in taken if () != values != possible
    )


def status_differs(diagram: Diagram) -> Count:
    """Count the situations in a *diagram* in which an option's status differs."""
    forbidden, required = np.moveaxis(diagram.ends.flags, 2, 0)
    required = required & ~forbidden
    differs = (forbidden[:, 0] != forbidden[:, 1]) | (required[:, 0] != required[:, 1])
    return diagram.count(differs)


def _confirmed(
    policies: Pair, space: Space, chosen: Mapping[str, str] | None
) -> Situation | None:
    """Verify with the engine that the policies rank the *chosen* situation differently.

    Return the situation, or None if no situation was chosen.
    """
    if chosen is None:
        return None
    situation = space.situation(chosen)
    one, other = (verdict_on(policy, situation) for policy in policies)
    if one.ranking == other.ranking:
        message = f"the policies do not differ at {situation}"
        raise ContradictedError(message)
    return situation


def _separating_rules(queries: QueryBuilder) -> list[SeparatingRule]:
    """List the rules that can separate two policies."""
    builder = queries.builder
    network = builder.network()
    scores = score_layout_of(queries.policies, builder.rules, len(network.nodes))
    relevant = network.cone(int(n) for n in np.flatnonzero(scores.touched))
    found: list[SeparatingRule] = []
    for rule in sorted({name for side in builder.rules for name in side}):
        first, second = (side.get(rule) for side in builder.rules)
        if not {first, second} & relevant:
            continue
        if first is not None and second is not None:
            found += _separating(builder, scores, rule, (first, second))
        elif first is not None:
            found.append((rule, Attribution.ONLY_FIRST, first))
        elif second is not None:
            found.append((rule, Attribution.ONLY_SECOND, second))
    return found


def _separating(
    builder: NetworkBuilder, scores: ScoreLayout, rule: str, nodes: tuple[int, int]
) -> Iterator[SeparatingRule]:
    """Yield the ways in which *rule* separates two policies.

    *nodes* are the nodes of the rule in the first and the second policy.
    """
    half, (first, second) = len(PAIRS), nodes
    if first != second:
        one, other = builder.bound(first), builder.bound(second)
        only_first = builder.add([Gate(holds=(one,), absent=(other,))])
        yield rule, Attribution.ONLY_FIRST, only_first
        only_second = builder.add([Gate(holds=(other,), absent=(one,))])
        yield rule, Attribution.ONLY_SECOND, only_second
    if (scores.points[first, :half] != scores.points[second, half:]).any() or (
        scores.flags[first, 0] != scores.flags[second, 1]
    ).any():
        both = first
        if first != second:
            both = builder.add([Gate(holds=(one, other))])
        yield rule, Attribution.CHANGED, both


def _sampled(part: _Part, size: int, seed: int) -> Difference:
    """Compare the policies in *size* random situations of *part*, sampled by weight."""
    if not part.total:
        return part.difference()
    tests = part.tests
    # Sampling does not need secure random numbers.
    drawn = part.space.draw(Random(seed))  # noqa: S311
    counts: Counter[tuple[Ranking, Ranking]] = Counter()
    status, differing = 0, list[Situation]()
    chosen = (s for s in drawn if not tests or holds(either(tests), s, frozenset()))
    for situation in islice(chosen, size):
        one, other = (verdict_on(policy, situation) for policy in part.policies)
        status += [a.status for a in one.assessments] != [
            a.status for a in other.assessments
        ]
        if one.ranking != other.ranking:
            counts[one.ranking, other.ranking] += 1
            differing.append(situation)
    return part.difference(
        total=size,
        status=status,
        transitions=_transitions(counts),
        witness=min(differing, key=lambda found: len(found.known()), default=None),
        sampled=True,
    )
