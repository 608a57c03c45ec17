"""The verdict: the options in order, with the reasons that put them there.

A value that answers questions about itself. How it is shown, and how it is
proved, is lent to it by the presenter that comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Protocol, final

import attrs

from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.options import Option, Pull, Standing, Strength
from boundaryethics.model.policy import Policy
from boundaryethics.model.proof import Step

#: The criterion before all others (S12).
STANDING = "standing"


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
    #: The criterion at which it counts: `standing`, a level, `total`, a tier.
    criterion: str
    #: What it adds to the option there; negative where it speaks against.
    points: int


@final
@attrs.frozen(kw_only=True)
class Assessment:
    """Where one option stands, and every reason that speaks to it."""

    option: Option
    #: 1 for the first place; options that tie share a place.
    place: int
    standing: Standing
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

    step: str
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


class Presenter(Protocol):
    """How a verdict is shown and proved; the rooms above the nouns provide it."""

    def text(self, verdict: Verdict, /) -> str:
        """The verdict for a terminal, without colour."""

    def markdown(self, verdict: Verdict, /) -> str:
        """The verdict as Markdown."""

    def html(self, verdict: Verdict, /) -> str:
        """The verdict as an HTML fragment that needs nothing else."""

    def as_dict(self, verdict: Verdict, /) -> dict[str, Any]:
        """The verdict as the JSON object of docs/reference/json.md."""

    def prove(self, verdict: Verdict, /) -> Mapping[str, Step]:
        """A proof for each finding and each binding or overridden rule."""


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
    steps: tuple[Advice, ...] = attrs.field(repr=False)
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
        return {assessment.option: assessment for assessment in self.assessments}

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

    @cached_property
    def proofs(self) -> Mapping[str, Step]:
        """A proof for each finding and each binding or overridden rule, by name."""
        return self.presenter.prove(self)

    @cached_property
    def steps_between(self) -> tuple[Comparison, ...]:
        """Why each place stands above the next, pair by pair of their options."""
        return tuple(
            self.because(above, below)
            for upper, lower in zip(self.ranking, self.ranking[1:], strict=False)
            for above in upper
            for below in lower
        )

    def because(self, first: Option | str, second: Option | str) -> Comparison:
        """What decides between two options, with the reasons on both sides (S17).

        Raises:
            ValueError: a name is not one of the four options.
        """
        one, other = self.options[Option(first)], self.options[Option(second)]
        upper, lower = (one, other) if one.place <= other.place else (other, one)
        decided_by = self._deciding(upper, lower)
        reasons, against = _sides(upper, lower, decided_by)
        return Comparison(
            above=upper.option,
            below=lower.option,
            decided_by=decided_by,
            reasons=reasons,
            against=against,
        )

    def _deciding(self, upper: Assessment, lower: Assessment) -> str | None:
        if upper.standing is not lower.standing:
            return STANDING
        for criterion, one, other in zip(
            self.criteria, upper.sums, lower.sums, strict=True
        ):
            if one != other:
                return criterion
        return None

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain data, ready for JSON."""
        return self.presenter.as_dict(self)

    def to_markdown(self) -> str:
        """The verdict as Markdown."""
        return self.presenter.markdown(self)

    def __str__(self) -> str:
        return self.presenter.text(self)

    def _repr_html_(self) -> str:
        return self.presenter.html(self)


def _sides(
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
