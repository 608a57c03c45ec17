"""Situations are read from files and from standard input."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from boundaryethics.errors import Problem, SituationError
from boundaryethics.policies import load_situation, read_situation, shipped_vocabulary
from support.files import posix

VOCABULARY = shipped_vocabulary()


@pytest.mark.parametrize(
    "text",
    [
        "contact: message\nclient_minor: no\n",
        '{"contact": "message", "client_minor": "no"}',
    ],
)
def test_yaml_and_json_give_the_same_situation(text: str) -> None:
    """Both formats are read."""
    situation = read_situation(text, vocabulary=VOCABULARY)

    assert {"contact": "message", "client_minor": "no"} == situation.known()


@pytest.mark.clause("S3")
def test_true_false_and_null_mean_yes_no_and_unknown() -> None:
    """True and false work only for yes-or-no facts, and null for all."""
    text = "client_minor: true\nclient_vulnerable: false\nsmall_community: null\n"
    text += "contact: null\nsetting:\n"
    situation = read_situation(text, vocabulary=VOCABULARY)

    assert {"client_minor": "yes", "client_vulnerable": "no"} == situation.known()
    assert ["BE402"] == [problem.code for problem in _refused("contact: true")]


@pytest.mark.clause("S2")
def test_an_empty_mapping_is_a_situation() -> None:
    """All its facts are unknown."""
    assert {} == read_situation("{}", vocabulary=VOCABULARY).known()


@pytest.mark.clause("S3")
def test_all_problems_have_a_location_and_a_suggestion() -> None:
    """All invalid facts and values are reported together."""
    fact, value = _refused("platfrm: x\ncontact: mesage\n")

    assert ("BE401", "f:1:1") == (fact.code, str(fact.where))
    assert "did you mean `platform`?" == fact.help
    assert ("BE402", "f:2:10") == (value.code, str(value.where))
    assert "did you mean `message`? valid values:" in str(value.help)


def test_a_repeated_fact_does_not_hide_an_invalid_value() -> None:
    """Both are reported."""
    codes = [p.code for p in _refused("contact: message\ncontact: x\nplatfrm: y\n")]

    assert ["BE105", "BE401"] == codes


@pytest.mark.parametrize(
    "text", ["", "# nothing\n", "- contact\n", "3", "message", "~"]
)
def test_text_that_is_not_a_mapping_of_facts_is_rejected(text: str) -> None:
    """The help gives an example."""
    (problem,) = _refused(text)

    assert "BE403" == problem.code
    assert "`contact: message`" in str(problem.help)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[]" * 5_000_000, "BE107"),
        ("[" * 60_000, "BE107"),
        ("contact: !!str message", "BE106"),
        ("contact: [", "BE101"),
        ("contact: \0", "BE101"),
        ("a: 1\n---\nb: 2\n", "BE110"),
    ],
)
def test_invalid_yaml_is_rejected(text: str, code: str) -> None:
    """YAML errors are reported as in a policy file."""
    assert [code] == [problem.code for problem in _refused(text)]


@pytest.mark.parametrize(
    "text",
    [
        "contact: message\nshe drinks again: yes\n",
        "contact: message\ncontact: [she drinks again\n",
        "contact: message\nshe drinks again: 1\nshe drinks again: 2\n",
        "contact: {she drinks again: 1}",
        "- she drinks again",
    ],
)
def test_no_error_repeats_free_text(text: str) -> None:
    """Neither a message nor the line shown with it includes words about a client."""
    with pytest.raises(SituationError) as refused:
        read_situation(text, file="f", vocabulary=VOCABULARY)

    assert "drinks" not in str(refused.value)
    assert all("drinks" not in repr(one) for one in refused.value.problems)


def test_a_situation_is_loaded_from_a_path(tmp_path: Path) -> None:
    """A situation is loaded from a path."""
    path = tmp_path / "facts.yaml"
    path.write_text("contact: message\n", "utf-8")

    assert "message" == load_situation(path, VOCABULARY)["contact"]


@posix
def test_a_situation_is_loaded_from_a_pipe() -> None:
    """A shell can pass the output of a command under the name of a file."""
    reading, writing = os.pipe()
    os.write(writing, b"contact: message\n")
    os.close(writing)
    try:
        situation = load_situation(f"/dev/fd/{reading}", VOCABULARY)
    finally:
        os.close(reading)

    assert "message" == situation["contact"]


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The path `-` means standard input."""
    given = io.TextIOWrapper(io.BytesIO(b"contact: mesage\n"))
    monkeypatch.setattr("sys.stdin", given)
    with pytest.raises(SituationError) as refused:
        load_situation("-", VOCABULARY)

    assert "-:1:10: BE402" in str(refused.value)


