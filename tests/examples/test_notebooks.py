"""The notebooks run when copied alone, and their stored outputs are up to date.

With `--reset-golden`, the outputs of each notebook are stored again.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.rglob("*.ipynb"))
#: Numbers can differ in their last digits on other machines.
_NUMBER = re.compile(r"[-<]?\d[\d.,]*%?|[0-9a-f]{16}")


def cells(notebook: Any) -> list[Any]:
    """Return the cells of code."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(notebook: Any) -> list[list[str]]:
    """Return the words of the outputs of each cell, and the kinds of pictures."""
    return [
        [
            _NUMBER.sub("#", text) if kind.startswith("text/") else kind
            for output in cell.outputs
            for kind, text in output.get(
                "data", {"text/plain": output.get("text", "")}
            ).items()
            if kind != "text/plain" or "data" not in output
        ]
        for cell in cells(notebook)
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_valid_and_has_outputs(path: Path) -> None:
    """A reader sees the outputs without running anything, and no error is stored."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    outputs = [output for cell in cells(notebook) for output in cell.outputs]

    assert (4, 5) == (notebook.nbformat, notebook.nbformat_minor)
    assert outputs
    assert "error" not in {output.output_type for output in outputs}
    count = len(cells(notebook))
    assert [*range(1, count + 1)] == [c.execution_count for c in cells(notebook)]


@pytest.mark.filterwarnings("ignore")  # what the notebook client's own parts warn of
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_alone(path: Path, tmp_path: Path, reset_golden: bool) -> None:
    """Copied to an empty folder, every cell runs and says what is stored."""
    copied = tmp_path / path.name
    shutil.copy(path, copied)
    notebook = nbformat.read(copied, as_version=4)
    stored = told(notebook)
    client = nbclient.NotebookClient(
        notebook,
        kernel_name="python3",
        record_timing=False,
        # Viewers without widgets show the HTML only if no widget is stored.
        store_widget_state=False,
        resources={"metadata": {"path": os.fspath(tmp_path)}},
    )
    client.execute()
    if reset_golden:
        notebook.metadata.pop("language_info", None)
        nbformat.write(notebook, path)
        stored = told(notebook)
    shown = [part for parts in told(notebook) for part in parts]

    assert stored == told(notebook)
    assert any("boundaryethics" in part for part in shown)
