"""Rereading: the file that a sweep was written to in, the sweep out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from boundaryethics.batch import files
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.variants.rows import SWITCH, TABLE, kinds, row_of
from boundaryethics.variants.swept import Sweep, base_kinds


def read_sweep(path: str | Path) -> Sweep:
    """The sweep that was written to *path*.

    Raises:
        TableError: the file cannot be read.
        AnalysisError: it holds no sweep, or was altered.
    """
    path = Path(path)
    found = [*files.read_rows(path)]
    try:
        made = _sweep_of(found)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise AnalysisError([_no_sweep(path)]) from error
    return made


def _sweep_of(found: list[dict[str, Any]]) -> Sweep:
    columns = found[0] if found else {}
    switches = [n.removeprefix(SWITCH) for n in columns if n.startswith(SWITCH)]
    space, table = "total" in columns, f"{TABLE}total" in columns
    known = kinds(switches, space=space, table=table)
    before = base_kinds(table=table)
    if [*columns] != [*before, *known]:
        message = "the columns are not those of a sweep"
        raise ValueError(message)
    of_base = {tuple(cells.pop(name) for name in before) for cells in found}
    ((base, fingerprint, given, *table_rows),) = of_base
    rows = (
        row_of({name: _read(cell, known[name]) for name, cell in cells.items()})
        for cells in found
    )
    return Sweep(
        base=base,
        fingerprint=fingerprint,
        given=json.loads(given),
        space=space,
        table=table,
        table_rows=int(table_rows[0]) if table else 0,
        rows=tuple(rows),
    )


def _read(cell: Any, kind: str) -> Any:
    """*cell* as it was before it was written."""
    if cell is None or kind == "text":
        return cell
    return int(cell) if kind == "whole" else float(cell)


def _no_sweep(path: Path) -> Problem:
    return Problem(
        code="BE814",
        message=f"`{path}` holds no sweep, or was altered",
        help="give the file that a sweep was written to, as it was written",
        token=str(path),
    )
