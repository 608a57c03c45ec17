"""Test the documentation site in Chromium: search, accessibility, contents."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

import boundaryethics
from support.chromium import needs_chromium, serious_faults, served, started

pytest.importorskip("sphinx", reason="the extra `docs` is not installed")

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.slow,
    needs_chromium,
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site; any warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    built = ("-m", "sphinx", "-q", "-W", "-c", "docs", "-d", folder / "kept", ".")
    subprocess.run([sys.executable, *built, folder / "html"], cwd=ROOT, check=True)
    return folder / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Serve the site and return its URL."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """Open a page that is as wide as a phone screen."""
    with started() as browser:
        yield browser.new_page(viewport={"width": 390, "height": 844})


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sensitivity analysis", "docs/how-to/analyze-sensitivity"),
        ("counterfactual", "docs/how-to/explain-a-ranking"),
        ("Kendall's W", "docs/how-to/compare-with-raters"),
        ("exit status", "docs/reference/command"),
        ("how to add a fact", "docs/how-to/add-a-fact"),
        ("rank acceptability", "docs/how-to/analyze-sensitivity"),
        ("MCP", "docs/how-to/use-with-an-assistant"),
        ("population", "docs/how-to/compare-policies"),
        ("danger", "docs/explanation/limits"),
        ("interview", "docs/how-to/interview"),
        ("privacy", "docs/explanation/limits"),
        ("policy", "docs/how-to/write-a-policy"),
    ],
)
def test_search_finds_the_terms_of_the_field(
    page: Any, address: str, query: str, expected: str
) -> None:
    """The page about a term is among the first five results."""
    assert expected in first_results(page, address, query)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("policy", "docs/how-to/write-a-policy"),
        ("install", "README"),
        ("HIPAA", "docs/explanation/limits"),
        ("confidentiality", "docs/explanation/limits"),
        ("danger", "docs/explanation/limits"),
        ("crisis", "docs/explanation/limits"),
    ],
)
def test_search_shows_the_page_about_a_common_word_first(
    page: Any, address: str, query: str, expected: str
) -> None:
    """A word that is on many pages leads to the page about it."""
    assert expected == first_results(page, address, query)[0]


def first_results(page: Any, address: str, query: str) -> list[str]:
    """Search, and return the pages of the first five results."""
    page.goto(f"{address}search.html?q={quote_plus(query)}")
    page.wait_for_selector("#search-results p.search-summary:has-text('finished')")
    links = "links => links.slice(0, 5).map(link => link.getAttribute('href'))"
    found = page.eval_on_selector_all("#search-results li > a", links)
    return [link.partition(".html")[0] for link in found]


@pytest.mark.parametrize(
    "name",
    [
        "docs/index",
        "docs/how-to/compare-with-raters",
        "docs/policies/apa-2017",
        "docs/reference/api/analysis",
        "examples/policy_variants",
    ],
)
def test_pages_have_no_serious_accessibility_problem(
    page: Any, address: str, name: str
) -> None:
    """Axe-core finds no serious problem, and a phone needs no sideways scrolling."""
    page.goto(f"{address}{name}.html")
    width = page.evaluate("document.documentElement.scrollWidth")

    assert [] == serious_faults(page)
    assert 390 >= width


def test_every_public_name_is_in_the_api_reference(site: Path) -> None:
    """The pages of the Python API have an entry for each public name."""
    pages = (site / "docs" / "reference" / "api").glob("*.html")
    text = "\n".join(page.read_text("utf-8") for page in pages)
    modules = {"__version__", "charts", "policies", "render"}

    assert [] == [
        name
        for name in boundaryethics.__all__
        if name not in modules
        and f'id="boundaryethics.{name}"' not in text
        and f'.{name}"' not in text
    ]


def test_links_to_source_files_lead_to_the_repository(site: Path) -> None:
    """A link to a file that is not a page leads to the repository."""
    text = (site / "docs" / "reference" / "json.html").read_text("utf-8")
    blob = "https://github.com/boundaryethics/boundaryethics/blob/main/"

    assert f'href="{blob}rules/schema/verdict.schema.json"' in text


def test_the_root_of_the_site_redirects_to_the_front_page(
    page: Any, address: str
) -> None:
    """The root has no page of its own."""
    page.goto(address)
    page.wait_for_url(f"{address}docs/index.html")

    assert boundaryethics.__version__ in page.title()
