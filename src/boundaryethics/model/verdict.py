"""Define verdicts, with assessments, reasons, comparisons, derivations and proofs."""

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
    """Base class for the parts of a verdict that a notebook shows as sentences."""

    #: The verdict that this part belongs to.
    verdict: Verdict | None = attrs.field(
        default=None, eq=False, repr=False, kw_only=True
    )

    def _repr_html_(self) -> str | None:
        return self.verdict and self.verdict.presenter("part", self.verdict, self)


@final
@attrs.frozen
class Firing:
    """A rule whose condition is met, with the rules that override it."""

    rule: str
    #: The rules that apply and override it, sorted; empty if the rule applies.
    overridden_by: tuple[str, ...] = ()


@final
@attrs.frozen
class Derivation(ShortRepr):
    """The rules and findings that follow from a situation. All engines agree (S21)."""

    #: Rules whose conditions are met, sorted.
    firings: tuple[Firing, ...]
    #: The findings that are true.
    findings: frozenset[str]

    @classmethod
    @checked
    def of(
        cls,
        binding: Iterable[str],
        overridden: Mapping[str, tuple[str, ...]],
        findings: AbstractSet[str],
    ) -> Derivation:
        """Return the derivation with these rules and findings."""
        by_rule = {**dict.fromkeys(binding, ()), **overridden}
        firings = tuple(Firing(rule, by_rule[rule]) for rule in sorted(by_rule))
        return cls(firings, frozenset(findings))

    @cached_property
    def binding(self) -> tuple[str, ...]:
        """The rules that apply, sorted."""
        return tuple(f.rule for f in self.firings if not f.overridden_by)

    @cached_property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """Each overridden rule with the rules that apply and override it."""
        by_rule = {f.rule: f.overridden_by for f in self.firings if f.overridden_by}
        return MappingProxyType(by_rule)


@final
@attrs.frozen
class Given:
    """A premise: `fact` has the value `value` in the situation."""

    fact: str
    value: str


@final
@attrs.frozen
class Shown:
    """A premise that another step of the proof shows.

    It states whether a rule applies, or whether a finding is true.
    """

    of: Literal["rule", "finding"]
    name: str
    applies: bool


Premise: TypeAlias = Given | Shown


@final
@attrs.frozen
class Step(ShortRepr):
    """An inference step: a rule's condition is met, so it applies unless overridden.

    The first premises make the condition true. They follow the order of the condition,
    and none is redundant. The remaining premises show, rule by rule, that no further
    rule overrides this one.
    """

    rule: str
    premises: tuple[Premise, ...]
    #: The rules that apply and override this one, sorted.
    overridden_by: tuple[str, ...] = ()


@final
@attrs.frozen
class Absent(ShortRepr):
    """An inference step: a rule does not apply, or a finding is not true.

    For a finding, the premises show that none of the rules that conclude it apply. For
    a rule, either the premises make its condition false, or the only premise is that
    an overriding rule applies.
    """

    of: Literal["rule", "finding"]
    name: str
    premises: tuple[Premise, ...]


@final
@attrs.frozen
class Unfounded(ShortRepr):
    """An inference step: findings and rules that depend only on each other are absent.

    Each of these absences relies, directly or indirectly, on all the others. None of
    the findings could be derived first, so none is true.
    """

    #: The absences, sorted by type and name.
    absences: tuple[Absent, ...]


ProofStep: TypeAlias = Step | Absent | Unfounded


def _shows(step: ProofStep) -> tuple[Shown, ...]:
    """Return the conclusions of *step*; an overridden rule has none."""
    match step:
        case Step(rule, _, by):
            return () if by else (Shown("rule", rule, applies=True),)
        case Absent(of, name):
            return (Shown(of, name, applies=False),)
        case Unfounded(absences):
            return tuple(Shown(one.of, one.name, applies=False) for one in absences)


