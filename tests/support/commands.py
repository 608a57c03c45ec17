"""Run the command in this process, because starting a process is slow.

Tests of environments, encodings, pipes and streams start a process for each run.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import final
from unittest.mock import patch

import attrs

from boundaryethics.cli.main import main


@final
@attrs.frozen(kw_only=True)
class Ran:
    """The exit status of one run of the command, and the bytes that it printed."""

    status: int
    out: bytes
    err: bytes


def run_here(
    arguments: Sequence[str],
    *,
    folder: Path,
    given: bytes = b"",
    joined: bool = False,
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run the command with *arguments* in *folder*, where *given* is its input.

    If *joined*, errors are in `out`, among the output.
    """
    out, err = io.BytesIO(), io.BytesIO()
    read, printed = _stream(io.BytesIO(given)), _stream(out)
    found = printed if joined else _stream(err)
    with (
        chdir(folder),
        patch.multiple(sys, stdin=read, stdout=printed, stderr=found),
        patch.dict(os.environ, {"COLUMNS": "80", **(environment or {})}),
    ):
        try:
            main(arguments)
        except SystemExit as ended:
            status = ended.code
        printed.flush()
        found.flush()
    assert isinstance(status, int)
    return Ran(status=status, out=out.getvalue(), err=err.getvalue())


def _stream(raw: io.BytesIO) -> io.TextIOWrapper:
    """Open a stream in UTF-8 that passes each text on at once, in order."""
    return io.TextIOWrapper(raw, "utf-8", write_through=True)
