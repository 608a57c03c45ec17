"""Translate for zen-engine: one decision graph of expressions.

The expression of a rule reads facts, findings and overriding rules that come before
it. The expression of a finding reads the rules that conclude it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from benchmarks.peers.translated import Ask
from benchmarks.peers.translated.expressions import written
from benchmarks.peers.weighed import Ranking, Weighed
from boundaryethics.inference.program import LoweredRule, Program, lower
from boundaryethics.model.conditions import Condition
from boundaryethics.model.policy import Policy


def prepare(policy: Policy) -> Ask:
    """Return a function that ranks situations under *policy*.

    Raises:
        NotImplementedError: findings depend on each other in a cycle.
    """
    import zen

    weighed, program = Weighed.by(policy), lower(policy)
    if any(stratum.feeds_itself for stratum in program.strata):
        raise NotImplementedError
    rules = {rule.id: f"rule_{n}" for n, rule in enumerate(policy.rules)}
    decision = zen.ZenEngine().create_decision(json.dumps(_graph(program, rules)))

    def ask(facts: dict[str, str]) -> tuple[Ranking, list[str]]:
        result = decision.evaluate(facts)["result"]
        binding = [rule for rule, key in rules.items() if result[key]]
        return weighed.ranking(binding), binding

    return ask


def _graph(program: Program, rules: Mapping[str, str]) -> dict[str, object]:
    expressions = [
        {"id": key, "key": key, "value": value}
        for key, value in _expressions(program, rules)
    ]
    node = {"expressions": expressions, "passThrough": False}
    places = {"position": {"x": 0, "y": 0}}
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", **places},
        {"id": "on", "name": "on", "type": "expressionNode", "content": node, **places},
        {"id": "out", "name": "out", "type": "outputNode", **places},
    ]
    edges = [
        {"id": "1", "type": "edge", "sourceId": "in", "targetId": "on"},
        {"id": "2", "type": "edge", "sourceId": "on", "targetId": "out"},
    ]
    return {"nodes": nodes, "edges": edges}


def _expressions(
    program: Program, rules: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield each rule and finding with its expression, in order of dependency."""
    ordered = [rule for stratum in program.strata for rule in stratum.rules]
    by: dict[str, list[str]] = {}
    for rule in ordered:
        for finding in rule.concludes:
            by.setdefault(finding, []).append(rule.id)
    for rule in ordered:
        yield rules[rule.id], _rule(rule, rules)
        for finding in rule.concludes:
            if by[finding][-1] == rule.id:
                concluding = [f"$.{rules[name]}" for name in by[finding]]
                yield f"found_{finding}", " or ".join(concluding)


def _rule(rule: LoweredRule, rules: Mapping[str, str]) -> str:
    unless = [f"not $.{rules[other]}" for other in rule.overriders]
    return " and ".join([f"({_written(rule.condition)})", *unless])


def _written(condition: Condition) -> str:
    return written(condition, quote="'", finding="$.found_")
