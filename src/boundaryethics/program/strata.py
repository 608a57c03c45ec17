"""Strata: the order in which rules can be settled, one after the other (S8).

In: a policy. Out: a stratum for each rule, or each cycle by which something
would depend on its own absence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import TypeAlias, final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.model.conditions import Holds, leaves
from boundaryethics.model.policy import Policy

#: A rule or a finding: its kind and its name.
Node: TypeAlias = tuple[str, str]


@final
@attrs.frozen
class Dependence:
    """One thing stands at least as high as another, or strictly above it."""

    upper: Node
    lower: Node
    strict: bool
    #: How it is told: "reads the absence of".
    says: str


def strata(policy: Policy) -> tuple[dict[str, int], tuple[Problem, ...]]:
    """The stratum of each rule, lowest 0; or the cycles that make it impossible."""
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
    """The least heights that satisfy every dependence; there is no strict cycle."""
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
    """The shortest way down from *start* to *goal*, or None."""
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
    return Problem(
        code="BE304",
        message=f"{kind} `{name}` depends on its own absence: it "
        + ", which ".join(links),
        help="break the circle: nothing can be settled before itself",
        path=("rules", rule),
        token=rule,
    )
