"""Provide the words that all outputs share: labels, citations, conditions, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import assert_never, final

import attrs

from boundaryethics.arguments import checked
from boundaryethics.errors import listed as listed  # noqa: PLC0414 - used with these
from boundaryethics.model.conditions import All, Any, Condition, FactIn, Holds, Not
from boundaryethics.model.facts import UNKNOWN, Fact
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Citation,
    Force,
    Label,
    Option,
    Pull,
    Seen,
    Status,
    Strength,
    within_sentence,
)
from boundaryethics.model.verdict import STATUS, Dilemma, Verdict


@final
@attrs.frozen(kw_only=True)
class Item:
    """An outline item, with the sections that it cites and the items below it."""

    #: The mark before the text: `-`, a rank, or words such as `1 over 2`.
    mark: str = ""
    text: str
    #: The sections, such as `APA 2017, 3.05(a), Multiple Relationships`.
    source: str = ""
    below: tuple[Item, ...] = ()

    @property
    def with_source(self) -> str:
        """The text, followed by the cited sections in parentheses."""
        return f"{self.text} ({self.source})" if self.source else self.text


#: The number of fingerprint digits that identify a policy to readers.
_FINGERPRINT_SHOWN = 8


def fingerprints(policy: Policy) -> str:
    """Return the first digits of *policy*'s fingerprint and text fingerprint."""
    both = policy.fingerprint, policy.text_fingerprint
    return ", text ".join(one[:_FINGERPRINT_SHOWN] for one in both)


def under(policy: Policy) -> str:
    """Return the words that name *policy* after a noun: ` under the NASW Code`."""
    return f" under {within_sentence(shown(policy.title) or policy.id)}"


# Used if no label of the policy fits.
_LABELS: Mapping[Option, Label] = {
    Option.CONTINUE: Label(
        says="Stay in contact without discussing it", named="staying in contact"
    ),
    Option.IGNORE: Label(says="Don't respond", named="not responding"),
    Option.DECLINE: Label(says="Decline politely", named="declining"),
    Option.LEAVE: Label(says="Leave the group or platform", named="leaving"),
}

#: A note that is part of every output.
NOTE = (
    "This supports your professional judgment and supervision. "
    "It does not replace either."
)

#: The words before the name of an option.
SPEAKING: Mapping[Pull, str] = {
    Pull.REQUIRES: "requires",
    Pull.FORBIDS: "rules out",
    Pull.FAVORS: "for",
    Pull.OPPOSES: "against",
}

#: The words after the label of an option. An allowed option needs none.
STATUS_WORDS: Mapping[Status, str] = {
    Status.REQUIRED: "required",
    Status.ALLOWED: "",
    Status.FORBIDDEN: "ruled out",
}

#: The words for how the text of a section was checked.
SEEN_WORDS: Mapping[Seen | None, str] = {
    Seen.OWN_TEXT: "checked in the publisher's own text",
    Seen.QUOTATION: "checked in a word-for-word quotation",
    Seen.PARAPHRASE: "checked only in a paraphrase",
    Seen.EARLIER_EDITION: "checked in an earlier edition",
    Seen.TITLE_ONLY: "only the number and title checked",
    None: "the policy does not say how this was checked",
}

_DECIDING: Mapping[str, str] = {
    STATUS: "this follows from what is required or ruled out",
    Strength.STRONG: "strong reasons decide",
    Strength.MODERATE: "tied on strong reasons; moderate reasons decide",
    Strength.WEAK: "tied on strong and moderate reasons; weak reasons decide",
    "total": "the total weight of all reasons decides",
}

_DILEMMAS: Mapping[str, str] = {
    "required_and_forbidden": "{} is both required and ruled out.",
    "all_forbidden": "All four responses are ruled out.",
    "several_required": "{} are required, and you can do only one.",
}


@checked
def doing(verdict: Verdict, option: Option) -> str:
    """Return the label of *option*: `Decline politely`."""
    return shown(label_of(verdict, option).says)


def named(verdict: Verdict, option: Option) -> str:
    """Return the name of *option* in running text: `declining`."""
    return shown(label_of(verdict, option).named)


def label_of(verdict: Verdict, option: Option) -> Label:
    """Return the policy's label for *option* in this situation, or the default."""
    label = verdict.policy.label(option, verdict.situation)
    return _LABELS[option] if label is None else label


def open_places(verdict: Verdict) -> tuple[tuple[Option, ...], ...]:
    """Return the ranking without the options that are ruled out."""
    ruled_out = verdict.ruled_out
    return tuple(place for place in verdict.ranking if place[0] not in ruled_out)


def all_tied(verdict: Verdict) -> bool:
    """Return whether all four options have the same rank."""
    return len(verdict.ranking) == 1


