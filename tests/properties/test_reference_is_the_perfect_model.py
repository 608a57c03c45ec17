"""Law: the reference engine finds the perfect model, as an answer set solver does.

The oracle is clingo. It gets the conditions as written in the policy, with
negation as failure, and without strata or clauses.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import clingo
import pytest
from hypothesis import given

from boundaryethics.inference import reference
from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from support.strategies import policies_with_situations


class Translation:
    """A policy and a situation as an answer set program."""

    def __init__(self, policy: Policy, situation: Situation) -> None:
        """Translate *policy* and *situation*."""
        self._fresh = count()
        self.lines = [f'has("{name}","{situation[name]}").' for name in situation]
        for rule in policy.rules:
            self._add(f'triggered("{rule.id}")', self._true(rule.when))
            for finding in rule.then.concludes:
                self._add(f'holds("{finding}")', f'binding("{rule.id}")')
            for other in rule.overrides:
                head = f'by("{other}","{rule.id}")'
                self._add(head, f'triggered("{other}"), binding("{rule.id}")')
        self.lines.append("overridden(X) :- by(X,_).")
        self.lines.append("binding(X) :- triggered(X), not overridden(X).")

    def _add(self, head: str, body: str) -> None:
        self.lines.append(f"{head} :- {body}.")

    def _some(self, bodies: Iterator[str]) -> str:
        head = f"either({next(self._fresh)})"
        for body in bodies:
            self._add(head, body)
        return head

    def _true(self, condition: Condition) -> str:
        match condition:
            case FactIn(fact, values):
                return self._some(f'has("{fact}","{value}")' for value in values)
            case Holds(finding):
                return f'holds("{finding}")'
            case Not(part):
                return self._false(part)
            case All(parts):
                return ", ".join(["#true", *(self._true(part) for part in parts)])
            case Any(parts):
                return self._some(self._true(part) for part in parts)

    def _false(self, condition: Condition) -> str:
        match condition:
            case FactIn() | Holds():
                return f"not {self._true(condition)}"
            case Not(part):
                return self._true(part)
            case All(parts):
                return self._some(self._false(part) for part in parts)
            case Any(parts):
                return ", ".join(["#true", *(self._false(part) for part in parts)])


def stable_models(program: str) -> list[dict[str, set[tuple[str, ...]]]]:
    """Return the stable models of *program*: the arguments of each predicate."""
    control = clingo.Control(["0", "--warn=none"])
    control.add("base", [], program)
    control.ground([("base", [])])
    models: list[dict[str, set[tuple[str, ...]]]] = []
    with control.solve(yield_=True) as found:
        for model in found:
            atoms: dict[str, set[tuple[str, ...]]] = {}
            for symbol in model.symbols(atoms=True):
                named = tuple(str(a).strip('"') for a in symbol.arguments)
                atoms.setdefault(symbol.name, set()).add(named)
            models.append(atoms)
    return models


@pytest.mark.clause("S5", "S6", "S7", "S8")
@given(policies_with_situations())
def test_the_reference_engine_finds_the_unique_stable_model(
    case: tuple[Policy, Situation],
) -> None:
    """There is one stable model, and it is what the reference engine derives."""
    policy, situation = case
    models = stable_models("\n".join(Translation(policy, situation).lines))
    derived = reference.load(lower(policy)).derive(situation)

    assert 1 == len(models)
    model = models[0]
    assert {name for (name,) in model.get("binding", ())} == set(derived.binding)
    assert {name for (name,) in model.get("holds", ())} == derived.findings
    assert model.get("by", set()) == {
        (rule, other) for rule, by in derived.overridden.items() for other in by
    }
