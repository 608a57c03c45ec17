"""Verdicts, with assessments, reasons, comparisons, derivations and proofs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeAlias, final

import attrs

from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import DraftPart, Option, Pull, Slot, Status, Strength


@final
@attrs.frozen
class Firing:
    """One use of one rule: it was triggered, and set aside by the rules named."""

    rule: str
    #: The binding rules that override it, sorted; none where the rule binds.
    overridden_by: tuple[str, ...] = ()


@final
@attrs.frozen
class Derivation:
    """All that follows: equal for equal situations, whichever engine made it (S21)."""

    #: Sorted by rule.
    firings: tuple[Firing, ...]
    findings: frozenset[str]

    @classmethod
    def of(
        cls,
        binding: Iterable[str],
        overridden: Mapping[str, tuple[str, ...]],
        findings: AbstractSet[str],
    ) -> Derivation:
        """The derivation with these *binding* and *overridden* rules and findings."""
        by_rule = {**dict.fromkeys(binding, ()), **overridden}
        firings = tuple(Firing(rule, by_rule[rule]) for rule in sorted(by_rule))
        return cls(firings, frozenset(findings))

    @cached_property
    def binding(self) -> tuple[str, ...]:
        """The rules that count, sorted."""
        return tuple(f.rule for f in self.firings if not f.overridden_by)

    @cached_property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """The rules set aside, each with the binding rules that do it."""
        by_rule = {f.rule: f.overridden_by for f in self.firings if f.overridden_by}
        return MappingProxyType(by_rule)


@final
@attrs.frozen
class Given:
    """The situation gives the fact this value."""

    fact: str
    value: str


@final
@attrs.frozen
class Absent:
    """A rule does not bind, or a finding does not hold.

    For a finding, the premises show that each rule which concludes it is absent;
    with no premises it rests on the same finding further up the tree: findings
    that would only hold because of one another do not hold. For a rule, they make
    its condition fail, or are one binding step that overrides it.
    """

    of: Literal["rule", "finding"]
    name: str
    premises: tuple[Proof, ...]


@final
@attrs.frozen
class Step:
    """A rule is triggered, and binds unless `overridden_by` says who sets it aside.

    The premises make its condition hold, with none to spare, and show that every
    other rule which could override it is absent.
    """

    rule: str
    premises: tuple[Proof, ...]
    #: Steps of the binding rules that set this one aside.
    overridden_by: tuple[Step, ...] = ()


Proof: TypeAlias = Given | Absent | Step


@final
@attrs.frozen
class Proofs:
    """A proof for each finding, and for each binding or overridden rule."""

    rules: Mapping[str, Step]
    #: For each finding, the step of a rule that concludes it.
    findings: Mapping[str, Step]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.rules, *self.findings)))

    def __len__(self) -> int:
        return len(self.rules.keys() | self.findings.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.rules or name in self.findings

    def __getitem__(self, name: str) -> Step:
        """The proof of the rule, or else of the finding, called *name*."""
        return self.rules[name] if name in self.rules else self.findings[name]


#: The criterion before all others (S12).
STATUS = "status"


@final
@attrs.frozen(kw_only=True)
class Reason:
    """What one binding rule says of one option."""

    rule: str
    option: Option
    pull: Pull
    #: None where the rule requires or forbids.
    strength: Strength | None
    principle: str
    because: str
    #: As shown: `APA 2017, Principle B`; the principle's, then the rule's own.
    cites: tuple[str, ...]
    #: The criterion at which it counts: `status`, a level, `total`, a tier.
    criterion: str
    #: What it adds to the option there; negative where it speaks against.
    points: int


@final
@attrs.frozen(kw_only=True)
class Assessment:
    """Where one option stands, and every reason that speaks to it."""

    option: Option
    #: 1 for the first place; options that tie share a place.
    rank: int
    status: Status
    reasons: tuple[Reason, ...]
    #: Its sum at each of the verdict's criteria after standing.
    sums: tuple[int, ...]

    def by(self, pull: Pull) -> tuple[Reason, ...]:
        """The reasons with this *pull*."""
        return tuple(reason for reason in self.reasons if reason.pull is pull)


@final
@attrs.frozen(kw_only=True)
class Comparison:
    """Why one option stands above another, or that nothing parts them (S17)."""

    above: Option
    below: Option
    #: The deciding criterion; None where the two share a place.
    decided_by: str | None
    #: The reasons that make the difference at it: for the upper, against the lower.
    reasons: tuple[Reason, ...]
    #: Those that speak the other way at the same criterion, and are outweighed.
    against: tuple[Reason, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that make the difference, each once."""
        return tuple(dict.fromkeys(reason.rule for reason in self.reasons))

    @property
    def principles(self) -> tuple[str, ...]:
        """The principles cited for the step, each once."""
        return tuple(dict.fromkeys(reason.principle for reason in self.reasons))

    @property
    def cites(self) -> tuple[str, ...]:
        """The citations behind those reasons, each once."""
        return tuple(dict.fromkeys(c for reason in self.reasons for c in reason.cites))


