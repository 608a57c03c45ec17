"""Rules, principles, sources and the other parts of a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TypeAlias, final

import attrs

from boundaryethics.model.conditions import ALWAYS, Condition, Facts, holds


class Option(StrEnum):
    """The four responses, from going on to going away."""

    #: Go on with the contact and keep it to oneself.
    CONTINUE = "continue"
    #: Leave it unanswered; in a shared space, not greet.
    IGNORE = "ignore"
    #: Say politely that a personal contact is not possible, and why.
    DECLINE = "decline"
    #: Stop taking part in the group or on the platform.
    LEAVE = "leave"


class Strength(StrEnum):
    """How much a reason weighs (S10), strongest first."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Status(StrEnum):
    """What binds before reasons are weighed (S12), highest first."""

    REQUIRED = "required"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Force(StrEnum):
    """How a principle binds, most binding first."""

    LAW = "law"
    ENFORCEABLE = "enforceable"
    SHOULD = "should"
    ASPIRATIONAL = "aspirational"
    EMPLOYMENT = "employment"
    CUSTOM = "custom"
    #: No section that was seen holds the duty; the nearest one is cited, and shown so.
    NEAREST = "nearest"


class Seen(StrEnum):
    """How the text behind a citation was seen by those who cite it."""

    #: In the publisher's own words, on the publisher's own page.
    OWN_TEXT = "own_text"
    #: Quoted word for word by another.
    QUOTATION = "quotation"
    #: Only reworded by another: shown as such wherever it is cited.
    PARAPHRASE = "paraphrase"
    #: In the words of an earlier edition: shown as such wherever it is cited.
    EARLIER_EDITION = "earlier_edition"
    #: Number and title only: shown as such wherever it is cited.
    TITLE_ONLY = "title_only"


class Pull(StrEnum):
    """The four ways in which a rule can speak to an option (S10)."""

    FAVORS = "favors"
    OPPOSES = "opposes"
    REQUIRES = "requires"
    FORBIDS = "forbids"


@final
@attrs.frozen(kw_only=True)
class Label:
    """What one option is called."""

    #: What the clinician would do: `Decline politely`.
    says: str
    #: The same as the subject of a sentence: `declining`.
    named: str


@final
@attrs.frozen(kw_only=True)
class Labels:
    """Labels of some options, wherever a condition over facts holds."""

    when: Condition = ALWAYS
    options: tuple[tuple[Option, Label], ...]

    def label(self, option: Option, facts: Facts) -> Label | None:
        """What *option* is called where *facts* hold; None if this does not say."""
        label = dict(self.options).get(option)
        return label if label and holds(self.when, facts, frozenset()) else None


@final
@attrs.frozen(kw_only=True)
class Finding:
    """Something concluded on the way (S4)."""

    id: str
    says: str = ""


@final
@attrs.frozen(kw_only=True)
class Instead:
    """What a step says where a condition over facts holds."""

    when: Condition
    says: str


@final
@attrs.frozen(kw_only=True)
class Action:
    """Something to do whichever option is taken."""

    id: str
    says: str = ""
    #: Whether it opens the answer wherever it is advised.
    urgent: bool = False
    #: The first of these whose condition holds replaces `says`.
    instead: tuple[Instead, ...] = ()

    def said(self, facts: Facts) -> str:
        """What it says where *facts* hold."""
        fitting = (x.says for x in self.instead if holds(x.when, facts, frozenset()))
        return next(fitting, self.says)


@final
@attrs.frozen(kw_only=True)
class Prompt:
    """Something to reflect on, under a question for supervision."""

    says: str
    #: Facts, each with the values with which the prompt fits; without any, it always
    #: does.
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Whether each fact of `when` is among *facts* with one of its values."""
        return all(facts.get(fact) in values for fact, values in self.when)


@final
@attrs.frozen(kw_only=True)
class Question:
    """A question to take to supervision."""

    id: str
    says: str = ""


class Slot(StrEnum):
    """Where a part stands in what could be said to the client, first to last."""

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
class DraftPart:
    """A sentence or two of what could be said to the client; rules choose it."""

    id: str
    slot: Slot
    #: How, where and when to say it: for the clinician, never spoken.
    direction: str = ""
    #: Nothing where there is only a direction.
    says: str = ""


class MethodName(StrEnum):
    """How options of one standing are ordered (S14, S15)."""

    LEVELWISE = "levelwise"
    WEIGHTED = "weighted"
    LEXICOGRAPHIC = "lexicographic"


#: Points of each strength where a policy does not give its own (S15).
DEFAULT_POINTS = ((Strength.STRONG, 3), (Strength.MODERATE, 2), (Strength.WEAK, 1))


@final
@attrs.frozen(kw_only=True)
class Method:
    """The policy's method, and what the method needs."""

    name: MethodName = MethodName.LEVELWISE
    #: Whole points of each strength.
    points: tuple[tuple[Strength, int], ...] = DEFAULT_POINTS
    #: Tiers of principle ids, first tier first.
    priority: tuple[tuple[str, ...], ...] = ()


class Promise(StrEnum):
    """What an invariant can promise of the ranking, or of what binding rules give."""

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
        """Whether it is about options; else it names steps, draft parts or rules."""
        return self not in _OF_RULES

    @property
    def of_standing(self) -> bool:
        """Whether it is about what is forbidden."""
        return self in {Promise.FORBIDDEN, Promise.NEVER_FORBIDDEN}


