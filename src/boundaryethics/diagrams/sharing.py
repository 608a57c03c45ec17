"""What a rule means, so that equal meanings in two policies can be told.

A rule means the same in two policies where all that it depends on is the same:
its condition, the rules that override it, those that conclude the findings it
reads, and so on down. What it says of options does not enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias, final

import attrs

from boundaryethics.program.lowering import LoweredRule, Program

#: Equal for rules that mean the same.
Meaning: TypeAlias = tuple[str, frozenset[LoweredRule]]


@final
@attrs.frozen
class Meanings:
    """What each rule and each finding of one program means."""

    rules: Mapping[str, Meaning]
    #: Under each finding's name something equal for findings that mean the same.
    findings: Mapping[str, object]


def meanings(program: Program) -> Meanings:
    """What the rules and findings of *program* mean."""
    rules = {rule.id: rule for stratum in program.strata for rule in stratum.rules}
    concluders: dict[str, list[str]] = {}
    for rule in rules.values():
        for name in rule.reads:
            concluders.setdefault(name, [])
        for name in rule.concludes:
            concluders.setdefault(name, []).append(rule.id)
    below = {
        rule.id: {*rule.overriders, *(n for f in rule.reads for n in concluders[f])}
        for rule in rules.values()
    }
    cones = {name: frozenset(rules[n] for n in _reached(name, below)) for name in rules}
    return Meanings(
        {name: (name, cone) for name, cone in cones.items()},
        {
            finding: (finding, frozenset((name, cones[name]) for name in by))
            for finding, by in concluders.items()
        },
    )


def _reached(start: str, below: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += below[name]
    return reached
