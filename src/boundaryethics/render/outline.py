"""Put a verdict into words, before they are laid out in any form.

Text, Markdown and HTML print one outline, so that all three say the same. The first
sentence of a rule gets a number; after that the number stands for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import groupby
from typing import assert_never, final

import attrs

from boundaryethics.inference.program import Settled, lower
from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not
from boundaryethics.model.facts import UNKNOWN, Fact
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Citation,
    Effects,
    Force,
    Label,
    Option,
    Pull,
    Rule,
    Status,
    Strength,
)
from boundaryethics.model.verdict import (
    STATUS,
    Advice,
    Comparison,
    Dilemma,
    Reason,
    Verdict,
)


@final
@attrs.frozen(kw_only=True)
class Sentence:
    """What one rule says, and where it is written."""

    rule: str
    #: The same rule has the same number wherever it speaks.
    number: int = 0
    #: Whether it stands further up, so that the number is enough.
    repeated: bool = False
    #: What it speaks for or against here: `for declining`; nothing at a question.
    speaks: str = ""
    text: str
    #: Sections with their own titles: `APA 2017, 3.05(a), Multiple Relationships`.
    source: str = ""


@final
@attrs.frozen(kw_only=True)
class Entry:
    """One point of a section, with the sentences that carry it."""

    text: str
    #: The name or the sections behind it.
    source: str = ""
    sentences: tuple[Sentence, ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of sentences that stand further up, and speak for no option."""
        return tuple(
            sorted({s.number for s in self.sentences if s.repeated and not s.speaks})
        )

    @property
    def spoken(self) -> tuple[Sentence, ...]:
        """The sentences of which more than the number has to be said."""
        return tuple(s for s in self.sentences if s.speaks or not s.repeated)


class Topic(StrEnum):
    """What a section is about."""

    URGENT = "Danger: do this first"
    RULED_OUT = "Ruled out"
    BOUNDS = "Required and ruled out"
    ORDER = "Why in this order"
    STEPS = "Whichever you choose"
    UNKNOWN = "Still unknown, and it may matter"
    SUPERVISION = "To take to supervision"
    FIRST_QUESTIONS = "Find out first"


@final
@attrs.frozen(kw_only=True)
class Section:
    """A heading and what stands under it."""

    topic: Topic
    entries: tuple[Entry, ...]


@final
@attrs.frozen(kw_only=True)
class Choice:
    """One option in the ranking."""

    #: Its id, as situations and policies write it.
    option: str
    words: str
    #: `required`, `ruled out`, or nothing where the option is open.
    status: str
    #: Of an option that is ruled out: the first rule that says so.
    reason: Sentence | None = None


@final
@attrs.frozen(kw_only=True)
class RankGroup:
    """The options that share one place; those that are ruled out have none."""

    number: int
    choices: tuple[Choice, ...]


@final
@attrs.frozen(kw_only=True)
class Outline:
    """All that is said of a verdict, in the order in which it is said."""

    #: What comes before everything else; nothing where nothing is urgent.
    urgent: Section | None
    #: Heads the ranking.
    title: str
    ranks: tuple[RankGroup, ...]
    #: Said after the places, without a number.
    ruled_out: tuple[Choice, ...]
    #: Said right after the ranking: ties, and that nothing can be told.
    notices: tuple[str, ...]
    sections: tuple[Section, ...]
    #: What stands behind it all: the policy, and what this cannot replace.
    closing: tuple[str, ...]


# Where no label of the policy fits.
_LABELS: Mapping[Option, Label] = {
    Option.CONTINUE: Label(
        says="Stay in contact and don't bring it up", named="staying in contact"
    ),
    Option.IGNORE: Label(says="Don't respond", named="not responding"),
    Option.DECLINE: Label(says="Decline politely", named="declining"),
    Option.LEAVE: Label(says="Leave the group or platform", named="leaving"),
}

#: What no output goes without.
NOTE = "Supports professional judgement and supervision, and replaces neither."

#: What comes before the option's name.
SPEAKING: Mapping[Pull, str] = {
    Pull.FAVORS: "for",
    Pull.OPPOSES: "against",
    Pull.REQUIRES: "requires",
    Pull.FORBIDS: "rules out",
}

#: Added to an option in the ranking; an open one needs no word.
STATUS_WORDS: Mapping[Status, str] = {
    Status.REQUIRED: "required",
    Status.ALLOWED: "",
    Status.FORBIDDEN: "ruled out",
}

_DECIDING: Mapping[str, str] = {
    STATUS: "what is required or ruled out decides",
    Strength.STRONG: "strong reasons decide",
    Strength.MODERATE: "tied on strong reasons; moderate reasons decide",
    Strength.WEAK: "tied on strong and moderate reasons; weak reasons decide",
    "total": "the total weight of all reasons decides",
}

