"""Define rules, principles, sources and the other parts of a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias, final

import attrs

from boundaryethics.arguments import Choice, checked
from boundaryethics.model.conditions import ALWAYS, Condition, Facts, holds
from boundaryethics.model.display import ShortRepr, Table, in_line


class Option(Choice):
    """The four responses, from staying in contact to leaving."""

    #: Keep the contact going, and do not discuss the contact itself.
    CONTINUE = "continue"
    #: Leave the contact unanswered; in a shared space, do not greet.
    IGNORE = "ignore"
    #: Say politely that personal contact is not possible, and why.
    DECLINE = "decline"
    #: Stop taking part in the group or on the platform.
    LEAVE = "leave"


class Strength(Choice):
    """The strengths of reasons (S10), strongest first."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Status(Choice):
    """The deontic statuses, highest first. They take priority over reasons (S12)."""

    REQUIRED = "required"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Force(Choice):
    """The levels of authority that a principle can have, most binding first."""

    LAW = "law"
    ENFORCEABLE = "enforceable"
    SHOULD = "should"
    ASPIRATIONAL = "aspirational"
    EMPLOYMENT = "employment"
    CUSTOM = "custom"
    #: None of the sections that were checked states the duty. The closest section is
    #: cited, and marked as such.
    NEAREST = "nearest"


class Seen(Choice):
    """How the policy's authors checked the cited text."""

    #: On the publisher's own page.
    OWN_TEXT = "own_text"
    #: In a word-for-word quotation.
    QUOTATION = "quotation"
    #: Only in a paraphrase.
    PARAPHRASE = "paraphrase"
    #: Only in an earlier edition.
    EARLIER_EDITION = "earlier_edition"
    #: Only the number and the title.
    TITLE_ONLY = "title_only"


class Pull(Choice):
    """The four effects that a rule can have on an option (S10)."""

    FAVORS = "favors"
    OPPOSES = "opposes"
    REQUIRES = "requires"
    FORBIDS = "forbids"


@final
@attrs.frozen(kw_only=True)
class Label:
    """The name of an option."""

    #: As an action: `Decline politely`.
    says: str
    #: As the subject of a sentence: `declining`.
    named: str


def within_sentence(title: str) -> str:
    """Return *title* as it appears in a sentence: `the APA Ethics Code (2017)`."""
    is_lower = title.startswith(("A ", "An ", "Our ", "The "))
    return title[:1].lower() + title[1:] if is_lower else title


@final
@attrs.frozen(kw_only=True)
class Labels(ShortRepr):
    """Labels for some options, used if a condition on facts is met."""

    when: Condition = ALWAYS
    options: tuple[tuple[Option, Label], ...]

    def label(self, option: Option, facts: Facts) -> Label | None:
        """Return the label of *option* given *facts*, or None if there is none."""
        label = dict(self.options).get(option)
        return label if label and holds(self.when, facts, frozenset()) else None


@final
@attrs.frozen(kw_only=True)
class Finding(ShortRepr):
    """An intermediate conclusion (S4)."""

    id: str
    says: str = ""


@final
@attrs.frozen(kw_only=True)
class Instead(ShortRepr):
    """Text that replaces an action's text if a condition on facts is met."""

    when: Condition
    says: str


@final
@attrs.frozen(kw_only=True)
class Action(ShortRepr):
    """An action to take, whichever option is chosen."""

    id: str
    says: str = ""
    #: Whether the action is shown before everything else.
    urgent: bool = False
    #: The first of these whose condition is met replaces `says`.
    instead: tuple[Instead, ...] = ()

    @checked
    def said(self, facts: Facts) -> str:
        """Return the text of the action, given *facts*."""
        fitting = (x.says for x in self.instead if holds(x.when, facts, frozenset()))
        return next(fitting, self.says)


