"""Deciding: a network as one table, where that is small enough.

In: a network. Out: one that answers the same from a single table over all facts that
it reads, their values folded; or the network itself, where that has no room.
"""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import numpy as np

from boundaryethics.engines.columnar.blocks import Codes, spans
from boundaryethics.engines.columnar.network import Layout, Network
from boundaryethics.engines.columnar.tables import Rows, Table
from boundaryethics.program.folds import Folds, room
from boundaryethics.program.narrowing import MOST_ROOM


def decided(network: Network) -> Network:
    """*network*, whose answers add up, as one table if that has room."""
    reads = {fact: _classes(network, fact) for fact in network.facts}
    if room(reads) > MOST_ROOM or not network.answers:
        return network
    table = Table(reads, _answers(network, reads))
    return attrs.evolve(network, signals=(), rounds=(), answers=(table,))


def _classes(network: Network, fact: int) -> tuple[int, ...]:
    """For each code of *fact* a class: of codes that no table tells apart."""
    told = [table.reads[fact] for table in _tables(network) if fact in table.reads]
    numbers: dict[tuple[int, ...], int] = {}
    return tuple(
        numbers.setdefault(classes, len(numbers)) for classes in zip(*told, strict=True)
    )


def _tables(network: Network) -> Iterator[Table]:
    for of_one in network.rounds:
        yield from of_one.tables
    yield from network.answers


def _answers(network: Network, reads: Folds) -> Rows:
    """The answer for each combination of classes."""
    shape = tuple(max(classes) + 1 for classes in reads.values())
    numbers = np.indices(shape, np.uint8).reshape(len(shape), room(reads))
    columns: dict[int, Codes] = {
        fact: np.array([classes.index(n) for n in range(max(classes) + 1)], np.uint8)[
            number
        ]
        for (fact, classes), number in zip(reads.items(), numbers, strict=True)
    }
    first = network.answers[0].rows
    found = np.zeros((room(reads), *first.shape[1:]), first.dtype)
    layout = Layout.of(network)
    bench = layout.bench()
    for at in spans(len(found)):
        block = {fact: column[at] for fact, column in columns.items()}
        bench.take_in(block, at.stop - at.start)
        layout.answer(bench, np.add, found[at])
    return found
