"""Run the command as a user does, and record what it prints."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import final

import attrs

from support.commands import run_here

ROOT = Path(__file__).parents[2]
SCRIPT = (str(Path(sys.executable).with_name("boundaryethics")),)
MODULE = (sys.executable, "-m", "boundaryethics")


@final
@attrs.frozen(kw_only=True)
class Answer:
    """The output and the status of one run of the command."""

    status: int
    out: str
    err: str

    def transcript(self, command: str) -> str:
        """Return the transcript of *command* with this result."""
        parts = [f"$ {command}", f"--- status {self.status}"]
        for name, text in (("out", self.out), ("err", self.err)):
            if text:
                parts += [f"--- {name}", text.rstrip("\n")]
        return "\n".join(parts) + "\n"


def answer(command: str, start: tuple[str, ...] = ()) -> Answer:
    """Run *command*; `< FILE` at its end redirects standard input.

    It runs in this process, or in one that *start* starts.
    """
    line, _, read = command.partition(" < ")
    _, *arguments = shlex.split(line)
    given = (ROOT / read).read_bytes() if read else b""
    if not start:
        done = run_here(arguments, folder=ROOT, given=given)
        return _answer(done.status, done.out, done.err)
    ran = subprocess.run(
        [*start, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80"},
        input=given,
        capture_output=True,
        check=False,
    )
    return _answer(ran.returncode, ran.stdout, ran.stderr)


def _answer(status: int, out: bytes, err: bytes) -> Answer:
    return Answer(
        status=status,
        out=out.decode().replace("\r\n", "\n"),
        err=err.decode().replace("\r\n", "\n"),
    )