@final
@attrs.frozen(kw_only=True)
class Prompt(ShortRepr):
    """A point to reflect on, as part of a supervision question."""

    says: str
    #: Facts with the values for which the prompt is used; if empty, it is always used.
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Return whether *facts* gives each fact in `when` one of its listed values."""
        return all(facts.get(fact) in values for fact, values in self.when)


@final
@attrs.frozen(kw_only=True)
class Question(ShortRepr):
    """A question to discuss in supervision."""

    id: str
    says: str = ""


class Slot(Choice):
    """The positions of sentences in the draft message, in order."""

    OPENING = "opening"
    THANKS = "thanks"
    BOUNDARY = "boundary"
    REASSURANCE = "reassurance"
    SAFETY = "safety"
    WHERE = "where"
    CLOSING = "closing"
    #: At the next session, after a reply that had to leave something out.
    LATER = "later"


@final
@attrs.frozen(kw_only=True)
class DraftPart(ShortRepr):
    """One or two sentences of the draft message, selected by rules."""

    id: str
    slot: Slot
    #: How, where and when to say it. Only for the clinician.
    direction: str = ""
    #: The sentences; empty if there is only a direction.
    says: str = ""


class MethodName(Choice):
    """The methods for ranking options that have the same status (S14, S15)."""

    LEVELWISE = "levelwise"
    WEIGHTED = "weighted"
    LEXICOGRAPHIC = "lexicographic"


#: The default points of each strength (S15).
DEFAULT_POINTS = ((Strength.STRONG, 3), (Strength.MODERATE, 2), (Strength.WEAK, 1))


@final
@attrs.frozen(kw_only=True)
class Method:
    """The ranking method of a policy, with its parameters."""

    name: MethodName = MethodName.LEVELWISE
    #: The points of each strength, as integers. The levelwise method does not use them.
    points: tuple[tuple[Strength, int], ...] = DEFAULT_POINTS
    #: Tiers of principle IDs, the most important tier first. Only the lexicographic
    #: method uses them.
    priority: tuple[tuple[str, ...], ...] = ()


class Promise(Choice):
    """The types of promises about the ranking, or about rules and their effects."""

    NEVER_FIRST = "never_first"
    FIRST = "first"
    LAST = "last"
    FORBIDDEN = "forbidden"
    NEVER_FORBIDDEN = "never_forbidden"
    ABOVE = "above"
    ADVISES = "advises"
    NEVER_ADVISES = "never_advises"
    DRAFTS = "drafts"
    NEVER_DRAFTS = "never_drafts"
    NEVER_BINDS = "never_binds"

    @property
    def of_options(self) -> bool:
        """Whether the promise is about options, not actions, draft parts or rules."""
        return not self.endswith(("advises", "drafts", "binds"))

    @property
    def of_bans(self) -> bool:
        """Whether the promise is `forbidden` or `never_forbidden`."""
        return self.endswith("forbidden")


#: A promise and its subject: an option, two options (the first ranks above the second),
#: an action, a draft part, or a rule.
Promised: TypeAlias = tuple[Promise, tuple[str, ...]]


@final
@attrs.frozen(kw_only=True)
class Invariant(ShortRepr):
    """Promises about every situation that meets a condition on facts or findings."""

    id: str
    says: str = ""
    when: Condition = ALWAYS
    #: Each promise with its subjects.
    holds: tuple[Promised, ...]

    @property
    def promises(self) -> tuple[Promised, ...]:
        """The promises, each with a single subject.

        For `above`, each subject is the first option listed, with one of the others.
        """
        listed: list[Promised] = []
        for promise, names in self.holds:
            first = names[:1] if promise is Promise.ABOVE else ()
            listed += [(promise, (*first, name)) for name in names[len(first) :]]
        return tuple(listed)


@final
@attrs.frozen(kw_only=True)
class Acceptance(ShortRepr):
    """A lint warning that the policy's authors suppress, with their reason."""

    #: The code of the lint: `BL06`.
    lint: str
    #: The ID of its subject, such as a rule, a finding or a fact.
    on: str
    because: str
    #: Whether it is inherited from a policy that this one extends.
    inherited: bool = attrs.field(default=False, eq=False)


_SHOWN_AS = {
    Seen.PARAPHRASE: " (seen in paraphrase)",
    Seen.EARLIER_EDITION: " (checked in an earlier edition)",
    Seen.TITLE_ONLY: " (number and title only)",
}


@final
@attrs.frozen(kw_only=True)
class Source(ShortRepr):
    """A source of duties: a code, a law or a policy."""

    id: str
    title: str = ""
    #: The name in citations, with the edition: `APA 2017`.
    short: str = ""
    publisher: str = ""
    edition: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """The name in citations, by default the title and the edition."""
        edition = f" ({self.edition})" if self.edition else ""
        return self.short or f"{self.title or self.id}{edition}"


