"""The walk over all situations at once, fact after fact.

Partial situations in which the same questions are open, and the options stand alike
so far, are one state: whatever becomes known next does the same to all of them. How
an option stands is kept only while it can still change: a lead that nothing left can
make up for is just a lead. So the states of a layer stay few, though they stand for
every situation, and the layers form a diagram on which counts are exact.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, final

import attrs
import numpy as np

from boundaryethics.diagrams.arrays import Truths, Whole, some
from boundaryethics.diagrams.diagram import Diagram, Layer
from boundaryethics.diagrams.folding import Axis
from boundaryethics.diagrams.layout import Layout, Stage, stages
from boundaryethics.diagrams.merging import merged, packed
from boundaryethics.diagrams.partial import Outlook, outlook
from boundaryethics.diagrams.residues import residue
from boundaryethics.diagrams.settling import States, children, turn_of
from boundaryethics.diagrams.watching import Watch
from boundaryethics.diagrams.worths import Worths
from boundaryethics.errors import AnalysisError, Problem, problem

#: Called with how many facts are done, and how many there are.
Progress: TypeAlias = Callable[[int, int], None]


@final
@attrs.frozen
class Room:
    """How much one layer may take."""

    #: The sums of its states, in bytes.
    sums: int
    #: The bits of its residues, before they are brought together.
    bits: int


#: For an answer that is worth waiting for.
AMPLE = Room(sums=1 << 27, bits=1 << 28)


@final
@attrs.frozen(kw_only=True, eq=False)
class Question:
    """What is asked of a network."""

    layout: Layout
    worths: Worths
    watch: Watch
    #: Nodes of which it is to be told where they bind.
    told: tuple[int, ...] = ()
    room: Room = AMPLE


@final
@attrs.frozen(eq=False)
class _Frontier:
    bits: Truths
    states: States


def walked(
    question: Question, axes: Sequence[Axis], progress: Progress | None = None
) -> Diagram:
    """The diagram that answers *question*, with the facts in the order of *axes*.

    Raises:
        AnalysisError: a layer grows too large.
    """
    at = _Frontier(question.layout.start(), States.start(question.worths))
    layers: list[Layer] = []
    for stage in stages(question.layout, axes):
        if _too_wide(question, at, stage):
            raise AnalysisError([_too_large(at, axes, len(layers))])
        at, layer = (_passed if stage.idle else _advanced)(question, at, stage)
        layers.append(layer)
        if progress:
            progress(len(layers), len(axes) + 1)
    return Diagram(tuple(layers), at.states)


def _passed(question: Question, at: _Frontier, stage: Stage) -> tuple[_Frontier, Layer]:
    """The step over a fact of which nothing comes."""
    count = len(at.states)
    follows, none = (
        np.arange(count)[None],
        np.zeros((len(question.told), 1, count), bool),
    )
    return at, Layer(axis=stage.axis, follows=follows, binds=none)


def _advanced(
    question: Question, at: _Frontier, stage: Stage
) -> tuple[_Frontier, Layer]:
    on = outlook(question.layout, branched(at.bits, stage), stage.told)
    turn = turn_of(on, question.worths)
    size, count = at.bits.shape[1], len(at.states)
    grown: list[States] = []
    follows = np.full((len(stage.shuts), count), -1, np.int64)
    for number in range(len(stage.shuts)):
        branch = at.states.on(at.states.residue + number * size)
        rows, found = children(branch, turn, question.watch)
        first, group = merged(found.columns())
        follows[number, rows] = group + sum(map(len, grown))
        grown.append(found.at(first))
    together = States.joined(grown)
    bits, residues = _residues(question, on, together)
    states = together.on(residues)
    first, group = merged(states.columns())
    follows[follows >= 0] = group[follows[follows >= 0]]
    layer = Layer(
        axis=stage.axis,
        follows=follows,
        binds=_binds(question.told, on, stage, at),
    )
    return _Frontier(bits, states.at(first)), layer


def branched(bits: Truths, stage: Stage) -> Truths:
    """The bits after each class of the fact's values, one after the other."""
    branches = []
    for shut in stage.shuts:
        branch = bits.copy()
        branch[list(shut)] = False
        branches.append(branch)
    return np.concatenate(branches, axis=1)


def _residues(question: Question, on: Outlook, states: States) -> tuple[Truths, Whole]:
    """The bits that still matter to some state, and for each state which those are."""
    open_pairs = states.open_pairs()
    patterns, pattern = np.unique(open_pairs, return_inverse=True)
    combined = states.residue * len(patterns) + pattern
    seen = np.zeros(on.bits.shape[1] * len(patterns), bool)
    seen[combined] = True
    place = np.cumsum(seen) - 1
    combos = np.flatnonzero(seen)
    rows, care = np.divmod(combos, len(patterns))
    bits = residue(on.at(rows), _wanted(question, patterns[care]))
    first, group = merged(packed(bits))
    return bits[:, first], group[place[combined]]


def _wanted(question: Question, care: Whole) -> dict[int, Truths]:
    """For each node that matters for its own sake, where it does."""
    always = np.ones(len(care), bool)
    flagged = some(question.worths.flags != 0, 1, 2) & question.watch.flags
    wanted: dict[int, Truths] = {}
    for number in question.layout.gates:
        touched = int(question.worths.touched[number])
        if flagged[number] or number in question.told:
            wanted[number] = always
        elif touched:
            wanted[number] = care & touched != 0
    return wanted


def _binds(told: Iterable[int], on: Outlook, stage: Stage, at: _Frontier) -> Truths:
    """For each node told of, class and state, whether the node comes to bind."""
    rows = on.surely[list(told)]
    by_class = rows.reshape(len(rows), len(stage.shuts), at.bits.shape[1])
    return by_class[:, :, at.states.residue]


def _too_wide(question: Question, at: _Frontier, stage: Stage) -> bool:
    """Whether the next layer may take more room than there is."""
    # Few values of a fact lead each to states of its own; twice as many is a lot.
    room = 2 * len(at.states) * question.worths.points[:1].nbytes
    columns = at.bits.shape[1] * len(stage.shuts)
    rows = question.layout.bits + 4 * len(question.layout.network.nodes)
    most = question.room
    return bool(room > most.sums or rows * columns > most.bits)


def _too_large(at: _Frontier, axes: Sequence[Axis], done: int) -> Problem:
    things = f"{len(at.states):,} kinds of situation"
    return too_large(axes, max(done - 1, 0), things)


def too_large(axes: Sequence[Axis], done: int, things: str) -> Problem:
    """The problem that *things* are too many, with *done* facts known."""
    open_facts = [f"`{axis.fact}`" for axis in axes if len(axis.classes) > 1]
    best = ", ".join(open_facts[:5])
    return problem("BE601", done=done, facts=len(axes), things=things, best=best)
