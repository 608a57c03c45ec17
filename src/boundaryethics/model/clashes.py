"""Clashes: known values that cannot be true together (S23).

In: the impossible conditions of a vocabulary. Out: the combinations of values that
each of them rules out. A fact that is unknown clashes with nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, final

import attrs

from boundaryethics.errors import Problem, problem
from boundaryethics.model.clauses import Clause, clauses
from boundaryethics.model.conditions import Any, Condition, FactIn, leaves

if TYPE_CHECKING:
    from boundaryethics.model.facts import Vocabulary


@final
@attrs.frozen
class Clash:
    """Facts that cannot all have one of these values."""

    #: Each fact by its place in the vocabulary, with declared values.
    tests: tuple[tuple[int, frozenset[str]], ...]

    def met(self, values: Sequence[str]) -> bool:
        """Whether *values*, one for each fact, meet it."""
        # Asked of every situation: a plain loop is what is quickest.
        for place, among in self.tests:  # noqa: SIM110
            if values[place] not in among:
                return False
        return True


def clashes(vocabulary: Vocabulary) -> tuple[Clash, ...]:
    """Everything that the impossible conditions of *vocabulary* rule out.

    A situation meets one of these just where some condition holds by what is known
    (Kleene's strong logic): `unknown` meets no test.

    Raises:
        TooManyClausesError: a condition is too large.
    """
    read = (one for one in vocabulary.impossible if fits(one, vocabulary))
    found = (
        Clash(tuple(_known(clause, vocabulary)))
        for clause in clauses(Any(tuple(read)), vocabulary)
    )
    met = (clash for clash in found if all(among for _, among in clash.tests))
    return tuple(dict.fromkeys(met))


def _known(
    clause: Clause, vocabulary: Vocabulary
) -> Iterator[tuple[int, frozenset[str]]]:
    """The tests of *clause*, without `unknown`, in the order of the facts."""
    tested = {test.fact: test.values for test in clause.facts}
    for place, fact in enumerate(vocabulary.facts):
        if fact.name in tested:
            yield place, tested[fact.name].intersection(fact.values)


def fits(condition: Condition, vocabulary: Vocabulary) -> bool:
    """Whether *condition* reads only facts and values that are declared."""
    return all(
        isinstance(leaf, FactIn)
        and leaf.fact in vocabulary
        and leaf.values <= vocabulary[leaf.fact].declared
        for leaf, _ in leaves(condition)
    )


def impossible(clash: Clash, names: Sequence[str], values: Sequence[str]) -> Problem:
    """The problem with *values* of the facts *names*, which meet *clash*."""
    told = [f"`{names[place]}` is `{values[place]}`" for place, _ in clash.tests]
    last, _ = clash.tests[-1]
    code = {1: "BE406.one", 2: "BE406.two"}.get(len(told), "BE406.more")
    at = (names[last],)
    return problem(code, listed=_listed(told), path=at, token=values[last])


def _listed(told: Sequence[str]) -> str:
    """*told* as a list in a sentence."""
    return " and ".join([", ".join(told[:-1]), told[-1]] if told[1:] else told)
