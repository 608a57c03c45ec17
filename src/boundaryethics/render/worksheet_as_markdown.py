"""A worksheet as Markdown, in which nothing from a policy is taken for markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from boundaryethics.render import worksheet_words as words
from boundaryethics.render.marking import escaped
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

#: Each row is a rule across the page, to write on when printed.
_ROWS = ("", "____", "", "____", "", "____")


def worksheet_markdown(sheet: Sheet) -> str:
    """*sheet* as Markdown."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    yield f"# {sheet.title}"
    if sheet.urgent:
        yield from _headed(Topic.URGENT)
        yield from _steps(sheet.urgent)
    yield from ("", escaped(sheet.policy))
    yield from ("", f"{words.DATE}: \\_\\_\\_\\_\\_\\_\\_\\_")
    yield from ("", f"{words.PRESENT}: \\_\\_\\_\\_\\_\\_\\_\\_")
    yield from ("", f"*{escaped(sheet.caution)}*")
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
    yield from _headed(words.QUESTIONS)[:2]
    for number, asked in enumerate(sheet.asked, start=1):
        yield from _asked(number, asked)
    if not sheet.urgent:
        yield from _draft(sheet.draft)
    yield from (*_headed(words.DECISION)[:2], *_ROWS, "", f"*{escaped(sheet.closing)}*")


def _facts(givens: Iterable[Given]) -> Iterator[str]:
    told = [f"{escaped(g.question)} **{escaped(g.value)}**" for g in givens]
    yield from (f"- {line}" for line in told or [words.NO_FACTS])


def _steps(steps: Iterable[Entry]) -> Iterator[str]:
    for step in steps:
        yield f"- [ ] {escaped(advice_line(step))}"


def _ranking(sheet: Sheet) -> Iterator[str]:
    for ranked in sheet.ranking:
        for choice in ranked.place.choices:
            line = escaped(choice_line(choice))
            yield f"- **{ranked.place.number}.** {line}"
        if ranked.why:
            yield f"  - {escaped(ranked.why)}"
    yield from (f"- {escaped(choice_line(choice))}" for choice in sheet.ruled_out)
    for notice in sheet.notices:
        yield from ("", escaped(notice))


def _find_out(find_out: FindOut) -> Iterator[str]:
    for change in find_out.order:
        yield f"- [ ] {escaped(change.question)}"
        for values, effect in change.effects:
            yield f"  - if **{escaped(values)}**: {escaped(effect)}"
    for intro, questions in find_out.lists:
        yield from ("", intro, "")
        yield from (f"- [ ] {escaped(question)}" for question in questions)
    if find_out.is_empty:
        yield words.ALL_KNOWN


def _asked(number: int, asked: Asked) -> Iterator[str]:
    yield from ("", f"### {number}. {escaped(asked.entry.text)}", "")
    for sentence in asked.entry.spoken:
        yield f"- {escaped(f'[{sentence.number}] {rule_line(sentence)}')}"
    if asked.entry.numbers:
        yield f"- {escaped(above_line(asked.entry.numbers))}"
    if not asked.entry.sentences:
        yield words.NO_VOICE
    if asked.prompts:
        yield from ("", f"{words.REFLECT}:", "")
        yield from (f"- *{escaped(prompt)}*" for prompt in asked.prompts)
    yield from ("", f"{words.NOTES}:", *_ROWS)


def _draft(draft: Draft) -> Iterator[str]:
    yield from _headed(words.DRAFT)
    if not draft.said:
        yield escaped(draft.instead)
        return
    for said in draft.said:
        if said.direction:
            yield from (f"*{words.DIRECTION}:* {escaped(said.direction)}", "")
        if said.says:
            yield from (f"> {escaped(said.says)}", "")
    yield words.DRAFT_NOTE
    yield from ("", f"{words.DRAFT_RULES}:", "")
    for slot, sentences in draft.parts:
        for sentence in sentences:
            rule = f"`{sentence.rule}`"
            yield f"- {slot}, by {rule}: {escaped(rule_line(sentence))}"


def _headed(heading: str) -> tuple[str, str, str]:
    return "", f"## {heading}", ""
