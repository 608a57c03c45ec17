"""Fill in a supervision worksheet, before a template formats it.

The decision is on the first page. The questions and the draft message follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import final

import attrs

from boundaryethics.model.rules import Prompt
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.outline import (
    Block,
    Numbers,
    advised,
    check,
    danger,
    is_ranked,
    notices,
    order,
    phrases,
    policy_line,
    question_text,
    steps,
    to_check,
    voices_on,
)
from boundaryethics.render.unknown import OpenFacts, find_open_facts
from boundaryethics.render.wording import Item, opened, sentence_of, shown


@final
@attrs.frozen(kw_only=True)
class SupervisionQuestion:
    """A question for supervision, with the reasons of the rules that address it."""

    text: str
    #: The reasons that appear here for the first time, marked with their numbers.
    reasons: tuple[Item, ...]
    #: The numbers of reasons that also appear under an earlier question.
    also: tuple[int, ...]
    #: The prompts to reflect on.
    prompts: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class Worksheet:
    """The contents of a worksheet."""

    danger: Block
    #: The questions whose answers could make an action urgent, each with its answers.
    checks: tuple[tuple[Item, tuple[str, ...]], ...]
    #: The titles of groups of facts, each with the group's stated facts.
    situation: tuple[tuple[str, str], ...]
    #: Whether the responses are ranked, so that readers can agree or disagree.
    ranked: bool
    order: Block
    #: The reasons why each rank is above the next.
    reasons: tuple[Item, ...]
    notices: tuple[Item, ...]
    actions: tuple[Item, ...]
    #: The unknown facts that could change the answer.
    found: OpenFacts
    questions: tuple[SupervisionQuestion, ...]
    #: The directions in the draft message, each with the sentences that follow it.
    draft: tuple[tuple[str, str], ...]
    #: The reasons why parts of the draft are included, marked with their slots.
    licenses: tuple[Item, ...]
    #: Whether the policy has any draft parts.
    has_parts: bool
    policy: str


def sheet(verdict: Verdict, prompts: Mapping[str, tuple[Prompt, ...]]) -> Worksheet:
    """Fill in the worksheet for *verdict*, with *prompts* that fit its situation."""
    found = find_open_facts(verdict)
    ranking, *_ = order(verdict, found, to_check(verdict, found), full=False)
    rest = [advice for advice in verdict.actions if advice not in verdict.urgent]
    return Worksheet(
        danger=danger(verdict),
        checks=tuple(
            (item, tuple(shown(one.fact.label(v)) for v in one.fact.values))
            for item, one in check(verdict, found)
        ),
        situation=tuple(phrases(verdict)),
        ranked=is_ranked(verdict),
        order=ranking,
        reasons=tuple(
            sentence_of(verdict, rule, step)
            for step, rules, _ in steps(verdict)
            for rule in rules
        ),
        notices=tuple(notices(verdict)),
        actions=advised(verdict, rest),
        found=found,
        questions=tuple(_questions(verdict, prompts)),
        draft=tuple(_draft(verdict)),
        licenses=tuple(_licenses(verdict)),
        has_parts=bool(verdict.policy.draft_parts),
        policy=policy_line(verdict),
    )


def _questions(
    verdict: Verdict, prompts: Mapping[str, tuple[Prompt, ...]]
) -> Iterator[SupervisionQuestion]:
    """Yield every question in the policy. Each rule's reason appears only once."""
    speaking = dict(verdict.questions)
    numbers = Numbers()
    for name in verdict.policy.question:
        rules = voices_on(verdict, speaking.get(name, ()))
        new = [rule for rule in rules if rule not in numbers]
        yield SupervisionQuestion(
            text=question_text(verdict, name),
            also=tuple(sorted(numbers[rule] for rule in rules if rule not in new)),
            reasons=tuple(sentence_of(verdict, r, f"[{numbers[r]}]") for r in new),
            prompts=tuple(
                shown(prompt.says)
                for prompt in prompts.get(name, ())
                if prompt.fits(dict(verdict.situation.items()))
            ),
        )


def _licenses(verdict: Verdict) -> Iterator[Item]:
    """Yield each reason for the draft once, preceded by the slots that it supports."""
    slots = dict[str, dict[str, None]]()
    for part, rules in verdict.draft:
        for rule in rules:
            slots.setdefault(rule, {})[part.slot] = None
    for rule, named in slots.items():
        yield sentence_of(verdict, rule, opened(", ".join(named)))


def _draft(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield each direction for the clinician, followed by its draft sentences."""
    direction, says = "", ""
    for part, _ in verdict.draft:
        if part.direction:
            if direction or says:
                yield direction, says
            direction, says = shown(part.direction), ""
        says = f"{says} {shown(part.says)}".strip()
    if direction or says:
        yield direction, says
