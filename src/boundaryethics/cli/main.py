"""Run the command, and exit with its status.

0: success. 1: a check failed. 2: bad usage or bad input, with every problem on
standard error and nothing on standard output. 129 and 143: ended by SIGHUP or SIGTERM.
130: interrupted. 141: the reader of the output has closed the pipe.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from typing import Any, NoReturn, final

import click
from click.shell_completion import add_completion_class, shell_complete

from boundaryethics._files import OwnerWarning, inputs_noted
from boundaryethics._process import open_streams, status_of
from boundaryethics.errors import as_command, did_you_mean
from boundaryethics.provenance import VERSION

_NAME = "boundaryethics"
_COMPLETION = "_BOUNDARYETHICS_COMPLETE"
#: A shell adds this to the number of a signal to form the exit status.
_BY_SIGNAL = 128

#: The sections of the help, each with its module and its commands in order.
_SECTIONS = {
    "One situation": (
        "situation",
        """
        consult interview facts open-questions why why-not counterfactuals worksheet
        replay
        """,
    ),
    "Policies": (
        "policy",
        "policies principles sources test verify lint diff compare agreement schema",
    ),
    "Studies": (
        "study",
        "rank vignettes panel fit sweep effects sensitivity acceptability",
    ),
}
#: The module of each command, imported when the command is used.
_MODULES = {
    name: module for module, names in _SECTIONS.values() for name in names.split()
} | {"interview": "interview"}

#: Other names that people try.
_ALSO = {
    "consult": "run",
    "interview": "ask begin chat interactive questionnaire start wizard",
    "why": "because explain",
    "counterfactuals": "what-if flips change",
    "rank": "batch table csv",
}


@final
class _Commands(click.Group):
    """Group commands in sections; import a module only when a command needs it."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """List the names of all commands in the order in which the help shows them."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command with that name, or None."""
        if cmd_name in _MODULES:
            module = import_module(f"boundaryethics.cli.{_MODULES[cmd_name]}")
            command = getattr(module, cmd_name.replace("-", "_"))
            command.help = command.help or _help_of(command.callback)
            self.add_command(command, cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for an unknown name, suggest a similar one."""
        name = args[0]
        if name not in _MODULES and not (name[:1] == "-" or ctx.resilient_parsing):
            near = did_you_mean(name, _MODULES, _ALSO)
            if name == "help":
                near = f"use `{ctx.command_path} --help`"
            ctx.fail(f"unknown command `{name}`" + (f"; {near}" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        """Write each section with a summary of each of its commands."""
        widest = max(map(len, _MODULES))
        for title, (_, names) in _SECTIONS.items():
            with formatter.section(title):
                found = {name: self.get_command(ctx, name) for name in names.split()}
                rows = [(f"{n:{widest}}", c) for n, c in found.items() if c]
                # No summary is longer than this limit, so none is cut off.
                formatter.write_dl([(n, c.get_short_help_str(80)) for n, c in rows])


def _help_of(callback: Any) -> str | None:
    """Read a command's help from its source, because `python -OO` drops docstrings."""
    import ast
    from importlib.util import find_spec

    spec = find_spec(callback.__module__)
    source = getattr(spec and spec.loader, "get_source", lambda _: None)
    tree = ast.parse(source(callback.__module__) or "")
    texts = (
        ast.get_docstring(node)
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name == callback.__name__
    )
    return next(texts, None)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="%(prog)s %(version)s")
def commands() -> None:
    """Rank four ways to respond when you run into a client online, with citations.

    Supports your professional judgment and supervision. Does not replace either.

    Start with `boundaryethics interview`, or see `boundaryethics consult --help`.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command with *arguments*, by default those of the process, and exit."""
    if hasattr(sys, "frozen"):
        # In a bundle, each process of a sweep starts by running this command.
        from multiprocessing import freeze_support

        freeze_support()
    open_streams()
    _drop_odd_sizes()
    given = list(sys.argv[1:] if arguments is None else arguments)
    with _exit_on_signals(), as_command(), inputs_noted(), warnings.catch_warnings():
        warnings.simplefilter("always", OwnerWarning)
        warnings.showwarning = partial(_note, warnings.showwarning)
        status = status_of(
            partial(_run, given),
            before=partial(_put_danger_first, given),
            after=partial(_suggest, given),
        )
    sys.exit(status)


