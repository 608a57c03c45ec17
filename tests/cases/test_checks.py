"""Checking verdicts against cases."""

from __future__ import annotations

import attrs
import pytest

from boundaryethics.cases import Case, Expectation, Grade, check, run_cases
from boundaryethics.consult import consult
from boundaryethics.errors import PolicyError
from boundaryethics.model.rules import Option, Status
from support.small_policies import policy_of

CONTINUE, IGNORE, DECLINE, LEAVE = Option
POLICY = policy_of(
    [
        {"id": "a", "then": {"favors": {"decline": "strong", "leave": "weak"}}},
        {"id": "b", "then": {"forbids": "continue", "concludes": "met"}},
        {"id": "c", "then": {"advises": "seek_supervision", "drafts": "hello"}},
    ],
    findings=["met"],
    actions={
        "seek_supervision": {"says": "Take it to supervision."},
        "refer": {"says": "Refer."},
    },
    draft_parts={
        "hello": {"slot": "opening", "says": "Hello."},
        "farewell": {"slot": "closing", "says": "Farewell."},
    },
)
VERDICT = consult({}, POLICY)
CASE = Case(name="A case", policy="by-hand")


def test_the_verdict_has_the_ranking_that_these_tests_expect() -> None:
    """The verdict ranks decline, leave, ignore, continue in this order."""
    assert ((DECLINE,), (LEAVE,), (IGNORE,), (CONTINUE,)) == VERDICT.ranking


@pytest.mark.parametrize(
    "expect",
    [
        Expectation(),
        Expectation(first=(DECLINE,), last=(CONTINUE,)),
        Expectation(above=((LEAVE, IGNORE), (IGNORE, CONTINUE))),
        Expectation(status=((CONTINUE, Status.FORBIDDEN), (LEAVE, Status.ALLOWED))),
        Expectation(cites=((DECLINE, ("care",)),), actions=("seek_supervision",)),
        Expectation(no_actions=("refer",)),
        Expectation(drafts=("hello",), no_drafts=("farewell",)),
        Expectation(findings=("met",)),
    ],
)
def test_a_verdict_that_meets_all_expectations_passes(expect: Expectation) -> None:
    """A verdict with all expected contents has no misses."""
    assert () == check(attrs.evolve(CASE, expect=expect), VERDICT).misses


@pytest.mark.parametrize(
    ("expect", "miss"),
    [
        (Expectation(first=(LEAVE,)), "decline ranks first, not leave"),
        (
            Expectation(first=(DECLINE, LEAVE)),
            "decline ranks first, not decline and leave",
        ),
        (Expectation(last=(LEAVE,)), "continue ranks last, not leave"),
        (Expectation(above=((IGNORE, LEAVE),)), "ignore is not above leave"),
        (Expectation(tied=((IGNORE, LEAVE),)), "ignore and leave are not tied"),
        (
            Expectation(status=((CONTINUE, Status.ALLOWED),)),
            "continue is forbidden, not allowed",
        ),
        (
            Expectation(cites=((IGNORE, ("care",)),)),
            "no reason for ignore has principle `care`",
        ),
        (Expectation(actions=("refer",)), "`refer` is not advised"),
        (
            Expectation(no_actions=("seek_supervision",)),
            "`seek_supervision` is advised",
        ),
        (Expectation(no_actions=("rest",)), "`rest` is not an action of the policy"),
        (Expectation(drafts=("farewell",)), "`farewell` is not drafted"),
        (Expectation(no_drafts=("hello",)), "`hello` is drafted"),
        (
            Expectation(no_drafts=("good_bye",)),
            "`good_bye` is not a draft sentence of the policy",
        ),
        (Expectation(findings=("alone",)), "`alone` is not true"),
    ],
)
def test_unmet_expectations_have_messages(expect: Expectation, miss: str) -> None:
    """Each unmet expectation has a message."""
    assert (miss,) == check(attrs.evolve(CASE, expect=expect), VERDICT).misses


@pytest.mark.parametrize(
    ("verdicts", "holds"),
    [
        ({DECLINE: Grade.BEST, CONTINUE: Grade.UNACCEPTABLE}, True),
        ({IGNORE: Grade.UNACCEPTABLE}, True),
        ({LEAVE: Grade.UNACCEPTABLE}, False),
        ({LEAVE: Grade.BEST}, False),
        ({LEAVE: Grade.ACCEPTABLE, IGNORE: Grade.DISFAVORED}, True),
        ({LEAVE: Grade.DISFAVORED, IGNORE: Grade.ACCEPTABLE}, False),
        ({LEAVE: Grade.ACCEPTABLE, IGNORE: Grade.ACCEPTABLE}, True),
    ],
)
def test_grades_constrain_the_order(verdicts: dict[Option, Grade], holds: bool) -> None:
    """Better grades rank above worse; best is first; unacceptable is low."""
    case = attrs.evolve(CASE, verdicts=tuple(verdicts.items()))

    assert holds is check(case, VERDICT).holds


def test_tied_options_do_not_rank_above_each_other() -> None:
    """Tied options meet no order of grades, and are neither best nor low."""
    tie = consult({}, policy_of())
    graded = ((DECLINE, Grade.BEST), (CONTINUE, Grade.UNACCEPTABLE))
    outcome = check(attrs.evolve(CASE, verdicts=graded), tie)

    assert 3 == len(outcome.misses)


def test_a_departure_excuses_only_the_ruling() -> None:
    """Other expectations still fail."""
    case = attrs.evolve(
        CASE,
        verdicts=((LEAVE, Grade.BEST),),
        expect=Expectation(first=(LEAVE,)),
        departs="the source speaks of another profession",
    )
    outcome = check(case, VERDICT)

    assert ("decline ranks first, not leave",) == outcome.misses
    assert ("decline ranks first, not leave alone",) == outcome.departures


def test_a_case_without_expectations_is_refused() -> None:
    """A case built in Python without expectations is refused under any policy."""
    with pytest.raises(PolicyError, match="BE409"):
        run_cases([CASE], policy=POLICY)
    assert not run_cases([], policy=POLICY).holds


def test_a_departure_without_a_difference_is_a_miss() -> None:
    """A case that claims a departure fails if the verdict agrees with the ruling."""
    agreeing = ((DECLINE, Grade.BEST),)
    case = attrs.evolve(CASE, verdicts=agreeing, departs="for no reason")

    assert not check(case, VERDICT).holds
