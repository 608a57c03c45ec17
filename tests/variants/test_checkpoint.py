"""Journals keep rows, drop rows of another sweep, and reject damaged files."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import attrs
import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.model.rules import Option
from boundaryethics.variants.designs import VariantLabel
from boundaryethics.variants.results import SweepRow, rank_changes
from boundaryethics.variants.sweep import journal, journal_path

HEADER = {"policies": ["a", 1], "tables": None}
FIRST = (Option.LEAVE,)
ROWS = {
    number: SweepRow(
        label=VariantLabel(family="drop", variant=f"drop:{number}"),
        space=rank_changes([(FIRST, FIRST, 5)], number),
    )
    for number in range(3)
}


class StoppedError(Exception):
    """The error that stops a sweep."""


def stopped(out: Path) -> Path:
    """Return the journal that a stopped sweep of two rows leaves."""
    stop_after(out, 1, 0)
    return journal_path(out)


def stop_after(out: Path, *numbers: int) -> int:
    """Stop a sweep after it adds rows, and return the number of earlier rows."""
    with suppress(StoppedError), journal(out, HEADER, force=False) as kept:
        there = len(kept.rows)
        for number in numbers:
            kept.add(number, ROWS[number])
        raise StoppedError
    return there


def test_a_journal_returns_its_earlier_rows(tmp_path: Path) -> None:
    """New rows are added, and the file is removed at the end."""
    out = tmp_path / "out.csv"
    stopped(out)
    with journal(out, HEADER, force=False) as kept:
        assert {1: ROWS[1], 0: ROWS[0]} == kept.rows
        kept.add(2, ROWS[2])
        assert ROWS == kept.rows

    assert not journal_path(out).exists()


KILLED = """
import os
from pathlib import Path
from test_checkpoint import HEADER, ROWS
from boundaryethics.variants.sweep import journal

with journal(Path("out.csv"), HEADER, force=False) as kept:
    kept.add(1, ROWS[1])
    kept.add(0, ROWS[0])
    os._exit(9)
