"""Write a chart to a file: SVG, PNG, a page of HTML, or the chart itself as JSON.

The same chart gives the same bytes, and nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from math import prod
from pathlib import Path
from typing import Any

from boundaryethics._files import whole_file, why_taken
from boundaryethics.charts.theme import Chart, needed, refuse_all
from boundaryethics.errors import Problem

#: Dots of a PNG for each unit of length of an SVG, and the area that gets only one.
_SCALE, _LARGE = 2, 8_000_000

_NUMBERED = re.compile(r'(?:(?<= id=")|(?<="url\(#))(clip|gradient_)(\d+)')

#: What could end a script or open a tag, as JSON writes it otherwise.
_ESCAPED = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<script>{library}</script>
</head>
<body>
<div id="chart" role="img" aria-label="{described}"></div>
<script id="spec" type="application/json">{spec}</script>
<script>
const spec = JSON.parse(document.getElementById("spec").textContent);
vegaEmbed("#chart", spec, {{"renderer": "svg"}}).catch(console.error);
</script>
</body>
</html>
"""


def check_path(path: str | Path, *, force: bool = False) -> None:
    """Refuse a *path* at which no chart can be saved, as far as that shows beforehand.

    Raises:
        PictureError: it does not end in a known way, there is a file already, there
            is no folder for it, or what draws is not installed.
    """
    path = Path(path)
    refuse_all(filter(None, (_ending(path), _taken(path, force=force))))
    for library in ("altair", "vl_convert"):
        needed(library)


def save(chart: Chart, path: str | Path, *, force: bool = False) -> None:
    """Write *chart* to *path*, as its name ends: .svg, .png, .html or .json.

    Args:
        chart: what is drawn.
        path: where it is written, all or nothing.
        force: replace the file that is there.

    Raises:
        PictureError: it does not end in a known way, there is a file already, it
            cannot be written, or what draws is not installed.
    """
    path = Path(path)
    check_path(path, force=force)
    written = _WRITTEN[path.suffix.lower()](chart.to_dict())
    try:
        with whole_file(path) as file:
            file.write(written)
            check_path(path, force=force)
    except OSError as error:
        refuse_all([_unwritable(path, error.strerror or str(error))])


def _svg(spec: dict[str, Any]) -> bytes:
    """Draw the chart as SVG, with its title and its description to be read out."""
    drawn = needed("vl_convert").vegalite_to_svg(json.dumps(spec))
    opening, sign, rest = _renumbered(drawn).partition(">")
    return (
        f'{opening} role="img" aria-labelledby="title desc"{sign}'
        f'<title id="title">{escape(_title(spec.get("title", "")))}</title>'
        f'<desc id="desc">{escape(spec.get("description", ""))}</desc>{rest}\n'
    ).encode()


def _title(told: Any) -> str:
    """Return a title in one line: a text, lines of text, or either with its look."""
    match told:
        case {"text": text}:
            return _title(text)
        case str():
            return told
        case _:
            return " ".join(told)


def _renumbered(svg: str) -> str:
    """Count ids from 0; the library counts on from chart to chart."""
    found: dict[str, str] = {}
    return _NUMBERED.sub(lambda m: found.setdefault(m[0], f"{m[1]}{len(found)}"), svg)


def _png(spec: dict[str, Any]) -> bytes:
    sizes = (spec.get(side, 0) for side in ("width", "height"))
    # A chart of one's own may state a size in other ways than by a number.
    area = prod(size if isinstance(size, int | float) else 0 for size in sizes)
    scale = 1 if area > _LARGE else _SCALE
    return bytes(needed("vl_convert").vegalite_to_png(json.dumps(spec), scale=scale))


def _html(spec: dict[str, Any]) -> bytes:
    return _PAGE.format(
        title=escape(_title(spec.get("title", ""))),
        described=escape(spec.get("description", "")),
        library=needed("vl_convert").javascript_bundle(),
        spec=json.dumps(spec, ensure_ascii=False).translate(_ESCAPED),
    ).encode()


def _json(spec: dict[str, Any]) -> bytes:
    return (json.dumps(spec, indent=2, ensure_ascii=False) + "\n").encode()


_WRITTEN: dict[str, Callable[[dict[str, Any]], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".html": _html,
    ".json": _json,
}


def _ending(path: Path) -> Problem | None:
    if path.suffix.lower() in _WRITTEN:
        return None
    *most, last = _WRITTEN
    return Problem(
        code="BE861",
        message=f"`{path}` does not end in what a picture can be written as",
        help=f"end its name in {', '.join(most)} or {last}",
        token=str(path),
    )


def _taken(path: Path, *, force: bool) -> Problem | None:
    if path.exists() and not path.is_file():
        return _unwritable(path, "it is no file")
    if not path.parent.is_dir():
        return _unwritable(path, f"there is no folder `{path.parent}`")
    return why_taken(path, "BE862", force=force)


def _unwritable(path: Path, why: str) -> Problem:
    message = f"`{path}` cannot be written: {why[:1].lower()}{why[1:]}"
    return Problem(code="BE863", message=message, token=str(path))
