"""Compile policies to programs: clauses in strata."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Self, TypeAlias, final

import attrs

from boundaryethics.errors import PolicyError, Problem, problem
from boundaryethics.model.conditions import (
    MOST_CLAUSES,
    All,
    Any,
    Clause,
    Condition,
    FactIn,
    Holds,
    Not,
    TooManyClausesError,
    clauses,
    decided,
    leaves,
)
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy

#: A rule or a finding: its kind and its name.
Node: TypeAlias = tuple[str, str]


@final
@attrs.frozen
class Dependence:
    """One node stands at least as high as another, or strictly above it."""

    upper: Node
    lower: Node
    strict: bool
    #: The verb of it: "reads the absence of".
    says: str


def strata(policy: Policy) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """Find the stratum of each rule, lowest 0; or the cycles that rule them out."""
    dependences = tuple(_dependences(policy))
    problems = tuple(_cycle_problems(dependences))
    if problems:
        return {}, problems
    heights = _heights(dependences)
    return {rule.id: heights.get(("rule", rule.id), 0) for rule in policy.rules}, ()


def _dependences(policy: Policy) -> Iterator[Dependence]:
    for rule in policy.rules:
        node = ("rule", rule.id)
        for leaf, positive in leaves(rule.when):
            if isinstance(leaf, Holds):
                says = "reads" if positive else "reads the absence of"
                found = ("finding", leaf.finding)
                yield Dependence(node, found, not positive, says)
        for finding in rule.then.concludes:
            yield Dependence(("finding", finding), node, False, "is concluded by")
        for other in rule.overrides:
            yield Dependence(("rule", other), node, True, "is overridden by")


def _heights(dependences: tuple[Dependence, ...]) -> Mapping[Node, int]:
    """Find the least heights that satisfy every dependence, without strict cycles."""
    heights: dict[Node, int] = {}
    moved = True
    while moved:
        moved = False
        for link in dependences:
            least = heights.get(link.lower, 0) + link.strict
            if heights.get(link.upper, 0) < least:
                heights[link.upper] = least
                moved = True
    return heights


def _cycle_problems(dependences: tuple[Dependence, ...]) -> Iterator[Problem]:
    below: dict[Node, list[Dependence]] = {}
    for link in dependences:
        below.setdefault(link.upper, []).append(link)
    told: set[frozenset[Node]] = set()
    for link in dependences:
        back = _path(link.lower, link.upper, below) if link.strict else None
        if back is None:
            continue
        cycle = (link, *back)
        members = frozenset(step.upper for step in cycle)
        if members not in told:
            told.add(members)
            yield _cyclic(cycle)


def _path(
    start: Node, goal: Node, below: Mapping[Node, list[Dependence]]
) -> tuple[Dependence, ...] | None:
    """Find the shortest way down from *start* to *goal*, or None."""
    ways: dict[Node, tuple[Dependence, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        if node == goal:
            return ways[node]
        for link in below.get(node, ()):
            if link.lower not in ways:
                ways[link.lower] = (*ways[node], link)
                waiting.append(link.lower)
    return None


def _cyclic(cycle: tuple[Dependence, ...]) -> Problem:
    links = [f"{link.says} {link.lower[0]} `{link.lower[1]}`" for link in cycle]
    kind, name = cycle[0].upper
    rule = next(link.upper[1] for link in cycle if link.upper[0] == "rule")
    return problem(
        "BE304",
        path=("rules", rule),
        token=rule,
        kind=kind,
        name=name,
        links=", which ".join(links),
    )


#: Programs that are cached.
_KEPT = 64


@final
@attrs.frozen(kw_only=True)
class LoweredRule:
    """The part of a rule that an engine needs."""

    id: str
    condition: Condition
    #: The rule is triggered where one of these is met; the same as `condition`.
    clauses: tuple[Clause, ...]
    concludes: tuple[str, ...]
    #: The rules that set this one aside where they bind; all stand in lower strata.
    overriders: tuple[str, ...]

    @property
    def reads(self) -> Iterator[str]:
        """Yield the findings that the condition reads."""
        found = (leaf for leaf, _ in leaves(self.condition))
        return (leaf.finding for leaf in found if isinstance(leaf, Holds))


@final
@attrs.frozen
class Stratum:
    """Rules that can be settled together, once the strata below are (S8)."""

    rules: tuple[LoweredRule, ...]

    @cached_property
    def feeds_itself(self) -> frozenset[str]:
        """Findings that its rules both conclude and read: more may follow from them."""
        read = {finding for rule in self.rules for finding in rule.reads}
        concluded = {name for rule in self.rules for name in rule.concludes}
        return frozenset(read & concluded)


@final
@attrs.frozen
class Program:
    """A policy compiled to strata, lowest first."""

    vocabulary: Vocabulary
    strata: tuple[Stratum, ...]


@lru_cache(maxsize=_KEPT)
def lower(policy: Policy) -> Program:
    """Compile *policy* to a program.

    Raises:
        PolicyError: something depends on its own absence, or a condition is too large.
    """
    heights, problems = strata(policy)
    expanded, too_large = _clauses_of(policy)
    if problems or too_large:
        raise PolicyError((*problems, *too_large))
    rules = {
        rule.id: LoweredRule(
            id=rule.id,
            condition=rule.when,
            clauses=expanded[rule.id],
            concludes=rule.then.concludes,
            overriders=policy.overridden_by.get(rule.id, ()),
        )
        for rule in policy.rules
    }
    levels: dict[int, list[LoweredRule]] = {}
    for name, rule in rules.items():
        levels.setdefault(heights[name], []).append(rule)
    layers = (layer for level in sorted(levels) for layer in _layers(levels[level]))
    return Program(policy.vocabulary, tuple(layers))


def _layers(level: list[LoweredRule]) -> Iterator[Stratum]:
    """Order the rules of one level: first those that read nothing of the others.

    Rules that read one another's findings in a circle stay together.
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
) -> tuple[dict[str, tuple[Clause, ...]], tuple[Problem, ...]]:
    expanded: dict[str, tuple[Clause, ...]] = {}
    problems: list[Problem] = []
    for rule in policy.rules:
        try:
            expanded[rule.id] = clauses(rule.when, policy.vocabulary)
        except TooManyClausesError:
            too_large = problem(
                "BE305.rule",
                path=("rules", rule.id, "when"),
                token=rule.id,
                rule=rule.id,
                most=MOST_CLAUSES,
            )
            problems.append(too_large)
    return expanded, tuple(problems)


