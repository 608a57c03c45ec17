"""Write the page of error codes from the table of problems.

    python docs/reference/write_problems.py [--check]

With `--check`, write nothing, and fail if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from boundaryethics.errors import problem_table

PAGE = Path(__file__).with_name("problems.md")


def page() -> str:
    """Return the text of the page, with its introduction unchanged."""
    table = dict(problem_table())
    groups = table.pop("groups")
    parts = [PAGE.read_text("utf-8").partition("\n## ")[0]]
    for code, entry in table.items():
        if code in groups:
            parts.append(f"\n## {groups[code]}\n\n| Code | Problem |\n|---|---|\n")
        parts.append(f"| {code} | {entry['means']} |\n")
    return "".join(parts)


def main() -> int:
    """Write or check the page, and return the exit status."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    elif PAGE.read_text("utf-8") != page():
        print(
            f"{PAGE} is out of date: run `python docs/reference/write_problems.py`",
            file=sys.stderr,
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
