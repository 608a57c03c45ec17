"""The part of the space that is asked about.

In: a vocabulary, and what is given of some facts. Out: the values that each fact
may have. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.errors import AnalysisError, Problem, SituationError
from boundaryethics.model.facts import Fact, Situation, Vocabulary
from boundaryethics.model.policy import Policy

#: Facts with the value, or the values, that they are confined to.
Given: TypeAlias = Mapping[str, Any]


@final
@attrs.frozen
class Space:
    """All situations in which each fact has one of some values."""

    vocabulary: Vocabulary
    #: For each fact of the vocabulary the values that it may have, in their order.
    allowed: tuple[tuple[str, ...], ...]

    @property
    def size(self) -> int:
        """How many situations it holds."""
        return prod(len(values) for values in self.allowed)

    def situation(self, chosen: Mapping[str, str]) -> Situation:
        """The situation with these values."""
        values = tuple(chosen[fact.name] for fact in self.vocabulary.facts)
        return Situation(vocabulary=self.vocabulary, values=values)


def space_of(vocabulary: Vocabulary, given: Given | None = None) -> Space:
    """The situations of *vocabulary* that agree with *given*.

    Raises:
        SituationError: a fact or a value is not declared.
    """
    if not (given is None or isinstance(given, Mapping)):
        message = "what is given maps facts to a value or to several"
        raise SituationError([Problem(code="BE403", message=message)])
    stated = {name: _listed(value) for name, value in (given or {}).items()}
    problems = [
        problem
        for name, values in stated.items()
        for value in values or [[]]
        for problem in vocabulary.problems_of({name: value})
    ]
    if problems:
        raise SituationError(dict.fromkeys(problems))
    return Space(
        vocabulary,
        tuple(_confined(fact, stated.get(fact.name)) for fact in vocabulary.facts),
    )


def vocabulary_of(policies: Sequence[Policy]) -> Vocabulary:
    """The facts of all *policies*.

    Raises:
        AnalysisError: a fact has other values in one than in another.
    """
    joined = Vocabulary()
    problems: list[Problem] = []
    for policy in policies:
        facts = policy.vocabulary.facts
        problems += [
            _split(fact, policy)
            for fact in facts
            if fact.name in joined and {*joined[fact.name].values} != {*fact.values}
        ]
        joined = joined.joined(tuple(fact for fact in facts if fact.name not in joined))
    if problems:
        raise AnalysisError(problems)
    return joined


def _split(fact: Fact, policy: Policy) -> Problem:
    return Problem(
        code="BE603",
        message=f"fact `{fact.name}` has other values in policy `{policy.id}` than "
        "in one that it is compared with",
        help="policies are compared where they can be asked the same",
        token=fact.name,
    )


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def _confined(fact: Fact, stated: list[object] | None) -> tuple[str, ...]:
    if stated is None:
        return fact.all_values
    read = {fact.read(value) for value in stated}
    return tuple(value for value in fact.all_values if value in read)
