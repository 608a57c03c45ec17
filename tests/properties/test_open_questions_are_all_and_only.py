from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics import UNKNOWN, consult, load_policy
from boundaryethics.analysis import open_questions
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from support import brute_force, nearest_changes
from support.strategies import asked_of_small_policies

Ranking: TypeAlias = tuple[tuple[Option, ...], ...]

SHIPPED = ("aca-2014", "peer-recovery", "texas-681-38")


def completions(situation: Situation, policy: Policy) -> dict[Situation, Ranking]:
    """List the ranking of each completion of *situation*."""
    return {
        whole: brute_force.verdict(policy, whole).ranking
        for whole in brute_force.completions(situation)
    }


def unknown_in(situation: Situation) -> list[str]:
    """List the unknown facts of *situation* that have a possible value."""
    unknown = (name for name in situation if situation[name] == UNKNOWN)
    return [name for name in unknown if answers(situation, name)]


def answers(situation: Situation, name: str) -> list[str]:
    """List the possible values of a fact."""
    return [
        value
        for value in situation.vocabulary[name].values
        if brute_force.possible(
            situation.vocabulary, [*{**situation, name: value}.values()]
        )
    ]


def alone(situation: Situation, policy: Policy, name: str) -> dict[str, Ranking]:
    """List the ranking for each value of one fact."""
    return {
        value: consult(situation.with_facts(**{name: value}), policy).ranking
        for value in answers(situation, name)
    }


def together(name: str, rankings: dict[Situation, Ranking]) -> bool:
    """Return whether two completions that differ in one fact rank differently."""
    seen: dict[Situation, Ranking] = {}
    for situation, ranking in rankings.items():
        rest = situation.with_facts(**{name: UNKNOWN})
        if seen.setdefault(rest, ranking) != ranking:
            return True
    return False


def hold_questions(situation: Situation, policy: Policy) -> None:
    """Compare the open questions of *situation* with all its completions."""
    found = open_questions(situation, policy)
    now, every = consult(situation, policy), completions(situation, policy)
    counted = Counter(every.values())

    assert counted == {one.ranking: one.count for one in found.outcomes}
    assert len(every) == found.completions
    assert ({now.ranking} == set(counted)) is found.settled
    assert ({now.best} == {r[0] for r in counted}) is found.first_settled

    unknown = unknown_in(situation)
    rankings = {name: alone(situation, policy, name) for name in unknown}
    matters = {n for n in unknown if {now.ranking} != set(rankings[n].values())}
    later = {n for n in unknown if n not in matters and together(n, every)}

    assert matters == {one.fact.name for one in found.questions}
    assert later == {one.fact.name for one in found.only_in_combination}
    assert {*unknown} - matters - later == {*found.irrelevant}
    for one in (*found.questions, *found.only_in_combination):
        told = {answer.value: answer.ranking for answer in one.answers}
        assert rankings[one.fact.name] == told


@pytest.mark.clause("S18", "S23")
@given(asked_of_small_policies())
def test_what_is_open_is_open(asked: tuple[Policy, Situation]) -> None:
    """Facts that matter, settled ranks and possible rankings match all completions."""
    policy, situation = asked

    hold_questions(situation, policy)


@pytest.mark.clause("S18")
@given(asked_of_small_policies())
def test_questions_come_in_the_order_of_what_they_tell(
    asked: tuple[Policy, Situation],
) -> None:
    """Questions are sorted by predicted share, then by the rankings left."""
    policy, situation = asked
    every = completions(situation, policy)
    found = open_questions(situation, policy)

    for listed in (found.questions, found.only_in_combination):
        measured = []
        for one in listed:
            values = [answer.value for answer in one.answers]
            predictive_share, left = measures(one.fact.name, values, every)
            assert (predictive_share, left) == (one.predictive_share, one.rankings_left)
            place = policy.vocabulary.facts.index(one.fact)
            measured.append((-predictive_share, left, place))
        assert sorted(measured) == measured


def measures(
    name: str, values: Iterable[str], every: dict[Situation, Ranking]
) -> tuple[Fraction, Fraction]:
    """Return the predicted share of completions, and the number of rankings left."""
    by_value = {
        value: Counter(r for s, r in every.items() if s[name] == value)
        for value in (*values, UNKNOWN)
    }
    # Where it has to be left unknown, that is an answer too; but nobody gives it.
    commonest = sum(max(counts.values(), default=0) for counts in by_value.values())
    left = sum(len(by_value[value]) for value in values)
    return Fraction(commonest, len(every)), Fraction(left, len([*values]))


@pytest.mark.clause("S18")
@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=4)
@given(st.data())
def test_shipped_policies_are_held_to_it_too(name: str, data: st.DataObject) -> None:
    """With four facts unknown, a built-in policy's questions match brute force."""
    policy = load_policy(name)
    values = [st.sampled_from(fact.values) for fact in policy.vocabulary.facts]
    known = dict(
        zip(policy.vocabulary.by_name, data.draw(st.tuples(*values)), strict=True)
    )
    open_facts = data.draw(
        st.lists(st.sampled_from([*known]), min_size=4, max_size=4, unique=True)
    )
    told = {fact: value for fact, value in known.items() if fact not in open_facts}

    hold_questions(brute_force.as_known_as_possible(policy.vocabulary, told), policy)


@pytest.mark.clause("S18")
@given(asked_of_small_policies(), st.data())
def test_what_is_given_confines_what_is_unknown(
    asked: tuple[Policy, Situation], data: st.DataObject
) -> None:
    """Only the answers given in `where` are counted."""
    policy, situation = asked
    there = situation
    for name in unknown_in(situation):
        possible = [UNKNOWN, *answers(there, name)]
        there = there.with_facts(**{name: data.draw(st.sampled_from(possible))})
    given = {name: there[name] for name in situation if situation[name] == UNKNOWN}

    found = open_questions(situation, policy, where=given)

    (outcome,) = found.outcomes
    assert consult(there, policy).ranking == outcome.ranking
    assert 1 == outcome.count == found.completions
    assert nearest_changes.distance(situation, there) == sum(
        value != UNKNOWN for value in given.values()
    )
