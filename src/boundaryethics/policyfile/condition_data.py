"""Conditions as plain data, as a policy file holds them.

In: a condition. Out: mappings, lists and text. The way back is `model.plain`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, assert_never

from boundaryethics.model.conditions import (
    All,
    Condition,
    FactIn,
    Holds,
    Not,
)
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.facts import Vocabulary

#: A mapping as a policy file holds it.
Data: TypeAlias = dict[str, Any]


def condition_data(condition: Condition, vocabulary: Vocabulary) -> Data:
    """*condition* as a policy file holds it; values in the order of *vocabulary*."""
    parts = condition.parts if isinstance(condition, All) else (condition,)
    entries = [_entry(part, vocabulary) for part in parts]
    if len({key for key, _ in entries}) == len(entries):
        return dict(entries)
    return {"all": [dict([entry]) for entry in entries]}


def _entry(condition: Condition, vocabulary: Vocabulary) -> tuple[str, Any]:
    match condition:
        case FactIn(fact, values):
            return fact, one_or_list(_in_order(fact, values, vocabulary))
        case Holds(finding):
            return finding, True
        case Not(Holds(finding)):
            return finding, False
        case Not(part):
            return "not", condition_data(part, vocabulary)
        case AnyOf(parts):
            return "any", [condition_data(part, vocabulary) for part in parts]
        case All(parts):
            return "all", [condition_data(part, vocabulary) for part in parts]
        case _:
            assert_never(condition)


def _in_order(
    fact: str, values: frozenset[str], vocabulary: Vocabulary
) -> tuple[str, ...]:
    declared = vocabulary[fact].all_values if fact in vocabulary else ()
    undeclared = sorted(values.difference(declared))
    return (*(value for value in declared if value in values), *undeclared)


def one_or_list(names: Iterable[str]) -> str | list[str]:
    """*names* as a list, or bare where there is one."""
    listed = list(names)
    return listed[0] if len(listed) == 1 else listed
