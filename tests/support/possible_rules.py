"""Find the rules that can apply if some facts are known and the others are not.

The search is exact. A rule is ruled out only if the known facts alone make its
condition false. So a property of the remaining rules holds in every situation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from boundaryethics.model.conditions import decided
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule

Facts = Mapping[str, str]


def ways(facts: Mapping[str, str | Sequence[str]]) -> Iterator[Facts]:
    """Yield *facts* with each choice of one value for every fact that has several."""
    listed = [[one] if isinstance(one, str) else list(one) for one in facts.values()]
    for values in product(*listed):
        yield dict(zip(facts, values, strict=True))


def settled(
    policy: Policy, facts: Facts, given: Mapping[str, bool] | None = None
) -> dict[str, bool]:
    """Return the findings that *facts* settle, in addition to those *given*."""
    found = dict(given or {})
    while fresh := {
        finding: holds
        for finding, rules in policy.concluded_by.items()
        if finding not in found
        and (holds := _concluded(policy, rules, facts, found)) is not None
    }:
        found.update(fresh)
    return found


def _concluded(
    policy: Policy, rules: Sequence[str], facts: Facts, found: Mapping[str, bool]
) -> bool | None:
    """Return whether one of *rules* certainly applies or none can; None if open."""
    shown = {rule: decided(policy.rule[rule].when, facts, found) for rule in rules}
    if all(holds is False for holds in shown.values()):
        return False
    sure = [r for r, holds in shown.items() if holds and r not in policy.overridden_by]
    return True if sure else None


def may_bind(
    policy: Policy,
    facts: Mapping[str, str | Sequence[str]],
    given: Mapping[str, bool] | None = None,
) -> tuple[Rule, ...]:
    """Return the rules that *facts* and the *given* findings do not rule out."""
    found: set[str] = set()
    for way in ways(facts):
        known = settled(policy, way, given)
        found |= {
            rule.id
            for rule in policy.rules
            if decided(rule.when, way, known) is not False
        }
    return tuple(rule for rule in policy.rules if rule.id in found)


def must_bind(policy: Policy, rule: str, facts: Mapping[str, str]) -> bool:
    """Return whether *facts* alone make *rule* apply."""
    known = settled(policy, facts)
    when = policy.rule[rule].when
    return decided(when, facts, known) is True and rule not in policy.overridden_by


def parts_of(rules: Sequence[Rule]) -> set[str]:
    """Return the draft parts that *rules* select."""
    return {part for rule in rules for part in rule.then.drafts}


def steps_of(rules: Sequence[Rule]) -> set[str]:
    """Return the actions that *rules* advise."""
    return {step for rule in rules for step in rule.then.advises}
