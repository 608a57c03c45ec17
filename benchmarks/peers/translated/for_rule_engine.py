"""Translate for rule-engine: the condition of each rule is one expression.

Expressions read a mapping of facts and findings. Plain Python handles overriding rules
and the order of evaluation.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from benchmarks.peers.translated import Ask
from benchmarks.peers.translated.expressions import written
from benchmarks.peers.weighed import Ranking, Weighed
from boundaryethics.inference.program import LoweredRule, lower
from boundaryethics.model.conditions import Condition
from boundaryethics.model.policy import Policy

#: A rule, and its condition as an expression of rule-engine.
Asked: TypeAlias = tuple[LoweredRule, Any]


def prepare(policy: Policy) -> Ask:
    """Return a function that ranks situations under *policy*."""
    import rule_engine

    weighed, strata = Weighed.by(policy), lower(policy).strata
    rules = [rule for stratum in strata for rule in stratum.rules]
    named = {name for rule in rules for name in (*rule.concludes, *rule.reads)}
    absent = dict.fromkeys((f"found_{name}" for name in named), False)
    asked = [
        (
            [(r, rule_engine.Rule(_written(r.condition))) for r in s.rules],
            s.feeds_itself,
        )
        for s in strata
    ]

    def ask(facts: dict[str, str]) -> tuple[Ranking, list[str]]:
        known: dict[str, Any] = {**facts, **absent}
        settled: dict[str, bool] = {}
        for together, repeats in asked:
            while settle(together, known, settled) and repeats:
                pass
        binding = [rule for rule, binds in settled.items() if binds]
        return weighed.ranking(binding), binding

    return ask


def settle(rules: list[Asked], known: dict[str, Any], settled: dict[str, bool]) -> bool:
    """Apply those of *rules* that match; return whether any did."""
    before = len(settled)
    for rule, asked in rules:
        if rule.id not in settled and asked.matches(known):
            binds = not any(settled.get(other) for other in rule.overriders)
            settled[rule.id] = binds
            if binds:
                known.update((f"found_{name}", True) for name in rule.concludes)
    return len(settled) > before


def _written(condition: Condition) -> str:
    return written(condition, quote='"', finding="found_")
