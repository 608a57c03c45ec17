"""Compute verdicts from the text of the semantics alone.

This module shares no code with the library except for the classes of policies. It uses
no lowering, no strata and no clauses. It evaluates conditions as they are written, with
alternating fixpoints (Van Gelder), and computes rankings with plain sums.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any as Anything

import attrs

from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import MethodName, Option, Rule, Strength

Test = Callable[[Mapping[str, str], frozenset[str], frozenset[str]], bool]


@attrs.frozen
class Outcome:
    """The rules that apply, the overridden rules, the findings, and the ranking.

    Each overridden rule is listed with the rules that override it.
    """

    binding: frozenset[str]
    overridden: Mapping[str, frozenset[str]]
    findings: frozenset[str]
    ranking: tuple[frozenset[Option], ...]


class Oracle:
    """A policy whose conditions are interpreted as they are written."""

    def __init__(self, policy: Policy) -> None:
        """Translate the conditions of *policy* to Python functions."""
        self._policy = policy
        self._tests: list[tuple[Rule, Test]] = [
            # `repr` quotes all names in the text, so it contains no other code.
            (rule, eval(f"lambda f, yes, maybe: {_python(rule.when)}"))  # noqa: S307
            for rule in policy.rules
        ]
        self._overriders: dict[str, list[str]] = {rule.id: [] for rule in policy.rules}
        for rule in policy.rules:
            for other in rule.overrides:
                self._overriders[other].append(rule.id)

    def outcome(self, facts: Mapping[str, str]) -> Outcome:
        """Rank the options for *facts*."""
        every = frozenset(self._overriders) | {one.id for one in self._policy.findings}
        sure, possible = frozenset[str](), every
        while True:
            # The set assumed for negations is alternately too large and too small.
            lower = self._closed(facts, possible)
            upper = self._closed(facts, lower)
            if (lower, upper) == (sure, possible):
                break
            sure, possible = lower, upper
        if sure != possible:
            message = f"undecided: {sorted(possible - sure)}"
            raise AssertionError(message)
        rules = self._policy.rules
        binding = frozenset(rule.id for rule in rules if rule.id in sure)
        overridden = {
            rule.id: binding.intersection(self._overriders[rule.id])
            for rule, test in self._tests
            if rule.id not in binding and test(facts, sure, sure)
        }
        return Outcome(binding, overridden, sure - binding, self._ranking(binding))

    def _closed(
        self, facts: Mapping[str, str], assumed: frozenset[str]
    ) -> frozenset[str]:
        """Find everything that follows if *assumed* determines the negated parts."""
        found = frozenset[str]()
        while True:
            new = set(found)
            for rule, test in self._tests:
                if test(facts, found, assumed) and not any(
                    by in assumed for by in self._overriders[rule.id]
                ):
                    new |= {rule.id, *rule.then.concludes}
            if len(new) == len(found):
                return found
            found = frozenset(new)

    def _ranking(self, binding: frozenset[str]) -> tuple[frozenset[Option], ...]:
        score: dict[Option, tuple[int, ...]] = dict.fromkeys(Option, ())
        rules = [rule for rule in self._policy.rules if rule.id in binding]
        for option in Option:
            forbidden = any(option in rule.then.forbids for rule in rules)
            required = any(option in rule.then.requires for rule in rules)
            status = -1 if forbidden else int(required)
            score[option] = (status, *self._sums(option, rules))
        best_first = sorted(set(score.values()), reverse=True)
        return tuple(
            frozenset(option for option in Option if score[option] == value)
            for value in best_first
        )

    def _sums(self, option: Option, rules: list[Rule]) -> list[int]:
        method = self._policy.method
        points = dict(method.points)
        reasons = [
            (strength, rule.principle, sign)
            for rule in rules
            for pulls, sign in ((rule.then.favors, 1), (rule.then.opposes, -1))
            for favored, strength in pulls
            if favored == option
        ]
        if method.name is MethodName.LEVELWISE:
            levels = (Strength.STRONG, Strength.MODERATE, Strength.WEAK)
            return [
                sum(sign for strength, _, sign in reasons if strength is level)
                for level in levels
            ]
        if method.name is MethodName.WEIGHTED:
            weights = {one.id: one.weight for one in self._policy.principles}
            return [
                sum(
                    sign * points[strength] * weights[str(principle)]
                    for strength, principle, sign in reasons
                )
            ]
        named = {name for tier in method.priority for name in tier}
        return [
            sum(sign * points[s] for s, principle, sign in reasons if principle in tier)
            for tier in method.priority
        ] + [sum(sign * points[s] for s, name, sign in reasons if name not in named)]


def _python(condition: Condition, *, positive: bool = True) -> str:
    """Write *condition*, or its negation, as a Python expression."""
    match condition:
        case FactIn(fact, values):
            test = f"f[{fact!r}] in {tuple(sorted(values))!r}"
            return f"({test})" if positive else f"(not {test})"
        case Holds(finding):
            return (
                f"({finding!r} in yes)" if positive else f"({finding!r} not in maybe)"
            )
        case Not(part):
            return _python(part, positive=not positive)
        case All(parts) | Any(parts):
            joined = "all" if isinstance(condition, All) is positive else "any"
            items = [_python(part, positive=positive) for part in parts]
            word = " and " if joined == "all" else " or "
            return f"({word.join(items)})" if items else str(joined == "all")
    unknown: Anything = condition
    raise TypeError(unknown)
