"""Stated facts become a situation, or are rejected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from boundaryethics.errors import ArgumentError, SituationError
from boundaryethics.model.facts import UNKNOWN, Fact, Situation, Vocabulary, value_text

CONTACT = Fact(name="contact", question="What happened?", values=("message", "follow"))
DANGER = Fact(name="danger", question="Is there danger?", values=("yes", "no"))
VOCABULARY = Vocabulary((CONTACT, DANGER))


@pytest.mark.clause("S1")
def test_every_fact_can_be_unknown() -> None:
    """`unknown` is not declared, and comes after the declared values."""
    assert ("message", "follow", UNKNOWN) == CONTACT.all_values


@pytest.mark.clause("S1")
def test_a_policy_can_add_facts() -> None:
    """Added facts come after the existing ones, in order."""
    more = Fact(name="licence", values=("full", "trainee"))

    assert ["contact", "danger", "licence"] == list(VOCABULARY.joined((more,)).by_name)


@pytest.mark.clause("S2")
def test_facts_left_out_are_unknown() -> None:
    """A situation has one value for each fact, stated or not."""
    situation = VOCABULARY.situation({"danger": "no"})

    assert {"contact": UNKNOWN, "danger": "no"} == dict(situation)


def test_the_values_of_a_situation_are_a_tuple() -> None:
    """A list is refused, because it could change later."""
    values: Any = ["message", "no"]

    assert Situation(vocabulary=VOCABULARY, row=tuple(values))
    with pytest.raises(ArgumentError, match="row"):
        Situation(vocabulary=VOCABULARY, row=values)


@pytest.mark.parametrize("row", [("message",), ("message", "no", "no")])
def test_a_situation_has_as_many_values_as_facts(row: tuple[str, ...]) -> None:
    """Neither too few nor too many values are accepted."""
    with pytest.raises(SituationError, match="BE403"):
        Situation(vocabulary=VOCABULARY, row=row)


@pytest.mark.clause("S3")
@pytest.mark.parametrize(
    ("stated", "meant"), [(True, "yes"), (False, "no"), (None, UNKNOWN)]
)
def test_booleans_mean_yes_and_no(stated: object, meant: str) -> None:
    """True, false and null mean yes, no and unknown for a yes-or-no fact."""
    assert meant == VOCABULARY.situation({"danger": stated})["danger"]


@pytest.mark.clause("S3")
def test_none_means_unknown_for_every_fact() -> None:
    """This holds whatever values the fact has."""
    situation = VOCABULARY.situation({"danger": None, "contact": None})

    assert {"contact": UNKNOWN, "danger": UNKNOWN} == dict(situation)


@pytest.mark.clause("S3")
@pytest.mark.parametrize("stated", ["on", "true", "True", "", 1, 0, "1"])
def test_html_checkbox_values_are_not_yes(stated: object) -> None:
    """Values such as `on` are never guessed to mean yes."""
    with pytest.raises(SituationError) as refused:
        VOCABULARY.situation({"danger": stated})

    (problem,) = refused.value.problems
    assert "valid values: `yes`, `no`, `unknown`" in str(problem.help)


@pytest.mark.clause("S3")
@pytest.mark.parametrize("stated", [True, 1, ["message"], "Message", ""])
def test_an_undeclared_value_is_rejected(stated: object) -> None:
    """An invalid value is never converted to a declared one."""
    with pytest.raises(SituationError) as refused:
        VOCABULARY.situation({"contact": stated})

    assert ["BE402"] == [problem.code for problem in refused.value.problems]


@pytest.mark.clause("S3")
def test_errors_suggest_the_nearest_name() -> None:
    """All errors are reported together, each with the most similar declared word."""
    with pytest.raises(SituationError) as refused:
        VOCABULARY.situation({"contcat": "message", "contact": "mesage"})
    advice = [problem.help or "" for problem in refused.value.problems]

    assert ["did you mean `contact`?", "did you mean `message`?"] == [
        value_text.partition(" valid values")[0] for value_text in advice
    ]


def test_changing_a_situation_returns_a_copy() -> None:
    """The original situation does not change."""
    situation = VOCABULARY.situation({"contact": "follow"})
    changed = situation.with_facts(danger=True)

    assert {"contact": "follow", "danger": "yes"} == changed.known()
    assert {"contact": "follow"} == situation.known()
    assert isinstance(changed, Situation)


def test_a_vocabulary_is_a_mapping() -> None:
    """A vocabulary has length, membership, keys and order like a dict of its facts."""
    facts = {"contact": CONTACT, "danger": DANGER}

    assert [*facts] == [*VOCABULARY] == [*VOCABULARY.keys()]
    assert 2 == len(VOCABULARY)
    assert "contact" in VOCABULARY
    assert "contacts" not in VOCABULARY
    assert facts == dict(VOCABULARY)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.int64(3), "the number 3"),
        (np.float64(1.5), "a number"),
        (np.bool_(1), "true"),
        (np.bool_(0), "false"),
    ],
)
def test_numpy_values_are_described_by_their_kind(value: object, said: str) -> None:
    """Only NumPy Booleans are described as true or false."""
    assert said == value_text(value)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_large_integer_is_described_without_its_digits(sign: int) -> None:
    """An integer is shown in full if it has at most 18 digits."""
    most = sign * (10**18 - 1)

    assert f"the number {most}" == value_text(most)
    assert "a number" == value_text(most + sign)


@pytest.mark.parametrize(
    ("name", "said"), [(None, "None"), (3, "the number 3"), ("dangr", "`dangr`")]
)
def test_an_unknown_fact_is_shown_as_it_was_given(name: Any, said: str) -> None:
    """A key that is not text is described, and None is shown as `None`."""
    with pytest.raises(SituationError) as refused:
        VOCABULARY.situation({name: "yes"})

    (problem,) = refused.value.problems
    assert ("BE401", f"unknown fact {said}") == (problem.code, problem.message)
