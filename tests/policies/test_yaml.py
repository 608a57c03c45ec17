"""YAML texts: the values they give, and the texts that are rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaryethics.policies.yaml import (
    DEEPEST,
    Plain,
    TextError,
    document,
    key_at_top,
    text_of,
)

LAUGHS = "a: &a [x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{of}'] * 10)}]\n"
    for of, name in zip("abcde", "bcdef", strict=True)
)


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "1:30", "1.5", "~", "True"])
def test_all_other_words_are_text(text: str) -> None:
    """Only `true`, `false`, `null` and integers are not text."""
    assert {"a": text} == _data(f"a: {text}")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("012", "012"),
        ("+1", "+1"),
        ('"true"', "true"),
        ("'12'", "12"),
        ('""', ""),
    ],
)
def test_unquoted_words_and_integers_are_values(text: str, value: Plain) -> None:
    """They have the values of YAML 1.2; in quotes, everything is text."""
    assert {"a": value} == _data(f"a: {text}")


def test_keys_are_text() -> None:
    """A key is text, even if it would be a number or a Boolean as a value."""
    assert {"true": 1, "12": 2, "no": 3} == _data("true: 1\n12: 2\nno: 3\n")


def test_json_is_read_as_well() -> None:
    """JSON is read, even with tabs."""
    assert {"a": [True, None, "x"]} == _data('{\n\t"a": [true, null, "x"]\n}\n')


def test_line_endings_and_byte_order_marks_do_not_matter() -> None:
    """Files written on any system read the same."""
    assert {"a": "b", "c": 1} == _data("\ufeffa: b\r\nc: 1\r\n")


def test_an_alias_gives_the_anchored_part() -> None:
    """An alias gives the part with that anchor."""
    assert {"a": ["x"], "b": ["x"]} == _data("a: &n [x]\nb: *n\n")


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\nb: 2\na: 3\n", "BE105", "f:3:1"),
        ("a: !!str 1\n", "BE106", "f:1:4"),
        ("a: !!python/object:os.system [x]\n", "BE106", "f:1:4"),
        ("a: 1\n---\nb: 2\n", "BE110", "f:2:1"),
        ("a: &n [*n]\n", "BE107", "f:1:8"),
        (LAUGHS, "BE107", "f:6:24"),
        ("[" * 500_000, "BE107", f"f:1:{DEEPEST + 1}"),
        ("- &a [x]\n" + "- [*a]\n" * 40_000, "BE107", "f:33334:3"),
        ("a: *n\n", "BE101", "f:1:4"),
        ("? [a]\n: b\n", "BE101", "f:1:3"),
        ("a:\n\tb: 1\n", "BE101", "f:2:1"),
        ("a: b\x00c\n", "BE101", "f:1:5"),
        ("a: 'b\n", "BE101", "f:1:5"),
        ("a: [b\n", "BE101", "f:1:5"),
        ("a: b: c\n", "BE101", "f:1:5"),
        ("a: @b\n", "BE101", "f:1:4"),
        (": b\n", "BE101", "f:1:1"),
        ("]", "BE101", "f:1:1"),
    ],
)
def test_every_rejected_text_has_a_location(text: str, code: str, place: str) -> None:
    """Even texts that would expand without limit have one."""
    problem = document(text, file="f").problems[0]

    assert (code, place) == (problem.code, str(problem.where))


#: A text with some private-use characters keeps its escapes, and is rejected.
TEXTS = st.text(st.characters(exclude_categories=["Co", "Cs"]))


#: YAML reads a key of up to 1,024 characters, counting those of escapes.
KEYS = st.text(st.characters(exclude_categories=["Co", "Cs"]), min_size=1, max_size=80)


@given(st.dictionaries(KEYS, TEXTS))
def test_json_strings_are_read_as_python_reads_them(plain: dict[str, str]) -> None:
    """JSON writes a character beyond 16 bits as two escapes."""
    plain |= {"face": "\N{GRINNING FACE}", "no face": r"\ud83d\ude00"}

    assert plain == _data(json.dumps(plain))


def test_surrogate_escapes_count_only_in_double_quotes() -> None:
    """Elsewhere, a backslash is a character."""
    text = r"""
a: '\ud83d\uDE00'
b: \ud83d\uDE00
"\ud83d\uDE00": "\\ud83d \\\ud83d\uDE00\ud83d\uDE00"
d: |-
  \ud83d\uDE00
