"""The reference engine: naive forward chaining, as the semantics states it.

Within a stratum it applies every rule until nothing more follows. It trades speed for
simplicity, so that a reader can check it against S5 to S8.
"""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.inference.program import LoweredRule, Program
from boundaryethics.model.conditions import holds
from boundaryethics.model.facts import Situation
from boundaryethics.model.verdict import Derivation


def load(program: Program) -> ReferenceRunner:
    """Load *program*; this engine accepts every program."""
    return ReferenceRunner(program)


@final
@attrs.frozen
class ReferenceRunner:
    """A program that is interpreted for each situation."""

    program: Program

    def derive(self, situation: Situation) -> Derivation:
        """Derive all that follows from *situation*."""
        so_far = _SoFar(situation)
        for stratum in self.program.strata:
            while fresh := [r for r in stratum.rules if so_far.newly_triggers(r)]:
                for rule in fresh:
                    so_far.settle(rule)
        return Derivation.of(so_far.binding, so_far.overridden, so_far.findings)


@final
@attrs.define
class _SoFar:
    """All that has followed from a situation so far."""

    situation: Situation
    binding: set[str] = attrs.Factory(set)
    overridden: dict[str, tuple[str, ...]] = attrs.Factory(dict)
    findings: set[str] = attrs.Factory(set)

    def newly_triggers(self, rule: LoweredRule) -> bool:
        """Return whether *rule* is triggered and not settled yet (S6)."""
        # INVARIANT: overriders, and findings read negatively, are settled in strata
        # below (S8), so that a rule once triggered stays so.
        settled = rule.id in self.binding or rule.id in self.overridden
        return not settled and holds(rule.condition, self.situation, self.findings)

    def settle(self, rule: LoweredRule) -> None:
        """Bind *rule*, which is triggered, unless a binding rule overrides it."""
        by = tuple(sorted(self.binding.intersection(rule.overriders)))
        if by:
            self.overridden[rule.id] = by
        else:
            self.binding.add(rule.id)
            self.findings.update(rule.concludes)