def _relies_on(step: ProofStep) -> tuple[Shown, ...]:
    """Return the premises of *step* that other steps must show, in order."""
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
    """A proof of the conclusion of its first step.

    Each step occurs once, before the steps that show its premises. So the steps form
    a directed acyclic graph, listed in reverse postorder.
    """

    steps: tuple[ProofStep, ...]


@final
@attrs.frozen
class Proofs(_Part):
    """A proof of each finding, and of each rule that applies or is overridden."""

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
        """Return the proof of the rule or finding *name*; a rule takes precedence."""
        step = self.rules[name] if name in self.rules else self.findings[name]
        return Proof(self._steps_from(step), verdict=self.verdict)

    def _steps_from(self, first: ProofStep) -> tuple[ProofStep, ...]:
        """Return *first* and all steps that it relies on, in reverse postorder."""
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
    """A mapping from the four options to their assessments in a verdict."""

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


#: The criterion that comes before all others (S12).
STATUS = "status"


@final
@attrs.frozen(kw_only=True)
class Reason(ShortRepr):
    """A reason for or against an option, from a rule that applies."""

    rule: str
    option: Option
    pull: Pull
    #: The strength; None if the rule requires or forbids the option.
    strength: Strength | None
    principle: str
    because: str
    #: Short citations, such as `APA 2017, Principle B`: those of the principle, then
    #: those of the rule.
    cites: tuple[str, ...]
    #: The criterion that it counts toward: `status`, a level, `total` or a tier.
    criterion: str
    #: The points for this criterion; negative if the rule opposes or forbids the
    #: option.
    points: int


@final
@attrs.frozen(kw_only=True)
class Assessment(ShortRepr):
    """The rank and status of an option, with all reasons for and against it."""

    option: Option
    #: The rank, starting at 1. Tied options have the same rank.
    rank: int
    status: Status
    reasons: tuple[Reason, ...]
    #: The sum of points for each criterion that follows status.
    sums: tuple[int, ...]

    def by(self, pull: Pull) -> tuple[Reason, ...]:
        """Return the reasons with this *pull*."""
        return tuple(reason for reason in self.reasons if reason.pull is pull)