"""
    face, escapes = "\N{GRINNING FACE}", r"\ud83d\uDE00"

    assert {
        **dict.fromkeys("abd", escapes),
        face: rf"\ud83d \{face}{face}",
    } == _data(text)


@pytest.mark.parametrize(
    "text", [r'{"a": "\ud83d"}', r'"\ude00\ud83d": 1', r'a: "\uD83Dx\uDE00"']
)
def test_a_lone_surrogate_is_rejected(text: str) -> None:
    """Half of a surrogate pair is not a character."""
    (problem, *_) = document(text, file="text").problems

    assert "BE101" == problem.code
    assert "is only half of a surrogate pair" in problem.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("policy: ours", "ours"),
        ("\ufeffpolicy: ours\r\ntitle: A title\r\n", "ours"),
        ("# A comment\n---\n# policy: theirs\n'policy' : ours", "ours"),
        (r'{"title": "policy: x", "pol\u0069cy": "ours"}', "ours"),
        ("title: {policy: a, b: [policy, x]}\npolicy: &a ours\n", "ours"),
        ("title: &it ours\nrules: [policy, {policy: x}]\npolicy: *it\n", "ours"),
        ("about: |\n  policy: theirs\n? policy\n: ours\n", "ours"),
        ("a: &k policy\n*k : ours", "ours"),
        ("policy: ours\npolicy: theirs", "ours"),
        (r'{"title": "\ud83d\ude00", "policy": "ours"}', "ours"),
        ("policy: null", "null"),
        ("", None),
        ("- policy\n- ours", None),
        ("policies: ours", None),
        ("a: {policy: ours}", None),
        ("policy: [ours]", None),
        ("policy: {ours: 1}", None),
        ("a: &l [x]\npolicy: *l", None),
        ("text: 'one\n\n  policy: ours'", None),
        ("policy", None),
    ],
)
def test_key_at_top_agrees_with_the_document(text: str, found: str | None) -> None:
    """The quick search for a top-level key finds the same value as a full parse."""
    root = document(text, file="text").root
    value = root.within("policy") if root and root.entries else None

    assert found == (value.text if value else None)
    assert found == key_at_top(text, "policy")


def test_key_at_top_works_before_and_after_an_error() -> None:
    """The error can then be reported with the policy's name."""
    assert "ours" == key_at_top("policy: ours\nrules: [", "policy")
    assert "ours" == key_at_top("title: ]\npolicy: ours", "policy")


def test_all_repeated_keys_are_reported() -> None:
    """Both repeated keys are reported."""
    read = document("a: 1\na: 2\nb: 3\nb: 4\n", file="f")

    assert ["f:2:1", "f:4:1"] == [str(problem.where) for problem in read.problems]
    assert {"a": 1, "b": 3} == read.data


def test_control_characters_are_not_printed() -> None:
    """They never reach the terminal."""
    (problem,) = document("a: \x1b[31m\n", file="f").problems

    assert "\x1b" not in str(problem)


def test_find_returns_the_first_key_or_text_under_a_path() -> None:
    """A name is searched only in its own part."""
    read = document("a: x\nb: {c: [x, a]}\n", file="f")

    assert "f:2:9" == str(read.find(("b",), "x"))
    assert "f:2:12" == str(read.find(("b",), "a"))
    assert None is read.find(("b",), "y")
    assert "f:2:5" == str(read.key_place(("b", "c")))
    assert "f:2:8" == str(read.place(("b", "c")))


def _data(text: str) -> Plain:
    read = document(text, file="f")
    assert () == read.problems
    return read.data


@pytest.mark.parametrize("text", ["a:\n\tb: 1\n", "\ta: 1\n"])
def test_a_tab_in_indentation_is_reported(text: str) -> None:
    """The problem is the tab, whatever follows it."""
    (found,) = document(text, file="f").problems

    assert "BE101" == found.code
    assert "tab" in found.message


@pytest.mark.parametrize(
    "private", ["", "\ue83d", "\\ue83d", "\\U0000EA00", "\ue83d\uea00"]
)
@pytest.mark.parametrize("text", ["\\ud83d\\ude00", "é", "\\u00e9", "\\\\ud83d"])
def test_private_use_characters_are_kept(text: str, private: str) -> None:
    """Surrogate pairs are joined, unless the text also has such characters."""
    document_ = document(f'a: "{text}{private}"', file="f")
    expected = json.loads(f'"{text}{private}"'.replace("\\U0000", "\\u"))

    if private and text.startswith("\\ud"):
        assert document_.problems
    else:
        assert {"a": expected} == document_.data


@pytest.mark.parametrize(
    ("content", "encoding", "code"),
    [
        ("é".encode("latin-1"), "utf-8", "BE108"),
        ("é".encode(), "ascii", "BE108"),
        (b"a\x00", "utf-16", None),
        (b"a\x00b", "utf-16", "BE108"),
    ],
)
def test_bytes_that_do_not_fit_the_encoding_are_rejected(
    content: bytes, encoding: str, code: str | None, tmp_path: Path
) -> None:
    """The location is reported only for UTF-8, whose bytes it counts."""
    path = tmp_path / "f"
    path.write_bytes(content)
    if code is None:
        assert "a" == text_of(path, file="f", most=10, encoding=encoding)
        return
    with pytest.raises(TextError) as refused:
        text_of(path, file="f", most=10, encoding=encoding)

    assert code == refused.value.problem.code
    assert (refused.value.problem.where is None) == (encoding != "utf-8")
