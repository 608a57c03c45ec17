"""Test the example application in a browser, by keyboard and without JavaScript."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from support import example_app
from support.chromium import (
    Visit,
    focused,
    needs_chromium,
    serious_faults,
    started,
    tab_to,
)

pytest.importorskip("fastapi")
pytest.importorskip("python_multipart")
uvicorn = pytest.importorskip("uvicorn")
sync_api = pytest.importorskip("playwright.sync_api")

#: The seconds to wait for a page.
PATIENCE = 60
POLICY = "naadac-2021"

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the application and return its URL."""
    app = example_app.load().app
    config = uvicorn.Config(app, lifespan="off", log_level="warning", ws="none")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = listening.getsockname()[1]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        until = time.monotonic() + PATIENCE
        while not server.started and time.monotonic() < until:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{port}/"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium."""
    with started() as chromium:
        yield chromium


class AppVisit(Visit):
    """The example application in its own window."""

    def begin(self, address: str) -> None:
        """Start an interview."""
        self.page.goto(address)
        self.page.locator(f"[value='{POLICY}']").check()
        self.press("Start")

    def worksheet(self) -> Any:
        """Open the worksheet and return its page."""
        with self.context.expect_page() as opened:
            self.press("Worksheet to print")
        opened.value.wait_for_load_state()
        return opened.value


@pytest.fixture
def visit(browser: Any, request: pytest.FixtureRequest) -> Iterator[AppVisit]:
    """Open a page with the settings of the test's parameter."""
    visit = AppVisit(browser, patience=PATIENCE, **getattr(request, "param", {}))
    yield visit
    visit.context.close()


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_the_application_works_by_keyboard_without_javascript(
    address: str, visit: AppVisit
) -> None:
    """Tab, arrows, Space and Enter lead from the first page to the printed sheet."""
    page = visit.page
    page.goto(address)
    tab_to(page, "radio")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_selector("legend h1")
    tab_to(page, "radio")
    page.keyboard.press("ArrowDown")
    assert 'radio "Some warning signs" [checked]' in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_selector(".urgent")
    tab_to(page, "Back")
    page.keyboard.press("Enter")
    page.wait_for_selector("form:not(:has(.urgent))")
    tab_to(page, "Show the order now")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Result so far")
    tab_to(page, "Worksheet to print")
    with visit.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_load_state()

    assert "Supervision worksheet" == opened.value.title()
    assert opened.value.pdf().startswith(b"%PDF-")
    assert {address} == visit.asked
    assert [] == visit.notes


SCREENS = [
    {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    for width in (320, 1280)
    for scheme in ("light", "dark")
]


@pytest.mark.parametrize(
    "visit",
    SCREENS,
    ids=lambda screen: f"{screen['viewport']['width']} {screen['color_scheme']}",
    indirect=True,
)
def test_pages_are_accessible_and_fit_a_small_phone(
    address: str, visit: AppVisit
) -> None:
    """No page has a serious accessibility problem or needs sideways scrolling."""
    page, shown = visit.page, []

    def look(at: Any = page) -> None:
        # Waiting for JavaScript would need `unsafe-eval`, which the pages do not allow.
        sync_api.expect(at).to_have_title(re.compile("."))
        shown.append(at.title())
        assert [] == serious_faults(at)
        assert at.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.goto(address)
    look()
    visit.press("Start")
    look()
    visit.begin(address)
    look()
    visit.press("Continue")
    look()
    visit.choose("Yes, harm could be imminent")
    look()
    page.get_by_text("Your answers").click()
    look()
    visit.press("Show the order now")
    look()
    look(visit.worksheet())

    assert 8 == len(shown)
    assert 7 == len({*shown})
    assert all("status of 422" in note for note in visit.notes)
