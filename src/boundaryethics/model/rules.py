"""Rules, principles, sources and the other parts of a policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from typing import TypeAlias, final

import attrs

from boundaryethics.arguments import checked
from boundaryethics.model.conditions import ALWAYS, Condition, Facts, holds
from boundaryethics.model.display import ShortRepr, Table, in_line


class Option(StrEnum):
    """The four responses, from staying in contact to leaving."""

    #: Keep the contact going, and do not bring it up.
    CONTINUE = "continue"
    #: Leave it unanswered; in a shared space, do not greet.
    IGNORE = "ignore"
    #: Say politely that personal contact is not possible, and why.
    DECLINE = "decline"
    #: Stop taking part in the group or on the platform.
    LEAVE = "leave"


class Strength(StrEnum):
    """Strength of a reason (S10), strongest first."""

    STRONG = "strong"
    MODERATE = "moderate"
    WEAK = "weak"


class Status(StrEnum):
    """Deontic status, which ranks before all reasons (S12), highest first."""

    REQUIRED = "required"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Force(StrEnum):
    """Authority of a principle, most binding first."""

    LAW = "law"
    ENFORCEABLE = "enforceable"
    SHOULD = "should"
    ASPIRATIONAL = "aspirational"
    EMPLOYMENT = "employment"
    CUSTOM = "custom"
    #: No checked section states the duty. The nearest one is cited, and marked as such.
    NEAREST = "nearest"


class Seen(StrEnum):
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


class Pull(StrEnum):
    """The four ways in which a rule can affect an option (S10)."""

    FAVORS = "favors"
    OPPOSES = "opposes"
    REQUIRES = "requires"
    FORBIDS = "forbids"


@final
@attrs.frozen(kw_only=True)
class Label:
    """Name of one option."""

    #: As an action: `Decline politely`.
    says: str
    #: As the subject of a sentence: `declining`.
    named: str


def within_sentence(title: str) -> str:
    """Return *title* as it reads within a sentence: `the APA Ethics Code (2017)`."""
    is_lower = title.startswith(("A ", "An ", "Our ", "The "))
    return title[:1].lower() + title[1:] if is_lower else title


@final
@attrs.frozen(kw_only=True)
class Labels(ShortRepr):
    """Labels of some options, used if a condition over facts holds."""

    when: Condition = ALWAYS
    options: tuple[tuple[Option, Label], ...]

    def label(self, option: Option, facts: Facts) -> Label | None:
        """Return the label of *option* given *facts*, or None if there is none."""
        label = dict(self.options).get(option)
        return label if label and holds(self.when, facts, frozenset()) else None


@final
@attrs.frozen(kw_only=True)
class Finding(ShortRepr):
    """Intermediate conclusion (S4)."""

    id: str
    says: str = ""


@final
@attrs.frozen(kw_only=True)
class Instead:
    """Text that replaces an action's text if a condition over facts holds."""

    when: Condition
    says: str


@final
@attrs.frozen(kw_only=True)
class Action(ShortRepr):
    """Action to take, whichever option is chosen."""

    id: str
    says: str = ""
    #: Whether it comes first in the answer.
    urgent: bool = False
    #: The first of these whose condition holds replaces `says`.
    instead: tuple[Instead, ...] = ()

    @checked
    def said(self, facts: Facts) -> str:
        """Return the text given *facts*."""
        fitting = (x.says for x in self.instead if holds(x.when, facts, frozenset()))
        return next(fitting, self.says)


@final
@attrs.frozen(kw_only=True)
class Prompt(ShortRepr):
    """Point to reflect on, under a question for supervision."""

    says: str
    #: Facts, each with the values for which the prompt fits; if empty, it always fits.
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def fits(self, facts: Mapping[str, str]) -> bool:
        """Return whether each fact of `when` is in *facts* with one of its values."""
        return all(facts.get(fact) in values for fact, values in self.when)


@final
@attrs.frozen(kw_only=True)
class Question(ShortRepr):
    """Question to discuss in supervision."""

    id: str
    says: str = ""


class Slot(StrEnum):
    """Position of a sentence in the draft message, first to last."""

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
    """One or two sentences of the draft message, which rules select."""

    id: str
    slot: Slot
    #: How, where and when to say it: for the clinician only.
    direction: str = ""
    #: Empty if there is only a direction.
    says: str = ""


class MethodName(StrEnum):
    """Method that ranks options of the same status (S14, S15)."""

    LEVELWISE = "levelwise"
    WEIGHTED = "weighted"
    LEXICOGRAPHIC = "lexicographic"


#: Points of each strength by default (S15).
DEFAULT_POINTS = ((Strength.STRONG, 3), (Strength.MODERATE, 2), (Strength.WEAK, 1))


@final
@attrs.frozen(kw_only=True)
class Method:
    """Ranking method of a policy, with its parameters."""

    name: MethodName = MethodName.LEVELWISE
    #: Points of each strength, whole numbers.
    points: tuple[tuple[Strength, int], ...] = DEFAULT_POINTS
    #: Tiers of principle ids, first tier first.
    priority: tuple[tuple[str, ...], ...] = ()


class Promise(StrEnum):
    """Guarantee about the ranking, or about the rules that bind and their effects."""

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
        """Return whether it is about options, not actions, draft parts or rules."""
        return not self.endswith(("advises", "drafts", "binds"))

    @property
    def of_standing(self) -> bool:
        """Return whether it is about options that are forbidden."""
        return self.endswith("forbidden")


