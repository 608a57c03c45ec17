from __future__ import annotations

import errno
import os
import stat
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from boundaryethics._files import (
    TooLargeError,
    atomic_file,
    content,
    files_in,
    files_of_folder,
    identity,
    inputs_noted,
    opened,
    overwrite_problem,
)
from support.files import NOBODY, as_root, as_user, posix, shared

__all__ = ["shared"]


def test_a_file_is_renamed_into_place_when_complete(tmp_path: Path) -> None:
    """The old file stays until the new one is complete."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    with atomic_file(path) as file:
        file.write(b"after")
        file.flush()
        assert b"before" == path.read_bytes()

    assert b"after" == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]


def stopped(path: Path, problem: BaseException) -> None:
    """Write half a file to *path*, then raise *problem*."""
    with atomic_file(path) as file:
        file.write(b"half")
        raise problem


@pytest.mark.parametrize("problem", [OSError(28, "full"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_no_file(
    tmp_path: Path, problem: BaseException
) -> None:
    """The partial file is removed."""
    with pytest.raises(type(problem)):
        stopped(tmp_path / "out", problem)

    assert [] == [*tmp_path.iterdir()]


def test_an_interruption_just_after_creation_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The temporary file is removed even if nothing was written to it."""
    plain = os.open

    def interrupted(path: Path, *given: int, **more: int) -> int:
        made = plain(path, *given, **more)
        if Path(path).suffix == ".part":
            os.close(made)
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(os, "open", interrupted)
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path / "out", b"")

    assert [] == [*tmp_path.iterdir()]


@posix
def test_the_file_of_a_killed_run_is_removed(tmp_path: Path) -> None:
    """Files of runs that are still writing, and of other outputs, stay."""
    path = tmp_path / "out"
    with atomic_file(path) as other:
        left = Path(other.name).with_name(f"{Path(other.name).name[:18]}01234567.part")
        left.write_bytes(b"half")
        with atomic_file(tmp_path / "apart"):
            pass
        assert left.exists()
        written(path, b"first")
        assert {path, tmp_path / "apart", Path(other.name)} == {*tmp_path.iterdir()}

    assert b"" == path.read_bytes()


