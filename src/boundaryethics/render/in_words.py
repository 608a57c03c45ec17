"""Conditions and effects of rules in plain words.

In: a condition or effects, as a policy has them. Out: half a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
)
from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.rules import Effects


def condition_words(condition: Condition) -> str:
    """When *condition* holds: "contact is message or follow, and not (...)"."""
    match condition:
        case All(()):
            return "always"
        case FactIn(fact, values):
            return f"{spaced(fact)} is {_either(values)}"
        case Holds(finding):
            return f"“{spaced(finding)}” holds"
        case Not(Holds(finding)):
            return f"“{spaced(finding)}” does not hold"
        case Not(FactIn(fact, values)):
            return f"{spaced(fact)} is not {_either(values)}"
        case Not(part):
            return f"it is not so that {_grouped(part)}"
        case All(parts):
            return ", and ".join(_grouped(part) for part in parts)
        case Any(parts):
            return ", or ".join(_grouped(part) for part in parts)
        case _:
            assert_never(condition)


def effect_words(effects: Effects) -> tuple[str, ...]:
    """What follows, a phrase an effect: "opposes `continue` (strong)"."""
    return tuple(_phrases(effects))


def _phrases(effects: Effects) -> Iterator[str]:
    for finding in effects.concludes:
        yield f"concludes “{spaced(finding)}”"
    for pull, option, strength in effects.pulls():
        yield f"{pull.value} {option.value}" + (
            f" ({strength.value})" if strength else ""
        )
    for step in effects.advises:
        yield f"advises “{spaced(step)}”"
    for part in effects.drafts:
        yield f"offers “{spaced(part)}” for the draft"


def _grouped(part: Condition) -> str:
    several = isinstance(part, All | Any) and len(part.parts) > 1
    words = condition_words(part)
    return f"({words})" if several else words


def _either(values: frozenset[str]) -> str:
    # Unknown is always last (S1); the order of the others is the file's business.
    ordered = sorted(values - {UNKNOWN}) + sorted(values & {UNKNOWN})
    return " or ".join(spaced(value) for value in ordered)


def spaced(name: str) -> str:
    """*name*, of a fact or a value, as words."""
    return name.replace("_", " ")
