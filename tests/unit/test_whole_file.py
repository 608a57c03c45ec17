from __future__ import annotations

from pathlib import Path

import pytest

from boundaryethics._whole_file import whole_file


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """Until then what was there before still is."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    with whole_file(path) as file:
        file.write(b"after")
        file.flush()
        assert b"before" == path.read_bytes()

    assert b"after" == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]


def stopped(path: Path, problem: BaseException) -> None:
    """Write half a file to *path*, and stop for *problem*."""
    with whole_file(path) as file:
        file.write(b"half")
        raise problem


@pytest.mark.parametrize("problem", [OSError(28, "full"), KeyboardInterrupt()])
def test_what_is_not_finished_goes(tmp_path: Path, problem: BaseException) -> None:
    """Whatever stopped it; nothing is left under any name."""
    with pytest.raises(type(problem)):
        stopped(tmp_path / "out", problem)

    assert [] == [*tmp_path.iterdir()]
