"""Law: engines, compiled answers and whole-space answers equal those of an oracle.

The oracle evaluates policies as they are written, and shares no code with the library.
`python -m fuzz differential` runs the same comparison on millions of pairs.
"""

from __future__ import annotations

import pytest

differential = pytest.importorskip(
    "fuzz.differential", reason="`fuzz` and clingo are not in the package"
)

PAIRS = 300


@pytest.mark.clause("S5", "S6", "S7", "S8", "S12", "S14", "S15", "S16", "S21")
def test_the_library_agrees_with_the_oracle(capsys: pytest.CaptureFixture[str]) -> None:
    """Results are equal for many pairs of a policy and a situation."""
    figures = differential.run(PAIRS, seed=14, situations=8)

    assert figures.pairs >= PAIRS
    assert figures.laws > 0
    assert 0 == figures.differences, capsys.readouterr().out
