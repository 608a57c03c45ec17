"""What follows from a situation under a policy: the firings and the findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from types import MappingProxyType
from typing import final

import attrs


@final
@attrs.frozen
class Firing:
    """One use of one rule: it was triggered, and set aside by the rules named."""

    rule: str
    #: The binding rules that override it, sorted; none where the rule binds.
    overridden_by: tuple[str, ...] = ()


@final
@attrs.frozen
class Derivation:
    """All that follows: equal for equal situations, whichever engine made it (S21)."""

    #: Sorted by rule.
    firings: tuple[Firing, ...]
    findings: frozenset[str]

    @classmethod
    def of(
        cls,
        binding: Iterable[str],
        overridden: Mapping[str, tuple[str, ...]],
        findings: AbstractSet[str],
    ) -> Derivation:
        """The derivation with these *binding* and *overridden* rules and findings."""
        by_rule = {**dict.fromkeys(binding, ()), **overridden}
        firings = tuple(Firing(rule, by_rule[rule]) for rule in sorted(by_rule))
        return cls(firings, frozenset(findings))

    @cached_property
    def binding(self) -> tuple[str, ...]:
        """The rules that count, sorted."""
        return tuple(f.rule for f in self.firings if not f.overridden_by)

    @cached_property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """The rules set aside, each with the binding rules that do it."""
        by_rule = {f.rule: f.overridden_by for f in self.firings if f.overridden_by}
        return MappingProxyType(by_rule)
