"""Translate for clipspy: one rule per clause, lower strata first by salience.

So everything that a rule negates is final when the rule runs. A global variable
collects the rules that apply, because this is the fastest way to return them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.peers.translated import Ask
from benchmarks.peers.weighed import Ranking, Weighed
from boundaryethics.inference.program import LoweredRule, Stratum, lower
from boundaryethics.model.conditions import Clause
from boundaryethics.model.policy import Policy


def prepare(policy: Policy) -> Ask:
    """Return a function that ranks situations under *policy*."""
    import clips

    weighed = Weighed.by(policy)
    environment = clips.Environment()
    rules = [rule.id for rule in policy.rules]
    for construct in _constructs(policy, rules):
        environment.build(construct)
    binding = environment.find_global("binding")

    def ask(facts: dict[str, str]) -> tuple[Ranking, list[str]]:
        environment.reset()
        # Assert all facts in one call, because facts asserted one by one leak memory.
        environment.load_facts("".join([f"({fact} {v})" for fact, v in facts.items()]))
        environment.run()
        bound = [rules[number] for number in {*binding.value}]
        return weighed.ranking(bound), bound

    return ask


def _constructs(policy: Policy, rules: list[str]) -> Iterator[str]:
    yield "(defglobal ?*binding* = (create$))"
    numbers = {rule: number for number, rule in enumerate(rules)}
    strata = lower(policy).strata
    for height, stratum in enumerate(strata):
        yield from _of_stratum(stratum, len(strata) - height, numbers)


def _of_stratum(
    stratum: Stratum, salience: int, numbers: Mapping[str, int]
) -> Iterator[str]:
    for rule in stratum.rules:
        actions = _actions(rule, numbers)
        unless = [f"(not (binds {numbers[other]}))" for other in rule.overriders]
        for number, clause in enumerate(rule.clauses):
            patterns = " ".join([*_patterns(clause), *unless])
            yield (
                f"(defrule {rule.id}-{number} (declare (salience {salience})) "
                f"{patterns} => {actions})"
            )


def _actions(rule: LoweredRule, numbers: Mapping[str, int]) -> str:
    number = numbers[rule.id]
    asserts = [f"(assert (found {finding}))" for finding in rule.concludes]
    bind = f"(bind ?*binding* (create$ ?*binding* {number}))"
    return " ".join([bind, f"(assert (binds {number}))", *asserts])


def _patterns(clause: Clause) -> Iterator[str]:
    for test in sorted(clause.facts, key=lambda one: one.fact):
        yield f"({test.fact} {'|'.join(sorted(test.values))})"
    yield from (f"(found {finding})" for finding in sorted(clause.holds))
    yield from (f"(not (found {finding}))" for finding in sorted(clause.absent))
