"""Lines: one situation through a network, in plain numbers.

In: a network. Out: for a situation the rows of its answers. The rows of all tables
are found together, as fields of one long number to which each value adds its part;
what a stage settles adds to the fields of the stages after.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import count
from operator import getitem
from struct import Struct
from typing import TypeAlias, final

import attrs
import numpy as np

from boundaryethics.batch.fields import FIELD, MASK, Fields
from boundaryethics.engines.columnar.network import Network
from boundaryethics.engines.columnar.shelves import WORD
from boundaryethics.engines.columnar.tables import Rows, Table
from boundaryethics.model.policy import Policy

#: For each row of a table, what it says.
Said: TypeAlias = Sequence[int]
#: The same, after the bit at which the table's field begins.
Placed: TypeAlias = tuple[int, Said]


@final
@attrs.frozen(eq=False, kw_only=True)
class Line:
    """A network for one situation at a time."""

    fields: Fields
    #: For each stage its tables, and whether they are asked anew until nothing more is
    #: set. Their rows say what is to be added.
    stages: tuple[tuple[tuple[Placed, ...], bool], ...]
    #: The tables of the answers, whose fields come last.
    answers: tuple[Said, ...]

    def answer(self, number: int) -> int:
        """The sum of the answers where the stated facts add up to *number*."""
        for tables, repeats in self.stages:
            if repeats:
                number = _repeated(tables, number)
                continue
            for field, rows in tables:
                number += rows[number >> field & MASK]
        form, before = self._form
        rows_of_answers = form.unpack((number >> before).to_bytes(form.size, "little"))
        return sum(map(getitem, self.answers, rows_of_answers))

    @cached_property
    def _form(self) -> tuple[Struct, int]:
        """What reads the fields of the answers, and the bits before them."""
        settling = sum(len(tables) for tables, _ in self.stages)
        return Struct(f"<{len(self.answers)}H"), settling * FIELD


def line(network: Network, policy: Policy, answers: Sequence[Said]) -> Line:
    """The line of *network*, whose answer tables say *answers*."""
    settling = [table for of_one in network.rounds for table in of_one.tables]
    every = [*settling, *network.answers]
    signals = [_added(every, signal, 1) for signal in network.signals]
    codes = {
        fact.name: [_added(every, n, code) for code in range(len(fact.all_values))]
        for n, fact in enumerate(policy.vocabulary.facts)
    }
    fields = count(step=FIELD)
    return Line(
        fields=Fields.of(policy, codes),
        stages=tuple(
            (
                tuple((next(fields), _settled(t.rows, signals)) for t in r.tables),
                r.repeats,
            )
            for r in network.rounds
        ),
        answers=tuple(answers),
    )


def joined(rows: Rows, bits: int) -> Said:
    """The columns of *rows* as one number each, *bits* apart, the first one lowest."""
    kinds, kind = _kinds(rows)
    numbers = [
        sum(part << bits * n for n, part in enumerate(row)) for row in kinds.tolist()
    ]
    return [numbers[n] for n in kind]


def _added(tables: Sequence[Table], variable: int, code: int) -> int:
    return sum(
        table.place(variable, code) << n * FIELD for n, table in enumerate(tables)
    )


def _settled(rows: Rows, signals: Sequence[int]) -> Said:
    """For each row of words, what the signals that it sets add."""
    kinds, kind = _kinds(rows)
    adds = [
        sum(added for n, added in enumerate(signals) if row[n // WORD] >> n % WORD & 1)
        for row in kinds.tolist()
    ]
    return [adds[n] for n in kind]


def _kinds(rows: Rows) -> tuple[Rows, list[int]]:
    """The different rows there are, and for each row which of them it is."""
    kind = np.zeros(len(rows), np.int64)
    for column in rows.T:
        values, value = np.unique(column, return_inverse=True)
        if len(values) > 1:
            kind = np.unique(kind * len(values) + value, return_inverse=True)[1]
    first = np.unique(kind, return_index=True)[1]
    return rows[first], kind.tolist()


def _repeated(tables: Sequence[Placed], number: int) -> int:
    """*number* with all that the *tables* set, asked until nothing more is set."""
    said = [0] * len(tables)
    grown = True
    while grown:
        grown = False
        for n, (field, rows) in enumerate(tables):
            more = rows[number >> field & MASK]
            grown = grown or more != said[n]
            number += more - said[n]
            said[n] = more
    return number
