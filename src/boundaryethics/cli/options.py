"""Define the options that commands share, once each, and how they print and write."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar

import click

from boundaryethics import policies, render
from boundaryethics.consult import DEFAULT_POLICY, consult
from boundaryethics.model.facts import Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.verdict import Verdict

Command = TypeVar("Command", bound=Callable[..., Any])


def _stated(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, str]:
    """The facts that `--fact name=value` states, each once."""
    return by_fact(written, "name=value", "stated twice")


def over_option(told: str) -> Callable[[Command], Command]:
    """Make an option `--overlay`, which *told* explains."""
    return click.option("--overlay", multiple=True, metavar="ID|PATH", help=told)


def policies_option(told: str) -> Callable[[Command], Command]:
    """Make an option `--policy` that can be repeated, which *told* explains."""
    return click.option(
        "--policy", "named", multiple=True, metavar="ID|PATH", help=told
    )


engine_option = click.option(
    "--engine", metavar="NAME", help="The engine: durable, reference or columnar."
)

#: Facts that the answer leaves as they are.
immutable_option = click.option(
    "--immutable",
    multiple=True,
    metavar="FACT",
    help="A fact that is not to change; may be repeated.",
)

_SHARED = (
    click.argument("situation", required=False),
    click.option(
        "--policy",
        default=DEFAULT_POLICY,
        show_default=True,
        metavar="ID|PATH",
        help="The policy that answers.",
    ),
    over_option("A policy to lay over it, such as a state's rules; may be repeated."),
    click.option(
        "--fact",
        "stated",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_stated,
        help="A fact, beside or instead of one in the file; may be repeated.",
    ),
    engine_option,
)


def asking(command: Command) -> Command:
    """*command* with a situation, and the options that say how it is answered."""
    for shared in reversed(_SHARED):
        command = shared(command)
    return command


def answer(
    situation: str | None,
    stated: dict[str, str],
    *,
    policy: str,
    overlay: tuple[str, ...],
    engine: str | None,
) -> Verdict:
    """The verdict on what the options of `asking` give.

    Raises:
        click.UsageError: neither a file nor a fact is given.
        BoundaryEthicsError: the situation, the policy or the engine cannot be had.
    """
    if situation is None and not stated:
        message = "name a file of facts, or state one with --fact name=value"
        raise click.UsageError(message)
    loaded = policies.load_policy(policy, overlay)
    return consult(_situation(situation, loaded, stated), loaded, engine)


def _situation(file: str | None, policy: Policy, stated: dict[str, str]) -> Situation:
    vocabulary = policy.vocabulary
    if file is None:
        return vocabulary.situation(stated)
    read = policies.load_situation(file, vocabulary)
    return vocabulary.situation({**read.known(), **stated})


def by_fact(written: Iterable[str], form: str, twice: str) -> dict[str, str]:
    """What is *written* of each fact, without the space around it.

    Args:
        written: what was given, one text for each time.
        form: how each is to be written, for those that are not.
        twice: what a fact is that is named again.

    Raises:
        BadParameter: a text has no two sides, or a fact is named again.
    """
    found: dict[str, str] = {}
    for text in written:
        fact, _, told = (part.strip() for part in text.partition("="))
        if not (fact and told):
            message = f"`{text}` is not of the form {form}"
            raise click.BadParameter(message)
        if fact in found:
            message = f"fact `{fact}` is {twice}"
            raise click.BadParameter(message)
        found[fact] = told
    return found


#: Called with how much is done, and how much there is.
Progress: TypeAlias = Callable[[int, int], None]


class SpaceResult(Protocol):
    """What every answer about a space can do."""

    def to_dict(self) -> dict[str, Any]:
        """The answer as plain data."""


def _given(
    _context: click.Context, _parameter: click.Parameter, written: tuple[str, ...]
) -> dict[str, list[str]]:
    """The facts that `--where name=value[,value]` confines, each once."""
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


where_option = click.option(
    "--where",
    multiple=True,
    metavar="NAME=VALUE[,VALUE]",
    callback=_given,
    help="Ask only of situations in which the fact has one of these values.",
)


def format_option(
    *forms: str, told: str = "How the answer is written."
) -> Callable[[Any], Any]:
    """Make an option `--format` with *forms*, the first of them by default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(forms),
        default=forms[0],
        show_default=True,
        help=told,
    )


