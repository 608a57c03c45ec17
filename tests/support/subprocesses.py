"""Run a file in a separate interpreter, because the code that it calls may crash."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

#: Whether the durable engine is installed: it needs a C compiler.
needs_durable = pytest.mark.skipif(
    importlib.util.find_spec("durable_rules_engine") is None,
    reason="durable-rules is not installed",
)


def alone(file: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run *file* as a program that can import the support modules of the tests."""
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
