"""The sections of what is said of a verdict, each sentence said once.

In: a verdict. Out: sections of entries under which sentences stand. The first
time a rule speaks its sentence is told and numbered; after that the number does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from boundaryethics.model.options import Pull, Standing
from boundaryethics.model.reasons import Advice, Comparison, Reason
from boundaryethics.model.verdict import Verdict
from boundaryethics.render.asking import worth_asking
from boundaryethics.render.citing import cited
from boundaryethics.render.outline import Entry, Section, Sentence, Topic
from boundaryethics.render.words import (
    SPEAKING,
    STOOD,
    deciding,
    dilemma,
    listed,
    named,
    opened,
    shown,
)


def sections_of(verdict: Verdict) -> tuple[Section, ...]:
    """The sections of *verdict* that have something to say, in reading order."""
    told = {
        Topic.URGENT: _urgent(verdict),
        Topic.RULED_OUT: _ruled_out(verdict),
        Topic.BOUNDS: _bounds(verdict),
        Topic.ORDER: _order(verdict),
        Topic.STEPS: _steps(verdict),
        Topic.UNKNOWN: _unknown(verdict),
        Topic.SUPERVISION: _questions(verdict),
    }
    if len(verdict.ranking) == 1:
        early = (Topic.URGENT, Topic.RULED_OUT)
        first = {topic: told.pop(topic) for topic in early}
        told = {**first, Topic.FIRST_QUESTIONS: told.pop(Topic.UNKNOWN), **told}
    sections = (Section(topic=t, entries=tuple(entries)) for t, entries in told.items())
    return numbered(section for section in sections if section.entries)


def _urgent(verdict: Verdict) -> Iterator[Entry]:
    yield from (_advised(verdict, advice) for advice in verdict.urgent)


def _ruled_out(verdict: Verdict) -> Iterator[Entry]:
    """Each option that is ruled out, under its id, with the first rule that does it."""
    for option in verdict.ruled_out:
        rule = verdict.options[option].by(Pull.FORBIDS)[0].rule
        yield Entry(text=option.value, sentences=(sentence_of(verdict, rule),))


def _bounds(verdict: Verdict) -> Iterator[Entry]:
    for conflict in verdict.dilemmas:
        between = [named(verdict, option) for option in conflict.options]
        yield Entry(
            text=f"A dilemma: {dilemma(conflict.kind, between)}",
            sentences=tuple(sentence_of(verdict, rule) for rule in conflict.rules),
        )
    for assessment in verdict.assessments:
        is_ruled_out = assessment.standing is Standing.FORBIDDEN
        binding = assessment.by(Pull.FORBIDS if is_ruled_out else Pull.REQUIRES)
        # The first rule that rules an option out is told beside it.
        if len(binding) > is_ruled_out:
            subject = opened(named(verdict, assessment.option))
            yield Entry(
                text=f"{subject} is {STOOD[assessment.standing]}.",
                sentences=tuple(sentence_of(verdict, r.rule) for r in binding),
            )


def _order(verdict: Verdict) -> Iterator[Entry]:
    """The steps between numbered places, those alike told as one."""
    alike: dict[tuple[str, tuple[Sentence, ...]], list[str]] = {}
    for step in verdict.steps_between:
        if step.below in verdict.ruled_out:
            continue
        below = named(verdict, step.below)
        words = f"over {below}: {deciding(step.decided_by or '')}."
        above = alike.setdefault((words, _weighed(verdict, step)), [])
        above.append(named(verdict, step.above))
    for (words, sentences), above in alike.items():
        yield Entry(text=f"{opened(listed(above))} {words}", sentences=sentences)


def _weighed(verdict: Verdict, step: Comparison) -> tuple[Sentence, ...]:
    """What makes the difference, and what speaks the other way in vain."""
    outweighed = (
        attrs.evolve(sentence, speaks=f"outweighed, {sentence.speaks}")
        for sentence in _speaking(verdict, step.against)
    )
    return (*_speaking(verdict, step.reasons), *outweighed)


def _steps(verdict: Verdict) -> Iterator[Entry]:
    urgent = verdict.urgent
    yield from (_advised(verdict, one) for one in verdict.steps if one not in urgent)


def _advised(verdict: Verdict, advice: Advice) -> Entry:
    return Entry(
        text=shown(advice.says) or advice.step,
        source=cited(verdict.policy, advice.rules),
    )


def _questions(verdict: Verdict) -> Iterator[Entry]:
    for name, rules in verdict.questions:
        yield question_told(verdict, name, rules)


def question_told(verdict: Verdict, name: str, rules: Iterable[str]) -> Entry:
    """The question called *name*, with what *rules* say to it.

    What only advises a step is left out: that step says it.
    """
    advising = {rule for advice in verdict.steps for rule in advice.rules}
    speaking = {r.rule for a in verdict.assessments for r in a.reasons}
    voices = [r for r in rules if r in speaking or r not in advising]
    asked = verdict.policy.question.get(name)
    return Entry(
        text=shown(asked.says) if asked and asked.says else name,
        sentences=tuple(sentence_of(verdict, rule) for rule in voices),
    )


def _unknown(verdict: Verdict) -> Iterator[Entry]:
    for fact in worth_asking(verdict):
        yield Entry(text=shown(fact.ask) or fact.name, source=fact.name)


def _speaking(verdict: Verdict, reasons: Iterable[Reason]) -> tuple[Sentence, ...]:
    """One sentence a rule, with all that it speaks for and against among *reasons*."""
    heard: dict[str, list[str]] = {}
    for reason in reasons:
        said = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
        heard.setdefault(reason.rule, []).append(said)
    return tuple(
        attrs.evolve(sentence_of(verdict, rule), speaks=listed(said))
        for rule, said in heard.items()
    )


def sentence_of(verdict: Verdict, name: str) -> Sentence:
    """What the rule called *name* says, and where that is written."""
    rule = verdict.policy.rule[name]
    source = cited(verdict.policy, [name])
    return Sentence(rule=name, text=shown(rule.because) or name, source=source)


def numbered(sections: Iterable[Section]) -> tuple[Section, ...]:
    """*sections* with each rule's sentence told once, under a number of its own."""
    numbers: dict[str, int] = {}

    def with_number(sentence: Sentence) -> Sentence:
        told = sentence.rule in numbers
        number = numbers.setdefault(sentence.rule, len(numbers) + 1)
        return attrs.evolve(sentence, number=number, told=told)

    def entry_numbered(entry: Entry) -> Entry:
        return attrs.evolve(entry, sentences=tuple(map(with_number, entry.sentences)))

    return tuple(
        attrs.evolve(section, entries=tuple(map(entry_numbered, section.entries)))
        for section in sections
    )
