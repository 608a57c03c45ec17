"""A Markdown parser reads every text of a policy unchanged."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

import boundaryethics
from boundaryethics.render.wording import escaped

#: Texts with a special meaning in Markdown, at the start of a line or anywhere.
TEXTS = (
    "1. Ring the supervisor.",
    "1) Ring the supervisor.",
    "123456789. Ring",
    "1.",
    "- Ring",
    "-",
    "---",
    "+ Ring",
    "* Ring",
    "***",
    "# Ring",
    "> Ring",
    "= Ring",
    "===",
    "```",
    "~~~",
    "| a | b |",
    "|---|",
    "[x] done",
    "[a]: b",
    "<b>bold</b>",
    "<!-- note -->",
    "<script>alert(1)</script>",
    "&lt; &amp;",
    "![a](b)",
    "[a](javascript:b)",
    "_a_ *b* ~~c~~ `d`",
    "\\*",
    "    four spaces",
    "$a$ and $b$",
    "3.05 or 1.5",
    "a\\",
)
PLAIN = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def shown(markdown: str) -> list[str]:
    """Return the text of each paragraph, heading, item and cell."""
    return [
        "".join(part.content for part in token.children or ())
        for token in PLAIN.parse(markdown)
        if token.type == "inline"
    ]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("before", ["", "- ", "> ", "- [x] ", "Above\n", "**1.** "])
def test_a_text_is_parsed_as_plain_text(text: str, before: str) -> None:
    """No text becomes a list, a heading, a rule, a table or HTML."""
    parts = shown(f"{before}{escaped(text)}\n")
    tokens = {token.type for token in PLAIN.parse(before + escaped(text))}

    assert parts[-1].endswith(" ".join(text.split()))
    assert {"html_block", "hr", "fence", "code_block", "table_open"}.isdisjoint(tokens)
    assert len([*PLAIN.parse(before + escaped(text))]) == len(
        [*PLAIN.parse(f"{before}Plain")]
    )


@pytest.mark.parametrize("text", TEXTS)
def test_every_markdown_output_keeps_texts_unchanged(text: str) -> None:
    """Verdicts, worksheets and differences show the texts of a policy."""
    policy = _saying(text)
    verdict = boundaryethics.consult({"contact": text.strip()}, policy)
    flat = " ".join(text.split())

    for written in (
        verdict.to_markdown(full=True),
        verdict.worksheet("markdown"),
        boundaryethics.diff(policy, _saying("other")).to_markdown(),
    ):
        read = shown(written)
        assert any(flat in one for one in read), written
        assert [] == [t for t in PLAIN.parse(written) if t.type == "html_block"]
    assert len(shown(verdict.to_markdown())) == len(
        shown(boundaryethics.consult({"contact": "b"}, _saying("b")).to_markdown())
    )


def _saying(text: str) -> boundaryethics.Policy:
    said, value = {"says": text, "named": text}, text.strip()
    fact = boundaryethics.Fact(
        name="contact",
        question=text,
        values=tuple(dict.fromkeys((value, "other", "b"))),
    )
    rule = {"when": {"contact": value}, "principle": "care", "because": text}
    vocabulary = boundaryethics.Vocabulary((fact,))
    return boundaryethics.Policy(id="base", vocabulary=vocabulary).variant(
        "small",
        title=text,
        sources={"code": {"short": text, "title": text}},
        principles={
            "care": {"title": text, "cites": [{"source": "code", "section": text}]}
        },
        actions={"act": {"says": text}},
        questions={"harm": text},
        labels=[{"decline": said}],
        draft_parts={"thanks": {"slot": "thanks", "says": text, "direction": text}},
        add=[
            {
                "id": "one",
                **rule,
                "then": {
                    "favors": {"decline": "strong"},
                    "advises": "act",
                    "drafts": "thanks",
                },
                "asks": ["harm"],
            }
        ],
    )