@final
@attrs.frozen(kw_only=True)
class Citation(ShortRepr):
    """A section of a source, with how its text was checked."""

    #: The ID of the source.
    source: str
    #: The number or heading in the source; never a page.
    section: str
    title: str = ""
    #: How the text was checked; None if the policy does not state it.
    seen: Seen | None = None
    #: The authority of the section if it differs from its principle's. It is ignored in
    #: comparisons, so each section counts only once.
    authority: Force | None = attrs.field(default=None, eq=False)

    @checked
    def short_text(self, source: Source) -> str:
        """Return the short citation (`APA 2017, 3.05(a)`) and how it was checked."""
        return f"{source.name}, {self.numbered}"

    @property
    def numbered(self) -> str:
        """The section without its title: `4.06`."""
        return f"{self.section}{self._how}"

    @property
    def titled(self) -> str:
        """The section with its title: `4.06, Consultations`."""
        title = f", {self.title}" if self.title not in ("", self.section) else ""
        return f"{self.section}{title}{self._how}"

    @property
    def _how(self) -> str:
        return _SHOWN_AS.get(self.seen, "") if self.seen else ""


@final
@attrs.frozen(kw_only=True)
class Principle(ShortRepr):
    """A principle on which rules are based."""

    id: str
    title: str = ""
    #: How binding the principle is; None if the policy does not state it.
    force: Force | None = None
    #: The weight, which only the weighted method uses (S15).
    weight: int = 1
    cites: tuple[Citation, ...] = ()

    @property
    def name(self) -> str:
        """The title; by default, the ID with spaces in place of underscores."""
        return self.title or self.id.replace("_", " ")


@final
@attrs.frozen(kw_only=True)
class Effects(ShortRepr):
    """The effects of a rule when it applies: its `then`."""

    #: The findings that become true.
    concludes: tuple[str, ...] = ()
    favors: tuple[tuple[Option, Strength], ...] = ()
    opposes: tuple[tuple[Option, Strength], ...] = ()
    requires: tuple[Option, ...] = ()
    forbids: tuple[Option, ...] = ()
    #: The actions to take.
    advises: tuple[str, ...] = ()
    #: The parts to include in the draft message.
    drafts: tuple[str, ...] = ()

    @property
    def yields_reasons(self) -> bool:
        """Whether these effects need a principle (S10)."""
        return any(True for _ in self.pulls()) or bool(self.advises or self.drafts)

    def pulls(self) -> Iterator[tuple[Pull, Option, Strength | None]]:
        """Yield each effect on an option."""
        for option, strength in self.favors:
            yield Pull.FAVORS, option, strength
        for option, strength in self.opposes:
            yield Pull.OPPOSES, option, strength
        for option in self.requires:
            yield Pull.REQUIRES, option, None
        for option in self.forbids:
            yield Pull.FORBIDS, option, None

    @checked
    def at(self, strength: Strength) -> Effects:
        """Return these effects with every strength set to *strength*."""
        return attrs.evolve(
            self,
            favors=tuple((option, strength) for option, _ in self.favors),
            opposes=tuple((option, strength) for option, _ in self.opposes),
        )


@final
@attrs.frozen(kw_only=True)
class Rule:
    """A rule: a condition, its effects, the principle behind them, and a reason."""

    id: str
    #: A note for readers of the file.
    note: str = ""
    when: Condition = ALWAYS
    then: Effects
    #: The ID of the principle. None is allowed only if the rule yields no reasons
    #: (S10).
    principle: str | None = None
    #: Citations in addition to those of the principle.
    cites: tuple[Citation, ...] = ()
    #: The reason, as a plain sentence that a clinician would accept.
    because: str = ""
    #: The IDs of the supervision questions that the rule addresses.
    supervision_questions: tuple[str, ...] = ()
    #: The IDs of the rules that are overridden if this one applies.
    overrides: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Rule({self.id!r})"

    def _repr_html_(self) -> str:
        from boundaryethics.model.facts import Vocabulary
        from boundaryethics.model.plain_data import RULE

        plain = RULE.write(self, Vocabulary())
        rows = tuple((key, in_line(part)) for key, part in plain.items())
        return Table(columns=("rule", plain.pop("id")), rows=rows[1:]).html()


def rules_by(
    rules: Iterable[Rule], names: Callable[[Rule], Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    """Map each name to the IDs of the rules for which *names* returns it."""
    by: dict[str, list[str]] = {}
    for rule in rules:
        for name in names(rule):
            by.setdefault(name, []).append(rule.id)
    return {name: tuple(ids) for name, ids in by.items()}
