"""The floors of the house, as pyproject.toml states them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from architecture.source_tree import ROOT, SOURCE


def test_floors_are_kept() -> None:
    """No module knows a floor above its own, nor a room beside it."""
    checker = Path(sys.executable).with_name("lint-imports")
    answer = subprocess.run(
        [checker, "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        check=False,
        text=True,
    )

    assert 0 == answer.returncode, answer.stdout + answer.stderr


def test_every_package_is_shipped() -> None:
    """Each folder of code or rules is named in pyproject.toml, or stays behind."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    code = {path.parent.relative_to(SOURCE.parent) for path in SOURCE.rglob("*.py")}
    rules = {
        Path("boundaryethics") / path.parent.relative_to(ROOT)
        for path in (ROOT / "rules").rglob("*.[jy]*")
    }
    on_disk = {".".join(folder.parts) for folder in code | rules}

    assert on_disk == set(settings["tool"]["setuptools"]["packages"])
