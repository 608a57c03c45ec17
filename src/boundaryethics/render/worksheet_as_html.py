"""A worksheet as one whole HTML page, for paper, a screen or a phone.

In: a sheet. Out: a page that needs nothing else, in which every text is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape

from boundaryethics.render import worksheet_words as words
from boundaryethics.render.outline import Entry, Topic
from boundaryethics.render.worksheet_lines import above_line, choice_line, rule_line
from boundaryethics.render.worksheet_parts import (
    Asked,
    Change,
    Draft,
    FindOut,
    Given,
    Sheet,
)
from boundaryethics.render.worksheet_style import STYLE

_ROWS = 4

#: What the clinician has to fill in.
_ASIDE = re.compile(r"(\[[^]]*\])")


def worksheet_html(sheet: Sheet) -> str:
    """*sheet* as an HTML page with its style."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"{_tagged('title', sheet.title)}\n<style>\n{STYLE}\n</style>"
    yield f"</head>\n<body>\n<main>\n<header>\n{_tagged('h1', sheet.title)}"
    if sheet.urgent:
        urgent = [_boxes(map(_step, sheet.urgent))]
        yield from _section(Topic.URGENT, urgent, "caution danger")
    yield f"{_tagged('p', sheet.policy)}\n{_blanks()}"
    yield f"{_tagged('p', sheet.caution, 'caution')}\n</header>"
    draft = [*_section(words.DRAFT, _draft(sheet.draft), "draft")]
    if sheet.urgent:
        yield from draft
    yield from _section(words.FACTS, _facts(sheet.givens))
    yield from _section(sheet.order, _ranking(sheet))
    yield from _section(words.STEPS, [_boxes(map(_step, sheet.steps))])
    yield from _section(words.FIND_OUT, _find_out(sheet.find_out))
    yield _tagged("h2", words.QUESTIONS)
    for number, asked in enumerate(sheet.asked, start=1):
        yield from _asked(number, asked)
    if not sheet.urgent:
        yield from draft
    yield from _section(words.DECISION, [_rows()], "decision")
    yield f"<footer>{_tagged('p', sheet.closing)}</footer>\n</main>\n</body>\n</html>"


def _blanks() -> str:
    blanks = (f"<span>{name} <i></i></span>" for name in (words.DATE, words.PRESENT))
    return f'<p class="blanks">{" ".join(blanks)}</p>'


def _section(heading: str, body: Iterable[str], kind: str = "") -> Iterator[str]:
    yield f'<section class="{kind}">' if kind else "<section>"
    yield _tagged("h2", heading)
    yield from body
    yield "</section>"


def _facts(givens: Iterable[Given]) -> Iterator[str]:
    rows = [
        f"<div>{_tagged('dt', g.question)}{_tagged('dd', g.value)}</div>"
        for g in givens
    ]
    if rows:
        yield from ("<dl>", *rows, "</dl>")
    else:
        yield _tagged("p", words.NO_FACTS)


def _ranking(sheet: Sheet) -> Iterator[str]:
    yield '<ul class="ranking">'
    for ranked in sheet.ranking:
        number = f'<b class="place">{ranked.place.number}</b>'
        lines = (choice_line(choice) for choice in ranked.place.choices)
        chosen = "<br>".join(escape(line) for line in lines)
        why = f"<br>{_tagged('small', ranked.why)}" if ranked.why else ""
        yield f"<li>{number}<div><strong>{chosen}</strong>{why}</div></li>"
    for choice in sheet.ruled_out:
        dash = '<b class="place">\N{EN DASH}</b>'
        yield f"<li>{dash}{_tagged('div', choice_line(choice))}</li>"
    yield "</ul>"
    yield from (_tagged("p", notice, "notice") for notice in sheet.notices)


def _step(step: Entry) -> str:
    source = f" {_tagged('cite', f'({step.source})')}" if step.source else ""
    return f"{escape(step.text)}{source}"


def _find_out(find_out: FindOut) -> Iterator[str]:
    if find_out.order:
        yield _boxes(_change(change) for change in find_out.order)
    for intro, questions in find_out.lists:
        yield _tagged("p", intro)
        yield _boxes(escape(question) for question in questions)
    if find_out.is_empty:
        yield _tagged("p", words.ALL_KNOWN)


def _change(change: Change) -> str:
    effects = "".join(
        f"<li>if {_tagged('b', values)}: {escape(effect)}</li>"
        for values, effect in change.effects
    )
    return f"{escape(change.question)}\n<ul>{effects}</ul>"


def _boxes(items: Iterable[str]) -> str:
    """*items*, which are markup already, each with a box to tick."""
    listed = "\n".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="boxes">\n{listed}\n</ul>'


def _asked(number: int, asked: Asked) -> Iterator[str]:
    yield '<section class="question">'
    yield _tagged("h3", f"{number}. {asked.entry.text}")
    if asked.entry.sentences:
        yield '<ul class="voices">'
        for sentence in asked.entry.spoken:
            source = f" {_tagged('cite', f'({sentence.source})')}"
            source = source if sentence.source else ""
            yield f"<li>[{sentence.number}] {escape(sentence.text)}{source}</li>"
        if asked.entry.numbers:
            yield _tagged("li", above_line(asked.entry.numbers))
        yield "</ul>"
    else:
        yield _tagged("p", words.NO_VOICE)
    if asked.prompts:
        items = "\n".join(_tagged("li", prompt) for prompt in asked.prompts)
        yield f'{_tagged("h4", words.REFLECT)}\n<ul class="prompts">\n{items}\n</ul>'
    yield f"{_tagged('h4', words.NOTES)}\n{_rows()}\n</section>"


def _draft(draft: Draft) -> Iterator[str]:
    if not draft.said:
        yield _tagged("p", draft.instead)
        return
    for said in draft.said:
        if said.direction:
            told = f"{_tagged('b', words.DIRECTION + ':')} {escape(said.direction)}"
            yield f'<p class="direction">{told}</p>'
        if said.says:
            says = _ASIDE.sub(r"<span>\1</span>", escape(said.says))
            yield f"<blockquote>{says}</blockquote>"
    yield _tagged("p", words.DRAFT_NOTE)
    yield f'{_tagged("h3", words.DRAFT_RULES)}\n<ul class="licences">'
    for slot, sentences in draft.parts:
        for sentence in sentences:
            rule = f"{escape(slot)}, by {_tagged('code', sentence.rule)}"
            yield f"<li>{rule}: {escape(rule_line(sentence))}</li>"
    yield "</ul>"


def _rows() -> str:
    return f'<div class="rows" aria-hidden="true">{"<i></i>" * _ROWS}</div>'


def _tagged(tag: str, text: str, kind: str = "") -> str:
    opening = f'{tag} class="{kind}"' if kind else tag
    return f"<{opening}>{escape(text)}</{tag}>"
