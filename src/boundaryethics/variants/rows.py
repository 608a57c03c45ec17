"""Rows: what one variant of a sweep comes to, as a value and as plain cells.

The cells are those of the files and of the data frame, and read back as an equal
row. Knows nothing of files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.model.options import Option
from boundaryethics.report import Table
from boundaryethics.variants.charting import flow_of
from boundaryethics.variants.labels import Label
from boundaryethics.variants.moving import Moved, read, written
from boundaryethics.variants.row_telling import told

#: A cell for each column, under its name; None where there is nothing to tell.
Cells: TypeAlias = Mapping[str, Any]

#: What stands before the names of switches, and of what a user's table says.
SWITCH, TABLE = "switch_", "table_"

_LABELS = ("family", "variant", "rule", "principle", "part", "before", "after")
_COUNTS = ("total", "first_changed", "ranking_changed")
_TIES = ("tied", "ties_made", "ties_broken")
_BREAKS = ("cases", "invariants")


@final
@attrs.frozen(kw_only=True)
class Row:
    """What one variant comes to, beside the base.

    As cells (`Row.cells`), and so in `Sweep.to_frame()` and in the files, a row has
    these columns:

    - `family`, `variant`, `rule`, `principle`, `part`, `before`, `after`;
    - `switch_NAME` for each switch of the sweep: 1 on, 0 off, a weight that ranges as
      a number, and nothing where the variant is not of those switches;
    - `fingerprint` of the variant;
    - `total`, `first_changed`, `ranking_changed`: exact counts of situations; and
      `first_share`, `ranking_share`: the nearest float to their share of `total`;
    - `tied`, `ties_made`, `ties_broken`: exact counts;
    - `continue_to_ignore` and its 15 likes: counts, with ties split evenly, as the
      nearest float; `moves`: the exact counts behind them, with ties as groups;
    - all from `total` on once more with `table_` before them, for a user's table;
    - `cases_broken`, `broken_cases`, `invariants_broken`, `broken_invariants`: how
      many, and their names as a JSON list;
    - `problem`: why the variant is no policy, or cannot be asked.
    """

    label: Label
    fingerprint: str = ""
    #: Over all situations asked of; None where it was not asked, or cannot be.
    space: Moved | None = None
    #: Over the rows of a user's table.
    table: Moved | None = None
    #: The cases that hold under the base, and not under the variant.
    broken_cases: tuple[str, ...] | None = None
    #: The invariants that the base keeps, and the variant does not.
    broken_invariants: tuple[str, ...] | None = None
    problem: str = ""

    @property
    def family(self) -> str:
        """The family that the variant is of."""
        return self.label.family

    @property
    def variant(self) -> str:
        """The name of the variant."""
        return self.label.variant

    def chart(self) -> Any:
        """A picture, for Altair: who makes way for whom as the first, ties as groups.

        Raises:
            PictureError: what draws is not installed.
        """
        return flow_of(self.variant, self.space or self.table)

    def to_frame(self) -> Any:
        """A data frame of one row, with a column for each cell.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        cells = self.cells()
        return Table(lines=(), columns=(*cells,), rows=((*cells.values(),),)).frame()

    def __str__(self) -> str:
        return told(self).text()

    def _repr_html_(self) -> str:
        return told(self).html()

    @property
    def switches(self) -> Mapping[str, int]:
        """The setting of each switch."""
        return dict(self.label.switches)

    def cells(self) -> dict[str, Any]:
        """The row as plain cells; see above."""
        label = self.label
        broken = (self.broken_cases, self.broken_invariants)
        return {
            **{name: getattr(label, name) for name in _LABELS},
            **{f"{SWITCH}{name}": setting for name, setting in label.switches},
            "fingerprint": self.fingerprint,
            **_moved_cells(self.space, ""),
            **_moved_cells(self.table, TABLE),
            **{
                name: cell
                for kind, names in zip(_BREAKS, broken, strict=True)
                for name, cell in _broken_cells(kind, names)
            },
            "problem": self.problem,
        }


def row_of(cells: Cells) -> Row:
    """The row that has these *cells*.

    Raises:
        KeyError: a cell is missing.
        ValueError: cells mean nothing, or do not go together.
    """
    switches = (
        (name.removeprefix(SWITCH), int(cell))
        for name, cell in cells.items()
        if name.startswith(SWITCH) and cell is not None
    )
    row = Row(
        label=Label(
            **{name: cells[name] or "" for name in _LABELS}, switches=tuple(switches)
        ),
        fingerprint=cells["fingerprint"] or "",
        space=_moved(cells, ""),
        table=_moved(cells, TABLE),
        broken_cases=_broken(cells, "cases"),
        broken_invariants=_broken(cells, "invariants"),
        problem=cells["problem"] or "",
    )
    known = row.cells()
    if any(not _same(cell, known.get(name)) for name, cell in cells.items()):
        message = "the cells of a row do not go together"
        raise ValueError(message)
    return row


def kinds(switches: Iterable[str], *, space: bool, table: bool) -> dict[str, str]:
    """The columns of a sweep, each `text`, `whole` or `share`, in order."""
    asked = (("", space), (TABLE, table))
    return {
        **dict.fromkeys(_LABELS, "text"),
        **{f"{SWITCH}{name}": "whole" for name in switches},
        "fingerprint": "text",
        **{
            name: kind
            for prefix, wanted in asked
            if wanted
            for name, kind in _moved_kinds(prefix)
        },
        **{
            name: kind
            for what in _BREAKS
            for name, kind in ((f"{what}_broken", "whole"), (f"broken_{what}", "text"))
        },
        "problem": "text",
    }


def _moved_kinds(prefix: str) -> Iterator[tuple[str, str]]:
    for name in (*_COUNTS, *_TIES):
        yield f"{prefix}{name}", "whole"
        if name in _COUNTS[1:]:
            yield f"{prefix}{_share(name)}", "share"
    for one, other in product(Option, Option):
        yield f"{prefix}{one}_to_{other}", "share"
    yield f"{prefix}moves", "text"


def _moved_cells(moved: Moved | None, prefix: str) -> dict[str, Any]:
    if moved is None:
        return {}
    cells: dict[str, Any] = {name: getattr(moved, name) for name in (*_COUNTS, *_TIES)}
    cells |= {name: float(getattr(moved, name)) for name in map(_share, _COUNTS[1:])}
    cells |= {f"{a}_to_{b}": float(part) for (a, b), part in moved.table.items()}
    cells["moves"] = written(moved.firsts)
    return {f"{prefix}{name}": cell for name, cell in cells.items()}


def _moved(cells: Cells, prefix: str) -> Moved | None:
    if cells.get(f"{prefix}total") is None:
        return None
    return Moved(
        ranking_changed=int(cells[f"{prefix}ranking_changed"]),
        firsts=read(cells[f"{prefix}moves"]),
    )


def _share(name: str) -> str:
    return name.replace("_changed", "_share")


def _broken_cells(
    kind: str, names: tuple[str, ...] | None
) -> Iterator[tuple[str, Any]]:
    yield f"{kind}_broken", None if names is None else len(names)
    told = None if names is None else json.dumps(names, ensure_ascii=False)
    yield f"broken_{kind}", told


def _broken(cells: Cells, kind: str) -> tuple[str, ...] | None:
    told = cells[f"broken_{kind}"]
    return None if told is None else tuple(map(str, json.loads(told)))


def _same(cell: Any, known: Any) -> bool:
    """Whether two cells tell the same; an empty text tells nothing."""
    return (cell or None) == (known or None)
