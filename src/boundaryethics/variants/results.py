"""The results of a sweep: what moves in each variant, its row, and all rows.

Rows are plain cells too, those of the files and of the data frame, and read back as
equal rows. Ties are kept as groups; in a table of single options they are split
evenly, and exactly.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.batch import files
from boundaryethics.charts import Bar, bars, transition_matrix
from boundaryethics.errors import AnalysisError, Problem
from boundaryethics.model.rules import Option
from boundaryethics.report import Report, Table, firsts_in_order, percent, plural, told
from boundaryethics.variants.designs import VariantLabel

#: The options that share the first place, in the order of the options.
First: TypeAlias = tuple[Option, ...]
#: One first place, the one that it makes way for, and in how many situations.
Counted: TypeAlias = tuple[First, First, int]

_FROM, _COUNT, _TIED = " -> ", ": ", " = "


@final
@attrs.frozen(kw_only=True)
class RankChanges:
    """How the rankings of a variant differ from those of its base."""

    #: Situations in which the whole ranking is another.
    ranking_changed: int
    #: First places before and after, the same ones too; their counts add up to all.
    firsts: tuple[Counted, ...]

    @cached_property
    def total(self) -> int:
        """The situations asked of."""
        return sum(count for _, _, count in self.firsts)

    @cached_property
    def first_changed(self) -> int:
        """Situations in which another option, or another group, is first."""
        return sum(count for before, after, count in self.firsts if before != after)

    @property
    def first_share(self) -> Fraction:
        """The share of `first_changed`."""
        return Fraction(self.first_changed, self.total or 1)

    @property
    def ranking_share(self) -> Fraction:
        """The share of `ranking_changed`."""
        return Fraction(self.ranking_changed, self.total or 1)

    @property
    def tied(self) -> int:
        """Situations in which options share the first place of the variant."""
        return sum(count for _, after, count in self.firsts if len(after) > 1)

    @property
    def ties_added(self) -> int:
        """Situations in which one option was first, and several are."""
        return sum(n for a, b, n in self.firsts if len(a) == 1 < len(b))

    @property
    def ties_removed(self) -> int:
        """Situations in which several options were first, and one is."""
        return sum(n for a, b, n in self.firsts if len(a) > 1 == len(b))

    @cached_property
    def table(self) -> Mapping[tuple[Option, Option], Fraction]:
        """How often one option makes way for another as the first; 16 numbers.

        Options that share the first place have an equal part of it each. An option
        keeps what it has before and after; only what it loses goes to others, in
        proportion to what they gain. So a tie that stays moves nothing.
        """
        cells = dict.fromkeys(product(Option, Option), Fraction(0))
        for before, after, count in self.firsts:
            for cell, part in _split(before, after).items():
                cells[cell] += part * count
        return cells


def moved(counts: Iterable[Counted], ranking_changed: int) -> RankChanges:
    """What *counts* come to, each pair of first places once, in a fixed order."""
    gathered: Counter[tuple[First, First]] = Counter()
    for before, after, count in counts:
        gathered[before, after] += count
    options = tuple(Option)

    def order(pair: tuple[First, First]) -> list[list[int]]:
        return [[options.index(option) for option in first] for first in pair]

    firsts = ((*pair, gathered[pair]) for pair in sorted(gathered, key=order))
    return RankChanges(
        ranking_changed=ranking_changed, firsts=tuple(one for one in firsts if one[2])
    )


def written(firsts: Iterable[Counted]) -> str:
    """*firsts* on one line: `decline -> decline = leave: 12; ...`."""
    return "; ".join(
        f"{_TIED.join(before)}{_FROM}{_TIED.join(after)}{_COUNT}{count}"
        for before, after, count in firsts
    )


def read(text: str) -> tuple[Counted, ...]:
    """What `written` wrote.

    Raises:
        ValueError: it did not write that.
    """
    return tuple(map(_read, text.split("; "))) if text else ()


def _read(text: str) -> Counted:
    pair, _, count = text.partition(_COUNT)
    before, _, after = pair.partition(_FROM)
    return _first(before), _first(after), int(count)


def _first(text: str) -> First:
    return tuple(Option(name) for name in text.split(_TIED))


def _split(before: First, after: First) -> dict[tuple[Option, Option], Fraction]:
    """One situation, as parts that move from one option to another."""
    held = {option: Fraction(1, len(before)) for option in before}
    holds = {option: Fraction(1, len(after)) for option in after}
    kept = {o: min(held.get(o, Fraction(0)), holds.get(o, Fraction(0))) for o in Option}
    parts = {(option, option): part for option, part in kept.items() if part}
    moving = 1 - sum(kept.values())
    for (one, had), (other, has) in product(held.items(), holds.items()):
        lost, gained = had - kept[one], has - kept[other]
        if lost and gained:
            parts[one, other] = lost * gained / moving
    return parts


#: So many variants are drawn.
MOST = 40


def chart_of(base: str, moves: Sequence[tuple[str, RankChanges | None]]) -> Any:
    """Draw a bar for each variant that moves a ranking, the one that moves most first.

    Args:
        base: the id of the policy that the variants are of.
        moves: the variants by name, each with what moves in it.

    Raises:
        PictureError: what draws is not installed.
    """
    known = [(name, moved) for name, moved in moves if moved is not None]
    moving = [(name, moved) for name, moved in known if moved.ranking_changed]
    moving.sort(key=lambda one: (-one[1].first_changed, -one[1].ranking_changed))
    shown = f", of which {MOST} are drawn" if len(moving) > MOST else ""
    total = max((moved.total for _, moved in known), default=0)
    return bars(
        [
            Bar(
                name,
                100 * moved.first_changed / moved.total,
                100 * moved.ranking_changed / moved.total,
            )
            for name, moved in moving[:MOST]
        ],
        title=f"What would change in variants of {base}",
        subtitle=f"{len(moving)} of {len(moves)} variants rank some of {total:,} "
        f"{'situation' if total == 1 else 'situations'} otherwise{shown}",
        axis="share of situations (%)",
        legend=("another first place", "another ranking"),
    )


#: A cell for each column, under its name; None where there is nothing to tell.
Cells: TypeAlias = Mapping[str, Any]

#: What stands before the names of switches, and of what a user's table says.
SWITCH, TABLE = "switch_", "table_"

_LABELS = ("family", "variant", "rule", "principle", "part", "before", "after")
#: The numbers that a part tells, in order; shares are the nearest floats.
_NUMBERS = (
    *("total", "first_changed", "first_share", "ranking_changed", "ranking_share"),
    *("tied", "ties_added", "ties_removed"),
)
_BREAKS = ("cases", "invariants")

#: Broken cases and invariants that are told by name; the row has them all.
_NAMED = 5


@final
@attrs.frozen(kw_only=True)
class SweepRow(Report):
    """What one variant comes to, beside the base.

    As cells (`Row.cells`), and so in `Sweep.to_frame()` and in the files, a row has
    these columns:

    - `family`, `variant`, `rule`, `principle`, `part`, `before`, `after`;
    - `switch_NAME` for each switch of the sweep: 1 on, 0 off, a weight that ranges as
      a number, and nothing where the variant is not of those switches;
    - `fingerprint` of the variant;
    - `total`, `first_changed`, `ranking_changed`: exact counts of situations; and
      `first_share`, `ranking_share`: the nearest float to their share of `total`;
    - `tied`, `ties_added`, `ties_removed`: exact counts;
    - `continue_to_ignore` and its 15 likes: counts, with ties split evenly, as the
      nearest float; `moves`: the exact counts behind them, with ties as groups;
    - all from `total` on once more with `table_` before them, for a user's table;
    - `cases_broken`, `broken_cases`, `invariants_broken`, `broken_invariants`: how
      many, and their names as a JSON list;
    - `problem`: why the variant is no policy, or cannot be asked.
    """

    label: VariantLabel
    fingerprint: str = ""
    #: Over all situations asked of; None where it was not asked, or cannot be.
    space: RankChanges | None = None
    #: Over the rows of a user's table.
    table: RankChanges | None = None
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

    @property
    def switches(self) -> Mapping[str, int]:
        """The setting of each switch."""
        return dict(self.label.switches)

    @property
    def changes(self) -> list[int]:
        """How many first places and rankings change, of the parts that were asked."""
        parts = [part for part in (self.space, self.table) if part]
        return [n for part in parts for n in (part.first_changed, part.ranking_changed)]

    @property
    def moves_something(self) -> bool:
        """Whether a ranking changes, or a case or an invariant breaks."""
        broken = self.broken_cases or self.broken_invariants
        return any(self.changes) or bool(broken)

    def chart(self) -> Any:
        """Draw who makes way for whom as the first, ties as groups, with Altair.

        Raises:
            PictureError: what draws is not installed.
        """
        moved = self.space or self.table
        counts, total = (moved.firsts, moved.total) if moved else ((), 0)
        firsts = {first for a, b, _ in counts for first in (a, b)}
        return transition_matrix(
            {(told((a,)), told((b,))): count for a, b, count in counts},
            total=total,
            title=f"Where the first place goes, in {self.variant}",
            subtitle=f"share of the situations, {total:,} in all",
            names=[told((first,)) for first in firsts_in_order(firsts)],
        )

    def to_frame(self) -> Any:
        """Give a data frame of one row, with a column for each cell.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        cells = self.cells()
        return Table(lines=(), columns=(*cells,), rows=((*cells.values(),),)).frame()

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

    def _table(self) -> Table:
        moved = self.space or self.table
        firsts = sorted(moved.firsts, key=lambda one: -one[2]) if moved else ()
        return Table(
            lines=tuple(self._lines()),
            columns=("first place before", "after", "situations", "share"),
            rows=tuple(
                (told((a,)), told((b,)), count, percent(count, moved.total))
                for a, b, count in firsts
                if moved and a != b
            ),
        )

    def _lines(self) -> Iterator[str]:
        label = self.label
        about = " ".join(filter(None, (label.rule or label.principle, label.part)))
        change = f"{label.before} -> {label.after}"
        what = ": ".join(filter(None, (about, change.removeprefix(" -> "))))
        yield f"{label.variant} ({what})" if what else label.variant
        if self.problem:
            yield f"no policy, or not to be asked: {self.problem}"
        if label.switches:
            yield ", ".join(f"{name} {setting}" for name, setting in label.switches)
        for name, moved in (("all", self.space), ("table", self.table)):
            if moved:
                first = percent(moved.first_changed, moved.total)
                ranking = percent(moved.ranking_changed, moved.total)
                yield f"{name}: {plural(moved.total, 'situation')}"
                yield f"  another first place in {first}, another ranking in {ranking}"
                yield f"  ties made {moved.ties_added:,}, broken {moved.ties_removed:,}"
        broken = (("case", self.broken_cases), ("invariant", self.broken_invariants))
        for kind, names in broken:
            if names:
                rest = len(names) - _NAMED
                more = f", and {rest:,} more" if rest > 0 else ""
                listed = "; ".join(names[:_NAMED])
                yield f"{plural(len(names), kind)} broken: {listed}{more}"


