"""Conditions as clauses: a disjunction of plain conjunctions.

In: a condition. Out: clauses of which at least one is met just where the
condition holds. `not` over a fact becomes the fact's other values (S2), so that
only findings are read negatively.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, assert_never, final

import attrs

from boundaryethics.model.conditions import (
    All,
    Any,
    Condition,
    FactIn,
    Holds,
    Not,
)

if TYPE_CHECKING:
    from boundaryethics.model.facts import Vocabulary

#: A condition that would take more clauses than this is refused.
MOST_CLAUSES = 4096


@final
@attrs.frozen
class Clause:
    """Facts among values, findings that hold, findings that are absent: all at once."""

    #: The values that each fact read may have; never empty, never all of them.
    facts: frozenset[FactIn] = frozenset()
    holds: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()

    def within(self, wider: Clause) -> bool:
        """Whether every situation that meets this clause meets *wider*."""
        values = {test.fact: test.values for test in self.facts}
        return (
            wider.holds <= self.holds
            and wider.absent <= self.absent
            and all(
                test.fact in values and values[test.fact] <= test.values
                for test in wider.facts
            )
        )


class TooManyClausesError(Exception):
    """A condition takes more clauses than `MOST_CLAUSES`."""


def clauses(condition: Condition, vocabulary: Vocabulary) -> tuple[Clause, ...]:
    """The clauses of *condition*, none of them within another.

    Raises:
        TooManyClausesError: there would be more than `MOST_CLAUSES`.
    """
    return _widest(_expanded(condition, vocabulary, positive=True))


def _expanded(
    condition: Condition, vocabulary: Vocabulary, *, positive: bool
) -> tuple[Clause, ...]:
    match condition:
        case FactIn(fact, values):
            declared = frozenset(vocabulary[fact].all_values)
            wanted = values & declared if positive else declared - values
            if wanted == declared:
                return (Clause(),)
            return (Clause(facts=frozenset({FactIn(fact, wanted)})),) if wanted else ()
        case Holds(finding):
            named = frozenset({finding})
            return (Clause(holds=named) if positive else Clause(absent=named),)
        case Not(part):
            return _expanded(part, vocabulary, positive=not positive)
        case All(parts) | Any(parts):
            each = [_expanded(part, vocabulary, positive=positive) for part in parts]
            conjunctive = isinstance(condition, All) is positive
            return _conjoined(each) if conjunctive else _gathered(each)
        case _:
            assert_never(condition)


def _gathered(alternatives: Iterable[tuple[Clause, ...]]) -> tuple[Clause, ...]:
    return _few(clause for one in alternatives for clause in one)


def _conjoined(parts: Iterable[tuple[Clause, ...]]) -> tuple[Clause, ...]:
    def with_part(
        so_far: tuple[Clause, ...], part: tuple[Clause, ...]
    ) -> tuple[Clause, ...]:
        pairs = (_met_together(a, b) for a, b in product(so_far, part))
        return _few(clause for clause in pairs if clause is not None)

    return reduce(with_part, parts, (Clause(),))


def _met_together(one: Clause, other: Clause) -> Clause | None:
    """The clause met just where both are, or None where they exclude each other."""
    values: dict[str, frozenset[str]] = {}
    for test in (*one.facts, *other.facts):
        values[test.fact] = values.get(test.fact, test.values) & test.values
    holds, absent = one.holds | other.holds, one.absent | other.absent
    if holds & absent or not all(values.values()):
        return None
    return Clause(_tests(values), holds, absent)


def _tests(values: Mapping[str, frozenset[str]]) -> frozenset[FactIn]:
    return frozenset(FactIn(fact, among) for fact, among in values.items())


def _few(found: Iterator[Clause]) -> tuple[Clause, ...]:
    kept: dict[Clause, None] = {}
    for clause in found:
        kept[clause] = None
        if len(kept) > MOST_CLAUSES:
            raise TooManyClausesError
    return tuple(kept)


def _widest(found: tuple[Clause, ...]) -> tuple[Clause, ...]:
    return tuple(
        clause
        for clause in found
        if not any(other != clause and clause.within(other) for other in found)
    )
