"""Verify a policy: each invariant proved for every situation, or refuted by one.

Only situations in which an invariant's condition holds are walked, and each no
further than to where its promise is surely kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import AnalysisError, did_you_mean, problem
from boundaryethics.mdd.build import (
    NOTHING,
    InvariantViolations,
    Progress,
    QueryBuilder,
)
from boundaryethics.mdd.diagram import Diagram
from boundaryethics.mdd.network import Gate
from boundaryethics.mdd.scores import Ranking
from boundaryethics.mdd.space import Space, Truths, Where, space_of
from boundaryethics.model.conditions import TooManyClausesError, clauses
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Invariant,
    Option,
    Promise,
    Promised,
    Rule,
    Status,
)
from boundaryethics.model.validation import unnamed
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    facts_told,
    picked,
)


@final
@attrs.frozen(kw_only=True)
class Checked(PlainData):
    """One invariant: proved, or refuted by a situation."""

    invariant: Invariant
    #: The situations in which its condition holds.
    covered: int
    #: Those of them in which it is broken.
    broken: int
    #: One in which it is broken, with the fewest known facts; None where it is proved.
    counterexample: Situation | None

    @property
    def proved(self) -> bool:
        """Whether it holds wherever its condition does."""
        return self.counterexample is None

    def to_dict(self) -> dict[str, Any]:
        """Give the result for this invariant as plain data."""
        return {
            "invariant": self.invariant.id,
            "says": self.invariant.says,
            **picked(self, "proved", "covered", "broken", "counterexample"),
        }


@final
@attrs.frozen(kw_only=True)
class Verification(Report):
    """What became of each invariant of a policy."""

    policy: str
    #: The possible situations asked of.
    total: int
    checked: tuple[Checked, ...]

    @property
    def proved(self) -> bool:
        """Whether every invariant is proved."""
        return all(one.proved for one in self.checked)

    def to_dict(self) -> dict[str, Any]:
        """Give the answer as plain data, ready for JSON."""
        invariants = as_data(self.checked)
        return picked(self, "policy", "total", "proved") | {"invariants": invariants}

    def _table(self) -> Table:
        proved = sum(one.proved for one in self.checked)
        asked = f"over {self.total:,} possible situations"
        return Table(
            lines=(f"{self.policy}: {proved} of {len(self.checked)} proved, {asked}",),
            columns=("invariant", "result", "covered", "broken", "counterexample"),
            rows=tuple(
                (
                    one.invariant.id,
                    "proved" if one.proved else "refuted",
                    one.covered,
                    one.broken,
                    facts_told(one.counterexample),
                )
                for one in self.checked
            ),
        )


def verify(
    policy: Policy | str | Path,
    invariant: Invariant | str | None = None,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Whether *policy* keeps its invariants in every possible situation.

    An option that shares the first place is first: so a tie for it keeps `first`,
    and breaks `never_first`; so it is with `last`. `above` asks for another place, and
    a tie breaks it. An invariant is broken where any of its promises is.

    Args:
        policy: whose rankings are held to them.
        invariant: one invariant, or its id; by default all that the policy has.
        where: facts confined to a value or to some values.
        progress: called with the facts done, and the facts there are, for each.

    Raises:
        SituationError: *where* names what is not declared.
        AnalysisError: the policy has no such invariant, the invariant names what is not
            declared, or the question is too large.
    """
    policy = as_policy(policy)
    space = space_of(policy.vocabulary, where)
    return Verification(
        policy=policy.id,
        total=space.size,
        checked=tuple(
            _checked(policy, one, space, progress) for one in _named(policy, invariant)
        ),
    )


def _named(policy: Policy, invariant: Invariant | str | None) -> Iterable[Invariant]:
    match invariant:
        case None:
            return policy.invariants
        case str():
            named = tuple(one for one in policy.invariants if one.id == invariant)
            if not named:
                ids = [one.id for one in policy.invariants]
                no_such = problem(
                    "BE605",
                    policy=policy.id,
                    name=invariant,
                    near=did_you_mean(invariant, ids),
                    token=invariant,
                )
                raise AnalysisError([no_such])
            return named
        case _:
            return (invariant,)


def _checked(
    policy: Policy, invariant: Invariant, space: Space, progress: Progress | None
) -> Checked:
    refuse_undeclared(policy, invariant)
    asking = QueryBuilder([policy])
    where = _condition(asking, policy, invariant)
    covered = asking.ask(space, NOTHING, demanded=where)
    broken = [*_broken(asking, space, (where, invariant), progress)]
    chosen = [one for diagram, ends in broken if (one := diagram.smallest(ends))]
    shown = [space.situation(one) for one in chosen]
    counterexample = min(shown, key=lambda one: len(one.known()), default=None)
    if counterexample is not None:
        _confirm(policy, invariant, counterexample)
    return Checked(
        invariant=invariant,
        covered=sum(covered.weights()),
        broken=sum(diagram.count(ends) for diagram, ends in broken),
        counterexample=counterexample,
    )


def _broken(
    asking: QueryBuilder,
    space: Space,
    asked: tuple[int, Invariant],
    progress: Progress | None,
) -> Iterator[tuple[Diagram, Truths]]:
    """Where the invariant is broken: each situation once, among ends of diagrams.

    First where what the rules give breaks it, then where the ranking alone does.
    """
    where, invariant = asked
    weaver = asking.weaver
    of_rules = [one for one in invariant.promises if not one[0].of_options]
    of_options = tuple(one for one in invariant.promises if one[0].of_options)
    if of_rules:
        broken = breaking(asking, of_rules)
        both = weaver.bound(weaver.add([Gate(holds=(where, broken))]))
        where = weaver.bound(weaver.add([Gate(holds=(where,), absent=(broken,))]))
        told = None if of_options else progress
        diagram = asking.ask(space, NOTHING, demanded=both, progress=told)
        yield diagram, np.ones(len(diagram.ends), bool)
    if of_options:
        watch = InvariantViolations(of_options)
        diagram = asking.ask(space, watch, demanded=where, progress=progress)
        yield diagram, diagram.ends.fate == 1


def _condition(asking: QueryBuilder, policy: Policy, invariant: Invariant) -> int:
    """A finding that holds where the invariant's condition does."""
    try:
        met = clauses(invariant.when, policy.vocabulary)
    except TooManyClausesError as error:
        found = problem("BE606", invariant=invariant.id, token=invariant.id)
        raise AnalysisError([found]) from error
    return asking.weaver.bound(asking.weaver.add(asking.weaver.gates(met, 0)))


def _confirm(policy: Policy, invariant: Invariant, situation: Situation) -> None:
    verdict = verdict_on(policy, situation)
    if all(kept(verdict, *promised) for promised in invariant.promises):
        message = f"{situation} breaks no promise of {invariant.id}"
        raise ContradictedError(message)


def kept(verdict: Verdict, promise: Promise, names: tuple[str, ...]) -> bool:
    """Whether *verdict* keeps one promise."""
    if promise.of_standing:
        forbidden = verdict.options[Option(names[0])].status is Status.FORBIDDEN
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


def breaking(asking: QueryBuilder, promises: Iterable[Promised]) -> int:
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
