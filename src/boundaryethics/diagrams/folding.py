"""Folding: values that no test tells apart are one class.

A policy is a function of the answers to its tests. Two values of a fact that meet
the same tests are interchangeable, so that one of them stands for all and the class
counts as often as it has values. A fact that nothing tests folds into one class.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

import attrs

from boundaryethics.diagrams.given import Space
from boundaryethics.model.conditions import FactIn
from boundaryethics.model.facts import UNKNOWN


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
