"""Test the command on a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.terminals import shown_on

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

SMALL = Path(__file__).parents[1] / "golden" / "inputs" / "small-code.yaml"
CONSULT = (sys.executable, "-m", "boundaryethics", "consult", "--policy", str(SMALL))


def on_a_terminal(**environment: str) -> str:
    """Run the command on a terminal with this *environment*."""
    inherited = {k: v for k, v in os.environ.items() if k != "NO_COLOR"}
    ours, theirs = pty.openpty()
    subprocess.run(
        [*CONSULT, "--fact", "contact=message"],
        env={**inherited, "TERM": "xterm", "COLUMNS": "70", **environment},
        stdout=theirs,
        check=True,
    )
    os.close(theirs)
    return shown_on(ours)


def test_a_terminal_gets_styles() -> None:
    """A terminal shows the headings and the first place in a style."""
    shown = on_a_terminal()

    assert "\x1b[1m" in shown
    assert "Decline politely" in shown


def test_no_color_is_respected() -> None:
    """`NO_COLOR` turns colors off."""
    assert "\x1b[32m" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b[1;32m" not in on_a_terminal(NO_COLOR="1")


def test_lines_fit_the_terminal() -> None:
    """Lines wrap to the width of the terminal."""
    lines = re.sub("\x1b\\[[0-9;]*m", "", on_a_terminal()).splitlines()

    assert max(len(line) for line in lines) <= 70


@pytest.mark.parametrize("columns", ["0", "-3", "abc", "²", "", "9" * 30, "1.5"])
def test_an_odd_width_is_ignored(columns: str) -> None:
    """If a width is not a positive number, the terminal's own width is used."""
    assert "Decline politely" in on_a_terminal(COLUMNS=columns, LINES=columns)
