"""Reasons: what rules say of options, and what parts one option from another."""

from __future__ import annotations

from typing import final

import attrs

from boundaryethics.model.options import Option, Pull, Standing, Strength

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
