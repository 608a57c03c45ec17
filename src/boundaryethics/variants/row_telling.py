"""A row of a sweep in, told to people out: what was changed, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from boundaryethics.report import Table, percent, plural
from boundaryethics.report import told as ranking_told
from boundaryethics.variants.moving import Moved

if TYPE_CHECKING:
    from boundaryethics.variants.rows import Row

#: Broken cases and invariants that are told by name; the row has them all.
_NAMED = 5


def told(row: Row) -> Table:
    """What *row* comes to: some lines, and who makes way for whom as the first."""
    return Table(
        lines=tuple(_lines(row)),
        columns=("first place before", "after", "situations", "share"),
        rows=tuple(
            (ranking_told((a,)), ranking_told((b,)), count, percent(count, moved.total))
            for moved in (row.space or row.table,)
            if moved
            for a, b, count in sorted(moved.firsts, key=lambda one: -one[2])
            if a != b
        ),
    )


def _lines(row: Row) -> Iterator[str]:
    label = row.label
    about = " ".join(filter(None, (label.rule or label.principle, label.part)))
    change = f"{label.before} -> {label.after}" if label.before or label.after else ""
    what = ": ".join(filter(None, (about, change)))
    yield f"{label.variant} ({what})" if what else label.variant
    if row.problem:
        yield f"no policy, or not to be asked: {row.problem}"
    if label.switches:
        yield ", ".join(f"{name} {setting}" for name, setting in label.switches)
    for name, moved in (("all", row.space), ("table", row.table)):
        if moved:
            yield from _moved_lines(name, moved)
    broken = (("case", row.broken_cases), ("invariant", row.broken_invariants))
    for kind, names in broken:
        if names:
            more = f", and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            listed = "; ".join(names[:_NAMED])
            yield f"{plural(len(names), kind)} broken: {listed}{more}"


def _moved_lines(name: str, moved: Moved) -> Iterator[str]:
    yield f"{name}: {plural(moved.total, 'situation')}"
    firsts = percent(moved.first_changed, moved.total)
    rankings = percent(moved.ranking_changed, moved.total)
    yield f"  another first place in {firsts}, another ranking in {rankings}"
    yield f"  ties made {moved.ties_made:,}, broken {moved.ties_broken:,}"
