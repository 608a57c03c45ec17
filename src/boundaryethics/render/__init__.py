"""A verdict in, words out: text, Markdown, HTML, and plain data for JSON.

Knows verdicts. Knows nothing of files, engines or how a verdict is reached.
"""

from __future__ import annotations

from boundaryethics.render.as_data import as_dict
from boundaryethics.render.as_html import html
from boundaryethics.render.as_markdown import markdown
from boundaryethics.render.as_proof import proof_data, proof_text
from boundaryethics.render.as_text import lines, text
from boundaryethics.render.worksheet_forms import worksheet

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
