"""Worths: what each table adds to each option, as one number.

In: a policy and its circuit. Out: a network whose answers add up to a number for
each option, more for the better. The sums at the criteria are its digits, standing
first, each place so wide that what comes after never reaches it (S12, S14, S15). A
number of more digits than a machine word holds is several words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.batch.standings import Standings
from boundaryethics.engines.columnar.network import Network, network
from boundaryethics.engines.columnar.tables import Rows, Table, Truths
from boundaryethics.errors import EngineError, Problem
from boundaryethics.model.policy import Policy
from boundaryethics.program.cells import Cell
from boundaryethics.program.circuit import Circuit
from boundaryethics.program.stages import Told
from boundaryethics.weighing import spoken

#: For each row of a table, option and criterion what is added there.
Sums: TypeAlias = npt.NDArray[np.int64]

#: Kinds of worths, smallest first; the first that holds the greatest is taken.
_KINDS = (np.uint16, np.uint32, np.uint64)
#: What a number has to stay below, and what a word of several digits does.
_MOST = WORD = 1 << 62


def ranking(policy: Policy, circuit: Circuit) -> Network:
    """The network of *circuit*, which is narrowed, whose answers are worths.

    Raises:
        EngineError: the points of the policy are too large to be added.
    """
    criteria, points = _points(policy)
    standings = Standings.of(policy, circuit)
    speaking = [o for o in circuit.outcomes if any(map(any, points[o.rule]))]

    def sums_of(cell: Cell, held: Truths) -> Rows:
        own = np.array([points[speaking[m].rule] for m in cell.members], np.int64)
        return np.tensordot(held.astype(np.int64), own, axes=1)

    wanted = [Told.by(outcome.binding, {}) for outcome in speaking]
    summed = network(standings.circuit, wanted, sums_of, standings.signals)
    answers = _worths(
        [*standings.tables(len(criteria)), *map(_led, summed.answers)], policy
    )
    return attrs.evolve(summed, answers=answers)


def _points(
    policy: Policy,
) -> tuple[tuple[str, ...], dict[str, list[list[int]]]]:
    """The criteria, and for each rule and option what the rule adds at each."""
    criteria, said = spoken(policy)
    points = {
        rule: [
            [sum(r.points for r in mine if r.criterion == c) for c in criteria]
            for mine in of_options
        ]
        for rule, of_options in said.items()
    }
    flat = [abs(n) for of_rule in points.values() for mine in of_rule for n in mine]
    if sum(flat) >= _MOST:
        raise EngineError([_too_heavy(policy)])
    return criteria, points


def _led(table: Table) -> Table:
    """*table* with a place for standing, to which it adds nothing, before its sums."""
    none = np.zeros((*table.rows.shape[:2], 1), np.int64)
    return attrs.evolve(table, rows=np.concatenate([none, table.rows], axis=2))


def _worths(tables: Sequence[Table], policy: Policy) -> tuple[Table, ...]:
    """*tables* with the sums of each row and option as words, weightiest first."""
    if not tables:
        return ()
    sums = [table.rows for table in tables]
    words = [
        _word([of_one[:, :, slice(*digits)] for of_one in sums], policy)
        for digits in pairwise(_cuts(sums))
    ]
    greatest = max(sum(int(of_one.max()) for of_one in word) for word in words)
    kind = next(k for k in _KINDS if greatest <= np.iinfo(k).max)
    return tuple(
        Table(table.reads, np.stack([word[n] for word in words], axis=1).astype(kind))
        for n, table in enumerate(tables)
    )


def _word(sums: Sequence[Sums], policy: Policy) -> list[npt.NDArray[np.int64]]:
    """For each table, row and option some digits as one number."""
    bases = [1]
    for width in reversed(_widths(sums)):
        bases.insert(0, bases[0] * width)
    if bases[0] >= _MOST:
        raise EngineError([_too_heavy(policy)])
    worths = [of_one @ np.array(bases[1:], np.int64) for of_one in sums]
    # An equal amount less for every option changes no order.
    return [of_one - of_one.min() for of_one in worths]


def _cuts(sums: Sequence[Sums]) -> list[int]:
    """Where each word of digits begins, and where the last one ends."""
    cuts, room = [0], 1
    for digit, width in enumerate(_widths(sums)):
        room *= width
        if room >= WORD and digit > cuts[-1]:
            cuts.append(digit)
            room = width
    return [*cuts, sums[0].shape[2]]


def _widths(sums: Sequence[Sums]) -> list[int]:
    """How many values each digit can have, whatever is added up."""
    return [
        1
        + sum(int(of_one[:, :, digit].max()) for of_one in sums)
        - sum(int(of_one[:, :, digit].min()) for of_one in sums)
        for digit in range(sums[0].shape[2])
    ]


def _too_heavy(policy: Policy) -> Problem:
    return Problem(
        code="BE705",
        message=f"the points of policy `{policy.id}` are too large to be added",
        help="divide all points and weights by a common number",
    )
