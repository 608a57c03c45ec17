"""The reference engine: the plainest reading of the semantics, which it defines.

Takes the strata in turn; within one, applies every rule until nothing more
follows. Slow where it could be quick, so that it can be held against S5 to S8.
"""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.model.conditions import holds
from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import Situation
from boundaryethics.program.lowering import LoweredRule, Program, Stratum


def load(program: Program) -> ReferenceRunner:
    """*program*, ready to run; takes every program."""
    return ReferenceRunner(program)


@final
@attrs.frozen
class ReferenceRunner:
    """A program, read anew for each situation."""

    program: Program

    def derive(self, situation: Situation) -> Derivation:
        """All that follows from *situation*."""
        binding: set[str] = set()
        overridden: dict[str, tuple[str, ...]] = {}
        findings: set[str] = set()
        for stratum in self.program.strata:
            _settle(stratum, situation, binding, overridden, findings)
        return Derivation.of(binding, overridden, findings)


def _settle(
    stratum: Stratum,
    situation: Situation,
    binding: set[str],
    overridden: dict[str, tuple[str, ...]],
    findings: set[str],
) -> None:
    """Apply the rules of *stratum* until no more of them are triggered."""
    # INVARIANT: overriders, and findings read negatively, are settled below (S8),
    # so that a rule once triggered stays so while this stratum grows.
    while fresh := [
        rule
        for rule in stratum.rules
        if rule.id not in binding
        and rule.id not in overridden
        and holds(rule.condition, situation, findings)  # type: ignore[arg-type]
    ]:
        for rule in fresh:
            by = _binding_overriders(rule, binding)
            if by:
                overridden[rule.id] = by
            else:
                binding.add(rule.id)
                findings.update(rule.concludes)


def _binding_overriders(rule: LoweredRule, binding: set[str]) -> tuple[str, ...]:
    return tuple(sorted(other for other in rule.overriders if other in binding))
