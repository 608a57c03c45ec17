"""Chaining: a policy as a chain, where its decision diagram is small enough.

In: a policy. Out: the chain that ranks as it does; or nothing, where the diagram has
no room, and the ranking has to be added up from what the rules say.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod
from typing import TypeAlias

import attrs
import numpy as np

from boundaryethics.batch.chain import Chain, Link
from boundaryethics.batch.placing import OPTIONS, Places
from boundaryethics.diagrams.arrays import Whole
from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.given import space_of
from boundaryethics.diagrams.reducing import Level, Reduced, reduced
from boundaryethics.diagrams.standings import ranking_of
from boundaryethics.diagrams.walking import Room
from boundaryethics.diagrams.watching import Rankings
from boundaryethics.engines.columnar.shelves import Group
from boundaryethics.errors import AnalysisError
from boundaryethics.model.policy import Policy

#: Numbers that one link tells apart: as many as 16 bits hold, and the cache keeps.
MOST = 1 << 16
#: A diagram that takes more on the way would make no chain: soon known, soon left.
ROOM = Room(sums=1 << 23, bits=1 << 25)

#: How each pair of options stands.
Signs: TypeAlias = tuple[int, ...]
#: For each state, and each code of a fact, the state that follows.
Follows: TypeAlias = Whole


def chain_of(policy: Policy) -> Chain | None:
    """The chain of *policy*; None where it would be too large."""
    try:
        small = _diagram(policy)
    except AnalysisError:
        return None
    follows = [_by_code(level, policy) for level in small.levels]
    runs = _runs([of_one.shape for of_one in follows])
    if runs is None:
        return None
    facts = {fact.name: n for n, fact in enumerate(policy.vocabulary.facts)}
    numbers = [facts[level.axis.fact] for level in small.levels]
    links: list[Link] = []
    room = 1
    for run in reversed(runs):
        sizes = tuple(of_one.shape[1] for of_one in follows[run])
        starts = reduce(_joined, follows[run]) * room
        group = Group(tuple(numbers[run]), sizes)
        links.insert(0, Link(group, starts.astype(np.uint16).ravel()))
        room = group.room
    return Chain(tuple(links), _places(small.ends))


def _diagram(policy: Policy) -> Reduced[Signs]:
    """The reduced diagram of the rankings of *policy*.

    Raises:
        AnalysisError: it takes too much room on the way.
    """
    # Whether a row is possible is looked up for itself: here every row has a ranking.
    everything = attrs.evolve(policy.vocabulary, impossible=())
    diagram = Asking([policy]).ask(space_of(everything), Rankings(), room=ROOM)
    return reduced(diagram, [tuple(map(int, row)) for row in diagram.ends.settled])


def _by_code(level: Level, policy: Policy) -> Follows:
    """For each state what follows each code, where *level* has classes of values."""
    classes = {v: n for n, among in enumerate(level.axis.classes) for v in among}
    values = policy.vocabulary[level.axis.fact].all_values
    return level.follows[:, [classes[value] for value in values]]


def _joined(before: Follows, after: Follows) -> Follows:
    """Two facts as one: every code of the second for each of the first."""
    return after[before].reshape(len(before), -1)


def _runs(shapes: Sequence[tuple[int, ...]]) -> list[slice] | None:
    """Facts in turn, in as few runs as have room, and those as small as can be.

    *shapes* tell how many states and codes each fact has. None where one fact alone
    has no room.
    """
    best: list[tuple[float, list[slice]] | None] = [(0.0, [])]
    for stop in range(1, len(shapes) + 1):
        found = [
            (before[0] + 1 + room / MOST, [*before[1], slice(start, stop)])
            for start in range(stop)
            if (before := best[start]) and (room := _room(shapes[start:stop])) <= MOST
        ]
        best.append(min(found, key=lambda one: one[0], default=None))
    last = best[-1]
    return last[1] if last else None


def _room(shapes: Sequence[tuple[int, ...]]) -> int:
    """How many numbers a link of these facts tells apart."""
    return shapes[0][0] * prod(codes for _, codes in shapes)


def _places(ends: Sequence[Signs]) -> Places:
    """The place of each option for each end, told by the signs of its pairs."""
    found = np.empty((len(ends), len(OPTIONS)), np.uint8)
    for number, signs in enumerate(ends):
        for place, group in enumerate(ranking_of(signs), start=1):
            found[number, [OPTIONS.index(option) for option in group]] = place
    return found
