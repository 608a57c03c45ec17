"""Compile policies to programs: clauses in strata."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Self, TypeAlias, final

import attrs

from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.model import conditions
from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy

#: A rule or a finding: its kind and its name.
Node: TypeAlias = tuple[str, str]


@final
@attrs.frozen
class Dependence:
    """A node must be at least as high as another, or strictly above it."""

    upper: Node
    lower: Node
    strict: bool
    #: The verb that names it, such as "tests the absence of".
    says: str


def strata(policy: Policy) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """Find the stratum of each rule, lowest 0, or the cycles that rule out strata."""
    dependences = tuple(_dependences(policy))
    if problems := tuple(_cycle_problems(dependences)):
        return {}, problems
    # The least heights that satisfy every dependence; they exist without strict cycles.
    heights: dict[Node, int] = {}
    changed = True
    while changed:
        changed = False
        for link in dependences:
            least = heights.get(link.lower, 0) + link.strict
            if heights.get(link.upper, 0) < least:
                heights[link.upper] = least
                changed = True
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


def _cycle_problems(dependences: tuple[Dependence, ...]) -> Iterator[Problem]:
    below: dict[Node, list[Dependence]] = {}
    for link in dependences:
        below.setdefault(link.upper, []).append(link)
    reported: set[frozenset[Node]] = set()
    for link in dependences:
        back = _path(link.lower, link.upper, below) if link.strict else None
        if back is None:
            continue
        cycle = (link, *back)
        members = frozenset(step.upper for step in cycle)
        if members in reported:
            continue
        reported.add(members)
        links = ", which ".join(f"{s.says} {s.lower[0]} `{s.lower[1]}`" for s in cycle)
        rule = next(step.upper[1] for step in cycle if step.upper[0] == "rule")
        (kind, name), at = link.upper, ("rules", rule)
        yield problem("BE304", path=at, token=rule, kind=kind, name=name, links=links)


def _path(
    start: Node, goal: Node, below: Mapping[Node, list[Dependence]]
) -> tuple[Dependence, ...] | None:
    """Find the shortest path down from *start* to *goal*, or None."""
    paths: dict[Node, tuple[Dependence, ...]] = {start: ()}
    queue = deque([start])
    while queue:
        node = queue.popleft()
        if node == goal:
            return paths[node]
        for link in below.get(node, ()):
            if link.lower not in paths:
                paths[link.lower] = (*paths[node], link)
                queue.append(link.lower)
    return None


@final
@attrs.frozen(kw_only=True)
class LoweredRule:
    """The part of a rule that an engine needs."""

    id: str
    condition: Condition
    #: The rule is triggered if one of these is met; equivalent to `condition`.
    clauses: tuple[conditions.Clause, ...]
    concludes: tuple[str, ...]
    #: The rules that override this one if they bind; all are in lower strata.
    overriders: tuple[str, ...]

    @property
    def reads(self) -> Iterator[str]:
        """Yield the findings that the condition reads."""
        found = (leaf for leaf, _ in conditions.leaves(self.condition))
        return (leaf.finding for leaf in found if isinstance(leaf, Holds))


@final
@attrs.frozen
class Stratum:
    """Rules that can be settled together once the strata below are settled (S8)."""

    rules: tuple[LoweredRule, ...]

    @cached_property
    def feeds_itself(self) -> frozenset[str]:
        """List the findings that its rules both conclude and read."""
        read = {finding for rule in self.rules for finding in rule.reads}
        concluded = {name for rule in self.rules for name in rule.concludes}
        return frozenset(read & concluded)

    @cached_property
    def readers(self) -> Mapping[str, tuple[LoweredRule, ...]]:
        """Map each finding that its rules read to those rules."""
        found: dict[str, list[LoweredRule]] = {}
        for rule in self.rules:
            for finding in dict.fromkeys(rule.reads):
                found.setdefault(finding, []).append(rule)
        return {finding: tuple(rules) for finding, rules in found.items()}

    def reading(self, findings: Iterable[str]) -> list[LoweredRule]:
        """List its rules that read one of *findings*, each once."""
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
        """Return each rule by its id."""
        return {rule.id: rule for stratum in self.strata for rule in stratum.rules}


@lru_cache(maxsize=64)
def lower(policy: Policy) -> Program:
    """Compile *policy* to a program.

    Raises:
        PolicyError: something depends on its own absence, or a condition is too large.
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
    """Order the rules of one level: first those that read nothing from the others.

    Rules that read one another's findings in a cycle stay together.
    """
    while level:
        coming = {finding for rule in level for finding in rule.concludes}
        ready = [rule for rule in level if not coming & set(rule.reads)] or level
        yield Stratum(tuple(ready))
        ready_ids = {rule.id for rule in ready}
        level = [rule for rule in level if rule.id not in ready_ids]


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Find why *policy* cannot be compiled."""
    return (*strata(policy)[1], *_clauses_of(policy)[1])


def _clauses_of(
    policy: Policy,
) -> tuple[dict[str, tuple[conditions.Clause, ...]], tuple[Problem, ...]]:
    expanded: dict[str, tuple[conditions.Clause, ...]] = {}
    problems: list[Problem] = []
    for rule in policy.rules:
        try:
            expanded[rule.id] = conditions.clauses(rule.when, policy.vocabulary)
        except conditions.TooManyClausesError:
            name, path = rule.id, ("rules", rule.id, "when")
            most = conditions.MOST_CLAUSES
            wrong = problem("BE305.rule", path=path, token=name, rule=name, most=most)
            problems.append(wrong)
    return expanded, tuple(problems)


@final
@attrs.define
class PartialDerivation:
    """Rules and findings that known facts settle; all others are open."""

    program: Program
    #: The known facts with their values.
    known: Mapping[str, str]
    #: Each rule that binds, or does not, whatever the other facts are.
    binds: dict[str, bool] = attrs.Factory(dict)
    #: Each finding that holds, or does not, whatever the other facts are.
    holds: dict[str, bool] = attrs.Factory(dict)

    @classmethod
    def of(cls, program: Program, known: Mapping[str, str]) -> Self:
        """Settle the rules and findings of *program* from the *known* facts.

        This applies Kleene's strong logic stratum by stratum. Rules that feed one
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
                bound = [rule for rule in waiting if settled._bind(rule)]
                found = dict.fromkeys(f for rule in bound for f in rule.concludes)
                waiting = stratum.reading(settled._conclude(found, concluding))
        return settled

    def facts_of(self, condition: Condition) -> Iterator[str]:
        """Yield the facts on which *condition* still depends, perhaps repeatedly."""
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

    def _bind(self, rule: LoweredRule) -> bool:
        """Settle *rule* if possible; return whether it was settled only now."""
        if rule.id in self.binds:
            return False
        triggered = conditions.decided(rule.condition, self.known, self.holds)
        over = [self.binds.get(other) for other in rule.overriders]
        if triggered is False or True in over:
            self.binds[rule.id] = False
        elif triggered and None not in over:
            self.binds[rule.id] = True
        return rule.id in self.binds

    def _conclude(
        self, findings: Iterable[str], concluding: Mapping[str, list[str]]
    ) -> list[str]:
        """Settle *findings* where possible; return those that were settled only now."""
        new: list[str] = []
        for finding in findings:
            bind = [self.binds.get(rule) for rule in concluding[finding]]
            if finding not in self.holds and (True in bind or None not in bind):
                self.holds[finding] = True in bind
                new.append(finding)
        return new
