from __future__ import annotations

from typing import Any

import attrs
import pytest

from boundaryethics import UNKNOWN, consult
from boundaryethics.errors import SituationError
from boundaryethics.mdd.space import extended, space_of, vocabulary_of
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.plain_data import condition
from boundaryethics.model.verdict import Verdict
from support import brute_force
from support.small_policies import VOCABULARY, policy_of

FAVORS = {"then": {"favors": {"leave": "weak"}}}


@pytest.mark.clause("S2")
def test_without_limits_the_space_has_every_situation() -> None:
    """Each fact may have each of its values, or be unknown."""
    assert 27 == space_of(VOCABULARY).size


def test_a_fact_can_be_limited_to_one_or_several_values() -> None:
    """A single value counts as a list of one; unknown is allowed too."""
    space = space_of(VOCABULARY, {"contact": "message", "danger": [True, None]})

    assert (("message",), ("yes", "unknown")) == space.allowed[:2]
    assert 6 == space.size


@pytest.mark.clause("S3")
def test_unknown_names_are_reported_with_the_nearest_ones() -> None:
    """One error lists every mistyped fact and value."""
    with pytest.raises(SituationError) as caught:
        space_of(VOCABULARY, {"contakt": "message", "status": ["active", "formr"]})

    assert ["did you mean `contact`?"] == [
        problem.help for problem in caught.value.problems if problem.code == "BE401"
    ]
    assert "formr" in str(caught.value)
    assert "`former`" in str(caught.value)


def test_an_empty_list_of_values_is_rejected() -> None:
    """A fact needs at least one value."""
    with pytest.raises(SituationError, match="BE402"):
        space_of(VOCABULARY, {"contact": []})


def test_the_space_of_two_policies_has_the_facts_of_both() -> None:
    """A fact that one policy declares belongs to the joint space."""
    more = VOCABULARY.joined((Fact(name="rank", values=("here",)),))
    other = attrs.evolve(policy_of(), vocabulary=more)

    assert more == vocabulary_of([policy_of(), other])


def test_the_space_of_two_policies_has_the_values_of_both() -> None:
    """With `common`, it has only the values that both policies declare."""
    other = Vocabulary((Fact(name="status", values=("active", "waiting")),))
    pair = [policy_of(), attrs.evolve(policy_of(), vocabulary=other)]

    assert ("active", "former", "waiting") == vocabulary_of(pair)["status"].values
    common = vocabulary_of(pair, common=True)
    assert {"contact": (), "danger": (), "status": ("active",)} == {
        fact.name: fact.values for fact in common.facts
    }


def test_impossible_conditions_apply_to_common_values() -> None:
    """A condition on several values applies to those that both policies declare."""
    values = ("active", "waiting")
    other = Vocabulary((*VOCABULARY.facts[:2], Fact(name="status", values=values)))
    wide = condition({"contact": "message", "not": {"status": ["former", "unknown"]}})
    clash = Vocabulary(VOCABULARY.facts, (wide,))
    pair = [attrs.evolve(policy_of(), vocabulary=v) for v in (clash, other)]

    # The second policy's own value is unknown to the first, so nothing is impossible.
    assert 3 * 3 * 4 - 3 == space_of(vocabulary_of(pair)).size
    assert 3 * 3 * 2 - 3 == space_of(vocabulary_of(pair, common=True)).size


IMPOSSIBLE = Vocabulary(
    VOCABULARY.facts,
    (
        condition({"contact": "message", "danger": "yes"}),
        condition({"danger": ["yes", "no"], "status": "former"}),
    ),
)


@pytest.mark.clause("S23")
def test_only_possible_situations_are_counted() -> None:
    """A situation that two clashes rule out is subtracted once."""
    assert 27 - 3 - 6 + 1 == space_of(IMPOSSIBLE).size
    assert 2 == space_of(IMPOSSIBLE, {"contact": "message", "status": "active"}).size


@pytest.mark.clause("S23")
@pytest.mark.parametrize(
    "where",
    [
        {},
        {"contact": "message", "danger": ["yes", "no"]},
        {"danger": "yes"},
        {"status": "former"},
        {"danger": ["yes", "no"], "contact": ["message", "request"]},
    ],
)
def test_only_possible_values_are_listed(where: dict[str, Any]) -> None:
    """A value is listed if a possible situation has it and meets the other limits."""
    possible = brute_force.situations(IMPOSSIBLE, where)

    assert space_of(IMPOSSIBLE, where).taken == tuple(
        tuple(
            v for v in fact.all_values if any(one[fact.name] == v for one in possible)
        )
        for fact in IMPOSSIBLE.facts
    )


@pytest.mark.clause("S23")
@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"contact": "message", "danger": "yes"}, "BE406"),
        ({"danger": ["yes", "no"], "status": "former"}, "BE407"),
    ],
)
def test_limits_must_leave_a_possible_situation(
    given: dict[str, object], code: str
) -> None:
    """The error names the clash if each fact has a single value."""
    with pytest.raises(SituationError) as refused:
        space_of(IMPOSSIBLE, given)

    assert [code] == [problem.code for problem in refused.value.problems]


@pytest.mark.clause("S23")
def test_impossible_conditions_of_both_policies_are_merged() -> None:
    """An impossible condition that both policies have applies once."""
    one = attrs.evolve(policy_of(), vocabulary=IMPOSSIBLE)
    both = vocabulary_of([one, policy_of(), one])

    assert IMPOSSIBLE == both


def test_undeclared_values_count_as_unknown() -> None:
    """The rules that apply are those for an unknown fact."""
    facts = tuple(
        attrs.evolve(fact, values=(*fact.values, "letter")) for fact in VOCABULARY.facts
    )
    policy = policy_of(
        [
            {"id": "unknown", "when": {"contact": UNKNOWN}, **FAVORS},
            {"id": "known", "when": {"not": {"contact": UNKNOWN}}, **FAVORS},
            {"id": "message", "when": {"contact": "message"}, **FAVORS},
            {"id": "none", "when": {"not": {"contact": "message"}}, **FAVORS},
        ]
    )

    wider = extended(Vocabulary(facts), policy)

    for value, counts_as in (
        *(("letter", UNKNOWN), (UNKNOWN, UNKNOWN)),
        *((value, value) for value in VOCABULARY["contact"].values),
    ):
        verdict, expected = (
            consult(one.vocabulary.situation({"contact": stated}), one)
            for one, stated in ((wider, value), (policy, counts_as))
        )
        assert binding(expected) == binding(verdict)


def test_a_policy_that_declares_all_values_is_not_copied() -> None:
    """Everything cached for the policy can still be used."""
    policy = policy_of()

    assert extended(policy.vocabulary, policy) is policy


def binding(verdict: Verdict) -> set[str]:
    """Return the rules that give the reasons of *verdict*."""
    return {one.rule for own in verdict.assessments for one in own.reasons}
