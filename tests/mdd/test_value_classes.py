from __future__ import annotations

from boundaryethics.mdd.space import fold, space_of
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Fact, Vocabulary

COLOUR = Fact(name="colour", values=("red", "green", "blue"))
VOCABULARY = Vocabulary((COLOUR, Fact(name="size", values=("small", "large"))))


def test_a_fact_that_nothing_tests_is_one_class() -> None:
    """Nothing has to be known of it, and it counts as often as it has values."""
    axes = fold(space_of(VOCABULARY), [])

    assert [(4,), (3,)] == [axis.sizes for axis in axes]
    assert [(0,), (0,)] == [axis.costs for axis in axes]


def test_values_that_no_test_tells_apart_are_one_class() -> None:
    """The class of unknown is told by unknown, and any other by its first value."""
    colour, _ = fold(space_of(VOCABULARY), [FactIn("colour", frozenset({"red"}))])

    assert (("unknown", "green", "blue"), ("red",)) == colour.classes
    assert (0, 1) == colour.costs


def test_values_that_are_not_given_are_in_no_class() -> None:
    """Only what a fact is confined to is folded."""
    space = space_of(VOCABULARY, {"colour": ["green", "blue"]})

    assert (("green", "blue"),) == fold(space, [])[0].classes
