"""Report a command's errors as messages and exit statuses, and open its streams.

`boundaryethics.cli.main` lists the statuses.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Literal

import click

from boundaryethics.errors import BoundaryEthicsError

BAD_INPUT = 2
INTERRUPTED = 130
READER_GONE = 141


def _nothing(*_: object) -> None:
    """Print nothing."""


def status_of(
    run: Callable[[], int],
    *,
    before: Callable[[], None] = _nothing,
    after: Callable[[click.ClickException], None] = _nothing,
) -> int:
    """Run a command, print any error to standard error, and return the exit status.

    Args:
        run: the command. It returns the exit status if there is no error.
        before: prints something before each error message.
        after: prints something after the message about an invalid argument.
    """
    try:
        return _reported(run, before, after)
    except OSError:
        # The problems cannot be printed either.
        close_quietly()
        return BAD_INPUT


def _reported(
    run: Callable[[], int],
    before: Callable[[], None],
    after: Callable[[click.ClickException], None],
) -> int:
    try:
        return run()
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:
        close_quietly()
        return READER_GONE
    except click.ClickException as refused:
        before()
        refused.show()
        after(refused)
    except BoundaryEthicsError as refused:
        before()
        click.echo(str(refused), err=True)
    except OSError as failed:
        close_quietly(sys.stdout)
        before()
        where = "cannot write the output"
        if failed.filename is not None:
            where = f"`{os.fsdecode(failed.filename)}`"
        click.echo(f"{where}: {failed.strerror or 'it is closed'}", err=True)
    return BAD_INPUT


#: Replacements for meaningful characters that many code pages lack.
_IN_WORDS = {
    "\N{INFINITY}": "inf",
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "--",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{LEFT DOUBLE QUOTATION MARK}": '"',
    "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "\N{REPLACEMENT CHARACTER}": "?",
}


def _in_words(failed: UnicodeError) -> tuple[str, int]:
    """Use words or escapes in place of characters that a stream cannot encode."""
    if not isinstance(failed, UnicodeEncodeError):
        raise failed
    lost = failed.object[failed.start : failed.end]
    escapes = (char.encode("ascii", "backslashreplace").decode() for char in lost)
    words = (_IN_WORDS.get(c, e) for c, e in zip(lost, escapes, strict=True))
    return "".join(words), failed.end


codecs.register_error("boundaryethics", _in_words)


def open_streams() -> None:
    """Open stdout and stderr if closed; make both replace unencodable characters."""
    # A stream that was closed before Python started is None. Printing an answer is then
    # an error, as it is on a full disk.
    sys.stdout = sys.stdout or _nowhere("r")
    sys.stderr = sys.stderr or _nowhere("w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="boundaryethics")


def close_quietly(*streams: IO[str]) -> None:
    """Discard any further output to *streams*; by default, to both output streams."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams or (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())


def _nowhere(mode: Literal["r", "w"]) -> io.TextIOWrapper:
    return Path(os.devnull).open(mode, encoding="utf-8")
