"""Promises: whether one is kept, and the node that tells where a rule breaks one.

In: one promise of an invariant. Out: whether a verdict, or a ranking, keeps it; and
for a promise about what binding rules give, a finding that holds where it is broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boundaryethics.diagrams.asking import Asking
from boundaryethics.diagrams.network import Gate
from boundaryethics.diagrams.standings import Ranking
from boundaryethics.errors import AnalysisError
from boundaryethics.model.naming import unnamed
from boundaryethics.model.options import Option, Standing
from boundaryethics.model.parts import Invariant, Promise, Promised
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Rule
from boundaryethics.model.verdict import Verdict


def kept(verdict: Verdict, promise: Promise, names: tuple[str, ...]) -> bool:
    """Whether *verdict* keeps one promise."""
    if promise.of_standing:
        forbidden = verdict.options[Option(names[0])].standing is Standing.FORBIDDEN
        return forbidden is (promise is Promise.FORBIDDEN)
    if promise.of_options:
        return kept_by(verdict.ranking, promise, names)
    given = any(
        rule.id in verdict.binding
        for rule in _giving(verdict.policy, promise, names[0])
    )
    return given is _wanted(promise)


def kept_by(ranking: Ranking, promise: Promise, names: tuple[str, ...]) -> bool:
    """Whether *ranking* keeps one promise about places."""
    place = {option: n for n, group in enumerate(ranking) for option in group}
    at = [place[Option(name)] for name in names]
    match promise:
        case Promise.FIRST:
            return at[0] == 0
        case Promise.NEVER_FIRST:
            return at[0] != 0
        case Promise.LAST:
            return at[0] == len(ranking) - 1
        case _:
            return at[0] < at[1]


def breaking(asking: Asking, promises: Iterable[Promised]) -> int:
    """A finding that holds where what binding rules give breaks one of *promises*."""
    weaver, policy = asking.weaver, asking.policies[0]
    gates: list[Gate] = []
    for promise, (name,) in promises:
        nodes = (weaver.rules[0][rule.id] for rule in _giving(policy, promise, name))
        bound = tuple(weaver.bound(number) for number in nodes)
        if _wanted(promise):
            gates.append(Gate(absent=bound))
        else:
            gates += (Gate(holds=(one,)) for one in bound)
    return weaver.bound(weaver.add(gates))


def refuse_undeclared(policy: Policy, invariant: Invariant) -> None:
    """Nothing, where *policy* declares what *invariant* names.

    Raises:
        AnalysisError: it does not.
    """
    problems = tuple(unnamed(policy, invariant))
    if problems:
        raise AnalysisError(problems)


def _wanted(promise: Promise) -> bool:
    """Whether it promises that something is given, and not that it never is."""
    return promise in {Promise.ADVISES, Promise.DRAFTS}


def _giving(policy: Policy, promise: Promise, name: str) -> Iterator[Rule]:
    """The rules that give what *promise* is about, where they bind."""
    for rule in policy.rules:
        match promise:
            case Promise.ADVISES | Promise.NEVER_ADVISES:
                names: tuple[str, ...] = rule.then.advises
            case Promise.DRAFTS | Promise.NEVER_DRAFTS:
                names = rule.then.drafts
            case _:
                names = (rule.id,)
        if name in names:
            yield rule
