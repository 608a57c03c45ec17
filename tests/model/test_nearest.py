"""Suggestions for unknown facts and invalid values."""

from __future__ import annotations

import pytest

from boundaryethics.errors import nearest
from boundaryethics.model.facts import Fact, Vocabulary

VOCABULARY = Vocabulary(
    (
        Fact(
            name="contact",
            values=("request", "message"),
            labels=(("request", "A friend request, or a match"),),
        ),
        Fact(name="client_minor", values=("yes", "no")),
        Fact(name="client_status", values=("active", "former")),
        Fact(name="setting", values=("dating_service", "group")),
        Fact(name="platform", values=("dating_app", "forum")),
    )
)


def advice(name: str, value: object) -> str:
    """Return the advice for one stated fact that is wrong."""
    (found,) = VOCABULARY.validate({name: value})
    return found.help or ""


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("contcat", "message", "contact"),
        ("client", "former", "client_status"),
        ("client", "yes", "client_minor"),
        ("match", "maybe", "contact"),
        ("status", "unclear", "client_status"),
    ],
)
def test_facts_are_suggested_by_value_spelling_or_words(
    name: str, value: str, meant: str
) -> None:
    """A fact with the stated value comes before one with a similar name."""
    assert advice(name, value) == f"did you mean `{meant}`?"


def test_an_unmatched_fact_gets_advice_about_its_value() -> None:
    """The help says which fact has the value, but does not suggest it as the name."""
    found = advice("relationship", "former")

    assert found == "`former` is a value of `client_status`"


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("contact", "mesage", "message"),
        ("contact", "match", "request"),
        ("contact", "friend", "request"),
        ("setting", "dating_app", "dating_service"),
    ],
)
def test_values_are_suggested_by_spelling_or_label(
    name: str, value: str, meant: str
) -> None:
    """The words of the displayed answer count as well."""
    assert advice(name, value).startswith(f"did you mean `{meant}`? valid values: ")


def test_a_value_of_another_fact_is_reported() -> None:
    """If exactly one other fact has the value, the help names that fact."""
    assert advice("setting", "dating_app").endswith(
        "; `dating_app` is a value of `platform`"
    )
    assert "is a value of" not in advice("setting", "nowhere")


def test_an_empty_value_is_reported_as_empty() -> None:
    """An empty value is not printed as an invalid value."""
    (found,) = VOCABULARY.validate({"contact": ""})

    assert "the value of `contact` is empty" == found.message
    assert "valid values: `request`, `message`, `unknown`" == found.help


def test_names_that_share_no_word_are_not_suggested() -> None:
    """At least half of the words must match, and short words do not count."""
    assert nearest("a", ["and"]) is None
    assert nearest("", ["and"]) is None
    assert nearest("a-b-c", []) is None
    assert nearest("green apple pie", ["apple_tree"]) is None
    assert "apple_tree" == nearest("apple pie", ["oak", "apple_tree"])
    assert "oak" == nearest("acorn", ["apple", "oak"], {"oak": "Bears acorns"})