@posix
def test_threads_can_write_the_same_file(tmp_path: Path) -> None:
    """No thread removes the temporary file that another has just created."""
    path = tmp_path / "out"
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(written, path, b"all") for _ in range(400)]:
            done.result()

    assert b"all" == path.read_bytes()
    assert [path] == [*tmp_path.iterdir()]


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o400])
def test_a_replaced_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    """A new file never has wider permissions than the file that it replaces."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    path.chmod(mode)
    with atomic_file(path) as file:
        begun = stat.S_IMODE(os.fstat(file.fileno()).st_mode)

    assert mode == begun
    assert mode == stat.S_IMODE(path.stat().st_mode)


@posix
def test_a_new_file_has_the_default_mode(tmp_path: Path) -> None:
    """The permissions of a new file are those that the umask allows."""
    (tmp_path / "other").touch()
    with atomic_file(tmp_path / "out"):
        pass

    assert (tmp_path / "other").stat().st_mode == (tmp_path / "out").stat().st_mode


@posix
@pytest.mark.parametrize("there", [True, False])
def test_writing_to_a_link_writes_its_target(tmp_path: Path, there: bool) -> None:
    """The link stays, and its target is written, whether or not it exists."""
    far, link = tmp_path / "far", tmp_path / "out"
    far.mkdir()
    if there:
        (far / "file").write_bytes(b"before")
    link.symlink_to(tmp_path / "between")
    (tmp_path / "between").symlink_to("far/file")
    with atomic_file(link) as file:
        file.write(b"after")
        begun = [*far.glob(".*.part")]

    assert 1 == len(begun)
    assert link.is_symlink()
    assert not (far / "file").is_symlink()
    assert b"after" == (far / "file").read_bytes()
    assert ["file"] == [path.name for path in far.iterdir()]


@posix
def test_only_regular_files_are_replaced(tmp_path: Path) -> None:
    """Pipes, folders, devices and circular links are refused and left unchanged."""
    pipe, folder, device, loop = (tmp_path / name for name in "pfdl")
    os.mkfifo(pipe)
    folder.mkdir()
    device.symlink_to(os.devnull)
    loop.symlink_to(loop)
    found = [refused(path) for path in (pipe, folder, device, loop)]

    assert [errno.EINVAL, errno.EISDIR, errno.EINVAL, errno.ELOOP] == found
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert folder.is_dir()
    assert stat.S_ISCHR(device.stat().st_mode)
    assert {pipe, folder, device, loop} == {*tmp_path.iterdir()}


def refused(path: Path) -> int | None:
    """Return the number of the error for *path*."""
    with pytest.raises(OSError, match=str(path)) as error, atomic_file(path):
        pass
    return error.value.errno


@posix
def test_a_file_with_the_longest_possible_name_is_written(tmp_path: Path) -> None:
    """The temporary file has a short name of its own."""
    for name in ("y" * 251 + ".csv", "\N{CJK UNIFIED IDEOGRAPH-5B57}" * 83):
        with atomic_file(tmp_path / name) as file:
            file.write(b"after")
            part = Path(file.name)

        assert 40 > len(part.name)
        assert b"after" == (tmp_path / name).read_bytes()


@as_root
def test_a_replaced_file_keeps_its_owner_and_group(tmp_path: Path) -> None:
    """The owner can still read a file that root replaces."""
    path = tmp_path / "out"
    path.write_bytes(b"before")
    os.chown(path, NOBODY, NOBODY + 1)
    path.chmod(0o640)
    with atomic_file(path) as file:
        begun = os.fstat(file.fileno())
    found = path.stat()

    assert begun.st_ino == found.st_ino
    assert (NOBODY, NOBODY + 1) == (found.st_uid, found.st_gid)
    assert 0o640 == stat.S_IMODE(found.st_mode)


@as_root
def test_a_changed_owner_gives_a_warning(shared: Path) -> None:
    """The new group gets only the permissions that all users had."""
    path = shared / "out"
    path.write_bytes(b"before")
    path.chmod(0o4664)

    def work() -> str:
        with warnings.catch_warnings(record=True) as met:
            warnings.simplefilter("always")
            with atomic_file(path) as file:
                file.write(b"after")
        return str([*map(str, (one.message for one in met))])

    shown = as_user(NOBODY, work)
    found = path.stat()

    assert f"`{path}` does not have the same owner and group as the file" in shown
    assert b"after" == path.read_bytes()
    assert (NOBODY, NOBODY) == (found.st_uid, found.st_gid)
    assert 0o644 == stat.S_IMODE(found.st_mode)


@as_root
def test_an_owner_warning_raised_as_an_error_keeps_the_file(shared: Path) -> None:
    """With `-W error`, a file whose owner would change is not replaced."""
    path = shared / "out"
    path.write_bytes(b"before")

    def work() -> str:
        warnings.simplefilter("error")
        with atomic_file(path):
            pass
        return "written"

    assert "OwnerWarning" in as_user(NOBODY, work)
    assert b"before" == path.read_bytes()
    assert [path] == [*shared.iterdir()]


@as_root
def test_a_file_in_a_sticky_folder_is_not_replaced(shared: Path) -> None:
    """The operating system's error is raised, and no partial file is left."""
    path = shared / "out"
    path.write_bytes(b"before")
    path.chmod(0o666)
    shared.chmod(0o1777)

    def work() -> str:
        warnings.simplefilter("ignore")
        with atomic_file(path):
            pass
        return "written"

    assert "PermissionError" in as_user(NOBODY, work)
    assert b"before" == path.read_bytes()
    assert [path] == [*shared.iterdir()]


@posix
def test_replacing_a_hard_link_keeps_the_old_file(tmp_path: Path) -> None:
    """The other name still has the old content."""
    path, other = tmp_path / "out", tmp_path / "other"
    path.write_bytes(b"before")
    other.hardlink_to(path)
    with atomic_file(path) as file:
        file.write(b"after")

    assert [b"after", b"before"] == [path.read_bytes(), other.read_bytes()]


@posix
def test_file_and_folder_are_synced_to_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is synced before the rename, and the folder after it."""
    path, done = tmp_path / "out", list[str]()
    saved, renamed = os.fsync, Path.replace

    def noted(number: int) -> None:
        done.append("folder" if stat.S_ISDIR(os.fstat(number).st_mode) else "file")
        saved(number)

    def replaced(part: Path, target: Path) -> Path:
        done.append("rename")
        return renamed(part, target)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(Path, "replace", replaced)
    with atomic_file(path) as file:
        file.write(b"after")

    assert ["file", "rename", "folder"] == done


def test_an_input_is_not_overwritten(tmp_path: Path) -> None:
    """An input is refused as output under each of its names within a command."""
    path, link = tmp_path / "in", tmp_path / "link"
    path.write_bytes(b"before")
    link.symlink_to(path)
    with inputs_noted():
        assert b"before" == content(path, most=10)
        for name in (path, link):
            assert refused(name)
            taken = overwrite_problem(name, "BE851", force=True)
            assert taken
            assert "is read by the same command" in taken.message
        with atomic_file(path, over_input=True) as file:
            file.write(b"after")
    with atomic_file(path) as file:
        file.write(b"again")

    assert b"again" == path.read_bytes()


@posix
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    """Within one command, a second read of a pipe returns the same content."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thread = threading.Thread(target=pipe.write_bytes, args=(b"once",))
    thread.start()
    with inputs_noted():
        assert [b"once"] * 2 == [content(pipe, most=10) for _ in range(2)]
    thread.join()


