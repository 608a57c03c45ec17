"""Check the impossible conditions of a policy (S23).

In: a policy with all its layers. Out: a problem for each condition that reads
anything but declared facts and values, rules nothing out, or rules out too much.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boundaryethics.errors import Problem
from boundaryethics.model.clauses import MOST_CLAUSES, TooManyClausesError
from boundaryethics.model.conditions import Condition, FactIn, leaves
from boundaryethics.model.facts import UNKNOWN, Fact, Vocabulary
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
        yield from (_about_a_finding(name) for name in findings)
        return
    yield from condition_problems(policy, condition, _PATH, _NAMED)
    for leaf in read:
        if isinstance(leaf, FactIn) and UNKNOWN in leaf.values:
            yield _about_unknown(leaf)


def _excesses(vocabulary: Vocabulary) -> tuple[Problem, ...]:
    """Facts no value of which is left, and conditions that always hold."""
    try:
        tests = [clash.tests for clash in vocabulary.clashes]
    except TooManyClausesError:
        return (_too_large(),)
    if () in tests:
        return (_always(),)
    single = [test for test, *more in tests if not more]
    gone = {
        fact: frozenset[str]().union(*(among for at, among in single if at == place))
        for place, fact in enumerate(vocabulary.facts)
    }
    return tuple(_emptied(fact) for fact in gone if gone[fact] >= {*fact.values})


def _about_a_finding(name: str) -> Problem:
    return Problem(
        code="BE212",
        message=f"{_NAMED} reads finding `{name}`",
        help="name facts only: what follows from rules does not decide what can be",
        path=_PATH,
        token=name,
    )


def _about_unknown(test: FactIn) -> Problem:
    return Problem(
        code="BE213",
        message=f"{_NAMED} tests fact `{test.fact}` for `{UNKNOWN}`",
        help="leave it out: an unknown fact never makes a situation impossible",
        path=_PATH,
        token=UNKNOWN,
    )


def _always() -> Problem:
    return Problem(
        code="BE214",
        message=f"{_NAMED} holds in every situation",
        help="name the facts and the values that cannot be true together",
        path=_PATH,
    )


def _emptied(fact: Fact) -> Problem:
    return Problem(
        code="BE215",
        message=f"the impossible conditions leave fact `{fact.name}` no value",
        help="let at least one of its values be possible",
        path=_PATH,
        token=fact.name,
    )


def _too_large() -> Problem:
    return Problem(
        code="BE305",
        message=f"the impossible conditions take more than {MOST_CLAUSES} clauses",
        help="name the combinations that are impossible one by one",
        path=_PATH,
    )
