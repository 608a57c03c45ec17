from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from boundaryethics._files import whole_file


def test_a_file_takes_its_name_when_it_is_whole(tmp_path: Path) -> None:
    """The old file stays until the new one is complete."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    with whole_file(path) as file:
        file.write(b"after")
        file.flush()
        assert b"before" == path.read_bytes()

    assert b"after" == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]


def stopped(path: Path, problem: BaseException) -> None:
    """Write half a file to *path*, and raise *problem*."""
    with whole_file(path) as file:
        file.write(b"half")
        raise problem


@pytest.mark.parametrize("problem", [OSError(28, "full"), KeyboardInterrupt()])
def test_what_is_not_finished_goes(tmp_path: Path, problem: BaseException) -> None:
    """An interrupted write leaves no file."""
    with pytest.raises(type(problem)):
        stopped(tmp_path / "out", problem)

    assert [] == [*tmp_path.iterdir()]


posix = pytest.mark.skipif(sys.platform == "win32", reason="no such modes there")


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o400])
def test_a_file_that_is_replaced_leaves_its_mode(tmp_path: Path, mode: int) -> None:
    """A new file never has a wider mode than the file that it replaces."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    path.chmod(mode)
    with whole_file(path) as file:
        begun = stat.S_IMODE(os.fstat(file.fileno()).st_mode)

    assert mode == begun
    assert mode == stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_new_file_has_the_mode_of_any_other(tmp_path: Path) -> None:
    """A new file has the default mode."""
    (tmp_path / "other").touch()
    with whole_file(tmp_path / "out"):
        pass

    assert (tmp_path / "other").stat().st_mode == (tmp_path / "out").stat().st_mode


@posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_leads_to_what_is_written(tmp_path: Path, there: bool) -> None:
    """A link stays, and its target is written, whether it exists or not."""
    far, link = tmp_path / "far", tmp_path / "out"
    far.mkdir()
    if there:
        (far / "file").write_bytes(b"before")
    link.symlink_to(tmp_path / "between")
    (tmp_path / "between").symlink_to("far/file")
    with whole_file(link) as file:
        file.write(b"after")
        begun = [*far.glob(".*.part")]

    assert 1 == len(begun)
    assert link.is_symlink()
    assert not (far / "file").is_symlink()
    assert b"after" == (far / "file").read_bytes()
    assert ["file"] == [path.name for path in far.iterdir()]


@posix
def test_what_is_no_regular_file_is_refused(tmp_path: Path) -> None:
    """Pipes, folders, devices and circular links are rejected and stay."""
    pipe, folder, device, loop = (tmp_path / name for name in "pfdl")
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to("/dev/full")
    loop.symlink_to(loop)
    told = [refused(path) for path in (pipe, folder, device, loop)]

    assert [errno.EINVAL, errno.EISDIR, errno.EINVAL, errno.ELOOP] == told
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert folder.is_dir()
    assert stat.S_ISCHR(device.stat().st_mode)
    assert {pipe, folder, device, loop} == {*tmp_path.iterdir()}


def refused(path: Path) -> int | None:
    """Return the number of the error for *path*."""
    with pytest.raises(OSError, match=str(path)) as error, whole_file(path):
        pass
    return error.value.errno
