"""Saving: a chart as a file, whole or not there.

In: a chart and a path. Out: SVG, PNG, a page of HTML, or the chart itself as JSON, as
the path ends. The same chart is the same bytes; nothing is fetched from anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from math import prod
from pathlib import Path
from typing import Any

from boundaryethics._whole_file import whole_file
from boundaryethics.errors import Problem
from boundaryethics.plots.checking import refuse_all
from boundaryethics.plots.framing import Chart, needed

#: Dots of a PNG for each unit of length of an SVG; fewer where it is very large.
_SCALE = 2
_LARGE = 8_000_000

_NUMBERED = re.compile(r'(?:(?<= id=")|(?<="url\(#))(clip|gradient_)(\d+)')


def refuse(path: str | Path, *, force: bool = False) -> None:
    """Nothing, where a chart can be saved at *path*, as far as can be told before.

    Raises:
        PictureError: it does not end in a known way, there is a file already, there
            is no folder for it, or what draws is not installed.
    """
    path = Path(path)
    refuse_all(
        problem for problem in (_ending(path), _taken(path, force=force)) if problem
    )
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
    refuse(path, force=force)
    written = _WRITTEN[path.suffix.lower()](chart.to_dict())
    try:
        with whole_file(path) as file:
            file.write(written)
            refuse(path, force=force)
    except OSError as error:
        refuse_all([_unwritable(path, error.strerror or str(error))])


def _svg(spec: dict[str, Any]) -> bytes:
    """The chart as SVG, with its title and what is to be seen in it."""
    drawn = needed("vl_convert").vegalite_to_svg(json.dumps(spec))
    opening, sign, rest = _renumbered(drawn).partition(">")
    title, described = _title(spec.get("title", "")), spec.get("description", "")
    named = (
        f'{opening} role="img" aria-labelledby="title desc"{sign}'
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="desc">{escape(described)}</desc>{rest}\n'
    )
    return named.encode()


def _title(told: Any) -> str:
    """A title in one line: a text, lines of text, or either with how it looks."""
    match told:
        case {"text": text}:
            return _title(text)
        case str():
            return told
        case _:
            return " ".join(told)


def _renumbered(svg: str) -> str:
    """*svg* with ids counted from 0; as drawn, they count on from chart to chart."""
    found: dict[str, str] = {}

    def number(match: re.Match[str]) -> str:
        return found.setdefault(match[0], f"{match[1]}{len(found)}")

    return _NUMBERED.sub(number, svg)


def _png(spec: dict[str, Any]) -> bytes:
    sizes = (spec.get(side, 0) for side in ("width", "height"))
    # A size may be told in other ways than by a number, in a chart of one's own.
    area = prod(size if isinstance(size, int | float) else 0 for size in sizes)
    scale = 1 if area > _LARGE else _SCALE
    return bytes(needed("vl_convert").vegalite_to_png(json.dumps(spec), scale=scale))


def _html(spec: dict[str, Any]) -> bytes:
    page: str = needed("vl_convert").vegalite_to_html(json.dumps(spec), bundle=True)
    return page.encode()


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
    if path.is_file() and not force:
        message = f"`{path}` is there already"
        advice = "choose another name, or replace it with --force"
        return Problem(code="BE862", message=message, help=advice, token=str(path))
    if path.exists() and not path.is_file():
        return _unwritable(path, "it is no file")
    if not path.parent.is_dir():
        return _unwritable(path, f"there is no folder `{path.parent}`")
    return None


def _unwritable(path: Path, why: str) -> Problem:
    message = f"`{path}` cannot be written: {why[:1].lower()}{why[1:]}"
    return Problem(code="BE863", message=message, token=str(path))
