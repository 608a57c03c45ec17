"""The result of a sweep, as a value that tells about itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, final

import attrs

from boundaryethics.report import Table, percent, plural
from boundaryethics.variants.charting import chart_of
from boundaryethics.variants.moving import Moved
from boundaryethics.variants.rows import Row, kinds

#: Rows shown to people; all of them are in the frame and in the file.
_MOST_ROWS = 20

#: The columns that are the same in every row.
_BASE = ("base", "base_fingerprint", "given")
#: One more of them, where a table was asked.
TABLE_ROWS = "table_rows"


@final
@attrs.frozen(kw_only=True)
class Sweep:
    """What becomes of a policy's rankings in each variant of it.

    `to_frame()` and the files have a row for each variant; `Row` tells its columns.
    Before them stand `base`, `base_fingerprint`, and `given`, which says as JSON what
    the situations were confined to; and where a table was asked `table_rows`, which
    counts all its rows, with those that do not agree with what is given.
    """

    #: The id and the fingerprint of the base.
    base: str
    fingerprint: str
    #: What the situations were confined to, over the space and in the table.
    given: Mapping[str, list[str]] = attrs.field(hash=False)
    #: Whether all situations were asked, and whether a user's own table was.
    space: bool = True
    table: bool = False
    #: How many rows the table has; `given` may leave fewer.
    table_rows: int = 0
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
        asked = kinds(self.switches, space=self.space, table=self.table)
        return base_kinds(table=self.table) | asked

    def cells(self) -> tuple[dict[str, Any], ...]:
        """The rows as plain cells, with those of the base before them."""
        given = json.dumps(self.given)
        same: dict[str, Any] = dict(
            zip(_BASE, (self.base, self.fingerprint, given), strict=True)
        )
        same |= {TABLE_ROWS: self.table_rows} if self.table else {}
        return tuple(same | row.cells() for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The sweep as plain data, ready for JSON."""
        return {
            "base": self.base,
            "fingerprint": self.fingerprint,
            "given": self.given,
            **({TABLE_ROWS: self.table_rows} if self.table else {}),
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
        moves = [
            (row.variant, row.space if self.space else row.table) for row in self.rows
        ]
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
        yield f"{self.base}: {plural(len(self.rows), 'variant')} ({listed})"
        if self.switches:
            yield f"switches: {', '.join(self.switches)}"
        yield from _methods_told(self.rows)
        for name, moved in self._parts(self.rows):
            if moved:
                yield f"{name}: {self._counted(name, moved.total)}"
        wrong = sum(bool(row.problem) for row in self.rows)
        still = sum(not _says_something(row) for row in self.rows) - wrong
        if still:
            yield f"no ranking changes, and nothing breaks, in {still:,}"
        if wrong:
            yield f"no policy, or not to be asked: {wrong:,}; `problem` tells why"
        if len(self.rows) > told + still + wrong:
            yield f"the {told:,} that move the most:"

    def _counted(self, part: str, total: int) -> str:
        counted = plural(total, "situation")
        if part == "all" or total == self.table_rows:
            return counted
        return f"{counted}, those of {self.table_rows:,} rows that agree with `given`"

    def _parts(self, rows: tuple[Row, ...]) -> Iterator[tuple[str, Moved | None]]:
        """The parts that were asked, each with what some row tells of it."""
        if self.space:
            yield "all", next((row.space for row in rows if row.space), None)
        if self.table:
            yield "table", next((row.table for row in rows if row.table), None)

    def _share_names(self) -> Iterator[str]:
        both = self.space and self.table
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


def base_kinds(*, table: bool) -> dict[str, str]:
    """The columns that are the same in every row."""
    return dict.fromkeys(_BASE, "text") | ({TABLE_ROWS: "whole"} if table else {})


def _methods_told(rows: Iterable[Row]) -> Iterator[str]:
    """That what has weights is weighted too, where the base is not."""
    labels = (row.label for row in rows)
    changed = {one.family: one.method_changed for one in labels if one.method_changed}
    for family, method in changed.items():
        before, _, after = method.partition(" -> ")
        alone = f"sweep a variant of it that is {after} to see the weights alone"
        yield f"{family} are {after}, and the base is {before}; {alone}"


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
