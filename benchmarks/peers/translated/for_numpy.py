"""Translate for plain numpy: one array per rule.

Each test is one lookup in a truth table. A clause is the conjunction of its tests, and
a rule is the disjunction of its clauses. The score of an option is a sum over the rules
that apply. Rows are processed in blocks that fit into the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from benchmarks.peers.translated import Ask
from benchmarks.peers.weighed import Ranking
from boundaryethics.inference.program import lower
from boundaryethics.model.conditions import Clause, FactIn
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option, Pull
from boundaryethics.ranking import criteria_and_reasons

#: A column of codes for each fact.
Columns: TypeAlias = Mapping[str, npt.NDArray[np.uint8]]
Truth: TypeAlias = npt.NDArray[np.bool_]
#: The rank of each option in each row.
Places: TypeAlias = npt.NDArray[np.uint8]

BLOCK = 1 << 14
#: A base larger than any sum of reasons of one strength, including the sign.
_BASE = 256


def prepare(policy: Policy) -> Ask:
    """Return a function that ranks one situation under *policy*."""
    places_of = many(policy)
    codes = {
        fact.name: {
            value: np.array([code], np.uint8)
            for code, value in enumerate(fact.all_values)
        }
        for fact in policy.vocabulary.facts
    }

    def ask(facts: dict[str, str]) -> tuple[Ranking, None]:
        columns = {fact: codes[fact][value] for fact, value in facts.items()}
        (places,) = places_of(columns).tolist()
        return tuple(
            tuple(o for o, place in zip(Option, places, strict=True) if place == one)
            for one in sorted({*places})
        ), None

    return ask


def many(policy: Policy) -> Callable[[Columns], Places]:
    """Return a function that computes the ranks of the options in each row."""
    rules = [rule for stratum in lower(policy).strata for rule in stratum.rules]
    if any(stratum.feeds_itself for stratum in lower(policy).strata):
        raise NotImplementedError
    tables = {
        test: np.array(
            [v in test.values for v in policy.vocabulary[test.fact].all_values]
        )
        for rule in rules
        for clause in rule.clauses
        for test in clause.facts
    }
    points = _points(policy)

    def places_of(columns: Columns) -> Places:
        rows = len(next(iter(columns.values())))
        places = np.empty((rows, len(Option)), np.uint8)
        for start in range(0, rows, BLOCK):
            at = slice(start, min(start + BLOCK, rows))
            truths = {
                test: table[columns[test.fact][at]] for test, table in tables.items()
            }
            found = _bound(rules, truths, at.stop - at.start)
            _place(_score_layout(found, points, at.stop - at.start), places[at])
        return places

    return places_of


def _bound(
    rules: list[Any], truths: Mapping[FactIn, Truth], rows: int
) -> dict[str, Truth]:
    """For each rule, compute the rows in which it applies."""
    binds: dict[str, Truth] = {}
    found: dict[str, Truth] = {}
    none = np.zeros(rows, bool)
    for rule in rules:
        held = none.copy()
        for clause in rule.clauses:
            met = np.ones(rows, bool)
            for truth in _read(clause, truths, found, none):
                met &= truth
            held |= met
        for other in rule.overriders:
            held &= ~binds[other]
        binds[rule.id] = held
        for finding in rule.concludes:
            found[finding] = found.get(finding, none) | held
    return binds


def _read(
    clause: Clause,
    truths: Mapping[FactIn, Truth],
    found: Mapping[str, Truth],
    none: Truth,
) -> Iterator[Truth]:
    yield from (truths[test] for test in clause.facts)
    yield from (found.get(finding, none) for finding in clause.holds)
    yield from (~found.get(finding, none) for finding in clause.absent)


def _points(policy: Policy) -> list[tuple[list[str], list[str], dict[str, int]]]:
    """For each option, collect the rules that forbid, require or score it."""
    criteria, said = criteria_and_reasons(policy)
    digit = {name: _BASE**n for n, name in enumerate(reversed(criteria))}

    def by(pull: Pull, option: int) -> list[str]:
        return [r for r, of in said.items() if any(x.pull is pull for x in of[option])]

    def adds(reasons: Any) -> int:
        return sum(x.points * digit[x.criterion] for x in reasons if x.strength)

    return [
        (
            by(Pull.FORBIDS, n),
            by(Pull.REQUIRES, n),
            {rule: adds(of[n]) for rule, of in said.items() if adds(of[n])},
        )
        for n in range(len(Option))
    ]


def _score_layout(
    binds: Mapping[str, Truth], points: list[Any], rows: int
) -> list[npt.NDArray[np.int64]]:
    scores = []
    for forbidding, requiring, adds in points:
        score = np.zeros(rows, np.int64)
        for rule, added in adds.items():
            score += binds[rule] * np.int64(added)
        status = np.zeros(rows, np.int64)
        for rule in requiring:
            status[binds[rule]] = 1
        for rule in forbidding:
            status[binds[rule]] = -1
        scores.append(score + (status << 40))
    return scores


def _place(scores: list[npt.NDArray[np.int64]], places: Places) -> None:
    """Write the rank of each option to *places*; equal scores tie."""
    places[:] = 1
    repeated = [np.zeros(len(places), bool) for _ in scores]
    for one, other in combinations(range(len(scores)), 2):
        repeated[other] |= scores[one] == scores[other]
    for n, score in enumerate(scores):
        for other, above in enumerate(scores):
            if other != n:
                places[:, n] += (above > score) & ~repeated[other]
