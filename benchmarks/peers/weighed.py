"""Weighed: which rules bind in, the ranking out; the same for every peer.

Peers tell which rules bind. What that makes of the options is worked out here, as
quickly as plain Python can: a number for each rule, added up, and remembered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, final

import attrs

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Reason
from boundaryethics.ranking import HEIGHT, spoken, standing_of

#: Groups of options that share a place, first place first.
Ranking: TypeAlias = tuple[tuple[Option, ...], ...]

#: Bits of a digit: the reasons of one pull and strength for one option.
_DIGIT = 12


@final
@attrs.frozen(kw_only=True)
class Weighed:
    """What each rule says, and the rankings that came out so far."""

    #: The criteria after standing, first to decide first.
    criteria: tuple[str, ...]
    #: For each rule, what it says of each option.
    reasons: Mapping[str, tuple[tuple[Reason, ...], ...]]
    #: For each rule a number; equal sums of them make equal rankings.
    numbers: Mapping[str, int]
    _known: dict[int, Ranking] = attrs.field(factory=dict, init=False)

    @classmethod
    def by(cls, policy: Policy) -> Weighed:
        """What the rules of *policy* say."""
        criteria, reasons = spoken(policy)
        kinds: dict[tuple[object, ...], int] = {}
        numbers = {
            rule: sum(
                1 << _DIGIT * kinds.setdefault(_kind(reason), len(kinds))
                for of_option in said
                for reason in of_option
            )
            for rule, said in reasons.items()
        }
        return cls(criteria=criteria, reasons=reasons, numbers=numbers)

    def ranking(self, binding: Sequence[str]) -> Ranking:
        """The ranking where the rules *binding* bind, each named once."""
        numbers = self.numbers
        total = sum([numbers[rule] for rule in binding])
        found = self._known.get(total)
        if found is None:
            found = self._known[total] = self._ranking(binding)
        return found

    def _ranking(self, binding: Sequence[str]) -> Ranking:
        worths = [
            self._worth([r for rule in binding for r in self.reasons[rule][n]])
            for n in range(len(Option))
        ]
        return tuple(
            tuple(o for o, worth in zip(Option, worths, strict=True) if worth == one)
            for one in sorted(set(worths))
        )

    def _worth(self, mine: list[Reason]) -> tuple[int, ...]:
        """What an option is ranked by: less is better."""
        sums = [
            sum(reason.points for reason in mine if reason.criterion == criterion)
            for criterion in self.criteria
        ]
        return (HEIGHT[standing_of(mine)], *(-points for points in sums))


def _kind(reason: Reason) -> tuple[object, ...]:
    return reason.option, reason.pull, reason.criterion, reason.points
