"""Lowering: a policy made ready to run.

In: a policy whose names are declared. Out: a program of strata, each with the
rules that can be settled together once the strata below are.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import final

import attrs

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.model.clauses import (
    MOST_CLAUSES,
    Clause,
    TooManyClausesError,
    clauses,
)
from boundaryethics.model.conditions import Condition, Holds, leaves
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.program.strata import strata

#: Programs that are kept; the one least lately used makes room.
_KEPT = 64


@final
@attrs.frozen(kw_only=True)
class LoweredRule:
    """What an engine needs of a rule."""

    id: str
    condition: Condition
    #: The rule is triggered where one of these is met; the same as `condition`.
    clauses: tuple[Clause, ...]
    concludes: tuple[str, ...]
    #: The rules that set this one aside where they bind; all stand in lower strata.
    overriders: tuple[str, ...]

    @property
    def reads(self) -> Iterator[str]:
        """The findings that the condition reads."""
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
    """A policy made ready to run: its strata, lowest first."""

    vocabulary: Vocabulary
    strata: tuple[Stratum, ...]


@lru_cache(maxsize=_KEPT)
def lower(policy: Policy) -> Program:
    """The program of *policy*.

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
            overriders=policy.overriders.get(rule.id, ()),
        )
        for rule in policy.rules
    }
    levels = sorted(set(heights.values()))
    return Program(
        policy.vocabulary,
        tuple(
            stratum
            for level in levels
            for stratum in _layers([rules[n] for n in rules if heights[n] == level])
        ),
    )


def _layers(level: list[LoweredRule]) -> Iterator[Stratum]:
    """The rules of one level, those first that wait for no other among them.

    Rules that wait for one another in a circle stay together, and feed one another.
    """
    while level:
        coming = {finding for rule in level for finding in rule.concludes}
        ready = [rule for rule in level if not coming & set(rule.reads)] or level
        yield Stratum(tuple(ready))
        ready_ids = {rule.id for rule in ready}
        level = [rule for rule in level if rule.id not in ready_ids]


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """What keeps *policy* from being lowered."""
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
            problems.append(_too_large(rule))
    return expanded, tuple(problems)


def _too_large(rule: Rule) -> Problem:
    return Problem(
        code="BE305",
        message=f"the condition of rule `{rule.id}` takes more than {MOST_CLAUSES} "
        "clauses",
        help="conclude a finding in a rule of its own, and read that",
        path=("rules", rule.id, "when"),
        token=rule.id,
    )
