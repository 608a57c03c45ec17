"""Run the command as `python -m boundaryethics`, even if its script is not on PATH."""

from __future__ import annotations

from boundaryethics.cli.main import main

if __name__ == "__main__":
    main()
