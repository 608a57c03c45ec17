"""Conditions over facts and findings, their evaluation, and their clauses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Protocol, TypeAlias, assert_never, final

import attrs

if TYPE_CHECKING:
    from boundaryethics.model.facts import Vocabulary


@final
@attrs.frozen
class FactIn:
    """A fact has one of some values."""

    fact: str
    values: frozenset[str]


@final
@attrs.frozen
class Holds:
    """A finding holds."""

    finding: str


@final
@attrs.frozen
class Not:
    """A condition does not hold."""

    part: Condition


@final
@attrs.frozen
class All:
    """Every part holds; with no part, always."""

    parts: tuple[Condition, ...]


@final
@attrs.frozen
class Any:
    """Some part holds; with no part, never."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = FactIn | Holds | Not | All | Any

#: Holds in every situation.
ALWAYS = All(())


def both(parts: Iterable[Condition]) -> Condition:
    """The conjunction of *parts*, flat, and bare where there is one part."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, All) else (part,)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def either(parts: Iterable[Condition]) -> Condition:
    """The disjunction of *parts*, bare where there is one part."""
    listed = tuple(parts)
    return listed[0] if len(listed) == 1 else Any(listed)


class Facts(Protocol):
    """Values of facts by name: a mapping, or a situation."""

    def __getitem__(self, name: str, /) -> str: ...


def holds(condition: Condition, facts: Facts, findings: AbstractSet[str]) -> bool:
    """Whether *condition* holds, given the facts and the findings that hold."""
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
    """Whether *condition* holds by what is known; None where that leaves it open.

    Facts and findings that are not named are open: what is decided here holds
    whatever they are (Kleene's strong logic).
    """
    match condition:
        case FactIn(fact, values):
            return facts[fact] in values if fact in facts else None
        case Holds(finding):
            return findings.get(finding)
        case Not(part):
            inner = decided(part, facts, findings)
            return None if inner is None else not inner
        case All(parts):
            return _among([decided(p, facts, findings) for p in parts], settles=False)
        case Any(parts):
            return _among([decided(p, facts, findings) for p in parts], settles=True)
        case _:
            assert_never(condition)


def _among(parts: list[bool | None], *, settles: bool) -> bool | None:
    """One part that is *settles* settles all; else they must all be decided."""
    if settles in parts:
        return settles
    return None if None in parts else not settles


def leaves(
    condition: Condition, *, positive: bool = True
) -> Iterator[tuple[FactIn | Holds, bool]]:
    """Every fact and finding that *condition* reads, in order, and whether positively.

    A leaf is read negatively under an odd number of `not` (S8).
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
