from __future__ import annotations

import attrs
import pytest

from boundaryethics.errors import AnalysisError, SituationError
from boundaryethics.mdd.space import space_of, vocabulary_of
from boundaryethics.model.facts import Fact, Vocabulary
from boundaryethics.model.plain_data import condition
from support.small_policies import VOCABULARY, policy_of


@pytest.mark.clause("S2")
def test_everything_is_asked_where_nothing_is_given() -> None:
    """Each fact may have each of its values, unknown among them."""
    assert 27 == space_of(VOCABULARY).size


def test_facts_can_be_confined_to_a_value_or_to_some() -> None:
    """A value alone stands for a list of one; unknown can be given too."""
    space = space_of(VOCABULARY, {"contact": "message", "danger": [True, None]})

    assert (("message",), ("yes", "unknown")) == space.allowed[:2]
    assert 6 == space.size


@pytest.mark.clause("S3")
def test_what_is_not_declared_is_told_with_the_nearest_name() -> None:
    """Every mistyped fact and value is told at once."""
    with pytest.raises(SituationError) as caught:
        space_of(VOCABULARY, {"contakt": "message", "status": ["active", "formr"]})

    assert ["did you mean `contact`?"] == [
        problem.help for problem in caught.value.problems if problem.code == "BE401"
    ]
    assert "formr" in str(caught.value)
    assert "`former`" in str(caught.value)


def test_a_fact_cannot_be_given_no_value() -> None:
    """An empty list of values is a mistake, and not a space without situations."""
    with pytest.raises(SituationError):
        space_of(VOCABULARY, {"contact": []})


def test_policies_with_other_facts_are_asked_all_of_them() -> None:
    """A fact that one policy has alone is part of the space of both."""
    more = VOCABULARY.joined((Fact(name="rank", values=("here",)),))
    other = attrs.evolve(policy_of(), vocabulary=more)

    assert more == vocabulary_of([policy_of(), other])


def test_a_fact_must_mean_the_same_to_both() -> None:
    """Policies that declare one fact with other values cannot be compared."""
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
    """Those that a clash rules out are left out, each once."""
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
def test_what_is_given_must_leave_something_possible(
    given: dict[str, object], code: str
) -> None:
    """A clash is named where single values are given, and else it is said."""
    with pytest.raises(SituationError) as refused:
        space_of(IMPOSSIBLE, given)

    assert [code] == [problem.code for problem in refused.value.problems]


@pytest.mark.clause("S23")
def test_policies_together_are_asked_what_is_possible_under_both() -> None:
    """What one of them calls impossible is impossible; equal conditions stand once."""
    one = attrs.evolve(policy_of(), vocabulary=IMPOSSIBLE)
    both = vocabulary_of([one, policy_of(), one])

    assert IMPOSSIBLE == both
