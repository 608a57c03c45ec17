"""Run the command, and end with its status.

0: answered. 1: a check failed. 2: bad usage or bad input, with every problem on
standard error and nothing on standard output. 130: interrupted. 141: the reader of
the answer has gone.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, final

import click
from click.shell_completion import shell_complete

from boundaryethics.errors import BoundaryEthicsError

_NAME = "boundaryethics"
_COMPLETION = "_BOUNDARYETHICS_COMPLETE"
_BAD_INPUT = 2
_INTERRUPTED = 130
_READER_GONE = 141


#: Each command with its module, which is imported when the command is asked for.
_MODULES = {
    "consult": "situation",
    "why": "situation",
    "why-not": "situation",
    "counterfactuals": "situation",
    "open-questions": "situation",
    "worksheet": "situation",
    "policies": "policy",
    "facts": "policy",
    "sources": "policy",
    "test": "policy",
    "verify": "policy",
    "compare": "policy",
    "agreement": "policy",
    "lint": "policy",
    "diff": "policy",
    "rank": "study",
    "sweep": "study",
    "panel": "study",
    "fit": "study",
    "sensitivity": "study",
    "effects": "study",
}


@final
class _Commands(click.Group):
    """Give the commands by name, and import a module only for its own commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """List the names of all commands."""
        return sorted({*_MODULES, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give the command of that name, or None where there is none."""
        # The refusal of an unknown name names the nearest of all commands.
        wanted = [cmd_name] if cmd_name in _MODULES else _MODULES
        for name in wanted:
            module = import_module(f"boundaryethics.cli.{_MODULES[name]}")
            self.add_command(getattr(module, name.replace("-", "_")), name)
        return super().get_command(ctx, cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=_NAME, message="%(prog)s %(version)s")
def commands() -> None:
    """Rank the responses to a client met online, and cite the principle behind each.

    This supports your professional judgment and supervision. It does not replace
    either.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Answer *arguments*, or those of the process, and end with a status."""
    _open_streams()
    sys.exit(_status(list(sys.argv[1:] if arguments is None else arguments)))


def _status(arguments: list[str]) -> int:
    try:
        return _run(arguments)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        _close_quietly()
        return _READER_GONE
    except click.ClickException as refused:
        refused.show()
    except BoundaryEthicsError as refused:
        click.echo(str(refused), err=True)
    except OSError as failed:
        _close_quietly()
        click.echo(f"the answer cannot be written: {failed.strerror}", err=True)
    return _BAD_INPUT


def _run(arguments: list[str]) -> int:
    asked = os.environ.get(_COMPLETION)
    if asked:
        return shell_complete(commands, {}, _NAME, _COMPLETION, asked)
    with commands.make_context(_NAME, arguments) as context:
        commands.invoke(context)
    sys.stdout.flush()
    return 0


def _open_streams() -> None:
    """Make both streams take any text: none are closed, and none refuse a letter."""
    # Python has None for a stream that was closed before it started.
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _close_quietly() -> None:
    """Send the rest nowhere: the output takes no more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())


def _nowhere() -> io.TextIOWrapper:
    return Path(os.devnull).open("w", encoding="utf-8")
