"""The reference engine: forward chaining, as defined by the semantics.

Within a stratum, it applies the rules until nothing more follows. It is designed to be
simple rather than fast, so that readers can check it against S5 to S8.
"""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.inference.program import LoweredRule, Program
from boundaryethics.model.conditions import holds
from boundaryethics.model.facts import Situation
from boundaryethics.model.verdict import Derivation


def load(program: Program) -> ReferenceRunner:
    """Load *program*. This engine accepts all programs."""
    return ReferenceRunner(program)


@final
@attrs.frozen
class ReferenceRunner:
    """A program that is interpreted for each situation."""

    program: Program

    def derive(self, situation: Situation) -> Derivation:
        """Derive the rules and findings that follow from *situation*."""
        binding, findings = set[str](), set[str]()
        overridden: dict[str, tuple[str, ...]] = {}

        def newly_triggered(rule: LoweredRule) -> bool:
            # INVARIANT: overriders, and findings that a condition requires to be false,
            # are settled in lower strata (S8). So a triggered rule stays triggered
            # (S6).
            settled = rule.id in binding or rule.id in overridden
            return not settled and holds(rule.condition, situation, findings)

        for stratum in self.program.strata:
            waiting = [*stratum.rules]
            while fresh := [*filter(newly_triggered, waiting)]:
                found: set[str] = set()
                for rule in fresh:
                    if by := tuple(sorted(binding.intersection(rule.overriders))):
                        overridden[rule.id] = by
                    else:
                        binding.add(rule.id)
                        found.update(rule.concludes)
                # Only rules that depend on a new finding can be triggered now.
                waiting = stratum.reading(found - findings)
                findings |= found
        return Derivation.of(binding, overridden, findings)
