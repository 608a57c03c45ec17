"""Rows convert to cells, and back."""

from __future__ import annotations

import pytest

from boundaryethics.model.rules import MethodName, Option
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import (
    SweepRow,
    column_kinds,
    parse_row,
    rank_changes,
)

CHANGES = rank_changes([((Option.LEAVE,), (Option.LEAVE, Option.DECLINE), 2)], 2)
LABEL = VariantLabel(
    family="switches", variant="switches:1-3", switches=(("a", 1), ("b", 3))
)
ROW = SweepRow(
    label=LABEL,
    fingerprint="f",
    space=CHANGES,
    table=CHANGES,
    broken_cases=("Somebody said: so; and so",),
    broken_invariants=(),
)


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        SweepRow(
            label=VariantLabel(family="drop", variant="drop:a", rule="a"),
            problem="BE204: x",
        ),
        SweepRow(label=LABEL, table=CHANGES, broken_cases=(), broken_invariants=None),
        *(
            SweepRow(
                label=VariantLabel(
                    family="weights", variant="w", aspect=aspect, methods=methods
                )
            )
            for aspect in ("", "weight", "favors decline")
            for methods in ((), (MethodName.LEVELWISE, MethodName.WEIGHTED))
        ),
    ],
)
def test_rows_read_back_equal(row: SweepRow) -> None:
    """Rows with and without each part read back."""
    assert row == parse_row(row.cells())


def test_columns_match_the_cells() -> None:
    """Each column has the type of its cells."""
    columns = column_kinds({"a": False, "b": True}, space=True, table=True)
    cells = ROW.cells()

    assert set(cells) == set(columns)
    assert (1, 3) == (cells["switch_a"], cells["switch_b"])
    assert (2, 2, 1.0) == (cells["total"], cells["first_changed"], cells["first_share"])
    assert 1.0 == cells["leave_to_decline"]
    assert "whole" == columns["table_ties_added"] == columns["switch_a"]
    assert "share" == columns["switch_b"]
    alone = column_kinds({}, space=True, table=False)
    assert 16 == sum("_to_" in name for name in alone)


@pytest.mark.parametrize(
    ("name", "cell"),
    [("first_changed", 3), ("moves", "leave -> leave: 2"), ("cases_broken", 5)],
)
def test_contradictory_cells_are_rejected(name: str, cell: object) -> None:
    """A modified number contradicts the others."""
    with pytest.raises(ValueError, match="contradict each other"):
        parse_row(ROW.cells() | {name: cell})
