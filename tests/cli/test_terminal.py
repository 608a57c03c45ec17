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
termios = pytest.importorskip("termios")

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


def test_a_terminal_shows_styles() -> None:
    """Headings and the top response have a style."""
    shown = on_a_terminal()

    assert "\x1b[1m" in shown
    assert "Decline politely" in shown


def test_no_color_is_respected() -> None:
    """`NO_COLOR` turns colors off."""
    assert "\x1b[32m" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(TERM="dumb")


def test_lines_fit_the_terminal() -> None:
    """Lines wrap to the width of the terminal."""
    lines = re.sub("\x1b\\[[0-9;]*m", "", on_a_terminal()).splitlines()

    assert max(len(line) for line in lines) <= 70


LONG_TASK = """
import time
from boundaryethics.cli.options import progress
with progress("ranking " + "x" * 200) as report:
    for done in (90, 95, 99, 5, 100):
        report(done, 100)
        time.sleep(0.12)
    report(101, 100)
    report(0, 0)
"""


def test_progress_is_shown_with_the_time_left() -> None:
    """Standard error shows the share done and the time left, then clears the line."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (30, 60))
    subprocess.run([sys.executable, "-c", LONG_TASK], stderr=theirs, check=True)
    os.close(theirs)

    shown = shown_on(ours).removeprefix("\r").removesuffix("\r").split("\r")
    assert [
        *("ranking xx", " 90%  rank", " 95%, 0:00", " 99%, 0:00", "  5%  rank"),
        *("100%, 0:00", "100%, 0:00", " " * 10),
    ] == [text[:10] for text in shown]
    assert {59} == {len(text) for text in shown}


@pytest.mark.parametrize("columns", ["0", "-3", "abc", "²", "", "9" * 30, "1.5"])
def test_an_invalid_width_is_ignored(columns: str) -> None:
    """If a width is not a positive number, the terminal's own width is used."""
    assert "Decline politely" in on_a_terminal(COLUMNS=columns, LINES=columns)
