"""Write the list of problems from the table that errors are made from.

    python docs/reference/write_problems.py [--check]

With `--check`, write nothing and fail where the page is not what the table says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from boundaryethics.errors import problem_table

PAGE = Path(__file__).with_name("problems.md")


def page() -> str:
    """Give the text of the page; what comes before its first heading stays."""
    table = dict(problem_table())
    groups = table.pop("groups")
    parts = [PAGE.read_text("utf-8").partition("\n## ")[0]]
    for code, entry in table.items():
        if code in groups:
            parts.append(
                f"\n## {groups[code]}\n\n| Code | What is wrong |\n|---|---|\n"
            )
        parts.append(f"| {code} | {entry['means']} |\n")
    return "".join(parts)


def main() -> int:
    """Write the page, or check it; 1 where a check fails."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    elif PAGE.read_text("utf-8") != page():
        print(f"{PAGE} is not what the table of problems says", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
