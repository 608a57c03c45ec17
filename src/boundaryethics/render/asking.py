"""What is still worth asking: unknown facts that can yet make a rule speak.

In: a verdict. Out: facts. Knows nothing of how they are shown.
"""

from __future__ import annotations

from boundaryethics.model.conditions import FactIn, decided, leaves
from boundaryethics.model.facts import Fact
from boundaryethics.model.verdict import Verdict


def worth_asking(verdict: Verdict) -> tuple[Fact, ...]:
    """The unknown facts that some rule reads which what is known leaves open.

    A fact none of whose values can be true beside what is known is not among them.
    """
    known = verdict.situation.known()
    read = {
        leaf.fact
        for rule in verdict.policy.rules
        if decided(rule.when, known, {}) is None
        for leaf, _ in leaves(rule.when)
        if isinstance(leaf, FactIn)
    }
    situation = verdict.situation
    return tuple(
        situation.vocabulary[name]
        for name in verdict.unknown
        if name in read and situation.values_possible_for(name)
    )
