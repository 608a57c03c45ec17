"""Draw the README's picture: the first lines of `consult`, as a terminal shows them.

    python docs/readme_picture.py [--check]

With `--check`, write nothing, and fail if the picture is out of date.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from generated import write_or_check
from rich.console import Console
from rich.text import Text

from boundaryethics import consult, load_policy, load_situation, render

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "pictures" / "consult.svg"
EXAMPLE = "examples/step4_message.yaml"
WIDTH = 88
#: These lines show the order, the danger check, the supervisor, and the reason for each
#: rank.
LINES = 25
COLORS = {"heading": "bold", "best": "bold green", "notice": "yellow"}
#: Rich's own template downloads a font; this one uses a font that the reader has.
TEMPLATE = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>Output of boundaryethics consult</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font: bold 18px system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
<g class="{unique_id}-matrix">
{backgrounds}
{matrix}
</g>
</g>
</svg>
"""


def picture() -> str:
    """Return the picture as SVG."""
    policy = load_policy("apa-2017")
    verdict = consult(load_situation(ROOT / EXAMPLE, policy.vocabulary), policy)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), color_system=None)
    for line in render.lines(verdict, WIDTH)[:LINES]:
        console.print(Text(line.text, style=COLORS.get(line.style, "")))
    title = f"boundaryethics consult {EXAMPLE}"
    svg = console.export_svg(title=title, code_format=TEMPLATE, unique_id="consult")
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


if __name__ == "__main__":
    check = "--check" in sys.argv[1:]
    sys.exit(
        write_or_check({PICTURE: picture()}, "docs/readme_picture.py", check=check)
    )
