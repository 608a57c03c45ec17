"""Texts that depend on the situation: labels, actions and directions."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import boundaryethics
from boundaryethics.consult import consult
from boundaryethics.errors import BoundaryEthicsError, PolicyError
from boundaryethics.model.rules import Option
from boundaryethics.policies import load_policy, read_policy, write_policy

PARENT = """
policy: parent
abstract: true
findings: {meeting: {says: They met.}}
actions:
  supervise:
    says: Ask before you act.
    urgent: true
    instead:
      - when: {risk_of_harm: imminent}
        says: Have someone call your supervisor meanwhile.
      - when: {contact: message}
        says: Ask before you reply.
labels:
  - when: {contact: message}
    ignore: {says: Let it rest, named: resting}
    leave: {says: Go, named: going}
  - leave: {says: Leave it, named: leaving it}
draft_parts:
  aside: {slot: opening, direction: Say this in person.}
  both: {slot: closing, direction: Wait., says: Take care.}
rules:
  - id: always
    then: {advises: supervise}
    principle: care
principles: {care: {title: Care}}
"""
CHILD = """
policy: child
extends: [parent]
sources: {book: {short: Book}}
principles: {care: {cites: [{source: book, section: "1", seen: earlier_edition}]}}
labels:
  - leave: {says: Walk away, named: walking away}
