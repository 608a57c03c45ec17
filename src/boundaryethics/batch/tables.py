"""The tables of a policy: all that compiling it comes to.

In: a policy. Out: what its rankings are read from, and a network whose answers are
marks. They are what a compiled policy is saved as.
"""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics import consulting
from boundaryethics.batch.chain import Chain
from boundaryethics.batch.chaining import chain_of
from boundaryethics.batch.summing import Summing
from boundaryethics.batch.worths import ranking
from boundaryethics.engines.columnar.network import Network
from boundaryethics.engines.columnar.runner import telling
from boundaryethics.model.policy import Policy
from boundaryethics.program.circuit import circuit
from boundaryethics.program.lowering import lower
from boundaryethics.program.marks import Marks
from boundaryethics.program.narrowing import narrowed


@final
@attrs.frozen(eq=False)
class Tables:
    """What a policy is compiled to."""

    #: What rankings are looked up in; added up where that has no room.
    ranking: Chain | Summing
    #: Its answers are marks, in words of 64 bits.
    telling: Network
    marks: Marks


def tables_of(policy: Policy) -> Tables:
    """The tables of *policy*.

    Raises:
        PolicyError: the policy is abstract, or cannot be made ready to run.
        EngineError: its points are too large to be added.
    """
    consulting.refuse_unfit(policy)
    made = narrowed(circuit(lower(policy)))
    ranked = chain_of(policy) or Summing(ranking(policy, made))
    return Tables(ranked, telling(made), Marks.of(made))
