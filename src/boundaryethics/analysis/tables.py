"""Answers about one situation as tables, for data frames.

In: a proof, comparisons, or least changes. Out: a table with one kind of row each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from boundaryethics.analysis.changing import Least
from boundaryethics.model.reasons import Comparison
from boundaryethics.report import Table


def proof_table(proof: dict[str, Any]) -> Table:
    """A row for each thing shown, what it rests on one deeper below it."""
    return Table(lines=(), columns=("depth", "shown"), rows=tuple(_shown(proof, 0)))


def reasons_table(comparisons: Iterable[Comparison]) -> Table:
    """A row for each reason that parts two options, on either side."""
    columns = ("above", "below", "decided_by", "outweighed", "rule", "option", "pull")
    rows = (
        (
            comparison.above.value,
            comparison.below.value,
            comparison.decided_by,
            outweighed,
            reason.rule,
            reason.option.value,
            reason.pull.value,
        )
        for comparison in comparisons
        for outweighed in (False, True)
        for reason in (comparison.against if outweighed else comparison.reasons)
    )
    return Table(lines=(), columns=columns, rows=tuple(rows))


def changes_table(target: str, least: Least) -> Table:
    """A row for each value that each fact of each least change can take."""
    columns = ("target", "distance", "change", "fact", "old", "new")
    return Table(lines=(), columns=columns, rows=tuple(change_rows(target, least)))


def change_rows(target: str, least: Least) -> Iterator[tuple[Any, ...]]:
    """The rows of `changes_table`."""
    for number, change in enumerate(least.changes, start=1):
        for move in change.moves:
            for new in move.new:
                yield target, least.distance, number, move.fact, move.old, new


def _shown(proof: dict[str, Any], depth: int) -> Iterator[tuple[int, str]]:
    yield depth, proof["shown"]
    for inner in proof["by"]:
        yield from _shown(inner, depth + 1)
