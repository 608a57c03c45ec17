"""Verdicts, with assessments, reasons, comparisons, derivations and proofs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, final

import attrs

from boundaryethics.arguments import checked
from boundaryethics.model.display import ShortRepr
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import (
    Citation,
    DraftPart,
    Option,
    Pull,
    Slot,
    Status,
    Strength,
    rules_by,
)

if TYPE_CHECKING:
    from datetime import datetime

    from boundaryethics.analysis.explain import WhyFollows, WhyRanked
    from boundaryethics.model.verdict_data import VerdictDict


@attrs.frozen
class _Part(ShortRepr):
    """Base class of parts of a verdict that a notebook shows in words."""

    #: The verdict that it belongs to.
    verdict: Verdict | None = attrs.field(
        default=None, eq=False, repr=False, kw_only=True
    )

    def _repr_html_(self) -> str | None:
        return self.verdict and self.verdict.presenter("part", self.verdict, self)


@final
@attrs.frozen
class Firing:
    """Rule whose condition is met, with the rules that override it."""

    rule: str
    #: The binding rules that override it, sorted; empty if the rule binds.
    overridden_by: tuple[str, ...] = ()


@final
@attrs.frozen
class Derivation(ShortRepr):
    """Rules and findings that follow from a situation, with any engine (S21)."""

    #: Sorted by rule.
    firings: tuple[Firing, ...]
    findings: frozenset[str]

    @classmethod
    @checked
    def of(
        cls,
        binding: Iterable[str],
        overridden: Mapping[str, tuple[str, ...]],
        findings: AbstractSet[str],
    ) -> Derivation:
        """Make the derivation with these *binding* and *overridden* rules."""
        by_rule = {**dict.fromkeys(binding, ()), **overridden}
        firings = tuple(Firing(rule, by_rule[rule]) for rule in sorted(by_rule))
        return cls(firings, frozenset(findings))

    @cached_property
    def binding(self) -> tuple[str, ...]:
        """List the binding rules, sorted."""
        return tuple(f.rule for f in self.firings if not f.overridden_by)

    @cached_property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """Map each overridden rule to the binding rules that override it."""
        by_rule = {f.rule: f.overridden_by for f in self.firings if f.overridden_by}
        return MappingProxyType(by_rule)


@final
@attrs.frozen
class Given:
    """Premise: the situation gives the fact this value."""

    fact: str
    value: str


@final
@attrs.frozen
class Shown:
    """Premise that another step shows: a rule or a finding applies, or does not."""

    of: Literal["rule", "finding"]
    name: str
    applies: bool


Premise: TypeAlias = Given | Shown


@final
@attrs.frozen
class Step(ShortRepr):
    """Inference step: a rule's condition is met, and it binds unless it is overridden.

    The premises make the condition hold, in the order in which it reads them, and none
    is redundant. Then they show, by name, that every other rule which could override
    this one is absent.
    """

    rule: str
    premises: tuple[Premise, ...]
    #: The binding rules that override this one, sorted.
    overridden_by: tuple[str, ...] = ()


@final
@attrs.frozen
class Absent(ShortRepr):
    """Inference step: a rule does not bind, or a finding does not hold.

    For a finding, the premises show that each rule which concludes it is absent. For a
    rule, they make its condition fail, or are one binding rule that overrides it.
    """

    of: Literal["rule", "finding"]
    name: str
    premises: tuple[Premise, ...]


@final
@attrs.frozen
class Unfounded(ShortRepr):
    """Inference step: findings and rules that only follow from each other are absent.

    Each of these absences relies, directly or not, on each of the others. None of the
    findings could hold first, so none holds.
    """

    #: Sorted by kind and name.
    absences: tuple[Absent, ...]


ProofStep: TypeAlias = Step | Absent | Unfounded


def _shows(step: ProofStep) -> tuple[Shown, ...]:
    """Return what *step* shows; nothing relies on a rule that is overridden."""
    match step:
        case Step(rule, _, by):
            return () if by else (Shown("rule", rule, applies=True),)
        case Absent(of, name):
            return (Shown(of, name, applies=False),)
        case Unfounded(absences):
            return tuple(Shown(one.of, one.name, applies=False) for one in absences)


def _relies_on(step: ProofStep) -> tuple[Shown, ...]:
    """Return what *step* relies on other steps for, in order."""
    match step:
        case Step(_, premises, by):
            overriding = (Shown("rule", rule, applies=True) for rule in by)
            relied = (*premises, *overriding)
        case Absent(_, _, premises):
            relied = premises
        case Unfounded(absences):
            together = {*_shows(step)}
            found = (premise for one in absences for premise in one.premises)
            relied = tuple(premise for premise in found if premise not in together)
    return tuple(dict.fromkeys(p for p in relied if isinstance(p, Shown)))


@final
@attrs.frozen
class Proof(_Part):
    """Proof of what its first step shows.

    Each step is listed once, before the steps that show its premises: the proof is a
    directed acyclic graph. The order is that of a depth-first search.
    """

    steps: tuple[ProofStep, ...]


@final
@attrs.frozen
class Proofs(_Part):
    """Proofs of each finding, and of each binding or overridden rule."""

    rules: Mapping[str, Step]
    #: For each finding, the step of a rule that concludes it.
    findings: Mapping[str, Step]
    #: The steps that show the absences on which the proofs rely.
    absences: Mapping[Shown, Absent | Unfounded] = attrs.field(factory=dict, repr=False)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*self.rules, *self.findings)))

    def __len__(self) -> int:
        return len(self.rules.keys() | self.findings.keys())

    def __contains__(self, name: object) -> bool:
        return name in self.rules or name in self.findings

    def __getitem__(self, name: str) -> Proof:
        """Return the proof of the rule *name*, or of the finding if no rule has it."""
        step = self.rules[name] if name in self.rules else self.findings[name]
        return Proof(self._steps_from(step), verdict=self.verdict)

    def _steps_from(self, first: ProofStep) -> tuple[ProofStep, ...]:
        """List *first* and all that it relies on, in reverse postorder."""
        opened, closed = set[int](), dict[int, ProofStep]()
        waiting = [first]
        while waiting:
            step = waiting[-1]
            if id(step) not in opened:
                opened.add(id(step))
                found = map(self._showing, _relies_on(step))
                waiting += (one for one in found if id(one) not in opened)
            else:
                closed.setdefault(id(waiting.pop()), step)
        return tuple(reversed(closed.values()))

    def _showing(self, shown: Shown) -> ProofStep:
        return self.rules[shown.name] if shown.applies else self.absences[shown]


@final
@attrs.frozen
class Options(Mapping[Option, "Assessment"]):
    """Mapping from the four options to their assessments in a verdict."""

    verdict: Verdict = attrs.field(repr=False)

    def __getitem__(self, option: Option) -> Assessment:
        return self._by_option[option]

    def __iter__(self) -> Iterator[Option]:
        return iter(self._by_option)

    def __len__(self) -> int:
        return len(self._by_option)

    @cached_property
    def _by_option(self) -> Mapping[Option, Assessment]:
        return {one.option: one for one in self.verdict.assessments}

    def __repr__(self) -> str:
        ranks = (f"{o.value}: {one.status} {one.rank}" for o, one in self.items())
        return f"Options({', '.join(ranks)})"

    def _repr_html_(self) -> str:
        return str(self.verdict.presenter("part", self.verdict, self))


#: The criterion before all others (S12).
STATUS = "status"


@final
@attrs.frozen(kw_only=True)
class Reason(ShortRepr):
    """Reason that one binding rule gives for or against one option."""

    rule: str
    option: Option
    pull: Pull
    #: None if the rule requires or forbids.
    strength: Strength | None
    principle: str
    because: str
    #: In short, such as `APA 2017, Principle B`; the principle's, then the rule's own.
    cites: tuple[str, ...]
    #: The criterion at which it counts: `status`, a level, `total` or a tier.
    criterion: str
    #: Points that it adds to the option there; negative if it opposes the option.
    points: int


@final
@attrs.frozen(kw_only=True)
class Assessment(ShortRepr):
    """Rank and status of one option, with every reason for and against it."""

    option: Option
    #: 1 for the first; tied options have the same rank.
    rank: int
    status: Status
    reasons: tuple[Reason, ...]
    #: Its sum at each of the verdict's criteria after status.
    sums: tuple[int, ...]

    def by(self, pull: Pull) -> tuple[Reason, ...]:
        """List the reasons with this *pull*."""
        return tuple(reason for reason in self.reasons if reason.pull is pull)


@final
@attrs.frozen(kw_only=True)
class Comparison(_Part):
    """Explanation of the order of two options, or of their tie (S17)."""

    above: Option
    below: Option
    #: The deciding criterion; None if the two are tied.
    decided_by: str | None
    #: The reasons that decide there: for the upper option, or against the lower.
    reasons: tuple[Reason, ...]
    #: The outweighed reasons at that criterion.
    against: tuple[Reason, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """List the rules that decide, each once."""
        return tuple(dict.fromkeys(reason.rule for reason in self.reasons))

    @property
    def principles(self) -> tuple[str, ...]:
        """List the principles of the deciding reasons, each once."""
        return tuple(dict.fromkeys(reason.principle for reason in self.reasons))

    @property
    def cites(self) -> tuple[str, ...]:
        """List the citations of the deciding reasons, each once."""
        return tuple(dict.fromkeys(c for reason in self.reasons for c in reason.cites))


@final
@attrs.frozen(kw_only=True)
class Advice(ShortRepr):
    """Action to take whichever option is chosen, with the rules that advise it."""

    action: str
    says: str
    rules: tuple[str, ...]
    principles: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class Dilemma(ShortRepr):
    """Conflict of requirements and bans, which no ranking resolves (S13)."""

    #: `required_and_forbidden`, `all_forbidden` or `several_required`.
    kind: str
    options: tuple[Option, ...]
    rules: tuple[str, ...]


def sides(
    upper: Assessment, lower: Assessment, criterion: str | None
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Split the reasons at *criterion* into those for the order and those against it.

    A rule that adds the same to both options is in neither group.
    """
    reasons: list[Reason] = []
    gain: dict[str, int] = {}
    for side, sign in ((upper, 1), (lower, -1)):
        for reason in side.reasons:
            if reason.criterion == criterion:
                reasons.append(reason)
                gain[reason.rule] = gain.get(reason.rule, 0) + sign * reason.points
    return (
        tuple(reason for reason in reasons if gain[reason.rule] > 0),
        tuple(reason for reason in reasons if gain[reason.rule] < 0),
    )


