"""Sweeps: their rows, the input they reject, and how they resume."""

from __future__ import annotations

import errno
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from boundaryethics.cases import Case, Expectation
from boundaryethics.errors import (
    AnalysisError,
    BoundaryEthicsError,
    PolicyError,
    SituationError,
    TableError,
)
from boundaryethics.model.rules import Option
from boundaryethics.variants import (
    DropRules,
    FactorialDesign,
    Range,
    Sweep,
    VaryStrengths,
    VaryWeights,
    change,
    read_sweep,
    sweep,
)
from boundaryethics.variants.designs import Family
from boundaryethics.variants.sweep import journal_path
from support.small_policies import policy_of

POLICY = policy_of(
    [
        {
            "id": "answer",
            "when": {"contact": "message"},
            "then": {"favors": {"decline": "moderate"}},
        },
        {
            "id": "danger-first",
            "when": {"danger": "yes"},
            "then": {"requires": "decline", "opposes": {"leave": "weak"}},
            "overrides": ["stay-away"],
        },
        {
            "id": "stay-away",
            "when": {"not": {"status": "former"}},
            "then": {"opposes": {"continue": "strong"}, "concludes": "close"},
        },
        {
            "id": "close-tie",
            "when": {"close": True},
            "then": {"favors": {"leave": "weak"}},
        },
    ],
    findings=["close"],
)
FAMILIES: list[Family] = [DropRules(), VaryStrengths(), VaryWeights(0, 3)]
CASE = Case(
    name="A message is declined",
    policy="by-hand",
    id="C1",
    given=(("contact", "message"), ("status", "former")),
    expect=Expectation(first=(Option.DECLINE,)),
)


def test_every_variant_has_a_row() -> None:
    """Rows are in the order of the families, each with a unique name."""
    swept = sweep(POLICY, FAMILIES, cases=[CASE], workers=1)
    sizes = {family.name: family.size(POLICY) for family in FAMILIES}

    assert [name for name, size in sizes.items() for _ in range(size)] == [
        row.family for row in swept.rows
    ]
    assert len(swept.rows) == len(swept.row)
    assert swept.row["drop:answer"].broken_cases == ("C1",)
    assert swept.row["drop:stay-away"].broken_cases == ()


def test_cases_that_the_base_fails_are_not_counted() -> None:
    """A variant can only break a case that the base passes."""
    wrong = Case(
        name="Wrong", policy="by-hand", expect=Expectation(first=(Option.CONTINUE,))
    )
    swept = sweep(POLICY, DropRules(), cases=[wrong], workers=1)

    assert {()} == {row.broken_cases for row in swept.rows}


def test_an_invalid_variant_has_a_row_with_its_problem() -> None:
    """The sweep continues after an invalid variant."""
    circle = {
        "id": "circle",
        "when": {"close": False},
        "then": {"concludes": "close"},
    }
    changes = [change("gone", drop=["nobody"]), change("circle", add=[circle])]
    swept = sweep(POLICY, [*changes, DropRules()], cases=(), workers=1)
    gone, circular = swept.row["own:gone"], swept.row["own:circle"]

    assert "BE301: policy `by-hand` drops rule `nobody`" in gone.problem
    assert circular.problem
    assert (None, None, "") == (gone.space, gone.broken_cases, gone.fingerprint)
    assert 4 == sum(row.space is not None for row in swept.rows)


def test_where_limits_the_space() -> None:
    """Only situations with these values count, and the sweep lists them."""
    swept = sweep(
        POLICY, DropRules(), where={"contact": ["message"]}, cases=(), workers=1
    )

    assert {"contact": ["message"]} == swept.where
    assert {9} == {row.space.total for row in swept.rows if row.space}


def test_an_unchanged_variant_changes_no_ranking() -> None:
    """Every situation keeps its ranking."""
    table = table_of([{"contact": "message"}, {"contact": "request"}])
    swept = sweep(POLICY, [change("same")], table=table, cases=[CASE], workers=1)
    row = swept.row["own:same"]

    assert POLICY.fingerprint == row.fingerprint
    assert row.space is not None
    assert row.table is not None
    assert (27, 0, 0) == (
        row.space.total,
        row.space.first_changed,
        row.space.ranking_changed,
    )
    assert (2, 0) == (row.table.total, row.table.ranking_changed)
    assert ((), ()) == (row.broken_cases, row.broken_invariants)


def table_of(rows: list[dict[str, str]]) -> Any:
    """Make a frame of *rows*."""
    return pytest.importorskip("pandas").DataFrame(rows)