@final
@attrs.frozen(kw_only=True)
class Comparison(_Part):
    """An explanation of the order of two options, or of their tie (S17)."""

    #: The higher option or, if the two are tied, the one given first; and the other.
    above: Option
    below: Option
    #: The deciding criterion; None if the two are tied.
    decided_by: str | None
    #: The deciding reasons: those for the upper option or against the lower one.
    reasons: tuple[Reason, ...]
    #: The outweighed reasons for the same criterion.
    against: tuple[Reason, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the deciding reasons, without duplicates."""
        return tuple(dict.fromkeys(reason.rule for reason in self.reasons))

    @property
    def principles(self) -> tuple[str, ...]:
        """The principles of the deciding reasons, without duplicates."""
        return tuple(dict.fromkeys(reason.principle for reason in self.reasons))

    @property
    def cites(self) -> tuple[str, ...]:
        """The citations of the deciding reasons, without duplicates."""
        return tuple(dict.fromkeys(c for reason in self.reasons for c in reason.cites))


@final
@attrs.frozen(kw_only=True)
class Advice(ShortRepr):
    """An action to take, whichever option is chosen, with the rules that advise it."""

    action: str
    says: str
    rules: tuple[str, ...]
    principles: tuple[str, ...]


@final
@attrs.frozen(kw_only=True)
class Dilemma(ShortRepr):
    """A conflict between requirements and bans, which no ranking resolves (S13)."""

    #: `required_and_forbidden`, `all_forbidden` or `several_required`.
    kind: str
    options: tuple[Option, ...]
    rules: tuple[str, ...]


def sides(
    upper: Assessment, lower: Assessment, criterion: str | None
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Split reasons under *criterion* into those for and against *upper* over *lower*.

    Reasons from a rule that gives both options the same points are in neither group.
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
    """Protocol through which a verdict calls functions in packages above the model."""

    def __call__(
        self, function: str, verdict: Verdict, /, *given: Any, **how: Any
    ) -> Any:
        """Call the function named *function*, and return its result."""


@final
@attrs.frozen(kw_only=True)
class Verdict(ShortRepr):
    """The ranking of the four options for a situation under a policy, with reasons."""

    policy: Policy
    situation: Situation
    derivation: Derivation = attrs.field(repr=False)
    #: Groups of tied options, starting with rank 1 (S16).
    ranking: tuple[tuple[Option, ...], ...]
    #: An assessment for each option, in the order of `Option`.
    assessments: tuple[Assessment, ...] = attrs.field(repr=False)
    #: The criteria that follow status, in order.
    criteria: tuple[str, ...] = attrs.field(repr=False)
    actions: tuple[Advice, ...] = attrs.field(repr=False)
    #: The supervision questions of rules that apply, each with its rules.
    questions: tuple[tuple[str, tuple[str, ...]], ...] = attrs.field(repr=False)
    dilemmas: tuple[Dilemma, ...] = attrs.field(repr=False)
    presenter: Presenter = attrs.field(eq=False, repr=False)

    @property
    def best(self) -> tuple[Option, ...]:
        """The options with rank 1: more than one if they are tied."""
        return self.ranking[0]

    @cached_property
    def options(self) -> Options:
        """Each option with its assessment."""
        return Options(self)

    @property
    def ruled_out(self) -> tuple[Option, ...]:
        """The forbidden options, in the order of `Option`."""
        return tuple(a.option for a in self.assessments if a.status is Status.FORBIDDEN)

    @property
    def urgent(self) -> tuple[Advice, ...]:
        """The urgent actions, in order. `actions` also includes them."""
        action = self.policy.action
        return tuple(advice for advice in self.actions if action[advice.action].urgent)

    @property
    def findings(self) -> tuple[str, ...]:
        """The findings that are true, sorted."""
        return tuple(sorted(self.derivation.findings))

    @property
    def binding(self) -> tuple[str, ...]:
        """The rules that apply, sorted."""
        return self.derivation.binding

    @property
    def overridden(self) -> Mapping[str, tuple[str, ...]]:
        """Each overridden rule with the rules that override it."""
        return self.derivation.overridden

    @property
    def unknown(self) -> tuple[str, ...]:
        """The unknown facts that rules depend on, in order.

        A fact is left out if it cannot have a known value in this situation.
        """
        read, situation = self.policy.facts_read, self.situation
        return tuple(
            name
            for name, value in situation.items()
            if value == UNKNOWN and name in read and situation.values_possible_for(name)
        )

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the policy (S22)."""
        return self.policy.fingerprint

    @property
    def text_fingerprint(self) -> str:
        """The fingerprint of the policy's text (S22)."""
        return self.policy.text_fingerprint

    @property
    def draft(self) -> tuple[tuple[DraftPart, tuple[str, ...]], ...]:
        """The parts of the draft message, in order, each with its rules.

        A part is included only if a rule that applies supports it.
        """
        rules = (self.policy.rule[rule] for rule in self.binding)
        by = rules_by(rules, lambda rule: rule.then.drafts)
        parts = [part for part in self.policy.draft_parts if part.id in by]
        parts.sort(key=lambda part: [*Slot].index(part.slot))
        return tuple((part, by[part.id]) for part in parts)

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The distinct sections cited by rules that apply, with their authority."""
        return self.policy.citations_for(self.binding)

    @cached_property
    def proofs(self) -> Proofs:
        """The proofs of findings, and of rules that apply or are overridden."""
        proved: Proofs = self.presenter("prove", self)
        return attrs.evolve(proved, verdict=self)

    @cached_property
    def comparisons(self) -> tuple[Comparison, ...]:
        """Comparisons of each option with the options at the next rank."""
        return tuple(
            self.compare(above, below)
            for upper, lower in zip(self.ranking, self.ranking[1:], strict=False)
            for above in upper
            for below in lower
        )

    @checked
    def compare(self, first: Option | str, second: Option | str) -> Comparison:
        """Compare two options: return the deciding criterion and its reasons (S17).

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
        """Return the verdict for each value of *fact*, with all other facts unchanged.

        Values that are impossible in combination with the known facts are left out.

        Raises:
            ArgumentError: the policy has no such fact.
        """
        worlds: Mapping[str, Verdict] = self.presenter("what_if", self, fact)
        return worlds

    def with_facts(self, /, **changed: object) -> Verdict:
        """Return the verdict under the same policy, with some facts changed.

        Raises:
            SituationError: a fact or a value is not declared, or the combination of
                values is impossible.
        """
        situation = self.situation.with_facts(**changed)
        verdict: Verdict = self.presenter("consult", self, situation)
        return verdict

    @checked
    def record(
        self, when: datetime | str | None = None, *, with_policy: bool = False
    ) -> dict[str, Any]:
        """Return an audit record as plain data, for use with `replay`.

        The record contains the known facts, the policy's ID and fingerprints, and the
        outcome.

        Args:
            when: the time to record, with its offset from UTC, as a `datetime` or as
                ISO 8601 text; None for no time.
            with_policy: whether to include the text of the policy.

        Raises:
            RecordError: *when* is not a time with an offset.
            PolicyError: the policy cannot be written.
        """
        how: dict[str, Any] = {"when": when, "with_policy": with_policy}
        return dict(self.presenter("record_of", self, **how))

    @checked
    def worksheet(self, form: str = "markdown") -> str:
        """Return a supervision worksheet as `markdown`, `html` or `text`.

        The HTML is a complete page for printing.

        Raises:
            ArgumentError: *form* is invalid.
        """
        return str(self.presenter("worksheet", self, form))

    @checked
    def label(self, option: Option | str) -> str:
        """Return the label of *option* in this situation, such as `Decline politely`.

        Raises:
            ArgumentError: *option* is not one of the four options.
        """
        return str(self.presenter("label", self, Option(option)))

    @checked
    def why(self, target: str | tuple[str, int]) -> WhyFollows | WhyRanked:
        """Explain why a rule applies, a finding is true, or an option has its rank.

        *target* is the name of one of these, optionally with a rank: `decline first`.

        Raises:
            AnalysisError: the target is unknown, or not true in the situation.
        """
        found: WhyFollows | WhyRanked = self.presenter("why", self, target)
        return found

    def to_dict(self) -> VerdictDict:
        """Return the verdict as plain data for JSON (docs/reference/json.md)."""
        data: VerdictDict = self.presenter("as_dict", self)
        return data

    def to_json(self) -> str:
        """Return the same JSON as `boundaryethics consult --format json`."""
        return json.dumps(self.to_dict(), indent=2)

    def to_frame(self) -> Any:
        """Return a pandas or polars data frame with one row for each option.

        The columns are the option, its label, rank and status, and its sum of points
        for each criterion.

        Raises:
            AnalysisError: neither pandas nor polars is installed.
        """
        return self.presenter("frame", self)

    @checked
    def text(self, width: int = 88, *, full: bool = False) -> str:
        """Return the verdict as text.

        Args:
            width: the maximum width of a line, in columns.
            full: whether to include all reasons, the situation and the sources.
        """
        return str(self.presenter("text", self, width=width, full=full))

    @checked
    def to_markdown(self, *, full: bool = False) -> str:
        """Return the verdict as Markdown; with *full*, include all reasons."""
        return str(self.presenter("markdown", self, full=full))

    @checked
    def to_html(self, *, full: bool = False) -> str:
        """Return the verdict as a complete page; with *full*, include all reasons."""
        return str(self.presenter("html", self, full=full, page=True))

    def __str__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return str(self.presenter("html", self))
