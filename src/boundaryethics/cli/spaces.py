"""What the commands share that ask about every situation at once."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias

import click

#: Called with how much is done, and how much there is.
Progress: TypeAlias = Callable[[int, int], None]


class Answer(Protocol):
    """What every answer about a space can do."""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data."""


def _given(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, list[str]]:
    """The facts that `--given name=value[,value]` confines, each once."""
    given: dict[str, list[str]] = {}
    for text in written:
        name, sign, values = (part.strip() for part in text.partition("="))
        listed = [value.strip() for value in values.split(",")]
        if not (name and sign and all(listed)):
            message = f"`{text}` is not of the form name=value[,value]"
            raise click.BadParameter(message)
        if name in given:
            message = f"fact `{name}` is given twice"
            raise click.BadParameter(message)
        given[name] = listed
    return given


given_option = click.option(
    "--given",
    multiple=True,
    metavar="NAME=VALUE[,VALUE]",
    callback=_given,
    help="Ask only of situations in which the fact has one of these values.",
)


def format_option(*forms: str) -> Callable[[Any], Any]:
    """An option `--format` with *forms*, the first of them by default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help="How the answer is written.",
    )


def show(answer: Answer, form: str) -> None:
    """Print *answer* as JSON, or as text."""
    click.echo(json.dumps(answer.to_dict(), indent=2) if form == "json" else answer)


@contextmanager
def progress(told: str) -> Iterator[Progress]:
    """A bar on standard error, where somebody watches; *told* says what is done."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("{task.description}"),
        rich_progress.BarColumn(),
        rich_progress.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with rich_progress.Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task(told, total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)
