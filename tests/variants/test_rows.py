"""Rows as cells, and back."""

from __future__ import annotations

import pytest

from boundaryethics.model.rules import MethodName, Option
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import SweepRow, kinds, moved, row_of

MOVED = moved([((Option.LEAVE,), (Option.LEAVE, Option.DECLINE), 2)], 2)
LABEL = VariantLabel(
    family="switches", variant="switches:1-3", switches=(("a", 1), ("b", 3))
)
ROW = SweepRow(
    label=LABEL,
    fingerprint="f",
    space=MOVED,
    table=MOVED,
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
        SweepRow(label=LABEL, table=MOVED, broken_cases=(), broken_invariants=None),
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
    """Whatever is told, and whatever is not."""
    assert row == row_of(row.cells())


def test_the_columns_are_those_that_are_promised() -> None:
    """Every cell has its column, in the order in which columns are listed."""
    columns = kinds(["a", "b"], space=True, table=True)
    told = ROW.cells()

    assert set(told) == set(columns)
    assert (1, 3) == (told["switch_a"], told["switch_b"])
    assert (2, 2, 1.0) == (told["total"], told["first_changed"], told["first_share"])
    assert 1.0 == told["leave_to_decline"]
    assert "whole" == columns["table_ties_added"]
    assert 16 == sum("_to_" in name for name in kinds([], space=True, table=False))


@pytest.mark.parametrize(
    ("name", "cell"),
    [("first_changed", 3), ("moves", "leave -> leave: 2"), ("cases_broken", 5)],
)
def test_cells_that_do_not_go_together_are_refused(name: str, cell: object) -> None:
    """A number that was altered is found out by the others."""
    with pytest.raises(ValueError, match="do not go together"):
        row_of(ROW.cells() | {name: cell})