def test_progress_is_reported() -> None:
    """The first call reports 0 variants, and the last one all."""
    seen: list[tuple[int, int]] = []
    sweep(
        POLICY,
        DropRules(),
        cases=(),
        workers=1,
        progress=lambda *done: seen.append(done),
    )

    assert (0, 4) == seen[0]
    assert (4, 4) == seen[-1]


@pytest.mark.parametrize("name", ["swept.csv", "swept.parquet"])
def test_the_number_of_workers_does_not_change_the_file(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are the same, and they read back as the sweep."""
    pytest.importorskip("pyarrow")
    # Processes are handed several batches of variants.
    monkeypatch.setattr(import_module("boundaryethics.variants.sweep"), "_AHEAD", 2)
    written: dict[int, tuple[Sweep, bytes]] = {}
    switched = FactorialDesign((change("a", drop=["answer"]), Range("care", 0, 2)))
    for workers in (1, 2):
        out = tmp_path / f"{workers}-{name}"
        swept = sweep(
            POLICY, [*FAMILIES, switched], cases=[CASE], out=out, workers=workers
        )
        written[workers] = swept, out.read_bytes()
        assert swept == read_sweep(out)
        assert not journal_path(out).exists()

    assert written[1] == written[2]


class StoppedError(Exception):
    """The error that stops a sweep."""


def stopping(after: int) -> Callable[[int, int], None]:
    """Make a progress function that stops the sweep after some variants."""

    def progress(done: int, _total: int) -> None:
        if done == after:
            raise StoppedError

    return progress


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stopped_sweep_can_be_resumed(tmp_path: Path, workers: int) -> None:
    """No row is computed twice, and the file is the same as without a stop."""
    pytest.importorskip("pyarrow")
    whole, out = tmp_path / "whole.csv", tmp_path / "stopped.csv"
    sweep(POLICY, FAMILIES, cases=[CASE], out=whole, workers=1)
    with pytest.raises(StoppedError):
        sweep(
            POLICY,
            FAMILIES,
            cases=[CASE],
            out=out,
            workers=workers,
            progress=stopping(3),
        )
    assert not out.exists()
    seen: list[int] = []
    sweep(
        POLICY,
        FAMILIES,
        cases=[CASE],
        out=out,
        workers=workers,
        progress=lambda done, _: seen.append(done),
    )

    assert 3 == seen[0]
    assert whole.read_bytes() == out.read_bytes()
    assert not journal_path(out).exists()


KILLED = """
import time
from test_sweep import FAMILIES, POLICY
from boundaryethics.variants import sweep

def tell(done, _):
    print(done, flush=True)
    time.sleep(0.3)

if __name__ == "__main__":
    sweep(POLICY, FAMILIES, cases=(), out="out.csv", workers=2, progress=tell)
"""


@pytest.mark.parametrize("stopped_by", [signal.SIGKILL, signal.SIGINT])
def test_no_row_is_lost_when_the_process_is_killed(
    tmp_path: Path, stopped_by: signal.Signals
) -> None:
    """The journal keeps its rows, and the worker processes end."""
    pytest.importorskip("pyarrow")
    script = tmp_path / "killed.py"
    script.write_text(KILLED, "utf-8")
    folders = [Path(__file__).parent, Path(__file__).parents[1]]
    path = os.pathsep.join(map(str, folders))
    running = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    lines = iter(running.stdout)
    while next(lines).strip() != "4":
        pass
    running.send_signal(stopped_by)
    # Its worker processes keep its output open until they end.
    running.stdout.read()
    running.stdout.close()
    running.wait()
    seen: list[int] = []
    out = tmp_path / "out.csv"
    swept = sweep(
        POLICY,
        FAMILIES,
        cases=(),
        out=out,
        workers=1,
        progress=lambda done, _: seen.append(done),
    )

    assert 4 <= seen[0] < len(swept.rows)
    assert swept == sweep(POLICY, FAMILIES, cases=(), workers=1)


UNGUARDED = """
from test_sweep import FAMILIES, POLICY
from boundaryethics.variants import sweep
sweep(POLICY, FAMILIES, cases=(), out="out.csv", workers=2)
"""


def test_a_script_without_a_main_guard_is_rejected(tmp_path: Path) -> None:
    """The script ends with advice, and its work is not done twice."""
    pytest.importorskip("pyarrow")
    script = tmp_path / "unguarded.py"
    script.write_text(UNGUARDED, "utf-8")
    folders = [Path(__file__).parent, Path(__file__).parents[1]]
    ran = subprocess.run(
        [sys.executable, str(script)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert 1 == ran.returncode
    assert "BE813" in ran.stderr.splitlines()[-2]
    assert "__main__" in ran.stderr.splitlines()[-1]
    assert not (tmp_path / "out.csv").exists()


def refused(kind: type[BoundaryEthicsError], **asked: Any) -> str:
    """Return the error that the sweep raises."""
    families = asked.pop("families", DropRules())
    base = asked.pop("base", POLICY)
    with pytest.raises(kind) as why:
        sweep(base, families, **{"cases": (), "workers": 1, **asked})
    return str(why.value)


def test_invalid_input_is_rejected() -> None:
    """The error names the input, before any variant is compared."""
    bare = policy_of([])

    assert "BE802: the policy has no rule `nobody`" in refused(
        AnalysisError, families=DropRules(("nobody",))
    )
    assert "expected a family or a change" in refused(AnalysisError, families=[7])
    assert "duplicate family `drop`" in refused(
        AnalysisError, families=[DropRules(), DropRules()]
    )
    assert "policy `by-hand` has nothing" in refused(AnalysisError, base=bare)
    assert "nothing to rank" in refused(AnalysisError, space=False)
    assert "invalid value `0` for `workers`" in refused(AnalysisError, workers=0)
    assert "BE401" in refused(SituationError, where={"contakt": "message"})
    assert "BE306" in refused(PolicyError, base="core")


def test_invalid_tables_and_files_are_rejected(tmp_path: Path) -> None:
    """The errors name unreadable rows, and files that cannot be written."""
    pytest.importorskip("pyarrow")
    table = table_of([{"contact": "message"}, {"contact": "mesage"}])
    there = tmp_path / "there.csv"
    there.write_text("mine", "utf-8")

    assert "row 2 of the table" in refused(TableError, table=table)
    assert "BE723" in refused(TableError, table=table_of([{"colour": "red"}]))
    assert "BE730" in refused(TableError, out=tmp_path / "out.xlsx")
    assert "BE733" in refused(TableError, out=there)
    assert "mine" == there.read_text("utf-8")
    sweep(POLICY, DropRules(), cases=(), out=there, force=True, workers=1)
    assert POLICY.fingerprint == read_sweep(there).fingerprint


def test_an_error_at_the_end_names_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are kept if the file cannot be written."""
    pytest.importorskip("pyarrow")
    out = tmp_path / "out.csv"

    def full(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        said = refused(TableError, out=out)
    assert "BE734" in said
    assert f"the journal `{journal_path(out)}` keeps the rows" in said
    assert journal_path(out).exists()
    assert not out.exists()

    rows = []
    kept = sweep(
        POLICY,
        DropRules(),
        cases=(),
        out=out,
        workers=1,
        progress=lambda done, _: rows.append(done),
    )
    assert {len(kept.rows)} == {*rows}
    assert not journal_path(out).exists()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW more AS SELECT * FROM rows",
        "CREATE TRIGGER more AFTER INSERT ON rows BEGIN DELETE FROM rows; END",
        "CREATE INDEX more ON rows(cells)",
        "CREATE TABLE more (a)",
    ],
)
def test_a_journal_with_other_parts_is_rejected(tmp_path: Path, statement: str) -> None:
    """A view or a trigger could run forever."""
    pytest.importorskip("pyarrow")
    out = tmp_path / "out.csv"
    with pytest.raises(StoppedError):
        sweep(POLICY, FAMILIES, cases=(), out=out, workers=1, progress=stopping(2))
    with closing(sqlite3.connect(journal_path(out))) as database:
        database.execute(statement)

    assert "BE812" in refused(AnalysisError, families=FAMILIES, out=out)


