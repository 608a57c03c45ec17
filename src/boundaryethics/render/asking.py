"""What is still worth asking: unknown facts that can yet make a rule speak.

In: a verdict. Out: facts. Knows nothing of how they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
    leaves,
)
from boundaryethics.model.facts import Fact
from boundaryethics.model.verdict import Verdict


def worth_asking(verdict: Verdict) -> tuple[Fact, ...]:
    """The unknown facts that some rule reads which what is known leaves open.

    How long ago the work ended is not asked while it goes on.
    """
    known = verdict.situation.known()
    read = {
        leaf.fact
        for rule in verdict.policy.rules
        if _settled(rule.when, known) is None
        for leaf, _ in leaves(rule.when)
        if isinstance(leaf, FactIn)
    }
    vocabulary = verdict.situation.vocabulary
    return tuple(vocabulary[name] for name in verdict.unknown if name in read)


def _settled(condition: Condition, known: Mapping[str, str]) -> bool | None:
    """Whether *condition* holds whatever else is learnt; None where that is open."""
    match condition:
        case FactIn(fact, values):
            return known[fact] in values if fact in known else None
        case Holds():
            return None
        case Not(part):
            settled = _settled(part, known)
            return None if settled is None else not settled
        case All(parts):
            each = [_settled(part, known) for part in parts]
            return False if False in each else None if None in each else True
        case Any(parts):
            each = [_settled(part, known) for part in parts]
            return True if True in each else None if None in each else False
        case _:
            assert_never(condition)
