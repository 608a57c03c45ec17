"""Interviews: the order of questions, when they end, answers and saved data."""

from __future__ import annotations

import json
import pickle
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import boundaryethics
from boundaryethics import (
    UNKNOWN,
    Interview,
    InterviewError,
    Policy,
    PolicyError,
    Situation,
    SituationError,
    Verdict,
    consult,
    load_policy,
)
from support.brute_force import possible
from support.small_policies import policy_of
from support.strategies import policies

SHIPPED = [name for name in boundaryethics.policies() if not load_policy(name).abstract]
SMALL = Path(__file__).parent / "golden" / "inputs" / "small-code.yaml"


def outcome(verdict: Verdict) -> dict[str, object]:
    """Return the five outcomes of *verdict* (S18)."""
    return {
        "first": set(verdict.best),
        "ranking": verdict.ranking,
        "status": (
            [one.status for one in verdict.assessments],
            {(one.kind, one.options) for one in verdict.dilemmas},
        ),
        "actions": (
            {(one.action, one.says) for one in verdict.actions},
            {question for question, _ in verdict.questions},
        ),
        "draft": [part.id for part, _ in verdict.draft],
    }


def may_be_asked(interview: Interview) -> list[str]:
    """List the unknown facts that have a question and are not skipped."""
    facts = interview.policy.vocabulary.facts
    unknown = [f for f in facts if interview.situation[f.name] == UNKNOWN]
    return [f.name for f in unknown if f.question and f.name not in interview.skipped]


def wider(situation: Situation, names: Iterable[str]) -> list[Situation]:
    """List the possible situations with one more known fact among *names*."""
    vocabulary = situation.vocabulary
    values = [
        {**situation, name: value}
        for name in names
        if situation[name] == UNKNOWN
        for value in vocabulary[name].values
    ]
    fitting = [one for one in values if possible(vocabulary, [*one.values()])]
    return [vocabulary.situation(one) for one in fitting]


def completions(situation: Situation, names: list[str]) -> set[Situation]:
    """Return every way in which the facts *names* can become known."""
    found = [completions(one, names) for one in wider(situation, names)]
    return set().union(*found) or {situation}


def completed(
    situation: Situation, names: list[str], drawn: random.Random
) -> Situation:
    """Return a random way in which the facts *names* can become known."""
    names = drawn.sample(names, len(names))
    for name in names:
        if choices := wider(situation, [name]):
            situation = drawn.choice(choices)
    return situation


def answered(interview: Interview, drawn: random.Random, skips: float) -> Interview:
    """Answer the current question at random."""
    assert interview.question is not None
    if drawn.random() < skips:
        return interview.skip()
    return interview.answer(drawn.choice(interview.question.choices)[0])


@pytest.mark.clause("S18")
@given(policy=policies(), seed=st.integers(0, 1 << 32))
@settings(max_examples=40)
def test_an_interview_ends_exactly_when_every_outcome_is_settled(
    policy: Policy, seed: int
) -> None:
    """At each step, the test ranks every completion."""
    drawn = random.Random(seed)  # noqa: S311 - nothing is secret
    first, *rest = policy.vocabulary.facts
    facts = (attrs.evolve(first, question=drawn.choice(["", "What?"])), *rest)
    vocabulary = attrs.evolve(policy.vocabulary, facts=facts)
    interview = Interview(attrs.evolve(policy, vocabulary=vocabulary))
    asked: list[str] = []
    while True:
        now = outcome(interview.verdict)
        every = completions(interview.situation, may_be_asked(interview))
        outcomes = [outcome(consult(one, interview.policy)) for one in every]
        assert interview.done == all(one == now for one in outcomes)
        for name in now:
            same = all(one[name] == now[name] for one in outcomes)
            assert same == getattr(interview.settled, name), name
        if interview.done:
            break
        assert interview.question is not None
        asked.append(interview.question.fact.name)
        interview = answered(interview, drawn, 0.2)

    assert len(asked) == len(set(asked))
    assert all(vocabulary[name].question for name in asked)
    assert {*interview.answers, *interview.skipped} == {*asked}
    assert consult(interview.answers, interview.policy) == interview.verdict


