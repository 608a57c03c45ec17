"""The try-it page in Chromium: static files, keyboard only, nothing sent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import boundaryethics
from support.chromium import (
    Visit,
    focused,
    needs_chromium,
    serious_faults,
    served,
    started,
    tab_to,
)

#: The folder that docs/try/build.py has written.
BUILT = os.environ.get("BOUNDARYETHICS_TRY_PAGE", "")
#: The seconds to wait for a page.
PATIENCE = 90
IMMINENT = "Yes, harm could be imminent"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BUILT, reason="BOUNDARYETHICS_TRY_PAGE is not set"),
    needs_chromium,
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the page."""
    with served(BUILT) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium."""
    with started() as chromium:
        yield chromium


class TryPage(Visit):
    """The try-it page, ready for the first answer."""

    def __init__(self, browser: Any, address: str, **settings: Any) -> None:
        super().__init__(browser, patience=PATIENCE, **settings)
        self.page.goto(address)
        self.page.wait_for_selector("#form:not([hidden])")

    def settled(self) -> None:
        """Wait until the page has shown the answer to the last request."""
        self.page.wait_for_selector("body:not([aria-busy])")

    def choose(self, label: str) -> None:
        """Choose the answer *label*, go on, and wait for the next question."""
        super().choose(label)
        self.settled()

    def fits(self) -> bool:
        """Check that the page is not wider than the screen."""
        width = "document.documentElement.scrollWidth <= innerWidth"
        return bool(self.page.evaluate(width))


@pytest.fixture
def visit(
    browser: Any, address: str, request: pytest.FixtureRequest
) -> Iterator[TryPage]:
    """Open the page, with the settings of the test's parameter."""
    visit = TryPage(browser, address, **getattr(request, "param", {}))
    yield visit
    visit.context.close()


def same_html(visit: TryPage, html: str) -> bool:
    """Check whether the verdict on the page is *html*, as a browser reads it."""
    reads = """html => {
      const read = document.createElement("div"); read.innerHTML = html;
      return read.innerHTML === document.getElementById("verdict").innerHTML; }"""
    return bool(visit.page.evaluate(reads, html))


def test_the_page_works_with_the_keyboard_alone(visit: TryPage, tmp_path: Path) -> None:
    """Tab, arrows, Space and Enter lead from the first question to the worksheet."""
    page = visit.page
    tab_to(page, "Which code applies")
    tab_to(page, "radio")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert f'radio "{IMMINENT}" [checked]' in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#danger:not([hidden])")
    visit.settled()
    assert page.inner_text("#question h2") in focused(page)
    facts = {"risk_of_harm": "imminent"}
    verdict = boundaryethics.consult(facts)
    assert page.inner_text("#danger p") == verdict.urgent[0].says
    assert "ruled out" in page.inner_text("#order")
    assert same_html(visit, boundaryethics.render.html(verdict))

    tab_to(page, "Save the worksheet")
    with page.expect_download() as saved:
        page.keyboard.press("Enter")
    saved.value.save_as(tmp_path / "worksheet.html")
    text = (tmp_path / "worksheet.html").read_text("utf-8")
    assert verdict.worksheet("html") == text

    code = page.get_by_label("Which code applies to you?")
    code.select_option("nasw-2021")
    visit.settled()
    verdict = boundaryethics.consult(facts, "nasw-2021")
    assert same_html(visit, boundaryethics.render.html(verdict))
    assert page.locator("#danger").is_visible()
    code.select_option(boundaryethics.consult({}).policy.id)
    visit.settled()

    page.get_by_role("button", name="Save the worksheet").focus()
    page.keyboard.press("Shift+Tab")
    assert "Back" in focused(page)
    page.keyboard.press("Enter")
    page.wait_for_selector("#danger", state="hidden")
    visit.settled()
    assert "radio" in page.locator("#question").aria_snapshot()
    assert same_html(visit, boundaryethics.render.html(boundaryethics.consult({})))
    assert [] == visit.notes


def test_the_page_sends_and_stores_nothing(visit: TryPage, address: str) -> None:
    """All requests go to the page's own folder, and no input accepts free text."""
    visit.choose("No sign of danger")
    page = visit.page
    (worker,) = page.workers
    sends = """address => fetch(address, {mode: "no-cors"}).then(
      () => "sent", () => "blocked")"""

    assert all(one.removeprefix("blob:").startswith(address) for one in visit.asked)
    assert {"radio"} == {*page.locator("input").evaluate_all("e => e.map(x => x.type)")}
    assert 0 == page.locator("textarea, [contenteditable]").count()
    assert [0, 0, ""] == page.evaluate(
        "[localStorage.length, sessionStorage.length, document.cookie]"
    )
    assert [] == page.evaluate("indexedDB.databases()")
    assert [] == visit.notes
    assert "sent" == page.evaluate(sends, address)
    assert "sent" == worker.evaluate(sends, address)
    with served(BUILT) as other:
        assert "blocked" == page.evaluate(sends, other)
        assert "blocked" == worker.evaluate(sends, other)


def test_the_page_asks_the_same_questions_as_an_interview(visit: TryPage) -> None:
    """From start to end, the questions equal those of an interview in Python."""
    visit.page.get_by_label("Which code applies to you?").select_option("bacp-2018")
    visit.settled()
    at = boundaryethics.Interview("bacp-2018")
    while at.question is not None:
        assert visit.page.inner_text("#question h2") == at.question.text
        value, label = at.question.choices[0]
        visit.choose(label)
        at = at.answer(value)

    assert visit.page.inner_text("#question h2").startswith("Settled")
    assert not visit.page.locator("#continue").is_visible()
    assert same_html(visit, boundaryethics.render.html(at.verdict))
    assert len(at.steps) == visit.page.locator("#answers dd").count()


@pytest.mark.parametrize(
    "visit",
    [
        {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
        {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    ],
    ids=["phone", "dark"],
    indirect=True,
)
def test_the_page_is_accessible_and_fits_the_screen(visit: TryPage) -> None:
    """No serious accessibility problem exists at the first question or at the end."""
    assert [] == serious_faults(visit.page)
    assert visit.fits()
    visit.choose(IMMINENT)
    visit.page.get_by_text("Your answers", exact=True).click()
    assert [] == serious_faults(visit.page)
    assert visit.fits()
    danger = visit.page.locator("#danger").bounding_box()
    assert danger["y"] < visit.page.locator("h1").bounding_box()["y"]


@pytest.mark.parametrize(
    "visit", [{"viewport": {"width": 390, "height": 844}}], indirect=True
)
def test_a_new_crisis_action_is_visible_on_a_phone(visit: TryPage) -> None:
    """The action is on the screen although the next question has the focus."""
    page = visit.page
    seen = "element => element.getBoundingClientRect().top >= 0"
    visit.choose(IMMINENT)

    assert page.locator("#danger").evaluate(seen)
    assert page.inner_text("#question h2") in focused(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.get_by_label("Which code applies to you?").select_option("nasw-2021")
    visit.settled()
    visit.choose("I'm sure")
    assert page.locator("#question h2").evaluate(seen)