@final
@attrs.frozen(kw_only=True)
class Advice:
    """A step to take whichever option is chosen, and the rules that advise it."""

    action: str
    says: str
    rules: tuple[str, ...]
    principles: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class Dilemma:
    """A conflict that ranking cannot hide (S13)."""

    #: `required_and_forbidden`, `all_forbidden` or `several_required`.
    kind: str
    options: tuple[Option, ...]
    rules: tuple[str, ...]


def sides(
    upper: Assessment, lower: Assessment, criterion: str | None
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """The reasons at *criterion* that part the two, and those that pull back.

    A rule that moves both options alike makes no difference between them.
    """
    mine = [r for r in upper.reasons if r.criterion == criterion]
    theirs = [r for r in lower.reasons if r.criterion == criterion]
    gain: dict[str, int] = {}
    for reason, sign in [(r, 1) for r in mine] + [(r, -1) for r in theirs]:
        gain[reason.rule] = gain.get(reason.rule, 0) + sign * reason.points
    return (
        tuple(r for r in (*mine, *theirs) if gain[r.rule] > 0),
        tuple(r for r in (*mine, *theirs) if gain[r.rule] < 0),
    )


class Presenter(Protocol):
    """How a verdict is shown and proved; the rooms above the nouns provide it."""

    def text(self, verdict: Verdict, width: int | None, /, *, full: bool) -> str:
        """Return the verdict for a terminal, without color."""

    def markdown(self, verdict: Verdict, /, *, full: bool) -> str:
        """Return the verdict as Markdown."""

    def html(self, verdict: Verdict, /, *, full: bool, page: bool) -> str:
        """Return the verdict as an HTML fragment, or as a whole page."""

    def as_dict(self, verdict: Verdict, /) -> dict[str, Any]:
        """The verdict as the JSON object of docs/reference/json.md."""

    def worksheet(self, verdict: Verdict, form: str, /) -> str:
        """The worksheet of the verdict as `markdown`, `html` or `text`."""

    def prove(self, verdict: Verdict, /) -> Proofs:
        """A proof for each finding and each binding or overridden rule."""

    def what_if(self, verdict: Verdict, fact: str, /) -> Mapping[str, Verdict]:
        """The verdict that each declared value of the fact would give."""


@final
@attrs.frozen(kw_only=True)
class Verdict:
    """What a policy says of a situation, and why."""

    policy: Policy
    situation: Situation
    derivation: Derivation = attrs.field(repr=False)
    #: Groups of options that share a place, first place first (S16).
    ranking: tuple[tuple[Option, ...], ...]
    #: One for each option, in the order of the options.
    assessments: tuple[Assessment, ...] = attrs.field(repr=False)
    #: What decides after standing, in turn.
    criteria: tuple[str, ...] = attrs.field(repr=False)
    actions: tuple[Advice, ...] = attrs.field(repr=False)
    #: The supervision questions that binding rules speak to, each with those rules.
    questions: tuple[tuple[str, tuple[str, ...]], ...] = attrs.field(repr=False)
    dilemmas: tuple[Dilemma, ...] = attrs.field(repr=False)
    presenter: Presenter = attrs.field(eq=False, repr=False)

    @property
    def best(self) -> tuple[Option, ...]:
        """The first place: one option, or all that share it."""
        return self.ranking[0]

    @cached_property
    def options(self) -> Mapping[Option, Assessment]:
        """Each option's place, standing and reasons."""
        by_option = {assessment.option: assessment for assessment in self.assessments}
        return MappingProxyType(by_option)

    @property
    def ruled_out(self) -> tuple[Option, ...]:
        """The options that are forbidden, in the order of the options."""
        forbidden = (a for a in self.assessments if a.status is Status.FORBIDDEN)
        return tuple(assessment.option for assessment in forbidden)

    @property
    def urgent(self) -> tuple[Advice, ...]:
        """The steps that open the answer, in order; they are among `actions` too."""
        step = self.policy.action
        return tuple(advice for advice in self.actions if step[advice.action].urgent)

    @property
    def findings(self) -> tuple[str, ...]:
        """What was concluded on the way, sorted."""
        return tuple(sorted(self.derivation.findings))

    @property
    def binding(self) -> tuple[str, ...]:
        """The rules that count, sorted."""
        return self.derivation.binding

    @property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """The rules set aside, each with the rules that do it."""
        return self.derivation.overridden

    @property
    def unknown(self) -> tuple[str, ...]:
        """The facts left unknown that some rule of the policy reads, in order."""
        read = self.policy.facts_read
        situation = self.situation
        return tuple(n for n in situation if situation[n] == UNKNOWN and n in read)

    @property
    def fingerprint(self) -> str:
        """The digest of the policy that gave this verdict (S22)."""
        return self.policy.fingerprint

    @property
    def draft(self) -> tuple[tuple[DraftPart, tuple[str, ...]], ...]:
        """Parts of what could be said to the client, in order, each with its rules.

        A part is here only where a binding rule licenses it.
        """
        by: dict[str, list[str]] = {}
        for rule in self.binding:
            for part in self.policy.rule[rule].then.drafts:
                by.setdefault(part, []).append(rule)
        slots = list(Slot)
        parts = [part for part in self.policy.draft_parts if part.id in by]
        parts.sort(key=lambda part: slots.index(part.slot))
        return tuple((part, tuple(by[part.id])) for part in parts)

    @cached_property
    def proofs(self) -> Proofs:
        """A proof for each finding and each binding or overridden rule."""
        return self.presenter.prove(self)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Why each place stands above the next, pair by pair of their options."""
        return tuple(
            self.compare(above, below)
            for upper, lower in zip(self.ranking, self.ranking[1:], strict=False)
            for above in upper
            for below in lower
        )

    def compare(self, first: Option | str, second: Option | str) -> Comparison:
        """What decides between two options, with the reasons on both sides (S17).

        Raises:
            ValueError: a name is not one of the four options.
        """
        one, other = self.options[Option(first)], self.options[Option(second)]
        upper, lower = (one, other) if one.rank <= other.rank else (other, one)
        decided_by = self._deciding(upper, lower)
        reasons, against = sides(upper, lower, decided_by)
        return Comparison(
            above=upper.option,
            below=lower.option,
            decided_by=decided_by,
            reasons=reasons,
            against=against,
        )

    def _deciding(self, upper: Assessment, lower: Assessment) -> str | None:
        if upper.status is not lower.status:
            return STATUS
        for criterion, one, other in zip(
            self.criteria, upper.sums, lower.sums, strict=True
        ):
            if one != other:
                return criterion
        return None

    def what_if(self, fact: str) -> Mapping[str, Verdict]:
        """The verdict that each value of *fact* would give, all else equal.

        Values that cannot be true beside what is known are left out.

        Raises:
            KeyError: the policy has no such fact.
        """
        return self.presenter.what_if(self, fact)

    def worksheet(self, form: str = "markdown") -> str:
        """A sheet to take to supervision, as `markdown`, `html` or `text`.

        The HTML is a whole page, ready to be printed.

        Raises:
            ValueError: there is no such form.
        """
        return self.presenter.worksheet(self, form)

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, ready for JSON."""
        return self.presenter.as_dict(self)

    def text(self, width: int | None = None, *, full: bool = False) -> str:
        """Return the verdict as text, by default 88 columns wide.

        Args:
            width: the largest number of columns.
            full: whether to add every reason, the situation and the sources.
        """
        return self.presenter.text(self, width, full=full)

    def to_markdown(self, *, full: bool = False) -> str:
        """Return the verdict as Markdown; with *full*, with every reason."""
        return self.presenter.markdown(self, full=full)

    def to_html(self, *, full: bool = False) -> str:
        """Return the verdict as a whole page; with *full*, with every reason."""
        return self.presenter.html(self, full=full, page=True)

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.presenter.html(self, full=False, page=False)
