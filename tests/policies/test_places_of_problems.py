"""Locations of problems in usual and unusual files."""

from __future__ import annotations

import sys
from pathlib import Path

import attrs
import pytest

from boundaryethics.errors import PolicyError, Problem
from boundaryethics.policies import load_policy, locate, read_policy
from boundaryethics.policies.loader import load_layer
from boundaryethics.policies.yaml import TextError, document, text_of_input

RULES = """\
principles: {care: {cites: [{source: code, section: "1"}]}}
sources: {code: {title: A Code, short: Code}}
rules:
  - {id: calms, when: {setting: recovery_group}, then: {favors: {decline: weak}},
     principle: care}
"""


def test_problems_of_a_loaded_policy_are_located(tmp_path: Path) -> None:
    """`locate` searches the policy and the policies that it extends."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"policy: mine\nextends: apa-2017\n{RULES}")
    own, inherited = (
        Problem(code="BL01", message="?", path=("rules", rule), token=rule)
        for rule in ("calms", "nowhere")
    )
    first, second = locate([own, inherited], path)

    assert first.where is not None
    assert (str(path), 6) == (first.where.file, first.where.line)
    assert inherited == attrs.evolve(second, where=None)


@pytest.mark.parametrize(
    ("text", "token", "marked"),
    [
        ("policy: mine\ntitel: Mine  # a note\n", "titel", "titel"),
        ("policy: mine\ntitle: [Mine]  # a note\n", None, "[Mine]"),
        ("policy: mine\ntitle: [Mine,\n  Yours]  # a note\n", None, "[Mine,"),
        ("policy: mine\ntitle: Mine: yours\n", None, ":"),
    ],
)
def test_a_location_covers_exactly_the_invalid_part(
    text: str, token: str | None, marked: str
) -> None:
    """A part of several lines is covered to the end of its first line."""
    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    (problem, *_) = refused.value.problems
    where = problem.where
    assert where is not None
    assert where.text[where.column - 1 :][: where.width] == marked
    assert problem.token in {token, None}


def test_problems_of_an_overlay_are_located() -> None:
    """`locate` searches the file of the overlay first."""
    problem = Problem(code="BL01", message="?", path=("policy",))
    (found,) = locate([problem], "nasw-2021", ["ohio-4757-5"])

    assert found.where is not None
    assert found.where.file.startswith("rules/")


def test_problems_without_a_path_are_located_by_name(tmp_path: Path) -> None:
    """Without a path, only facts and findings are searched."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"policy: mine\nfindings: {{calm: It is calm.}}\n{RULES}")
    named, strange = (
        Problem(code="BE201", message="?", token=token) for token in ("calm", "hue")
    )
    first, second = locate([named, strange], path)

    assert first.where is not None
    assert 2 == first.where.line
    assert second.where is not None
    assert strange == attrs.evolve(second, where=None)


def test_a_problem_of_an_invariant_is_not_located_at_a_rule(tmp_path: Path) -> None:
    """An invariant can have the id of a rule that is adjusted in the same file."""
    (tmp_path / "parent.yaml").write_text(f"policy: parent\n{RULES}")
    path = tmp_path / "mine.yaml"
    path.write_text(
        "policy: mine\n"
        "extends: ./parent.yaml\n"
        "changes: {adjust: {calms: {when: {contact: message}}}}\n"
        "invariants:\n"
        "  - {id: calms, when: {contact: message}, holds: {never_first: leave}}\n"
    )
    in_condition = ("invariants", "calms", "when")
    problem = Problem(code="BL01", message="?", path=in_condition, token="contact")
    (found,) = locate([problem], path)

    assert found.where is not None
    assert (str(path), 5) == (found.where.file, found.where.line)


def test_load_layer_returns_the_files_own_content(tmp_path: Path) -> None:
    """Inherited parts are left out, but the whole policy must be valid."""
    path = tmp_path / "mine.yaml"
    path.write_text(f"policy: mine\nextends: apa-2017\n{RULES}")

    assert ["calms"] == [rule.id for rule in load_layer(path).rules]

    path.write_text("policy: mine\nextends: nothing-there\n")
    with pytest.raises(PolicyError, match="BE206"):
        load_layer(path)


def test_an_overlay_needs_its_own_id(tmp_path: Path) -> None:
    """If it has the ID of the policy below it, the problem is at the ID."""
    (tmp_path / "under.yaml").write_text(f"policy: twin\n{RULES}")
    (tmp_path / "over.yaml").write_text("policy: twin\ntitle: The same again\n")

    with pytest.raises(PolicyError) as caught:
        load_policy(tmp_path / "under.yaml", [tmp_path / "over.yaml"])
    (problem,) = caught.value.problems
    assert ("BE307", "twin") == (problem.code, problem.token)
    assert problem.where is not None
    assert (str(tmp_path / "over.yaml"), 1) == (problem.where.file, problem.where.line)


def test_a_duplicate_invariant_is_rejected() -> None:
    """A second invariant with the same ID is a problem."""
    twice = (
        "invariants:\n"
        "  - {id: calm, holds: {never_first: leave}}\n"
        "  - {id: calm, holds: {never_first: ignore}}\n"
    )
    with pytest.raises(PolicyError, match="duplicate invariant `calm`"):
        read_policy(f"policy: mine\n{RULES}{twice}")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("? [a, b]\n: c\n", "a key must be plain text"),
        ("a: &here [x]\n? *here\n: c\n", "a key must be plain text"),
        ('"": c\n', "missing key before the colon"),
    ],
)
def test_a_key_must_be_text(text: str, message: str) -> None:
    """A list, an alias of a list, and an empty key are rejected."""
    assert message in {problem.message for problem in document(text, file="f").problems}


def test_a_missing_part_has_the_location_of_the_nearest_part() -> None:
    """In an empty file, that is the first character."""
    empty = document("# nothing\n\n", file="f").place(("rules",))
    within = document("a: {b: c}\n", file="f").place(("a", "x"))

    assert (1, 1) == (empty.line, empty.column)
    assert (1, 4) == (within.line, within.column)


def test_a_missing_standard_input_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some programs run without one."""
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(TextError, match="standard input not found"):
        text_of_input(most=10)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "rules: [{id: r, then: {}}]\n",
            "is empty: remove it, or add an entry",
        ),
        ("title: {a: b}\n", "`title` must be text, not a mapping"),
        ("title: [a]\n", "`title` must be text, not a list"),
        ("ranking: {points: {weak: -1}}\n", "must be at least 0"),
        ("extends: [core, core]\n", "duplicate `core` in `extends`"),
        ("extends: {a: b}\n", "not a mapping"),
        (
            "principles: {p: {cites: [{source: s, section: '1'}]}}\n",
            "principle `p` cites unknown source `s`",
        ),
        ("rules:\n  - {id: r, then: {requires: 3}}\n", "not the number 3"),
    ],
)
def test_each_limit_in_the_schema_has_a_message(written: str, message: str) -> None:
    """The message gives the value and the limit."""
    with pytest.raises(PolicyError) as caught:
        read_policy(f"policy: p\n{written}")

    assert any(message in problem.message for problem in caught.value.problems)


def test_overriding_an_unknown_rule_is_not_reported_as_a_drop() -> None:
    """The message does not mention drops."""
    text = f"policy: mine\n{RULES}".replace("id: calms", "id: calms, overrides: clams")
    with pytest.raises(PolicyError) as refused:
        read_policy(text)

    (problem,) = refused.value.problems
    assert ("BE204", "clams") == (problem.code, problem.token)
    assert "drop" not in problem.message
    assert problem.where is not None
    assert 5 == problem.where.line