@posix
@pytest.mark.parametrize("name", ["/dev/zero", "file"])
def test_reading_stops_at_the_size_limit(tmp_path: Path, name: str) -> None:
    """The error has the length of a file, or None for an endless device."""
    path = tmp_path / name
    if name == "file":
        path.write_bytes(b"12345")
    with pytest.raises(TooLargeError) as error:
        content(path, most=4)

    assert (5 if name == "file" else None) == error.value.length


@posix
def test_a_pipe_is_refused_without_waiting_for_data(tmp_path: Path) -> None:
    """Where a regular file is required, a pipe is refused immediately."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(OSError, match="not a regular file"):
            content(path, most=4, regular=True)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_an_impossible_file_name_raises_file_not_found(
    tmp_path: Path, name: str
) -> None:
    """Names that the operating system rejects raise `FileNotFoundError`."""
    path = tmp_path / name
    for work in (partial(content, most=4), opened, lambda p: written(p, b"")):
        with pytest.raises(FileNotFoundError, match="no file can have this name"):
            work(path)

    assert identity(path)
    assert overwrite_problem(path, "BE851", force=False) is None


def written(path: Path, text: bytes) -> None:
    """Write *text* to *path*."""
    with atomic_file(path) as file:
        file.write(text)


def names_in(folder: Path) -> list[str]:
    """List the YAML files under *folder* by relative name."""
    return [name for _, name in files_in(folder, "", (".yaml",))]


@posix
def test_a_folder_lists_each_regular_file_once(tmp_path: Path) -> None:
    """Links are followed once; hidden files, pipes and other extensions are skipped."""
    far, folder = tmp_path / "far", tmp_path / "folder"
    for path in (far / "d.yaml", folder / "b/c.YAML", folder / "a.yaml"):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text("")
    for name in ("._a.yaml", "a.yaml~", "a.txt"):
        (folder / name).write_text("")
    (folder / ".git").mkdir()
    (folder / ".git/e.yaml").write_text("")
    os.mkfifo(folder / "pipe.yaml")
    (folder / "none.yaml").symlink_to("nowhere")
    (folder / "self.yaml").symlink_to("self.yaml")
    (folder / "twin.yaml").hardlink_to(folder / "a.yaml")
    (folder / "same.yaml").symlink_to("a.yaml")
    (folder / "far").symlink_to(far)
    for name in ("l", "m", "b/up", "b/here"):
        (folder / name).symlink_to(folder if name != "b/here" else folder / "b")

    assert ["/a.yaml", "/b/c.YAML", "/far/d.yaml"] == names_in(folder)


def test_deeply_nested_folders_are_read(tmp_path: Path) -> None:
    """The depth can exceed Python's recursion limit."""
    depth = 1500
    before = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
        Path("a.yaml").write_text("")
        os.chdir(tmp_path)
        found = names_in(Path())
        for _ in range(depth):  # pytest cannot remove them
            os.chdir("d")
        Path("a.yaml").unlink()
        for _ in range(depth):
            os.chdir("..")
            Path("d").rmdir()
    finally:
        os.chdir(before)

    assert [f"{'/d' * depth}/a.yaml"] == found


@posix
def test_files_next_to_a_policy_are_in_its_folder(tmp_path: Path) -> None:
    """Links out of the folder are skipped, and each file is listed once."""
    folder = tmp_path / "folder"
    (folder / "..data").mkdir(parents=True)
    for path in (folder / "a.yaml", folder / "..data/b.yaml", tmp_path / "c.yaml"):
        path.write_text("")
    (folder / ".hidden.yaml").write_text("")
    (folder / "b.yaml").symlink_to("..data/b.yaml")
    (folder / "c.yaml").symlink_to(tmp_path / "c.yaml")
    (folder / "d.yaml").symlink_to("a.yaml")
    os.mkfifo(folder / "e.yaml")
    found = files_of_folder(folder, (".yaml",))

    assert ["a.yaml", "b.yaml"] == [path.name for path in found]
    assert [] == files_of_folder(tmp_path / "nowhere", (".yaml",))
