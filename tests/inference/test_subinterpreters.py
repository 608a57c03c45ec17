"""A subinterpreter uses the reference engine, and says why others are unavailable."""

from __future__ import annotations

import subprocess
import sys

import pytest

IN_ANOTHER = """
import sys, _interpreters
asked = '''
import sys
sys.path[:] = {paths}
import boundaryethics
from boundaryethics.errors import EngineError
for engine in (None, "reference", "columnar"):
    try:
        print(*boundaryethics.consult({{"contact": "message"}}, engine=engine).best)
    except EngineError as error:
        print(error.problems[0])
'''.format(paths=sys.path)
problem = _interpreters.run_string(_interpreters.create(), asked)
sys.exit(problem and problem.formatted)
"""


@pytest.mark.skipif(
    not (3, 13) <= sys.version_info < (3, 15),
    reason="interpreters of their own are new in Python 3.13",
)
def test_consult_works_in_a_subinterpreter() -> None:
    """NumPy and durable-rules cannot be loaded there."""
    done = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER], capture_output=True, check=False, text=True
    )

    assert 0 == done.returncode, done.stderr
    default, reference, columnar, *_ = done.stdout.splitlines()
    assert default == reference == "decline"
    assert columnar.startswith("BE511: engine `columnar` cannot be loaded: ")
    assert columnar.endswith("subinterpreters")