@pytest.mark.parametrize("name", SHIPPED)
def test_no_completion_changes_the_outcome_of_an_interview(name: str) -> None:
    """At the end of random interviews, the facts that were not asked do not matter."""
    policy = load_policy(name)
    drawn = random.Random(name)  # noqa: S311 - nothing is secret
    for skips in (0, 0, 0.2):
        interview = Interview(policy)
        while not interview.done:
            interview = answered(interview, drawn, skips)
        now, left = outcome(interview.verdict), may_be_asked(interview)
        assert consult(interview.answers, policy) == interview.verdict
        for _ in range(100):
            one = completed(interview.situation, left, drawn)
            assert now == outcome(consult(one, policy))


@pytest.mark.parametrize("name", SHIPPED)
def test_danger_is_asked_first(name: str) -> None:
    """A fact with an urgent answer is asked first while it is unknown."""
    policy = load_policy(name)
    vocabulary = policy.vocabulary
    urgent = {
        fact.name
        for fact in vocabulary.facts
        if any(consult({fact.name: v}, policy).urgent for v in fact.values)
    }
    contact = Interview(policy, stated={"contact": "message"})
    known = Interview(policy, stated={"risk_of_harm": "none"})

    for interview in (Interview(policy), contact):
        assert interview.question is not None
        assert interview.question.fact.name in urgent
    assert known.question is not None
    assert known.question.fact.name not in urgent


def test_danger_is_found_by_rule_and_not_by_name() -> None:
    """A fact with any name is asked first if an answer makes an action urgent."""
    rules = [
        {
            "id": "act",
            "when": {"status": "former", "danger": "yes"},
            "then": {"concludes": ["peril"]},
        },
        {"id": "call", "when": {"peril": True}, "then": {"advises": ["call"]}},
        {
            "id": "stay",
            "when": {"contact": "message"},
            "then": {"requires": ["continue"]},
        },
    ]
    actions = {"call": {"says": "Call.", "urgent": True}}
    policy = policy_of(rules, findings=["peril"], actions=actions)
    interview = Interview(policy, stated={"danger": "yes"})

    assert interview.question is not None
    assert "status" == interview.question.fact.name


def test_facts_that_matter_only_in_combination_are_asked() -> None:
    """A fact is asked even if no answer has an effect by itself."""
    when = {"any": [{"danger": UNKNOWN}, {"status": UNKNOWN}]}
    stay = {"id": "stay", "when": when, "then": {"requires": ["continue"]}}
    interview = Interview(policy_of([stay]))
    asked = []
    while interview.question:
        asked.append(interview.question.fact.name)
        interview = interview.answer(interview.question.choices[0][0])

    assert {"danger", "status"} <= {*asked}
    assert interview.settled.everything


def test_a_question_has_the_words_of_the_vocabulary() -> None:
    """Question, help, group and labels come from the vocabulary."""
    question = Interview().question

    assert question is not None
    fact = load_policy("apa-2017").vocabulary["risk_of_harm"]
    assert (fact.question, fact.help) == (question.text, question.help)
    assert ("Danger", "I don't know", 1) == (
        question.group,
        question.unknown_label,
        question.number,
    )
    assert [(v, fact.label(v)) for v in fact.values] == [*question.choices]
    assert question.total > question.number
    assert json.loads(json.dumps(question.to_dict()))["fact"] == "risk_of_harm"


def test_impossible_answers_are_not_offered() -> None:
    """The choices are consistent with the earlier answers."""
    interview = Interview(stated={"initiator": "coincidence"})
    every = {q.fact.name: q for g in interview.groups for q in g.questions}

    assert "follow" in dict(every["contact"].choices)
    assert "message" not in dict(every["contact"].choices)


def test_a_form_shows_answered_and_open_questions() -> None:
    """Each group has its answered and open questions, in order."""
    begun = Interview(stated={"contact": "message"}).answer("none").skip()
    shown = {q.fact.name: q for g in begun.groups for q in g.questions}
    skipped = begun.skipped[0]

    assert ("message", 0) == (shown["contact"].answer, shown["contact"].number)
    assert ("none", 1) == (shown["risk_of_harm"].answer, shown["risk_of_harm"].number)
    assert (UNKNOWN, 2) == (shown[skipped].answer, shown[skipped].number)
    assert begun.question is not None
    assert begun.question == shown[begun.question.fact.name]
    assert "client_minor" not in shown
    order = [f.name for _, facts in begun.policy.vocabulary.by_group for f in facts]
    assert [*shown] == [name for name in order if name in shown]


