"""Verify a policy: prove each invariant for all situations, or find a counterexample.

The search covers only situations that meet the invariant's condition. It drops a
partial situation as soon as the invariant is certain to be satisfied there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, final

import attrs
import numpy as np

from boundaryethics.arguments import checked
from boundaryethics.consult import ContradictedError, verdict_on
from boundaryethics.errors import AnalysisError, check_all, did_you_mean, problem
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
    Status,
)
from boundaryethics.model.validation import invariant_problems
from boundaryethics.model.verdict import Verdict
from boundaryethics.policies import as_policy
from boundaryethics.report import (
    PlainData,
    Report,
    Table,
    as_data,
    facts_text,
    made_of,
    picked,
)


@final
@attrs.frozen(kw_only=True)
class Checked(PlainData):
    """The result for one invariant: proved, violated, or nothing to prove."""

    invariant: Invariant
    #: The number of situations that meet the invariant's condition.
    covered: int
    #: The number of these situations that violate it.
    broken: int
    #: A violating situation with the fewest known facts; None if there is none.
    counterexample: Situation | None

    @property
    def proved(self) -> bool:
        """Whether no situation violates the invariant.

        If no situation meets its condition, this is False.
        """
        return self.covered > 0 and self.counterexample is None

    @property
    def result(self) -> str:
        """The result in words."""
        if not self.covered:
            return "nothing to prove"
        return "holds" if self.proved else "fails"

    def to_dict(self) -> dict[str, Any]:
        """Return the result for this invariant as plain data."""
        return {
            "invariant": self.invariant.id,
            "says": self.invariant.says,
            **picked(self, "proved", "covered", "broken", "counterexample"),
        }


@final
@attrs.frozen(kw_only=True)
class Verification(Report):
    """Results for a policy's invariants."""

    policy: str
    #: The number of possible situations checked.
    total: int
    checked: tuple[Checked, ...]
    #: Whether `where` excludes some situations.
    narrowed: bool = False

    @property
    def proved(self) -> bool:
        """Whether there is at least one invariant, and all are proved.

        With `where`, invariants that cover only excluded situations do not count.
        """
        asked = [one for one in self.checked if one.covered or not self.narrowed]
        return bool(asked) and all(one.proved for one in asked)

    def _data(self) -> dict[str, Any]:
        invariants = as_data(self.checked)
        return picked(self, "policy", "total", "proved") | {"invariants": invariants}

    def _table(self) -> Table:
        held = sum(one.proved for one in self.checked)
        asked = f"over {self.total:,} possible situations"
        result = f"{held} of {len(self.checked)} invariants hold, {asked}"
        if not self.checked:
            result = "nothing to prove: the policy has no invariants"
        return Table(
            lines=(f"{self.policy}: {result}",),
            columns=(
                *("invariant", "result"),
                *("situations covered", "violations", "counterexample"),
            ),
            rows=tuple(
                (
                    *(one.invariant.id, one.result),
                    *(one.covered, one.broken, facts_text(one.counterexample)),
                )
                for one in self.checked
            ),
        )


