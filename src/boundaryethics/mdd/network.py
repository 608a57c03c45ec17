"""Build the rule graph of one or more policies, and represent its state as bits.

A *node* is a rule, or a condition that a query adds. A *gate* is one way to meet a
node's condition: a conjunction of tests. A gate is shut once one of its tests fails.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import count
from typing import TypeAlias, TypeVar, final

import attrs
import numpy as np

from boundaryethics.inference.components import strong_components
from boundaryethics.inference.program import LoweredRule, Program
from boundaryethics.mdd.space import START, Axis, Truths
from boundaryethics.model.conditions import Clause, FactIn

_Node = TypeVar("_Node", bound=Hashable)

#: The rule's ID, and the number of its group of rules that depend on one another. These
#: are equal for two rules with the same meaning.
Meaning: TypeAlias = tuple[str, int]
#: Layers in the order of their evaluation: the nodes of each layer, and whether they
#: may depend on one another.
Layers: TypeAlias = tuple[tuple[tuple[int, ...], bool], ...]


def reachable(
    start: Iterable[_Node], below: Callable[[_Node], Iterable[_Node]]
) -> frozenset[_Node]:
    """Return all nodes reachable from *start*, including *start*.

    *below* returns the nodes that a node leads to.
    """
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
    """A conjunction of tests of facts and of findings.

    The findings in `holds` must be true, and those in `absent` must not be true.
    """

    tests: tuple[FactIn, ...] = ()
    holds: tuple[int, ...] = ()
    absent: tuple[int, ...] = ()

    @property
    def reads(self) -> tuple[int, ...]:
        """The findings that the gate depends on."""
        return (*self.holds, *self.absent)


@final
@attrs.frozen
class Node:
    """A rule, or a condition that a query adds.

    The condition is met if all tests of at least one gate are met.
    """

    gates: tuple[Gate, ...]
    #: The findings that the rule concludes.
    concludes: tuple[int, ...] = ()
    #: The nodes that override this one if they apply.
    overriders: tuple[int, ...] = ()


@final
@attrs.frozen
class RuleNetwork:
    """The nodes, in layers. Each layer depends only on itself and on earlier layers."""

    nodes: tuple[Node, ...]
    layers: Layers
    #: The number of findings, which are numbered from 0.
    findings: int

    def concluding(self, finding: int | None) -> frozenset[int]:
        """Return the nodes that conclude *finding*."""
        concluded = ((n, node.concludes) for n, node in enumerate(self.nodes))
        return frozenset(number for number, names in concluded if finding in names)

    def cone(self, wanted: Iterable[int]) -> frozenset[int]:
        """Return the *wanted* nodes and all nodes that they depend on."""
        return reachable(wanted, self._below.__getitem__)

    def facts(self, wanted: Iterable[int]) -> frozenset[str]:
        """Return the facts that the *wanted* nodes depend on."""
        gates = (
            gate for number in self.cone(wanted) for gate in self.nodes[number].gates
        )
        return frozenset(test.fact for gate in gates for test in gate.tests)

    def uses(self, wanted: Iterable[int]) -> Counter[str]:
        """For each fact, count the *wanted* nodes that depend on it."""
        tested = [
            {test.fact for gate in node.gates for test in gate.tests}
            for node in self.nodes
        ]
        bit = {fact: 1 << n for n, fact in enumerate(sorted(set().union(*tested)))}
        # For each node, a bit set of the facts that it depends on.
        depends = [0] * len(self.nodes)
        for component in strong_components(dict(enumerate(map(tuple, self._below)))):
            facts = 0
            for node in component:
                facts |= sum(bit[fact] for fact in tested[node])
                for lower in self._below[node]:
                    facts |= depends[lower]
            for node in component:
                depends[node] = facts
        found = [depends[node] for node in wanted]
        return Counter({f: sum(bool(d & own) for d in found) for f, own in bit.items()})

    @cached_property
    def _below(self) -> tuple[frozenset[int], ...]:
        """For each node, the nodes that it directly depends on."""
        concluders: defaultdict[int, list[int]] = defaultdict(list)
        for number, node in enumerate(self.nodes):
            for finding in node.concludes:
                concluders[finding].append(number)
        return tuple(
            frozenset(node.overriders).union(
                *(concluders[finding] for gate in node.gates for finding in gate.reads)
            )
            for node in self.nodes
        )


class NetworkBuilder:
    """Collects the rules of several programs as nodes of one network.

    Nodes are numbered in the order in which they are added. Rules with the same meaning
    share a node.
    """

    def __init__(self, programs: Sequence[Program]) -> None:
        self._nodes: list[Node] = []
        self._layers: list[tuple[tuple[int, ...], bool]] = []
        self._numbers: dict[Meaning, int] = {}
        #: The number of each group of rules that depend on one another. The key also
        #: contains the meanings of the rules that the group depends on. Because of the
        #: numbers, these keys do not become deeply nested sets.
        self._components: dict[object, int] = {}
        self._findings: dict[object, int] = {}
        #: For each program, the node of each rule.
        self.rules: list[dict[str, int]] = []
        #: For each program, the number of each finding.
        self.named: list[dict[str, int]] = []
        for program in programs:
            rules, findings = self._meanings(program)
            self.named.append({n: self._finding(key) for n, key in findings.items()})
            self.rules.append({})
            for stratum in program.strata:
                added = [n for rule in stratum.rules for n in self._take(rule, rules)]
                if added:
                    self._layers.append((tuple(added), bool(stratum.feeds_itself)))

    def add(self, gates: Iterable[Gate], concludes: tuple[int, ...] = ()) -> int:
        """Add a node that is not a rule, in a new last layer; return its number."""
        self._nodes.append(Node(tuple(gates), concludes))
        self._layers.append(((len(self._nodes) - 1,), False))
        return len(self._nodes) - 1

    def bound(self, number: int) -> int:
        """Return a finding that is true exactly when node *number* applies."""
        key = ("bound", number)
        if key not in self._findings:
            self._conclude(number, self._finding(key))
        return self._findings[key]

    def gates(self, clauses: Iterable[Clause], side: int) -> tuple[Gate, ...]:
        """Convert *clauses* to gates, for the program with index *side*."""
        return tuple(
            Gate(
                tuple(sorted(clause.facts, key=lambda test: test.fact)),
                tuple(self.finding(name, side) for name in sorted(clause.holds)),
                tuple(self.finding(name, side) for name in sorted(clause.absent)),
            )
            for clause in clauses
        )

    def finding(self, name: str, side: int) -> int:
        """Return the number of finding *name* of the program with index *side*."""
        # A finding that no rule concludes or depends on is never true.
        known = self.named[side].get(name)
        return self._finding(("never", name)) if known is None else known

    def network(self) -> RuleNetwork:
        """Return the network of all nodes added so far."""
        return RuleNetwork(tuple(self._nodes), tuple(self._layers), len(self._findings))

    def _meanings(
        self, program: Program
    ) -> tuple[dict[str, Meaning], dict[str, tuple[str, frozenset[Meaning]]]]:
        """Return the meaning of each rule and of each finding of *program*, by name.

        Rules have the same meaning if they and all rules that they depend on are equal.
        """
        rules = {rule.id: rule for stratum in program.strata for rule in stratum.rules}
        concluders: defaultdict[str, list[str]] = defaultdict(list)
        for rule in rules.values():
            for name in rule.concludes:
                concluders[name].append(rule.id)
        below = {
            rule.id: (*rule.overriders, *(n for f in rule.reads for n in concluders[f]))
            for rule in rules.values()
        }
        meanings: dict[str, Meaning] = {}
        for component in strong_components(below):
            lower = {n for name in component for n in below[name]} - {*component}
            key = (
                frozenset(rules[name] for name in component),
                frozenset(meanings[name] for name in lower),
            )
            number = self._components.setdefault(key, len(self._components))
            meanings |= {name: (name, number) for name in component}
        return meanings, {
            finding: (finding, frozenset(meanings[name] for name in by))
            for finding, by in concluders.items()
        }

    def _take(
        self, rule: LoweredRule, meanings: Mapping[str, Meaning]
    ) -> Iterator[int]:
        """Add *rule* from the current program; yield its node if the node is new."""
        side, number = len(self.rules) - 1, len(self._nodes)
        known = self._numbers.setdefault(meanings[rule.id], number)
        if known == number:
            overriders = tuple(self.rules[side][other] for other in rule.overriders)
            gates = self.gates(rule.clauses, side)
            self._nodes.append(Node(gates, overriders=overriders))
            yield known
        self.rules[side][rule.id] = known
        for name in rule.concludes:
            self._conclude(known, self.named[side][name])

    def _finding(self, key: object) -> int:
        return self._findings.setdefault(key, len(self._findings))

    def _conclude(self, number: int, finding: int) -> None:
        node = self._nodes[number]
        if finding not in node.concludes:
            concludes = (*node.concludes, finding)
            self._nodes[number] = attrs.evolve(node, concludes=concludes)


@final
@attrs.frozen(kw_only=True)
class BitLayout:
    """Assigns a bit to each gate, each overridable node and each finding."""

    network: RuleNetwork
    #: The layers of the network, restricted to the nodes of the query.
    layers: Layers
    #: For each node, its gates with their bits. A bit is set as long as its gate is not
    #: shut and still relevant.
    gates: Mapping[int, tuple[tuple[int, Gate], ...]]
    #: The bit of each node that can be overridden, set once its condition is met.
    triggered: Mapping[int, int]
    #: The bit of each finding that a gate depends on, set once the finding is true.
    found: Mapping[int, int]
    #: For each node, the nodes that it overrides.
    overrides: Mapping[int, Sequence[int]]
    #: A finding that must be true, if the query has one.
    demanded: int | None
    #: The number of bits.
    bits: int

    def start(self) -> Truths:
        """Return the bits before any fact is known: no gate is shut."""
        bits = np.zeros((self.bits, 1), bool)
        bits[[bit for bit, _ in self.placed]] = True
        return bits

    @property
    def placed(self) -> list[tuple[int, Gate]]:
        """All gates with their bits."""
        return [pair for gates in self.gates.values() for pair in gates]


def layout_of(
    network: RuleNetwork, wanted: Iterable[int], demanded: int | None = None
) -> BitLayout:
    """Assign bits to the *wanted* nodes and to everything that they depend on.

    With *demanded*, a finding that must be true, include the nodes that conclude it.
    """
    asked = network.cone({*wanted, *network.concluding(demanded)})
    layers = (
        (tuple(number for number in layer if number in asked), feeds)
        for layer, feeds in network.layers
    )
    kept = tuple(layer for layer in layers if layer[0])
    nodes = {number: network.nodes[number] for layer, _ in kept for number in layer}
    slot = count()
    gates = {
        n: tuple((next(slot), gate) for gate in node.gates) for n, node in nodes.items()
    }
    read = {f for pairs in gates.values() for _, gate in pairs for f in gate.reads}
    read |= set() if demanded is None else {demanded}
    overrides: defaultdict[int, list[int]] = defaultdict(list)
    for number, node in nodes.items():
        for other in node.overriders:
            overrides[other].append(number)
    return BitLayout(
        network=network,
        layers=kept,
        gates=gates,
        triggered={n: next(slot) for n, node in nodes.items() if node.overriders},
        found={finding: next(slot) for finding in sorted(read)},
        overrides=overrides,
        demanded=demanded,
        bits=next(slot),
    )


@final
@attrs.frozen(eq=False)
class FactStage:
    """The stage at which one fact gets its value."""

    #: The fact and its classes of values; `START` before the first fact.
    axis: Axis
    #: For each class of values, the bits of the gates that it shuts.
    shuts: tuple[tuple[int, ...], ...]
    #: The bits of the gates that test only facts that are now known.
    ready: frozenset[int]
    #: Whether no gate tests the fact, so that nothing changes.
    idle: bool


def stages(layout: BitLayout, axes: Sequence[Axis]) -> Iterator[FactStage]:
    """Yield the stage before the first fact, and then one stage for each axis."""
    ready = {bit for bit, gate in layout.placed if not gate.tests}
    yield FactStage(START, ((),), frozenset(ready), idle=False)
    known: set[str] = set()
    for axis in axes:
        known.add(axis.fact)
        tests = [
            (bit, gate, test.values)
            for bit, gate in layout.placed
            for test in gate.tests
            if test.fact == axis.fact
        ]
        ready |= {
            bit for bit, gate, _ in tests if all(t.fact in known for t in gate.tests)
        }
        shuts = tuple(
            tuple(bit for bit, _, values in tests if members[0] not in values)
            for members in axis.classes
        )
        yield FactStage(axis, shuts, frozenset(ready), idle=not tests)
