"""Compile policies to programs: clauses in strata."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Self, TypeAlias, final

import attrs

from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.inference.components import strong_components
from boundaryethics.model import conditions
from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy

#: A rule or a finding: its type and its name.
Node: TypeAlias = tuple[str, str]


@final
@attrs.frozen
class Dependence:
    """The dependence of a rule or finding, *upper*, on another, *lower* (S8).

    The stratum of *upper* must be at least that of *lower* or, if *strict*, above it.
    """

    upper: Node
    lower: Node
    strict: bool
    #: The verb that describes it, such as "tests the absence of".
    says: str


@lru_cache(maxsize=8)
def strata(policy: Policy) -> tuple[Mapping[str, int], tuple[Problem, ...]]:
    """Return each rule's stratum, numbered from 0, and any problems with cycles.

    If a cycle makes strata impossible, no rule gets a stratum.
    """
    dependences = tuple(_dependences(policy))
    below: dict[Node, list[Dependence]] = {}
    for link in dependences:
        below.setdefault(link.upper, []).append(link)
        below.setdefault(link.lower, [])
    lower = {node: [link.lower for link in links] for node, links in below.items()}
    # Find the lowest strata that satisfy all dependences. They exist, because no cycle
    # has a strict dependence.
    heights: dict[Node, int] = {}
    cyclic: list[frozenset[Node]] = []
    for component in map(frozenset, strong_components(lower)):
        links = [link for node in component for link in below[node]]
        if any(link.strict and link.lower in component for link in links):
            cyclic.append(component)
        # Nodes of this component have no stratum yet.
        each = (heights.get(link.lower, 0) + link.strict for link in links)
        heights |= dict.fromkeys(component, max(each, default=0))
    if cyclic:
        return {}, tuple(_cycle_problems(dependences, below, cyclic))
    return {rule.id: heights.get(("rule", rule.id), 0) for rule in policy.rules}, ()


def _dependences(policy: Policy) -> Iterator[Dependence]:
    for rule in policy.rules:
        node = ("rule", rule.id)
        for leaf, positive in conditions.leaves(rule.when):
            if isinstance(leaf, Holds):
                says = "tests" if positive else "tests the absence of"
                found = ("finding", leaf.finding)
                yield Dependence(node, found, not positive, says)
        for finding in rule.then.concludes:
            yield Dependence(("finding", finding), node, False, "is concluded by")
        for other in rule.overrides:
            yield Dependence(("rule", other), node, True, "is overridden by")


#: The maximum numbers of cycles to report per component, and of nodes to name per
#: cycle.
_MOST_CYCLES, _MOST_NAMED = 20, 10


def _cycle_problems(
    dependences: Iterable[Dependence],
    below: Mapping[Node, list[Dependence]],
    cyclic: Iterable[frozenset[Node]],
) -> Iterator[Problem]:
    """Yield problems for the shortest cycles within *cyclic* components."""
    component = {node: members for members in cyclic for node in members}
    reported: set[frozenset[Node]] = set()
    searched: Counter[frozenset[Node]] = Counter()
    for link in dependences:
        among = component.get(link.upper, frozenset())
        if not (link.strict and link.lower in among and searched[among] < _MOST_CYCLES):
            continue
        searched[among] += 1
        cycle = (link, *_path(link.lower, link.upper, below, among))
        members = frozenset(step.upper for step in cycle)
        if members in reported:
            continue
        reported.add(members)
        said = [f"{s.says} {s.lower[0]} `{s.lower[1]}`" for s in cycle]
        if len(said) > _MOST_NAMED:
            left_out = f"leads there through {len(said) - _MOST_NAMED} more"
            said = [*said[: _MOST_NAMED - 1], left_out, said[-1]]
        links = ", which ".join(said)
        rule = next(step.upper[1] for step in cycle if step.upper[0] == "rule")
        (kind, name), at = link.upper, ("rules", rule)
        yield problem("BE304", path=at, token=rule, kind=kind, name=name, links=links)


def _path(
    start: Node,
    goal: Node,
    below: Mapping[Node, list[Dependence]],
    among: frozenset[Node],
) -> list[Dependence]:
    """Return the shortest path down from *start* to *goal* through nodes in *among*."""
    by: dict[Node, Dependence] = {}
    queue = deque([start])
    while queue and goal not in by and start != goal:
        for link in below.get(queue.popleft(), ()):
            if link.lower in among and link.lower not in by and link.lower != start:
                by[link.lower] = link
                queue.append(link.lower)
    path: list[Dependence] = []
    while goal != start:
        path.append(by[goal])
        goal = by[goal].upper
    return path[::-1]


@final
@attrs.frozen(kw_only=True, cache_hash=True)
class LoweredRule:
    """The part of a rule that an engine needs."""

    id: str
    condition: Condition
    #: The rule is triggered if one of these is met. They are equivalent to `condition`.
    clauses: tuple[conditions.Clause, ...]
    concludes: tuple[str, ...]
    #: The rules that override this one if they apply. All are in lower strata.
    overriders: tuple[str, ...]

    @property
    def reads(self) -> Iterator[str]:
        """The findings that the condition depends on; a finding may repeat."""
        found = (leaf for leaf, _ in conditions.leaves(self.condition))
        return (leaf.finding for leaf in found if isinstance(leaf, Holds))


@final
@attrs.frozen
class Stratum:
    """Rules that can be settled together once the strata below are settled (S8)."""

    rules: tuple[LoweredRule, ...]

    @cached_property
    def feeds_itself(self) -> frozenset[str]:
        """The findings that this stratum's rules both conclude and depend on."""
        read = {finding for rule in self.rules for finding in rule.reads}
        concluded = {name for rule in self.rules for name in rule.concludes}
        return frozenset(read & concluded)

    @cached_property
    def readers(self) -> Mapping[str, tuple[LoweredRule, ...]]:
        """Map each finding to the rules of this stratum that depend on it."""
        found: dict[str, list[LoweredRule]] = {}
        for rule in self.rules:
            for finding in dict.fromkeys(rule.reads):
                found.setdefault(finding, []).append(rule)
        return {finding: tuple(rules) for finding, rules in found.items()}

    def reading(self, findings: Iterable[str]) -> list[LoweredRule]:
        """Return the rules of this stratum that depend on any of *findings*."""
        found = (rule for name in findings for rule in self.readers.get(name, ()))
        return [*{rule.id: rule for rule in found}.values()]