def deciding(criterion: str) -> str:
    """Describe the criterion that separates two ranks: `strong reasons decide`."""
    return _DECIDING.get(criterion, f"reasons in {criterion} decide")


def dilemma(verdict: Verdict, conflict: Dilemma) -> str:
    """Describe *conflict* in a sentence."""
    options = listed(named(verdict, option) for option in conflict.options)
    return opened(_DILEMMAS[conflict.kind].format(options))


def plural(count: int, thing: str) -> str:
    """Format a count of *thing*: `1 situation`, `1,000 situations`."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def opened(sentence: str) -> str:
    """Return *sentence* with a capital first letter."""
    return sentence[:1].upper() + sentence[1:]


def shown(text: str) -> str:
    """Return *text* on one line, without terminal control characters."""
    return "".join(char for char in " ".join(text.split()) if char.isprintable())


_MARKUP = re.compile(r"([\\`*_\[\]<>#|&~!$])")
#: At the start of a line, `1.`, `-` and `+` begin a list, and `=` turns the previous
#: line into a heading.
_START = re.compile(r"^(\d{1,9}(?=[.)](?:\s|$))|(?=[-+=]))")
_PLAIN_NAME = re.compile(r"[\w.+-]+")


def escaped(text: str, *, starts: bool = True) -> str:
    """Escape *text* for Markdown, on one line.

    With *starts*, also escape characters that are special at the start of a line.
    """
    safe = _MARKUP.sub(r"\\\1", shown(text))
    return _START.sub(r"\1\\", safe) if starts else safe


def as_code(name: str) -> str:
    """Return *name* as Markdown code, or as escaped text if it cannot be code."""
    return f"`{name}`" if _PLAIN_NAME.fullmatch(name) else escaped(name)


def condition_words(condition: Condition) -> str:
    """Describe *condition*: "contact is message or follow, and not (...)"."""
    match condition:
        case All(()):
            return "always"
        case FactIn(fact, values):
            return f"{spaced(fact)} is {_either(values)}"
        case Holds(finding):
            return f"“{spaced(finding)}” applies"
        case Not(Holds(finding)):
            return f"“{spaced(finding)}” does not apply"
        case Not(FactIn(fact, values)):
            return f"{spaced(fact)} is not {_either(values)}"
        case Not(part):
            return f"not {_grouped(part)}"
        case All(parts):
            return ", and ".join(_grouped(part) for part in parts)
        case Any(parts):
            return ", or ".join(_grouped(part) for part in parts)
        case _:
            assert_never(condition)


def _grouped(part: Condition) -> str:
    several = isinstance(part, All | Any) and len(part.parts) > 1
    words = condition_words(part)
    return f"({words})" if several else words


def _either(values: frozenset[str]) -> str:
    # Unknown is always last (S1). Sort the others, because conditions are unordered.
    ordered = sorted(values - {UNKNOWN}) + sorted(values & {UNKNOWN})
    return " or ".join(spaced(value) for value in ordered)


def spaced(name: str) -> str:
    """Return *name*, the name of a fact or a value, as words."""
    return name.replace("_", " ")


def asked_about(fact: Fact) -> str:
    """Return the question for *fact* with its name: `Who started it? (initiator)`."""
    return f"{shown(fact.question) or opened(spaced(fact.name))} ({fact.name})"


def sentence_of(verdict: Verdict, name: str, mark: str = "") -> Item:
    """Return the reason given by the rule *name*, with the sections that it cites."""
    because = shown(verdict.policy.rule[name].because)
    source = cited(verdict.policy, [name])
    return Item(mark=mark, text=because or name, source=source)


def cited(policy: Policy, rules: Iterable[str], *, titles: bool = True) -> str:
    """Return the sections that *rules* cite: `APA 2017, 4.06, Consultations`.

    Each section appears once, without its title if *titles* is false. A section that
    does not contain the duty itself is marked as the nearest one.
    """
    firm, near = dict[Citation, None](), dict[Citation, None]()
    for rule in (policy.rule[name] for name in rules):
        principle = policy.principle.get(rule.principle or "")
        nearest = principle is not None and principle.force is Force.NEAREST
        for cite in policy.cited_by(rule):
            own = not nearest or cite in rule.cites
            (firm if own else near)[cite] = None
    parts = [_listed(policy, firm, titles=titles)]
    parts.append(_listed(policy, (c for c in near if c not in firm), titles=titles))
    if parts[1]:
        parts[1] = f"nearest: {parts[1]}"
    return shown("; ".join(filter(None, parts)))


def _listed(policy: Policy, cites: Iterable[Citation], *, titles: bool) -> str:
    by_source = groupby(cites, key=lambda cite: cite.source)
    return "; ".join(
        f"{policy.source[source].name}, "
        + "; ".join(one.titled if titles else one.numbered for one in alike)
        for source, alike in by_source
    )