_DILEMMAS: Mapping[str, str] = {
    "required_and_forbidden": "{} is both required and ruled out.",
    "all_forbidden": "all four responses are ruled out.",
    "several_required": "more than one response is required: {}.",
}


def doing(verdict: Verdict, option: Option) -> str:
    """Say what the clinician would do by taking *option*."""
    return shown(_label(verdict, option).says)


def named(verdict: Verdict, option: Option) -> str:
    """Say the same as the subject of a sentence."""
    return shown(_label(verdict, option).named)


def _label(verdict: Verdict, option: Option) -> Label:
    label = verdict.policy.label(option, verdict.situation)
    return _LABELS[option] if label is None else label


def open_places(verdict: Verdict) -> tuple[tuple[Option, ...], ...]:
    """Return the ranking without the options that are ruled out, its last places."""
    ruled_out = verdict.ruled_out
    return tuple(place for place in verdict.ranking if place[0] not in ruled_out)


def deciding(criterion: str) -> str:
    """Say in half a sentence what decides between two places."""
    return _DECIDING.get(criterion, f"the reasons of {criterion} decide")


def dilemma(verdict: Verdict, conflict: Dilemma) -> str:
    """Say what *conflict* is between."""
    options = listed(named(verdict, option) for option in conflict.options)
    return f"A dilemma: {_DILEMMAS[conflict.kind].format(options)}"


def listed(names: Iterable[str], joined: str = "and") -> str:
    """Join *names* as they are said: `a`, `a and b`, `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {joined} {last}" if most else last


def opened(sentence: str) -> str:
    """Begin *sentence* with a capital."""
    return sentence[:1].upper() + sentence[1:]


def shown(text: str) -> str:
    """Put *text* on one line, without characters that steer a terminal."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


_MARKUP = re.compile(r"([\\`*_\[\]<>#|&~!$])")


def escaped(text: str) -> str:
    """Put *text* on one line, with nothing in it taken for Markdown."""
    return _MARKUP.sub(r"\\\1", shown(text))


def condition_words(condition: Condition) -> str:
    """Describe *condition*: "contact is message or follow, and not (...)"."""
    match condition:
        case All(()):
            return "always"
        case FactIn(fact, values):
            return f"{spaced(fact)} is {_either(values)}"
        case Holds(finding):
            return f"“{spaced(finding)}” holds"
        case Not(Holds(finding)):
            return f"“{spaced(finding)}” does not hold"
        case Not(FactIn(fact, values)):
            return f"{spaced(fact)} is not {_either(values)}"
        case Not(part):
            return f"it is not so that {_grouped(part)}"
        case All(parts):
            return ", and ".join(_grouped(part) for part in parts)
        case Any(parts):
            return ", or ".join(_grouped(part) for part in parts)
        case _:
            assert_never(condition)


def effect_words(effects: Effects) -> tuple[str, ...]:
    """Describe each effect in a phrase: "opposes continue (strong)"."""
    return (
        *(f"concludes “{spaced(finding)}”" for finding in effects.concludes),
        *(
            f"{pull} {option}" + (f" ({strength})" if strength else "")
            for pull, option, strength in effects.pulls()
        ),
        *(f"advises “{spaced(action)}”" for action in effects.advises),
        *(f"offers “{spaced(part)}” for the draft" for part in effects.drafts),
    )


def _grouped(part: Condition) -> str:
    several = isinstance(part, All | Any) and len(part.parts) > 1
    words = condition_words(part)
    return f"({words})" if several else words


def _either(values: frozenset[str]) -> str:
    # Unknown is always last (S1); the order of the others is the file's business.
    ordered = sorted(values - {UNKNOWN}) + sorted(values & {UNKNOWN})
    return " or ".join(spaced(value) for value in ordered)


def spaced(name: str) -> str:
    """Write *name*, of a fact or a value, as words."""
    return name.replace("_", " ")


def cited(policy: Policy, rules: Iterable[str]) -> str:
    """Return what *rules* cite, each section once: `APA 2017, 4.06, Consultations`.

    A section that does not hold the duty itself is named as the nearest.
    """
    firm, near = dict[Citation, None](), dict[Citation, None]()
    for rule in (policy.rule[name] for name in rules):
        principle = policy.principle.get(rule.principle or "")
        nearest = principle is not None and principle.force is Force.NEAREST
        for cite in policy.cited_by(rule):
            own = not nearest or cite in rule.cites
            (firm if own else near)[cite] = None
    parts = [_listed(policy, firm)]
    parts.append(_listed(policy, (cite for cite in near if cite not in firm)))
    if parts[1]:
        parts[1] = f"nearest: {parts[1]}"
    return shown("; ".join(filter(None, parts)))


