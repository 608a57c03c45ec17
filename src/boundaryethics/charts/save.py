"""Save a chart as SVG, PNG, PDF, an HTML page or JSON.

Each file records the provenance of the chart. The same chart produces the same bytes,
except in PDF files. Nothing is downloaded.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import sha256
from html import escape
from math import prod
from pathlib import Path
from struct import pack
from typing import Any
from zlib import crc32

from boundaryethics._files import (
    atomic_file,
    exists,
    is_file,
    is_folder,
    overwrite_problem,
)
from boundaryethics.arguments import checked
from boundaryethics.charts.theme import Chart, needed, refuse_all
from boundaryethics.errors import Problem, listed, problem
from boundaryethics.provenance import VERSION

#: The number of PNG pixels per SVG unit, and the chart area above which that number is
#: 1.
_SCALE, _LARGE = 2, 8_000_000

_GENERATED = re.compile(r'(?:(?<= id=")|(?<="url\(#))(clip|gradient_)(\d+)')

#: The length of the signature and the header of a PNG file.
_HEADER = 33
#: The last object of a PDF file, and the position of the table after it.
_INFO = re.compile(
    rb"obj\n<<\n  /Producer \(svg2pdf\)\n(?P<end>>>\nendobj\n\nxref\n.*"
    rb"startxref\n)(?P<start>\d+)\n%%EOF\s*\Z",
    re.DOTALL,
)

#: JSON escapes for the characters that could end a script or open a tag.
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


@checked
def check_path(path: str | Path, *, force: bool = False) -> None:
    """Check before drawing that a chart can be saved at *path*.

    Raises:
        PictureError: the file type is unsupported, the file already exists, its folder
            is missing, or the chart libraries are not installed or do not work
            under `python -OO`.
    """
    path = Path(path)
    taken: Problem | None
    if exists(path) and not is_file(path):
        taken = _unwritable(path, "it is not a file")
    elif not is_folder(path.parent):
        taken = _unwritable(path, f"folder not found: `{path.parent}`")
    else:
        taken = overwrite_problem(path, "BE862", force=force)
    problems = [taken] if taken else []
    if path.suffix.lower() not in _WRITTEN:
        endings = listed(_WRITTEN, "or")
        unknown = problem("BE861", token=str(path), file=path, endings=endings)
        problems.insert(0, unknown)
    refuse_all(problems)
    for library in ("altair", "vl_convert"):
        needed(library)


@checked
def save(chart: Chart, path: str | Path, *, force: bool = False) -> None:
    """Save *chart* to *path*, which ends in .svg, .png, .pdf, .html or .json.

    The file is written completely or not at all. *force* replaces an existing file.

    Raises:
        PictureError: the file type is unsupported, the file already exists or cannot be
            written, or the chart libraries are not installed or do not work under
            `python -OO`.
    """
    path = Path(path)
    check_path(path, force=force)
    written = _WRITTEN[path.suffix.lower()](chart.to_dict())
    try:
        with atomic_file(path) as file:
            file.write(written)
            check_path(path, force=force)
    except OSError as error:
        refuse_all([_unwritable(path, error.strerror or str(error))])


def _svg(spec: dict[str, Any]) -> bytes:
    """Draw the chart as SVG, with its title and description for screen readers."""
    drawn = _renumbered(needed("vl_convert").vegalite_to_svg(json.dumps(spec)))
    title, desc = escape(_title(spec.get("title", ""))), spec.get("description", "")
    # Several charts on one page must not share ids.
    own = f"be-{sha256(f'{drawn}{title}{desc}'.encode()).hexdigest()[:8]}"
    drawn = _GENERATED.sub(rf"{own}-\g<0>", drawn)
    opening, sign, rest = drawn.partition(">")
    return (
        f'{opening} role="img" aria-labelledby="{own}-title {own}-desc"{sign}'
        f'<title id="{own}-title">{title}</title>'
        f'<desc id="{own}-desc">{escape(desc)}</desc>'
        f"<metadata>{escape(_provenance(spec))}</metadata>{rest}\n"
    ).encode()


def _provenance(spec: dict[str, Any]) -> str:
    """Return the policies, the library version and the parameters of a chart."""
    made = {"boundaryethics": {"library": VERSION}} | spec.get("usermeta", {})
    return json.dumps(made, ensure_ascii=False)


def _title(title: Any) -> str:
    """Return a Vega-Lite title on one line."""
    text = title["text"] if isinstance(title, dict) else title
    return text if isinstance(text, str) else " ".join(text)


def _renumbered(svg: str) -> str:
    """Renumber IDs from 0; `vl_convert` continues from the previous chart's numbers."""
    found: dict[str, str] = {}
    return _GENERATED.sub(lambda m: found.setdefault(m[0], f"{m[1]}{len(found)}"), svg)


def _png(spec: dict[str, Any]) -> bytes:
    sizes = (spec.get(side, 0) for side in ("width", "height"))
    # In a chart made by a user, a size may not be a number.
    area = prod(size if isinstance(size, int | float) else 0 for size in sizes)
    scale = 1 if area > _LARGE else _SCALE
    png = bytes(needed("vl_convert").vegalite_to_png(json.dumps(spec), scale=scale))
    # Insert a text chunk directly after the signature and the header.
    text = b"iTXtDescription" + bytes(5) + _provenance(spec).encode()
    chunk = pack(">I", len(text) - 4) + text + pack(">I", crc32(text))
    return png[:_HEADER] + chunk + png[_HEADER:]


def _pdf(spec: dict[str, Any]) -> bytes:
    library = needed("vl_convert")
    drawn = _renumbered(library.vegalite_to_svg(json.dumps(spec)))
    pdf = bytes(library.svg_to_pdf(drawn))
    found = _INFO.search(pdf)
    if found is None:
        return pdf
    entries = {"Title": _title(spec.get("title", "")), "Subject": _provenance(spec)}
    information = b"".join(
        b"  /%s <%s>\n"
        % (key.encode(), f"\ufeff{text}".encode("utf-16-be").hex().encode())
        for key, text in entries.items()
    )
    # The information is the last object, so only the table behind it moves.
    start = int(found["start"]) + len(information)
    return (
        pdf[: found.start("end")]
        + information
        + pdf[found.start("end") : found.start("start")]
        + str(start).encode()
        + pdf[found.end("start") :]
    )


def _html(spec: dict[str, Any]) -> bytes:
    return _PAGE.format(
        title=escape(_title(spec.get("title", ""))),
        described=escape(spec.get("description", "")),
        library=needed("vl_convert").javascript_bundle(),
        spec=json.dumps(spec, ensure_ascii=False).translate(_ESCAPED),
    ).encode()


_WRITTEN: dict[str, Callable[[dict[str, Any]], bytes]] = {
    ".svg": _svg,
    ".png": _png,
    ".pdf": _pdf,
    ".html": _html,
    ".json": lambda spec: (
        json.dumps(spec, indent=2, ensure_ascii=False) + "\n"
    ).encode(),
}


def _unwritable(path: Path, why: str) -> Problem:
    why = why[:1].lower() + why[1:]
    return problem("BE863", token=str(path), file=path, why=why)
