"""Define sets of possible situations, and group equivalent values of a fact."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, product
from random import Random
from typing import Any, TypeAlias, final

import attrs
import numpy as np
import numpy.typing as npt

from boundaryethics.errors import SituationError, problem
from boundaryethics.model.conditions import Condition, FactIn, both, with_tests
from boundaryethics.model.facts import UNKNOWN, Clash, Fact, Situation, Vocabulary
from boundaryethics.model.policy import Policy

Truths: TypeAlias = npt.NDArray[np.bool_]
Small: TypeAlias = npt.NDArray[np.int8]
Whole: TypeAlias = npt.NDArray[np.int64]
#: Integers that may be too large for 64 bits.
Exact: TypeAlias = npt.NDArray[Any]
#: A number of situations or, if situations have weights, a share of the total weight.
Count: TypeAlias = int | Fraction


def as_whole(numbers: npt.ArrayLike) -> Whole:
    """Convert *numbers* to 64-bit integers. NumPy's indices may have only 32 bits."""
    return np.asarray(numbers, np.int64)


def every(truths: Truths, *axes: int) -> Truths:
    """Return whether all Boolean values along *axes* are true."""
    found: Truths = np.logical_and.reduce(truths, axis=axes)
    return found


#: Facts, each with the value or values that it may have.
Where: TypeAlias = Mapping[str, Any]


def _drawn(random: Random, sums: Sequence[int]) -> int:
    """Draw a random index. *sums* are the cumulative weights of the indices."""
    return bisect_right(sums, random.randrange(sums[-1]))


def share_of(weight: int, unit: int | None) -> Count:
    """Return *weight* as a share of *unit*, or unchanged if *unit* is None."""
    return weight if unit is None else Fraction(weight, unit)


@final
@attrs.frozen(eq=False)
class TableRows:
    """The distinct situations of a table, with their weights."""

    #: For each fact, its values, and for each row the index of the value.
    columns: Mapping[str, tuple[tuple[str, ...], npt.NDArray[np.integer[Any]]]]
    #: The weight of each row, a positive integer.
    weights: Exact

    def classes(self, fact: str, place: Mapping[str, int]) -> Whole:
        """Return the class of each row's value of *fact*; -1 if *place* has none."""
        values, codes = self.columns[fact]
        found: Whole = np.array([place.get(value, -1) for value in values])[codes]
        return found

    @cached_property
    def known(self) -> Whole:
        """The number of known facts in each row."""
        known = np.zeros(len(self), np.int64)
        for values, codes in self.columns.values():
            known += np.array([value != UNKNOWN for value in values])[codes]
        return known

    def codes(self, vocabulary: Vocabulary) -> Mapping[str, npt.NDArray[np.uint8]]:
        """For each fact, return each row's value as an index into `all_values`."""
        return {
            fact.name: self.classes(fact.name, place).astype(np.uint8)
            for fact in vocabulary.facts
            for place in [{v: n for n, v in enumerate(fact.all_values)}]
        }

    def at(self, rows: Truths) -> TableRows:
        """Return the rows that are marked in *rows*."""
        columns = {
            f: (values, codes[rows]) for f, (values, codes) in self.columns.items()
        }
        return TableRows(columns, self.weights[rows])

    def row(self, number: int) -> Mapping[str, str]:
        """Return the value of each fact in one row."""
        return {f: values[codes[number]] for f, (values, codes) in self.columns.items()}

    def __len__(self) -> int:
        return len(self.weights)


