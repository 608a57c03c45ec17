"""The rule graph of one policy or two, and its layout in bits."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import TypeAlias, TypeVar, final

import attrs
import numpy as np

from boundaryethics.inference.program import LoweredRule, Program
from boundaryethics.mdd.space import Axis, Truths
from boundaryethics.model.conditions import Clause, FactIn

_Node = TypeVar("_Node", bound=Hashable)

#: Equal for rules that mean the same.
Meaning: TypeAlias = tuple[str, frozenset[LoweredRule]]


@final
@attrs.frozen
class RuleMeanings:
    """What each rule and each finding of one program means."""

    rules: Mapping[str, Meaning]
    #: Under each finding's name something equal for findings that mean the same.
    findings: Mapping[str, object]


def meanings(program: Program) -> RuleMeanings:
    """What the rules and findings of *program* mean."""
    rules = {rule.id: rule for stratum in program.strata for rule in stratum.rules}
    concluders: dict[str, list[str]] = {}
    for rule in rules.values():
        for name in rule.reads:
            concluders.setdefault(name, [])
        for name in rule.concludes:
            concluders.setdefault(name, []).append(rule.id)
    below = {
        rule.id: {*rule.overriders, *(n for f in rule.reads for n in concluders[f])}
        for rule in rules.values()
    }
    cones = {
        name: frozenset(rules[n] for n in reachable([name], below.__getitem__))
        for name in rules
    }
    return RuleMeanings(
        {name: (name, cone) for name, cone in cones.items()},
        {
            finding: (finding, frozenset((name, cones[name]) for name in by))
            for finding, by in concluders.items()
        },
    )


def reachable(
    start: Iterable[_Node], below: Callable[[_Node], Iterable[_Node]]
) -> frozenset[_Node]:
    """List what *start* leads to, step by step, itself included."""
    reached: set[_Node] = set()
    waiting = list(start)
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += below(one)
    return frozenset(reached)


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
class RuleNetwork:
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
        return reachable(wanted, self._below.__getitem__)

    @cached_property
    def _below(self) -> tuple[frozenset[int], ...]:
        """For each node those that it depends on directly."""
        concluders: dict[int, list[int]] = {}
        for number, node in enumerate(self.nodes):
            for finding in node.concludes:
                concluders.setdefault(finding, []).append(number)
        return tuple(
            frozenset(node.overriders).union(
                *(concluders.get(finding, ()) for finding in node.reads)
            )
            for node in self.nodes
        )


class NetworkBuilder:
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

    def woven(self) -> RuleNetwork:
        """The network of all nodes so far."""
        return RuleNetwork(
            nodes=tuple(self._nodes),
            layers=tuple(self._layers),
            findings=len(self._findings),
        )

    def _take(self, program: Program, meaning: RuleMeanings) -> None:
        self.named.append(
            {name: self._finding(key) for name, key in meaning.findings.items()}
        )
        self.rules.append({})
        for stratum in program.strata:
            layer = [n for rule in stratum.rules for n in self._rule(rule, meaning)]
            if layer:
                self._layers.append((tuple(layer), bool(stratum.feeds_itself)))

    def _rule(self, rule: LoweredRule, meaning: RuleMeanings) -> Iterator[int]:
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


@final
@attrs.frozen(kw_only=True)
class BitLayout:
    """The bits of a network, and how they hang together."""

    network: RuleNetwork
    #: The network's layers without the nodes that nobody asks for.
    layers: tuple[tuple[tuple[int, ...], bool], ...]
    #: For each node its gates, each with its bit.
    gates: Mapping[int, tuple[tuple[int, Gate], ...]]
    #: The bit of each node that can be overridden.
    triggered: Mapping[int, int]
    #: The bit of each finding that some gate reads.
    found: Mapping[int, int]
    #: For each node the nodes that it overrides.
    overrides: Mapping[int, tuple[int, ...]]
    #: A finding without which a situation is not asked for, if there is one.
    demanded: int | None
    bits: int

    def start(self) -> Truths:
        """The bits where nothing is known yet: every gate may open."""
        bits = np.zeros((self.bits, 1), bool)
        bits[[bit for gates in self.gates.values() for bit, _ in gates]] = True
        return bits


@final
@attrs.frozen(eq=False)
class FactStage:
    """One fact becomes known."""

    #: None before the first fact.
    axis: Axis | None
    #: For each class of its values the gates that it shuts, as bits.
    shuts: tuple[tuple[int, ...], ...]
    #: The gates all of whose facts are known from here on.
    told: frozenset[int]
    #: Whether no gate tests the fact: nothing comes of knowing it.
    idle: bool = False


def layout_of(
    network: RuleNetwork, wanted: Iterable[int], demanded: int | None = None
) -> BitLayout:
    """Bits for *wanted* nodes of *network*, and for all that they depend on.

    So too for those that conclude *demanded*, a finding that has to hold.
    """
    asked = network.cone({*wanted, *network.concluding(demanded)})
    layers = _without_others(network, asked)
    listed = [number for layer, _ in layers for number in layer]
    nodes, slot = network.nodes, count()
    read = {finding for number in listed for finding in nodes[number].reads}
    read |= set() if demanded is None else {demanded}
    return BitLayout(
        network=network,
        layers=layers,
        gates={n: tuple((next(slot), gate) for gate in nodes[n].gates) for n in listed},
        triggered={n: next(slot) for n in listed if nodes[n].overriders},
        found={finding: next(slot) for finding in sorted(read)},
        overrides=_overrides(network, listed),
        demanded=demanded,
        bits=next(slot),
    )


def _without_others(
    network: RuleNetwork, asked: frozenset[int]
) -> tuple[tuple[tuple[int, ...], bool], ...]:
    """The layers of *network*, of nodes that are *asked* for alone."""
    layers = (
        (tuple(number for number in layer if number in asked), feeds)
        for layer, feeds in network.layers
    )
    return tuple(layer for layer in layers if layer[0])


def _overrides(
    network: RuleNetwork, listed: Iterable[int]
) -> dict[int, tuple[int, ...]]:
    overrides: dict[int, tuple[int, ...]] = {}
    for number in listed:
        for other in network.nodes[number].overriders:
            overrides[other] = (*overrides.get(other, ()), number)
    return overrides


def stages(layout: BitLayout, axes: Sequence[Axis]) -> tuple[FactStage, ...]:
    """The facts of *axes* becoming known in turn, and the start before them."""
    placed = [pair for gates in layout.gates.values() for pair in gates]
    tested = {test.fact for _, gate in placed for test in gate.tests}
    places = {axis.fact: number for number, axis in enumerate(axes, start=1)}
    ready = {
        bit: max((places[test.fact] for test in gate.tests), default=0)
        for bit, gate in placed
    }
    told = [frozenset(b for b in ready if ready[b] <= n) for n in range(len(axes) + 1)]
    return (
        FactStage(None, ((),), told[0]),
        *(
            FactStage(axis, _shuts(axis, placed), told[number], axis.fact not in tested)
            for number, axis in enumerate(axes, start=1)
        ),
    )


def _shuts(
    axis: Axis, placed: Iterable[tuple[int, Gate]]
) -> tuple[tuple[int, ...], ...]:
    tests = [
        (bit, test.values)
        for bit, gate in placed
        for test in gate.tests
        if test.fact == axis.fact
    ]
    return tuple(
        tuple(bit for bit, values in tests if members[0] not in values)
        for members in axis.classes
    )