@final
@attrs.frozen
class Program:
    """A policy compiled to strata, lowest first."""

    vocabulary: Vocabulary
    strata: tuple[Stratum, ...]

    @cached_property
    def rule(self) -> Mapping[str, LoweredRule]:
        """Map IDs to rules."""
        return {rule.id: rule for stratum in self.strata for rule in stratum.rules}

    def without(self, id: str) -> Program:
        """Return the program without rule *id*, and without references to it."""
        strata = (
            Stratum(
                tuple(
                    attrs.evolve(
                        rule, overriders=tuple(o for o in rule.overriders if o != id)
                    )
                    if id in rule.overriders
                    else rule
                    for rule in stratum.rules
                    if rule.id != id
                )
            )
            for stratum in self.strata
        )
        return Program(self.vocabulary, tuple(strata))


@lru_cache(maxsize=64)
def lower(policy: Policy) -> Program:
    """Compile *policy* to a program.

    Raises:
        PolicyError: a rule or finding depends on its own absence, or a condition is too
            large.
    """
    heights, problems = strata(policy)
    expanded, too_large = _clauses_of(policy)
    if problems or too_large:
        raise PolicyError((*problems, *too_large))
    levels: dict[int, list[LoweredRule]] = {}
    for rule in policy.rules:
        lowered = LoweredRule(
            id=rule.id,
            condition=rule.when,
            clauses=expanded[rule.id],
            concludes=rule.then.concludes,
            overriders=policy.overridden_by.get(rule.id, ()),
        )
        levels.setdefault(heights[rule.id], []).append(lowered)
    layers = (layer for level in sorted(levels) for layer in _layers(levels[level]))
    return Program(policy.vocabulary, tuple(layers))


