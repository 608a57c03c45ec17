"""Conditions over facts and findings, their evaluation, and their clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain, product, starmap
from typing import TYPE_CHECKING, Protocol, TypeAlias, assert_never, final

import attrs

from boundaryethics.arguments import argument, checked
from boundaryethics.model.display import ShortRepr

if TYPE_CHECKING:
    from boundaryethics.model.facts import Vocabulary


@final
@attrs.frozen
class FactIn(ShortRepr):
    """Condition: a fact has one of some values."""

    fact: str
    values: frozenset[str]


@final
@attrs.frozen
class Holds:
    """Condition: a finding holds."""

    finding: str


@final
@attrs.frozen
class Not(ShortRepr):
    """Negation: a condition does not hold."""

    part: Condition


@final
@attrs.frozen
class All(ShortRepr):
    """Conjunction: every part holds; without parts, it always holds."""

    parts: tuple[Condition, ...]


@final
@attrs.frozen
class Any(ShortRepr):
    """Disjunction: some part holds; without parts, it never holds."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = FactIn | Holds | Not | All | Any

#: Holds in every situation.
ALWAYS = All(())


def _condition(part: Condition) -> Condition:
    if not isinstance(part, Condition):
        argument("parts", part, Condition)
    return part


@checked
def both(parts: Iterable[Condition]) -> Condition:
    """Join *parts* into a flat conjunction; return a single part unchanged."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, All) else (_condition(part),)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


@checked
def either(parts: Iterable[Condition]) -> Condition:
    """Join *parts* into a disjunction; return a single part unchanged."""
    listed = tuple(map(_condition, parts))
    return listed[0] if len(listed) == 1 else Any(listed)


def with_tests(condition: Condition, test: Callable[[FactIn], FactIn]) -> Condition:
    """Return *condition* with each test of a fact replaced by *test*."""
    match condition:
        case FactIn():
            return test(condition)
        case Holds():
            return condition
        case Not(part):
            return Not(with_tests(part, test))
        case All(parts) | Any(parts):
            return type(condition)(tuple(with_tests(part, test) for part in parts))
        case _:
            assert_never(condition)


class Facts(Protocol):
    """Protocol of values of facts by name: a mapping or a situation."""

    def __getitem__(self, name: str, /) -> str: ...


def holds(condition: Condition, facts: Facts, findings: AbstractSet[str]) -> bool:
    """Return whether *condition* holds, given the facts and the findings that hold."""
    match condition:
        case FactIn(fact, values):
            return facts[fact] in values
        case Holds(finding):
            return finding in findings
        case Not(part):
            return not holds(part, facts, findings)
        case All(parts):
            return all(holds(part, facts, findings) for part in parts)
        case Any(parts):
            return any(holds(part, facts, findings) for part in parts)
        case _:
            assert_never(condition)


def decided(
    condition: Condition, facts: Mapping[str, str], findings: Mapping[str, bool]
) -> bool | None:
    """Evaluate *condition* on partial knowledge; return None if that leaves it open.

    A fact or finding that is not named is open. A decided result holds whatever the
    open ones are (Kleene's strong three-valued logic).
    """
    match condition:
        case FactIn(fact, values):
            return facts[fact] in values if fact in facts else None
        case Holds(finding):
            return findings.get(finding)
        case Not(part):
            inner = decided(part, facts, findings)
            return None if inner is None else not inner
        case All(parts) | Any(parts):
            settles = isinstance(condition, Any)
            each = [decided(part, facts, findings) for part in parts]
            if settles in each:
                return settles
            return None if None in each else not settles
        case _:
            assert_never(condition)


def leaves(
    condition: Condition, *, positive: bool = True
) -> Iterator[tuple[FactIn | Holds, bool]]:
    """Yield each fact and finding that *condition* reads, and whether positively.

    A leaf is negative under an odd number of `not` (S8).
    """
    match condition:
        case FactIn() | Holds():
            yield condition, positive
        case Not(part):
            yield from leaves(part, positive=not positive)
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part, positive=positive)
        case _:
            assert_never(condition)


#: The most clauses that a condition may need.
MOST_CLAUSES = 4096


@final
@attrs.frozen
class Clause:
    """Conjunction of facts with values, and of findings that hold or do not."""

    #: For each fact that is read, some of its values: at least one, and not all.
    facts: frozenset[FactIn] = frozenset()
    holds: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()

    def within(self, wider: Clause) -> bool:
        """Return whether every situation that meets this clause meets *wider*."""
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
    """A condition needs more clauses than `MOST_CLAUSES`."""


def clauses(condition: Condition, vocabulary: Vocabulary) -> tuple[Clause, ...]:
    """Return the clauses of *condition*, none of them within another.

    Raises:
        TooManyClausesError: there would be more than `MOST_CLAUSES`.
    """
    found = _expanded(condition, vocabulary, positive=True)
    return tuple(
        clause
        for clause in found
        if not any(other != clause and clause.within(other) for other in found)
    )


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
            if isinstance(condition, All) is not positive:
                return _distinct(chain.from_iterable(each))
            met: tuple[Clause, ...] = (Clause(),)
            for alternatives in each:
                met = _distinct(starmap(_conjunction, product(met, alternatives)))
            return met
        case _:
            assert_never(condition)


def _conjunction(one: Clause, other: Clause) -> Clause | None:
    """Return the conjunction of two clauses, or None if they exclude each other."""
    values: dict[str, frozenset[str]] = {}
    for test in (*one.facts, *other.facts):
        values[test.fact] = values.get(test.fact, test.values) & test.values
    holds, absent = one.holds | other.holds, one.absent | other.absent
    if holds & absent or not all(values.values()):
        return None
    return Clause(frozenset(starmap(FactIn, values.items())), holds, absent)


def _distinct(found: Iterable[Clause | None]) -> tuple[Clause, ...]:
    kept: dict[Clause, None] = {}
    for clause in found:
        if clause:
            kept[clause] = None
        if len(kept) > MOST_CLAUSES:
            raise TooManyClausesError
    return tuple(kept)