def test_there_are_no_more_processes_than_variants() -> None:
    """A huge number of workers would start no process, but wait forever."""
    found = sweep(POLICY, DropRules(("answer",)), cases=(), workers=10**400)

    assert 1 == len(found.rows)


def test_the_journal_of_another_sweep_is_rejected(tmp_path: Path) -> None:
    """The error names the difference; `force` replaces the journal."""
    pytest.importorskip("pyarrow")
    out = tmp_path / "out.csv"
    with pytest.raises(StoppedError):
        sweep(POLICY, FAMILIES, cases=(), out=out, workers=1, progress=stopping(2))
    other = POLICY.variant("other", drop=["answer"])
    kept = journal_path(out).read_bytes()

    assert "differs in: families" in refused(AnalysisError, out=out)
    assert "in: policies, families" in refused(AnalysisError, base=other, out=out)
    assert "differs in: `where`" in refused(
        AnalysisError, families=FAMILIES, out=out, where={"danger": "yes"}
    )
    assert kept == journal_path(out).read_bytes()
    assert 4 == len(
        sweep(POLICY, DropRules(), cases=(), out=out, force=True, workers=1).rows
    )


def test_too_many_variants_are_rejected() -> None:
    """The error gives their number, without making a variant."""
    many = FactorialDesign(tuple(change(f"s{number}") for number in range(40)))

    assert "1,099,511,627,776 variants are too many" in refused(
        AnalysisError, families=many
    )