def row_of(cells: Cells) -> SweepRow:
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
    row = SweepRow(
        label=VariantLabel(
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
    # An empty text tells as little as no cell.
    if any((cell or None) != (known.get(name) or None) for name, cell in cells.items()):
        message = "the cells of a row do not go together"
        raise ValueError(message)
    return row


def kinds(switches: Iterable[str], *, space: bool, table: bool) -> dict[str, str]:
    """The columns of a sweep, each `text`, `whole` or `share`, in order."""
    nothing = RankChanges(ranking_changed=0, firsts=())
    asked = (("", space), (TABLE, table))
    return {
        **dict.fromkeys(_LABELS, "text"),
        **{f"{SWITCH}{name}": "whole" for name in switches},
        "fingerprint": "text",
        **{
            name: _kind(cell)
            for prefix, wanted in asked
            if wanted
            for name, cell in _moved_cells(nothing, prefix).items()
        },
        **{
            name: _kind(cell)
            for broken in _BREAKS
            for name, cell in _broken_cells(broken, ())
        },
        "problem": "text",
    }


def _kind(cell: object) -> str:
    return {int: "whole", float: "share"}.get(type(cell), "text")


def _moved_cells(moved: RankChanges | None, prefix: str) -> dict[str, Any]:
    if moved is None:
        return {}
    numbers = {name: getattr(moved, name) for name in _NUMBERS}
    cells: dict[str, Any] = {
        name: float(number) if isinstance(number, Fraction) else number
        for name, number in numbers.items()
    }
    cells |= {f"{a}_to_{b}": float(part) for (a, b), part in moved.table.items()}
    cells["moves"] = written(moved.firsts)
    return {f"{prefix}{name}": cell for name, cell in cells.items()}


def _moved(cells: Cells, prefix: str) -> RankChanges | None:
    if cells.get(f"{prefix}total") is None:
        return None
    return RankChanges(
        ranking_changed=int(cells[f"{prefix}ranking_changed"]),
        firsts=read(cells[f"{prefix}moves"]),
    )


def _broken_cells(
    kind: str, names: tuple[str, ...] | None
) -> Iterator[tuple[str, Any]]:
    yield f"{kind}_broken", None if names is None else len(names)
    listed = None if names is None else json.dumps(names, ensure_ascii=False)
    yield f"broken_{kind}", listed


def _broken(cells: Cells, kind: str) -> tuple[str, ...] | None:
    listed = cells[f"broken_{kind}"]
    return None if listed is None else tuple(map(str, json.loads(listed)))


#: Rows shown to people; all of them are in the frame and in the file.
_MOST_ROWS = 20

#: The columns that are the same in every row, and one more where a table was asked.
_BASE, _TABLE_ROWS = ("base", "base_fingerprint", "given"), "table_rows"


@final
@attrs.frozen(kw_only=True)
class Sweep(Report):
    """What becomes of a policy's rankings in each variant of it.

    `to_frame()` and the files have a row for each variant; `Row` tells its columns.
    Before them stand `base`, `base_fingerprint`, and `where`, which says as JSON what
    the situations were confined to; and where a table was asked `table_rows`, which
    counts all its rows, with those that do not agree with what is given.
    """

    #: The id and the fingerprint of the base.
    base: str
    fingerprint: str
    #: What the situations were confined to, over the space and in the table.
    where: Mapping[str, list[str]] = attrs.field(hash=False)
    #: Whether all situations were asked, and whether a user's own table was.
    space: bool = True
    table: bool = False
    #: How many rows the table has; `given` may leave fewer.
    table_rows: int = 0
    #: In the order of the families.
    rows: tuple[SweepRow, ...]

    @cached_property
    def row(self) -> Mapping[str, SweepRow]:
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
        return _base_kinds(table=self.table) | asked

    def cells(self) -> tuple[dict[str, Any], ...]:
        """The rows as plain cells, with those of the base before them."""
        told = (self.base, self.fingerprint, json.dumps(self.where))
        same: dict[str, Any] = dict(zip(_BASE, told, strict=True))
        same |= {_TABLE_ROWS: self.table_rows} if self.table else {}
        return tuple(same | row.cells() for row in self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The sweep as plain data, ready for JSON."""
        return {
            "base": self.base,
            "fingerprint": self.fingerprint,
            "where": self.where,
            **({_TABLE_ROWS: self.table_rows} if self.table else {}),
            "rows": [row.cells() for row in self.rows],
        }

    def to_frame(self) -> Any:
        """Give a data frame with a row for each variant.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        columns = tuple(self.kinds)
        rows = (tuple(map(cells.get, columns)) for cells in self.cells())
        return Table(lines=(), columns=columns, rows=tuple(rows)).frame()

    def chart(self) -> Any:
        """Draw the variants in which the most situations move, with Altair.

        Raises:
            PictureError: what draws is not installed.
        """
        moves = [
            (row.variant, row.space if self.space else row.table) for row in self.rows
        ]
        return chart_of(self.base, moves)

    def _table(self) -> Table:
        ordered = sorted(self.rows, key=_most_moved)
        told = [row for row in ordered if row.moves_something][:_MOST_ROWS]
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
        still = sum(not row.moves_something for row in self.rows) - wrong
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
        return f"{counted}, those of {self.table_rows:,} rows that agree with `where`"

    def _parts(
        self, rows: tuple[SweepRow, ...]
    ) -> Iterator[tuple[str, RankChanges | None]]:
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

    def _shares(self, row: SweepRow) -> Iterator[str]:
        for _, moved in self._parts((row,)):
            if moved is None:
                yield from ("-", "-", "-")
                continue
            yield percent(moved.first_changed, moved.total)
            yield percent(moved.ranking_changed, moved.total)
            yield f"{moved.ties_added:,}, {moved.ties_removed:,}"


def _base_kinds(*, table: bool) -> dict[str, str]:
    """The columns that are the same in every row."""
    return dict.fromkeys(_BASE, "text") | ({_TABLE_ROWS: "whole"} if table else {})


def _methods_told(rows: Iterable[SweepRow]) -> Iterator[str]:
    """That what has weights is weighted too, where the base is not."""
    labels = (row.label for row in rows)
    changed = {one.family: one.method_changed for one in labels if one.method_changed}
    for family, method in changed.items():
        before, _, after = method.partition(" -> ")
        alone = f"sweep a variant of it that is {after} to see the weights alone"
        yield f"{family} are {after}, and the base is {before}; {alone}"


def _most_moved(row: SweepRow) -> tuple[list[int], int]:
    broken = len(row.broken_invariants or ()) + len(row.broken_cases or ())
    return [-count for count in row.changes], -broken


def _breaks(row: SweepRow) -> Iterator[str]:
    for names in (row.broken_cases, row.broken_invariants):
        yield "-" if names is None else f"{len(names):,}"


def read_sweep(path: str | Path) -> Sweep:
    """Read the sweep that was written to *path*.

    Raises:
        TableError: the file cannot be read.
        AnalysisError: it holds no sweep, or was altered.
    """
    found = [*files.read_rows(Path(path))]
    try:
        return _sweep_of(found)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        problem = Problem(
            code="BE814",
            message=f"`{path}` holds no sweep, or was altered",
            help="give the file that a sweep was written to, as it was written",
            token=str(path),
        )
        raise AnalysisError([problem]) from error


def _sweep_of(found: list[dict[str, Any]]) -> Sweep:
    columns = found[0] if found else {}
    switches = [n.removeprefix(SWITCH) for n in columns if n.startswith(SWITCH)]
    space, table = "total" in columns, f"{TABLE}total" in columns
    known = kinds(switches, space=space, table=table)
    before = _base_kinds(table=table)
    if [*columns] != [*before, *known]:
        message = "the columns are not those of a sweep"
        raise ValueError(message)
    of_base = {tuple(cells.pop(name) for name in before) for cells in found}
    ((base, fingerprint, given, *table_rows),) = of_base
    rows = (
        row_of({name: _read_as(known[name], cell) for name, cell in cells.items()})
        for cells in found
    )
    return Sweep(
        base=base,
        fingerprint=fingerprint,
        where=json.loads(given),
        space=space,
        table=table,
        table_rows=int(table_rows[0]) if table else 0,
        rows=tuple(rows),
    )


def _read_as(kind: str, cell: Any) -> Any:
    """*cell* as it was before it was written."""
    if cell is None or kind == "text":
        return cell
    return int(cell) if kind == "whole" else float(cell)
