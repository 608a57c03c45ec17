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
    """Return the code cells."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def output_words(notebook: Any) -> list[list[str]]:
    """Return the words in the outputs of each cell, and the kinds of pictures."""
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
    """Readers see the outputs without running anything, and no error is stored."""
    notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    outputs = [output for cell in cells(notebook) for output in cell.outputs]

    assert (4, 5) == (notebook.nbformat, notebook.nbformat_minor)
    assert outputs
    assert "error" not in {output.output_type for output in outputs}
    count = len(cells(notebook))
    assert [*range(1, count + 1)] == [c.execution_count for c in cells(notebook)]


@pytest.mark.filterwarnings(
    "ignore"
)  # warnings from the notebook client's dependencies
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_in_an_empty_folder(
    path: Path, tmp_path: Path, reset_golden: bool
) -> None:
    """Every cell runs, and its output is the stored one."""
    copied = tmp_path / path.name
    shutil.copy(path, copied)
    notebook = nbformat.read(copied, as_version=4)
    stored = output_words(notebook)
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
        stored = output_words(notebook)
    shown = [part for parts in output_words(notebook) for part in parts]

    assert stored == output_words(notebook)
    assert any("boundaryethics" in part for part in shown)
