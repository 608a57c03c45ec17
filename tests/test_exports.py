"""Results are written as CSV, Parquet, Stata, JSON and LaTeX."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from boundaryethics import TableError, exports
from boundaryethics.exports import inert
from boundaryethics.model.display import Table
from boundaryethics.panel import fit
from boundaryethics.provenance import VERSION
from boundaryethics.report import Report, made_of
from support.public_results import results
from support.raters import panel_of, policy

pyreadstat = pytest.importorskip("pyreadstat")

INFINITE = float("inf")
REPORTS = {name: one for name, one in results().items() if isinstance(one, Report)}


def in_stata(path: Path) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """Return the columns of a Stata file, and their labels."""
    columns, notes = pyreadstat.read_dta(str(path), output_format="dict")
    return dict(columns), notes.column_names_to_labels


@pytest.mark.parametrize("name", REPORTS)
def test_every_result_is_written_in_every_format(tmp_path: Path, name: str) -> None:
    """Each file has the rows of the frame, and JSON the whole result."""
    report = REPORTS[name]
    for ending in exports.ENDINGS:
        report.save(tmp_path / f"result{ending}")
    frame = report.to_frame()

    with (tmp_path / "result.csv").open(encoding="utf-8", newline="") as file:
        assert len(frame) == len([*csv.DictReader(file)])
    columns, labels = in_stata(tmp_path / "result.dta")
    assert {len(frame)} == {*map(len, columns.values())}
    assert {*map(str, frame.columns)} <= {*labels.values()}
    assert report.to_dict() == json.loads((tmp_path / "result.json").read_text("utf-8"))
    assert report.to_latex() == (tmp_path / "result.tex").read_text("utf-8")
    parquet = pytest.importorskip("polars").read_parquet(tmp_path / "result.parquet")
    assert [*map(str, frame.columns)] == parquet.columns


@pytest.mark.parametrize("name", REPORTS)
def test_latex_has_headings_for_people(name: str) -> None:
    """No heading is the name of a column of the data frame, such as `tau_low`."""
    text = REPORTS[name].to_latex()
    head = text.split("\\toprule\n")[1].split("\\midrule")[0]

    assert head.strip(" \\\n")
    assert r"\_" not in head


def test_files_record_how_a_result_was_made(tmp_path: Path) -> None:
    """LaTeX and Stata record version, policies and seed, but no facts."""
    made = made_of(policy(), seed=3, penalty=0.5, situation={"contact": "message"})
    result = attrs.evolve(fit(panel_of(1, 4), policy()), provenance=made)
    result.save(tmp_path / "fit.dta")
    first, second, *_ = result.to_latex().splitlines()
    fingerprint = policy().fingerprint[:16]

    assert f"% boundaryethics {VERSION}, by-hand {fingerprint}, seed 3" == first
    assert '% parameters: {"penalty": 0.5}' == second
    _, notes = pyreadstat.read_dta(str(tmp_path / "fit.dta"), output_format="dict")
    assert first == f"% {notes.file_label}"


@pytest.mark.parametrize("missing", ["polars", "pyarrow"])
def test_parquet_files_record_how_a_result_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """The metadata has the provenance, without facts of a situation."""
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setitem(sys.modules, missing, None)
    made = made_of(policy(), seed=3, penalty=0.5, situation={"contact": "message"})
    attrs.evolve(fit(panel_of(1, 4), policy()), provenance=made).save(
        tmp_path / "fit.parquet"
    )
    noted = parquet.read_metadata(tmp_path / "fit.parquet").metadata[b"boundaryethics"]

    assert made.to_dict() | {"parameters": {"penalty": 0.5}} == json.loads(noted)


def test_parquet_needs_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra to install, and nothing is written."""
    for library in ("pyarrow", "polars"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(TableError, match="BE743") as refused:
        exports.save(tmp_path / "t.parquet", TABLE, {})
    assert "boundaryethics[frames]" in str(refused.value)
    assert [] == [*tmp_path.iterdir()]


TABLE = Table(
    lines=("n = 3 & more",),
    columns=(
        "with",
        "a column-name",
        "A_column_name",
        "1st",
        "empty",
        "long",
        "x" * 40,
    ),
    rows=(
        (1, INFINITE, True, "é", None, "y" * 3000, 1 << 40),
        (2, -INFINITE, None, 1.5, None, "", None),
        (3, 0.25, False, None, None, "z", 7),
    ),
)


def test_stata_names_and_labels_are_valid(tmp_path: Path) -> None:
    """Reserved, long and duplicate names become valid and unique."""
    exports.save(tmp_path / "t.dta", TABLE, {})

    columns, labels = in_stata(tmp_path / "t.dta")

    assert {
        "_with": "with",
        "a_column_name": "a column-name",
        "a_column_name_inf": "a_column_name: 1 if infinite, -1 if minus infinite",
        "A_column_name_2": "A_column_name",
        "_1st": "1st",
        "empty": "empty",
        "_long": "long",
        "x" * 32: "x" * 40,
    } == labels
    assert all(len(name) <= 32 for name in columns)
    assert [None, None, 0.25] == columns["a_column_name"]
    assert [1, -1, 0] == columns["a_column_name_inf"]
    assert [1, None, 0] == columns["A_column_name_2"]
    assert ["é", "1.5", ""] == columns["_1st"]
    assert ["", "", ""] == columns["empty"]
    assert 3000 == len(columns["_long"][0])
    assert [1 << 40, None, 7] == columns["x" * 32]


def test_latex_is_escaped_and_aligned() -> None:
    """Special characters are escaped, numbers right-aligned, and notes comments."""
    table = Table(
        lines=("50% of\nthem",),
        columns=("a_b", "n"),
        rows=(("x & {y}", 1200), ("~", 2.5)),
    )

    assert [
        "% 50% of them",
        r"\begin{tabular}{lr}",
        r"\toprule",
        r"a\_b & n \\",
        r"\midrule",
        r"x \& \{y\} & 1,200 \\",
        r"\textasciitilde{} & 2.500 \\",
        r"\bottomrule",
        r"\end{tabular}",
    ] == exports.latex(table).splitlines()


def test_files_are_replaced_only_with_force(tmp_path: Path) -> None:
    """An existing file, an unknown extension and a missing folder are refused."""
    report = REPORTS["fit"]
    path = tmp_path / "fit.csv"
    report.save(path)
    with pytest.raises(TableError, match="BE733"):
        report.save(path)
    report.save(path, force=True)
    with pytest.raises(TableError, match="BE730"):
        report.save(tmp_path / "fit.doc")
    with pytest.raises(TableError, match="BE730"):
        report.to_stata(path, force=True)
    with pytest.raises(TableError, match="BE734"):
        report.save(tmp_path / "none" / "fit.csv")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-1+cmd|x", "'-1+cmd|x"),
        ("a\x1b]0;title\x07", "a\ufffd]0;title\ufffd"),
        ("a\u202eb", "a\ufffdb"),
        ("\t=1+1", "\ufffd=1+1"),
        ("it's = fine", "it's = fine"),
    ],
)
def test_inert_text_has_no_formulas_or_control_characters(
    text: str, shown: str
) -> None:
    """Formulas get an apostrophe, and control characters are replaced."""
    assert shown == inert(text)
