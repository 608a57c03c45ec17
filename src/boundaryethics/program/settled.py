"""Settle what is known of a policy's rules while some facts are still unknown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Self, final

import attrs

from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
    decided,
)
from boundaryethics.program.lowering import LoweredRule, Program, Stratum


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
        """Settle what can be of the rules of *stratum*; whether any was."""
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
    """Each finding with the rules that conclude it."""
    found: dict[str, list[str]] = {}
    for stratum in program.strata:
        for rule in stratum.rules:
            for finding in rule.reads:
                found.setdefault(finding, [])
            for finding in rule.concludes:
                found.setdefault(finding, []).append(rule.id)
    return found
