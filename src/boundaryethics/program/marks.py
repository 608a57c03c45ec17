"""Marks: all that follows from a situation as one number, a bit for each thing.

In: a circuit. Out: what each bit stands for, and the derivation that bits tell. So
what follows from millions of situations is kept in a few words for each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

import attrs

from boundaryethics.model.derivation import Derivation, Firing
from boundaryethics.program.circuit import Circuit, Term
from boundaryethics.program.stages import Told

_HOLDS = 0b10


@final
@attrs.frozen(kw_only=True)
class Marks:
    """What the bits stand for, the lowest first."""

    #: That a rule binds: all rules, sorted.
    rules: tuple[str, ...]
    #: That a rule is overridden: those that can be, sorted, each with what can do it.
    overridable: tuple[tuple[str, tuple[str, ...]], ...]
    #: That a finding holds.
    findings: tuple[str, ...]

    @classmethod
    def of(cls, circuit: Circuit) -> Marks:
        """The marks for what follows in *circuit*."""
        names = tuple(outcome.rule for outcome in circuit.outcomes)
        return cls(
            rules=names,
            overridable=tuple(
                (outcome.rule, tuple(names[by] for by in outcome.overriders))
                for outcome in circuit.outcomes
                if outcome.overriders
            ),
            findings=tuple(name for name, _ in circuit.findings),
        )

    def __len__(self) -> int:
        return len(self.rules) + len(self.overridable) + len(self.findings)

    def derivation(self, bits: int) -> Derivation:
        """The derivation that *bits* tell."""
        binding = {rule: () for n, rule in enumerate(self.rules) if bits >> n & 1}
        bits >>= len(self.rules)
        overridden = {
            rule: tuple(other for other in by if other in binding)
            for n, (rule, by) in enumerate(self.overridable)
            if bits >> n & 1
        }
        bits >>= len(self.overridable)
        firings = {**binding, **overridden}
        return Derivation(
            tuple(Firing(rule, firings[rule]) for rule in sorted(firings)),
            frozenset(name for n, name in enumerate(self.findings) if bits >> n & 1),
        )


def marked(circuit: Circuit) -> tuple[Told, ...]:
    """What has to be known for each bit of the marks of *circuit*."""
    return tuple(Told.by(terms, {}) for terms in _terms(circuit))


def _terms(circuit: Circuit) -> Iterator[tuple[Term, ...]]:
    yield from (outcome.binding for outcome in circuit.outcomes)
    yield from (o.overridden for o in circuit.outcomes if o.overriders)
    yield from ((((variable, _HOLDS),),) for _, variable in circuit.findings)
