"""Write conditions in the expression syntax of rule-engine and zen-engine."""

from __future__ import annotations

from typing import assert_never

from boundaryethics.model import conditions
from boundaryethics.model.conditions import Condition, FactIn, Holds, Not


def written(condition: Condition, *, quote: str, finding: str) -> str:
    """Write *condition* as an expression.

    Args:
        condition: the condition of a rule.
        quote: the quotation mark for text.
        finding: the prefix of the names of findings.
    """

    def inner(part: Condition) -> str:
        return f"({written(part, quote=quote, finding=finding)})"

    match condition:
        case FactIn(fact, values):
            listed = ", ".join(f"{quote}{value}{quote}" for value in sorted(values))
            one = len(values) == 1
            return f"{fact} == {listed}" if one else f"{fact} in [{listed}]"
        case Holds(name):
            return f"{finding}{name}"
        case Not(part):
            return f"not {inner(part)}"
        case conditions.All(parts):
            return " and ".join(map(inner, parts)) or "true"
        case conditions.Any(parts):
            return " or ".join(map(inner, parts)) or "false"
        case _:
            assert_never(condition)
