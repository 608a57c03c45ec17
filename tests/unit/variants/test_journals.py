"""Journals: what is kept, what is dropped, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from boundaryethics.errors import AnalysisError
from boundaryethics.variants.journals import journal, journal_path
from boundaryethics.variants.labels import Label
from boundaryethics.variants.rows import Row

HEADER = {"policies": ["a", 1], "tables": None}
ROWS = {n: Row(label=Label(family="drop", variant=f"drop:{n}")) for n in range(3)}


class StoppedError(Exception):
    """The sweep is stopped."""


def stopped(out: Path) -> bytes:
    """The journal that a sweep of two rows leaves behind when it is stopped."""
    stop_after(out, 1, 0)
    return journal_path(out).read_bytes()


def stop_after(out: Path, *numbers: int) -> int:
    """How many rows were there when a sweep that is stopped adds some more."""
    with suppress(StoppedError), journal(out, HEADER, force=False) as kept:
        there = len(kept.rows)
        for number in numbers:
            kept.add(number, ROWS[number])
        raise StoppedError
    return there


def test_rows_are_there_again(tmp_path: Path) -> None:
    """All that were kept, with those that come now; at the end it is removed."""
    out = tmp_path / "out.csv"
    stopped(out)
    with journal(out, HEADER, force=False) as kept:
        assert {1: ROWS[1], 0: ROWS[0]} == kept.rows
        kept.add(2, ROWS[2])
        assert ROWS == kept.rows

    assert not journal_path(out).exists()


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    """Wherever it was torn, the rows before it are kept, and others can follow."""
    out = tmp_path / "out.csv"
    whole = stopped(out)
    header, first, _ = whole.splitlines(keepends=True)
    for cut in range(len(header), len(whole) + 1, 37):
        journal_path(out).write_bytes(whole[:cut])
        complete = whole[:cut].count(b"\n") - 1
        assert complete == stop_after(out)
    journal_path(out).write_bytes(header + first[:-9])
    assert 0 == stop_after(out, 2)
    with journal(out, HEADER, force=False) as kept:
        assert {2: ROWS[2]} == kept.rows


def test_a_torn_header_is_none(tmp_path: Path) -> None:
    """Nothing was done yet."""
    out = tmp_path / "out.csv"
    journal_path(out).write_bytes(stopped(out)[:9])

    with journal(out, HEADER, force=False) as kept:
        assert {} == kept.rows


def test_another_header_is_refused(tmp_path: Path) -> None:
    """With what is other; with `force` the journal makes way."""
    out = tmp_path / "out.csv"
    before = stopped(out)
    other = HEADER | {"tables": "t"}
    with (
        pytest.raises(AnalysisError, match=r"BE811.* tables differ"),
        journal(out, other, force=False),
    ):
        pass
    assert before == journal_path(out).read_bytes()
    with journal(out, other, force=True) as kept:
        assert {} == kept.rows


@pytest.mark.parametrize("line", [b"{}", b"[1]", b"no", b'{"number": 1, "cells": {}}'])
def test_an_altered_journal_is_refused(tmp_path: Path, line: bytes) -> None:
    """A line within that is no row tells that somebody wrote into it."""
    out = tmp_path / "out.csv"
    header, first, second = stopped(out).splitlines(keepends=True)
    journal_path(out).write_bytes(header + first + line + b"\n" + second)

    with (
        pytest.raises(AnalysisError, match=r"BE812.* line 3 "),
        journal(out, HEADER, force=False),
    ):
        pass


def test_a_journal_altered_in_any_bit_is_refused(tmp_path: Path) -> None:
    """A line that still reads as a row may be none that came."""
    out = tmp_path / "out.csv"
    header, first, _ = stopped(out).splitlines(keepends=True)
    for place in range(len(first) - 1):
        torn = bytearray(first)
        torn[place] ^= 1
        journal_path(out).write_bytes(header + torn)
        with (
            pytest.raises(AnalysisError, match=r"BE81[012]"),
            journal(out, HEADER, force=False),
        ):
            pass


def test_one_sweep_at_a_time_writes_a_journal(tmp_path: Path) -> None:
    """The second is refused, even by force, and the first loses nothing by it."""
    pytest.importorskip("fcntl")
    out = tmp_path / "out.csv"
    with journal(out, HEADER, force=False) as kept:
        kept.add(0, ROWS[0])
        with (
            pytest.raises(AnalysisError, match=r"BE818.* by another sweep"),
            journal(out, HEADER | {"tables": "t"}, force=True),
        ):
            pass
        kept.add(1, ROWS[1])
        there = journal_path(out).read_bytes()

    assert 3 == there.count(b"\n")
    assert not journal_path(out).exists()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    """A folder that is not there."""
    with (
        pytest.raises(AnalysisError, match=r"BE810.*no such file"),
        journal(tmp_path / "none" / "out.csv", HEADER, force=False),
    ):
        pass
