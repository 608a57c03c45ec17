"""Folds: values that no test tells apart are one class.

In: tests of variables. Out: for each variable tested the class of each of its codes,
and the room that all classes together take.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from math import prod
from typing import TypeAlias

from boundaryethics.program.circuit import Term, Test

#: For each variable that is tested, the class of each code.
Folds: TypeAlias = Mapping[int, tuple[int, ...]]


def folds(tests: Iterable[Test], sizes: tuple[int, ...]) -> Folds:
    """The coarsest classes that *tests* allow."""
    masks: dict[int, set[int]] = {}
    for variable, mask in tests:
        masks.setdefault(variable, set()).add(mask)
    return {
        variable: _classes(frozenset(masks[variable]), sizes[variable])
        for variable in sorted(masks)
    }


def room(folded: Folds) -> int:
    """How many combinations of classes there are."""
    return prod(max(classes) + 1 for classes in folded.values())


def tests_of(terms: Iterable[Term]) -> frozenset[Test]:
    """Every test in *terms*."""
    return frozenset(test for term in terms for test in term)


@cache
def _classes(masks: frozenset[int], size: int) -> tuple[int, ...]:
    numbers: dict[tuple[bool, ...], int] = {}
    ordered = sorted(masks)
    answers = [tuple(bool(m >> code & 1) for m in ordered) for code in range(size)]
    return tuple(numbers.setdefault(answer, len(numbers)) for answer in answers)
