"""The panel of `explore` in JupyterLab and in pages of nbconvert, seen in Chromium.

It needs JupyterLab and nbconvert, which no extra installs, and takes about a minute.
With `EXPLORE_PICTURES`, it saves its screenshots in that folder.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from support.chromium import needs_chromium, playwright, serious_faults, started

pytest.importorskip("jupyterlab")
pytest.importorskip("nbconvert")

#: The seconds to wait for a page.
PATIENCE = 90
ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "explore.ipynb"
GUIDE = ROOT / "docs" / "how-to" / "explore-in-a-notebook.md"
PICTURES = os.environ.get("EXPLORE_PICTURES")

pytestmark = [
    pytest.mark.slow,
    needs_chromium,
]


@pytest.fixture(scope="module", params=["Light", "Dark"])
def theme(request: pytest.FixtureRequest) -> str:
    """Return the name of a theme."""
    return str(request.param)


@pytest.fixture(scope="module")
def address(theme: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the example in JupyterLab and return its URL."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copy(EXAMPLE, folder)
    settings = folder / "settings" / "@jupyterlab"
    for name, chosen in (
        ("apputils-extension/themes", {"theme": f"JupyterLab {theme}"}),
        ("apputils-extension/notification", {"fetchNews": "false"}),
    ):
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(chosen))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *(f"--port={port}", f"--ServerApp.root_dir={folder}"),
        *("--IdentityProvider.token=", "--ServerApp.password="),
        f"--LabApp.user_settings_dir={folder / 'settings'}",
    ]
    own = {"HOME": str(folder), "JUPYTER_CONFIG_DIR": str(folder / "config")}
    with (folder / "log").open("wb") as log:
        lab = subprocess.Popen(command, env={**os.environ, **own}, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api")
            yield f"http://127.0.0.1:{port}/doc/tree/{EXAMPLE.name}"
        finally:
            lab.terminate()
            lab.wait()


def _wait_for(address: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            urlopen(address).close()  # noqa: S310 - the server of this test
        except (URLError, ConnectionError):
            time.sleep(0.1)
        else:
            return
    pytest.fail("JupyterLab does not start")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium."""
    with started() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """Open a page."""
    context = browser.new_context(viewport={"width": 1280, "height": 1100})
    context.set_default_timeout(PATIENCE * 1000)
    yield context.new_page()
    context.close()


def look(page: Any, name: str) -> None:
    """Check the accessibility of the panel and save its picture if asked to."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")

    assert [] == serious_faults(page, ".be-panel")


def test_the_panel_works_by_keyboard_in_jupyterlab(
    address: str, page: Any, theme: str
) -> None:
    """Keys can answer, cause danger and a contradiction, and start again."""
    page.goto(address)
    panel = page.locator(".be-panel")
    # JupyterLab drops keys until its kernel and its extensions are ready.
    for _ in range(10):
        page.locator(".jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        with suppress(playwright.TimeoutError):
            panel.wait_for(timeout=PATIENCE * 100)
            break
    order = panel.locator(".order")
    order.get_by_text("Decline politely").wait_for()
    look(page, f"lab-{theme}-begin")

    # JupyterLab itself handles the arrow keys on a closed list.
    panel.get_by_role("button", name="Go to this question").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".be-fact select:focus")
    for key in ("Space", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    crisis = panel.get_by_role("alert").get_by_text("Follow your crisis procedure now")
    crisis.wait_for()
    assert "Yes, harm could be imminent" == _chosen(page)
    look(page, f"lab-{theme}-danger")
    for key in ("Space", "ArrowUp", "ArrowUp", "Enter"):
        page.keyboard.press(key)
    crisis.wait_for(state="detached")

    # Reasons in the labels of other lists quote the question.
    question = "Where did you and the client come across each other?"
    where = panel.get_by_label(question).first
    where.select_option("A dating app or site")
    panel.get_by_label("Which platform?").first.select_option("LinkedIn")
    panel.get_by_role("alert").get_by_text("cannot all be true").wait_for()
    panel.get_by_text("This result is from before the contradiction").wait_for()
    assert panel.get_by_label("What is your role in the group?").is_disabled()
    look(page, f"lab-{theme}-contradiction")

    panel.get_by_role("button", name="Start again").focus()
    page.keyboard.press("Enter")
    panel.get_by_role("alert").wait_for(state="detached")
    started = time.monotonic()
    where.select_option("A recovery group")
    order.get_by_text("Leave the group").wait_for()
    assert time.monotonic() - started < 2
    page.set_viewport_size({"width": 500, "height": 1600})
    look(page, f"lab-{theme}-narrow")
    width = "e => e.scrollWidth <= e.clientWidth"
    assert panel.evaluate(width)


def _chosen(page: Any) -> str:
    chosen = page.locator(":focus").evaluate("e => e.selectedOptions[0].text")
    return str(chosen).replace("\xa0", " ")


#: The options of the guide for a page that needs no network.
EXECUTE = ("--execute", "--ExecutePreprocessor.store_widget_state=False")


@pytest.mark.parametrize("options", [(), EXECUTE])
def test_nbconvert_keeps_the_verdict(
    page: Any, tmp_path: Path, options: tuple[str, ...]
) -> None:
    """Without a kernel and a network, the page shows the stored verdict."""
    command = [sys.executable, "-m", "nbconvert", "--to", "html", *options]
    subprocess.run([*command, "--output-dir", tmp_path, EXAMPLE], check=True)
    assert " ".join(EXECUTE) in GUIDE.read_text("utf-8")
    written = tmp_path / "explore.html"
    page.route(
        "**/*",
        lambda route: (
            route.abort() if "http" in route.request.url else route.continue_()
        ),
    )
    page.goto(written.as_uri(), wait_until="domcontentloaded")
    order = page.locator(".boundaryethics .order")

    assert 2 == order.count()
    assert "Decline politely" in order.first.inner_text()
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / "nbconvert.png", full_page=True)
