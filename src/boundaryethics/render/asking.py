"""Choose the unknown facts that are still worth asking about."""

from __future__ import annotations

from collections.abc import Iterator

from boundaryethics.model.facts import Fact
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict
from boundaryethics.program.lowering import lower
from boundaryethics.program.settled import Settled


def worth_asking(verdict: Verdict) -> tuple[Fact, ...]:
    """Return the unknown facts on which the answer can still depend, in order.

    A fact is left out if no rule or text that is still open reads it, if none of its
    values is possible beside what is known, or if it has no question.
    """
    situation = verdict.situation
    now = Settled.of(lower(verdict.policy), situation.known())
    read = {
        fact for rule in _open_rules(verdict, now) for fact in now.facts_of(rule.when)
    }
    for advice in verdict.steps:
        for one in verdict.policy.step[advice.step].instead:
            read.update(now.facts_of(one.when))
    return tuple(
        situation.vocabulary[name]
        for name in verdict.unknown
        if name in read
        and situation.vocabulary[name].ask
        and situation.values_possible_for(name)
    )


def _open_rules(verdict: Verdict, now: Settled) -> Iterator[Rule]:
    """Yield the open rules that can change an answer, and those they wait for."""
    rules = [rule for rule in verdict.policy.rules if rule.id not in now.binds]
    awaited: set[str] = set()
    while rules:
        asked = [r for r in rules if r.then.yields_reasons or awaited & _leads_to(r)]
        if not asked:
            return
        rules = [rule for rule in rules if rule not in asked]
        for rule in asked:
            awaited.update(now.findings_of(rule.when))
            awaited.update(verdict.policy.overriders.get(rule.id, ()))
            yield rule


def _leads_to(rule: Rule) -> set[str]:
    """Return what others can wait for: the findings of *rule*, and the rule itself."""
    return {*rule.then.concludes, rule.id}
