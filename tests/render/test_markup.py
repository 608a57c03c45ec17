"""Markdown and HTML have the same content, and policy texts are never markup."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

import boundaryethics
from boundaryethics import render
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import Block, outline
from boundaryethics.render.wording import Item
from support import verdicts

VOID = {"br", "hr", "img", "input", "link", "meta"}

HOSTILE = '<script>alert("x")</script> & *bold* [link](javascript:alert)'


class Outline(HTMLParser):
    """The tags and the text of a fragment; badly nested tags raise an error."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(fragment)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Record the tag as open."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last; it must be this tag."""
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        """Collect text, except styles."""
        if self.open[-1:] != ["style"]:
            self.text += data


def hostile() -> Verdict:
    """Return a verdict of a policy whose every text contains markup."""
    written = {
        **verdicts.WRITTEN,
        "title": HOSTILE,
        "facts": {
            name: {**fact, "question": HOSTILE}
            for name, fact in verdicts.WRITTEN["facts"].items()
        },
        "sources": {"code": {"short": HOSTILE}},
        "principles": {
            name: {**principle, "title": HOSTILE}
            for name, principle in verdicts.WRITTEN["principles"].items()
        },
        "actions": {
            "supervise": {"says": HOSTILE},
            "act": {"says": HOSTILE, "urgent": True},
        },
        "labels": [
            {o: {"says": HOSTILE, "named": HOSTILE} for o in ("decline", "ignore")}
        ],
        "questions": {"harm": {"says": HOSTILE}, "declining": {"says": HOSTILE}},
        "rules": [{**rule, "because": HOSTILE} for rule in verdicts.WRITTEN["rules"]],
    }
    return verdicts.message_from_an_active_client(verdicts.policy(written))


def test_policy_texts_are_escaped_in_html() -> None:
    """No text of a policy opens a tag."""
    read = Outline(render.html(hostile()))

    assert HOSTILE in read.text
    assert {"script", "a", "img", "iframe"}.isdisjoint(tag for tag, _ in read.tags)


def test_html_is_well_nested() -> None:
    """Each element is closed in order."""
    for verdict in (verdicts.nothing_known(), verdicts.dilemma()):
        assert [] == Outline(render.html(verdict)).open


def test_html_needs_no_other_files() -> None:
    """No element refers to a file or an address, so the fragment works offline."""
    tags = Outline(render.html(verdicts.message_from_an_active_client())).tags
    named = {name for _, attributes in tags for name in attributes}

    assert {"class", "value"} == named
    assert "url(" not in render.html(verdicts.message_from_an_active_client())


def test_html_styles_only_itself() -> None:
    """Each selector begins with the fragment's own class."""
    fragment = render.html(verdicts.message_from_an_active_client())
    style = fragment.partition("<style>")[2].partition("</style>")[0]
    style = style.replace("@media print {", "")
    selectors = [
        one.strip()
        for block in style.split("}")
        for one in block.partition("{")[0].split(",")
        if one.strip()
    ]

    assert selectors
    assert all(one.startswith(".boundaryethics") for one in selectors)


def test_html_is_accessible_to_screen_readers() -> None:
    """There are headings, and the ranks are an ordered list."""
    tags = Outline(render.html(verdicts.message_from_an_active_client())).tags
    ranks = [attributes["value"] for _, attributes in tags if "value" in attributes]

    assert ["h3", "h4"] == sorted({tag for tag, _ in tags if tag[0] == "h"})
    assert "ol" in {tag for tag, _ in tags}
    assert ["1", "2", "3", "3"] == ranks


def test_html_pages_support_phones_print_and_dark_mode() -> None:
    """A page follows the reader's colors, and fits a phone and a sheet of paper."""
    page = render.html(verdicts.message_from_an_active_client(), page=True)
    tags = Outline(page.removeprefix("<!DOCTYPE html>")).tags

    assert page.startswith("<!DOCTYPE html>")
    assert "color-scheme: light dark" in page
    assert "width=device-width" in page
    assert "@media print" in page
    assert {"link", "script", "img"}.isdisjoint(tag for tag, _ in tags)


def test_policy_texts_are_escaped_in_markdown() -> None:
    """No text of a policy opens a tag, a link or an emphasis."""
    text = render.markdown(hostile())

    assert "<script" not in text.replace(r"\<script", "")
    assert r"\*bold\* \[link\](javascript:alert)" in text


def sentences(outline: tuple[Block, ...]) -> list[str]:
    """Return every heading, sentence and section of *outline*, in order."""

    def said(item: Item) -> list[str]:
        return [
            item.text,
            *filter(None, [item.source]),
            *(text for below in item.below for text in said(below)),
        ]

    return [
        text
        for block in outline
        for text in (block.heading, *(t for item in block.items for t in said(item)))
        if text
    ]


@pytest.mark.parametrize("full", [False, True], ids=["short", "full"])
@pytest.mark.parametrize(
    "verdict",
    [
        verdicts.message_from_an_active_client(),
        verdicts.dilemma(),
        verdicts.danger(),
        verdicts.danger(tied=True),
        boundaryethics.consult({"contact": "message", "client_status": "active"}),
        boundaryethics.consult({}),
    ],
    ids=["message", "dilemma", "danger", "danger, tied", "apa-2017", "nothing known"],
)
def test_all_formats_have_the_same_sentences(verdict: Verdict, *, full: bool) -> None:
    """Each sentence of the outline is in text, Markdown and HTML, in one order.

    HTML does not name commands, because it is not read in a terminal.
    """
    forms = {
        "text": render.text(verdict, 1000, full=full),
        "markdown": render.markdown(verdict, full=full).replace("\\", ""),
        "html": Outline(render.html(verdict, full=full)).text,
    }
    for name, form in forms.items():
        rest = " ".join(form.split()).lower()
        commands = name != "html"
        assert commands or "`" not in form
        for sentence in sentences(outline(verdict, full=full, commands=commands)):
            _, found, rest = rest.partition(" ".join(sentence.split()).lower())
            assert found, (name, sentence)


@pytest.mark.parametrize("tied", [False, True], ids=["ruled out", "tied"])
def test_markdown_and_html_begin_with_danger(*, tied: bool) -> None:
    """Urgent advice comes before everything else, even before a tie."""
    verdict = verdicts.danger(tied=tied)
    markdown = render.markdown(verdict)
    html = Outline(render.html(verdict)).text.split()

    assert markdown.startswith("## Danger: do this first\n\n- Act now. (Code, B)\n")
    assert ["Danger:", "do", "this", "first", "Act", "now."] == html[:6]
    assert 1 == markdown.count("Act now.")


def test_options_that_are_ruled_out_have_no_number_in_markup() -> None:
    """They follow the ranks in a list without numbers."""
    markdown = render.markdown(verdicts.danger())
    html = render.html(verdicts.danger())
    because = "Never in danger. (Code, 3.05)"

    assert f"- Not responding is ruled out. {because}" in markdown
    assert "**3.**" not in markdown
    assert 'value="3"' not in html
    assert "<li>Not responding is ruled out. Never in danger." in html
