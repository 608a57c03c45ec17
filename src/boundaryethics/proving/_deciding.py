"""Whether a handful of premises decide a condition.

Facts and findings that no premise speaks of are open, so that what is decided
here holds whatever they are (Kleene's strong logic).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import final

import attrs

from boundaryethics.model.conditions import Condition, decided
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

    def decides(self, condition: Condition) -> bool | None:
        """Whether *condition* holds by this; None where that is left open."""
        return decided(condition, self.facts, self.findings)


def needed(
    condition: Condition, premises: Iterable[Proof], rules: Mapping[str, Rule]
) -> tuple[Proof, ...]:
    """Those of *premises* that still decide *condition* when none can be spared."""
    kept = list(dict.fromkeys(premises))
    for premise in tuple(kept):
        fewer = [other for other in kept if other is not premise]
        if Known.by(fewer, rules).decides(condition) is not None:
            kept = fewer
    return tuple(kept)
