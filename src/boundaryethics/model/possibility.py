"""Check the impossible conditions of a policy (S23).

In: a policy with all its layers. Out: a problem for each condition that reads
anything but declared facts and values, rules nothing out, or rules out too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boundaryethics.errors import Problem, problem
from boundaryethics.model.clauses import MOST_CLAUSES, TooManyClausesError
from boundaryethics.model.conditions import Condition, FactIn, leaves
from boundaryethics.model.facts import UNKNOWN, Vocabulary
from boundaryethics.model.naming import Path, condition_problems

if TYPE_CHECKING:
    from boundaryethics.model.policy import Policy

_PATH: Path = ("impossible",)
_NAMED = "an impossible condition"


def problems_of(policy: Policy) -> tuple[Problem, ...]:
    """Everything that is wrong with what *policy* calls impossible."""
    conditions = policy.vocabulary.impossible
    problems = [p for one in conditions for p in _misreadings(policy, one)]
    return tuple(problems) or _excesses(policy.vocabulary)


def _misreadings(policy: Policy, condition: Condition) -> Iterator[Problem]:
    read = [leaf for leaf, _ in leaves(condition)]
    names = [leaf.fact if isinstance(leaf, FactIn) else leaf.finding for leaf in read]
    findings = [name for name in dict.fromkeys(names) if name in policy.finding]
    if findings:
        for name in findings:
            yield problem("BE212", name=name, path=_PATH, token=name)
        return
    yield from condition_problems(policy, condition, _PATH, _NAMED)
    for leaf in read:
        if isinstance(leaf, FactIn) and UNKNOWN in leaf.values:
            yield problem("BE213", fact=leaf.fact, path=_PATH, token=UNKNOWN)


def _excesses(vocabulary: Vocabulary) -> tuple[Problem, ...]:
    """Facts no value of which is left, and conditions that always hold."""
    try:
        tests = [clash.tests for clash in vocabulary.clashes]
    except TooManyClausesError:
        return (problem("BE305.impossible", most=MOST_CLAUSES, path=_PATH),)
    if () in tests:
        return (problem("BE214", path=_PATH),)
    single = [test for test, *more in tests if not more]
    gone = {
        fact: frozenset[str]().union(*(among for at, among in single if at == place))
        for place, fact in enumerate(vocabulary.facts)
    }
    emptied = (fact.name for fact in gone if gone[fact] >= {*fact.values})
    return tuple(problem("BE215", fact=n, path=_PATH, token=n) for n in emptied)