def _listed(policy: Policy, cites: Iterable[Citation]) -> str:
    by_source = groupby(cites, key=lambda cite: cite.source)
    return "; ".join(
        f"{policy.source[source].name}, {'; '.join(cite.titled for cite in alike)}"
        for source, alike in by_source
    )


def worth_asking(verdict: Verdict) -> tuple[Fact, ...]:
    """Return the unknown facts on which the answer can still depend, in order.

    A fact is left out if no rule or text that is still open reads it, if none of its
    values is possible beside what is known, or if it has no question.
    """
    situation = verdict.situation
    now = Settled.of(lower(verdict.policy), situation.known())
    read = {
        fact for rule in _open_rules(verdict, now) for fact in now.facts_of(rule.when)
    }
    for advice in verdict.actions:
        for one in verdict.policy.action[advice.action].instead:
            read.update(now.facts_of(one.when))
    return tuple(
        situation.vocabulary[name]
        for name in verdict.unknown
        if name in read
        and situation.vocabulary[name].question
        and situation.values_possible_for(name)
    )


def _open_rules(verdict: Verdict, now: Settled) -> Iterator[Rule]:
    """Yield the open rules that can change an answer, and those they wait for."""
    rules = [rule for rule in verdict.policy.rules if rule.id not in now.binds]
    awaited: set[str] = set()
    while rules:
        asked = [r for r in rules if r.then.yields_reasons or awaited & _leads_to(r)]
        if not asked:
            return
        rules = [rule for rule in rules if rule not in asked]
        for rule in asked:
            awaited.update(now.findings_of(rule.when))
            awaited.update(verdict.policy.overridden_by.get(rule.id, ()))
            yield rule


def _leads_to(rule: Rule) -> set[str]:
    """Return what others can wait for: the findings of *rule*, and the rule itself."""
    return {*rule.then.concludes, rule.id}


def _sections(verdict: Verdict) -> tuple[Section, ...]:
    """Return the sections of *verdict* that have something to say, in reading order."""
    urgent = verdict.urgent
    entries: dict[Topic, Iterable[Entry]] = {
        Topic.URGENT: [_advised(verdict, advice) for advice in urgent],
        Topic.RULED_OUT: _ruled_out(verdict),
        Topic.BOUNDS: _bounds(verdict),
        Topic.ORDER: _order(verdict),
        Topic.STEPS: [_advised(verdict, a) for a in verdict.actions if a not in urgent],
        Topic.UNKNOWN: [
            Entry(text=shown(fact.question) or fact.name, source=fact.name)
            for fact in worth_asking(verdict)
        ],
        Topic.SUPERVISION: [question_entry(verdict, *q) for q in verdict.questions],
    }
    if len(verdict.ranking) == 1:
        early = {topic: entries.pop(topic) for topic in (Topic.URGENT, Topic.RULED_OUT)}
        first_questions = {Topic.FIRST_QUESTIONS: entries.pop(Topic.UNKNOWN)}
        entries = {**early, **first_questions, **entries}
    sections = (Section(topic=t, entries=tuple(under)) for t, under in entries.items())
    return numbered(section for section in sections if section.entries)


def _ruled_out(verdict: Verdict) -> Iterator[Entry]:
    """Yield each option that is ruled out, by its id, with the first rule for it."""
    for option in verdict.ruled_out:
        rule = verdict.options[option].by(Pull.FORBIDS)[0].rule
        yield Entry(text=option.value, sentences=(sentence_of(verdict, rule),))


def _bounds(verdict: Verdict) -> Iterator[Entry]:
    for conflict in verdict.dilemmas:
        yield Entry(
            text=dilemma(verdict, conflict),
            sentences=tuple(sentence_of(verdict, rule) for rule in conflict.rules),
        )
    for assessment in verdict.assessments:
        is_ruled_out = assessment.status is Status.FORBIDDEN
        binding = assessment.by(Pull.FORBIDS if is_ruled_out else Pull.REQUIRES)
        # The first rule that rules an option out is told beside it.
        if len(binding) > is_ruled_out:
            subject = opened(named(verdict, assessment.option))
            yield Entry(
                text=f"{subject} is {STATUS_WORDS[assessment.status]}.",
                sentences=tuple(sentence_of(verdict, r.rule) for r in binding),
            )


def _order(verdict: Verdict) -> Iterator[Entry]:
    """Yield what decides between numbered places, steps that are alike in one entry."""
    alike: dict[tuple[str, tuple[Sentence, ...]], list[str]] = {}
    for step in verdict.comparisons:
        if step.below in verdict.ruled_out:
            continue
        below = named(verdict, step.below)
        words = f"over {below}: {deciding(step.decided_by or '')}."
        above = alike.setdefault((words, _weighed(verdict, step)), [])
        above.append(named(verdict, step.above))
    for (words, sentences), above in alike.items():
        yield Entry(text=f"{opened(listed(above))} {words}", sentences=sentences)


