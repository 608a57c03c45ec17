"""Stata and SPSS files that would exhaust the memory are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boundaryethics import Reading, TableError
from boundaryethics.batch import encode, foreign
from boundaryethics.batch.foreign import columns_of

pytest.importorskip("pyarrow")
pandas = pytest.importorskip("pandas")
pyreadstat = pytest.importorskip("pyreadstat")

ENDINGS = [".sav", ".zsav", ".dta"]
ROWS = 1_000


def written(folder: Path, ending: str, columns: dict[str, list[Any]]) -> Path:
    """Write a file with *columns*."""
    path = folder / f"in{ending}"
    frame = pandas.DataFrame(columns)
    if ending == ".dta":
        pyreadstat.write_dta(frame, path)
    else:
        pyreadstat.write_sav(frame, path, compress=ending == ".zsav")
    return path


def refusal(path: Path) -> str:
    """Return the text of the error about the file at *path*."""
    with pytest.raises(TableError) as refused:
        columns_of(path, Reading())
    return str(refused.value)


def test_a_small_file_with_many_cells_is_refused(tmp_path: Path) -> None:
    """18 million cells fit into 150 KB, and would take 1 GB of memory."""
    ones = [1.0] * 60_000
    path = written(tmp_path, ".zsav", {f"q{n}": ones for n in range(300)})

    assert path.stat().st_size < 150_000
    assert "BE731" in refusal(path)
    assert "more than 16,777,216 cells" in refusal(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_cells_and_texts_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """Files within the limits are read completely, in parts if their rows are wide."""
    columns: dict[str, list[Any]] = {
        "a": ["x" * 100] * ROWS,
        "b": [float(n) for n in range(ROWS)],
    }
    path = written(tmp_path, ending, columns)
    assert columns == columns_of(path, Reading())

    monkeypatch.setattr(foreign, "MOST_TEXT", 100 * ROWS)
    assert columns == columns_of(path, Reading())
    monkeypatch.setattr(foreign, "MOST_TEXT", 100 * ROWS - 1)
    assert "characters of text" in refusal(path)
    monkeypatch.undo()

    monkeypatch.setattr(foreign, "MOST_CELLS", 2 * ROWS)
    assert columns == columns_of(path, Reading())
    monkeypatch.setattr(foreign, "MOST_CELLS", 2 * ROWS - 1)
    assert "cells" in refusal(path)
    monkeypatch.undo()

    monkeypatch.setattr(foreign, "MOST_OF_ALL_ROWS", 50 * ROWS)
    assert "bytes in its rows" in refusal(path)
    monkeypatch.undo()

    monkeypatch.setattr(encode, "MOST_COLUMNS", 1)
    assert "BE747" in refusal(path)


@pytest.mark.parametrize("at_once", [1, 7, 500, ROWS - 1, ROWS, ROWS + 1])
def test_parts_make_the_whole_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """The number of rows in a part depends on their width."""
    short = ROWS if at_once > 1 else 30
    columns = {"a": [f"{n:08}" for n in range(short)]}
    path = written(tmp_path, ".zsav", columns)

    monkeypatch.setattr(foreign, "MOST_OF_A_PART", 8 * at_once)

    assert columns == columns_of(path, Reading())


def test_a_long_text_in_many_cells_is_refused(tmp_path: Path) -> None:
    """Stata stores it once. 3,000 cells with 1 MB each would take 3 GB."""
    path = tmp_path / "in.dta"
    frame = pandas.DataFrame({"q": ["x" * 1_000_000] * 3_000})
    frame.to_stata(path, write_index=False, version=118, convert_strl=["q"])

    assert path.stat().st_size < 2_000_000
    assert "more than 536,870,912 characters of text" in refusal(path)
    frame[:3].to_stata(path, write_index=False, version=118, convert_strl=["q"])
    assert {"q": [*frame["q"][:3]]} == columns_of(path, Reading())


def test_long_labels_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label is copied into each cell with its code."""
    path = tmp_path / "in.dta"
    labels = {"q": {1: "y" * 5_000}}
    frame = pandas.DataFrame({"q": [1] * 200})
    pyreadstat.write_dta(frame, path, variable_value_labels=labels)
    assert {"q": ["y" * 5_000] * 200} == columns_of(path, Reading())

    monkeypatch.setattr(foreign, "MOST_TEXT", 999_999)
    assert "characters of text" in refusal(path)
