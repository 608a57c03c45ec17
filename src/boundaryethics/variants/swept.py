"""The result of a sweep, as a value that tells about itself, and back from its file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, final

import attrs

from boundaryethics.analysis.showing import Table, percent
from boundaryethics.batch import tidy
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.variants.charting import chart_of
from boundaryethics.variants.moving import Moved
from boundaryethics.variants.rows import SWITCH, TABLE, Row, kinds, row_of

#: Rows shown to people; all of them are in the frame and in the file.
_MOST_ROWS = 20

#: The columns that are the same in every row.
_BASE = ("base", "base_fingerprint", "given")


@final
@attrs.frozen(kw_only=True)
class Sweep:
    """What becomes of a policy's rankings in each variant of it.

    `to_frame()` and the files have a row for each variant; `Row` tells its columns.
    Before them stand `base`, `base_fingerprint`, and `given`, which says as JSON what
    the situations were confined to, and is empty where only a table was asked.
    """

    #: The id and the fingerprint of the base.
    base: str
    fingerprint: str
    #: What the situations were confined to; None where the space was not asked.
    given: Mapping[str, list[str]] | None = attrs.field(hash=False)
    #: Whether a user's own table was asked.
    table: bool = False
    #: In the order of the families.
    rows: tuple[Row, ...]

    @cached_property
    def row(self) -> Mapping[str, Row]:
        """Each row under the name of its variant."""
        return {row.variant: row for row in self.rows}

    @property
    def switches(self) -> tuple[str, ...]:
        """The names of all switches."""
        names = (name for row in self.rows for name, _ in row.label.switches)
        return tuple(dict.fromkeys(names))

    @property
    def kinds(self) -> dict[str, str]:
        """The columns, each `text`, `whole` or `share`, in order."""
        asked = kinds(self.switches, space=self.given is not None, table=self.table)
        return dict.fromkeys(_BASE, "text") | asked

    def cells(self) -> tuple[dict[str, Any], ...]:
        """The rows as plain cells, with those of the base before them."""
        given = None if self.given is None else json.dumps(self.given)
        same = dict(zip(_BASE, (self.base, self.fingerprint, given), strict=True))
        return tuple(same | row.cells() for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The sweep as plain data, ready for JSON."""
        return {
            "base": self.base,
            "fingerprint": self.fingerprint,
            "given": self.given,
            "rows": [row.cells() for row in self.rows],
        }

    def to_frame(self) -> Any:
        """A data frame with a row for each variant.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        columns = tuple(self.kinds)
        rows = (tuple(map(cells.get, columns)) for cells in self.cells())
        return Table(lines=(), columns=columns, rows=tuple(rows)).frame()

    def chart(self) -> Any:
        """A picture, for Altair: the variants in which the most situations move.

        Raises:
            PictureError: what draws is not installed.
        """
        space = self.given is not None
        moves = [(row.variant, row.space if space else row.table) for row in self.rows]
        return chart_of(self.base, moves)

    def __str__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        ordered = sorted(self.rows, key=_most_moved)
        told = [row for row in ordered if _says_something(row)][:_MOST_ROWS]
        return Table(
            lines=tuple(self._lines(len(told))),
            columns=("variant", *self._share_names(), "cases", "invariants"),
            rows=tuple(
                (row.variant, *self._shares(row), *_breaks(row)) for row in told
            ),
        )

    def _lines(self, told: int) -> Iterator[str]:
        families = Counter(row.family for row in self.rows)
        listed = ", ".join(f"{name} {count:,}" for name, count in families.items())
        some = "variant" if len(self.rows) == 1 else "variants"
        yield f"{self.base}: {len(self.rows):,} {some} ({listed})"
        if self.switches:
            yield f"switches: {', '.join(self.switches)}"
        for name, moved in self._parts(self.rows):
            if moved:
                yield f"{name}: {moved.total:,} situations"
        wrong = sum(bool(row.problem) for row in self.rows)
        still = sum(not _says_something(row) for row in self.rows) - wrong
        if still:
            yield f"no ranking changes, and nothing breaks, in {still:,}"
        if wrong:
            yield f"no policy, or not to be asked: {wrong:,}; `problem` tells why"
        if len(self.rows) > told + still + wrong:
            yield f"the {told:,} that move the most:"

    def _parts(self, rows: tuple[Row, ...]) -> Iterator[tuple[str, Moved | None]]:
        """The parts that were asked, each with what some row tells of it."""
        if self.given is not None:
            yield "all", next((row.space for row in rows if row.space), None)
        if self.table:
            yield "table", next((row.table for row in rows if row.table), None)

    def _share_names(self) -> Iterator[str]:
        both = self.given is not None and self.table
        for name, _ in self._parts(()):
            of = f" ({name})" if both else ""
            yield from (f"first place{of}", f"ranking{of}", f"ties made, broken{of}")

    def _shares(self, row: Row) -> Iterator[str]:
        for _, moved in self._parts((row,)):
            if moved is None:
                yield from ("-", "-", "-")
                continue
            yield percent(moved.first_changed, moved.total)
            yield percent(moved.ranking_changed, moved.total)
            yield f"{moved.ties_made:,}, {moved.ties_broken:,}"


def read_sweep(path: str | Path) -> Sweep:
    """The sweep that was written to *path*.

    Raises:
        TableError: the file cannot be read.
        AnalysisError: it holds no sweep, or was altered.
    """
    path = Path(path)
    found = [*tidy.read_rows(path)]
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
    if [*columns] != [*_BASE, *known]:
        message = "the columns are not those of a sweep"
        raise ValueError(message)
    of_base = {tuple(cells.pop(name) for name in _BASE) for cells in found}
    ((base, fingerprint, given),) = of_base
    rows = (
        row_of({name: _read(cell, known[name]) for name, cell in cells.items()})
        for cells in found
    )
    return Sweep(
        base=base,
        fingerprint=fingerprint,
        given=json.loads(given) if space else None,
        table=table,
        rows=tuple(rows),
    )


def _read(cell: Any, kind: str) -> Any:
    """*cell* as it was before it was written."""
    if cell is None or kind == "text":
        return cell
    return int(cell) if kind == "whole" else float(cell)


def _moves(row: Row) -> list[int]:
    parts = [part for part in (row.space, row.table) if part]
    return [n for part in parts for n in (part.first_changed, part.ranking_changed)]


def _most_moved(row: Row) -> tuple[list[int], int]:
    broken = len(row.broken_invariants or ()) + len(row.broken_cases or ())
    return [-n for n in _moves(row)], -broken


def _says_something(row: Row) -> bool:
    return any(_moves(row)) or bool(row.broken_cases or row.broken_invariants)


def _breaks(row: Row) -> Iterator[str]:
    for names in (row.broken_cases, row.broken_invariants):
        yield "-" if names is None else f"{len(names):,}"


def _no_sweep(path: Path) -> Problem:
    return Problem(
        code="BE814",
        message=f"`{path}` holds no sweep, or was altered",
        help="give the file that a sweep was written to, as it was written",
        token=str(path),
    )
