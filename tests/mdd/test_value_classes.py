from __future__ import annotations

from boundaryethics.mdd.space import fold, space_of
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import Fact, Vocabulary

COLOUR = Fact(name="colour", values=("red", "green", "blue"))
VOCABULARY = Vocabulary((COLOUR, Fact(name="size", values=("small", "large"))))


def test_an_untested_fact_has_one_class() -> None:
    """The class needs no known fact, and counts once for each value."""
    axes = fold(space_of(VOCABULARY), [])

    assert [(4,), (3,)] == [axis.sizes for axis in axes]
    assert [(0,), (0,)] == [axis.costs for axis in axes]


def test_values_that_no_test_distinguishes_share_a_class() -> None:
    """`unknown` represents its class; the first value represents any other."""
    colour, _ = fold(space_of(VOCABULARY), [FactIn("colour", frozenset({"red"}))])

    assert (("unknown", "green", "blue"), ("red",)) == colour.classes
    assert (0, 1) == colour.costs


def test_classes_have_only_allowed_values() -> None:
    """Values that the space excludes are left out."""
    space = space_of(VOCABULARY, {"colour": ["green", "blue"]})

    assert (("green", "blue"),) == fold(space, [])[0].classes
