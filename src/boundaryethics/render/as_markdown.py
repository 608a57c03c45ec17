"""A verdict as Markdown.

In: a verdict. Out: text in which nothing from a policy is taken for markup.
"""

from __future__ import annotations

from collections.abc import Iterator

from boundaryethics.model.verdict import Verdict
from boundaryethics.render.marking import escaped
from boundaryethics.render.outline import Choice, Entry, Outline, Sentence
from boundaryethics.render.outlining import outline
from boundaryethics.render.words import opened


def markdown(verdict: Verdict) -> str:
    """*verdict* as Markdown, headings from the second level down."""
    return "\n".join(_lines(outline(verdict))) + "\n"


def _lines(told: Outline) -> Iterator[str]:
    if told.urgent:
        yield from (f"## {told.urgent.topic}", "")
        for entry in told.urgent.entries:
            yield from _entry(entry)
        yield ""
    yield from (f"## {told.title}", "")
    for place in told.places:
        for choice in place.choices:
            yield f"- **{place.number}.** {_choice(choice)}"
    for choice in told.ruled_out:
        yield f"- {_choice(choice)}"
    for notice in told.notices:
        yield from ("", escaped(notice))
    for section in told.sections:
        yield from ("", f"### {section.topic}", "")
        for entry in section.entries:
            yield from _entry(entry)
    for line in told.closing:
        yield from ("", f"*{escaped(line)}*")


def _choice(choice: Choice) -> str:
    standing = f": {choice.standing}" if choice.standing else ""
    why = f". {_why(choice.reason)}" if choice.reason else ""
    return f"{escaped(choice.words)} (`{choice.option}`){standing}{why}"


def _why(reason: Sentence) -> str:
    return rf"See \[{reason.number}\] above." if reason.told else _sentence(reason)


def _entry(entry: Entry) -> Iterator[str]:
    source = f" ({escaped(entry.source)})" if entry.source else ""
    numbers = "".join(rf" \[{number}\]" for number in entry.numbers)
    yield f"- {escaped(entry.text)}{source}{numbers}"
    for sentence in entry.spoken:
        yield f"  - {_sentence(sentence)}"


def _sentence(sentence: Sentence) -> str:
    number = rf"\[{sentence.number}\]"
    speaks = f" {escaped(opened(sentence.speaks))}:" if sentence.speaks else ""
    if sentence.told:
        return f"{number}{speaks} as above."
    source = f" ({escaped(sentence.source)})" if sentence.source else ""
    return f"{number}{speaks} {escaped(sentence.text)}{source}"