def test_a_question_that_cannot_matter_is_not_shown() -> None:
    """At the end, a form shows only answered questions."""
    interview, drawn = Interview(), random.Random(1)  # noqa: S311 - nothing is secret
    while not interview.done:
        interview = answered(interview, drawn, 0)
    shown = [q for g in interview.groups for q in g.questions]

    assert {q.fact.name for q in shown} == {*interview.answers}
    assert interview.question is None


def test_an_answer_can_name_its_fact() -> None:
    """A form can submit answers in any order."""
    interview = Interview().answer("message", "contact")

    assert {"contact": "message"} == interview.answers
    assert interview.question is not None
    assert "risk_of_harm" == interview.question.fact.name


def test_back_undoes_the_last_answer_or_skip() -> None:
    """`back` returns the previous interview."""
    begun = Interview()

    assert begun == begun.answer("none").back()
    assert begun == begun.skip().back()
    assert begun.skip() == begun.answer(UNKNOWN) == begun.answer(None)


def test_an_interview_can_be_pickled_and_stored_as_json() -> None:
    """Reading the stored data returns an equal interview."""
    begun = Interview("nasw-2021", stated={"contact": "message"}).answer("none").skip()
    data = json.loads(json.dumps(begun.to_dict()))

    same = pickle.loads(pickle.dumps(begun))  # noqa: S301 - our own
    assert (begun, hash(begun)) == (same, hash(same))
    again = Interview.from_dict(data)
    assert begun == again
    assert begun.question == again.question
    assert begun == Interview.from_dict(data, load_policy("nasw-2021"))


def test_restoring_an_interview_needs_the_policy_of_a_file() -> None:
    """Stored data finds a built-in policy by ID; a policy file must be passed."""
    policy = load_policy(SMALL)
    data = Interview(policy).to_dict()

    assert Interview(policy) == Interview.from_dict(data, policy)
    with pytest.raises(InterviewError) as refused:
        Interview.from_dict(data)
    assert ["BE906"] == [one.code for one in refused.value.problems]


def ended() -> Interview:
    """Return an interview that is done."""
    return Interview(policy_of())


def data(**changed: Any) -> dict[str, Any]:
    """Return the data of an interview with some changes."""
    return {**Interview().answer("none").to_dict(), **changed}


STEP = {"fact": "contact", "answer": "message"}
BAD: dict[str, tuple[str, Callable[[], object]]] = {
    "a wrong value": ("BE901", lambda: Interview().answer("maybe")),
    "a number": ("BE901", lambda: Interview().answer(1)),
    "an impossible value": (
        "BE901",
        lambda: Interview(stated={"setting": "dating_service"}).answer(
            "linkedin", "platform"
        ),
    ),
    "an unknown fact": ("BE401", lambda: Interview().answer("yes", "weather")),
    "twice": (
        "BE902",
        lambda: Interview().answer("none").answer("none", "risk_of_harm"),
    ),
    "skipped before": (
        "BE902",
        lambda: Interview().skip().answer("none", "risk_of_harm"),
    ),
    "a stated fact": (
        "BE902",
        lambda: Interview(stated={"contact": "message"}).answer("message", "contact"),
    ),
    "after the end": ("BE903", lambda: ended().answer("yes")),
    "a skip after the end": ("BE903", ended().skip),
    "a fact after the end": ("BE903", lambda: ended().answer("yes", "danger")),
    "nothing to take back": ("BE904", lambda: Interview().back()),
    "no mapping": ("BE905", lambda: Interview.from_dict([])),  # type: ignore[arg-type]
    "a verdict": ("BE905", lambda: Interview.from_dict(consult({}).to_dict())),
    "no steps": ("BE905", lambda: Interview.from_dict(data(steps=None))),
    "a step of numbers": (
        "BE905",
        lambda: Interview.from_dict(data(steps=[{"fact": 1, "answer": "yes"}])),
    ),
    "a step that is text": ("BE905", lambda: Interview.from_dict(data(steps=["yes"]))),
    "a stated number": ("BE905", lambda: Interview.from_dict(data(stated={"a": 1}))),
    "a newer version": ("BE905", lambda: Interview.from_dict(data(interview=2))),
    "another policy": ("BE906", lambda: Interview.from_dict(data(), "nasw-2021")),
    "a missing policy": ("BE906", lambda: Interview.from_dict(data(policy="mine"))),
    "changed rules": ("BE907", lambda: Interview.from_dict(data(fingerprint="0"))),
    "changed texts": ("BE907", lambda: Interview.from_dict(data(text_fingerprint="0"))),
    "a step twice": ("BE902", lambda: Interview.from_dict(data(steps=[STEP, STEP]))),
    "an undeclared value": (
        "BE402",
        lambda: Interview.from_dict(data(steps=[{**STEP, "answer": "fax"}])),
    ),
}


