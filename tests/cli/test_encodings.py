"""Output is complete in every code page, and help works without docstrings."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

POLICY = """\
policy: ours
title: Grundsätze ✓
sources: {hb: {short: Handbook}}
principles:
  clarity: {title: Ωmega, weight: 2, cites: [{source: hb, section: "1"}]}
  roles: {title: Roles, cites: [{source: hb, section: "2"}]}
ranking: {method: weighted}
rules:
  - id: answer
    when: {contact: message}
    then: {favors: {decline: strong}}
    principle: clarity
    because: „Ohne Umschweife“ antworten \N{EN DASH} 🙂.
  - id: stay
    when: {contact: message}
    then: {favors: {continue: weak}}
    principle: roles
"""


#: Characters that are replaced by words; the others are escaped.
WORDS = {"\N{EN DASH}": "-", "\N{LEFT DOUBLE QUOTATION MARK}": '"'}


def run(*arguments: str, encoding: str = "utf-8", python: str = "-B") -> bytes:
    """Return the output of the command with this *encoding*."""
    answer = subprocess.run(
        [
            sys.executable,
            python,
            "-m",
            "boundaryethics",
            *arguments,
        ],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert answer.returncode in (0, 1), answer.stderr.decode(errors="replace")
    return answer.stdout


@pytest.fixture
def policy(tmp_path: Path) -> str:
    """Return a policy with characters that some code pages lack."""
    file = tmp_path / "ours.yaml"
    file.write_text(POLICY, "utf-8")
    return str(file)


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "utf-16"])
@pytest.mark.parametrize("command", ["worksheet", "consult"])
def test_html_has_the_encoding_that_it_declares(
    command: str, encoding: str, policy: str
) -> None:
    """A page that declares UTF-8 is UTF-8, with the same text in any code page."""
    asked = (command, "--fact", "contact=message", "--policy", policy, "--format=html")
    whole = run(*asked).decode("utf-8")
    text = run(*asked, encoding=encoding)
    page = text.decode(encoding if encoding == "utf-16" else "utf-8")

    assert "Grundsätze ✓" in html.unescape(page)
    assert html.unescape(whole) == html.unescape(page)


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "latin-1"])
def test_no_character_is_lost(encoding: str, policy: str) -> None:
    """Each character that a code page lacks is replaced by a word or an escape."""
    asked = ("consult", "--fact", "contact=message", "--policy", policy, "--full")
    whole = run(*asked).decode("utf-8")
    found = run(*asked, encoding=encoding).decode(encoding)

    for char in sorted(set(whole) - {"\n"}):
        try:
            char.encode(encoding)
        except UnicodeEncodeError:
            escape = char.encode("ascii", "backslashreplace").decode()
            assert WORDS.get(char, escape) in found
    assert found.count("?") == whole.count("?")


def test_a_missing_upper_bound_is_written_in_words(policy: str) -> None:
    """A weight without an upper bound shows a word if the code page lacks the sign."""
    asked = ("sensitivity", "--of", "weights", "--policy", policy)
    assert "∞" in run(*asked).decode()
    assert re.search(r"\binf\b", run(*asked, encoding="cp1252").decode("cp1252"))


@pytest.mark.parametrize("name", ["--help", "consult", "rank", "sweep", "policies"])
def test_help_needs_no_docstrings(name: str) -> None:
    """`python -OO` shows the same help."""
    asked = [name] if name == "--help" else [name, "--help"]

    assert run(*asked) == run(*asked, python="-OO")
