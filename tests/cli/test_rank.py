from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from boundaryethics.cli.study import rank
from support.tables import mixed

pa = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no signals there")

#: A run of the command that reports when it has written something, then waits.
WAITING = """
import sys, time
from boundaryethics.batch import frames
from boundaryethics.cli.main import main

def slow(*given):
    print("begun", flush=True)
    # A signal that comes just before one sleep is heard after it.
    for _ in range(600):
        time.sleep(0.1)
frames.RankedColumns.to = slow
main(sys.argv[1:])
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Write a file to rank."""
    path = tmp_path / "in.parquet"
    parquet.write_table(pa.table(mixed()), path)
    return path


def begun(source: Path, target: Path) -> subprocess.Popen[bytes]:
    """Start a run and wait until it writes *target*."""
    run = subprocess.Popen(
        [sys.executable, "-c", WAITING, "rank", source, "--output", target, "--force"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert b"begun\n" == run.stdout.readline()
    assert 1 == len(parts(target))
    return run


def parts(target: Path) -> list[Path]:
    """List the partial files of *target*."""
    return [*target.parent.glob(".*.part")]


def test_a_prefix_is_added_to_the_names_of_answers(source: Path) -> None:
    """A file that has answers can get more."""
    once, again = source.with_name("once.parquet"), source.with_name("again.parquet")
    for read, written, given in (
        (source, once, []),
        (once, again, ["--prefix", "new_"]),
    ):
        result = CliRunner().invoke(rank, [str(read), "--output", str(written), *given])

        assert 0 == result.exit_code
    names = parquet.read_schema(again).names

    assert [f"new_{name}" for name in names[-14:-7]] == names[-7:]


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_terminated_run_leaves_no_partial_file(
    source: Path, ending: str, number: int, status: int
) -> None:
    """The old file stays."""
    target = source.with_name(f"out.{ending}")
    target.write_text("precious")
    run = begun(source, target)
    run.send_signal(number)
    _, err = run.communicate(timeout=60)

    assert status == run.returncode
    assert b"Traceback" not in err
    assert "precious" == target.read_text()
    assert {source, target} == {*source.parent.iterdir()}


def test_the_next_run_removes_partial_files_of_a_killed_run(source: Path) -> None:
    """A killed run leaves no final file."""
    target = source.with_name("out.parquet")
    run = begun(source, target)
    run.kill()
    run.communicate(timeout=60)

    assert not target.exists()
    assert 1 == len(parts(target))

    subprocess.run(
        [sys.executable, "-m", "boundaryethics", "rank", source, "--output", target],
        check=True,
    )
    assert 400 == parquet.read_metadata(target).num_rows
    assert {source, target} == {*source.parent.iterdir()}


def test_a_run_keeps_its_file_while_another_starts(source: Path) -> None:
    """A second run on the same file leaves the first run's partial file."""
    target = source.with_name("out.parquet")
    run = begun(source, target)
    try:
        subprocess.run(
            [
                sys.executable,
                "-m",
                "boundaryethics",
                "rank",
                source,
                "--output",
                target,
            ],
            check=True,
        )

        assert 1 == len(parts(target))
    finally:
        run.kill()
        run.communicate(timeout=60)
