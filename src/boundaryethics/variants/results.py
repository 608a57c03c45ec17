"""Store the results of a sweep: for each variant, a row that counts its changes.

A row can be written to a file or a data frame as plain cells, and read back as an equal
row. A row counts tied options as one group. In counts of single options, tied options
share each situation evenly.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias, final

import attrs

from boundaryethics.analysis.population import PopulationSummary, parse_summary
from boundaryethics.arguments import checked
from boundaryethics.batch import files
from boundaryethics.charts import MOST_ROWS, Bar, bars, transition_matrix
from boundaryethics.errors import AnalysisError, problem
from boundaryethics.model.rules import MethodName, Option
from boundaryethics.policies.yaml import json_data
from boundaryethics.provenance import PolicyRecord, Provenance
from boundaryethics.ranking import Ranking, RankSimilarity, rank_similarity
from boundaryethics.render.wording import plural
from boundaryethics.report import (
    Count,
    Report,
    Table,
    as_data,
    cell,
    counted,
    firsts_in_order,
    made_of,
    percent,
    population_part,
    ranking_text,
    signed_chart,
    sized,
)
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.edits import FINEST

#: The options that rank first, alone or tied, in the order of the options.
First: TypeAlias = tuple[Option, ...]
#: The options that rank first before and after, and the number of situations.
Counted: TypeAlias = tuple[First, First, Count]

_FROM, _COUNT, _TIED = " -> ", ": ", " = "


@final
@attrs.frozen(kw_only=True)
class RankChanges:
    """How the rankings of a variant differ from those of its base."""

    #: The number of situations in which the ranking changes. Like all counts, it is an
    #: exact share of the total weight if situations have weights.
    ranking_changed: Count
    #: The top responses before and after, with their counts. Unchanged ones are
    #: included, so the counts add up to `total`.
    firsts: tuple[Counted, ...]
    #: How similar the rankings are to those of the base; None if unknown.
    similarity: RankSimilarity | None = None

    @cached_property
    def total(self) -> Count:
        """The number of situations compared."""
        return sum(count for _, _, count in self.firsts)

    @cached_property
    def first_changed(self) -> Count:
        """The number of situations in which the top responses change."""
        return sum(count for before, after, count in self.firsts if before != after)

    @property
    def first_share(self) -> Fraction:
        """`first_changed` as a share of `total`; 0 if there are no situations."""
        return Fraction(self.first_changed, self.total or 1)

    @property
    def ranking_share(self) -> Fraction:
        """`ranking_changed` as a share of `total`; 0 if there are no situations."""
        return Fraction(self.ranking_changed, self.total or 1)

    @property
    def tied(self) -> Count:
        """The number of situations in which the variant has options tied for first."""
        return sum(count for _, after, count in self.firsts if len(after) > 1)

    @property
    def ties_added(self) -> Count:
        """The number of situations in which only the variant has a tie for first."""
        return sum(n for a, b, n in self.firsts if len(a) == 1 < len(b))

    @property
    def ties_removed(self) -> Count:
        """The number of situations in which only the base has a tie for first."""
        return sum(n for a, b, n in self.firsts if len(a) > 1 == len(b))

    @cached_property
    def table(self) -> Mapping[tuple[Option, Option], Fraction]:
        """The number of situations for each pair of top responses before and after.

        Options tied for first share a situation equally. An option keeps the
        smaller of its shares before and after. The rest goes to other options in
        proportion to their gains, so an unchanged tie does not transfer any share.
        """
        cells = dict.fromkeys(product(Option, Option), Fraction(0))
        for before, after, count in self.firsts:
            had = {o: Fraction(o in before, len(before)) for o in Option}
            has = {o: Fraction(o in after, len(after)) for o in Option}
            kept = {option: min(had[option], has[option]) for option in Option}
            moving = 1 - sum(kept.values())
            for option, part in kept.items():
                cells[option, option] += part * count
            if moving:
                for one, other in product(before, after):
                    lost, gained = had[one] - kept[one], has[other] - kept[other]
                    cells[one, other] += lost * gained / moving * count
        return cells


_UNCHANGED = RankChanges(ranking_changed=0, firsts=())


def rank_changes(
    counts: Iterable[Counted],
    ranking_changed: Count,
    moves: Iterable[tuple[Ranking, Ranking, Count]] | None = None,
) -> RankChanges:
    """Add up *counts* for each pair of top responses, in a fixed order.

    A pair has the top responses before and after. *moves* are the rankings that change,
    with their counts. If given, they are used to compute the similarity of rankings.
    """
    total = defaultdict[tuple[First, First], Count](int)
    for before, after, count in counts:
        total[before, after] += count
    place = tuple(Option).index
    pairs = sorted(total, key=lambda pair: [[*map(place, first)] for first in pair])
    firsts = tuple((*pair, total[pair]) for pair in pairs if total[pair])
    similarity = None
    if moves is not None:
        same = sum(total.values()) - ranking_changed
        # If all options are first before and after, the ranking stays the same.
        everything = tuple(Option)
        similarity = rank_similarity(moves, same, total.get((everything,) * 2, 0))
    return RankChanges(
        ranking_changed=ranking_changed, firsts=firsts, similarity=similarity
    )


def format_firsts(firsts: Iterable[Counted]) -> str:
    """Format *firsts* on one line, as in `decline -> decline = leave: 12; ...`."""
    return "; ".join(
        f"{_TIED.join(before)}{_FROM}{_TIED.join(after)}{_COUNT}{count}"
        for before, after, count in firsts
    )


def parse_firsts(text: str) -> Iterator[Counted]:
    """Parse text formatted by `format_firsts`."""
    for part in text.split("; ") if text else ():
        pair, _, count = part.partition(_COUNT)
        before, _, after = (tuple(x.split(_TIED)) for x in pair.partition(_FROM))
        yield tuple(map(Option, before)), tuple(map(Option, after)), _exact(count)


#: The cells of a row by column; None for a missing value.
Cells: TypeAlias = Mapping[str, Any]

#: The prefix of the columns for switches, and that of the columns for a user's table.
SWITCH, TABLE = "switch_", "table_"

_LABELS = ("family", "variant", "rule", "principle", "part", "before", "after")
#: The columns for changes in rankings, in order; shares are the nearest floats.
_NUMBERS = (
    *("total", "first_changed", "first_share", "ranking_changed", "ranking_share"),
    *("tied", "ties_added", "ties_removed"),
)
#: The columns for the similarity of rankings, in order, with their types.
_SIMILARITY = {
    **dict.fromkeys(("tau", "tau_min"), "share"),
    "tau_undefined": "whole",
    **dict.fromkeys(("ws", "ws_min"), "share"),
}

#: The columns with counts, which are exact in every file.
_COUNTS = tuple(
    name for name in (*_NUMBERS, "tau_undefined") if not name.endswith("_share")
)

#: The text of a row names at most this many broken cases or invariants; the cells name
#: all of them.
_NAMED = 5
_BROKEN = {"case": "cases failing", "invariant": "guarantees broken"}


@final
@attrs.frozen(kw_only=True)
class SweepRow(Report):
    """The changes in one variant, compared with the base.

    In `Sweep.to_frame()` and in files, a row has these columns:

    - `family`, `variant`, `rule`, `principle`, `part`, `before`, `after`;
    - `switch_NAME` for each switch of the sweep: 1 for on, 0 for off, or the weight
      from a range, as an integer or the nearest float; empty if the variant has no such
      switch;
    - `fingerprint` of the variant;
    - `total`, `first_changed`, `ranking_changed`: exact counts of situations; and
      `first_share`, `ranking_share`: the last two counts as shares of `total`, each as
      the nearest float;
    - `tied`, `ties_added`, `ties_removed`: exact counts. If situations have weights,
      a count that is not an integer is stored as text, as a fraction such as `1/3`;
    - `tau`, `tau_min`: the mean and the minimum of Kendall's tau-b between the rankings
      of the variant and of the base; `tau_undefined`: the number of situations in which
      tau-b is undefined, because one or both rankings tie all options; `ws`, `ws_min`:
      the mean and the minimum of the WS coefficient (see `ranking.ws_coefficient`);
    - `continue_to_ignore` and 15 columns for the other pairs of top responses, before
      and after: counts, with ties split evenly, as the nearest float; `moves`: the
      exact counts behind them, with ties as groups;
    - for a user's table, the columns from `total` to `moves`, repeated with the prefix
      `table_`;
    - `cases_broken`, `broken_cases`, `invariants_broken`, `broken_invariants`: the
      numbers of broken cases and invariants, and their names as JSON lists;
    - `problem`: the reason why the variant is not a valid policy or cannot be compared.
    """

    label: VariantLabel
    #: The fingerprint of the variant; empty if it was not evaluated.
    fingerprint: str = ""
    #: The changes over the population; None if they were not, or cannot be, compared.
    space: RankChanges | None = None
    #: The changes over the rows of a user's table; None as for `space`.
    table: RankChanges | None = None
    #: The cases that pass with the base but fail with the variant; None if they were
    #: not run.
    broken_cases: tuple[str, ...] | None = None
    #: The invariants that the base guarantees but the variant does not; None if they
    #: were not checked.
    broken_invariants: tuple[str, ...] | None = None
    #: The reason why the variant was not evaluated; empty if it was.
    problem: str = ""

    @property
    def family(self) -> str:
        """The family of the variant."""
        return self.label.family

    @property
    def variant(self) -> str:
        """The name of the variant."""
        return self.label.variant

    @property
    def switches(self) -> Mapping[str, int | Fraction]:
        """The setting of each switch."""
        return dict(self.label.switches)

    @property
    def changes(self) -> list[Count]:
        """The numbers of changed top responses and of changed rankings.

        The numbers for `space` come first, followed by those for `table`.
        """
        parts = [part for part in (self.space, self.table) if part]
        return [n for part in parts for n in (part.first_changed, part.ranking_changed)]

    @property
    def moves_something(self) -> bool:
        """Whether a ranking changes, or a case or an invariant breaks."""
        return any(self.changes) or bool(self.broken_cases or self.broken_invariants)

    @signed_chart
    def chart(self) -> Any:
        """Draw the transitions between top responses, with Altair."""
        compared = self.space or self.table or _UNCHANGED
        firsts = {first for a, b, _ in compared.firsts for first in (a, b)}
        return transition_matrix(
            {
                (ranking_text((a,)), ranking_text((b,))): as_data(n)
                for a, b, n in compared.firsts
            },
            total=as_data(compared.total),
            title=f"Transitions of the top response in {self.variant}",
            subtitle=f"share of {population_part(compared.total)}",
            names=[ranking_text((first,)) for first in firsts_in_order(firsts)],
        )

    def cells(self) -> dict[str, Any]:
        """Return the row as plain cells, by column."""
        label = self.label
        cells: dict[str, Any] = {name: getattr(label, name) for name in _LABELS}
        cells |= {
            f"{SWITCH}{name}": setting if isinstance(setting, int) else float(setting)
            for name, setting in label.switches
        }
        cells["fingerprint"] = self.fingerprint
        for prefix, part in (("", self.space), (TABLE, self.table)):
            if part:
                numbers = {name: getattr(part, name) for name in _NUMBERS}
                similar = part.similarity
                numbers |= {
                    name: similar and getattr(similar, name) for name in _SIMILARITY
                }
                numbers |= {f"{a}_to_{b}": n for (a, b), n in part.table.items()}
                for name, number in numbers.items():
                    exact = name in _COUNTS or not isinstance(number, Fraction)
                    cells[f"{prefix}{name}"] = number if exact else float(number)
                counts = _counts_of(part).items()
                cells |= {f"{prefix}{name}": n and _plain(n) for name, n in counts}
                cells[f"{prefix}moves"] = format_firsts(part.firsts)
        for kind, names in self._broken():
            listed = None if names is None else json.dumps(names, ensure_ascii=False)
            cells[f"{kind}s_broken"] = None if names is None else len(names)
            cells[f"broken_{kind}s"] = listed
        return cells | {"problem": self.problem}

    def _data(self) -> dict[str, Any]:
        own: dict[str, Any] = {f"broken_{kind}s": ids for kind, ids in self._broken()}
        for prefix, part in (("", self.space), (TABLE, self.table)):
            if part:
                own[f"{prefix}moves"] = [*map(_counted, part.firsts)]
                # In JSON, all counts are numbers: the nearest floats.
                own |= {f"{prefix}{name}": n for name, n in _counts_of(part).items()}
        return {**self.cells(), **as_data(own)}

    def _broken(self) -> Iterator[tuple[str, tuple[str, ...] | None]]:
        yield "case", self.broken_cases
        yield "invariant", self.broken_invariants

    def _rows(self) -> Table:
        cells = self.cells()
        return Table(columns=(*cells,), rows=((*cells.values(),),))

    def _table(self) -> Table:
        compared = self.space or self.table or _UNCHANGED
        firsts = sorted(compared.firsts, key=lambda one: -one[2])
        return Table(
            lines=tuple(self._lines()),
            columns=("top response before", "after", "situations", "share"),
            rows=tuple(
                (
                    *(
                        ranking_text((a,)),
                        ranking_text((b,)),
                        cell(count, compared.total),
                    ),
                    percent(count, compared.total),
                )
                for a, b, count in firsts
                if a != b
            ),
        )

    def _lines(self) -> Iterator[str]:
        label = self.label
        about = " ".join(filter(None, (label.rule or label.principle, label.part)))
        change = f"{label.before} -> {label.after}"
        what = ": ".join(filter(None, (about, change.removeprefix(" -> "))))
        yield f"{label.variant} ({what})" if what else label.variant
        if self.problem:
            yield f"invalid, or could not be evaluated: {self.problem}"
        if label.switches:
            yield ", ".join(f"{name} {setting}" for name, setting in label.switches)
        for name, part in (("all", self.space), ("table", self.table)):
            if part:
                first = percent(part.first_changed, part.total)
                ranking = percent(part.ranking_changed, part.total)
                yield f"{name}: {population_part(part.total)}"
                yield f"  top response changed in {first}, ranking in {ranking}"
                added, removed = _ties(part)
                yield f"  ties added {added}, removed {removed}"
                if part.similarity is not None:
                    yield f"  {_similarity_line(part.similarity)}"
        for kind, names in self._broken():
            if names:
                rest = len(names) - _NAMED
                more = f", and {rest:,} more" if rest > 0 else ""
                listed = "; ".join(names[:_NAMED])
                yield f"{_BROKEN[kind]}: {len(names):,} ({listed}{more})"


def _similarity_line(one: RankSimilarity) -> str:
    return (
        "similarity to the base: mean tau-b "
        f"{_coefficient(one.tau)} (lowest {_coefficient(one.tau_min)}), mean WS "
        f"{_coefficient(one.ws)} (lowest {_coefficient(one.ws_min)})"
    )


def _coefficient(number: float | None) -> str:
    return "undefined" if number is None else f"{number:.4f}"


def _ties(part: RankChanges) -> list[str]:
    return [counted(n, part.total) for n in (part.ties_added, part.ties_removed)]


def _counts_of(part: RankChanges) -> dict[str, Count | None]:
    """Return the exact counts of *part*, by column."""
    of = {name: part.similarity if name in _SIMILARITY else part for name in _COUNTS}
    return {name: one and getattr(one, name) for name, one in of.items()}


def _plain(count: Count) -> int | str:
    """Return the value of a cell with a count: an integer, or text such as `5/2`."""
    return count.numerator if count.denominator == 1 else str(count)


def _counted(one: Counted) -> dict[str, Any]:
    return dict(zip(("before", "after", "count"), one, strict=True))


def parse_row(cells: Cells) -> SweepRow:
    """Build the row that has these *cells*.

    Raises:
        KeyError: a cell is missing.
        ValueError: a cell is not valid, or contradicts others.
    """
    labels = {name: cells[name] or "" for name in _LABELS}
    part = labels.pop("part")
    # The inverse of `VariantLabel.part`.
    aspect, _, methods = part.removesuffix(")").rpartition(" (")
    changed = _FROM in methods
    listed = (cells["broken_cases"], cells["broken_invariants"])
    cases, invariants = (
        None if names is None else tuple(map(str, json_data(names))) for names in listed
    )
    row = SweepRow(
        label=VariantLabel(
            **labels,
            aspect=aspect if changed else part,
            methods=tuple(map(MethodName, methods.split(_FROM))) if changed else (),
            switches=tuple(
                (name.removeprefix(SWITCH), _setting(cell))
                for name, cell in cells.items()
                if name.startswith(SWITCH) and cell is not None
            ),
        ),
        fingerprint=cells["fingerprint"] or "",
        space=_parse_changes(cells, ""),
        table=_parse_changes(cells, TABLE),
        broken_cases=cases,
        broken_invariants=invariants,
        problem=cells["problem"] or "",
    )
    known = row.cells()
    # In some files, an empty cell contains empty text.
    if any((cell or None) != (known.get(name) or None) for name, cell in cells.items()):
        message = "the cells of a row contradict each other"
        raise ValueError(message)
    return row


def _setting(cell: Any) -> int | Fraction:
    """Read a switch setting exactly.

    `Range` allows only settings that can be recovered exactly from a float.
    """
    setting = Fraction(cell).limit_denominator(FINEST)
    return setting.numerator if setting.denominator == 1 else setting


def _parse_changes(cells: Cells, prefix: str) -> RankChanges | None:
    if cells.get(f"{prefix}total") is None:
        return None
    return RankChanges(
        ranking_changed=_exact(cells[f"{prefix}ranking_changed"]),
        firsts=tuple(parse_firsts(cells[f"{prefix}moves"])),
        similarity=_parse_similarity(cells, prefix),
    )


def _parse_similarity(cells: Cells, prefix: str) -> RankSimilarity | None:
    found = {name: cells[f"{prefix}{name}"] for name in _SIMILARITY}
    if found["tau_undefined"] is None:
        return None
    return RankSimilarity(**found | {"tau_undefined": _exact(found["tau_undefined"])})


def _exact(count: Any) -> Count:
    """Read a count. A share of the total weight is stored as text, such as `1/3`.

    A float that is not an integer is truncated, so its row is later rejected as
    contradictory.
    """
    return Fraction(count) if "/" in str(count) else int(count)


def with_provenance(
    rows: Iterable[SweepRow], source: Provenance
) -> tuple[SweepRow, ...]:
    """Return *rows* with the provenance of their sweep."""
    return tuple(attrs.evolve(row, provenance=source) for row in rows)


def column_kinds(
    switches: Mapping[str, bool],
    *,
    space: bool,
    table: bool,
    weighted: bool = False,
) -> dict[str, str]:
    """List the columns of a row, each with its type: `text`, `whole` or `share`.

    *switches* maps each switch to whether any of its settings is a fraction. If the
    population is *weighted*, its counts are text.
    """
    settings = tuple(
        (name, Fraction(1, 2) if fraction else 0) for name, fraction in switches.items()
    )
    row = SweepRow(
        label=VariantLabel(family="", variant="", switches=settings),
        space=_UNCHANGED if space else None,
        table=_UNCHANGED if table else None,
        broken_cases=(),
        broken_invariants=(),
    )
    kinds = {str: "text", int: "whole", float: "share"}
    similar = {
        f"{prefix}{n}": k for prefix in ("", TABLE) for n, k in _SIMILARITY.items()
    }
    columns = {
        name: similar.get(name) or kinds[type(cell)]
        for name, cell in row.cells().items()
    }
    return columns | (dict.fromkeys(_COUNTS, "text") if weighted and space else {})


#: The text shows at most this many rows; the frame and the file have all of them.
_MOST_ROWS = 20

#: The column headings in the text, for each part of the sweep.
_SHOWN = (
    *("top response changed", "ranking changed", "mean tau-b", "mean WS"),
    "ties added / removed",
)

#: The columns with one value for all rows, and an additional one for a user's table.
_BASE, _TABLE_ROWS = ("base", "base_fingerprint", "given", "over"), "table_rows"


@final
@attrs.frozen(kw_only=True)
class Sweep(Report):
    """How the rankings of a policy change in each of its variants.

    `to_frame()` and the files have a row for each variant, with the columns of
    `SweepRow`. The columns `base`, `base_fingerprint`, `given` (the restricted facts as
    JSON) and `over` (the population as JSON) come before them. With a user's table,
    `table_rows` is the total number of its rows. If the population has weights, counts
    are shares of the total weight; in the frame and in files, they are text, such as
    `1/3`.
    """

    #: The ID and the fingerprint of the base.
    base: str
    fingerprint: str
    #: The facts that are restricted, both in the population and in the table.
    where: Mapping[str, list[str]] = attrs.field(hash=False)
    #: Whether the sweep covers the population, and whether it covers a user's table.
    space: bool = True
    table: bool = False
    #: The number of rows in the table; `where` may leave fewer.
    table_rows: int = 0
    #: The population of `space`.
    over: PopulationSummary | None = None
    #: The rows, in the order of the families.
    rows: tuple[SweepRow, ...]

    @cached_property
    def row(self) -> Mapping[str, SweepRow]:
        """The rows by variant."""
        return {row.variant: row for row in self.rows}

    @property
    def switches(self) -> tuple[str, ...]:
        """The names of all switches, in order."""
        names = (name for row in self.rows for name, _ in row.label.switches)
        return tuple(dict.fromkeys(names))

    @property
    def kinds(self) -> dict[str, str]:
        """The columns in order, each with its type: `text`, `whole` or `share`."""
        fractions = {
            name
            for row in self.rows
            for name, setting in row.label.switches
            if isinstance(setting, Fraction)
        }
        own = column_kinds(
            {name: name in fractions for name in self.switches},
            space=self.space,
            table=self.table,
            weighted=self.over is not None and self.over.weighted,
        )
        return _base_kinds(table=self.table) | own

    def cells(self) -> tuple[dict[str, Any], ...]:
        """Return the rows as plain cells, each preceded by the cells of the base."""
        values = (
            *(self.base, self.fingerprint, json.dumps(self.where)),
            *(json.dumps(as_data(self.over)), self.table_rows),
        )
        base = dict(zip(_base_kinds(table=self.table), values, strict=False))
        kinds = self.kinds
        texts = [name for name in _COUNTS if kinds.get(name) == "text"]
        rows = [base | row.cells() for row in self.rows]
        for cells in rows:
            known = (name for name in texts if cells.get(name) is not None)
            cells |= {name: str(cells[name]) for name in known}
        return tuple(rows)

    def _data(self) -> dict[str, Any]:
        return {
            "base": self.base,
            "fingerprint": self.fingerprint,
            "where": self.where,
            "over": as_data(self.over),
            **({_TABLE_ROWS: self.table_rows} if self.table else {}),
            "rows": as_data(self.rows),
        }

    @signed_chart
    def chart(self) -> Any:
        """Draw variants that change rankings, largest effects first, with Altair."""
        parts = ((r.variant, r.space if self.space else r.table) for r in self.rows)
        known = [(name, part) for name, part in parts if part]
        changing = [one for one in known if one[1].ranking_changed]
        changing.sort(key=lambda one: (-one[1].first_changed, -one[1].ranking_changed))
        count, total = len(changing), max((part.total for _, part in known), default=0)
        over = sized(self.over, total)
        if not self.space:
            over = plural(int(total), "situation")
        switches = f"; switches: {', '.join(self.switches)}" if self.switches else ""
        return bars(
            [
                Bar(
                    name,
                    float(100 * part.first_share),
                    float(100 * part.ranking_share),
                )
                for name, part in changing
            ],
            title=f"Ranking changes in variants of {self.base}",
            subtitle=f"{count} of {len(self.rows)} variants change a ranking, over "
            f"{over}{switches}",
            axis="share of situations (%)",
            legend=("top response changed", "ranking changed"),
            most=MOST_ROWS,
        )

    def _rows(self) -> Table:
        columns = tuple(self.kinds)
        rows = (tuple(map(cells.get, columns)) for cells in self.cells())
        return Table(columns=columns, rows=tuple(rows))

    def _table(self) -> Table:
        changing = [row for row in self.rows if row.moves_something]
        shown = sorted(changing, key=_most_changes)[:_MOST_ROWS]
        columns = ["variant"]
        for name, _ in self._parts():
            of = f" ({name})" if self.space and self.table else ""
            columns += (f"{name}{of}" for name in _SHOWN)
        return Table(
            lines=tuple(self._lines(len(shown))),
            columns=(*columns, *_BROKEN.values()),
            rows=tuple((row.variant, *self._shares(row)) for row in shown),
        )

    def _lines(self, shown: int) -> Iterator[str]:
        families = Counter(row.family for row in self.rows)
        listed = ", ".join(f"{name} {count:,}" for name, count in families.items())
        yield f"{self.base}: {plural(len(self.rows), 'variant')} ({listed})"
        if self.switches:
            yield f"switches: {', '.join(self.switches)}"
        labels = (row.label for row in self.rows)
        methods = {label.family: label.methods for label in labels if label.methods}
        for family, (before, after) in methods.items():
            yield (
                f"{family} use the {after} method, but the base uses {before}; to "
                f"isolate the effect of the weights, sweep a base that uses {after}"
            )
        for name, attribute in self._parts():
            known = (getattr(row, attribute) for row in self.rows)
            if part := next(filter(None, known), None):
                line = f"{name}: {population_part(part.total)}"
                if name == "all" and self.over is not None:
                    label = "all: over" if self.table else "over"
                    line = f"{label} {sized(self.over, part.total)}"
                if name == "table" and part.total != self.table_rows:
                    line += (
                        f" (the rows that match `where`, out of {self.table_rows:,})"
                    )
                yield line
        wrong = sum(bool(row.problem) for row in self.rows)
        still = sum(not row.moves_something for row in self.rows) - wrong
        if still:
            yield f"variants without any change: {still:,}"
        if wrong:
            yield f"invalid, or could not be evaluated: {wrong:,}; see column `problem`"
        if len(self.rows) > shown + still + wrong:
            yield f"the {shown:,} variants with the most changes:"

    def _parts(self) -> list[tuple[str, str]]:
        """List the name and row attribute of each set of situations in the sweep."""
        return [("all", "space")] * self.space + [("table", "table")] * self.table

    def _shares(self, row: SweepRow) -> Iterator[str]:
        for _, attribute in self._parts():
            part = getattr(row, attribute)
            if part is None:
                yield from ("-" for _ in _SHOWN)
                continue
            yield percent(part.first_changed, part.total)
            yield percent(part.ranking_changed, part.total)
            similar = part.similarity
            yield "-" if similar is None else _coefficient(similar.tau)
            yield "-" if similar is None else _coefficient(similar.ws)
            yield " / ".join(_ties(part))
        for names in (row.broken_cases, row.broken_invariants):
            yield "-" if names is None else f"{len(names):,}"


def _base_kinds(*, table: bool) -> dict[str, str]:
    """List the columns with the same value in every row, each with its type."""
    return dict.fromkeys(_BASE, "text") | ({_TABLE_ROWS: "whole"} if table else {})


def _most_changes(row: SweepRow) -> tuple[list[Count], int]:
    broken = len(row.broken_invariants or ()) + len(row.broken_cases or ())
    return [-count for count in row.changes], -broken


@checked
def read_sweep(path: str | Path) -> Sweep:
    """Read a sweep from the file at *path*.

    Raises:
        TableError: the file cannot be read.
        AnalysisError: the file is not a sweep result, or was modified.
    """
    found = [*files.read_rows(Path(path))]
    try:
        return _parse_sweep(found)
    except (
        AttributeError,
        KeyError,
        RecursionError,
        TypeError,
        ValueError,
        ZeroDivisionError,
    ) as error:
        altered = problem("BE814", file=path, token=str(path))
        raise AnalysisError([altered]) from error


def _parse_sweep(found: list[dict[str, Any]]) -> Sweep:
    columns = found[0] if found else {}
    switches = {
        n.removeprefix(SWITCH): any(
            cells[n] is not None and float(cells[n]) % 1 for cells in found
        )
        for n in columns
        if n.startswith(SWITCH)
    }
    space, table = "total" in columns, f"{TABLE}total" in columns
    summary = parse_summary(json_data(columns["over"])) if found else None
    weighted = summary is not None and summary.weighted
    kinds = column_kinds(switches, space=space, table=table, weighted=weighted)
    before = _base_kinds(table=table)
    if [*columns] != [*before, *kinds]:
        message = "the columns are not those of a sweep"
        raise ValueError(message)
    of_base = {tuple(cells.pop(name) for name in before) for cells in found}
    ((base, fingerprint, given, _, *table_rows),) = of_base
    # Files may store a number as text, or an integer as a float.
    types: dict[str, Callable[[Any], Any]] = {"whole": int, "share": float, "text": str}
    reads = {n: types[kind] for n, kind in kinds.items()}
    if weighted and space:
        reads |= dict.fromkeys(_COUNTS, lambda cell: _plain(_exact(cell)))
    rows = (
        {n: c if c is None else reads[n](c) for n, c in cells.items()}
        for cells in found
    )
    where = json_data(given)
    record = PolicyRecord(id=base, fingerprint=fingerprint)
    source = made_of(
        record, where=where, space=space, over=summary.recorded if summary else None
    )
    return Sweep(
        provenance=source,
        base=base,
        fingerprint=fingerprint,
        where=where,
        space=space,
        table=table,
        table_rows=int(table_rows[0]) if table else 0,
        over=summary,
        rows=with_provenance(map(parse_row, rows), source),
    )
