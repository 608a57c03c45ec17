from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = Path("explanation", "performance.md")
#: The module to import for each peer.
MODULES = {
    "clingo": "clingo",
    "clipspy": "clips",
    "durable-rules": "durable_rules_engine",
    "numpy": "numpy",
    "rule-engine": "rule_engine",
    "zen-engine": "zen",
}
PARTS = ("one", "codes", "growth", "text", "files")

pytestmark = pytest.mark.skipif(
    not (ROOT / "benchmarks").exists(), reason="the benchmarks are not beside the tests"
)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the benchmarks on its path."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        check=False,
        text=True,
    )


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of pages that the command updated with results for few rows."""
    folder = tmp_path_factory.mktemp("docs")
    (folder / PAGE).parent.mkdir()
    (folder / PAGE).write_text((ROOT / "docs" / PAGE).read_text("utf-8"), "utf-8")
    parts = [word for part in PARTS for word in ("--part", part)]
    ran = python(
        *("-m", "benchmarks.peers", "--quick", "--rows", "2000", *parts),
        *("--output", str(folder)),
    )
    assert 0 == ran.returncode, ran.stderr
    return folder


@pytest.fixture(scope="module")
def results(docs: Path) -> Any:
    """Read the data that the command wrote."""
    return json.loads((docs / "benchmarks" / "results.json").read_text("utf-8"))


@pytest.mark.parametrize("peer", MODULES)
def test_peers_agree_with_the_reference_engine(peer: str) -> None:
    """The translated policy gives the same rankings and the same rules that apply."""
    if importlib.util.find_spec(MODULES[peer]) is None:
        pytest.skip(f"{peer} is not installed")
    ran = python("-m", "benchmarks.peers.side_by_side", peer, "50")
    found = [line for line in ran.stdout.splitlines() if line.startswith("{")]

    assert 800 == json.loads(found[0]).get("equal in"), ran.stderr


def test_differing_answers_are_detected() -> None:
    """A peer whose rankings or rules differ anywhere is reported."""
    ran = python(
        "-c",
        "import boundaryethics\n"
        "from benchmarks.peers.side_by_side import equal\n"
        "verdict = boundaryethics.consult({}, 'aca-2014')\n"
        "right = (verdict.ranking, verdict.binding)\n"
        "for answer in (right, ((), right[1]), (right[0], ())):\n"
        "    print(equal(lambda facts: answer, [({}, verdict)]))\n",
    )

    assert ["True", "False", "False"] == ran.stdout.split(), ran.stderr


def test_each_figure_has_a_value_or_a_note(results: Any) -> None:
    """A note says why a figure has no value."""
    figures = results["figures"]

    assert [] == [f for f in figures if (f["value"] is None) is not bool(f["note"])]
    assert {"µs", "ns per row", "MiB"} <= {f["unit"] for f in figures}


def test_each_limit_is_reported_as_met_or_not(results: Any) -> None:
    """A limit applies to the ratio of a figure, if it has one."""
    held = [f for f in results["figures"] if f["at_most"] is not None and f["value"]]
    measured = [f["value"] if f["ratio"] is None else f["ratio"] for f in held]

    assert held
    assert [f["holds"] for f in held] == [
        number <= f["at_most"] for number, f in zip(measured, held, strict=True)
    ]


def test_only_text_between_the_markers_is_replaced(docs: Path) -> None:
    """The command leaves the rest of the page unchanged."""
    before, after = (folder / PAGE for folder in (ROOT / "docs", docs))
    marks = "<!-- figures -->", "<!-- end of figures -->"
    old, new = (page.read_text("utf-8") for page in (before, after))

    assert old.partition(marks[0])[0] == new.partition(marks[0])[0]
    assert old.partition(marks[1])[2] == new.partition(marks[1])[2]
    assert "| ranking, one thread, 2,000 rows |" in new


def test_pictures_can_be_read_without_color(docs: Path) -> None:
    """Words and shade distinguish the package from other tools."""
    if importlib.util.find_spec("altair") is None:
        pytest.skip("altair is not installed")
    picture = (docs / "benchmarks" / "many-rows.svg").read_text("utf-8")

    assert "boundaryethics" in picture
    assert "copying the columns" in picture
