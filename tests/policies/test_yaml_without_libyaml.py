"""PyYAML reads the same without libyaml as with it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
import yaml
from hypothesis import example, given

from boundaryethics.policies.yaml import Document, Node, document

ROOT = Path(__file__).parents[2]
#: Makes PyYAML behave as without its C extension.
WITHOUT = "import sys; sys.modules['yaml._yaml'] = None; "
FILES = sorted(
    file
    for folder in ("rules", "examples", "tests")
    for file in (ROOT / folder).rglob("*.yaml")
)
PIECES = [
    *("a", "b", "12", "true", "é", "😀", "~", "=", "<<"),
    *("- ", ": ", "a: ", "? ", ", ", "?", ":", "-", "[", "]", "{", "}", "&a ", "*a"),
    *(" ", "\n", "\n  ", "\n    ", "\t", "\r\n", "\x85", "\u2028", "# ", "\n---\n"),
    *("|", ">", "|-\n  ", ">+2\n   ", "...", "%YAML 1.2\n", "@", "`", "%", "\ufeff"),
    *("'", '"', "\\", '"\\ud800"', '"\\u00e9"', '"\\U00110000"', "\\x41", '"a\\\n b"'),
]

requires_libyaml = pytest.mark.skipif(
    not hasattr(yaml, "CSafeLoader"), reason="PyYAML has no libyaml"
)


def by_python(text: str) -> Document:
    """Read *text* without libyaml."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader", raising=False)
        return document(text, file="f")


def content(read: Document) -> tuple[str, list[str], list[tuple[object, ...]]]:
    """Return the data, the codes, and the text and location of each written part."""
    parts: list[tuple[object, ...]] = [
        (one.text, one.start.line, one.start.column, one.end.line, one.end.column)
        for one in (read.root or Node(None, None, None)).scalars()  # type: ignore[arg-type]
        # PyYAML puts an empty value one column before libyaml does.
        if one.text
    ]
    return repr(read.data), [problem.code for problem in read.problems], parts


@requires_libyaml
@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_of_the_project_reads_the_same(file: Path) -> None:
    """Data, locations and problems are equal."""
    text = file.read_text("utf-8", errors="replace")

    assert content(document(text, file="f")) == content(by_python(text))


@requires_libyaml
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
@example("a: [\tb]\n")
@example("a: b\u2028 c\n")
@example("a: |+\n  b\n\n\nc: d\n")
@example("a:\tb\n")
@example("a: |\n  b\n\n  \tc\n")
@example("a: |\n  b\n\n \tc\n")
@example("a: |\n\n  \tc\n")
@example("a\n---\nb\n")
@example("%YAML 1.0\n---\na: b\n")
@example("%YAML 1.1\n---\na: b\n")
@example("%YAML 1.2\n---\na: b\n")
@example("%YAML 1.3\n---\na: b\n")
def test_every_text_without_tags_reads_the_same(text: str) -> None:
    """Both accept the same texts with the same data, and reject with the same code."""
    assert content(document(text, file="f")) == content(by_python(text))


@requires_libyaml
@pytest.mark.parametrize(
    "text",
    [
        "a:\n\tb: 1\n",
        "a: 'b\n",
        "a: [b\n",
        "a: {b: c\n",
        "a: b: c\n",
        "a: @b\n",
        "a: 1\n b: 2\n",
        "- a\nb: c\n",
        "a: *\n",
        "a: ]\n",
        "a: - b\n",
        "a: ? b\n",
        "a: '1' '2'\n",
        "a: {b:,}\n",
        "a\nb\n: c\n",
        'a: "\\ud800"\n',
        'a: "\\U00110000"\n',
        "a: |x\n",
        "a: |0\n",
        "a: |\n  \n \tb\n",
        "a: *b\n",
        "[" * 100,
        "a: [1",
        "a: 'b",
        "a:\n  - b\n\t- c",
    ],
)
def test_an_error_has_the_same_message_and_location(text: str) -> None:
    """Authors see the same problems on every machine."""
    assert document(text, file="f").problems == by_python(text).problems
    assert by_python(text).problems


@pytest.mark.parametrize(
    "command", ["consult --fact contact=message", "facts --policy core"]
)
def test_commands_print_the_same_without_libyaml(command: str) -> None:
    """Every built-in policy loads without libyaml."""
    run = f"from boundaryethics.cli.main import main; main({command.split()})"
    shown = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        for code in (run, WITHOUT + run)
    ]

    assert shown[0].stdout == shown[1].stdout


def test_deep_texts_are_rejected_quickly_without_libyaml() -> None:
    """The reader stops at the first level that is too deep."""
    (problem,) = by_python("[" * 500_000).problems

    assert "BE107" == problem.code


def test_a_byte_order_mark_inside_a_text_is_rejected() -> None:
    """It is invisible, and loaders count its column differently."""
    (problem,) = document("a: b\ufeff\n", file="f").problems

    assert ("BE101", "f:1:5") == (problem.code, str(problem.where))
    assert {"a": "\ufeff"} == document('a: "\\ufeff"', file="f").data
