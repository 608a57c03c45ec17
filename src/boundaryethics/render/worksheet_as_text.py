"""A worksheet as text, with rows of underscores to write on.

In: a sheet. Out: text that can be printed as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boundaryethics.render import worksheet_words as words
from boundaryethics.render.as_text import WIDTH, wrapped_lines
from boundaryethics.render.outline import Entry, Topic
from boundaryethics.render.worksheet_lines import (
    above_line,
    advice_line,
    choice_line,
    rule_line,
)
from boundaryethics.render.worksheet_parts import (
    Asked,
    Draft,
    FindOut,
    Given,
    Sheet,
)

_ROWS = 3
_POINT = ("  - ", "    ")
_BOX = ("  [ ] ", "      ")


def worksheet_text(sheet: Sheet) -> str:
    """*sheet* as text."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield from _opening(sheet)
    if sheet.urgent:
        yield from _draft(sheet.draft)
    yield from _headed(words.FACTS)
    yield from _facts(sheet.givens)
    yield from _headed(sheet.order)
    yield from _ranking(sheet)
    yield from _headed(words.STEPS)
    yield from _steps(sheet.steps)
    yield from _headed(words.FIND_OUT)
    yield from _find_out(sheet.find_out)
    yield from _headed(words.QUESTIONS)
    for number, asked in enumerate(sheet.asked, start=1):
        yield from _asked(number, asked)
    if not sheet.urgent:
        yield from _draft(sheet.draft)
    yield from (*_headed(words.DECISION), *_rows(), "", *_folded(sheet.closing))


def _opening(sheet: Sheet) -> Iterator[str]:
    yield from (sheet.title, "=" * len(sheet.title))
    if sheet.urgent:
        yield from (*_headed(Topic.URGENT), *_steps(sheet.urgent), "")
    yield from _folded(sheet.policy)
    blanks = f"{words.DATE}: ____________   {words.PRESENT}: ______________________"
    yield from ("", blanks, "", *_folded(sheet.caution))


def _facts(givens: Iterable[Given]) -> Iterator[str]:
    told = [f"{given.question} {given.value}" for given in givens]
    for line in told or [words.NO_FACTS]:
        yield from _folded(line, *_POINT)


def _steps(steps: Iterable[Entry]) -> Iterator[str]:
    for step in steps:
        yield from _folded(advice_line(step), *_BOX)


def _ranking(sheet: Sheet) -> Iterator[str]:
    for ranked in sheet.ranking:
        for choice in ranked.place.choices:
            line = choice_line(choice)
            yield from _folded(line, f"  {ranked.place.number}. ", "     ")
        if ranked.why:
            yield from _folded(ranked.why, "     ", "     ")
    for choice in sheet.ruled_out:
        yield from _folded(choice_line(choice), "  -  ", "     ")
    for notice in sheet.notices:
        yield from _folded(notice, "  ", "  ")


def _find_out(find_out: FindOut) -> Iterator[str]:
    for change in find_out.order:
        yield from _folded(change.question, *_BOX)
        for values, effect in change.effects:
            yield from _folded(f"if {values}: {effect}", "      - ", "        ")
    for intro, questions in find_out.lists:
        yield from _folded(intro, "  ", "  ")
        for question in questions:
            yield from _folded(question, *_BOX)
    if find_out.is_empty:
        yield from _folded(words.ALL_KNOWN, "  ", "  ")


def _asked(number: int, asked: Asked) -> Iterator[str]:
    if number > 1:
        yield ""
    yield from _folded(asked.entry.text, f"{number}. ", "   ")
    for sentence in asked.entry.spoken:
        mark = f"   [{sentence.number}] "
        yield from _folded(rule_line(sentence), mark, " " * len(mark))
    if asked.entry.numbers:
        yield from _folded(above_line(asked.entry.numbers), "   ", "   ")
    if not asked.entry.sentences:
        yield from _folded(words.NO_VOICE, "   ", "   ")
    if asked.prompts:
        yield f"   {words.REFLECT}:"
        for prompt in asked.prompts:
            yield from _folded(prompt, "   - ", "     ")
    yield from (f"   {words.NOTES}:", *_rows("   "))


def _draft(draft: Draft) -> Iterator[str]:
    yield from _headed(words.DRAFT)
    if not draft.said:
        yield from _folded(draft.instead, "  ", "  ")
        return
    for said in draft.said:
        if said.direction:
            yield from _folded(f"{words.DIRECTION}: {said.direction}", "  ", "  ")
        if said.says:
            yield from _folded(said.says, "  | ", "  | ")
    yield ""
    yield from _folded(words.DRAFT_NOTE, "  ", "  ")
    yield f"  {words.DRAFT_RULES}:"
    for slot, sentences in draft.parts:
        for sentence in sentences:
            told = f"{slot}, by {sentence.rule}: {rule_line(sentence)}"
            yield from _folded(told, *_POINT)


def _headed(heading: str) -> tuple[str, str, str]:
    return "", heading, "-" * len(heading)


def _rows(indent: str = "") -> tuple[str, ...]:
    return (indent + "_" * (WIDTH - len(indent)),) * _ROWS


def _folded(text: str, first: str = "", rest: str = "") -> list[str]:
    return wrapped_lines(text, first, rest, WIDTH)
