"""Conditions: what must hold for a rule to be triggered (S5).

In: a situation and the findings that hold. Out: whether a condition holds.
Two conditions that differ only in nesting of conjunctions, or in a list of one,
are the same value: build them with `both` and `either`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeAlias, assert_never, final

import attrs


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