class Presenter(Protocol):
    """Interface through which a verdict calls the packages above the model."""

    def __call__(
        self, function: str, verdict: Verdict, /, *given: Any, **how: Any
    ) -> Any:
        """Return what the named function above the model returns for the verdict."""


@final
@attrs.frozen(kw_only=True)
class Verdict(ShortRepr):
    """Ranking of the four options for one situation under a policy, with reasons."""

    policy: Policy
    situation: Situation
    derivation: Derivation = attrs.field(repr=False)
    #: Groups of tied options, first rank first (S16).
    ranking: tuple[tuple[Option, ...], ...]
    #: One for each option, in the order of the options.
    assessments: tuple[Assessment, ...] = attrs.field(repr=False)
    #: The criteria after status, in order.
    criteria: tuple[str, ...] = attrs.field(repr=False)
    actions: tuple[Advice, ...] = attrs.field(repr=False)
    #: The supervision questions that binding rules address, each with those rules.
    questions: tuple[tuple[str, tuple[str, ...]], ...] = attrs.field(repr=False)
    dilemmas: tuple[Dilemma, ...] = attrs.field(repr=False)
    presenter: Presenter = attrs.field(eq=False, repr=False)

    @property
    def best(self) -> tuple[Option, ...]:
        """Return the options that rank first: one, or several that are tied."""
        return self.ranking[0]

    @cached_property
    def options(self) -> Options:
        """Map each option to its assessment."""
        return Options(self)

    @property
    def ruled_out(self) -> tuple[Option, ...]:
        """List the options that are forbidden, in the order of the options."""
        return tuple(a.option for a in self.assessments if a.status is Status.FORBIDDEN)

    @property
    def urgent(self) -> tuple[Advice, ...]:
        """List the urgent actions, in order; they are among `actions` too."""
        action = self.policy.action
        return tuple(advice for advice in self.actions if action[advice.action].urgent)

    @property
    def findings(self) -> tuple[str, ...]:
        """List the findings that hold, sorted."""
        return tuple(sorted(self.derivation.findings))

    @property
    def binding(self) -> tuple[str, ...]:
        """List the binding rules, sorted."""
        return self.derivation.binding

    @property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """Map each overridden rule to the rules that override it."""
        return self.derivation.overridden

    @property
    def unknown(self) -> tuple[str, ...]:
        """List the unknown facts that can be known and that a rule reads, in order."""
        read, situation = self.policy.facts_read, self.situation
        return tuple(
            name
            for name, value in situation.items()
            if value == UNKNOWN and name in read and situation.values_possible_for(name)
        )

    @property
    def fingerprint(self) -> str:
        """Return the fingerprint of the policy (S22)."""
        return self.policy.fingerprint

    @property
    def text_fingerprint(self) -> str:
        """Return the fingerprint of the policy's text (S22)."""
        return self.policy.text_fingerprint

    @property
    def draft(self) -> tuple[tuple[DraftPart, tuple[str, ...]], ...]:
        """List the parts of the draft message, in order, each with its rules.

        A rule that applies supports each part.
        """
        rules = (self.policy.rule[rule] for rule in self.binding)
        by = rules_by(rules, lambda rule: rule.then.drafts)
        parts = [part for part in self.policy.draft_parts if part.id in by]
        parts.sort(key=lambda part: [*Slot].index(part.slot))
        return tuple((part, by[part.id]) for part in parts)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """List each section cited by the rules that apply, once, with its authority."""
        return self.policy.citations_for(self.binding)

    @cached_property
    def proofs(self) -> Proofs:
        """Prove each finding and each binding or overridden rule."""
        proved: Proofs = self.presenter("prove", self)
        return attrs.evolve(proved, verdict=self)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Compare each option with those of the next rank, pair by pair."""
        return tuple(
            self.compare(above, below)
            for upper, lower in zip(self.ranking, self.ranking[1:], strict=False)
            for above in upper
            for below in lower
        )

    @checked
    def compare(self, first: Option | str, second: Option | str) -> Comparison:
        """Compare two options: the deciding criterion, and the reasons there (S17).

        Raises:
            ArgumentError: a name is not one of the four options.
        """
        one, other = self.options[Option(first)], self.options[Option(second)]
        upper, lower = (one, other) if one.rank <= other.rank else (other, one)
        sums = zip(self.criteria, upper.sums, lower.sums, strict=True)
        decided_by = next((name for name, more, less in sums if more != less), None)
        if upper.status is not lower.status:
            decided_by = STATUS
        reasons, against = sides(upper, lower, decided_by)
        return Comparison(
            above=upper.option,
            below=lower.option,
            decided_by=decided_by,
            reasons=reasons,
            against=against,
            verdict=self,
        )

    @checked
    def what_if(self, fact: str) -> Mapping[str, Verdict]:
        """Map each value of *fact* to the verdict with that value, all else equal.

        Values that are impossible with what is known are left out.

        Raises:
            ArgumentError: the policy has no such fact.
        """
        worlds: Mapping[str, Verdict] = self.presenter("what_if", self, fact)
        return worlds

    def with_facts(self, /, **changed: object) -> Verdict:
        """Return the verdict of the same policy with some facts changed.

        Raises:
            SituationError: a fact or a value is not declared, or the values cannot be
                true together.
        """
        situation = self.situation.with_facts(**changed)
        verdict: Verdict = self.presenter("consult", self, situation)
        return verdict

    @checked
    def record(
        self, when: datetime | str | None = None, *, with_policy: bool = False
    ) -> dict[str, Any]:
        """Return a record for an audit, as plain data; `replay` reads it.

        It has the known facts, the policy's id and fingerprints, and the outcome.

        Args:
            when: the time to note, with its offset from UTC.
            with_policy: whether to add the text of the policy.

        Raises:
            RecordError: *when* is not a time with an offset.
            PolicyError: the policy cannot be written.
        """
        how: dict[str, Any] = {"when": when, "with_policy": with_policy}
        return dict(self.presenter("record_of", self, **how))

    @checked
    def worksheet(self, form: str = "markdown") -> str:
        """Render a worksheet for supervision as `markdown`, `html` or `text`.

        The HTML is a complete page to print.

        Raises:
            ArgumentError: *form* is invalid.
        """
        return str(self.presenter("worksheet", self, form))

    @checked
    def label(self, option: Option | str) -> str:
        """Return the words for *option* in this situation: `Decline politely`.

        Raises:
            ArgumentError: it is not one of the four options.
        """
        return str(self.presenter("label", self, Option(option)))

    @checked
    def why(self, target: str | tuple[str, int]) -> WhyFollows | WhyRanked:
        """Explain why a rule applies, a finding holds, or an option has its rank.

        *target* names it, perhaps with a rank: `decline first`.

        Raises:
            AnalysisError: the target is unknown or not true here.
        """
        found: WhyFollows | WhyRanked = self.presenter("why", self, target)
        return found

    def to_dict(self) -> VerdictDict:
        """Return the verdict as plain data for JSON (docs/reference/json.md)."""
        data: VerdictDict = self.presenter("as_dict", self)
        return data

    def to_json(self) -> str:
        """Return the verdict as JSON, as `boundaryethics consult --format json`."""
        return json.dumps(self.to_dict(), indent=2)

    def to_frame(self) -> Any:
        """Return a pandas or polars data frame with one row for each option.

        It has the label, rank and status of each option, and its sum at each criterion.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self.presenter("frame", self)

    @checked
    def text(self, width: int = 88, *, full: bool = False) -> str:
        """Return the verdict as text.

        Args:
            width: the largest number of columns.
            full: whether to add every reason, the situation and the sources.
        """
        return str(self.presenter("text", self, width=width, full=full))

    @checked
    def to_markdown(self, *, full: bool = False) -> str:
        """Return the verdict as Markdown; with *full*, with every reason."""
        return str(self.presenter("markdown", self, full=full))

    @checked
    def to_html(self, *, full: bool = False) -> str:
        """Return the verdict as a whole page; with *full*, with every reason."""
        return str(self.presenter("html", self, full=full, page=True))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return str(self.presenter("html", self))
