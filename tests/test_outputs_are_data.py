"""Texts of policies and situations never become script or markup in an output."""

from __future__ import annotations

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from boundaryethics import PictureError, charts, render
from support.public_results import instances, results, verdict

#: Each closes a script, an attribute, a comment, a style, CDATA or a JSON string.
HOSTILE = (
    "</script><script>alert(1)</script>"
    "\"'><img src=x onerror=alert(2)><!--</style></title></svg>]]>\\u003c`${a}"
)


class Tags(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the tag with its attributes."""
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_comment(self, data: str) -> None:
        """Record a comment; no output may have one."""
        self.tags.append(f"comment {data}")

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        self.text += data


def _pages(text: str) -> Iterator[tuple[str, str]]:
    """Yield each HTML output about a policy with this *text*."""
    yield "page", verdict(text).to_html(full=True)
    yield "worksheet", verdict(text).worksheet("html")
    yield "fragment", render.html(verdict(text), full=True)
    for kind, value in instances(text).items():
        shown = getattr(value, "_repr_html_", lambda: None)()
        if shown:
            yield kind.__name__, shown


def test_html_tags_do_not_depend_on_policy_texts() -> None:
    """Tags and attributes equal those for harmless texts."""
    tame = {name: Tags(page) for name, page in _pages("It is owed.")}

    for name, page in _pages(HOSTILE):
        found = Tags(page)
        assert set(found.tags) == set(tame[name].tags), name
        assert found.attributes == tame[name].attributes, name


def test_html_shows_every_character_of_the_texts() -> None:
    """Escaping keeps each character."""
    assert HOSTILE in Tags(verdict(HOSTILE).to_html(full=True)).text
    assert HOSTILE in Tags(verdict(HOSTILE).worksheet("html")).text


def test_notebooks_do_not_render_dollar_signs_as_math() -> None:
    """Text between dollar signs stays text."""
    for name, page in _pages("$20 and $50"):
        if name not in ("page", "worksheet"):
            opening = page[: page.index(">")]
            assert "tex2jax_ignore mathjax_ignore" in opening, name


def _charts(text: str) -> Iterator[tuple[str, Any]]:
    for name, value in results(text).items():
        if hasattr(value, "chart"):
            try:
                yield name, value.chart()
            except PictureError:
                continue


@pytest.mark.parametrize("ending", ["html", "svg", "json"])
def test_chart_elements_do_not_depend_on_policy_texts(
    ending: str, tmp_path: Path
) -> None:
    """Every chart has the elements of a chart with harmless texts."""
    pytest.importorskip("vl_convert")
    tame = dict(_charts("It is owed."))
    assert len(tame) > 10

    for name, chart in _charts(HOSTILE):
        files = [tmp_path / f"{name}-{n}.{ending}" for n in ("tame", "hostile")]
        for file, drawn in zip(files, (tame[name], chart), strict=True):
            charts.save(drawn, file)
        first, page = (file.read_text("utf-8") for file in files)
        if ending == "json":
            assert chart.to_dict() == json.loads(page)
        elif ending == "svg":
            assert {e.tag for e in ET.fromstring(first).iter()} == {  # noqa: S314
                e.tag
                for e in ET.fromstring(page).iter()  # noqa: S314
            }
        else:
            for sign in ("<script", "</script", "<!--", "<img", "onerror"):
                assert first.count(sign) == page.count(sign), (name, sign)


def test_markdown_contains_no_markup_from_texts() -> None:
    """A Markdown parser finds no markup in the texts."""
    written = [
        verdict(HOSTILE).to_markdown(full=True),
        verdict(HOSTILE).worksheet("markdown"),
        results(HOSTILE)["diff"].to_markdown(),
    ]

    for text in written:
        kinds = {
            part.type
            for token in MarkdownIt("commonmark").parse(text)
            for part in (token, *(token.children or ()))
        }
        assert {"html_block", "html_inline", "link_open", "image"}.isdisjoint(kinds)
