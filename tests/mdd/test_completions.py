"""Completions of random diagrams match those listed in plain Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from random import Random

import attrs
import numpy as np
import pytest

from boundaryethics.mdd.completions import Completions, _Ahead, grouped
from boundaryethics.mdd.diagram import DiagramLevel
from boundaryethics.mdd.space import space_of
from boundaryethics.model.conditions import FactIn, both
from boundaryethics.model.facts import UNKNOWN, Fact, Situation, Vocabulary
from support import brute_force


@attrs.frozen(kw_only=True)
class Drawn:
    """Random diagrams over a small vocabulary; the first one is counted."""

    levels: tuple[DiagramLevel, ...]
    roots: tuple[int, ...]
    #: The number of states of the first diagram, at each level and at the end.
    counted: tuple[int, ...]
    vocabulary: Vocabulary

    @classmethod
    def of(cls, random: Random, facts: int = 4) -> Drawn:
        """Draw diagrams."""
        vocabulary = vocabulary_of(random, facts)
        levels: list[DiagramLevel] = []
        own, other = 1, 2
        counted = [own]
        for fact in random.sample(vocabulary.facts, facts):
            classes = parted(random, vocabulary, fact)
            next_own, next_other = random.randint(1, 6), random.randint(1, 4)
            follows = [
                [random.randrange(next_own) for _ in range(own)]
                + [next_own + random.randrange(next_other) for _ in range(other)]
                for _ in classes
            ]
            own, other = next_own, next_other
            levels.append(level_of(fact.name, classes, follows))
            counted.append(own)
        return cls(
            levels=tuple(levels),
            roots=(0, 1, 2),
            counted=tuple(counted),
            vocabulary=vocabulary,
        )

    @property
    def every(self) -> Completions:
        """Return all completions of all situations."""
        roots = np.array(self.roots, np.int64)
        space = space_of(self.vocabulary)
        return Completions.of(self.levels, roots, self.counted, space)

    def ends(self, situation: Situation) -> tuple[int, ...]:
        """Return the end of each diagram."""
        states = list(self.roots)
        for level in self.levels:
            row = level.follows[level.place[situation[level.fact]]]
            states = [int(row[state]) for state in states]
        return tuple(states)


def level_of(
    fact: str, classes: Sequence[tuple[str, ...]], follows: Sequence[Sequence[int]]
) -> DiagramLevel:
    """Return a level that tracks no node."""
    array = np.array(follows, np.int64)
    return DiagramLevel(fact, tuple(classes), array, np.zeros((0, *array.shape), bool))


def vocabulary_of(random: Random, size: int) -> Vocabulary:
    """Draw facts, and combinations of their values that are impossible."""
    facts = tuple(
        Fact(name=f"f{n}", question="?", values=("a", "b", "c")[: random.randint(1, 3)])
        for n in range(size)
    )
    impossible = [
        both(
            FactIn(fact.name, frozenset(random.sample(fact.values, 1)))
            for fact in random.sample(facts, 2)
        )
        for _ in range(random.choice((0, 0, 1, 2, 3)))
    ]
    return Vocabulary(facts).joined((), tuple(impossible))


def parted(random: Random, vocabulary: Vocabulary, fact: Fact) -> list[tuple[str, ...]]:
    """Draw classes of values; none has values with different impossible partners."""
    place = vocabulary.facts.index(fact)
    tests = [dict(clash.tests).get(place, ()) for clash in vocabulary.clashes]
    classes: dict[object, tuple[str, ...]] = {}
    for value in fact.all_values:
        key = random.randrange(3), *(value in among for among in tests)
        classes[key] = (*classes.get(key, ()), value)
    return [*classes.values()]


def partial(random: Random, vocabulary: Vocabulary) -> Situation:
    """Draw a possible situation in which about two of three facts are unknown."""
    situation = vocabulary.situation({})
    for fact in vocabulary.facts:
        value = random.choice(fact.values)
        one = [*{**situation, fact.name: value}.values()]
        if random.random() < 1 / 3 and brute_force.possible(vocabulary, one):
            situation = situation.with_facts(**{fact.name: value})
    return situation


def completed(situation: Situation, skipped: frozenset[str]) -> list[Situation]:
    """List the completions of *situation* in which *skipped* facts stay unknown."""
    found = {
        whole: None
        for name in situation
        if situation[name] == UNKNOWN and name not in skipped
        for value in situation.vocabulary[name].values
        if brute_force.possible(
            situation.vocabulary, [*{**situation, name: value}.values()]
        )
        for whole in completed(situation.with_facts(**{name: value}), skipped)
    }
    return [*found] or [situation]


def drawn(number: int) -> Iterator[tuple[Drawn, Situation, frozenset[str], Random]]:
    """Draw diagrams, each with situations and facts that stay unknown in them."""
    for seed in range(number):
        random = Random(seed)  # noqa: S311 - nothing here is secret
        one = Drawn.of(random)
        for _ in range(3):
            situation = partial(random, one.vocabulary)
            unknown = [name for name in situation if situation[name] == UNKNOWN]
            skipped = frozenset(name for name in unknown if random.random() < 1 / 4)
            yield one, situation, skipped, random


def deciding(one: Drawn, name: str, wholes: Sequence[Situation]) -> set[int]:
    """Find the diagrams that end differently for completions that differ in a fact."""
    ends: defaultdict[Situation, list[tuple[int, ...]]] = defaultdict(list)
    for whole in wholes:
        ends[whole.with_facts(**{name: UNKNOWN})].append(one.ends(whole))
    return {
        part
        for alike in ends.values()
        for part, found in enumerate(zip(*alike, strict=True))
        if len({*found}) > 1
    }


def test_completions_are_counted_by_their_end() -> None:
    """The first diagram counts each completion once."""
    for one, situation, _, _ in drawn(80):
        wholes = completed(situation, frozenset())
        counts = Counter(one.ends(whole)[0] for whole in wholes)
        assert one.every.counts(situation) == counts


def test_a_value_predicts_its_most_frequent_end() -> None:
    """Both the predicted share and the number of ends left match."""
    for one, situation, skipped, _ in drawn(80):
        wholes = completed(situation, skipped)
        within = one.every.within(situation, skipped)
        for stage in within.stages:
            name = stage.fact
            by_value: defaultdict[str, Counter[int]] = defaultdict(Counter)
            for whole in wholes:
                by_value[whole[name]][one.ends(whole)[0]] += 1
            most = sum(max(ends.values()) for ends in by_value.values())
            predicted, left = within.predicted(name)
            assert Fraction(predicted, within.total) == Fraction(most, len(wholes))
            found = {value: left[value] for value in by_value}
            assert found == {value: len(ends) for value, ends in by_value.items()}


def test_a_diagram_with_one_possible_end_is_settled() -> None:
    """A diagram is settled if all completions lead to the same end."""
    for one, situation, skipped, _ in drawn(80):
        each = [one.ends(whole) for whole in completed(situation, skipped)]
        within = one.every.within(situation, skipped)
        for ends in {*each}:
            alike = [{end} == {*found} for end, *found in zip(ends, *each, strict=True)]
            settled = within.settled(np.array(ends, np.int64))
            assert settled.tolist() == alike


def test_facts_that_can_change_the_end_are_found() -> None:
    """A fact decides if completions that differ only in it have different ends."""
    seen = Counter[bool]()
    for one, situation, skipped, random in drawn(80):
        wholes = completed(situation, skipped)
        within = one.every.within(situation, skipped)
        for stage in within.stages:
            parts = deciding(one, stage.fact, wholes)
            asked = random.sample(range(3), random.randint(1, 3))
            found = within.deciding([stage.fact], np.array(asked, np.int64))
            assert found == [stage.fact] * (not parts.isdisjoint(asked))
            least = within.parts_deciding(stage.fact)
            assert least <= len(parts)
            if not one.vocabulary.clashes:
                assert least == len(parts)
            seen[bool(found)] += 1
    assert min(seen[True], seen[False]) > 50


def of_one_diagram() -> Completions:
    """Return completions that end with 1 if `c` is yes and `a` or `b` is."""
    names = ("a", "b", "c")
    facts = tuple(Fact(name=name, question="?", values=("yes", "no")) for name in names)
    follows = [[[0], [1]], [[0, 0], [0, 1]], [[1, 0], [0, 0]]]
    classes = [("yes",), ("no", UNKNOWN)]
    levels = [
        level_of(name, classes, rows) for name, rows in zip(names, follows, strict=True)
    ]
    roots, space = np.zeros(1, np.int64), space_of(Vocabulary(facts))
    return Completions.of(levels, roots, (1, 2, 2, 2), space)


def test_each_level_numbers_its_undecided_states_separately() -> None:
    """Each of the three facts decides."""
    assert ["a", "b", "c"] == of_one_diagram().deciding(
        ["a", "b", "c"], np.zeros(1, int)
    )


def test_known_facts_leave_all_states_of_a_single_diagram_counted() -> None:
    """If `b` is no, `a` and `c` have four completions, one of which ends with 1."""
    facts = tuple(Fact(name=name, question="?", values=("yes", "no")) for name in "abc")
    situation = Vocabulary(facts).situation({"b": "no"})
    left = of_one_diagram().within(situation, frozenset())

    assert 4 == left.total
    assert (3, {"yes": 2, "no": 1}) == left.predicted("a")


@pytest.mark.parametrize("ends", [(0, 1), (1, 0), (1, 2)])
def test_a_fact_that_excludes_values_of_another_can_decide(
    ends: tuple[int, int],
) -> None:
    """If `a` is yes, `b` is no. Both values of `a` can be completed with that."""
    facts = tuple(Fact(name=name, question="?", values=("yes", "no")) for name in "ab")
    both_yes = both(FactIn(name, frozenset({"yes"})) for name in "ab")
    vocabulary = Vocabulary(facts).joined((), (both_yes,))
    classes = [("yes",), ("no", UNKNOWN)]
    levels = [
        level_of("a", classes, [[ends[0]], [ends[1]]]),
        level_of("b", classes, [[0, 1, 2], [0, 1, 2]]),
    ]
    roots = np.zeros(1, np.int64)
    every = Completions.of(levels, roots, (1, 3, 3), space_of(vocabulary))

    assert ["a"] == every.deciding(["a", "b"], roots)


def test_facts_can_be_given_in_several_steps() -> None:
    """The answers equal those for all facts given together."""
    for one, situation, skipped, random in drawn(40):
        known = {n: v for n, v in situation.items() if v != UNKNOWN}
        some = {n: v for n, v in known.items() if random.random() < 1 / 2}
        first = frozenset(name for name in skipped if random.random() < 1 / 2)
        begun = one.every.within(one.vocabulary.situation(some), first)
        at_once = one.every.within(situation, skipped)
        in_turn = begun.within(situation, skipped)

        assert in_turn.total == at_once.total
        for stage in at_once.stages:
            assert in_turn.predicted(stage.fact) == at_once.predicted(stage.fact)
            for part in range(3):
                asked = [stage.fact], np.array([part])
                assert in_turn.deciding(*asked) == at_once.deciding(*asked)


@pytest.mark.parametrize("facts", [33, 34])
def test_large_counts_are_exact(facts: int) -> None:
    """Counts of completions that no float can represent are whole numbers."""
    vocabulary = Vocabulary(
        tuple(
            Fact(name=f"f{n:02}", question="?", values=("a", "b", "c"))
            for n in range(facts)
        )
    )
    classes = [(UNKNOWN, "a", "b"), ("c",)]
    levels = [level_of(f.name, classes, [[0, 1], [1, 1]]) for f in vocabulary.facts]
    counted = (1, *(2,) * facts)
    roots = np.zeros(1, np.int64)
    every = Completions.of(levels, roots, counted, space_of(vocabulary))

    none_is_c = 2**facts
    situation = vocabulary.situation({})
    assert every.counts(situation) == {0: none_is_c, 1: 3**facts - none_is_c}
    assert every.total == 3**facts
    predicted, _ = every.predicted("f00")
    assert predicted == 3**facts - none_is_c
    assert (every.number == np.float64) is (3**facts < 2**53)


def test_states_without_a_completion_are_pruned() -> None:
    """From each state before a fact, some value leads to a completion."""
    for one, *_ in drawn(80):
        for stage in one.every.stages:
            assert (stage.every[:, :-1] >= 0).any(axis=0).all()


@pytest.mark.parametrize("rows", [1, 2, 5])
@pytest.mark.parametrize("most", [1, 4, 1 << 20, 1 << 30])
def test_equal_columns_get_equal_numbers(rows: int, most: int) -> None:
    """Different columns get different numbers, from 0, even for large values."""
    random = Random(rows)  # noqa: S311 - nothing here is secret
    values = [-1, 0, 1, most - 1, most]
    columns = [tuple(random.choices(values, k=rows)) for _ in range(400)]

    numbers = grouped(np.array(columns, np.int64).T).tolist()

    pairs = {*zip(columns, numbers, strict=True)}
    assert len(pairs) == len({*columns})
    assert {*numbers} == {*range(len(pairs))}


def test_a_state_without_a_completion_sorts_after_every_end() -> None:
    """Its lowest end is higher than all others, however large these are."""
    ends = np.array([-1, 0, 10**12])
    found = _Ahead.end(ends, 1)

    assert [0, 10**12] == found.low[1:].tolist()
    assert found.low[0] > found.low.tolist()[2]
    assert ends.tolist() == found.high.tolist()
