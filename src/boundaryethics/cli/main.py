"""The command itself: what it is called, and with what status it ends.

0: answered. 1: a check failed. 2: bad usage or bad input, every problem on
standard error and nothing on standard output. 130: interrupted. 141: whoever read
the answer has gone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click
from click.shell_completion import shell_complete

from boundaryethics.cli.batch import batch
from boundaryethics.cli.compare import agreement, compare
from boundaryethics.cli.consult import consult
from boundaryethics.cli.diff import diff
from boundaryethics.cli.facts import facts
from boundaryethics.cli.flips import flips
from boundaryethics.cli.lint import lint
from boundaryethics.cli.panel import fit, panel
from boundaryethics.cli.policies import policies
from boundaryethics.cli.questions import questions
from boundaryethics.cli.sensitivity import effects, sensitivity
from boundaryethics.cli.sources import sources
from boundaryethics.cli.streams import close_quietly, open_streams
from boundaryethics.cli.sweep import sweep
from boundaryethics.cli.test import test
from boundaryethics.cli.verify import verify
from boundaryethics.cli.why import because, why, why_not
from boundaryethics.cli.worksheet import worksheet
from boundaryethics.errors import BoundaryEthicsError

_NAME = "boundaryethics"
_COMPLETION = "_BOUNDARYETHICS_COMPLETE"
_BAD_INPUT = 2
_INTERRUPTED = 130
_READER_GONE = 141


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=_NAME, message="%(prog)s %(version)s")
def commands() -> None:
    """Rank the responses to a client met online, and cite the principle behind each.

    Supports professional judgement and supervision, and replaces neither.
    """


_COMMANDS = (
    consult,
    why,
    why_not,
    flips,
    questions,
    worksheet,
    policies,
    facts,
    sources,
    test,
    verify,
    compare,
    agreement,
    lint,
    diff,
    batch,
    sweep,
    panel,
    fit,
    sensitivity,
    effects,
    because,
)
for _command in _COMMANDS:
    commands.add_command(_command)


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
