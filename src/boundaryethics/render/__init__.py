"""A verdict in, words out: text, Markdown, HTML, and plain data for JSON."""

from __future__ import annotations

from boundaryethics.render.json import as_dict, proof_data, proof_text
from boundaryethics.render.templates import html, markdown, worksheet
from boundaryethics.render.text import lines, text

__all__ = [
    "as_dict",
    "html",
    "lines",
    "markdown",
    "proof_data",
    "proof_text",
    "text",
    "worksheet",
]
