"""Sample files, and ways to run the command: with a time limit, or as another user."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pytest

from boundaryethics.errors import problem_table

COMMAND = (sys.executable, "-m", "boundaryethics")
#: Seconds after which a run counts as blocked.
WAIT = 60

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such files there")
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root has other users"
)


@pytest.fixture
def full_disk() -> Iterator[IO[bytes]]:
    """Open a file to which nothing can be written, because its disk is full."""
    device = Path("/dev/full")
    if not device.exists():
        pytest.skip("this system has no full device")
    with device.open("wb") as file:
        yield file


#: A user without rights.
NOBODY = 65534

#: A policy of a practice, for a file.
MINI = """\
policy: mini
title: Rules of a practice
sources: {hb: {short: Handbook, title: Handbook}}
principles:
  clarity:
    title: Clients know where they stand
    force: employment
    cites: [{source: hb, section: "1"}]
rules:
  - id: answer
    when: {contact: message}
    then: {favors: {decline: strong}}
    principle: clarity
    because: Clients deserve an answer.
"""
CASES = """\
cases:
  - name: A message is declined
    id: v1
    policy: apa-2017
    given: {contact: message}
    expect: {first: [decline]}
"""
RATINGS = """\
rater,vignette,option,rank
r1,v1,decline,1
r1,v1,ignore,2
r2,v1,decline,1
r2,v1,ignore,2
"""


def command(
    *arguments: str | Path, folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the command with *arguments*, in *folder*."""
    return run([*COMMAND, *map(str, arguments)], folder=folder)


def in_bash(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run a *line* of bash in *folder*, where `be` is the command."""
    return run(["bash", "-c", f'be() {{ {" ".join(COMMAND)} "$@"; }}; {line}'], folder)


def run(
    words: list[str], folder: Path | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a program, and end it if it takes too long."""
    return subprocess.run(
        words, cwd=folder, capture_output=True, check=False, timeout=WAIT
    )


def as_user(user: int, work: Callable[[], str]) -> str:
    """Return the text that *work* returns as *user*, in a fork of this process.

    Other users may not be allowed to read the interpreter, so *work* imports nothing.
    """
    problem_table()
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # about threads
        child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
            answer = work()
        except BaseException as error:  # noqa: BLE001 - it is reported
            answer = repr(error)
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        data = answers.read().decode()
    os.waitpid(child, 0)
    return data


@pytest.fixture
def shared() -> Iterator[Path]:
    """Yield a folder that every user may enter and change, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)