@final
@attrs.frozen
class Space:
    """The possible situations in which each fact has one of its allowed values.

    By default, each situation counts once. If values have weights, the weight of a
    situation is the product of the weights of its values. With a table, it is the
    weight of the situation's row.
    """

    vocabulary: Vocabulary
    #: For each fact of the vocabulary, in order, the values that it may have.
    allowed: tuple[tuple[str, ...], ...]
    #: The weights of these values, positive integers; None if each situation counts
    #: once.
    weights: tuple[tuple[int, ...], ...] | None = None
    #: The table whose situations count; None if all situations do.
    table: TableRows | None = attrs.field(default=None, eq=False)
    #: Combinations of values to exclude in addition to impossible ones.
    ruled_out: tuple[Clash, ...] = ()
    #: The total weight of which counts are shares; None if situations are counted.
    unit: int | None = None

    @property
    def size(self) -> Count:
        """The number of possible situations (S23), or their share of total weight."""
        return share_of(self.weight, self.unit)

    @cached_property
    def clashes(self) -> tuple[Clash, ...]:
        """The combinations of values that are excluded from the space."""
        return (*self.vocabulary.clashes, *self.ruled_out)

    @property
    def _weights(self) -> tuple[tuple[int, ...], ...]:
        return self.weights or tuple((1,) * len(values) for values in self.allowed)

    @property
    def rows(self) -> TableRows:
        """The rows of the table that are in the space.

        Raises:
            ValueError: the space has no table.
        """
        return self._table.at(self._rows)

    @property
    def _table(self) -> TableRows:
        if self.table is None:
            message = "no table"
            raise ValueError(message)
        return self.table

    def within(
        self, vocabulary: Vocabulary, allowed: Iterable[tuple[str, ...]]
    ) -> Space:
        """Return the subspace that has only *allowed* values and the same weights."""
        allowed = tuple(allowed)
        weights = self.weights and tuple(
            tuple(w for value, w in zip(own, by, strict=True) if value in kept)
            for own, by, kept in zip(self.allowed, self.weights, allowed, strict=True)
        )
        return attrs.evolve(
            self, vocabulary=vocabulary, allowed=allowed, weights=weights
        )

    @cached_property
    def weight(self) -> int:
        """The total weight of the possible situations, or their number."""
        if self.table is not None:
            return int(self.table.weights[self._rows].sum())
        return sum(self._ways[-1].values())

    @cached_property
    def _ways(self) -> tuple[Counter[int], ...]:
        """The total weights of partial situations, grouped by their open clashes.

        The tuple has one counter before each fact, and one after the last. The keys are
        bit sets of clashes whose tests have all been met so far.
        """
        ways = [Counter({(1 << len(self.clashes)) - 1: 1})]
        for steps in self._steps:
            onward: Counter[int] = Counter()
            for (open_ones, count), (_, met, over, each) in product(
                ways[-1].items(), steps
            ):
                if not open_ones & met & over:
                    onward[open_ones & met] += count * each
            ways.append(onward)
        return tuple(ways)

    @cached_property
    def _steps(self) -> tuple[tuple[tuple[str, int, int, int], ...], ...]:
        """For each fact, its values, each with two bit sets of clashes and a weight.

        The first bit set contains the clashes that the value does not rule out. The
        second contains the clashes whose last test is of this fact.
        """
        found: list[tuple[tuple[str, int, int, int], ...]] = []
        by_fact = zip(self.allowed, self._weights, strict=True)
        for place, (values, weights) in enumerate(by_fact):
            tests = [dict(clash.tests).get(place, values) for clash in self.clashes]
            over = _bits(clash.tests[-1][0] == place for clash in self.clashes)
            on = (_bits(value in among for among in tests) for value in values)
            steps = zip(values, on, weights, strict=True)
            found.append(tuple((v, met, over, each) for v, met, each in steps))
        return tuple(found)

    @cached_property
    def _rows(self) -> Truths:
        """Find the rows of the table in which each fact has an allowed value."""
        table = self._table
        kept = np.ones(len(table), bool)
        for fact, values in zip(self.vocabulary.facts, self.allowed, strict=True):
            kept &= table.classes(fact.name, dict.fromkeys(values, 0)) == 0
        return kept

    @cached_property
    def taken(self) -> tuple[tuple[str, ...], ...]:
        """For each fact, in order, the values that it has in possible situations."""
        if self.table is not None:
            return tuple(self._taken_in_table())
        clashing = {n for clash in self.clashes for n, _ in clash.tests}
        return tuple(
            tuple(
                v for v in values if place not in clashing or self._at(place, v).weight
            )
            for place, values in enumerate(self.allowed)
        )

    def draw(self, random: Random) -> Iterator[Situation]:
        """Yield random possible situations endlessly, sampled by weight."""
        vocabulary = self.vocabulary
        if self.table is not None:
            rows = np.flatnonzero(self._rows)
            totals = [*accumulate(self.table.weights[rows].tolist())]
            while True:
                number = rows[_drawn(random, totals)]
                yield self.situation(self.table.row(int(number)))
        *_, last = self._ways
        while True:
            state = [*last][_drawn(random, [*accumulate(last.values())])]
            row: list[str] = []
            for place in reversed(range(len(self.allowed))):
                before, sums = self._before(place, state)
                value, state = before[_drawn(random, sums)]
                row.append(value)
            yield Situation(vocabulary=vocabulary, row=tuple(reversed(row)))

    def _before(
        self, place: int, state: int
    ) -> tuple[Sequence[tuple[str, int]], Sequence[int]]:
        """List each value and earlier state that together lead to *state*.

        Also return the cumulative weights of these pairs. A state is a bit set of
        clashes, as in `_ways`.
        """
        found = {
            (value, before): count * each
            for before, count in self._ways[place].items()
            for value, met, over, each in self._steps[place]
            if before & met == state and not before & met & over
        }
        return [*found], [*accumulate(found.values())]

    def _at(self, place: int, value: str) -> Space:
        before, after = self.allowed[:place], self.allowed[place + 1 :]
        allowed = (*before, (value,), *after)
        return Space(self.vocabulary, allowed, ruled_out=self.ruled_out)

    def _taken_in_table(self) -> Iterator[tuple[str, ...]]:
        for fact, values in zip(self.vocabulary.facts, self.allowed, strict=True):
            place = {value: number for number, value in enumerate(values)}
            found = self._table.classes(fact.name, place)[self._rows]
            yield tuple(values[number] for number in np.unique(found))

    def situation(self, chosen: Mapping[str, str]) -> Situation:
        """Return the situation with the *chosen* values."""
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
    if not space.weight:
        # Report the impossible combination if the chosen values alone contain it.
        single = [values[0] if len(values) == 1 else UNKNOWN for values in allowed]
        clashing = vocabulary.impossible_in(single)
        raise SituationError(clashing or [problem("BE407")])
    return space


