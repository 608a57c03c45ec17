"""Define conditions on facts and findings, evaluate them, and derive their clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, product, starmap
from typing import TYPE_CHECKING, Protocol, TypeAlias, assert_never, final

import attrs

from boundaryethics.arguments import argument, checked
from boundaryethics.errors import PolicyError, problem
from boundaryethics.model.display import ShortRepr

if TYPE_CHECKING:
    from boundaryethics.model.facts import Vocabulary


#: The maximum nesting depth of a condition. It is limited because much code that uses
#: conditions is recursive.
MOST_LEVELS = 100


class _Nested(ShortRepr):
    """Base class for conditions with parts. It stores the nesting depth.

    The depth is not a field, so it does not affect comparisons, fingerprints or files.
    """

    __slots__ = ("_levels",)

    _levels: int

    def __attrs_post_init__(self) -> None:
        """Compute the nesting depth.

        Raises:
            PolicyError: the depth exceeds `MOST_LEVELS`.
        """
        parts: tuple[object, ...] = ()
        match self:
            case Not(part):
                parts = (part,)
            case All(parts) | Any(parts):
                pass
        levels = 1
        for below in parts:
            if isinstance(below, _Nested):
                if not hasattr(below, "_levels"):
                    below.__attrs_post_init__()  # a copy, or read from a pickle
                levels = max(levels, below._levels + 1)  # noqa: SLF001 - its own kind
        if levels > MOST_LEVELS:
            raise PolicyError([problem("BE506", most=MOST_LEVELS)])
        object.__setattr__(self, "_levels", levels)


@final
@attrs.frozen
class FactIn(ShortRepr):
    """A test that is met if a fact has one of several values."""

    fact: str
    values: frozenset[str]


@final
@attrs.frozen
class Holds:
    """A test that is met if a finding is true."""

    finding: str


@final
@attrs.frozen
class Not(_Nested):
    """A negation, which is met if its part is not met."""

    part: Condition


@final
@attrs.frozen
class All(_Nested):
    """A conjunction: met if all parts are met, and always met if it has none."""

    parts: tuple[Condition, ...]


@final
@attrs.frozen
class Any(_Nested):
    """A disjunction: met if any part is met, and never met if it has none."""

    parts: tuple[Condition, ...]


Condition: TypeAlias = FactIn | Holds | Not | All | Any

#: The condition that every situation meets.
ALWAYS = All(())


def _condition(part: Condition) -> Condition:
    if not isinstance(part, Condition):
        argument("parts", part, Condition)
    return part


@checked
def both(parts: Iterable[Condition]) -> Condition:
    """Combine *parts* into a flat conjunction; return a single part unchanged."""
    flat: list[Condition] = []
    for part in parts:
        flat += part.parts if isinstance(part, All) else (_condition(part),)
    return flat[0] if len(flat) == 1 else All(tuple(flat))


@checked
def either(parts: Iterable[Condition]) -> Condition:
    """Combine *parts* into a disjunction; return a single part unchanged."""
    listed = tuple(map(_condition, parts))
    return listed[0] if len(listed) == 1 else Any(listed)


def with_tests(condition: Condition, test: Callable[[FactIn], FactIn]) -> Condition:
    """Return *condition* with each test of a fact replaced by the result of *test*."""
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
    """Protocol for mappings from facts to values, including situations."""

    def __getitem__(self, name: str, /) -> str: ...


def holds(condition: Condition, facts: Facts, findings: AbstractSet[str]) -> bool:
    """Return whether *condition* is met, given the facts and the true findings."""
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
    """Evaluate *condition* with partial knowledge; return None if it is still open.

    Facts and findings that are not given are open. A result of True or False does not
    depend on the values of the open ones (Kleene's strong three-valued logic).
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
    """Yield each test of a fact or finding, and whether it is positive.

    A test is negative if it is inside an odd number of `not` conditions (S8).
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


#: The maximum number of clauses in a condition.
MOST_CLAUSES = 4096
#: The maximum number of tests in a policy's clauses, including intermediate ones.
MOST_TESTS = 1 << 18


@final
@attrs.frozen
class Clause:
    """A conjunction of tests of facts and findings.

    The findings in `holds` must be true, and those in `absent` must not be true.
    """

    #: For each tested fact, its allowed values: at least one, and not all.
    facts: frozenset[FactIn] = frozenset()
    holds: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()


class TooManyClausesError(Exception):
    """Raised when a condition needs over `MOST_CLAUSES` clauses or too many tests."""


def clauses(condition: Condition, vocabulary: Vocabulary) -> tuple[Clause, ...]:
    """Return the clauses of *condition*, without redundant ones.

    Raises:
        TooManyClausesError: *condition* needs more than `MOST_CLAUSES` clauses or
            `MOST_TESTS` tests.
    """
    return Expansion(vocabulary).clauses(condition)


def _absorbed(found: Sequence[Clause]) -> int:
    """Return a bit set of the clauses in *found* that imply another clause."""
    tested: dict[FactIn, int] = {}
    by_finding: dict[tuple[str, bool], int] = {}
    for number, clause in enumerate(found):
        for test in clause.facts:
            tested[test] = tested.get(test, 0) | 1 << number
        for name in clause.holds:
            by_finding[name, True] = by_finding.get((name, True), 0) | 1 << number
        for name in clause.absent:
            by_finding[name, False] = by_finding.get((name, False), 0) | 1 << number
    narrower = _narrower(tested)
    absorbed = 0
    for number, wider in enumerate(found):
        # The clauses that meet each test of *wider*: *wider* and those that imply it.
        within = (1 << len(found)) - 1
        for test in wider.facts:
            within &= narrower[test]
        for name in wider.holds:
            within &= by_finding[name, True]
        for name in wider.absent:
            within &= by_finding[name, False]
        absorbed |= within ^ 1 << number
    return absorbed


def _narrower(tested: Mapping[FactIn, int]) -> dict[FactIn, int]:
    """For each test, combine its bits with those of stricter tests of the same fact.

    *tested* maps each test to a bit set of clauses.
    """
    having: dict[str, dict[str, int]] = {}
    for test, bits in tested.items():
        of_fact = having.setdefault(test.fact, {})
        for value in test.values:
            of_fact[value] = of_fact.get(value, 0) | bits
    narrower: dict[FactIn, int] = {}
    for test in tested:
        inside = outside = 0
        for value, bits in having[test.fact].items():
            if value in test.values:
                inside |= bits
            else:
                outside |= bits
        narrower[test] = inside & ~outside
    return narrower


@final
@attrs.define
class Expansion:
    """Converts conditions to clauses, with a limit on the total number of tests."""

    vocabulary: Vocabulary
    #: The number of tests that may still be created.
    left: int = MOST_TESTS

    def clauses(self, condition: Condition) -> tuple[Clause, ...]:
        """Return the clauses of *condition*, none of which implies another.

        Raises:
            TooManyClausesError: *condition* needs more than `MOST_CLAUSES` clauses, or
                the conditions so far need more than `MOST_TESTS` tests in total.
        """
        found = self._expanded(condition, positive=True)
        absorbed = _absorbed(found)
        return tuple(one for n, one in enumerate(found) if not absorbed >> n & 1)

    def _expanded(self, condition: Condition, *, positive: bool) -> tuple[Clause, ...]:
        match condition:
            case FactIn(fact, values):
                declared = self.vocabulary[fact].declared
                wanted = values & declared if positive else declared - values
                if wanted == declared:
                    return (Clause(),)
                test = frozenset({FactIn(fact, wanted)})
                return (Clause(facts=test),) if wanted else ()
            case Holds(finding):
                named = frozenset({finding})
                return (Clause(holds=named) if positive else Clause(absent=named),)
            case Not(part):
                return self._expanded(part, positive=not positive)
            case All(parts) | Any(parts):
                each = (self._expanded(part, positive=positive) for part in parts)
                if isinstance(condition, All) is not positive:
                    return self._distinct(chain.from_iterable(each))
                met: tuple[Clause, ...] = (Clause(),)
                for alternatives in each:
                    met = self._distinct(
                        starmap(self._conjunction, product(met, alternatives))
                    )
                return met
            case _:
                assert_never(condition)

    def _conjunction(self, one: Clause, other: Clause) -> Clause | None:
        """Return the conjunction of two clauses, or None if they exclude each other."""
        self._spend(len(one.facts) + len(one.holds) + len(one.absent))
        values = {test.fact: test.values for test in one.facts}
        for test in other.facts:
            values[test.fact] = values.get(test.fact, test.values) & test.values
        holds, absent = one.holds | other.holds, one.absent | other.absent
        if holds & absent or not all(values.values()):
            return None
        return Clause(frozenset(starmap(FactIn, values.items())), holds, absent)

    def _distinct(self, found: Iterable[Clause | None]) -> tuple[Clause, ...]:
        kept: dict[Clause, None] = {}
        for clause in found:
            self._spend(1)
            if clause:
                kept[clause] = None
            if len(kept) > MOST_CLAUSES:
                raise TooManyClausesError
        return tuple(kept)

    def _spend(self, tests: int) -> None:
        self.left -= tests
        if self.left < 0:
            raise TooManyClausesError
