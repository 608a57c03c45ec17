"""Load the example application, and read its pages."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

FOLDER = Path(__file__).parents[2] / "examples" / "app"


@cache
def load() -> ModuleType:
    """Import `examples/app/app.py`."""
    spec = importlib.util.spec_from_file_location("example_app", FOLDER / "app.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Page(HTMLParser):
    """The text that a page shows, and the data that its form sends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.fields: dict[str, list[str]] = {}
        self.texts: list[str] = []
        self._hidden = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the tag, and the field if it is one."""
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag in {"style", "script", "title"}:
            self._hidden = tag
        if name := given.get("name"):
            self.fields.setdefault(name, []).append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        """Record the end of a text that is not shown."""
        if tag == self._hidden:
            self._hidden = ""

    def handle_data(self, data: str) -> None:
        """Record text that is shown."""
        if data.strip() and not self._hidden:
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        """The text that is shown."""
        return " ".join(self.texts)

    @property
    def state(self) -> dict[str, Any]:
        """The interview that the form contains."""
        (state,) = self.fields["state"]
        return dict(json.loads(state))
