"""Write the page of error codes from the table of problems.

    python docs/error_codes.py [--check]

With `--check`, write nothing, and fail if the page is out of date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from generated import write_or_check

from boundaryethics.errors import problem_table

PAGE = Path(__file__).parent / "reference" / "problems.md"


def page() -> str:
    """Return the text of the page, with its introduction unchanged."""
    table = dict(problem_table())
    groups = table.pop("groups")
    del table["advice"]
    parts = [PAGE.read_text("utf-8").partition("\n## ")[0]]
    for code, entry in table.items():
        if code in groups:
            parts.append(f"\n## {groups[code]}\n\n| Code | Problem |\n|---|---|\n")
        parts.append(f"| {code} | {entry['means']} |\n")
    return "".join(parts)


if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    sys.exit(write_or_check({PAGE: page()}, "docs/error_codes.py", check=check))