def test_unreadable_files_are_reported(tmp_path: Path) -> None:
    """A file may be missing, a folder, not UTF-8, or too large."""
    (tmp_path / "latin").write_bytes("contact: é".encode("latin-1"))
    (tmp_path / "large").write_bytes(b"[" * 10_000_000)
    for name in ("missing", ".", "latin", "large"):
        with pytest.raises(SituationError) as refused:
            load_situation(tmp_path / name, VOCABULARY)
        assert ["BE404"] == [problem.code for problem in refused.value.problems]


def _refused(text: str) -> tuple[Problem, ...]:
    with pytest.raises(SituationError) as refused:
        read_situation(text, file="f", vocabulary=VOCABULARY)
    return refused.value.problems


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"contact": "message"', "line 1, column 22"),
        ('{"contact":\n He wrote}', "line 2, column 2"),
        ("contact: message", "line 1, column 1"),
        ('{"contact": "message"} {', "line 1, column 24"),
    ],
)
def test_invalid_json_is_reported_with_its_place(text: str, place: str) -> None:
    """The error does not repeat the text."""
    with pytest.raises(SituationError) as refused:
        read_situation(text, vocabulary=VOCABULARY, as_json=True)

    assert [f"invalid JSON at {place}"] == [p.message for p in refused.value.problems]
    assert "He wrote" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[1]", "BE403"),
        ("5", "BE403"),
        ("[" * 10_000, "BE107"),
        ('{"contact": ' + "9" * 5_000 + "}", "BE402"),
    ],
)
def test_json_other_than_facts_is_rejected(text: str, code: str) -> None:
    """A number that is too long for Python is an invalid value like any other."""
    with pytest.raises(SituationError) as refused:
        read_situation(text, vocabulary=VOCABULARY, as_json=True)

    assert [code] == [one.code for one in refused.value.problems]
    assert len(str(refused.value)) < 1_000


def test_a_json_object_is_read_and_other_json_is_named() -> None:
    """The error says that an object is expected."""
    found = read_situation(
        '{"contact": "message"}', vocabulary=VOCABULARY, as_json=True
    )
    with pytest.raises(SituationError, match="expected a JSON object with facts"):
        read_situation("[1]", vocabulary=VOCABULARY, as_json=True)

    assert {"contact": "message"} == found.known()


def test_an_impossible_combination_is_reported_at_its_place() -> None:
    """Several facts conflict, and the place is that of one of them."""
    (wrong,) = _refused(
        "contact: message\nsetting: dating_service\nplatform: linkedin\n"
    )

    assert "BE406" == wrong.code
    assert wrong.where is not None
    assert wrong.where.line in (2, 3)


@pytest.mark.parametrize("text", ["- contact: message\n", "contct\n"])
def test_a_text_that_is_not_a_mapping_is_not_quoted(text: str) -> None:
    """Any file may have been named by mistake."""
    (wrong,) = _refused(text)

    assert "BE403" == wrong.code
    assert not {"contct", "message"} & {*re.findall(r"\w+", wrong.message)}
