"""The verdict: the options in order, with the reasons that put them there.

A value that answers questions about itself. How it is shown, and how it is
proved, is lent to it by the presenter that comes with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Any, Protocol, final

import attrs

from boundaryethics.model.derivation import Derivation
from boundaryethics.model.facts import UNKNOWN, Situation
from boundaryethics.model.options import Option, Standing
from boundaryethics.model.parts import DraftPart, Slot
from boundaryethics.model.policy import Policy
from boundaryethics.model.proof import Proofs
from boundaryethics.model.reasons import (
    STANDING,
    Advice,
    Assessment,
    Comparison,
    Dilemma,
    sides,
)


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
        by_option = {assessment.option: assessment for assessment in self.assessments}
        return MappingProxyType(by_option)

    @property
    def ruled_out(self) -> tuple[Option, ...]:
        """The options that are forbidden, in the order of the options."""
        forbidden = (a for a in self.assessments if a.standing is Standing.FORBIDDEN)
        return tuple(assessment.option for assessment in forbidden)

    @property
    def urgent(self) -> tuple[Advice, ...]:
        """The steps that open the answer, in order; they are among `steps` too."""
        step = self.policy.step
        return tuple(advice for advice in self.steps if step[advice.step].urgent)

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
        reasons, against = sides(upper, lower, decided_by)
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

    def to_markdown(self) -> str:
        """The verdict as Markdown."""
        return self.presenter.markdown(self)

    def __str__(self) -> str:
        return self.presenter.text(self)

    def _repr_html_(self) -> str:
        return self.presenter.html(self)
