"""The library gives the same answers in Pyodide as in CPython, fast enough."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: The folder that docs/try/build.py has written.
BUILT = os.environ.get("BOUNDARYETHICS_TRY_PAGE", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BUILT, reason="BOUNDARYETHICS_TRY_PAGE is not set"),
    pytest.mark.skipif(not shutil.which("node"), reason="node is not installed"),
]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Run all questions in Pyodide, and return the answers and the times in seconds."""
    output = tmp_path_factory.mktemp("pyodide") / "session.json"
    script = (HERE / "pyodide_session.cjs", BUILT, HERE / "answers.py", output)
    run = subprocess.run(
        ["node", *map(str, script)], capture_output=True, text=True, check=False
    )
    assert 0 == run.returncode, run.stderr[-2000:]
    return json.loads(output.read_text("utf-8"))


def test_pyodide_gives_the_same_answers_as_cpython(session: Any) -> None:
    """Verdicts, worksheets, interviews, counterfactuals and checks are equal."""
    here = subprocess.check_output([sys.executable, HERE / "answers.py"], text=True)
    expected = json.loads(here)
    situations = [one for of in expected.values() for one in of["situations"]]

    assert 250 < sum("verdict" in one for one in situations)
    assert 20 < sum("counterfactuals" in one for one in situations)
    assert 3 == sum("verify" in of for of in expected.values())
    for policy, of in expected.items():
        assert of == session["answers"][policy], policy
    assert [*expected] == [*session["answers"]]


def test_the_page_is_fast(session: Any) -> None:
    """The first verdict takes under 10 s, and a change under 100 ms.

    All changes take the same work, so the fastest is the least disturbed by other load.
    """
    seconds = session["seconds"]

    assert 10 > seconds["verdict"]
    assert 0.1 > min(seconds["changes"])


def test_pyodide_provides_every_required_package() -> None:
    """`micropip.install` finds a compatible build of every dependency."""
    lock = Path(BUILT, "pyodide", "pyodide-lock.json").read_text("utf-8")
    packages = json.loads(lock)["packages"]
    browser = {"sys_platform": "emscripten", "python_version": "3.12", "extra": ""}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    required = map(Requirement, project["dependencies"])
    needed = [one for one in required if not one.marker or one.marker.evaluate(browser)]

    assert 6 <= len(needed)
    for one in needed:
        version = packages[canonicalize_name(one.name)]["version"]
        assert one.specifier.contains(version), f"{one}: {version}"
