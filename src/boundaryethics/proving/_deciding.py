"""Whether a handful of premises decide a condition.

Facts and findings that no premise speaks of are open, so that what is decided
here holds whatever they are (Kleene's strong logic).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never, final

import attrs

from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
)
from boundaryethics.model.proof import Absent, Given, Proof, Step
from boundaryethics.model.rules import Rule


@final
@attrs.frozen
class Known:
    """What premises say: values of facts, and findings that hold or do not."""

    facts: Mapping[str, str]
    findings: Mapping[str, bool]

    @classmethod
    def by(cls, premises: Iterable[Proof], rules: Mapping[str, Rule]) -> Known:
        """What *premises* say, each taken at its word."""
        facts: dict[str, str] = {}
        findings: dict[str, bool] = {}
        for premise in premises:
            match premise:
                case Given(fact, value):
                    facts[fact] = value
                case Absent("finding", name, _):
                    findings[name] = False
                case Step(rule, _, ()) if rule in rules:
                    findings |= dict.fromkeys(rules[rule].then.concludes, True)
                case _:
                    pass
        return cls(facts, findings)


def decided(condition: Condition, known: Known) -> bool | None:
    """Whether *condition* holds by what is *known*; None where that leaves it open."""
    match condition:
        case FactIn(fact, values):
            return known.facts[fact] in values if fact in known.facts else None
        case Holds(finding):
            return known.findings.get(finding)
        case Not(part):
            inner = decided(part, known)
            return None if inner is None else not inner
        case All(parts):
            return _among([decided(part, known) for part in parts], settles=False)
        case Any(parts):
            return _among([decided(part, known) for part in parts], settles=True)
        case _:
            assert_never(condition)


def _among(parts: list[bool | None], *, settles: bool) -> bool | None:
    """One part that is *settles* settles all; else they must all be decided."""
    if settles in parts:
        return settles
    return None if None in parts else not settles


def needed(
    condition: Condition, premises: Iterable[Proof], rules: Mapping[str, Rule]
) -> tuple[Proof, ...]:
    """Those of *premises* that still decide *condition* when none can be spared."""
    kept = list(dict.fromkeys(premises))
    for premise in tuple(kept):
        fewer = [other for other in kept if other is not premise]
        if decided(condition, Known.by(fewer, rules)) is not None:
            kept = fewer
    return tuple(kept)