def _layers(level: list[LoweredRule]) -> Iterator[Stratum]:
    """Split a stratum into layers, so that each depends only on earlier ones.

    Rules that depend on one another's findings in a cycle stay together.
    """
    # For each finding, the number of rules that can still conclude it, and the rules
    # that depend on it.
    coming = Counter(finding for rule in level for finding in rule.concludes)
    readers: dict[str, list[int]] = {}
    awaited: dict[int, int] = {}
    for number, rule in enumerate(level):
        read = coming.keys() & set(rule.reads)
        awaited[number] = len(read)
        for finding in read:
            readers.setdefault(finding, []).append(number)
    ready = [number for number, count in awaited.items() if not count]
    while awaited:
        # If no rule is ready, all remaining rules wait for one another.
        ready = sorted(ready or awaited)
        yield Stratum(tuple(level[number] for number in ready))
        after: list[int] = []
        for number in ready:
            del awaited[number]
            for finding in level[number].concludes:
                coming[finding] -= 1
                for reader in readers.get(finding, ()) if not coming[finding] else ():
                    if reader in awaited:
                        awaited[reader] -= 1
                        after += [] if awaited[reader] else [reader]
        ready = after


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Return the reasons why *policy* cannot be compiled."""
    return (*strata(policy)[1], *_clauses_of(policy)[1])


@lru_cache(maxsize=8)
def _clauses_of(
    policy: Policy,
) -> tuple[Mapping[str, tuple[conditions.Clause, ...]], tuple[Problem, ...]]:
    expanded: dict[str, tuple[conditions.Clause, ...]] = {}
    problems: list[Problem] = []
    expansion = conditions.Expansion(policy.vocabulary)
    for rule in policy.rules:
        try:
            expanded[rule.id] = expansion.clauses(rule.when)
        except conditions.TooManyClausesError:
            code, most = "BE305.rule", conditions.MOST_CLAUSES
            if expansion.left < 0:
                code, most = "BE305.tests", conditions.MOST_TESTS
            name, path = rule.id, ("rules", rule.id, "when")
            problems.append(problem(code, path=path, token=name, rule=name, most=most))
            if expansion.left < 0:
                break
    return expanded, tuple(problems)


@final
@attrs.define
class PartialDerivation:
    """The rules and findings that the known facts settle. All others are open."""

    program: Program
    #: The known facts with their values.
    known: Mapping[str, str]
    #: For each settled rule, whether it applies, whatever values the other facts have.
    binds: dict[str, bool] = attrs.Factory(dict)
    #: For each settled finding, whether it is true, whatever values the other facts
    #: have.
    holds: dict[str, bool] = attrs.Factory(dict)

    @classmethod
    def of(cls, program: Program, known: Mapping[str, str]) -> Self:
        """Settle the rules and findings of *program* from the *known* facts.

        This applies Kleene's strong logic, stratum by stratum. Rules that depend on one
        another in a cycle may stay open.
        """
        settled = cls(program, known)
        concluding: dict[str, list[str]] = {}
        for stratum in program.strata:
            for rule in stratum.rules:
                concluding |= {f: [] for f in rule.reads if f not in concluding}
                for finding in rule.concludes:
                    concluding.setdefault(finding, []).append(rule.id)
        settled._conclude(concluding, concluding)
        for stratum in program.strata:
            waiting = [*stratum.rules]
            while waiting:
                for rule in waiting:
                    settled._bind(rule)
                found = dict.fromkeys(f for rule in waiting for f in rule.concludes)
                waiting = stratum.reading(settled._conclude(found, concluding))
        return settled

    def facts_of(self, condition: Condition) -> Iterator[str]:
        """Yield the facts on which *condition* still depends; facts may repeat."""
        return (leaf.fact for leaf in self._open(condition) if isinstance(leaf, FactIn))

    def findings_of(self, condition: Condition) -> Iterator[str]:
        """Yield the findings on which *condition* still depends."""
        leaves = self._open(condition)
        return (leaf.finding for leaf in leaves if isinstance(leaf, Holds))

    def _open(self, condition: Condition) -> Iterator[FactIn | Holds]:
        if conditions.decided(condition, self.known, self.holds) is not None:
            return
        match condition:
            case FactIn() | Holds():
                yield condition
            case Not(part):
                yield from self._open(part)
            case All(parts) | Any(parts):
                for part in parts:
                    yield from self._open(part)

    def _bind(self, rule: LoweredRule) -> None:
        """Record whether *rule* applies, if that is already certain."""
        triggered = conditions.decided(rule.condition, self.known, self.holds)
        over = [self.binds.get(other) for other in rule.overriders]
        if triggered is False or True in over:
            self.binds[rule.id] = False
        elif triggered and None not in over:
            self.binds[rule.id] = True

    def _conclude(
        self, findings: Iterable[str], concluding: Mapping[str, list[str]]
    ) -> list[str]:
        """Settle *findings* where possible; return those that are newly settled."""
        new: list[str] = []
        for finding in findings:
            bind = [self.binds.get(rule) for rule in concluding[finding]]
            if finding not in self.holds and (True in bind or None not in bind):
                self.holds[finding] = True in bind
                new.append(finding)
        return new
