"""Lines on a terminal, in its colours and to its width; plain text elsewhere."""

from __future__ import annotations

import sys

import click

from boundaryethics import render
from boundaryethics.model.verdict import Verdict

#: Lines longer than this are hard to follow, however wide the terminal.
_WIDEST = 100

_STYLES = {
    "danger": "bold red",
    "heading": "bold",
    "first": "bold green",
    "notice": "yellow",
    "closing": "dim",
}


def show(verdict: Verdict) -> None:
    """Print *verdict*: styled on a terminal, as plain text where it is kept."""
    if sys.stdout.isatty():
        _paint(verdict)
    else:
        click.echo(str(verdict), nl=False)


def _paint(verdict: Verdict) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in render.lines(verdict, min(console.width, _WIDEST)):
        styled = Text(line.text, style=_STYLES.get(line.part, ""))
        console.print(styled, soft_wrap=True)