"""


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({}, "Ask before you act."),
        ({"contact": "message"}, "Ask before you reply."),
        (
            {"contact": "message", "risk_of_harm": "imminent"},
            "Have someone call your supervisor meanwhile.",
        ),
    ],
)
def test_the_first_matching_text_is_shown(
    facts: dict[str, str], says: str, tmp_path: Path
) -> None:
    """The text of an action depends on the situation."""
    (advice,) = consult(facts, _child(tmp_path)).actions

    assert says == advice.says


def test_own_labels_take_precedence_over_inherited_ones(tmp_path: Path) -> None:
    """Entries without the option are skipped."""
    policy = load_policy(_child(tmp_path))
    message = policy.vocabulary.situation({"contact": "message"})
    leave = policy.label(Option.LEAVE, message)
    ignore = policy.label(Option.IGNORE, message)

    assert leave
    assert "Walk away" == leave.says
    assert ignore
    assert "resting" == ignore.named
    assert policy.label(Option.DECLINE, message) is None


def test_texts_read_back_equal(tmp_path: Path) -> None:
    """All keys for texts are written, except empty ones."""
    policy = load_policy(_child(tmp_path))
    text = write_policy(policy)

    assert policy == read_policy(text)
    assert "urgent: true" in text
    assert "aside: {slot: opening, direction: Say this in person.}" in text


def test_a_citation_says_that_an_earlier_edition_was_checked(tmp_path: Path) -> None:
    """A citation ends with a note if the current edition was not checked."""
    policy = load_policy(_child(tmp_path))

    (found,) = policy.citations_of(policy.rule["always"])
    assert "Book, 1 (checked in an earlier edition)" == found


@pytest.mark.parametrize(
    ("old", "new", "message", "advice"),
    [
        ("contact: message", "contract: message", "fact `contract`", "`contact`"),
        ("contact: message", "contact: mesage", "value `mesage`", "`message`"),
        (
            "contact: message",
            "meeting: true",
            "uses finding `meeting`",
            "use facts only",
        ),
        ("contact: message", "contact: true", "uses fact `contact`", "its values"),
    ],
)
@pytest.mark.parametrize("at", [0, 1], ids=["instead", "labels"])
def test_conditions_of_texts_may_read_only_declared_facts(
    at: int, old: str, new: str, message: str, advice: str
) -> None:
    """A finding or an undeclared fact is reported with location and help."""
    parts = PARENT.split(old)
    text = old.join(parts[: at + 1]) + new + old.join(parts[at + 1 :])

    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    (problem,) = refused.value.problems
    assert message in problem.message
    assert advice in str(problem.help)
    assert problem.where
    assert new in problem.where.text


def _child(folder: Path) -> Path:
    (folder / "parent.yaml").write_text(PARENT, "utf-8")
    child = folder / "child.yaml"
    child.write_text(CHILD, "utf-8")
    return child


@pytest.mark.parametrize(
    ("text", "help"),
    [
        ("policy: Our Clinic\n", "write `our-clinic`"),
        ("policy: our clinic 1.2\n", "write `our-clinic-1.2`"),
        ("policy: '---'\n", None),
        (f"policy: {'A' * 59}\n", f"write `{'a' * 59}`"),
        (f"policy: {'A' * 60}\n", None),
        ("policy: p\nfindings:\n  Is safe: x\n", "write `is_safe`"),
        ("policy: p\nfindings:\n  is-safe: x\n", "write `is_safe`"),
        ("policy: p\nfindings:\n  2nd: x\n", None),
        ("policy: p\nfindings:\n  café: x\n", None),
        ("policy: p\nextends: [/etc/passwd]\n", None),
        ("policy: p\naccepts: [{lint: bl3, on: x, because: y}]\n", None),
    ],
)
def test_suggested_names_are_valid(text: str, help: str | None) -> None:
    """The policy loads with the suggested name."""
    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    (problem,) = (one for one in refused.value.problems if one.code == "BE103")
    assert help == problem.help
    if help:
        (before,) = re.findall(r"invalid (?:key|value) `([^`]*)`", problem.message)
        read_policy(text.replace(before, help.split("`")[1]))


def test_true_as_a_value_in_a_policy_is_rejected_in_favor_of_yes() -> None:
    """Situations accept true for a fact with `yes` and `no`; policies do not."""
    text = (
        "policy: p\n"
        "facts: {alpha: {question: q?, values: [yes, no]}}\n"
        "findings: {found: x}\n"
        "rules: [{id: r, when: {alpha: false}, then: {concludes: found}}]\n"
    )
    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    (problem,) = refused.value.problems
    assert ("BE211", 'write `alpha: "no"`') == (problem.code, problem.help)


def test_an_integer_with_too_many_digits_is_reported_as_too_long() -> None:
    """The message does not give another reason."""
    weight = "9" * 5000
    text = f"policy: p\nranking: {{method: weighted, points: {{strong: {weight}}}}}\n"
    with pytest.raises(PolicyError, match="has 5,000 digits; the limit is 1,000"):
        read_policy(text)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_file_in_another_encoding_is_reported_with_it(
    encoding: str, tmp_path: Path
) -> None:
    """Policies, situations and cases share the message."""
    path = tmp_path / "file.yaml"
    path.write_bytes("policy: p\ncontact: message\n".encode(encoding))
    facts = boundaryethics.shipped_vocabulary()

    for load in (
        boundaryethics.load_policy,
        boundaryethics.load_cases,
        lambda path: boundaryethics.load_situation(path, facts),
    ):
        with pytest.raises(BoundaryEthicsError, match="text, not UTF-8") as refused:
            load(path)
        assert "save the file as UTF-8" == refused.value.problems[0].help


def test_a_repeated_key_is_reported_with_the_first_line() -> None:
    """The line is that of the key, even if its value is on another line."""
    with pytest.raises(PolicyError) as refused:
        read_policy("policy: p\nfindings:\n  safe: x\nfindings: {}\n")

    (problem,) = (one for one in refused.value.problems if one.code == "BE105")
    assert "the key is first set on line 2; remove one of the two" == problem.help


def test_an_invalid_impossible_condition_is_left_out() -> None:
    """Its valid parts alone would make more situations impossible."""
    text = (
        "policy: p\n"
        "facts:\n"
        "  contact: {question: q?, values: [a, b]}\n"
        "  danger: {question: q?, values: [yes, no]}\n"
        "impossible: [{contact: 3, danger: [yes, no]}]\n"
    )
    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    assert ["BE103"] == [one.code for one in refused.value.problems]
