"""Write the keys of a verdict into the page of JSON output, from the JSON Schema.

    python docs/json_keys.py [--check]

With `--check`, write nothing, and fail if the page is out of date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from generated import write_or_check

from boundaryethics import verdict_schema

PAGE = Path(__file__).parent / "reference" / "json.md"
#: The page is written manually up to the first of these headings, and from the second.
START, END = "\n## verdict\n", "\n## `why` and `why-not`\n"


def page() -> str:
    """Return the text of the page, with the parts around the keys unchanged."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(START)
    after = rest.partition(END)[2]
    return f"{before}{''.join(sections())}{END}{after}"


def sections() -> Iterator[str]:
    """Yield a section for a verdict and for each object in it."""
    schema = verdict_schema()
    for name, part in {"verdict": schema, **schema["$defs"]}.items():
        rows = (
            f"| `{key}` | {value['description']}{''.join(_links(value))} |\n"
            for key, value in part["properties"].items()
        )
        table = f"| key | content |\n| --- | --- |\n{''.join(rows)}"
        yield f"\n## {name}\n\n{part['description']}\n\n{table}"


def _links(part: Mapping[str, Any]) -> Iterator[str]:
    """Yield a link to the section of the objects in *part*."""
    for keyword in ("items", "additionalProperties"):
        name = part.get(keyword, {}).get("$ref", "").rpartition("/")[2]
        if name:
            yield f" See [{name}](#{name})."


if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    sys.exit(write_or_check({PAGE: page()}, "docs/json_keys.py", check=check))
