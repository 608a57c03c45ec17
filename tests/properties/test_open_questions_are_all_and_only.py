from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaryethics import UNKNOWN, consult, load_policy
from boundaryethics.analysis import OpenQuestion, OpenQuestions, open_questions
from boundaryethics.analysis.questions import OUTCOMES, prepared
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Verdict
from support import brute_force, nearest_changes
from support.strategies import asked_of_small_policies

Ranking: TypeAlias = tuple[tuple[Option, ...], ...]
#: For each kind of outcome, the function that gets it from a verdict.
Outcomes: TypeAlias = dict[str, object]

SHIPPED = ("aca-2014", "naadac-2021", "peer-recovery", "texas-681-38")


def outcomes(verdict: Verdict) -> Outcomes:
    """Return the outcomes of *verdict*, by kind."""
    return {
        "first": verdict.best,
        "status": (
            [one.status for one in verdict.assessments],
            [(one.kind, one.options) for one in verdict.dilemmas],
        ),
        "ranking": verdict.ranking,
        "actions": (
            [(one.action, one.says) for one in verdict.actions],
            [name for name, _ in verdict.questions],
        ),
        "draft": [part.id for part, _ in verdict.draft],
    }


def completions(situation: Situation, policy: Policy) -> dict[Situation, Verdict]:
    """List the verdict on each completion of *situation*."""
    return {
        whole: brute_force.verdict(policy, whole)
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


def alone(situation: Situation, policy: Policy, name: str) -> dict[str, Verdict]:
    """List the verdict for each value of one fact."""
    return {
        value: brute_force.verdict(policy, situation.with_facts(**{name: value}))
        for value in answers(situation, name)
    }


def together(name: str, every: dict[Situation, Outcomes]) -> set[str]:
    """Return the outcomes in which two completions differ that differ in one fact."""
    seen: dict[Situation, Outcomes] = {}
    differ = set()
    for whole, then in every.items():
        first = seen.setdefault(whole.with_facts(**{name: UNKNOWN}), then)
        differ |= {o for o in OUTCOMES if then[o] != first[o]}
    return differ


def check_questions(situation: Situation, policy: Policy) -> None:
    """Compare the open questions of *situation* with all its completions."""
    found = open_questions(situation, policy)
    verdict, every = consult(situation, policy), completions(situation, policy)
    now = outcomes(verdict)
    given = {whole: outcomes(one) for whole, one in every.items()}

    check_counts(found, [*every.values()])
    for outcome in OUTCOMES:
        settled = all(one[outcome] == now[outcome] for one in given.values())
        assert settled is getattr(found.settled, outcome), outcome
    assert found.first_settled is found.settled.first

    asked = {
        one.fact.name: one for one in (*found.questions, *found.only_in_combination)
    }
    for name in unknown_in(situation):
        worlds = alone(situation, policy, name)
        changes = {
            value: tuple(o for o in OUTCOMES if outcomes(then)[o] != now[o])
            for value, then in worlds.items()
        }
        by_itself = {outcome for listed in changes.values() for outcome in listed}
        later = together(name, given) - by_itself
        if not (by_itself or later):
            assert name in found.irrelevant
            continue
        one = asked.pop(name)
        assert by_itself == {*one.matters_for}
        assert later == {*one.matters_in_combination}
        assert one.matters is bool(by_itself) is (one in found.questions)
        assert [*worlds] == [answer.value for answer in one.answers]
        for answer in one.answers:
            then = worlds[answer.value]
            assert then.ranking == answer.ranking
            assert {a.option: a.status for a in then.assessments} == answer.statuses
            assert changes[answer.value] == answer.changes
            newly = {a.action for a in then.urgent} - {a.action for a in verdict.urgent}
            assert newly == {*answer.urgent}
    assert not asked
    ranked = prepared(policy).ranked(situation)
    listed = [one.fact.name for one in (*found.questions, *found.only_in_combination)]
    assert ranked.settled == found.settled
    assert sorted(listed) == sorted(ranked.facts)
    for apart in (found.questions, found.only_in_combination):
        names = [one.fact.name for one in apart]
        assert names == [name for name in ranked.facts if name in names]


def check_counts(found: OpenQuestions, every: list[Verdict]) -> None:
    """Compare the counts of rankings and statuses."""
    counted = Counter(
        (one.ranking, tuple(a.status for a in one.assessments)) for one in every
    )

    assert len(every) == found.completions
    assert counted == {
        (one.ranking, tuple(one.statuses.values())): one.count for one in found.outcomes
    }


@pytest.mark.clause("S18", "S23")
@given(asked_of_small_policies())
def test_open_questions_match_all_completions(asked: tuple[Policy, Situation]) -> None:
    """Facts that matter, settled ranks and possible rankings are the same."""
    policy, situation = asked

    check_questions(situation, policy)


@pytest.mark.clause("S18")
@given(asked_of_small_policies())
def test_questions_are_sorted_by_what_they_predict(
    asked: tuple[Policy, Situation],
) -> None:
    """Questions about earlier kinds of outcome come first."""
    policy, situation = asked
    every = {s: one.ranking for s, one in completions(situation, policy).items()}
    found = open_questions(situation, policy)

    for listed in (found.questions, found.only_in_combination):
        measured = []
        for one in listed:
            values = [answer.value for answer in one.answers]
            predictive_share, left = measures(one.fact.name, values, every)
            assert (predictive_share, left) == (one.predictive_share, one.rankings_left)
            calm, tier = not one.urgent, tier_of(one)
            measured.append((calm, tier, -predictive_share, left))
        assert sorted(measured) == measured


def tier_of(question: OpenQuestion) -> int:
    """Return the index of the most important outcome that the question affects."""
    open_for = {*question.matters_for, *question.matters_in_combination}
    tiers = ({"first", "status"}, {"ranking"}, {"actions"}, {"draft"})
    return next(number for number, tier in enumerate(tiers) if tier & open_for)


def measures(
    name: str, values: Iterable[str], every: dict[Situation, Ranking]
) -> tuple[Fraction, Fraction]:
    """Return the predicted share of completions, and the number of rankings left."""
    by_value = {
        value: Counter(r for s, r in every.items() if s[name] == value)
        for value in (*values, UNKNOWN)
    }
    # If a fact must stay unknown, that counts as an answer, though no user gives it.
    commonest = sum(max(counts.values(), default=0) for counts in by_value.values())
    left = sum(len(by_value[value]) for value in values)
    return Fraction(commonest, len(every)), Fraction(left, len([*values]))


@pytest.mark.clause("S18")
@pytest.mark.parametrize("name", SHIPPED)
@settings(max_examples=4)
@given(st.data())
def test_open_questions_of_built_in_policies_match_brute_force(
    name: str, data: st.DataObject
) -> None:
    """Four facts are unknown."""
    policy = load_policy(name)
    values = [st.sampled_from(fact.values) for fact in policy.vocabulary.facts]
    known = dict(
        zip(policy.vocabulary.by_name, data.draw(st.tuples(*values)), strict=True)
    )
    open_facts = data.draw(
        st.lists(st.sampled_from([*known]), min_size=4, max_size=4, unique=True)
    )
    found = {fact: value for fact, value in known.items() if fact not in open_facts}

    check_questions(brute_force.as_known_as_possible(policy.vocabulary, found), policy)


@pytest.mark.clause("S18")
@given(asked_of_small_policies(), st.data())
def test_where_limits_the_completions(
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
