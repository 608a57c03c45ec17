"""A bundle of the command gives the same verdicts without Python or packages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import boundaryethics

RECIPE = Path(__file__).parents[2] / "examples" / "recipes" / "bundle.py"
INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
FACTS = {"contact": "message", "client_status": "active"}


@pytest.mark.slow
def test_a_bundle_ranks_like_the_library(tmp_path: Path) -> None:
    """It contains the policies, templates and schemas, and can start processes."""
    pytest.importorskip("PyInstaller", exc_type=ImportError)
    built = [sys.executable, "-m", "PyInstaller", "--name", "boundaryethics"]
    subprocess.run([*built, "--log-level", "WARN", RECIPE], cwd=tmp_path, check=True)
    program = tmp_path / "dist" / "boundaryethics" / "boundaryethics"

    def printed(*arguments: str) -> str:
        return subprocess.run(
            [program, *arguments],
            cwd=tmp_path,
            env={"PATH": "", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    stated = [f"--fact={name}={value}" for name, value in FACTS.items()]
    verdict = boundaryethics.consult(FACTS)
    sheet = printed("worksheet", *stated, "--format", "html")
    small = INPUTS / "small-code.yaml"
    swept = ("sweep", "--policy", str(small), "--family", "drop", "--workers", "2")

    assert verdict.to_dict() == json.loads(printed("consult", *stated, "--format=json"))
    assert verdict.worksheet("html") == sheet
    assert "2 variants" in printed(*swept)
