"""Open pages in Chromium, and check their accessibility with axe-core."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

_CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None
)
#: A test browser makes no network calls, and root cannot have a sandbox.
_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]
needs_chromium = pytest.mark.skipif(
    _CHROMIUM is None, reason="Chromium is not installed"
)


@contextmanager
def started() -> Iterator[Any]:
    """Start Chromium."""
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=_CHROMIUM, args=_OPTIONS)
        yield browser
        browser.close()


class Visit:
    """A page in its own window, used as a person would."""

    def __init__(self, browser: Any, *, patience: float, **settings: Any) -> None:
        """Open a window; each action may take *patience* seconds."""
        self.context = browser.new_context(**settings)
        self.context.set_default_timeout(patience * 1000)
        self.page = self.context.new_page()
        self.notes: list[str] = []
        self.asked: set[str] = set()
        self.page.on("console", lambda message: self.notes.append(message.text))
        self.context.on("request", lambda request: self.asked.add(request.url))

    def press(self, name: str) -> None:
        """Press the button *name*."""
        self.page.get_by_role("button", name=name).click()

    def choose(self, label: str) -> None:
        """Choose the answer *label* and continue."""
        self.page.get_by_label(label, exact=True).check()
        self.press("Continue")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@contextmanager
def served(folder: Path | str) -> Iterator[str]:
    """Serve *folder*, and return its address."""
    handler = partial(_Quiet, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def focused(page: Any) -> str:
    """Return the role and the name of the focused element."""
    return str(page.locator(":focus").aria_snapshot())


def tab_to(page: Any, name: str) -> None:
    """Press Tab until the focused element is called *name*."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if name in focused(page):
            return
    pytest.fail(f"Tab does not lead to {name}")


def serious_faults(page: Any, within: str | None = None) -> list[str]:
    """List serious and critical problems of a page, or *within* a part of it."""
    found = axe.Axe().run(page, context=within).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:200]}"
        for fault in found
        if fault["impact"] in {"serious", "critical"}
        for node in fault["nodes"]
    ]