@checked
def verify(
    policy: Policy | str | Path,
    invariant: Invariant | str | None = None,
    *,
    where: Where | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Check a policy's invariants over all possible situations.

    A tie for first counts as first, so it satisfies `first` and violates
    `never_first`. Similarly, a tie for last satisfies `last`.
    `above` requires different ranks, so a tie between its two options violates it. A
    situation violates an invariant if it breaks at least one of the invariant's
    promises. An invariant is not proved if no situation meets its condition, because
    there is nothing to prove.

    Args:
        policy: a policy, or its ID or path.
        invariant: one invariant, or its ID; by default all invariants of the policy.
        where: facts, each with the value or values that it may have.
        progress: called for each invariant with the number of facts processed and the
            total number.

    Raises:
        PolicyError: the policy is unknown or invalid.
        SituationError: *where* has an undeclared fact or value.
        AnalysisError: the policy has no such invariant, the invariant has no promises
            or uses undeclared names, or the analysis is too large.
    """
    policy = as_policy(policy)
    space, named = check_all(
        partial(space_of, policy.vocabulary, where),
        partial(_invariants, policy, invariant),
    )
    checked = tuple(_checked(policy, one, space, progress) for one in named)
    return Verification(
        provenance=made_of(policy, invariant=invariant, where=where),
        policy=policy.id,
        total=space.weight,
        checked=checked,
        narrowed=bool(where),
    )


def _invariants(
    policy: Policy, invariant: Invariant | str | None
) -> tuple[Invariant, ...]:
    """Return *invariant*, the invariant with this ID, or all invariants of *policy*.

    Raises:
        AnalysisError: there is no such invariant, or one has no promises or uses
            undeclared names.
    """
    if invariant is None:
        named = policy.invariants
    elif isinstance(invariant, Invariant):
        named = (invariant,)
    else:
        named = tuple(one for one in policy.invariants if one.id == invariant)
    if wrong := [p for one in named for p in invariant_problems(policy, one)]:
        raise AnalysisError(wrong)
    if isinstance(invariant, str) and not named:
        near = did_you_mean(invariant, [one.id for one in policy.invariants])
        words: dict[str, Any] = {"policy": policy.id, "near": near}
        raise AnalysisError(
            [problem("BE605", name=invariant, token=invariant, **words)]
        )
    return named


def _checked(
    policy: Policy, invariant: Invariant, space: Space, progress: Progress | None
) -> Checked:
    queries = QueryBuilder([policy])
    try:
        met = clauses(invariant.when, policy.vocabulary)
    except TooManyClausesError as error:
        too_many = problem("BE606", invariant=invariant.id, token=invariant.id)
        raise AnalysisError([too_many]) from error
    where = queries.builder.bound(queries.builder.add(queries.builder.gates(met, 0)))
    covered = queries.ask(space, NOTHING, demanded=where)
    violations = [*_violations(queries, space, (where, invariant), progress)]
    chosen = [one for diagram, ends in violations if (one := diagram.smallest(ends))]
    shown = [space.situation(one) for one in chosen]
    counterexample = min(shown, key=lambda one: len(one.known()), default=None)
    if counterexample is not None:
        verdict = verdict_on(policy, counterexample)
        if all(_kept(verdict, *promised) for promised in invariant.promises):
            message = f"{counterexample} breaks no promise of {invariant.id}"
            raise ContradictedError(message)
    return Checked(
        invariant=invariant,
        covered=int(sum(covered.weights())),
        broken=int(sum(diagram.count(ends) for diagram, ends in violations)),
        counterexample=counterexample,
    )


def _violations(
    queries: QueryBuilder,
    space: Space,
    asked: tuple[int, Invariant],
    progress: Progress | None,
) -> Iterator[tuple[Diagram, Truths]]:
    """Yield diagrams, each with a mask of its ends that are violations.

    No violation is in both diagrams. The first has the violations of promises about
    actions, sentences and rules. The second has all others, which concern the options.
    """
    where, invariant = asked
    builder = queries.builder
    of_rules = [one for one in invariant.promises if not one[0].of_options]
    of_options = tuple(one for one in invariant.promises if one[0].of_options)
    if of_rules:
        broken = _breaking(queries, of_rules)
        both = builder.bound(builder.add([Gate(holds=(where, broken))]))
        where = builder.bound(builder.add([Gate(holds=(where,), absent=(broken,))]))
        reported = None if of_options else progress
        diagram = queries.ask(space, NOTHING, demanded=both, progress=reported)
        yield diagram, np.ones(len(diagram.ends), bool)
    if of_options:
        query = InvariantViolations(of_options)
        diagram = queries.ask(space, query, demanded=where, progress=progress)
        yield diagram, diagram.ends.found_target == 1


def _kept(verdict: Verdict, promise: Promise, names: tuple[str, ...]) -> bool:
    if promise.of_bans:
        forbidden = verdict.options[Option(names[0])].status is Status.FORBIDDEN
        return forbidden is (promise is Promise.FORBIDDEN)
    if promise.of_options:
        return kept_by(verdict.ranking, promise, names)
    giving = _giving(verdict.policy, promise, names[0])
    given = any(rule in verdict.binding for rule in giving)
    return given is (promise in _POSITIVE)


def kept_by(ranking: Ranking, promise: Promise, names: tuple[str, ...]) -> bool:
    """Return whether *ranking* keeps a promise about ranks."""
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


def _breaking(queries: QueryBuilder, promises: Iterable[Promised]) -> int:
    """Return a finding that is true if the rules that apply break one of *promises*."""
    builder, policy = queries.builder, queries.policies[0]
    gates: list[Gate] = []
    for promise, (name,) in promises:
        nodes = (builder.rules[0][rule] for rule in _giving(policy, promise, name))
        bound = tuple(builder.bound(number) for number in nodes)
        if promise in _POSITIVE:
            gates.append(Gate(absent=bound))
        else:
            gates += (Gate(holds=(one,)) for one in bound)
    return builder.bound(builder.add(gates))


#: Promises that at least one rule with the promised effect applies. The other promises
#: about rules and their effects are that no such rule applies.
_POSITIVE = frozenset({Promise.ADVISES, Promise.DRAFTS})


def _giving(policy: Policy, promise: Promise, name: str) -> Iterator[str]:
    """Yield the rules that advise the action *name* or draft the sentence *name*.

    If *promise* is about a rule, yield the rule *name* itself.
    """
    for rule in policy.rules:
        names: tuple[str, ...] = (rule.id,)
        if promise in {Promise.ADVISES, Promise.NEVER_ADVISES}:
            names = rule.then.advises
        elif promise in {Promise.DRAFTS, Promise.NEVER_DRAFTS}:
            names = rule.then.drafts
        if name in names:
            yield rule.id