@contextmanager
def _exit_on_signals() -> Iterator[None]:
    """Turn a termination signal into an exit, so that cleanup code runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not every system has both. An ignored signal, as under nohup, stays ignored.
    known = [one for one in signal.Signals if one.name in {"SIGTERM", "SIGHUP"}]
    replaced = [one for one in known if signal.getsignal(one) is signal.SIG_DFL]
    for one in replaced:
        signal.signal(one, lambda number, _: sys.exit(_BY_SIGNAL + number))
    try:
        yield
    finally:
        for one in replaced:
            signal.signal(one, signal.SIG_DFL)


def _note(shown: Callable[..., None], message: Warning | str, *more: Any) -> None:
    """Show a warning about a file's owner as a note; show all others with *shown*."""
    if isinstance(message, OwnerWarning):
        click.echo(f"note: {message}", err=True)
    else:
        shown(message, *more)


def _put_danger_first(arguments: list[str]) -> None:
    """Before an error in a command about one situation, print a caution about danger.

    The error replaces the answer, which would begin with any warning about danger.
    """
    if _MODULES.get("".join(arguments[:1])) in {"situation", "interview"}:
        from boundaryethics.policies.loader import shipped_texts

        click.echo(f"{shipped_texts()['caution']}\n", err=True)


_NAMED = "an ID that `boundaryethics policies` lists, or the path of a policy file"
#: For each required argument or option, what to give.
_NEEDED = {
    "target": "a response (continue, ignore, decline or leave), a rule or a finding, "
    "for example\n  {command} decline --fact contact=message",
    "record": "a file from `boundaryethics consult --record`",
    **dict.fromkeys(("old", "new", "a", "b", "policy"), _NAMED),
    "policies": f"two or more policies, each as {_NAMED}",
    "kind": "for example `{command} policy`",
    "source": "a table with one row for each situation, such as a CSV file",
    "output": "the file to write, for example `--output ranked.csv`",
    "ratings": "a table with the columns rater, vignette, option and rank",
    "vignettes": "a table with one row for each vignette: its name and its facts",
    "file": "a file from `boundaryethics sweep --output`",
}


def _suggest(arguments: list[str], refused: click.ClickException) -> None:
    """After an error about an argument, suggest what to use instead."""
    if isinstance(refused, click.MissingParameter) and refused.ctx and refused.param:
        needed = _NEEDED.get(refused.param.name or "")
        if needed:
            named = refused.param.get_error_hint(refused.ctx).strip("'")
            text = needed.format(command=refused.ctx.command_path)
            click.echo(f"Give {named}: {text}", err=True)
        return
    _suggest_policy(arguments, refused)


def _suggest_policy(arguments: list[str], refused: click.ClickException) -> None:
    """If an extra argument looks like a policy, show the option to use."""
    context = refused.ctx if type(refused) is click.UsageError else None
    if context is None or context.parent is None:
        return
    names = {one.name for one in context.command.params}
    parser = context.command.make_parser(context)
    _, extra, _ = parser.parse_args(arguments[1:])
    if not (extra and names & {"policy", "named"}):
        return
    from boundaryethics.policies import policies

    if extra[0].endswith((".yaml", ".yml")) or extra[0] in policies():
        option = f"{context.command_path} --policy {extra[0]}"
        click.echo(f"Give a policy as `{option}`.", err=True)


def _run(arguments: list[str]) -> int:
    asked = os.environ.get(_COMPLETION)
    if asked:
        from boundaryethics.cli.completion import Bash, Fish

        add_completion_class(Bash)
        add_completion_class(Fish)
        return shell_complete(commands, {}, _NAME, _COMPLETION, asked)
    if not arguments and sys.stdin and sys.stdin.isatty() and sys.stdout.isatty():
        from boundaryethics.policies.loader import shipped_texts

        click.echo(shipped_texts()["bare"], nl=False)
        return 0
    commands.help = commands.help or _help_of(commands.callback)
    with commands.make_context(_NAME, arguments) as context:
        commands.invoke(context)
    sys.stdout.flush()
    return 0


def _drop_odd_sizes() -> None:
    """Ignore terminal sizes that are not positive numbers."""
    for name in ("COLUMNS", "LINES"):
        if not re.fullmatch("0*[1-9][0-9]{0,5}", os.environ.get(name, "")):
            os.environ.pop(name, None)
