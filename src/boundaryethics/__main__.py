"""Run the command, as a script or as `python -m boundaryethics`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command and exit. Ctrl-C ends it silently, even during imports."""
    try:
        from boundaryethics.cli import main as command

        command.main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
