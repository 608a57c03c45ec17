"""The space of situations, with facts confined, and classes of equivalent values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import AnalysisError, Problem, SituationError, problem
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Situation, Vocabulary
from boundaryethics.model.policy import Policy

Truths: TypeAlias = npt.NDArray[np.bool_]
Small: TypeAlias = npt.NDArray[np.int8]
Whole: TypeAlias = npt.NDArray[np.int64]
#: Of whole numbers too large for a machine word, where there are any.
Exact: TypeAlias = npt.NDArray[Any]


def some(truths: Truths, *axes: int) -> Truths:
    """Where any truth along *axes* holds."""
    found: Truths = np.logical_or.reduce(truths, axis=axes)
    return found


def every(truths: Truths, *axes: int) -> Truths:
    """Where all truths along *axes* hold."""
    found: Truths = np.logical_and.reduce(truths, axis=axes)
    return found


#: Facts with the value, or the values, that they are confined to.
Where: TypeAlias = Mapping[str, Any]


@final
@attrs.frozen
class Space:
    """All possible situations in which each fact has one of some values."""

    vocabulary: Vocabulary
    #: For each fact of the vocabulary the values that it may have, in their order.
    allowed: tuple[tuple[str, ...], ...]

    @cached_property
    def size(self) -> int:
        """How many situations it holds: possible ones alone (S23)."""
        clashes = self.vocabulary.clashes
        # The clashes that may yet be met, as bits, with the ways that lead there.
        ways = Counter({(1 << len(clashes)) - 1: 1})
        for place, values in enumerate(self.allowed):
            on = [_bits(clashes, place, value) for value in values]
            over = _bits_of(clash.tests[-1][0] == place for clash in clashes)
            onward: Counter[int] = Counter()
            for (open_ones, count), met in product(ways.items(), on):
                if not open_ones & met & over:
                    onward[open_ones & met] += count
            ways = onward
        return sum(ways.values())

    @cached_property
    def taken(self) -> tuple[tuple[str, ...], ...]:
        """For each fact the values that some situation gives it, in their order."""
        clashing = {n for clash in self.vocabulary.clashes for n, _ in clash.tests}
        return tuple(
            tuple(v for v in values if place not in clashing or self._at(place, v).size)
            for place, values in enumerate(self.allowed)
        )

    def _at(self, place: int, value: str) -> Space:
        """Where the fact at *place* has *value*."""
        before, after = self.allowed[:place], self.allowed[place + 1 :]
        return Space(self.vocabulary, (*before, (value,), *after))

    def situation(self, chosen: Mapping[str, str]) -> Situation:
        """The situation with these values."""
        values = tuple(chosen[fact.name] for fact in self.vocabulary.facts)
        return Situation(vocabulary=self.vocabulary, values=values)


def space_of(vocabulary: Vocabulary, where: Where | None = None) -> Space:
    """The situations of *vocabulary* that agree with *where*.

    Raises:
        SituationError: a fact or a value is not declared, or no situation that agrees
            is possible.
    """
    if not (where is None or isinstance(where, Mapping)):
        raise SituationError([problem("BE403.given")])
    stated = {name: _listed(value) for name, value in (where or {}).items()}
    problems = [
        problem
        for name, values in stated.items()
        for value in values or [[]]
        for problem in vocabulary.misfits_in({name: value})
    ]
    if problems:
        raise SituationError(dict.fromkeys(problems))
    space = Space(
        vocabulary,
        tuple(_confined(fact, stated.get(fact.name)) for fact in vocabulary.facts),
    )
    if not space.size:
        raise SituationError(_nothing_left(space))
    return space


def vocabulary_of(policies: Sequence[Policy]) -> Vocabulary:
    """The facts of all *policies*; what is impossible under one is impossible.

    Raises:
        AnalysisError: a fact has other values in one than in another.
    """
    joined = Vocabulary()
    problems: list[Problem] = []
    for policy in policies:
        facts = policy.vocabulary.facts
        problems += [
            problem("BE603", fact=fact.name, policy=policy.id, token=fact.name)
            for fact in facts
            if fact.name in joined and {*joined[fact.name].values} != {*fact.values}
        ]
        joined = joined.joined(
            tuple(fact for fact in facts if fact.name not in joined),
            policy.vocabulary.impossible,
            groups=policy.vocabulary.groups,
        )
    if problems:
        raise AnalysisError(problems)
    return joined


def _nothing_left(space: Space) -> tuple[Problem, ...]:
    """Why *space* is empty: a clash of single values, where there is one."""
    single = [values[0] if len(values) == 1 else UNKNOWN for values in space.allowed]
    return space.vocabulary.impossible_in(single) or (problem("BE407"),)


def _bits(clashes: Sequence[Clash], place: int, value: str) -> int:
    """The clashes that may still be met with *value* at *place*, as bits."""
    tests = (dict(clash.tests) for clash in clashes)
    return _bits_of(value in of_one.get(place, (value,)) for of_one in tests)


def _bits_of(truths: Iterable[bool]) -> int:
    return sum(1 << number for number, true in enumerate(truths) if true)


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _confined(fact: Fact, stated: list[object] | None) -> tuple[str, ...]:
    if stated is None:
        return fact.all_values
    read = {fact.parse(value) for value in stated}
    return tuple(value for value in fact.all_values if value in read)


@final
@attrs.frozen
class Axis:
    """One fact, its values folded into classes."""

    fact: str
    #: Never empty; the value that stands for the class comes first.
    classes: tuple[tuple[str, ...], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many values each class holds."""
        return tuple(len(values) for values in self.classes)

    @property
    def costs(self) -> tuple[int, ...]:
        """For each class 1 where the fact has to be known for it, else 0."""
        return tuple(int(values[0] != UNKNOWN) for values in self.classes)


def fold(space: Space, tests: Iterable[FactIn]) -> tuple[Axis, ...]:
    """An axis for each fact of *space*, as coarse as *tests* allow."""
    tested: dict[str, set[frozenset[str]]] = {}
    for test in tests:
        tested.setdefault(test.fact, set()).add(test.values)
    return tuple(
        Axis(fact.name, _classes(values, tested.get(fact.name, set())))
        for fact, values in zip(space.vocabulary.facts, space.allowed, strict=True)
    )


def _classes(
    values: tuple[str, ...], tests: set[frozenset[str]]
) -> tuple[tuple[str, ...], ...]:
    ordered = tuple(tests)
    by_answers: dict[tuple[bool, ...], list[str]] = {}
    for value in sorted(values, key=lambda value: value != UNKNOWN):
        answers = tuple(value in test for test in ordered)
        by_answers.setdefault(answers, []).append(value)
    return tuple(tuple(members) for members in by_answers.values())