@final
@attrs.define
class Settled:
    """The rules and findings that known facts settle; all others are open."""

    program: Program
    #: The facts that are known, with their values.
    known: Mapping[str, str]
    #: Each rule that binds, or does not, whatever becomes known.
    binds: dict[str, bool] = attrs.Factory(dict)
    #: Each finding that holds, or does not, whatever becomes known.
    holds: dict[str, bool] = attrs.Factory(dict)

    @classmethod
    def of(cls, program: Program, known: Mapping[str, str]) -> Self:
        """Settle the rules and findings of *program* from the facts that are *known*.

        What is settled stays so whatever the other facts are (Kleene's strong logic,
        stratum by stratum). Rules that feed one another in a circle may stay open.
        """
        made = cls(program, known)
        concluding = _concluding(program)
        made._conclude(concluding)
        for stratum in program.strata:
            while made._grown_by(stratum):
                made._conclude(concluding)
        return made

    def facts_of(self, condition: Condition) -> Iterator[str]:
        """Yield the facts on which *condition* still depends, perhaps repeatedly."""
        return (leaf.fact for leaf in self._open(condition) if isinstance(leaf, FactIn))

    def findings_of(self, condition: Condition) -> Iterator[str]:
        """Yield the findings on which *condition* still depends."""
        leaves = self._open(condition)
        return (leaf.finding for leaf in leaves if isinstance(leaf, Holds))

    def _open(self, condition: Condition) -> Iterator[FactIn | Holds]:
        if decided(condition, self.known, self.holds) is not None:
            return
        match condition:
            case FactIn() | Holds():
                yield condition
            case Not(part):
                yield from self._open(part)
            case All(parts) | Any(parts):
                for part in parts:
                    yield from self._open(part)

    def _grown_by(self, stratum: Stratum) -> bool:
        """Settle what can be of the rules of *stratum*; tell if any was."""
        before = len(self.binds)
        for rule in stratum.rules:
            so = None if rule.id in self.binds else self._binding(rule)
            self.binds |= {} if so is None else {rule.id: so}
        return len(self.binds) > before

    def _binding(self, rule: LoweredRule) -> bool | None:
        triggered = decided(rule.condition, self.known, self.holds)
        over = [self.binds.get(other) for other in rule.overriders]
        if triggered is False or True in over:
            return False
        return None if triggered is None or None in over else True

    def _conclude(self, concluding: Mapping[str, list[str]]) -> None:
        for finding, rules in concluding.items():
            told = [self.binds.get(rule) for rule in rules]
            if True in told or None not in told:
                self.holds[finding] = True in told


def _concluding(program: Program) -> Mapping[str, list[str]]:
    """List for each finding the rules that conclude it."""
    found: dict[str, list[str]] = {}
    for stratum in program.strata:
        for rule in stratum.rules:
            for finding in rule.reads:
                found.setdefault(finding, [])
            for finding in rule.concludes:
                found.setdefault(finding, []).append(rule.id)
    return found
