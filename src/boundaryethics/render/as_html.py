"""A verdict as one HTML fragment that needs nothing else.

In: a verdict. Out: HTML with its own style, for light and dark pages, in which
every text is escaped: policies and situations are written by users.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import Choice, Entry, Outline, Section, Sentence
from boundaryethics.render.outlining import outline
from boundaryethics.render.words import opened

# Colours are those of the page, so that the fragment is at home on any.
_STYLE = """\
.boundaryethics { max-width: 46em; line-height: 1.45; color: inherit; }
.boundaryethics table { border-collapse: collapse; margin: 0.5em 0; }
.boundaryethics th, .boundaryethics td {
  padding: 0.2em 0.8em 0.2em 0; text-align: left; font-weight: inherit;
  border-bottom: 1px solid currentColor; color: inherit; background: none;
}
.boundaryethics thead th, .boundaryethics .best th { font-weight: bold; }
.boundaryethics cite, .boundaryethics footer { font-style: normal; opacity: 0.8; }
.boundaryethics li { margin: 0.15em 0; }
.boundaryethics .danger { border: 2px solid currentColor; padding: 0 0.8em; }"""


def html(verdict: Verdict) -> str:
    """*verdict* as an HTML fragment with its style."""
    return "\n".join(_lines(outline(verdict))) + "\n"


def _lines(told: Outline) -> Iterator[str]:
    yield f'<div class="boundaryethics">\n<style>\n{_STYLE}\n</style>'
    if told.urgent:
        yield f'<section class="danger">\n{_tagged("h3", told.urgent.topic)}\n<ul>'
        for entry in told.urgent.entries:
            yield from _entry(entry)
        yield "</ul>\n</section>"
    yield _tagged("h3", told.title)
    yield from _ranking(told)
    for notice in told.notices:
        yield _tagged("p", notice)
    for section in told.sections:
        yield from _section(section)
    yield "<footer>"
    for line in told.closing:
        yield _tagged("p", line)
    yield "</footer>\n</div>"


def _ranking(told: Outline) -> Iterator[str]:
    heads = "".join(
        f'<th scope="col">{head}</th>' for head in ("Place", "Response", "Standing")
    )
    yield f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>"
    for place in told.places:
        best = ' class="best"' if place.number == 1 else ""
        for choice in place.choices:
            standing = escape(choice.standing or "open")
            yield f"<tr{best}>{_row(str(place.number), choice, standing)}</tr>"
    for choice in told.ruled_out:
        why = f". {_why(choice.reason)}" if choice.reason else ""
        row = _row("\N{EN DASH}", choice, f"{escape(choice.standing)}{why}")
        yield f"<tr>{row}</tr>"
    yield "</tbody>\n</table>"


def _row(place: str, choice: Choice, standing: str) -> str:
    """The cells of *choice*; *standing* is markup already."""
    response = f"{escape(choice.words)} <code>{escape(choice.option)}</code>"
    return f'<td>{place}</td><th scope="row">{response}</th><td>{standing}</td>'


def _why(reason: Sentence) -> str:
    return f"See [{reason.number}] above." if reason.told else _sentence(reason)


def _section(section: Section) -> Iterator[str]:
    yield f"<section>\n{_tagged('h4', section.topic)}\n<ul>"
    for entry in section.entries:
        yield from _entry(entry)
    yield "</ul>\n</section>"


def _entry(entry: Entry) -> Iterator[str]:
    numbers = "".join(f" [{number}]" for number in entry.numbers)
    yield f"<li>{escape(entry.text)}{_source(entry.source)}{numbers}"
    if entry.spoken:
        yield "<ul>"
        yield from (f"<li>{_sentence(sentence)}</li>" for sentence in entry.spoken)
        yield "</ul>"
    yield "</li>"


def _sentence(sentence: Sentence) -> str:
    speaks = f" {opened(escape(sentence.speaks))}:" if sentence.speaks else ""
    said = "as above." if sentence.told else escape(sentence.text)
    source = "" if sentence.told else _source(sentence.source)
    return f"[{sentence.number}]{speaks} {said}{source}"


def _source(source: str) -> str:
    return f" <cite>({escape(source)})</cite>" if source else ""


def _tagged(tag: str, text: str) -> str:
    return f"<{tag}>{escape(text)}</{tag}>"
