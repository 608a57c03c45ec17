"""Run the command as `python -m boundaryethics`, without its script on the path."""

from __future__ import annotations

from boundaryethics.cli.main import main

if __name__ == "__main__":
    main()
