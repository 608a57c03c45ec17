"""The template of a study can regenerate its data and its report."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from boundaryethics.analysis import discriminating_vignettes

pytest.importorskip("altair")
pytest.importorskip("pandas")
pytest.importorskip("scipy")

STUDY = Path(__file__).parents[2] / "examples" / "study"
_NUMBER = re.compile(r"-?\d+\.\d+")


def run(script: str, *arguments: str | Path) -> None:
    """Run a script of the study as a student does."""
    command = [sys.executable, str(STUDY / script), *map(str, arguments)]
    subprocess.run(command, check=True, cwd=STUDY)


def test_the_report_is_up_to_date(tmp_path: Path, reset_golden: bool) -> None:
    """The script writes the stored report, up to the last digits of numbers."""
    target = STUDY if reset_golden else tmp_path
    run("study.py", "--output", target)
    made = (target / "report.md").read_text("utf-8")
    stored = (STUDY / "report.md").read_text("utf-8")

    assert _NUMBER.sub("#", stored) == _NUMBER.sub("#", made)
    numbers = [float(number) for number in _NUMBER.findall(made)]
    assert [float(n) for n in _NUMBER.findall(stored)] == pytest.approx(
        numbers, rel=0.005, abs=0.02
    )
    results = target / "results"
    figures = re.findall(r"\((results/\S+\.svg)\)", made)
    assert figures
    for figure in figures:
        assert (STUDY / figure).is_file()
        assert (target / figure).with_suffix(".pdf").is_file()
    for file in results.glob("*.json"):
        source = json.loads(file.read_text("utf-8"))["provenance"]
        assert source["library"]
        assert source["parameters"]
    tables = {file.stem for file in results.glob("*.csv")}
    assert tables == {file.stem for file in results.glob("*.tex")}


def test_the_ratings_are_reproducible(tmp_path: Path) -> None:
    """The same seed gives the same ratings."""
    run("simulate.py", tmp_path / "ratings.csv")

    made = (tmp_path / "ratings.csv").read_text("utf-8")
    assert (STUDY / "ratings.csv").read_text("utf-8") == made


def test_the_vignettes_are_reproducible() -> None:
    """The command in README.md gives the vignettes."""
    text = (STUDY / "README.md").read_text("utf-8")
    (options,) = re.findall(r"boundaryethics vignettes ((?:.*\\\n)*.*)\n", text)
    words = options.replace("\\\n", " ").split()
    given = [*pairwise(words)]
    where = {
        fact: values.split(",")
        for option, value in given
        if option == "--where"
        for fact, _, values in [value.partition("=")]
    }
    policies = words[: words.index("--count")]
    options_of = dict(given)
    found = discriminating_vignettes(
        policies,
        int(options_of["--count"]),
        seed=int(options_of["--seed"]),
        where=where,
    )

    with (STUDY / "vignettes.csv").open(encoding="utf-8", newline="") as file:
        assert [*csv.DictReader(file)] == [*csv.DictReader(found.to_csv().splitlines())]