#: One promise and its subject: an option, two options of which the first ranks above
#: the second, or an action, draft part or rule.
Promised: TypeAlias = tuple[Promise, tuple[str, ...]]


@final
@attrs.frozen(kw_only=True)
class Invariant(ShortRepr):
    """Promises that hold in every situation that meets a condition over facts."""

    id: str
    says: str = ""
    when: Condition = ALWAYS
    #: Each promise, with the names that it must hold for.
    holds: tuple[Promised, ...]

    @property
    def promises(self) -> tuple[Promised, ...]:
        """List the promises one by one.

        With `above`, the first option ranks above each of the others.
        """
        listed: list[Promised] = []
        for promise, names in self.holds:
            first = names[:1] if promise is Promise.ABOVE else ()
            listed += [(promise, (*first, name)) for name in names[len(first) :]]
        return tuple(listed)


@final
@attrs.frozen(kw_only=True)
class Acceptance(ShortRepr):
    """Lint warning that the policy's authors suppress, with their reason."""

    #: Code of the lint: `BL06`.
    lint: str
    #: Id of the rule, finding, fact, ... that it is about.
    on: str
    because: str
    #: Whether it comes from a policy that this one extends.
    inherited: bool = attrs.field(default=False, eq=False)


_SHOWN_AS = {
    Seen.PARAPHRASE: " (seen in paraphrase)",
    Seen.EARLIER_EDITION: " (checked in an earlier edition)",
    Seen.TITLE_ONLY: " (number and title only)",
}


@final
@attrs.frozen(kw_only=True)
class Source(ShortRepr):
    """Source of duties: a code, a law or a policy."""

    id: str
    title: str = ""
    #: Its name in citations, with the edition: `APA 2017`.
    short: str = ""
    publisher: str = ""
    edition: str = ""
    url: str = ""

    @property
    def name(self) -> str:
        """Return `short`, or the title and edition if that is not given."""
        edition = f" ({self.edition})" if self.edition else ""
        return self.short or f"{self.title or self.id}{edition}"


@final
@attrs.frozen(kw_only=True)
class Citation(ShortRepr):
    """Section of a source, with how its text was checked."""

    #: Id of the source.
    source: str
    #: Number or heading as in the source; never a page.
    section: str
    title: str = ""
    #: None if the policy does not say.
    seen: Seen | None = None
    #: How binding the section is, if this differs from its principle's force. Not
    #: compared, so that each section counts once.
    authority: Force | None = attrs.field(default=None, eq=False)

    @checked
    def told(self, source: Source) -> str:
        """Return the citation in short: `APA 2017, 3.05(a)`, and how it was checked."""
        return f"{source.name}, {self.numbered}"

    @property
    def numbered(self) -> str:
        """The section without its title: `4.06`."""
        return f"{self.section}{self._how}"

    @property
    def titled(self) -> str:
        """Return the section with its own title: `4.06, Consultations`."""
        title = f", {self.title}" if self.title not in ("", self.section) else ""
        return f"{self.section}{title}{self._how}"

    @property
    def _how(self) -> str:
        return _SHOWN_AS.get(self.seen, "") if self.seen else ""


@final
@attrs.frozen(kw_only=True)
class Principle(ShortRepr):
    """Principle that rules are based on."""

    id: str
    title: str = ""
    force: Force | None = None
    #: For the weighted method only (S15).
    weight: int = 1
    cites: tuple[Citation, ...] = ()

    @property
    def name(self) -> str:
        """Return the title, or the id in words."""
        return self.title or self.id.replace("_", " ")


@final
@attrs.frozen(kw_only=True)
class Effects(ShortRepr):
    """Effects of a rule that binds: its `then`."""

    concludes: tuple[str, ...] = ()
    favors: tuple[tuple[Option, Strength], ...] = ()
    opposes: tuple[tuple[Option, Strength], ...] = ()
    requires: tuple[Option, ...] = ()
    forbids: tuple[Option, ...] = ()
    advises: tuple[str, ...] = ()
    #: Parts of the draft message; shown only if the rule binds.
    drafts: tuple[str, ...] = ()

    @property
    def yields_reasons(self) -> bool:
        """Return whether these effects need a principle (S10)."""
        return any(True for _ in self.pulls()) or bool(self.advises or self.drafts)

    def pulls(self) -> Iterator[tuple[Pull, Option, Strength | None]]:
        """Yield each effect of the rule on an option."""
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
        """Return these effects with every strength replaced by *strength*."""
        return attrs.evolve(
            self,
            favors=tuple((option, strength) for option, _ in self.favors),
            opposes=tuple((option, strength) for option, _ in self.opposes),
        )


@final
@attrs.frozen(kw_only=True)
class Rule:
    """Rule: a condition, its effects, the principle behind them, and a reason."""

    id: str
    #: For readers of the file.
    note: str = ""
    when: Condition = ALWAYS
    then: Effects
    #: Id of the principle; None only if the rule yields no reason (S10).
    principle: str | None = None
    #: In addition to the principle's own.
    cites: tuple[Citation, ...] = ()
    #: One plain sentence that a clinician would accept.
    because: str = ""
    #: Ids of the supervision questions that the rule addresses.
    supervision_questions: tuple[str, ...] = ()
    #: Ids of the rules overridden when this one binds.
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
    """Map each name that *names* returns for a rule to the ids of those rules."""
    by: dict[str, list[str]] = {}
    for rule in rules:
        for name in names(rule):
            by.setdefault(name, []).append(rule.id)
    return {name: tuple(ids) for name, ids in by.items()}