def _weighed(verdict: Verdict, step: Comparison) -> tuple[Sentence, ...]:
    """Return what makes the difference, and what speaks the other way in vain."""
    outweighed = (
        attrs.evolve(sentence, speaks=f"outweighed, {sentence.speaks}")
        for sentence in _speaking(verdict, step.against)
    )
    return (*_speaking(verdict, step.reasons), *outweighed)


def _advised(verdict: Verdict, advice: Advice) -> Entry:
    return Entry(
        text=shown(advice.says) or advice.action,
        source=cited(verdict.policy, advice.rules),
    )


def question_entry(verdict: Verdict, name: str, rules: Iterable[str]) -> Entry:
    """Return the question called *name*, with what *rules* say to it.

    A rule that only advises an action is left out: that action says it.
    """
    advising = {rule for advice in verdict.actions for rule in advice.rules}
    speaking = {r.rule for a in verdict.assessments for r in a.reasons}
    voices = [r for r in rules if r in speaking or r not in advising]
    question = verdict.policy.question.get(name)
    return Entry(
        text=shown(question.says) if question and question.says else name,
        sentences=tuple(sentence_of(verdict, rule) for rule in voices),
    )


def _speaking(verdict: Verdict, reasons: Iterable[Reason]) -> tuple[Sentence, ...]:
    """Return a sentence for each rule, with all that it speaks for among *reasons*."""
    heard: dict[str, list[str]] = {}
    for reason in reasons:
        said = f"{SPEAKING[reason.pull]} {named(verdict, reason.option)}"
        heard.setdefault(reason.rule, []).append(said)
    return tuple(
        attrs.evolve(sentence_of(verdict, rule), speaks=listed(said))
        for rule, said in heard.items()
    )


def sentence_of(verdict: Verdict, name: str) -> Sentence:
    """Return what the rule called *name* says, and where that is written."""
    rule = verdict.policy.rule[name]
    source = cited(verdict.policy, [name])
    return Sentence(rule=name, text=shown(rule.because) or name, source=source)


def numbered(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return *sections* with a number for each rule, and what repeats a sentence."""
    numbers: dict[str, int] = {}

    def with_number(sentence: Sentence) -> Sentence:
        repeated = sentence.rule in numbers
        number = numbers.setdefault(sentence.rule, len(numbers) + 1)
        return attrs.evolve(sentence, number=number, repeated=repeated)

    def entry_numbered(entry: Entry) -> Entry:
        return attrs.evolve(entry, sentences=tuple(map(with_number, entry.sentences)))

    return tuple(
        attrs.evolve(section, entries=tuple(map(entry_numbered, section.entries)))
        for section in sections
    )


_TITLE = "What to do, best first"
#: After what is urgent.
_THEN = "Then, what to do, best first"

#: Digits of a fingerprint that tell policies apart for a reader.
_FINGERPRINT_SHOWN = 8


def outline(verdict: Verdict) -> Outline:
    """Return what *verdict* says."""
    sections = {section.topic: section for section in _sections(verdict)}
    urgent = sections.pop(Topic.URGENT, None)
    ruled_out = sections.pop(Topic.RULED_OUT, None)
    policy = verdict.policy
    title = f": {shown(policy.title)}" if policy.title else ""
    return Outline(
        urgent=urgent,
        title=_THEN if urgent else _TITLE,
        ranks=tuple(
            RankGroup(
                number=verdict.options[options[0]].rank,
                choices=tuple(_choice(verdict, option) for option in options),
            )
            for options in open_places(verdict)
        ),
        ruled_out=tuple(
            _choice(verdict, Option(entry.text), entry.sentences[0])
            for entry in (ruled_out.entries if ruled_out else ())
        ),
        notices=tuple(_notices(verdict)),
        sections=tuple(sections.values()),
        closing=(
            NOTE,
            f"{policy.id} ({verdict.fingerprint[:_FINGERPRINT_SHOWN]}){title}",
        ),
    )


def _choice(verdict: Verdict, option: Option, reason: Sentence | None = None) -> Choice:
    return Choice(
        option=option.value,
        words=doing(verdict, option),
        status=STATUS_WORDS[verdict.options[option].status],
        reason=reason,
    )


def _notices(verdict: Verdict) -> Iterator[str]:
    if len(verdict.ruled_out) == len(verdict.assessments):
        yield "This policy rules out all four responses."
    elif len(verdict.ranking) > 1:
        for tied in open_places(verdict):
            if len(tied) > 1:
                names = listed(named(verdict, option) for option in tied)
                yield f"{opened(names)} are tied: nothing known so far separates them."
    elif any(assessment.reasons for assessment in verdict.assessments):
        yield "This policy cannot tell: what speaks for and against each balances."
    else:
        yield "This policy cannot tell yet: too little is known."
