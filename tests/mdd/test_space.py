from __future__ import annotations

import attrs
import pytest

from boundaryethics.errors import AnalysisError, SituationError
from boundaryethics.mdd.space import space_of, vocabulary_of
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.plain_data import condition
from support.small_policies import VOCABULARY, policy_of


@pytest.mark.clause("S2")
def test_without_limits_the_space_holds_every_situation() -> None:
    """Each fact may have each of its values, or be unknown."""
    assert 27 == space_of(VOCABULARY).size


def test_facts_can_be_limited_to_one_or_several_values() -> None:
    """A single value means a list of one; unknown is allowed too."""
    space = space_of(VOCABULARY, {"contact": "message", "danger": [True, None]})

    assert (("message",), ("yes", "unknown")) == space.allowed[:2]
    assert 6 == space.size


@pytest.mark.clause("S3")
def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    """One error lists every mistyped fact and value."""
    with pytest.raises(SituationError) as caught:
        space_of(VOCABULARY, {"contakt": "message", "status": ["active", "formr"]})

    assert ["did you mean `contact`?"] == [
        problem.help for problem in caught.value.problems if problem.code == "BE401"
    ]
    assert "formr" in str(caught.value)
    assert "`former`" in str(caught.value)


def test_a_fact_cannot_be_given_no_value() -> None:
    """An empty list of values is an error."""
    with pytest.raises(SituationError):
        space_of(VOCABULARY, {"contact": []})


def test_the_space_of_two_policies_has_the_facts_of_both() -> None:
    """A fact of one policy belongs to the joint space."""
    more = VOCABULARY.joined((Fact(name="rank", values=("here",)),))
    other = attrs.evolve(policy_of(), vocabulary=more)

    assert more == vocabulary_of([policy_of(), other])


def test_a_fact_must_have_the_same_values_in_both_policies() -> None:
    """Policies that declare a fact with different values cannot be compared."""
    other = Vocabulary((Fact(name="status", values=("active",)),))

    with pytest.raises(AnalysisError) as caught:
        vocabulary_of([policy_of(), attrs.evolve(policy_of(), vocabulary=other)])

    assert "`status`" in str(caught.value)


IMPOSSIBLE = Vocabulary(
    VOCABULARY.facts,
    (
        condition({"contact": "message", "danger": "yes"}),
        condition({"danger": ["yes", "no"], "status": "former"}),
    ),
)


@pytest.mark.clause("S23")
def test_only_possible_situations_are_counted() -> None:
    """Each situation that clashes rule out is left out once."""
    assert 27 - 3 - 6 + 1 == space_of(IMPOSSIBLE).size
    assert 2 == space_of(IMPOSSIBLE, {"contact": "message", "status": "active"}).size


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
    """The error names the clash if single values meet it."""
    with pytest.raises(SituationError) as refused:
        space_of(IMPOSSIBLE, given)

    assert [code] == [problem.code for problem in refused.value.problems]


@pytest.mark.clause("S23")
def test_situations_are_possible_under_both_policies() -> None:
    """An impossible condition of either policy applies once."""
    one = attrs.evolve(policy_of(), vocabulary=IMPOSSIBLE)
    both = vocabulary_of([one, policy_of(), one])

    assert IMPOSSIBLE == both
