"""Lines: one situation through a network, in plain numbers.

In: a network. Out: for a situation the rows of its answers. The rows of all tables
are found together, as fields of one long number to which each value adds its part;
what a stage settles adds to the fields of the stages after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias, final

import attrs
import numpy as np

from boundaryethics import consulting
from boundaryethics.engines.columnar.network import Network
from boundaryethics.engines.columnar.shelves import WORD
from boundaryethics.engines.columnar.tables import Rows, Table
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy

#: For each row of a table, what it says.
Said: TypeAlias = Sequence[int]

#: Bits of a field: the number of a row.
_FIELD = 16
_MASK = (1 << _FIELD) - 1


@final
@attrs.frozen(eq=False, kw_only=True)
class Line:
    """A network for one situation at a time."""

    policy: Policy
    #: The number where every fact is unknown.
    start: int
    #: What each value of each fact adds to that; nothing where it is left unknown.
    adds: Mapping[Any, Mapping[Any, int]]
    #: For each stage its tables, each with the place of its field, and whether they
    #: are asked anew until nothing more is set. Their rows say what is to be added.
    stages: tuple[tuple[tuple[tuple[int, Said], ...], bool], ...]
    #: The tables of the answers, each with the place of its field.
    answers: tuple[tuple[int, Said], ...]

    def number(self, stated: Mapping[str, object] | Situation) -> int:
        """The number of what is *stated*.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        if isinstance(stated, dict):
            number, adds = self.start, self.adds
            try:
                for fact, value in stated.items():
                    number += adds[fact][value]
            except (KeyError, TypeError):
                # True, false and nothing come here too, and so do the mistakes.
                pass
            else:
                return number
        return self._number(consulting.situation_of(stated, self.policy))

    def read(self, stated: Mapping[str, object] | Situation) -> tuple[Situation, int]:
        """What is *stated* as a situation, and its number.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        if isinstance(stated, dict):
            values = self._unknown.copy()
            number, known = self.start, self._known
            try:
                for fact, value in stated.items():
                    place, told, adds = known[fact][value]
                    values[place] = told
                    number += adds
            except (KeyError, TypeError):
                pass
            else:
                vocabulary = self.policy.vocabulary
                return Situation(vocabulary=vocabulary, values=tuple(values)), number
        situation = consulting.situation_of(stated, self.policy)
        return situation, self._number(situation)

    def _number(self, situation: Situation) -> int:
        adds = zip(self._in_order, situation.values, strict=True)
        return self.start + sum([of_fact[value] for of_fact, value in adds])

    @cached_property
    def _in_order(self) -> tuple[Mapping[Any, int], ...]:
        return tuple(self.adds.values())

    @cached_property
    def _unknown(self) -> list[str]:
        return [UNKNOWN] * len(self.adds)

    @cached_property
    def _known(self) -> Mapping[Any, Mapping[Any, tuple[int, str, int]]]:
        return {
            fact: {value: (place, value, adds) for value, adds in of_fact.items()}
            for place, (fact, of_fact) in enumerate(self.adds.items())
        }

    def answer(self, number: int) -> int:
        """The sum of the answers where the stated facts add up to *number*."""
        for tables, repeats in self.stages:
            if repeats:
                number = _repeated(tables, number)
            else:
                number += sum([said[number >> at & _MASK] for at, said in tables])
        return sum([said[number >> at & _MASK] for at, said in self.answers])


def line(network: Network, policy: Policy, answers: Sequence[Said]) -> Line:
    """The line of *network*, whose answer tables say *answers*."""
    settling = [table for of_one in network.rounds for table in of_one.tables]
    every = [*settling, *network.answers]
    fields = {id(table): n * _FIELD for n, table in enumerate(every)}
    signals = [_added(every, signal, 1) for signal in network.signals]

    def settled(table: Table) -> tuple[int, Said]:
        return fields[id(table)], _settled(table.rows, signals)

    codes = {
        fact.name: [_added(every, n, code) for code in range(len(fact.all_values))]
        for n, fact in enumerate(policy.vocabulary.facts)
    }
    said = zip(network.answers, answers, strict=True)
    return Line(
        policy=policy,
        start=sum(of_one[-1] for of_one in codes.values()),
        adds={f.name: _from_unknown(f, codes[f.name]) for f in policy.vocabulary.facts},
        stages=tuple(
            (tuple(map(settled, r.tables)), r.repeats) for r in network.rounds
        ),
        answers=tuple((fields[id(table)], of_one) for table, of_one in said),
    )


def joined(rows: Rows, bits: int) -> Said:
    """The columns of *rows* as one number each, *bits* apart, the first one lowest."""
    kinds, kind = _kinds(rows)
    numbers = [
        sum(part << bits * n for n, part in enumerate(row)) for row in kinds.tolist()
    ]
    return [numbers[n] for n in kind]


def _from_unknown(fact: Fact, adds: Sequence[int]) -> dict[str, int]:
    """What each value adds beyond what unknown, the last one, does."""
    values = zip(fact.all_values, adds, strict=True)
    return {value: added - adds[-1] for value, added in values}


def _added(tables: Sequence[Table], variable: int, code: int) -> int:
    return sum(
        table.place(variable, code) << n * _FIELD for n, table in enumerate(tables)
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


def _repeated(tables: tuple[tuple[int, Said], ...], number: int) -> int:
    """*number* with all that the *tables* set, asked until nothing more is set."""
    said = [0] * len(tables)
    grown = True
    while grown:
        grown = False
        for n, (at, rows) in enumerate(tables):
            more = rows[number >> at & _MASK]
            grown = grown or more != said[n]
            number += more - said[n]
            said[n] = more
    return number
