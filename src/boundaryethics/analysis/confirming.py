"""What a policy says of one situation, by the one door that all answers go through.

A situation that an analysis gives as its evidence is consulted again before it is
given: it is then shown to be one by the engine, and not by the analysis alone.
"""

from __future__ import annotations

from boundaryethics.consulting import consult, scales_of, situation_of
from boundaryethics.engines import reference
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from boundaryethics.program.lowering import lower
from boundaryethics.weighing import weigh


def verdict_on(policy: Policy, situation: Situation) -> Verdict:
    """What *policy* says of *situation*, of which it may not know every fact."""
    asked = {n: v for n, v in situation.known().items() if n in policy.vocabulary}
    if not policy.abstract:
        return consult(asked, policy, engine="reference")
    # An abstract policy answers nobody; what it would say can be asked of it here.
    situation = situation_of(asked, policy)
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales_of(policy), situation, derivation)


class ContradictedError(AssertionError):
    """An analysis and a consultation disagree: a fault of this library."""
