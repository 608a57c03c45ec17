"""The hook for PyInstaller, which finds it by its entry point."""

from __future__ import annotations

from pathlib import Path


def hook_folders() -> list[str]:
    """List the folders with hooks."""
    return [str(Path(__file__).parent)]
