"""Test that no file names a path of a developer's machine."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from architecture.source_tree import ROOT

#: Folders that tools create, or that contain history.
NOT_OURS = re.compile(
    r"\.git|\.nox|\.venv.*|\.coverage.*|\..*_cache|\.hypothesis|__pycache__|build|dist|.*\.egg-info"
)

#: Parents of home folders, temporary files and mounted folders.
MACHINE_PATH = re.compile(
    r"(?<![\w.$}*/-])/(?:home|root|Users|tmp|work|mnt|private)/\w|\b[A-Z]:\\\\?\w"
)


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the repository."""
    for folder, inner, files in os.walk(ROOT):
        inner[:] = [name for name in inner if not NOT_OURS.fullmatch(name)]
        # In a worktree, `.git` is a file that names a folder.
        for name in files if folder != str(ROOT) else {*files} - {".git"}:
            path = Path(folder, name)
            yield path, path.read_text("utf-8", errors="replace")


def test_no_file_contains_a_local_path() -> None:
    """No file contains a path on a developer's machine."""
    leaks = {
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if MACHINE_PATH.search(line)
    }

    assert set() == leaks


def test_the_pattern_matches_local_paths_only() -> None:
    """The pattern matches local paths, but not web addresses."""
    home = MACHINE_PATH.pattern.partition("(?:")[2].partition("|")[0]

    assert MACHINE_PATH.search(f"see /{home}/ada/notes.md")
    assert not MACHINE_PATH.search(f"https://example.org/{home}/ada")
