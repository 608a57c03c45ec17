"""Test that `effects` reads the file that `sweep --output` writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from boundaryethics.cli.main import main
from boundaryethics.variants import FactorialDesign, change, factorial_effects, sweep

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_effects_of_a_file_equal_those_of_its_sweep(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    """The file has exact counts, so the effects are the same fractions."""
    switches = FactorialDesign(
        (
            change("one", drop=["one-role"]),
            change("other", drop=["who-asks-is-owed-an-answer"]),
        )
    )
    out = tmp_path / f"swept.{ending}"
    base, given = INPUTS / "small-code.yaml", {"contact": "message"}
    swept = sweep(base, [switches], where=given, out=out, workers=1)

    with pytest.raises(SystemExit) as ended:
        main(["effects", str(out), "--format", "json"])

    assert 0 == ended.value.code
    result = json.loads(capsys.readouterr().out)
    expected = factorial_effects(swept).to_dict()
    made, source = expected.pop("provenance"), result.pop("provenance")
    assert expected == result
    assert made["policies"][0]["fingerprint"] == source["policies"][0]["fingerprint"]
    assert 3 == len(result["contrasts"])
