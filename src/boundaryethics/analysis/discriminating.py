"""Find the situations that best discriminate between policies, for a panel of raters.

A single decision diagram covers all policies and all possible situations, so the search
cannot miss a better situation. Situations are compared by the number of policy pairs
with different top responses, and then by the mean Kendall distance of the rankings.
Two options in opposite order add 1 to the distance. A tie in only one ranking adds 1/2.

The chosen situations are distributed among the rules that separate the policies (see
`compare`). In each round, every rule in turn adds the best situation in which it
separates the policies. Of equally good situations, it adds one with the fewest known
facts. A rule is skipped if it separates the policies in a situation already added in
this round. A rule never adds a situation with the same rankings as an earlier one in
which it separates the policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache, partial
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics import exports
from boundaryethics.analysis.compare import NewValues, common_space, new_values
from boundaryethics.arguments import check_seed, checked, ranged
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import AnalysisError, all_of, check_then, problem
from boundaryethics.mdd.build import Progress, QueryBuilder, RankingDifferences
from boundaryethics.mdd.diagram import NEVER, Diagram
from boundaryethics.mdd.network import Gate
from boundaryethics.mdd.scores import PAIRS, Ranking, ranking_of, score_layout_of
from boundaryethics.mdd.space import (
    Exact,
    Space,
    Where,
    extended,
    space_of,
    vocabulary_of,
)
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.policies import as_policy
from boundaryethics.policies.loader import repeated_ids
from boundaryethics.ranking import signs_of
from boundaryethics.render.wording import escaped, plural
from boundaryethics.report import (
    Report,
    Table,
    as_data,
    facts_text,
    made_of,
    ranking_text,
)

#: The maximum numbers of vignettes and policies. The limit on policies lets the signs
#: of all pairs of options fit into one integer.
_MOST, _MOST_POLICIES = 1000, 10
#: Raters can keep about this many facts in mind.
MOST_FACTS = 6

#: The number of policy pairs with different top responses, and the mean Kendall
#: distance.
_Measure: TypeAlias = tuple[int, Fraction]


@final
@attrs.frozen(kw_only=True)
class SeparatedBy:
    """A rule that separates policies in a situation."""

    rule: str
    #: The policies in which the rule applies. If it applies in all, its effects differ.
    policies: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class DiscriminatingVignette:
    """A situation that policies rank differently."""

    id: str
    situation: Situation
    #: The ranking under each policy.
    rankings: tuple[tuple[str, Ranking], ...]
    #: The number of policy pairs with different top responses.
    other_first: int
    #: The mean Kendall distance over all policy pairs, from 0 to 6.
    distance: Fraction
    #: The rules that separate the policies in this situation.
    rules: tuple[SeparatedBy, ...]
    #: The four options, worded for the situation.
    responses: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the vignette as plain data."""
        return {
            "vignette": self.id,
            "facts": self.situation.known(),
            "rankings": as_data(dict(self.rankings)),
            "different_first": self.other_first,
            "distance": as_data(self.distance),
            "rules": {one.rule: list(one.policies) for one in self.rules},
        }


