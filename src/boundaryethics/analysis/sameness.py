"""Whether two rules are triggered in just the same situations, findings aside.

Findings are taken as they come, each holding or not, so that rules are only called
the same where they are the same whatever else the policy says.
"""

from __future__ import annotations

from itertools import product
from math import prod

from boundaryethics.model.conditions import FactIn, Holds, holds, leaves
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.rules import Rule

#: Conditions that read more are only called the same where they are equal.
_MOST = 100_000


def same_condition(one: Rule, other: Rule, vocabulary: Vocabulary) -> bool:
    """Whether the conditions of the two hold in just the same situations."""
    if one.when == other.when:
        return True
    read = [leaf for rule in (one, other) for leaf, _ in leaves(rule.when)]
    facts = sorted({leaf.fact for leaf in read if isinstance(leaf, FactIn)})
    findings = sorted({leaf.finding for leaf in read if isinstance(leaf, Holds)})
    values = [vocabulary[fact].all_values for fact in facts]
    if prod(map(len, values)) * 2 ** len(findings) > _MOST:
        return False
    for chosen in product(*values, *[(False, True)] * len(findings)):
        known = dict(zip(facts, chosen, strict=False))
        pairs = zip(findings, chosen[len(facts) :], strict=True)
        held = {finding for finding, holding in pairs if holding}
        if holds(one.when, known, held) is not holds(other.when, known, held):  # type: ignore[arg-type]
            return False
    return True
