"""Policies written as files."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from boundaryethics.errors import PolicyError
from boundaryethics.model.conditions import ALWAYS, All, Condition, FactIn, Holds, Not
from boundaryethics.model.conditions import Any as AnyOf
from boundaryethics.model.facts import Vocabulary
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Option, Strength
from boundaryethics.policies import (
    load_policy,
    policies,
    read_policy,
    write_policy,
)
from support.small_policies import policy_of

POLICY = policy_of(
    [{"id": "r", "then": {"forbids": "continue"}, "because": "It is so."}],
    findings=["f", "g"],
)
MESSAGE = FactIn("contact", frozenset({"message"}))
EITHER = FactIn("contact", frozenset({"request", "message"}))


@pytest.mark.parametrize("id", policies())
def test_a_built_in_policy_reads_back_equal(id: str) -> None:
    """It reads back equal with an empty vocabulary and with the built-in one."""
    policy = load_policy(id)
    text = write_policy(policy)

    assert policy == read_policy(text, vocabulary=Vocabulary())
    assert policy == read_policy(text)
    assert "extends" not in text


def test_non_ascii_letters_are_not_escaped() -> None:
    """A person who reads the file sees the text, not escapes."""
    rule = {
        "id": "r",
        "then": {"forbids": "continue"},
        "because": "Na\u00efve \u2013 no.",
    }

    assert "Na\u00efve \u2013 no." in write_policy(policy_of([rule]))


def test_a_written_file_is_easy_to_read() -> None:
    """Short parts are on one line, in the order of the format."""
    written = write_policy(_with(when=All((EITHER, Not(Holds("f"))))))

    assert written.startswith("# yaml-language-server: $schema=")
    assert (
        """
rules:
  - id: r
    when: {contact: [message, request], f: false}
    then: {forbids: continue}
    principle: care
    because: It is so.
"""
        in written
    )


def test_a_blank_line_separates_rules_and_long_parts() -> None:
    """Parts on one line follow each other without blank lines."""
    rules = [{"id": i, "then": {"forbids": "leave"}, "because": "No."} for i in "qr"]
    written = write_policy(policy_of(rules, findings=["f", "g"]))

    assert "harm?\n\nrules:\n  - {id: q," in written
    assert "}\n\n  - {id: r," in written
    assert "}\n\nranking:\n  method:" in written
    assert "{says: f}\n  g: {says: g}\n\nprinciples:\n" in written
    assert "\n\n\n" not in written


@pytest.mark.parametrize(
    ("length", "start"), [(75, "because: word"), (76, "because: >-\n")]
)
def test_a_long_text_begins_on_its_own_line(length: int, start: str) -> None:
    """A shorter text follows its key."""
    because = "word " * 14 + "x" * (length - 70)

    assert start in write_policy(_with(because=because))


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (ALWAYS, "then:"),
        (Not(ALWAYS), "when: {not: {}}"),
        (Not(MESSAGE), "when: {not: {contact: message}}"),
        (Not(Not(Holds("f"))), "when: {not: {f: false}}"),
        (All((Holds("f"), Not(Holds("g")))), "when: {f: true, g: false}"),
        (All((MESSAGE, EITHER)), "when: {all: [{contact: message}, {contact: ["),
        (All((Not(MESSAGE), Not(EITHER))), "when: {all: [{not: {contact: message"),
        (AnyOf((ALWAYS, AnyOf((MESSAGE, EITHER)))), "when: {any: [{}, {any: ["),
    ],
)
def test_any_condition_reads_back_equal(condition: Condition, text: str) -> None:
    """Two parts of a condition with the same key are written under `all`."""
    policy = _with(when=condition)
    written = write_policy(policy)

    assert policy == read_policy(written, vocabulary=Vocabulary())
    assert text in written


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "null",
        "12",
        "-0",
        "1:30",
        "yes",
        " leading",
        "trailing ",
        "a: b",
        "a #b",
        "# a",
        "- a",
        "'",
        '"',
        "\\",
        "two\nlines",
        "end\n",
        "\r\n",
        "\t",
        "\0\x1b\x7f\x85\xa0\u2028\ufeff\ufffe",
        "é𝄞",
        "word " * 60,
        ("word " * 60).strip(),
        "a  b " * 40,
        "&a *a !a %a @a `a |a >a",
        "---",
        "...",
        "é" * 200,
        "<<",
    ],
)
def test_any_text_reads_back_equal(text: str) -> None:
    """Any text in a policy reads back equal from its file."""
    # A value is printable, with no spaces around it.
    value = "".join(filter(str.isprintable, text)).strip() or "y"
    labels = (("x", "X"), (value, text))
    fact = attrs.evolve(POLICY.vocabulary.facts[0], values=("x", value), labels=labels)
    policy = attrs.evolve(
        _with(because=text, when=FactIn(fact.name, frozenset({value}))),
        title=text,
        vocabulary=Vocabulary((fact, *POLICY.vocabulary.facts[1:])),
    )

    assert policy == read_policy(write_policy(policy), vocabulary=Vocabulary())


@pytest.mark.parametrize(
    "change",
    [
        {"when": AnyOf(())},
        {"when": FactIn("contact", frozenset())},
        {"when": All((MESSAGE,))},
        {"when": All((All((MESSAGE, EITHER)), Holds("f")))},
        {"then": Effects()},
        {
            "then": Effects(
                favors=(
                    (Option.DECLINE, Strength.WEAK),
                    (Option.DECLINE, Strength.STRONG),
                )
            )
        },
        {"because": "\ud800"},
    ],
)
def test_a_policy_that_would_not_read_back_is_not_written(
    change: dict[str, Any],
) -> None:
    """Writing it raises an error."""
    with pytest.raises(PolicyError):
        write_policy(_with(**change))


def _with(**change: Any) -> Policy:
    (rule,) = POLICY.rules
    return attrs.evolve(POLICY, rules=(attrs.evolve(rule, **change),))


@pytest.mark.parametrize("label", ["Ask later", "I don't know", "Not sure"])
def test_the_label_of_unknown_reads_back_equal(label: str) -> None:
    """The label is written only if it differs from the default."""
    vocabulary = attrs.evolve(POLICY.vocabulary, unknown_label=label)
    text = write_policy(attrs.evolve(POLICY, vocabulary=vocabulary))

    assert label == read_policy(text, vocabulary=Vocabulary()).vocabulary.unknown_label
    assert (label in text) is (label != "I don't know")