"""


def test_rows_survive_a_killed_process(tmp_path: Path) -> None:
    """Each row is on disk before the next one, and more can follow."""
    out = tmp_path / "out.csv"
    folders = [Path(__file__).parent, Path(__file__).parents[1]]
    path = os.pathsep.join(map(str, folders))
    command = [sys.executable, "-c", KILLED]
    killed = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, check=False
    )

    assert 9 == killed.returncode
    with journal(out, HEADER, force=False) as kept:
        assert {0: ROWS[0], 1: ROWS[1]} == kept.rows
    assert [] == list(tmp_path.iterdir())


def test_an_empty_journal_has_no_rows(tmp_path: Path) -> None:
    """An empty file is a new journal."""
    out = tmp_path / "out.csv"
    journal_path(out).touch()

    with journal(out, HEADER, force=False) as kept:
        assert {} == kept.rows


def test_another_header_is_rejected(tmp_path: Path) -> None:
    """The error names the difference; `force` replaces the journal."""
    out = tmp_path / "out.csv"
    before = stopped(out).read_bytes()
    other = HEADER | {"tables": "t"}
    with (
        pytest.raises(AnalysisError, match=r"BE811.* which differs in: tables"),
        journal(out, other, force=False),
    ):
        pass
    assert before == journal_path(out).read_bytes()
    with journal(out, other, force=True) as kept:
        assert {} == kept.rows


@pytest.mark.parametrize(
    "alter",
    [
        "UPDATE rows SET cells = '{}' WHERE number = 1",
        "UPDATE rows SET cells = '[1]' WHERE number = 0",
        "UPDATE rows SET cells = 'no'",
        "UPDATE rows SET cells = NULL",
        "UPDATE rows SET cells = replace(cells, '\"total\": 5', '\"total\": 6')",
        "UPDATE rows SET cells = replace(cells, 'drop:1', 'drop:3')",
        "UPDATE rows SET cells = CAST(x'ff' AS TEXT)",
        "UPDATE rows SET number = 2 WHERE number = 1",
        "UPDATE sweep SET header = replace(header, '\"a\"', '\"b\"')",
        "DELETE FROM sweep",
        "UPDATE sweep SET header = '[]'",
        "UPDATE sweep SET header = 'no'",
        "UPDATE sweep SET header = replace(hex(zeroblob(50000)), '0', '[')",
        "UPDATE rows SET cells = replace(hex(zeroblob(50000)), '0', '[')",
        (
            "UPDATE rows SET cells = replace(hex(zeroblob(250)), '0', '[')"
            " || replace(hex(zeroblob(250)), '0', ']')"
        ),
        "DROP TABLE sweep",
        "DROP TABLE rows",
    ],
)
def test_an_altered_journal_is_rejected(tmp_path: Path, alter: str) -> None:
    """Invalid or contradictory rows show that the journal was modified."""
    out = tmp_path / "out.csv"
    with closing(sqlite3.connect(stopped(out))) as database, database:
        database.execute(alter)

    with (
        pytest.raises(AnalysisError, match="BE812"),
        journal(out, HEADER, force=False),
    ):
        pass


@pytest.mark.parametrize("force", [True, False])
def test_a_file_that_is_not_a_journal_stays_unchanged(
    tmp_path: Path, *, force: bool
) -> None:
    """It is rejected, even with `force`."""
    out = tmp_path / "out.csv"
    journal_path(out).write_text("a text of somebody's own\n" * 99, "utf-8")
    before = journal_path(out).read_bytes()

    with (
        pytest.raises(AnalysisError, match="BE812"),
        journal(out, HEADER, force=force),
    ):
        pass
    assert before == journal_path(out).read_bytes()


def test_one_sweep_at_a_time_writes_a_journal(tmp_path: Path) -> None:
    """A second writer is rejected, even with `force`; the first keeps its rows."""
    out = tmp_path / "out.csv"
    with journal(out, HEADER, force=False) as kept:
        kept.add(0, ROWS[0])
        with (
            pytest.raises(AnalysisError, match=r"BE818: another sweep is writing"),
            journal(out, HEADER | {"tables": "t"}, force=True),
        ):
            pass
        kept.add(1, ROWS[1])
        assert {0: ROWS[0], 1: ROWS[1]} == kept.rows

    assert not journal_path(out).exists()


def test_an_unwritable_journal_is_rejected(tmp_path: Path) -> None:
    """A journal in a missing folder cannot be opened."""
    with (
        pytest.raises(AnalysisError, match=r"BE810.*unable to open"),
        journal(tmp_path / "none" / "out.csv", HEADER, force=False),
    ):
        pass


def test_no_flipped_bit_changes_a_row(tmp_path: Path) -> None:
    """Damage is reported as such, without the content, or loses rows at most."""
    out = tmp_path / "out.csv"
    path = stopped(out)
    whole = path.read_bytes()
    for place in [*range(100), *range(100, len(whole), 7)]:
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        for left in tmp_path.iterdir():
            left.unlink()
        path.write_bytes(changed)
        try:
            with journal(out, HEADER, force=False) as kept:
                assert kept.rows.items() <= ROWS.items()
        except AnalysisError as error:
            assert "BE812" in str(error)  # noqa: PT017
            assert "drop" not in str(error).removeprefix(str(tmp_path))  # noqa: PT017


def test_an_earlier_format_is_another_sweep(tmp_path: Path) -> None:
    """Earlier journals have no digests; `force` replaces them."""
    out = tmp_path / "out.csv"
    header = json.dumps({"journal": 4, **HEADER})
    with closing(sqlite3.connect(journal_path(out))) as database, database:
        database.execute("CREATE TABLE sweep (header TEXT NOT NULL)")
        database.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, cells TEXT)")
        database.execute("INSERT INTO sweep VALUES (?)", [header])

    with (
        pytest.raises(AnalysisError, match=r"BE811.* which differs in: journal"),
        journal(out, HEADER, force=False),
    ):
        pass
    with journal(out, HEADER, force=True) as kept:
        assert {} == kept.rows


def test_a_full_disk_leaves_a_journal_that_the_error_names(tmp_path: Path) -> None:
    """The error says that the same command continues the sweep."""
    out = tmp_path / "out.csv"

    def fill() -> None:
        with journal(out, HEADER, force=False) as kept:
            kept.add(0, ROWS[0])
            database: Any = kept._database  # noqa: SLF001
            database.execute("PRAGMA max_page_count = 1")
            kept.add(1, attrs.evolve(ROWS[1], problem="a" * 99_999))

    with pytest.raises(AnalysisError, match=r"BE810.*out\.csv\.journal.*full") as full:
        fill()
    assert "run the same command again" in str(full.value)
    with journal(out, HEADER, force=False) as kept:
        assert ROWS[0] == kept.rows[0]
