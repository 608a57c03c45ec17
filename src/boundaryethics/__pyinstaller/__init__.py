"""Hook for PyInstaller, which finds it through an entry point."""

from __future__ import annotations

from pathlib import Path


def hook_folders() -> list[str]:
    """List the folders that contain hooks."""
    return [str(Path(__file__).parent)]
