"""The rules of one policy, or of two side by side, as one network.

A node is a rule, with the gates that trigger it, what it concludes, and the nodes
that override it. A rule that means the same in both policies is one node: what is
common to them is then worked out once, and it is plain where they can part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import final

import attrs

from boundaryethics.diagrams.sharing import Meaning, Meanings, meanings
from boundaryethics.model.clauses import Clause
from boundaryethics.model.conditions import FactIn
from boundaryethics.program.lowering import LoweredRule, Program


@final
@attrs.frozen
class Gate:
    """Tests of facts, findings that hold and findings that do not: all at once."""

    tests: tuple[FactIn, ...] = ()
    holds: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()

    @property
    def reads(self) -> tuple[int, ...]:
        """The findings that it reads."""
        return (*self.holds, *self.absent)


@final
@attrs.frozen(kw_only=True)
class Node:
    """A rule; it is triggered where one of its gates is open."""

    gates: tuple[Gate, ...]
    concludes: tuple[int, ...] = ()
    overriders: tuple[int, ...] = ()

    @property
    def reads(self) -> frozenset[int]:
        """The findings that its gates read."""
        return frozenset(finding for gate in self.gates for finding in gate.reads)


@final
@attrs.frozen(kw_only=True)
class Network:
    """Nodes in layers: each layer can be settled once those before it are."""

    nodes: tuple[Node, ...]
    #: Each layer's nodes, and whether they may feed one another.
    layers: tuple[tuple[tuple[int, ...], bool], ...]
    #: How many findings there are; they are numbered from 0.
    findings: int

    def tests(self) -> Iterator[FactIn]:
        """Every test of a fact."""
        return (t for node in self.nodes for gate in node.gates for t in gate.tests)

    def concluding(self, finding: int | None) -> frozenset[int]:
        """The nodes that conclude *finding*."""
        concluded = ((n, node.concludes) for n, node in enumerate(self.nodes))
        return frozenset(number for number, names in concluded if finding in names)

    def cone(self, wanted: Iterable[int]) -> frozenset[int]:
        """The nodes that *wanted* depend on, themselves among them."""
        concluders: dict[int, list[int]] = {}
        for number, node in enumerate(self.nodes):
            for finding in node.concludes:
                concluders.setdefault(finding, []).append(number)
        reached: set[int] = set()
        waiting = list(wanted)
        while waiting:
            number = waiting.pop()
            if number in reached:
                continue
            reached.add(number)
            node = self.nodes[number]
            waiting += node.overriders
            for finding in node.reads:
                waiting += concluders.get(finding, ())
        return frozenset(reached)


class Weaver:
    """Gathers nodes into a network; nodes are numbered as they come."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._nodes: list[Node] = []
        self._layers: list[tuple[tuple[int, ...], bool]] = []
        self._numbers: dict[Meaning, int] = {}
        self._findings: dict[object, int] = {}
        #: For each program the node of each rule.
        self.rules: list[dict[str, int]] = []
        #: For each program the number of each finding.
        self.named: list[dict[str, int]] = []
        meant = [meanings(program) for program in programs]
        for program, meaning in zip(programs, meant, strict=True):
            self._take(program, meaning)

    def add(self, gates: Iterable[Gate], concludes: tuple[int, ...] = ()) -> int:
        """A node above all others, of no policy; its number."""
        self._nodes.append(Node(gates=tuple(gates), concludes=concludes))
        self._layers.append(((len(self._nodes) - 1,), False))
        return len(self._nodes) - 1

    def bound(self, number: int) -> int:
        """A finding that holds just where the node binds."""
        key = ("bound", number)
        if key not in self._findings:
            self._conclude(number, self._finding(key))
        return self._findings[key]

    def gates(self, clauses: Iterable[Clause], side: int) -> tuple[Gate, ...]:
        """*clauses*, with findings as the policy at *side* means them."""
        return tuple(
            Gate(
                tuple(sorted(clause.facts, key=lambda test: test.fact)),
                tuple(self.finding(name, side) for name in sorted(clause.holds)),
                tuple(self.finding(name, side) for name in sorted(clause.absent)),
            )
            for clause in clauses
        )

    def finding(self, name: str, side: int) -> int:
        """The number of a finding, as the policy at *side* means it."""
        # What no rule concludes or reads never holds.
        known = self.named[side].get(name)
        return self._finding(("never", name)) if known is None else known

    def woven(self) -> Network:
        """The network of all nodes so far."""
        return Network(
            nodes=tuple(self._nodes),
            layers=tuple(self._layers),
            findings=len(self._findings),
        )

    def _take(self, program: Program, meaning: Meanings) -> None:
        self.named.append(
            {name: self._finding(key) for name, key in meaning.findings.items()}
        )
        self.rules.append({})
        for stratum in program.strata:
            layer = [n for rule in stratum.rules for n in self._rule(rule, meaning)]
            if layer:
                self._layers.append((tuple(layer), bool(stratum.feeds_itself)))

    def _rule(self, rule: LoweredRule, meaning: Meanings) -> Iterator[int]:
        """The number of *rule*, where it is a node not met before."""
        key = meaning.rules[rule.id]
        side, known = len(self.rules) - 1, self._numbers.get(key)
        if known is None:
            overriders = (self.rules[side][other] for other in rule.overriders)
            node = Node(
                gates=self.gates(rule.clauses, side), overriders=tuple(overriders)
            )
            self._nodes.append(node)
            self._numbers[key] = known = len(self._nodes) - 1
            yield known
        self.rules[side][rule.id] = known
        for name in rule.concludes:
            self._conclude(known, self.named[side][name])

    def _finding(self, key: object) -> int:
        return self._findings.setdefault(key, len(self._findings))

    def _conclude(self, number: int, finding: int) -> None:
        node = self._nodes[number]
        if finding not in node.concludes:
            self._nodes[number] = attrs.evolve(
                node, concludes=(*node.concludes, finding)
            )
