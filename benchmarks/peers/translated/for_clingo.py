"""Translate for clingo: one program, ground once, with facts as externals.

For each situation, only the facts that differ from the previous one change. Negation is
clingo's own, because a stratified program has a single stable model, the perfect model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from benchmarks.peers.translated import Ask
from benchmarks.peers.weighed import Ranking, Weighed
from boundaryethics.inference.program import LoweredRule, lower
from boundaryethics.model.conditions import Clause, FactIn
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy


def prepare(policy: Policy) -> Ask:
    """Return a function that ranks situations under *policy*."""
    import clingo

    weighed, vocabulary = Weighed.by(policy), policy.vocabulary
    control = clingo.Control(["--warn=none"])
    control.add("base", [], "\n".join(_program(policy)))
    control.ground([("base", [])])
    externals = {
        fact.name: {value: _symbol(fact.name, value) for value in fact.all_values}
        for fact in vocabulary.facts
    }
    now: dict[str, str] = {}
    binding: list[str] = []

    def take(model: Any) -> None:
        binding[:] = [symbol.string for symbol in model.symbols(shown=True)]

    def ask(facts: dict[str, str]) -> tuple[Ranking, list[str]]:
        for fact, value in facts.items():
            before = now.get(fact)
            if before != value:
                if before is not None:
                    control.assign_external(externals[fact][before], truth=False)
                control.assign_external(externals[fact][value], truth=True)
                now[fact] = value
        control.solve(on_model=take)
        return weighed.ranking(binding), [*binding]

    return ask


def _symbol(fact: str, value: str) -> Any:
    from clingo import Function, String

    return Function("value", [String(fact), String(value)])


def _program(policy: Policy) -> Iterator[str]:
    yield from _externals(policy.vocabulary)
    rules = [rule for stratum in lower(policy).strata for rule in stratum.rules]
    tests: dict[FactIn, int] = {}
    for rule in rules:
        yield from _rule(rule, tests)
    for test, number in tests.items():
        for value in sorted(test.values):
            yield f'test({number}) :- value("{test.fact}", "{value}").'
    yield "#show. #show Rule : binds(Rule)."


def _externals(vocabulary: Vocabulary) -> Iterator[str]:
    for fact in vocabulary.facts:
        for value in fact.all_values:
            yield f'#external value("{fact.name}", "{value}").'


def _rule(rule: LoweredRule, tests: dict[FactIn, int]) -> Iterator[str]:
    unless = [f'not binds("{other}")' for other in rule.overriders]
    for clause in rule.clauses:
        body = ", ".join([*_body(clause, tests), *unless])
        yield f'binds("{rule.id}") :- {body}.' if body else f'binds("{rule.id}").'
    for finding in rule.concludes:
        yield f'found("{finding}") :- binds("{rule.id}").'


def _body(clause: Clause, tests: dict[FactIn, int]) -> Iterator[str]:
    for test in sorted(clause.facts, key=lambda one: one.fact):
        yield f"test({tests.setdefault(test, len(tests))})"
    yield from (f'found("{finding}")' for finding in sorted(clause.holds))
    yield from (f'not found("{finding}")' for finding in sorted(clause.absent))
