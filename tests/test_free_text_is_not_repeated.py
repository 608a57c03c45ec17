"""Error messages about a situation repeat no free text, which may be a client's words.

Text that looks like a name is repeated, so that spelling mistakes are easy to fix.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import boundaryethics
from boundaryethics import Interview
from boundaryethics.cli.main import main
from boundaryethics.errors import BoundaryEthicsError

WORDS = "She told me she wants to die"
VOCABULARY = boundaryethics.shipped_vocabulary()
FACTS: tuple[dict[str, Any], ...] = (
    {"contact": WORDS},
    {WORDS: "message"},
    {"contact": "message", f"{WORDS}.": 1},
    {"client status": WORDS},
)


def said_by(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    """Return the output of a command that fails."""
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    captured = capsys.readouterr()
    return captured.out + captured.err


def assert_silent(error: BoundaryEthicsError) -> None:
    """Assert that the text of *error* and its parts do not contain the words."""
    for text in (str(error), repr(error)):
        assert "told" not in text
        assert "client status" not in text
        assert "did you mean" not in text


@pytest.mark.parametrize("facts", FACTS)
def test_errors_in_python_repeat_no_free_text(facts: dict[str, Any]) -> None:
    """No way to state facts in Python repeats free text."""
    small = {"contact": "message"}
    policy = boundaryethics.load_policy("apa-2017")
    verdict = boundaryethics.consult(small)
    for state in (
        lambda: boundaryethics.consult(facts),
        lambda: VOCABULARY.situation(facts),
        lambda: VOCABULARY.situation(small).with_facts(**facts),
        lambda: verdict.with_facts(**facts),
        lambda: verdict.what_if(WORDS),
        lambda: VOCABULARY.answers(WORDS),
        lambda: Interview(stated=facts),
        lambda: Interview(steps=[*facts.items()]),
        lambda: Interview(steps=[*facts.items(), *facts.items()]),
        lambda: Interview.from_dict(
            Interview().to_dict() | {"stated": facts}, Interview().policy
        ),
        lambda: Interview().answer(WORDS, "contact"),
        lambda: Interview().answer("message", WORDS),
        lambda: boundaryethics.compare(policy, "nasw-2021", where=facts),
        lambda: boundaryethics.consult(WORDS),  # type: ignore[arg-type]
        lambda: boundaryethics.read_situation(
            json.dumps(facts, indent=1), vocabulary=VOCABULARY
        ),
    ):
        with pytest.raises(BoundaryEthicsError) as refused:
            state()
        assert_silent(refused.value)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f"contact: {WORDS}\nnote: Jane Roe called\n", "1:10"),
        (f"contact: mesage # {WORDS}\n", "1:10"),
        (f"contact: message\n{WORDS}: yes\n", "2:1"),
        (f"contact: message\n{WORDS}: 1\n{WORDS}: 2\n", "3:1"),
        (f"contact: message\n{WORDS}\n", "2"),
        (f'contact: "{WORDS}\n', "1"),
        (f"contact: She\n  {WORDS}\n", "1:10"),
        (f"contact: [{WORDS}]\n", "1:10"),
        (f"contact: {WORDS}: so\n", "1"),
        (f"{{contact: mesage, note: {WORDS}}}\n", "1:11"),
        (f"contact: {WORDS} \x07\n", "1"),
        (f"contact {WORDS}\n", "1:1"),
        (f"contact: !{WORDS}\n", "1:10"),
    ],
)
def test_errors_about_a_file_repeat_no_free_text(
    text: str, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Syntax errors give line and column; errors about facts also give the fact."""
    file = tmp_path / "situation.yaml"
    file.write_text(text, "utf-8")

    said = said_by("consult", str(file), capsys=capsys)

    assert "told" not in said
    assert "Jane" not in said
    assert f"situation.yaml:{place}" in said


@pytest.mark.parametrize(
    ("command", "name", "content"),
    [
        ("consult", "situation.yaml", b"contact: She told me \xff\n"),
        ("interview", "interview.json", b'{"note": "She told me \xff"}\n'),
    ],
)
def test_text_that_is_not_utf_8_is_not_repeated(
    command: str,
    name: str,
    content: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The error gives the location, without the line."""
    file = tmp_path / name
    file.write_bytes(content)

    said = said_by(command, str(file), capsys=capsys)

    assert "told" not in said
    assert f"{name}:1:" in said


@pytest.mark.parametrize(
    "options",
    [
        ("--fact", f"contact={WORDS}"),
        ("--fact", f"{WORDS}=message"),
        ("--fact", WORDS),
        ("--fact", f"{WORDS}="),
        ("--fact", f"{WORDS}=a", "--fact", f"{WORDS}=b"),
    ],
)
def test_errors_about_fact_options_repeat_no_free_text(
    options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """`--fact` follows the same rule as a file."""
    assert "told" not in said_by("consult", *options, capsys=capsys)


def test_errors_about_a_case_repeat_no_free_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The facts of a test case are a situation."""
    file = tmp_path / "cases.yaml"
    case = {
        "name": "A case",
        "policy": "apa-2017",
        "source": "own practice",
        "given": {"contact": WORDS},
        "expect": {"first": "decline"},
    }
    file.write_text(json.dumps({"cases": [case]}, indent=1), "utf-8")

    said = said_by("test", str(file), capsys=capsys)

    assert "told" not in said
    assert "invalid value for `contact`" in said


def test_a_misspelled_name_is_repeated() -> None:
    """The error shows the line and a suggestion."""
    with pytest.raises(BoundaryEthicsError) as refused:
        boundaryethics.read_situation("contact: mesage\n", vocabulary=VOCABULARY)

    assert "1 | contact: mesage" in str(refused.value)
    assert "did you mean `message`?" in str(refused.value)
