"""The space of possible situations, and classes of equivalent values of a fact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import SituationError, problem
from boundaryethics.model.conditions import Condition, FactIn, both, with_tests
from boundaryethics.model.facts import UNKNOWN, Fact, Situation, Vocabulary
from boundaryethics.model.policy import Policy

Truths: TypeAlias = npt.NDArray[np.bool_]
Small: TypeAlias = npt.NDArray[np.int8]
Whole: TypeAlias = npt.NDArray[np.int64]
#: Integers that may be too large for a machine word.
Exact: TypeAlias = npt.NDArray[Any]


def every(truths: Truths, *axes: int) -> Truths:
    """Check whether all Boolean values along *axes* are true."""
    found: Truths = np.logical_and.reduce(truths, axis=axes)
    return found


#: Facts, each with the value or values that it is limited to.
Where: TypeAlias = Mapping[str, Any]


@final
@attrs.frozen
class Space:
    """The possible situations in which each fact has one of its allowed values."""

    vocabulary: Vocabulary
    #: The values that each fact of the vocabulary may have, in their order.
    allowed: tuple[tuple[str, ...], ...]

    @cached_property
    def size(self) -> int:
        """Count the possible situations (S23)."""
        clashes = self.vocabulary.clashes
        # The number of partial situations for each set (bits) of open clashes.
        ways = Counter({(1 << len(clashes)) - 1: 1})
        for place, values in enumerate(self.allowed):
            tests = [dict(clash.tests).get(place, values) for clash in clashes]
            on = [_bits(value in among for among in tests) for value in values]
            over = _bits(clash.tests[-1][0] == place for clash in clashes)
            onward: Counter[int] = Counter()
            for (open_ones, count), met in product(ways.items(), on):
                if not open_ones & met & over:
                    onward[open_ones & met] += count
            ways = onward
        return sum(ways.values())

    @cached_property
    def taken(self) -> tuple[tuple[str, ...], ...]:
        """The values that each fact has in some possible situation, in their order."""
        clashing = {n for clash in self.vocabulary.clashes for n, _ in clash.tests}
        return tuple(
            tuple(v for v in values if place not in clashing or self._at(place, v).size)
            for place, values in enumerate(self.allowed)
        )

    def _at(self, place: int, value: str) -> Space:
        before, after = self.allowed[:place], self.allowed[place + 1 :]
        return Space(self.vocabulary, (*before, (value,), *after))

    def situation(self, chosen: Mapping[str, str]) -> Situation:
        """Return the situation with these values."""
        values = tuple(chosen[fact.name] for fact in self.vocabulary.facts)
        return Situation(vocabulary=self.vocabulary, row=values)


def space_of(vocabulary: Vocabulary, where: Where | None = None) -> Space:
    """Return the possible situations of *vocabulary* that match *where*.

    Raises:
        SituationError: a fact or value is unknown, or no possible situation matches.
    """
    if not (where is None or isinstance(where, Mapping)):
        raise SituationError([problem("BE403.given")])
    stated = {
        name: [*value] if isinstance(value, list | tuple | set | frozenset) else [value]
        for name, value in (where or {}).items()
    }
    problems = [
        problem
        for name, values in stated.items()
        for value in values or [[]]
        for problem in vocabulary.misfits_in({name: value})
    ]
    if problems:
        raise SituationError(dict.fromkeys(problems))
    read = {n: {vocabulary[n].parse(v) for v in values} for n, values in stated.items()}
    allowed = tuple(
        tuple(v for v in fact.all_values if v in read.get(fact.name, fact.all_values))
        for fact in vocabulary.facts
    )
    space = Space(vocabulary, allowed)
    if not space.size:
        # Name the clash if the chosen values alone meet it.
        single = [values[0] if len(values) == 1 else UNKNOWN for values in allowed]
        clashing = vocabulary.impossible_in(single)
        raise SituationError(clashing or [problem("BE407")])
    return space


def vocabulary_of(policies: Sequence[Policy], *, common: bool = False) -> Vocabulary:
    """Join the facts, values and impossible conditions of *policies*.

    With *common*, a fact has only the values that every policy declares, which may be
    none.
    """
    facts: dict[str, Fact] = {}
    for fact in (fact for policy in policies for fact in policy.vocabulary.facts):
        known = facts.setdefault(fact.name, fact)
        more = tuple(value for value in fact.values if value not in known.values)
        if more:
            facts[fact.name] = attrs.evolve(known, values=(*known.values, *more))
    if common:
        each = [policy.vocabulary.by_name for policy in policies]
        for name, fact in facts.items():
            kept = frozenset(fact.values)
            for declared in each:
                kept &= declared[name].declared if name in declared else frozenset()
            values = tuple(value for value in fact.values if value in kept)
            facts[name] = attrs.evolve(fact, values=values)
    joined = Vocabulary(tuple(facts.values()))
    for policy in policies:
        own = policy.vocabulary
        impossible = own.impossible
        if any(facts[fact.name].declared != fact.declared for fact in own.facts):
            impossible = tuple(_impossible_in(joined, own))
        joined = joined.joined((), impossible, groups=own.groups)
    return joined


def _impossible_in(vocabulary: Vocabulary, own: Vocabulary) -> Iterator[Condition]:
    """Yield the impossible combinations of *own* with the values of *vocabulary*."""
    for clash in own.clashes:
        tests = [
            FactIn(name, values & vocabulary[name].declared)
            for place, values in clash.tests
            for name in [own.facts[place].name]
        ]
        if all(test.values for test in tests):
            yield both(tests)


def over(vocabulary: Vocabulary, policy: Policy) -> Policy:
    """Return *policy* for the analysis of situations of *vocabulary*.

    A value that the policy does not declare counts as unknown.
    """
    own = policy.vocabulary.by_name
    facts = tuple(vocabulary.by_name.get(name, fact) for name, fact in own.items())
    if all(fact.declared == own[fact.name].declared for fact in facts):
        return policy
    declared = {fact.name: fact.declared for fact in facts}

    def test(leaf: FactIn) -> FactIn:
        kept = leaf.values & declared[leaf.fact]
        if UNKNOWN in kept:
            kept |= declared[leaf.fact] - own[leaf.fact].declared
        return FactIn(leaf.fact, kept)

    rules = (
        attrs.evolve(rule, when=with_tests(rule.when, test)) for rule in policy.rules
    )
    return attrs.evolve(policy, vocabulary=Vocabulary(facts), rules=tuple(rules))


def _bits(truths: Iterable[bool]) -> int:
    return sum(1 << number for number, true in enumerate(truths) if true)


@attrs.frozen
class Axis:
    """One fact, with its values grouped into classes that no test splits."""

    fact: str
    #: Never empty; the first value represents the class.
    classes: tuple[tuple[str, ...], ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of values in each class."""
        return tuple(len(values) for values in self.classes)

    @property
    def costs(self) -> tuple[int, ...]:
        """For each class, 1 if its values are known, or 0 if one is `unknown`."""
        return tuple(int(values[0] != UNKNOWN) for values in self.classes)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """The index of each value's class."""
        return {v: n for n, members in enumerate(self.classes) for v in members}


#: The axis before the first fact: it has no fact, and one class.
START = Axis("", ((UNKNOWN,),))


def fold(space: Space, tests: Iterable[FactIn]) -> tuple[Axis, ...]:
    """Return an axis for each fact of *space*, as coarse as *tests* allow."""
    tested: dict[str, dict[frozenset[str], None]] = {}
    for test in tests:
        tested.setdefault(test.fact, {})[test.values] = None
    axes: list[Axis] = []
    for fact, values in zip(space.vocabulary.facts, space.allowed, strict=True):
        classes: dict[tuple[bool, ...], tuple[str, ...]] = {}
        for value in sorted(values, key=lambda value: value != UNKNOWN):
            answers = tuple(value in among for among in tested.get(fact.name, ()))
            classes[answers] = (*classes.get(answers, ()), value)
        axes.append(Axis(fact.name, tuple(classes.values())))
    return tuple(axes)
