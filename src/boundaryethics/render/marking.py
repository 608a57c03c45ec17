"""Text from policies made safe for Markdown."""

from __future__ import annotations

import re

from boundaryethics.render.words import shown

_MARKUP = re.compile(r"([\\`*_\[\]<>#|&~!$])")


def escaped(text: str) -> str:
    """*text* on one line, with nothing in it taken for markup."""
    return _MARKUP.sub(r"\\\1", shown(text))