_OF_RULES = frozenset(
    {
        Promise.ADVISES,
        Promise.NEVER_ADVISES,
        Promise.DRAFTS,
        Promise.NEVER_DRAFTS,
        Promise.NEVER_BINDS,
    }
)

#: One promise: with its option, or two where the one ranks above the other; or with
#: the step, draft part or rule that it names.
Promised: TypeAlias = tuple[Promise, tuple[str, ...]]


@final
@attrs.frozen(kw_only=True)
class Invariant:
    """What must hold wherever a condition over facts holds."""

    id: str
    says: str = ""
    when: Condition = ALWAYS
    #: Each promise with what it is made of; with several, it is made of each.
    holds: tuple[Promised, ...]

    @property
    def promises(self) -> tuple[Promised, ...]:
        """Everything that it promises, one by one.

        Of `above`, the first option ranks above each of the others.
        """
        return tuple(
            (promise, one)
            for promise, names in self.holds
            for one in (
                ((names[0], other) for other in names[1:])
                if promise is Promise.ABOVE
                else ((name,) for name in names)
            )
        )


@final
@attrs.frozen(kw_only=True)
class Acceptance:
    """A remark of the linter that the policy's authors accept, and why."""

    #: Code of the lint: `BL06`.
    lint: str
    #: What it is about: the id of a rule, finding, fact, ...
    on: str
    because: str
    #: Whether it stands in a policy that this one extends.
    inherited: bool = attrs.field(default=False, eq=False)


_SHOWN_AS = {
    Seen.PARAPHRASE: " (seen in paraphrase)",
    Seen.EARLIER_EDITION: " (text of an earlier edition seen)",
    Seen.TITLE_ONLY: " (number and title only)",
}


@final
@attrs.frozen(kw_only=True)
class Source:
    """A book of rules: a code, a law, a policy."""

    id: str
    title: str = ""
    #: What citations call it, edition included: `APA 2017`.
    short: str = ""
    publisher: str = ""
    edition: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """What citations call it; the title and edition where `short` is not given."""
        if self.short:
            return self.short
        named = self.title or self.id
        return f"{named} ({self.edition})" if self.edition else named


@final
@attrs.frozen(kw_only=True)
class Citation:
    """A section of a source, with how its text was seen."""

    #: Id of the source.
    source: str
    #: Number or heading as the source has it; never a page.
    section: str
    title: str = ""
    #: None where the policy does not say.
    seen: Seen | None = None

    def told(self, source: Source) -> str:
        """The citation in short: `APA 2017, 3.05(a)`, and how it was seen."""
        return f"{source.name}, {self.numbered}"

    @property
    def numbered(self) -> str:
        """The section without its title: `4.06`."""
        return f"{self.section}{self._how}"

    @property
    def titled(self) -> str:
        """The section with the source's own title: `4.06, Consultations`."""
        title = f", {self.title}" if self.title not in ("", self.section) else ""
        return f"{self.section}{title}{self._how}"

    @property
    def _how(self) -> str:
        return _SHOWN_AS.get(self.seen, "") if self.seen else ""


@final
@attrs.frozen(kw_only=True)
class Principle:
    """What a rule appeals to."""

    id: str
    title: str = ""
    force: Force | None = None
    #: For the weighted method only (S15).
    weight: int = 1
    cites: tuple[Citation, ...] = ()

    @property
    def name(self) -> str:
        """The title, or the id in words."""
        return self.title or self.id.replace("_", " ")


@final
@attrs.frozen(kw_only=True)
class Effects:
    """What follows when a rule binds; the `then` of a rule."""

    concludes: tuple[str, ...] = ()
    favors: tuple[tuple[Option, Strength], ...] = ()
    opposes: tuple[tuple[Option, Strength], ...] = ()
    requires: tuple[Option, ...] = ()
    forbids: tuple[Option, ...] = ()
    advises: tuple[str, ...] = ()
    #: Parts of what could be said to the client; shown only where the rule binds.
    drafts: tuple[str, ...] = ()

    @property
    def yields_reasons(self) -> bool:
        """Whether a principle must stand behind these effects (S10)."""
        return any(True for _ in self.pulls()) or bool(self.advises or self.drafts)

    def pulls(self) -> Iterator[tuple[Pull, Option, Strength | None]]:
        """Every way in which the rule speaks to an option."""
        for option, strength in self.favors:
            yield Pull.FAVORS, option, strength
        for option, strength in self.opposes:
            yield Pull.OPPOSES, option, strength
        for option in self.requires:
            yield Pull.REQUIRES, option, None
        for option in self.forbids:
            yield Pull.FORBIDS, option, None

    def at(self, strength: Strength) -> Effects:
        """These effects with every strength replaced by *strength*."""
        return attrs.evolve(
            self,
            favors=tuple((option, strength) for option, _ in self.favors),
            opposes=tuple((option, strength) for option, _ in self.opposes),
        )


@final
@attrs.frozen(kw_only=True)
class Rule:
    """When something holds, something follows, on a principle, for a reason."""

    id: str
    #: For those who read the file.
    note: str = ""
    when: Condition = ALWAYS
    then: Effects
    #: Id of the principle; None only where the rule yields no reason (S10).
    principle: str | None = None
    #: Beside the principle's own.
    cites: tuple[Citation, ...] = ()
    #: One plain sentence that a clinician would accept.
    because: str = ""
    #: Ids of the supervision questions that the rule speaks to.
    supervision_questions: tuple[str, ...] = ()
    #: Ids of the rules set aside when this one binds.
    overrides: tuple[str, ...] = ()
