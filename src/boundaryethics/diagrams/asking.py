"""A question put to one policy or two, over a space: what an answer needs.

policies --weave--> network --lay out--> bits --walk over the space--> diagram
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from boundaryethics.diagrams.diagram import Diagram
from boundaryethics.diagrams.folding import Axis, fold
from boundaryethics.diagrams.given import Space, space_of
from boundaryethics.diagrams.layout import Layout, layout_of
from boundaryethics.diagrams.network import Gate, Network, Weaver
from boundaryethics.diagrams.walking import (
    AMPLE,
    Progress,
    Question,
    Room,
    walked,
)
from boundaryethics.diagrams.watching import NOTHING, Rankings, Watch
from boundaryethics.diagrams.worths import worths_of
from boundaryethics.model.clashes import Clash
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.policy import Policy
from boundaryethics.program.lowering import lower

#: Diagrams of policies, and of rules and findings, that are kept.
_KEPT, _KEPT_SMALL = 32, 512


class Asking:
    """Policies side by side, ready to be asked about; nodes can be added first.

    Whatever is asked, it is asked of possible situations alone (S23).
    """

    def __init__(self, policies: Sequence[Policy]) -> None:
        self.policies = tuple(policies)
        self.weaver = Weaver([lower(policy) for policy in policies])
        self._possible: dict[tuple[tuple[Clash, ...], int | None], int] = {}

    def ask(
        self,
        space: Space,
        watch: Watch,
        *,
        demanded: int | None = None,
        told: Iterable[int] = (),
        room: Room = AMPLE,
        progress: Progress | None = None,
    ) -> Diagram:
        """The diagram of all of *space* as *watch* looks at it.

        *demanded* is a finding that has to hold, *told* nodes to be told about, *room*
        the most that may be taken on the way.

        Raises:
            AnalysisError: the question is too large.
        """
        asked_for = self.possible(space, demanded)
        network, told = self.weaver.woven(), tuple(told)
        watched = () if watch is NOTHING else self.policies
        worths = worths_of(watched, self.weaver.rules, len(network.nodes))
        wanted = {int(n) for n in np.flatnonzero(worths.touched)} | {*told}
        layout = layout_of(network, wanted, asked_for)
        question = Question(
            layout=layout, worths=worths, watch=watch, told=told, room=room
        )
        return walked(question, axes_of(space, layout, demanded), progress)

    def possible(self, space: Space, demanded: int | None = None) -> int | None:
        """A finding that holds where *demanded* does, in possible situations alone.

        None where every situation is asked for.
        """
        clashes = space.vocabulary.clashes
        if not clashes:
            return demanded
        key = clashes, demanded
        if key not in self._possible:
            names = (*space.vocabulary.by_name,)
            met = (
                Gate(tuple(FactIn(names[place], among) for place, among in clash.tests))
                for clash in clashes
            )
            impossible = self.weaver.bound(self.weaver.add(met))
            holds = () if demanded is None else (demanded,)
            gate = Gate(holds=holds, absent=(impossible,))
            self._possible[key] = self.weaver.bound(self.weaver.add([gate]))
        return self._possible[key]


def axes_of(
    space: Space, layout: Layout, demanded: int | None = None
) -> tuple[Axis, ...]:
    """The facts of *space*, folded and in the order in which they are walked.

    Those first that *demanded* depends on.
    """
    return _ordered(layout, _axes(space, layout), demanded)


def _axes(space: Space, layout: Layout) -> tuple[Axis, ...]:
    gates = [gate for gates in layout.gates.values() for _, gate in gates]
    return fold(space, (test for gate in gates for test in gate.tests))


def _ordered(
    layout: Layout, axes: Iterable[Axis], demanded: int | None
) -> tuple[Axis, ...]:
    """Facts on which most depends first: what is left then falls apart early.

    Before them those that what is demanded depends on, for they rule most out.
    """
    network = layout.network
    depends = Counter[str]()
    for number in layout.gates:
        depends.update(_facts(network, [number]))
    first = _facts(network, network.concluding(demanded))

    def place(axis: Axis) -> tuple[bool, bool, int]:
        fact = axis.fact
        return len(axis.classes) > 1, fact not in first, -depends[fact]

    return tuple(sorted(axes, key=place))


def _facts(network: Network, nodes: Iterable[int]) -> frozenset[str]:
    """The facts that *nodes* depend on."""
    gates = (gate for n in network.cone(nodes) for gate in network.nodes[n].gates)
    return frozenset(test.fact for gate in gates for test in gate.tests)


@lru_cache(maxsize=_KEPT)
def ranking_diagram(policy: Policy) -> Diagram:
    """The diagram of the rankings that *policy* gives, made once and kept.

    Raises:
        AnalysisError: the policy is too large.
    """
    return Asking([policy]).ask(space_of(policy.vocabulary), Rankings())


@lru_cache(maxsize=_KEPT_SMALL)
def rule_diagram(policy: Policy, rule: str) -> Diagram:
    """The diagram of the situations in which *rule* binds."""
    asking = Asking([policy])
    bound = asking.weaver.bound(asking.weaver.rules[0][rule])
    return asking.ask(space_of(policy.vocabulary), NOTHING, demanded=bound)


@lru_cache(maxsize=_KEPT_SMALL)
def finding_diagram(policy: Policy, finding: str) -> Diagram:
    """The diagram of the situations in which *finding* holds."""
    asking = Asking([policy])
    node = asking.weaver.finding(finding, 0)
    return asking.ask(space_of(policy.vocabulary), NOTHING, demanded=node)
