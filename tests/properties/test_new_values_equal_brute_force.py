"""Comparisons of policies that declare different facts and values (S20, S23)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics.analysis import agreement, compare
from boundaryethics.analysis.compare import Difference
from boundaryethics.errors import AnalysisError
from boundaryethics.model.facts import UNKNOWN
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict
from support import brute_force
from support.strategies import policies, vocabularies

Draw = Callable[[st.SearchStrategy[Any]], Any]
Pair = tuple[Policy, Policy]
#: The values of all facts, with the verdicts of both policies.
Asked = tuple[dict[str, str], Verdict, Verdict]


@st.composite
def pairs(draw: Draw) -> Pair:
    """Draw two policies, each over a vocabulary of its own."""
    one, other = (draw(policies(draw(vocabularies(most=3)))) for _ in range(2))
    return one, attrs.evolve(other, id="other")


def asked(pair: Pair) -> Iterator[Asked]:
    """Rank all values under both policies; undeclared ones are unknown (S20)."""
    names = dict.fromkeys(fact.name for one in pair for fact in one.vocabulary.facts)
    values = [
        dict.fromkeys(
            value
            for one in pair
            if name in one.vocabulary
            for value in one.vocabulary[name].all_values
        )
        for name in names
    ]
    for chosen in product(*values):
        data = dict(zip(names, chosen, strict=True))
        seen = [seen_by(policy, data) for policy in pair]
        both = list(zip(pair, seen, strict=True))
        if all(brute_force.possible(p.vocabulary, [*s.values()]) for p, s in both):
            one, other = (
                brute_force.verdict(policy, policy.vocabulary.situation(situation))
                for policy, situation in both
            )
            yield data, one, other


def seen_by(policy: Policy, found: dict[str, str]) -> dict[str, str]:
    """Return the values that *policy* declares; all others are unknown."""
    declared = {fact.name: fact.all_values for fact in policy.vocabulary.facts}
    return {
        name: found[name] if found[name] in values else UNKNOWN
        for name, values in declared.items()
    }


def common(pair: Pair, found: dict[str, str]) -> bool:
    """Return whether both policies declare each known value."""
    known = {name: value for name, value in found.items() if value != UNKNOWN}
    return all(known.items() <= seen_by(policy, found).items() for policy in pair)


def check(found: Difference, expected: list[Asked]) -> None:
    """Compare every number of *found* with brute force."""
    moves = Counter((a.ranking, b.ranking) for _, a, b in expected)
    differ = {pair: n for pair, n in moves.items() if pair[0] != pair[1]}

    assert len(expected) == found.total
    assert {(m.before, m.after): m.count for m in found.transitions} == differ
    assert found.status == sum(
        [x.status for x in a.assessments] != [x.status for x in b.assessments]
        for _, a, b in expected
    )
    known = [
        {name: value for name, value in shown.items() if value != UNKNOWN}
        for shown, a, b in expected
        if a.ranking != b.ranking
    ]
    assert (found.witness is None) == (not known)
    if found.witness is not None:
        assert found.witness.known() in known
        assert min(map(len, known)) == len(found.witness.known())


@pytest.mark.clause("S20", "S23")
@given(pairs())
def test_new_values_are_counted_separately(pair: Pair) -> None:
    """Counts match over common values, and over situations with a new one."""
    every = list(asked(pair))
    found = compare(*pair)

    check(found, [one for one in every if common(pair, one[0])])
    beyond = [one for one in every if not common(pair, one[0])]
    assert bool(beyond) == (found.with_new_values is not None)
    if found.with_new_values is not None:
        check(found.with_new_values, beyond)


@pytest.mark.clause("S20")
@given(pairs())
def test_new_values_are_listed_by_policy(pair: Pair) -> None:
    """Each value that only one policy declares is listed with that policy."""
    declared = [
        {(fact.name, value) for fact in one.vocabulary.facts for value in fact.values}
        for one in pair
    ]
    expected = {
        (policy.id, *value)
        for policy, own, other in zip(pair, declared, declared[::-1], strict=True)
        for value in own - other
    }

    assert expected == {
        (new.policy, new.fact, value)
        for new in compare(*pair).new_values
        for value in new.values
    }


@given(pairs())
def test_agreement_covers_common_values(pair: Pair) -> None:
    """Agreement counts the situations that both policies can describe."""
    both = [one for one in asked(pair) if common(pair, one[0])]
    (found,) = agreement(pair).pairs

    assert len(both) == found.total
    assert sum(a.ranking == b.ranking for _, a, b in both) == found.same_ranking
    assert sum(a.best == b.best for _, a, b in both) == found.same_first


@settings(max_examples=20)
@given(pairs())
def test_where_can_select_a_new_value(pair: Pair) -> None:
    """Only the second count then has situations."""
    for new in compare(*pair).new_values:
        where = {new.fact: [*new.values]}
        part = [one for one in asked(pair) if one[0][new.fact] in new.values]
        if not part:
            continue
        found = compare(*pair, where=where)

        assert 0 == found.total
        assert found.with_new_values is not None
        check(found.with_new_values, part)
        with pytest.raises(AnalysisError, match=new.fact):
            agreement(pair, where=where)


@settings(max_examples=20)
@given(pairs())
def test_a_sample_includes_new_values(pair: Pair) -> None:
    """A sample covers both parts, and the result says that it is a sample."""
    found = compare(*pair, sample=10)
    new = found.with_new_values

    assert found.sampled
    if new is not None:
        assert (10, True) == (new.total, new.sampled)
        assert new.witness is None or not common(pair, dict(new.witness.items()))
