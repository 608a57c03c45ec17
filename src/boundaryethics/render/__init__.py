"""Format verdicts as text, Markdown, HTML, and plain data for JSON."""

from __future__ import annotations

from boundaryethics.render.json import as_dict
from boundaryethics.render.proof import proof_data, proof_text
from boundaryethics.render.templates import html, markdown, worksheet
from boundaryethics.render.text import WIDTH, lines, text
from boundaryethics.render.wording import NOTE
from boundaryethics.render.wording import doing as label

__all__ = [
    "NOTE",
    "WIDTH",
    "as_dict",
    "html",
    "label",
    "lines",
    "markdown",
    "proof_data",
    "proof_text",
    "text",
    "worksheet",
]
