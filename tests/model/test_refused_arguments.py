"""Conditions and policies refuse arguments of the wrong type, and unknown names."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

import boundaryethics
from boundaryethics import (
    ArgumentError,
    Effects,
    FactIn,
    Holds,
    Invariant,
    Option,
    Policy,
    PolicyError,
    Promise,
    Rule,
    Strength,
    both,
    either,
)
from boundaryethics.model.conditions import MOST_LEVELS, All, Not, clauses
from boundaryethics.model.conditions import Any as AnyOf
from support.small_policies import policy_of

VOCABULARY = boundaryethics.load_policy("apa-2017").vocabulary
MESSAGE = FactIn("contact", frozenset({"message"}))
ACTIVE = FactIn("client_status", frozenset({"active"}))


@pytest.mark.parametrize("wrong", [["message"], [MESSAGE, None], [5]])
def test_only_conditions_can_be_combined(wrong: Any) -> None:
    """Text is not a condition."""
    for combine in (both, either):
        with pytest.raises(ArgumentError, match="`parts`"):
            combine(wrong)


def test_a_single_condition_is_returned_unchanged() -> None:
    """Nested conditions of the same kind are flattened."""
    assert MESSAGE == both([MESSAGE]) == either([MESSAGE])
    assert All((MESSAGE, ACTIVE)) == both([both([MESSAGE]), ACTIVE])
    assert AnyOf((MESSAGE, ACTIVE)) == either([either([MESSAGE, ACTIVE])])


@pytest.mark.parametrize("wrong", [["none"], ["none", "danger"], 5, None])
def test_citations_of_unknown_rules_are_refused(wrong: Any) -> None:
    """The error is an `ArgumentError`, not a `KeyError` of a mapping."""
    with pytest.raises(ArgumentError):
        boundaryethics.load_policy("apa-2017").citations_for(wrong)


SAID = "He said: mesage me, please"


def test_free_text_is_not_repeated() -> None:
    """Free text in the place of a fact or a value may be a client's words."""
    with pytest.raises(ArgumentError) as refused:
        VOCABULARY.answers(SAID)
    problems = [
        *refused.value.problems,
        *VOCABULARY.misfits_in({SAID: "yes", "contact": SAID}),
        *VOCABULARY.misfits_in({SAID: SAID, "contact": SAID}, show_values=False),
    ]

    assert 5 == len(problems)
    assert "said" not in " ".join(f"{one.message} {one.help}" for one in problems)


@pytest.mark.parametrize("show_values", [None, False, True])
def test_a_mistyped_value_has_a_suggestion(show_values: bool | None) -> None:
    """The suggestion is a declared value, so it can be shown in any case."""
    (one,) = VOCABULARY.misfits_in({"contact": "mesage"}, show_values=show_values)

    assert ("mesage" in one.message) == (show_values is not False)
    assert (one.help or "").startswith("did you mean `message`?")


def test_only_forbidden_options_are_ruled_out() -> None:
    """A required option is not ruled out."""
    policy = policy_of(
        [
            {"id": "must", "then": {"requires": "decline"}},
            {"id": "never", "then": {"forbids": "ignore"}},
        ]
    )
    verdict = boundaryethics.consult({}, policy)

    assert {"required", "forbidden"} <= {str(one.status) for one in verdict.assessments}
    assert (Option.IGNORE,) == verdict.ruled_out
    assert len(verdict.text()) < len(verdict.text(full=True))


@pytest.mark.parametrize("wrong", ["contact", None, 5])
def test_only_a_fact_has_a_group(wrong: Any) -> None:
    """The name of a fact is not a fact."""
    with pytest.raises(ArgumentError, match="`fact`"):
        VOCABULARY.group_of(wrong)


def test_a_single_rule_can_be_cited_by_its_name() -> None:
    """One name is equivalent to a list with one name."""
    policy = boundaryethics.load_policy("apa-2017")
    rule = next(one for one in policy.rules if policy.cited_by(one))

    assert policy.citations_for([rule.id]) == policy.citations_for(rule.id)


def test_a_finding_cannot_be_both_true_and_absent() -> None:
    """Such a conjunction has no clause, even if it also tests a fact."""
    found = Holds("found")

    assert () == clauses(both([MESSAGE, found, Not(found)]), VOCABULARY)
    assert 1 == len(clauses(both([MESSAGE, found]), VOCABULARY))


def test_a_clause_that_implies_another_one_is_left_out() -> None:
    """If the wider clause is not met, the narrower one is not met either."""
    found, lost = Holds("found"), Holds("lost")
    narrower = [
        both([MESSAGE, ACTIVE]),
        both([MESSAGE, found]),
        both([lost, Not(found)]),
    ]
    wider = clauses(either([MESSAGE, lost]), VOCABULARY)

    assert 2 == len(wider)
    assert wider == clauses(either([MESSAGE, lost, *narrower]), VOCABULARY)
    assert 3 == len(clauses(either(narrower), VOCABULARY))


def test_a_rule_that_is_declared_again_is_refused() -> None:
    """The message says whether the first one is inherited."""
    rule = Rule(id="again", then=Effects(favors=((Option.LEAVE, Strength.WEAK),)))
    rule = attrs.evolve(rule, principle="care", because="It is.")

    def refused(base: Policy, *rules: Rule) -> str:
        with pytest.raises(PolicyError) as error:
            base.variant("child", add=rules)
        return error.value.problems[0].message

    base = policy_of([])
    assert "duplicate rule `again`" == refused(base, rule, rule)
    inherited = base.variant("parent", add=[rule])
    assert "rule `again` is already inherited" == refused(inherited, rule)


@pytest.mark.parametrize(
    ("promise", "names", "code"),
    [
        (Promise.LAST, (), "BE615"),
        (Promise.NEVER_ADVISES, (), "BE615"),
        (Promise.ABOVE, (Option.LEAVE,), "BE615"),
        (Promise.LAST, ("stay",), "BE616"),
        (Promise.NEVER_ADVISES, (3,), "BE616"),
    ],
)
def test_an_invariant_without_valid_names_is_refused(
    promise: Promise, names: Any, code: str
) -> None:
    """It needs enough names, and they must be text and, for responses, known."""
    invariant = Invariant(id="one", holds=((promise, names),))
    with pytest.raises(PolicyError) as refused:
        policy_of([]).variant("child", invariants=[invariant])

    assert [code] == [one.code for one in refused.value.problems]


def test_conditions_are_nested_up_to_a_limit() -> None:
    """Conditions with too many levels are refused wherever they are nested."""
    deep: Any = MESSAGE
    for _ in range(MOST_LEVELS - 1):
        deep = Not(deep)

    for beyond in (Not, lambda one: All((ACTIVE, one)), lambda one: AnyOf((one,))):
        with pytest.raises(PolicyError, match="BE506"):
            Not(beyond(deep))
