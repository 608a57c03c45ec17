"""The smaller parts of a policy: findings, steps, questions, method, invariants."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeAlias, final

import attrs

from boundaryethics.model.conditions import ALWAYS, Condition, Facts, holds
from boundaryethics.model.options import Strength


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
class AdvisedStep:
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
    #: Nothing where there is only a direction.
    says: str = ""
    #: How, where and when to say it: for the clinician, never spoken.
    direction: str = ""


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
