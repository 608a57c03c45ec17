"""Compile all results of a policy into decision diagrams.

The ranking, the options ranked first and the statuses have one diagram each. Each
action text, each supervision question and each sentence of the draft message also has
one, which shows the situations in which the text is included. All diagrams use the
same order of facts. For each level, one array contains the states of all diagrams.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeAlias, TypeVar, final

import attrs
import numpy as np

from boundaryethics.errors import AnalysisError
from boundaryethics.inference.program import lower
from boundaryethics.mdd.build import (
    AMPLE,
    QueryBuilder,
    Rankings,
    bounds_of,
    merged,
    residues,
    too_large,
)
from boundaryethics.mdd.completions import Completions
from boundaryethics.mdd.diagram import DiagramLevel
from boundaryethics.mdd.network import (
    BitLayout,
    Gate,
    NetworkBuilder,
    layout_of,
    stages,
)
from boundaryethics.mdd.scores import OPTIONS, Ranking
from boundaryethics.mdd.space import (
    Axis,
    Space,
    Truths,
    Whole,
    as_whole,
    fold,
    space_of,
)
from boundaryethics.model import conditions
from boundaryethics.model.conditions import Condition
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Status, rules_by

_Label = TypeVar("_Label")

#: The status of each option, in the order of `OPTIONS`, and the options that are both
#: required and forbidden. Dilemmas follow from these two.
Statuses: TypeAlias = tuple[tuple[Status, ...], tuple[Option, ...]]


@final
@attrs.frozen
class Part:
    """One component of a result: an outcome, or one wording of an urgent action."""

    #: `ranking`, `first`, `status`, `actions` or `draft` (S18).
    outcome: str
    #: The name of the urgent action if this is one of its texts; otherwise empty.
    urgent: str = ""


@final
@attrs.frozen(kw_only=True, eq=False)
class AnswerDiagram:
    """Decision diagrams for all parts of a policy's results.

    The diagrams also cover impossible situations.
    """

    vocabulary: Vocabulary
    #: The ranking, the first rank and the statuses come first, in this order.
    parts: tuple[Part, ...]
    #: The start state of each part, at the first level.
    roots: Whole
    #: One level for each fact.
    levels: tuple[DiagramLevel, ...]
    #: The number of states of the ranking's diagram at each level and at the end. These
    #: states have the lowest numbers.
    ranked: tuple[int, ...]
    #: The rankings. Their indices are the numbers of the first ends.
    rankings: tuple[Ranking, ...]
    #: For each end of the diagram of statuses, the statuses.
    statuses: Mapping[int, Statuses]
    #: The number of ends of all diagrams together.
    ends: int
    #: The levels of a joint diagram of ranking and statuses, and the ranking and
    #: statuses at each of its ends.
    order: tuple[DiagramLevel, ...]
    order_ends: tuple[tuple[Ranking, Statuses], ...]

    @cached_property
    def urgent(self) -> tuple[tuple[int, str], ...]:
        """The index and action of each part that holds the text of an urgent action."""
        every = enumerate(self.parts)
        return tuple((n, part.urgent) for n, part in every if part.urgent)

    @cached_property
    def row(self) -> Mapping[tuple[str, str], int]:
        """For each fact and value, the row in the second array of `effects`."""
        rows = ((level.fact, own) for level in self.levels for own in level.classes)
        return {(fact, v): n for n, (fact, own) in enumerate(rows) for v in own}

    def completions(self, space: Space) -> Completions:
        """Trace the completions in *space* through the diagrams of all parts."""
        return Completions.of(self.levels, self.roots, self.ranked, space)

    def order_completions(self, space: Space) -> Completions:
        """Trace the completions in *space* through the joint diagram `order`."""
        sizes = [level.follows.shape[1] for level in self.order]
        sizes.append(len(self.order_ends))
        return Completions.of(self.order, np.zeros(1, np.int64), sizes, space)

    def effects(self, situation: Situation) -> tuple[Whole, Whole]:
        """Return the end that each part reaches now, and after each change to one fact.

        The first array has one end for each part. The second has one row for each fact
        and class of values, and one column for each part.
        """
        places = [level.place[situation[level.fact]] for level in self.levels]
        onward = [np.arange(self.ends)]
        for level, place in zip(self.levels[::-1], places[::-1], strict=True):
            onward.append(onward[-1][level.follows[place]])
        onward.reverse()
        states, then = self.roots, list[Whole]()
        for level, place, ends in zip(self.levels, places, onward[1:], strict=True):
            follows = level.follows[:, states]
            then.append(ends[follows])
            states = follows[place]
        return states, np.concatenate(then)


def statuses_of(forbidden: int, required: int) -> Statuses:
    """Convert bit sets of forbidden and required options to statuses."""
    banned = [bool(forbidden >> n & 1) for n in range(len(OPTIONS))]
    demanded = [bool(required >> n & 1) for n in range(len(OPTIONS))]
    by_option = tuple(
        Status.FORBIDDEN if bad else Status.REQUIRED if due else Status.ALLOWED
        for bad, due in zip(banned, demanded, strict=True)
    )
    both = zip(OPTIONS, banned, demanded, strict=True)
    return by_option, tuple(option for option, bad, due in both if bad and due)


@lru_cache(maxsize=32)
def answer_diagram(policy: Policy) -> AnswerDiagram:
    """Return the cached diagrams of all results of *policy*.

    Raises:
        AnalysisError: the policy is too large.
    """
    # Impossible situations are excluded later, for each situation that is analyzed.
    space = space_of(attrs.evolve(policy.vocabulary, impossible=()))
    order = QueryBuilder([policy]).ask(space, Rankings(flags=True)).reduced()
    builder = NetworkBuilder([lower(policy)])
    listed = tuple(_parts(builder, policy))
    nodes = [node for _, node in listed]
    layout = layout_of(builder.network(), nodes)
    names = dict.fromkeys((*order.number, *policy.vocabulary.by_name))
    tests = (test for _, gate in layout.placed for test in gate.tests)
    folded = {axis.fact: axis for axis in fold(space, tests)}
    roots, walked = _walked(layout, nodes, [folded[name] for name in names])
    axes = _refined(policy.vocabulary, names, [*order.layers, *walked])
    rankings, ranking = _numbered(order.rankings)
    firsts, first = _numbered(ranking[0] for ranking in order.rankings)
    flags, status = _numbered(map(tuple, order.ends.flags[:, 0].tolist()))
    single = np.zeros(1, np.int64)
    whole = _reduced(single, order.layers, axes, np.arange(len(order.ends)))
    trees = [
        *(
            _reduced(single, order.layers, axes, ends)
            for ends in (ranking, first, status)
        ),
        _reduced(roots, walked, axes, np.arange(2)),
    ]
    return AnswerDiagram(
        vocabulary=policy.vocabulary,
        parts=(*map(Part, ("ranking", "first", "status")), *(p for p, _ in listed)),
        roots=np.concatenate([*_shifted([tree.roots for tree in trees], trees, 0)]),
        levels=tuple(_levels(axes, trees)),
        ranked=trees[0].sizes,
        rankings=rankings,
        statuses={
            n: statuses_of(*row)
            for n, row in enumerate(flags, start=len(rankings) + len(firsts))
        },
        ends=sum(tree.sizes[-1] for tree in trees),
        order=tuple(_levels(axes, [whole])),
        order_ends=tuple(
            zip(order.rankings, (statuses_of(*flags[n]) for n in status), strict=True)
        ),
    )


def _numbered(labels: Iterable[_Label]) -> tuple[tuple[_Label, ...], Whole]:
    """Return the distinct *labels*, and the index of each label among them."""
    numbers: dict[_Label, int] = {}
    found = [numbers.setdefault(label, len(numbers)) for label in labels]
    return tuple(numbers), np.array(found, np.int64)


def _parts(builder: NetworkBuilder, policy: Policy) -> Iterator[tuple[Part, int]]:
    """Yield each action text, question and sentence, with its node.

    The node applies in the situations in which the text is included.
    """
    rules = builder.rules[0]

    def some(ids: Iterable[str]) -> int:
        return builder.add([Gate(holds=(builder.bound(rules[id]),)) for id in ids])

    for name, ids in rules_by(policy.rules, lambda rule: rule.then.advises).items():
        action = policy.action[name]
        part = Part("actions", name if action.urgent else "")
        advised = builder.bound(some(ids))
        earlier: tuple[int, ...] = ()
        texts: dict[str, list[Gate]] = {}
        for one in action.instead:
            met = _met(builder, one.when)
            gate = Gate(holds=(advised, met), absent=earlier)
            texts.setdefault(one.says, []).append(gate)
            earlier = (*earlier, met)
        gate = Gate(holds=(advised,), absent=earlier)
        texts.setdefault(action.says, []).append(gate)
        for gates in texts.values():
            yield part, builder.add(gates)
    for ids in rules_by(policy.rules, lambda rule: rule.supervision_questions).values():
        yield Part("actions"), some(ids)
    for ids in rules_by(policy.rules, lambda rule: rule.then.drafts).values():
        yield Part("draft"), some(ids)


def _met(builder: NetworkBuilder, condition: Condition) -> int:
    """Return the number of a finding that is true exactly when *condition* is met."""
    match condition:
        case conditions.FactIn():
            gates = [Gate((condition,))]
        case conditions.Holds(finding):
            return builder.finding(finding, 0)
        case conditions.Not(part):
            gates = [Gate(absent=(_met(builder, part),))]
        case conditions.All(parts):
            gates = [Gate(holds=tuple(_met(builder, part) for part in parts))]
        case conditions.Any(parts):
            gates = [Gate(holds=(_met(builder, part),)) for part in parts]
    return builder.bound(builder.add(gates))


def _walked(
    layout: BitLayout, nodes: Sequence[int], axes: Sequence[Axis]
) -> tuple[Whole, list[DiagramLevel]]:
    """Build one diagram for each of *nodes*; return the start states and the levels.

    At the end, state 0 means that the node does not apply, and state 1 that it does.
    """
    absent, there = len(nodes), len(nodes) + 1
    # The first array has an entry for each state: the index of its node, or the outcome
    # once that is certain. The second has the state's column of undecided bits.
    about = np.arange(len(nodes), dtype=np.int64)
    column = np.zeros_like(about)
    of_place = np.array([*nodes, 0, 0])
    bits, levels = layout.start(), list[DiagramLevel]()
    for stage in stages(layout, axes):
        if stage.idle:
            follows = np.arange(len(about), dtype=np.int64)[None]
            levels.append(_level(stage.axis, follows))
            continue
        rows = layout.bits + 4 * len(layout.network.nodes)
        if rows * bits.shape[1] * len(stage.shuts) > AMPLE.bits:
            things = f"{len(about):,} kinds of situation"
            raise AnalysisError([too_large(axes, len(levels) - 1, things)])
        bounds, classes = bounds_of(layout, bits, stage), np.arange(len(stage.shuts))
        columns = column + bits.shape[1] * classes[:, None]
        surely = bounds.surely[of_place[about], columns]
        possibly = bounds.possibly[of_place[about], columns]
        then = np.where(surely, there, np.where(possibly, about, absent))
        then = np.where(about < absent, then, about).ravel()
        going = np.flatnonzero(then < absent)
        column = np.zeros(len(then), np.int64)
        if len(going):
            care = np.unique(then[going], return_inverse=True)

            def wanted(places: Whole) -> dict[int, Truths]:
                return {nodes[n]: places == n for n in np.unique(places).tolist()}

            bits, column[going] = residues(bounds, columns.ravel()[going], wanted, care)
        first, group = merged([then, column])
        about, column = then[first], column[first]
        levels.append(_level(stage.axis, group.reshape(columns.shape)))
    ends = (about == there).astype(np.int64)
    start, *levels = levels
    if levels:
        levels[-1] = attrs.evolve(levels[-1], follows=ends[levels[-1].follows])
        return start.follows[0], levels
    return ends[start.follows[0]], levels


def _level(axis: Axis, follows: Whole) -> DiagramLevel:
    binds = np.zeros((0, *follows.shape), bool)
    return DiagramLevel(axis.fact, axis.classes, follows, binds)


def _refined(
    vocabulary: Vocabulary, names: Iterable[str], levels: Sequence[DiagramLevel]
) -> list[Axis]:
    """Return axes that separate all values that a level or a clash distinguishes."""
    axes: list[Axis] = []
    places = {fact.name: place for place, fact in enumerate(vocabulary.facts)}
    for name in names:
        tested = [level for level in levels if level.fact == name]
        among = [
            values
            for clash in vocabulary.clashes
            for place, values in clash.tests
            if place == places[name]
        ]
        classes: dict[Any, tuple[str, ...]] = {}
        for value in (UNKNOWN, *vocabulary[name].values):
            key = *(one.place[value] for one in tested), *(value in v for v in among)
            classes[key] = (*classes.get(key, ()), value)
        axes.append(Axis(name, tuple(classes.values())))
    return axes


@final
@attrs.frozen(eq=False)
class _Tree:
    """Reduced diagrams: no two states of a level are equivalent."""

    roots: Whole
    #: For each axis, an array of next states with the shape (classes, states).
    follows: list[Whole]
    #: The number of states at each level and at the end.
    sizes: tuple[int, ...]


def _reduced(
    roots: Whole, levels: Sequence[DiagramLevel], axes: Sequence[Axis], ends: Whole
) -> _Tree:
    """Refine *levels* to match *axes*, and merge equivalent states.

    States are equivalent if they always lead to the same ends.
    """
    own = {level.fact: level for level in levels}
    follows: list[Whole] = []
    sizes, kinds = [int(ends.max(initial=-1)) + 1], ends
    for axis in reversed(axes):
        if level := own.get(axis.fact):
            after = kinds[level.follows[[level.place[v] for v, *_ in axis.classes]]]
        else:
            after = np.tile(kinds, (len(axis.classes), 1))
        kept, kinds = np.unique(after, axis=1, return_inverse=True)
        kinds = as_whole(kinds.ravel())
        follows.append(kept)
        sizes.append(kept.shape[1])
    return _Tree(kinds[roots], follows[::-1], tuple(sizes[::-1]))


def _shifted(
    arrays: Iterable[Whole], trees: Sequence[_Tree], number: int
) -> Iterator[Whole]:
    """Yield one array for each diagram, with states numbered across all diagrams.

    *number* is the index of the level whose states the arrays contain.
    """
    before = 0
    for array, tree in zip(arrays, trees, strict=True):
        yield array + before
        before += tree.sizes[number]


def _levels(axes: Sequence[Axis], trees: Sequence[_Tree]) -> Iterator[DiagramLevel]:
    for number, axis in enumerate(axes):
        follows = _shifted([tree.follows[number] for tree in trees], trees, number + 1)
        yield _level(axis, np.concatenate([*follows], axis=1))
