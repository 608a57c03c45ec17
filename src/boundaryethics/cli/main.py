"""The command itself: what it is called, and with what status it ends.

0: answered. 1: a check failed. 2: bad usage or bad input, every problem on
standard error and nothing on standard output. 130: interrupted. 141: whoever read
the answer has gone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn, final

import click
from click.shell_completion import shell_complete

from boundaryethics.cli.streams import close_quietly, open_streams
from boundaryethics.errors import BoundaryEthicsError

_NAME = "boundaryethics"
_COMPLETION = "_BOUNDARYETHICS_COMPLETE"
_BAD_INPUT = 2
_INTERRUPTED = 130
_READER_GONE = 141


#: Each command with its module, which is imported when the command is asked for.
_MODULES = {
    "consult": "consult",
    "why": "why",
    "why-not": "why",
    "flips": "flips",
    "questions": "questions",
    "worksheet": "worksheet",
    "policies": "policies",
    "facts": "facts",
    "sources": "sources",
    "test": "test",
    "verify": "verify",
    "compare": "compare",
    "agreement": "compare",
    "lint": "lint",
    "diff": "diff",
    "batch": "batch",
    "sweep": "sweep",
    "panel": "panel",
    "fit": "panel",
    "sensitivity": "sensitivity",
    "effects": "sensitivity",
    "because": "why",
}


@final
class _Commands(click.Group):
    """The commands by name; one that is not asked for costs a start nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*_MODULES, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None where there is none."""
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

    Supports professional judgement and supervision, and replaces neither.
    """


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Answer *arguments*, or those of the process, and end with a status."""
    open_streams()
    sys.exit(_status(list(sys.argv[1:] if arguments is None else arguments)))


def _status(arguments: list[str]) -> int:
    try:
        return _answered(arguments)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except BrokenPipeError:
        close_quietly()
        return _READER_GONE
    except click.ClickException as refused:
        refused.show()
    except BoundaryEthicsError as refused:
        click.echo(str(refused), err=True)
    except OSError as failed:
        close_quietly()
        click.echo(f"the answer cannot be written: {failed.strerror}", err=True)
    return _BAD_INPUT


def _answered(arguments: list[str]) -> int:
    asked = os.environ.get(_COMPLETION)
    if asked:
        return shell_complete(commands, {}, _NAME, _COMPLETION, asked)
    with commands.make_context(_NAME, arguments) as context:
        commands.invoke(context)
    sys.stdout.flush()
    return 0