def vocabulary_of(policies: Sequence[Policy], *, common: bool = False) -> Vocabulary:
    """Combine the facts, values and impossible combinations of *policies*.

    With *common*, a fact has only the values that all policies declare, possibly
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
    """Yield the impossible combinations of *own*, limited to *vocabulary*'s values."""
    for clash in own.clashes:
        tests = [
            FactIn(name, values & vocabulary[name].declared)
            for place, values in clash.tests
            for name in [own.facts[place].name]
        ]
        if all(test.values for test in tests):
            yield both(tests)


def extended(vocabulary: Vocabulary, policy: Policy) -> Policy:
    """Return *policy* with its facts as *vocabulary* declares them.

    Values that the policy itself does not declare count as unknown.
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
    """One fact, with its values grouped into classes of equivalent values."""

    fact: str
    #: Each class has at least one value; the first represents the class.
    classes: tuple[tuple[str, ...], ...]
    #: The weight of each class: the number of its values, or the sum of their weights.
    sizes: tuple[int, ...] = attrs.field(kw_only=True)

    @sizes.default
    def _sizes(self) -> tuple[int, ...]:
        return tuple(len(values) for values in self.classes)

    @property
    def costs(self) -> tuple[int, ...]:
        """For each class, 1 if its values are known, or 0 if it contains `unknown`."""
        return tuple(int(values[0] != UNKNOWN) for values in self.classes)

    @cached_property
    def place(self) -> Mapping[str, int]:
        """For each value, the index of its class."""
        return {v: n for n, members in enumerate(self.classes) for v in members}


#: The axis before the first fact. It has no fact and a single class.
START = Axis("", ((UNKNOWN,),))


def fold(space: Space, tests: Iterable[FactIn]) -> tuple[Axis, ...]:
    """Return an axis for each fact of *space*, with as few classes as *tests* allow."""
    tested: dict[str, dict[frozenset[str], None]] = {}
    for test in tests:
        tested.setdefault(test.fact, {})[test.values] = None
    axes: list[Axis] = []
    for place, (fact, values) in enumerate(
        zip(space.vocabulary.facts, space.allowed, strict=True)
    ):
        classes: dict[tuple[bool, ...], tuple[str, ...]] = {}
        for value in sorted(values, key=lambda value: value != UNKNOWN):
            answers = tuple(value in among for among in tested.get(fact.name, ()))
            classes[answers] = (*classes.get(answers, ()), value)
        made = tuple(classes.values())
        if space.weights is None:
            axes.append(Axis(fact.name, made))
            continue
        by = dict(zip(values, space.weights[place], strict=True))
        sizes = tuple(sum(by[value] for value in members) for members in made)
        axes.append(Axis(fact.name, made, sizes=sizes))
    return tuple(axes)
