"""Run the command-line programs. `python -m boundaryethics` runs the main one."""

from __future__ import annotations

import signal
import sys


def main() -> None:
    """Run the command and exit. Ctrl-C ends it silently, even during imports."""
    try:
        from boundaryethics.cli import main as command

        command.main()
    except KeyboardInterrupt:
        sys.exit(130)


def serve() -> None:
    """Run `boundaryethics-mcp`. Ctrl-C ends it silently, even during imports."""
    # A thread that waits for input would delay an exception.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from boundaryethics.assistants import server

    server.main()


if __name__ == "__main__":
    main()