def test_equal_variants_are_compared_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has its own row with the same numbers."""
    measured: list[str] = []
    module = import_module("boundaryethics.variants.sweep")
    plain = module.measured

    def counted(ground: Any, variation: Any) -> Any:
        measured.append(variation.label.variant)
        return plain(ground, variation)

    monkeypatch.setattr(module, "measured", counted)
    changes = [change("one", drop=["answer"]), change("two", drop=["answer"])]
    swept = sweep(POLICY, changes, cases=(), workers=1)
    one, two = swept.rows

    assert ["own:one"] == measured
    assert ("own:one", "own:two") == (one.variant, two.variant)
    assert (one.space, one.fingerprint) == (two.space, two.fingerprint)


def test_a_policy_id_can_be_given() -> None:
    """A built-in policy comes with its built-in cases."""
    swept = sweep(
        "apa-2017",
        DropRules(("find-encounter",)),
        where={"contact": "co_presence", "setting": "recovery_group"},
        workers=1,
    )
    (row,) = swept.rows

    assert "apa-2017" == swept.base
    assert row.broken_cases


def test_where_limits_the_table() -> None:
    """A row without the fact matches only `unknown`."""
    table = table_of(
        [{"contact": "message"}, {"contact": "request"}, {"contact": "unknown"}]
    )
    asked: dict[str, Any] = {"table": table, "cases": (), "workers": 1}

    for space in (True, False):
        given: dict[str, Any] = {"contact": "message"}
        swept = sweep(POLICY, DropRules(), where=given, space=space, **asked)
        assert {1} == {row.table.total for row in swept.rows if row.table}
        assert (3, space) == (swept.table_rows, swept.space)
        assert "table: 1 situation (the rows that match" in str(swept)
    swept = sweep(
        POLICY, DropRules(), where={"contact": ["unknown", "message"]}, **asked
    )
    assert {2} == {row.table.total for row in swept.rows if row.table}
    swept = sweep(POLICY, DropRules(), where={"danger": "unknown"}, **asked)
    assert {3} == {row.table.total for row in swept.rows if row.table}
    error = refused(TableError, table=table, where={"danger": "yes"})
    assert "BE807: no row of the table matches `where`" in error


def test_the_help_on_another_journal_names_the_force_option(tmp_path: Path) -> None:
    """The error on the journal of another sweep suggests `--force`."""
    pytest.importorskip("pyarrow")
    out = tmp_path / "out.csv"
    with pytest.raises(StoppedError):
        sweep(POLICY, FAMILIES, cases=(), out=out, workers=1, progress=stopping(2))

    assert "`--force`" in refused(AnalysisError, out=out)


def test_labels_of_weight_changes_show_a_change_of_method() -> None:
    """If the base is not weighted, the label has both methods."""
    weights = VaryWeights(2, 3)
    swept = sweep(POLICY, weights, cases=(), workers=1)
    weighted = sweep(
        POLICY.variant("weighing", ranking="weighted"), weights, cases=(), workers=1
    )

    assert {"weight (levelwise -> weighted)"} == {row.label.part for row in swept.rows}
    assert "weights use the weighted method, but the base uses levelwise" in str(swept)
    assert {"weight"} == {row.label.part for row in weighted.rows}
    assert "levelwise" not in str(weighted)
    ranged = FactorialDesign((Range("care", 1, 2),))
    assert ["levelwise -> weighted"] * 2 == [
        one.label.part for one in ranged.of(POLICY)
    ]


def test_a_row_converts_to_all_formats() -> None:
    """A row has text, HTML and a data frame of one row."""
    swept = sweep(POLICY, DropRules(), cases=[CASE], workers=1)
    row = swept.row["drop:answer"]

    assert "drop:answer (answer)" == str(row).splitlines()[0]
    assert "cases failing: 1 (C1)" in str(row)
    assert "top response changed in" in str(row)
    assert "<table>" in row._repr_html_()
    pytest.importorskip("pandas")
    assert [row.cells()["first_share"]] == list(row.to_frame()["first_share"])