def show_answer(answer: SpaceResult, form: str) -> None:
    """Print *answer* as JSON, or as text."""
    if form == "json":
        show_json(answer.to_dict())
    else:
        click.echo(answer)


def show_json(plain: object) -> None:
    """Print plain data as JSON."""
    click.echo(json.dumps(plain, indent=2))


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


#: Makes a chart.
Charting: TypeAlias = Callable[[], Any]
#: Draws where `--plot` says; without it, does nothing.
Plot: TypeAlias = Callable[[Charting], None]

_FORCE = "force"

_file_option = partial(
    click.option,
    "--plot",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write a picture there as well: .svg, .png, .html or .json.",
)
#: `--plot FILE` alone, for a command that has a `--force` of its own.
file_option = _file_option()


def plot_option(command: Command) -> Command:
    """*command* with `--plot FILE` and `--force`; it gets a `Plot` as `plot`.

    A picture that cannot be written is refused before anything is worked out.
    """
    for option in (
        click.option(
            "--force",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_forced,
            help="Let --plot overwrite a file.",
        ),
        _file_option(callback=_plotting),
    ):
        command = option(command)
    return command


def plotting(file: Path | None, *, force: bool) -> Plot:
    """What draws to *file*, of which is known that it can be written.

    Raises:
        PictureError: it cannot, or what draws is not installed.
    """
    if file is None:
        return _draw_nothing
    from boundaryethics import charts

    charts.check_path(file, force=force)
    return partial(_draw, file, force)


def _forced(context: click.Context, _parameter: click.Parameter, given: bool) -> None:  # noqa: FBT001
    context.meta[_FORCE] = given


def _plotting(
    context: click.Context, _parameter: click.Parameter, file: Path | None
) -> Plot:
    return plotting(file, force=context.meta[_FORCE])


def _draw_nothing(_charting: Charting) -> None:
    pass


def _draw(file: Path, force: bool, charting: Charting) -> None:  # noqa: FBT001
    from boundaryethics import charts

    charts.save(charting(), file, force=force)


def refuse_shared(
    read: Mapping[str, str | Path | None], written: Mapping[str, str | Path | None]
) -> None:
    """Nothing, where each file is *written* once, and none that is *read*.

    Args:
        read: paths under what they are called on the command line; None where it is
            not given.
        written: the same.

    Raises:
        click.UsageError: two are the same file.
    """
    met = {_where(path): name for name, path in read.items() if path is not None}
    for name, path in written.items():
        if path is None:
            continue
        other = met.setdefault(_where(path), name)
        if other != name:
            message = f"{other} and {name} are one file: `{path}`"
            raise click.UsageError(message)


def _where(path: str | Path) -> Path:
    """Where *path* leads, whichever way it is written."""
    return Path(path).resolve()


#: What tells a process to end; not there on every system.
_SIGNALS = ("SIGTERM", "SIGHUP")
#: What a shell adds to the number of a signal, for the status.
_BY_SIGNAL = 128


@contextmanager
def ending_tidily() -> Iterator[None]:
    """Within, a signal to end is an exit, so that whoever has begun can clear up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    # What is ignored, as under nohup, stays so.
    mine = [one for one in asked if signal.getsignal(one) is signal.SIG_DFL]
    for one in mine:
        signal.signal(one, _end)
    try:
        yield
    finally:
        for one in mine:
            signal.signal(one, signal.SIG_DFL)


def _end(number: int, _frame: object) -> None:
    sys.exit(_BY_SIGNAL + number)


#: Lines longer than this are hard to follow, however wide the terminal.
_WIDEST = 100

_STYLES = {
    "danger": "bold red",
    "heading": "bold",
    "first": "bold green",
    "notice": "yellow",
    "closing": "dim",
}


def show_verdict(verdict: Verdict) -> None:
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