@final
@attrs.frozen(kw_only=True)
class DiscriminatingVignettes(Report):
    """The situations that best discriminate between policies, in the order found.

    A request for fewer vignettes returns the beginning of the same list.
    """

    #: The IDs of the policies.
    policies: tuple[str, ...]
    vignettes: tuple[DiscriminatingVignette, ...]
    #: The number of possible situations searched.
    total: int
    #: The number of situations that at least two policies rank differently.
    differing: int
    #: Rules that separate the policies, but in none of the vignettes.
    uncovered: tuple[str, ...]
    #: Values that only some of the policies declare. No vignette has any of them.
    new_values: tuple[NewValues, ...] = ()

    def situations(self) -> dict[str, dict[str, str]]:
        """Each vignette with its known facts, in the form that `read_panel` accepts."""
        return {one.id: one.situation.known() for one in self.vignettes}

    def to_csv(self) -> str:
        """Return the vignettes as CSV text for `panel`, with one row per vignette."""
        known = self.situations()
        facts = [
            name
            for name in (self.vignettes[0].situation if self.vignettes else ())
            if any(name in of_one for of_one in known.values())
        ]
        rows = tuple(
            (id, *(of_one.get(fact, "") for fact in facts))
            for id, of_one in known.items()
        )
        return exports.csv_text(Table(columns=("vignette", *facts), rows=rows))

    def to_markdown(self) -> str:
        """Return a questionnaire for raters, without the policies' rankings."""
        return "\n".join(line for one in self.vignettes for line in _questionnaire(one))

    def _data(self) -> dict[str, Any]:
        return {
            "policies": list(self.policies),
            "total": self.total,
            "differing": self.differing,
            "measure": _MEASURE,
            "vignettes": [one.to_dict() for one in self.vignettes],
            "uncovered": list(self.uncovered),
            "new_values": as_data(self.new_values),
        }

    def _tables(self) -> Iterator[Table]:
        yield self._table()
        for one in self.vignettes:
            yield Table(lines=(*self._lines_about(one),), columns=(), rows=())

    def _lines_about(self, one: DiscriminatingVignette) -> Iterator[str]:
        pairs = plural(len(self.policies) * (len(self.policies) - 1) // 2, "pair")
        first = f"different top response in {one.other_first} of {pairs} of policies"
        yield f"{one.id}: {facts_text(one.situation)}"
        yield f"  {first}, mean Kendall distance {float(one.distance):.2f}"
        for ranking, policies in _by_ranking(one):
            yield f"  {ranking_text(ranking)}: {policies}"
        for by in one.rules:
            changed = ", with different effects" * (by.policies == self.policies)
            yield f"  {by.rule}: applies in {', '.join(by.policies)}{changed}"

    def _table(self) -> Table:
        policies = ", ".join(self.policies)
        differing = f"{self.differing:,} of {self.total:,} possible situations"
        lines = [
            f"{plural(len(self.vignettes), 'discriminating vignette')} for {policies}",
            f"rankings differ in {differing} (exact)",
            f"measure: {_MEASURE}",
            self._search(),
        ]
        lines += [
            f"left out: {new}, which only {new.policy} has" for new in self.new_values
        ]
        if self.uncovered:
            rules = ", ".join(self.uncovered)
            lines.append(f"separating rules that no vignette covers: {rules}")
        return Table(lines=tuple(lines), columns=(), rows=())

    def _rows(self) -> Table:
        rows = tuple(
            (
                *(one.id, policy, ranking_text(ranking), facts_text(one.situation)),
                *(one.other_first, float(one.distance)),
                ", ".join(by.rule for by in one.rules),
            )
            for one in self.vignettes
            for policy, ranking in one.rankings
        )
        columns = ("vignette", "policy", "ranking", "facts")
        return Table(columns=(*columns, "other_first", "distance", "rules"), rows=rows)

    def _shown(self) -> Table:
        headings = ("different top response in", "mean Kendall distance")
        rows = self._rows()
        columns = (*rows.columns[:4], *headings, "separating rules")
        return Table(lines=self._table().lines, columns=columns, rows=rows.rows)

    def _search(self) -> str:
        """Return a line with the search arguments."""
        asked = self.provenance.parameters
        where = "; ".join(
            f"{fact}: {' or '.join([values] if isinstance(values, str) else values)}"
            for fact, values in (asked.get("where") or {}).items()
        )
        most = plural(asked.get("most_facts", MOST_FACTS), "known fact")
        limit = f"at most {most}{f', only {where}' if where else ''}"
        return f"search: seed {self.provenance.seed}, {limit}"


_MEASURE = (
    "pairs of policies with a different top response, then mean Kendall distance "
    "(0 to 6; a tie in only one ranking counts 1/2)"
)


def _by_ranking(vignette: DiscriminatingVignette) -> Iterator[tuple[Ranking, str]]:
    """Yield each ranking and the policies that produce it."""
    by: dict[Ranking, list[str]] = {}
    for policy, ranking in vignette.rankings:
        by.setdefault(ranking, []).append(policy)
    for ranking, policies in by.items():
        yield ranking, ", ".join(policies)


def _questionnaire(vignette: DiscriminatingVignette) -> Iterator[str]:
    """Yield the lines of a vignette in the words of the vocabulary."""
    situation = vignette.situation
    yield from (f"## {vignette.id}", "")
    for name, value in situation.known().items():
        fact = situation.vocabulary[name]
        asked = escaped(fact.question or name.replace("_", " "))
        yield f"- {asked} **{escaped(fact.label(value), starts=False)}**"
    yield from (
        "",
        "Nothing else is known. Rank the responses, with 1 for the best.",
        "",
    )
    yield from ("| Response | Rank |", "| --- | --- |")
    for option, response in zip(Option, vignette.responses, strict=True):
        yield f"| {escaped(response, starts=False)} (`{option.value}`) | |"
    yield ""


@checked
def discriminating_vignettes(
    policies: Sequence[Policy | str | Path],
    n: int,
    *,
    where: Where | None = None,
    most_facts: int = MOST_FACTS,
    seed: int = 0,
    progress: Progress | None = None,
) -> DiscriminatingVignettes:
    """Find *n* possible situations that best discriminate between *policies*.

    The search is exact. The module docstring describes how situations are compared and
    ordered. The result has fewer than *n* vignettes if no further situation would add
    new rankings for any rule.

    Args:
        policies: at least two policies, or their IDs or paths.
        n: the number of vignettes.
        where: facts, each with the value or values that it may have.
        most_facts: the largest number of known facts in a vignette.
        seed: the seed for the order of rules whose situations are equally good.
        progress: called with the number of facts processed and the total number.

    Raises:
        ArgumentError: *n*, *most_facts* or *seed* is out of range, or there are too
            many policies.
        PolicyError: a policy cannot be read or is invalid.
        SituationError: *where* has an undeclared fact or value.
        AnalysisError: there are fewer than two policies, two have the same ID, the
            analysis is too large, or *where* leaves no situation that all policies can
            describe.
    """
    named, whole, *_ = check_then(
        partial(_distinct, policies),
        lambda named: space_of(vocabulary_of(named), where),
        partial(ranged, "n", n, 1, _MOST),
        partial(ranged, "most_facts", most_facts, 0, NEVER),
        partial(check_seed, seed),
    )
    ids = tuple(policy.id for policy in named)
    pairs = combinations(named, 2)
    new = tuple(dict.fromkeys(one for a, b in pairs for one in new_values(a, b)))
    space = common_space(named, whole)
    if not space.size:
        facts = " and ".join(dict.fromkeys(f"`{one.fact}`" for one in new))
        raise AnalysisError([problem("BE879", facts=facts)])
    search = _Search.of(named, space, most_facts, progress)
    # Ordering rules does not need secure random numbers.
    found = search.spread(n, Random(seed))  # noqa: S311
    covered = {by.rule for one in found for by in one.rules}
    parameters = {"n": n, "where": where, "most_facts": most_facts}
    return DiscriminatingVignettes(
        provenance=made_of(*named, seed=seed, **parameters),
        policies=ids,
        vignettes=tuple(found),
        total=space.weight,
        differing=sum(map(int, search.diagram.weights())),
        uncovered=tuple(rule for rule in search.separable if rule not in covered),
        new_values=new,
    )


@final
@attrs.frozen(kw_only=True, eq=False)
class _Search:
    """The diagram of several policies, and the rules that separate the policies."""

    policies: Sequence[Policy]
    space: Space
    #: The joint diagram. At each end, at least two policies rank differently.
    diagram: Diagram
    #: The rules that can separate the policies, in the order in which the diagram
    #: tracks them.
    rules: tuple[str, ...]
    #: The measure of the rankings at each end.
    measures: tuple[_Measure, ...]
    #: For each rule and end, the fewest known facts with which the rule separates the
    #: policies.
    facts: tuple[Exact, ...]
    #: For each rule, the ends at which it can separate the policies within the limit on
    #: known facts, unsorted.
    ends: tuple[tuple[int, ...], ...]

    @classmethod
    def of(
        cls,
        policies: Sequence[Policy],
        space: Space,
        most: int,
        progress: Progress | None,
    ) -> _Search:
        """Compile the diagram of *policies*, and evaluate its ends."""
        queries = QueryBuilder([extended(space.vocabulary, one) for one in policies])
        separating = dict(_separating_nodes(queries))
        diagram = queries.ask(
            space,
            RankingDifferences(),
            tracked=separating.values(),
            progress=progress,
        )
        facts = tuple(_fewest_facts(diagram, place) for place in range(len(separating)))
        return cls(
            policies=policies,
            space=space,
            diagram=diagram,
            rules=tuple(separating),
            measures=tuple(map(_measure, _rankings(diagram))),
            facts=facts,
            ends=tuple(tuple(np.flatnonzero(of <= most).tolist()) for of in facts),
        )

    @property
    def separable(self) -> Iterator[str]:
        """Rules that separate the policies in at least one situation, sorted by ID."""
        for rule, facts in zip(self.rules, self.facts, strict=True):
            if (facts < NEVER).any():
                yield rule

    def spread(self, n: int, random: Random) -> list[DiscriminatingVignette]:
        """Choose up to *n* vignettes in rounds, as the module docstring describes."""
        luck = [random.random() for _ in self.rules]
        # The best end is the last of each queue.
        queues = [self._queue(rule) for rule in range(len(self.rules))]
        shown: list[set[int]] = [set() for _ in self.rules]
        found: dict[Situation, DiscriminatingVignette] = {}
        while any(queues):
            waiting = [rule for rule, queue in enumerate(queues) if queue]
            waiting.sort(
                key=lambda rule: (self._key(rule, queues[rule][-1]), luck[rule])
            )
            covered: set[int] = set()
            for rule in waiting:
                added = rule in covered
                while queues[rule] and not added:
                    end = queues[rule].pop()
                    situation = self._smallest(rule, end)
                    if end in shown[rule] or situation in found:
                        continue
                    rules = self._separating_in(situation)
                    for other in rules:
                        shown[other].add(end)
                    covered |= {*rules}
                    added = True
                    found[situation] = self._vignette(
                        len(found) + 1, situation, end, rules
                    )
                    if len(found) == n:
                        return [*found.values()]
        return [*found.values()]

    def _key(self, rule: int, end: int) -> tuple[int, Fraction, int]:
        """Return an end's sort key for a rule; the best end has the smallest key."""
        other_first, distance = self.measures[end]
        return -other_first, -distance, int(self.facts[rule][end])

    def _queue(self, rule: int) -> list[int]:
        best_first = sorted(
            self.ends[rule], key=lambda end: (self._key(rule, end), end)
        )
        return best_first[::-1]

    def _smallest(self, rule: int, end: int) -> Situation:
        """Return a situation at *end* in which *rule* separates the policies.

        No other such situation has fewer known facts.
        """
        ends = np.arange(len(self.measures)) == end
        chosen = self.diagram.smallest(ends, rule)
        if chosen is None:
            message = f"no situation separates the policies by {self.rules[rule]}"
            raise ContradictedError(message)
        return self.space.situation(chosen)

    def _separating_in(self, situation: Situation) -> list[int]:
        """List the rules that separate the policies in *situation*."""
        binds, state = np.zeros(len(self.rules), bool), 0
        path = self.diagram.path(situation)
        for layer, place in zip(self.diagram.layers, path, strict=True):
            binds |= layer.binds[:, place, state]
            state = int(layer.follows[place, state])
        return [int(rule) for rule in np.flatnonzero(binds)]

    def _vignette(
        self, number: int, situation: Situation, end: int, rules: Iterable[int]
    ) -> DiscriminatingVignette:
        """Build a vignette, and verify its rankings with the engine."""
        verdicts = [verdict_on(policy, situation) for policy in self.policies]
        rankings = tuple(verdict.ranking for verdict in verdicts)
        other_first, distance = self.measures[end]
        if _measure(rankings) != (other_first, distance):
            message = f"the diagram is wrong about the rankings of {situation}"
            raise ContradictedError(message)
        return DiscriminatingVignette(
            id=f"v{number:02}",
            situation=situation,
            rankings=tuple(zip(self._ids, rankings, strict=True)),
            other_first=other_first,
            distance=distance,
            rules=tuple(
                SeparatedBy(
                    rule=name,
                    policies=tuple(
                        policy.id
                        for policy, verdict in zip(self.policies, verdicts, strict=True)
                        if name in verdict.binding
                    ),
                )
                for name in sorted(self.rules[rule] for rule in rules)
            ),
            responses=tuple(verdicts[0].label(option) for option in Option),
        )

    @property
    def _ids(self) -> list[str]:
        return [policy.id for policy in self.policies]


def _distinct(policies: Iterable[Policy | str | Path]) -> list[Policy]:
    """Load the policies. Check that their number is valid and their IDs are unique."""
    named = all_of(as_policy, policies)
    repeated = repeated_ids(named)
    if repeated or len(named) <= 1:
        problems = [problem("BE853", token=id, id=id) for id in repeated]
        raise AnalysisError(problems or [problem("BE878")])
    ranged("policies", len(named), 2, _MOST_POLICIES)
    return named


def _separating_nodes(queries: QueryBuilder) -> Iterator[tuple[str, int]]:
    """Yield each rule that can separate the policies, with the number of a node.

    The node applies in the situations in which the rule separates the policies: the
    rule applies under only some of them, or has different effects under them.
    """
    builder = queries.builder
    network = builder.network()
    scores = score_layout_of(queries.policies, builder.rules, len(network.nodes))
    relevant = network.cone(int(n) for n in np.flatnonzero(scores.touched))
    half = len(PAIRS)
    for rule in sorted({name for side in builder.rules for name in side}):
        nodes = [side.get(rule) for side in builder.rules]
        if not {*nodes} & relevant:
            continue
        gates: dict[Gate, None] = {}
        for (a, one), (b, other) in combinations(enumerate(nodes), 2):
            if one is None or other is None:
                alone = one if other is None else other
                if alone is not None:
                    gates[Gate(holds=(builder.bound(alone),))] = None
                continue
            holds, also = builder.bound(one), builder.bound(other)
            if one != other:
                gates[Gate(holds=(holds,), absent=(also,))] = None
                gates[Gate(holds=(also,), absent=(holds,))] = None
            here, there = (slice(side * half, (side + 1) * half) for side in (a, b))
            if (scores.points[one, here] != scores.points[other, there]).any() or (
                scores.flags[one, a] != scores.flags[other, b]
            ).any():
                gates[Gate(holds=tuple({holds: 0, also: 0}))] = None
        if gates:
            yield rule, builder.add(gates)


def _rankings(diagram: Diagram) -> Iterator[tuple[Ranking, ...]]:
    """For each end of *diagram*, yield the ranking under each policy."""
    half = len(PAIRS)
    for row in map(tuple, diagram.ends.settled.tolist()):
        yield tuple(
            ranking_of(row[start : start + half]) for start in range(0, len(row), half)
        )


def _measure(rankings: Sequence[Ranking]) -> _Measure:
    """Count the pairs with different top responses, and compute the mean distance."""
    pairs = [*combinations(rankings, 2)]
    other_first = sum(one[0] != other[0] for one, other in pairs)
    return other_first, Fraction(
        sum(_distance(*pair) for pair in pairs), 2 * len(pairs)
    )


@lru_cache(maxsize=4096)
def _distance(one: Ranking, other: Ranking) -> int:
    """Return twice the Kendall distance; a tie in just one ranking adds 1."""
    signs = zip(signs_of(one), signs_of(other), strict=True)
    return sum(abs(a - b) for a, b in signs)


def _fewest_facts(diagram: Diagram, place: int) -> Exact:
    """For each end, find the fewest known facts with which a tracked node applies."""
    at: Exact = np.array([[0], [NEVER]], np.int16)
    sizes = [layer.follows.shape[1] for layer in diagram.layers[1:]]
    for layer, states in zip(diagram.layers, [*sizes, len(diagram.ends)], strict=True):
        # An additional state at index -1 collects the paths that lead to no end.
        onward = np.full((2, states + 1), NEVER, np.int16)
        for number, cost in enumerate(layer.costs):
            moved, now = at + np.int16(cost), layer.binds[place, number]
            moved[1, now] = moved[:, now].min(axis=0)
            moved[0, now] = NEVER
            for passed in range(2):
                np.minimum.at(onward[passed], layer.follows[number], moved[passed])
        at = np.minimum(onward[:, :-1], np.int16(NEVER))
    fewest: Exact = at[1]
    return fewest
