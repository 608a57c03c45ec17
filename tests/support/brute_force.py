"""Compute expected answers by brute force: rank every situation of a space.

This module does not use `analysis` or `mdd`: tests compare their answers with these.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any, TypeAlias

from boundaryethics.inference import reference
from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import decided
from boundaryethics.model.facts import UNKNOWN, Situation, Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Invariant, Promise, Status
from boundaryethics.model.verdict import Verdict
from boundaryethics.ranking import scales, weigh
from support.small_policies import Silent

#: Facts, each with the value or the values that it is limited to.
Where: TypeAlias = Mapping[str, Any]


def situations(vocabulary: Vocabulary, where: Where | None = None) -> list[Situation]:
    """List every possible situation in which the given facts have the given values."""
    given = where or {}
    assert not given.keys() - vocabulary.keys()
    allowed = [
        fact.all_values
        if fact.name not in given
        else _values(given[fact.name], fact.all_values)
        for fact in vocabulary.facts
    ]
    return [
        Situation(vocabulary=vocabulary, row=one)
        for one in product(*allowed)
        if possible(vocabulary, one)
    ]


def _values(stated: Any, declared: Sequence[str]) -> list[str]:
    """Return the *declared* values that are among *stated*, which is one or several."""
    several = stated if isinstance(stated, list | tuple | set | frozenset) else [stated]
    words = {True: "yes", False: "no", None: UNKNOWN}
    meant = {one if isinstance(one, str) else words[one] for one in several}
    assert meant <= {*declared}
    return [value for value in declared if value in meant]


def possible(vocabulary: Vocabulary, values: Sequence[str]) -> bool:
    """Return whether the known *values* meet no impossible condition (S23)."""
    found = zip(vocabulary.by_name, values, strict=True)
    known = {name: value for name, value in found if value != UNKNOWN}
    return not any(decided(one, known, {}) for one in vocabulary.impossible)


def as_known_as_possible(vocabulary: Vocabulary, known: Mapping[str, str]) -> Situation:
    """Return the situation with the *known* facts; leave out a fact that clashes."""
    kept: dict[str, str] = {}
    for name, value in known.items():
        wider = {**dict.fromkeys(vocabulary.by_name, UNKNOWN), **kept, name: value}
        if possible(vocabulary, [*wider.values()]):
            kept[name] = value
    return vocabulary.situation(kept)


def completions(situation: Situation) -> list[Situation]:
    """List every completion of *situation*: as many known facts as possible (S18)."""
    wider = [
        {**situation, name: value}
        for name in situation
        if situation[name] == UNKNOWN
        for value in situation.vocabulary[name].values
    ]
    made = [
        situation.vocabulary.situation(one)
        for one in wider
        if possible(situation.vocabulary, [*one.values()])
    ]
    found = {whole: None for one in made for whole in completions(one)}
    return [*found] or [situation]


def verdict(policy: Policy, situation: Situation) -> Verdict:
    """Rank *situation* under *policy* with the reference engine."""
    derivation = reference.load(lower(policy)).derive(situation)
    return weigh(scales(policy, Silent()), situation, derivation)


def verdicts(policy: Policy, where: Where | None = None) -> Iterator[Verdict]:
    """Rank each situation under *policy* with the reference engine."""
    runner, on = reference.load(lower(policy)), scales(policy, Silent())
    for situation in situations(policy.vocabulary, where):
        yield weigh(on, situation, runner.derive(situation))


def made_possible(
    vocabulary: Vocabulary, where: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """Return *where* with `unknown` added where values clash, so that one is possible.

    Facts with several values come first, and a fact with one value is left unknown
    if that clashes with them.
    """
    made: dict[str, list[str]] = {}
    witness: dict[str, str] = dict.fromkeys(vocabulary.by_name, UNKNOWN)
    for name, values in sorted(where.items(), key=lambda entry: len(entry[1]) == 1):
        fitting = (
            value
            for value in values
            if possible(vocabulary, [*(witness | {name: value}).values()])
        )
        witness[name] = next(fitting, UNKNOWN)
        lacking = witness[name] not in values
        kept = values if len(values) > 1 else []
        made[name] = [*kept, UNKNOWN] if lacking else values
    return {name: made[name] for name in where}


def breaks(verdict: Verdict, invariant: Invariant) -> bool:
    """Return whether the ranks and rules of *verdict* break a promise."""
    return any(
        not _keeps(verdict, promise, name, names)
        for promise, names in invariant.holds
        for name in (names[:1] if promise is Promise.ABOVE else names)
    )


def _keeps(
    verdict: Verdict, promise: Promise, name: str, names: tuple[str, ...]
) -> bool:
    place = {str(o): n for n, group in enumerate(verdict.ranking) for o in group}
    forbidden = {
        str(o) for o, one in verdict.options.items() if one.status is Status.FORBIDDEN
    }
    binding = [verdict.policy.rule[rule] for rule in verdict.binding]
    advised = {step for rule in binding for step in rule.then.advises}
    drafted = {part for rule in binding for part in rule.then.drafts}
    at = place.get(name, -1)
    return {
        Promise.NEVER_FIRST: at != 0,
        Promise.FIRST: at == 0,
        Promise.LAST: at == max(place.values()),
        Promise.FORBIDDEN: name in forbidden,
        Promise.NEVER_FORBIDDEN: name not in forbidden,
        Promise.ABOVE: all(at < place.get(other, 9) for other in names[1:]),
        Promise.ADVISES: name in advised,
        Promise.NEVER_ADVISES: name not in advised,
        Promise.DRAFTS: name in drafted,
        Promise.NEVER_DRAFTS: name not in drafted,
        Promise.NEVER_BINDS: name not in verdict.binding,
    }[promise]
