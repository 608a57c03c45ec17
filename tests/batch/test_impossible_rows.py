"""Rows that are impossible situations have a problem and no ranking."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pyarrow as pa
import pytest

import boundaryethics
from boundaryethics import batch
from boundaryethics.batch.counts import situations_in
from boundaryethics.errors import SituationError, TableError
from boundaryethics.model.plain_data import condition
from support.small_policies import policy_of

RULE = {
    "id": "one",
    "when": {"contact": "message"},
    "then": {"favors": {"decline": "weak"}},
}
WHOLE = policy_of([RULE])
POLICY = attrs.evolve(
    WHOLE,
    vocabulary=attrs.evolve(
        WHOLE.vocabulary,
        impossible=(
            condition({"contact": "request", "danger": "yes"}),
            condition({"danger": "yes", "status": "former", "contact": "message"}),
        ),
    ),
)
ROWS: list[dict[str, Any]] = [
    {"contact": "message", "danger": "yes", "status": "active"},
    {"contact": "request", "danger": "yes", "status": "active"},
    {"contact": "message", "danger": "yes", "status": "former"},
    {"contact": "request", "danger": None, "status": "former"},
    {"contact": "request", "danger": "maybe", "status": "former"},
]
TOLD = "impossible together: `contact` is `request` and `danger` is `yes`"


@pytest.mark.clause("S23")
def test_impossible_rows_have_a_problem() -> None:
    """The problem names the conflict; unknown or invalid cells do not conflict."""
    table = pa.Table.from_pylist(ROWS)
    found = batch.rank(table, POLICY, show_values=True).frame.to_pylist()

    assert [None, TOLD, None] == [
        row["problem"] for row in (found[0], found[1], found[3])
    ]
    assert "impossible together: `contact` is `message`, " in found[2]["problem"]
    assert "invalid value `maybe`" in found[4]["problem"]
    assert [False, True, True, False, True] == [row["best"] is None for row in found]


@pytest.mark.clause("S23")
def test_impossible_rows_of_files_have_a_problem(tmp_path: Path) -> None:
    """Impossible rows of a CSV file have a problem."""
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("contact,danger\nrequest,yes\nmessage,yes\n", "utf-8")
    batch.rank_file(source, target, POLICY, show_values=True)

    _, first, second = target.read_text("utf-8").splitlines()
    assert TOLD in first
    assert TOLD not in second


@pytest.mark.clause("S23")
@pytest.mark.parametrize("row", ROWS[1:3])
def test_a_compiled_policy_refuses_impossible_situations(row: dict[str, Any]) -> None:
    """Every method of a compiled policy rejects them as `consult` does."""
    compiled = boundaryethics.compile_policy(POLICY)
    for ask in (compiled.ranking, compiled.best, compiled.consult):
        with pytest.raises(SituationError, match="impossible together"):
            ask(row)


def test_a_compiled_policy_ranks_every_possible_situation() -> None:
    """Every possible situation has the ranking of `consult`."""
    compiled = boundaryethics.compile_policy(POLICY)
    for contact in (None, "message", "request"):
        for danger in (None, "yes", "no"):
            for status in (None, "active", "former"):
                stated = {"contact": contact, "danger": danger, "status": status}
                known = {name: value for name, value in stated.items() if value}
                try:
                    ranking = boundaryethics.consult(known, POLICY).ranking
                except SituationError:
                    with pytest.raises(SituationError):
                        compiled.ranking(known)
                else:
                    assert ranking == compiled.ranking(known)
                    assert ranking == compiled.consult(known).ranking


def test_a_table_with_impossible_situations_is_refused() -> None:
    """Each impossible row is listed with its number."""
    with pytest.raises(
        TableError,
        match=r"row 2 of the table: impossible together: `contact` is `request`",
    ):
        situations_in(
            pa.Table.from_pylist(ROWS[:2]), POLICY.vocabulary, show_values=True
        )
