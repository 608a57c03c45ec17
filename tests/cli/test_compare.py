"""`compare` and `agreement` write their results."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from boundaryethics.cli.main import main
from boundaryethics.exports import ENDINGS

INPUTS = Path(__file__).parents[1] / "golden" / "inputs"
SMALL, QUIETER = INPUTS / "small-code.yaml", INPUTS / "quieter-code.yaml"


def status(*arguments: object) -> object:
    """Run the command, and return its exit status."""
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    return ended.value.code


@pytest.mark.parametrize("command", ["compare", "agreement"])
def test_results_are_written_in_every_format(tmp_path: Path, command: str) -> None:
    """The table has the rows, and JSON the whole result."""
    pytest.importorskip("pyreadstat")
    for ending in ENDINGS:
        out = tmp_path / f"result{ending}"
        assert 0 == status(command, SMALL, QUIETER, "--output", out)
        assert 2 == status(command, SMALL, QUIETER, "--output", out)
    data = json.loads((tmp_path / "result.json").read_text("utf-8"))
    with (tmp_path / "result.csv").open(encoding="utf-8", newline="") as file:
        rows = [*csv.DictReader(file)]

    assert ["quieter-code", "small-code"] == sorted(
        one["id"] for one in data["provenance"]["policies"]
    )
    if command == "compare":
        assert data["count"] == sum(int(row["count"]) for row in rows)
    else:
        assert [float(row["tau"]) for row in rows] == [
            pair["tau"] for pair in data["pairs"]
        ]


@pytest.mark.parametrize("ending", ENDINGS)
def test_equal_policies_have_no_rows(tmp_path: Path, ending: str) -> None:
    """The file has only the header."""
    pytest.importorskip("pyreadstat")
    out = tmp_path / f"result{ending}"
    assert 0 == status("compare", SMALL, SMALL, "--output", out)
    assert out.exists()


def test_files_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    """An unknown extension, an input file and the chart's file are refused."""
    both = tmp_path / "both.json"
    for command in ("compare", "agreement"):
        asked = (command, SMALL, QUIETER, "--output")
        assert 2 == status(*asked, tmp_path / "result.xlsx")
        assert 2 == status(*asked, SMALL, "--force")
        assert 2 == status(*asked, both, "--plot", both)
    assert [] == [*tmp_path.iterdir()]
