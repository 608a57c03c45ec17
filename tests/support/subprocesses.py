"""Run a file in an interpreter of its own: what it calls may bring one down."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

#: Is the durable engine there to be tested? It comes as C source.
needs_durable = pytest.mark.skipif(
    importlib.util.find_spec("durable_rules_engine") is None,
    reason="durable-rules is not installed",
)


def alone(file: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """*file*, run as a program that can import what tests share."""
    paths = [str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, "-X", "faulthandler", file, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
        text=True,
    )


def output_of(answer: subprocess.CompletedProcess[str]) -> str:
    """Return the output of the program, for the message of a failing test."""
    return f"status {answer.returncode}\n{answer.stdout}\n{answer.stderr}"