@pytest.mark.parametrize(("code", "act"), BAD.values(), ids=[*BAD])
def test_invalid_data_and_answers_are_refused(
    code: str, act: Callable[[], object]
) -> None:
    """Each error is an `InterviewError` with one problem."""
    with pytest.raises(InterviewError) as refused:
        act()

    assert [code] == [one.code for one in refused.value.problems]


def test_a_changed_policy_is_refused_with_the_kind_of_change() -> None:
    """The message says whether the rules or only the wording differs."""
    for changed, words in (("fingerprint", "rules"), ("text_fingerprint", "wording")):
        with pytest.raises(InterviewError, match=words):
            Interview.from_dict(data(**{changed: "0"}))


def test_invalid_facts_and_policies_are_refused() -> None:
    """Invalid facts and policies raise the errors of `consult`."""
    with pytest.raises(SituationError, match="BE402"):
        Interview(stated={"contact": "fax"})
    with pytest.raises(SituationError, match="BE402"):
        Interview(stated={"contact": np.array([1, 2])})  # type: ignore[dict-item]
    with pytest.raises(SituationError, match="BE401"):
        Interview(stated={"contct": "unknown"})
    with pytest.raises(PolicyError, match="BE306"):
        Interview("core")
    with pytest.raises(PolicyError, match="BE206"):
        Interview("no-such-policy")


def test_all_invalid_arguments_are_reported_together() -> None:
    """So are invalid facts and answers if the policy is valid."""
    with pytest.raises(PolicyError) as refused:
        Interview("no-such-policy", stated=5, steps=5)  # type: ignore[arg-type]
    with pytest.raises(SituationError) as wrong:
        Interview(stated={"contact": "fax"}, steps=[("setting", "moon")])

    codes = [one.code for one in refused.value.problems]
    assert ["BE206", "BE408", "BE908"] == codes
    assert [("contact",), ("setting",)] == [one.path for one in wrong.value.problems]


@pytest.mark.parametrize("steps", [None, 5, "abc", [5], [("a",)], [(["contact"], "x")]])
def test_form_steps_that_are_not_pairs_are_refused(steps: Any) -> None:
    """Form data must be pairs of a fact and a value."""
    with pytest.raises(InterviewError, match="`steps` must be pairs") as refused:
        Interview(steps=steps)
    assert ["BE908"] == [one.code for one in refused.value.problems]


def test_a_form_can_be_given_as_a_mapping() -> None:
    """A mapping is read as its items."""
    form = {"contact": "message", "client_status": None}

    assert Interview(steps=form) == Interview(steps=form.items())
    with pytest.raises(SituationError, match="must map facts to values"):
        Interview(stated=[*form.items()])  # type: ignore[arg-type]


def test_answers_in_steps_are_stored_as_values() -> None:
    """True and false mean yes and no, as in `answer`."""
    given = Interview(steps={"unwanted_pursuit": True})  # type: ignore[arg-type]

    assert Interview().answer(True, "unwanted_pursuit") == given
    assert given == Interview.from_dict(given.to_dict())


def test_a_fact_that_is_stated_as_unknown_can_be_asked_about() -> None:
    """This is the same as leaving it out."""
    blank = {"contact": "unknown", "setting": None}
    steps = {"contact": "message"}

    assert Interview(steps=steps) == Interview(stated=blank, steps=steps)  # type: ignore[arg-type]


def test_a_stated_fact_cannot_be_undone() -> None:
    """The error says so for both ways to answer."""
    begun = Interview(stated={"contact": "message"})
    with pytest.raises(InterviewError, match="was stated at the start"):
        begun.answer("message", "contact")
    with pytest.raises(InterviewError, match="was stated at the start") as refused:
        attrs.evolve(begun, steps=[("contact", "message")])

    assert ["BE902"] == [one.code for one in refused.value.problems]


def test_questions_and_groups_have_short_representations() -> None:
    """The representation in a notebook has a few lines."""
    interview = Interview("nasw-2021")

    assert all(len(repr(group)) <= 500 for group in interview.groups)
    assert len(repr(interview.question)) <= 500
