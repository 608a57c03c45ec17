"""Compute the ranking from the rules that apply, in the same way for every library.

The libraries find the rules that apply. This module adds up a number for each of these
rules, and caches the ranking by the sum, as fast as plain Python can.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, final

import attrs

from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Option
from boundaryethics.model.verdict import Reason
from boundaryethics.ranking import STATUS_ORDER, criteria_and_reasons, status_of

#: Groups of tied options, the best first.
Ranking: TypeAlias = tuple[tuple[Option, ...], ...]

#: The number of bits in a digit. A digit counts the reasons of one type and strength
#: that concern one option.
_DIGIT = 12


@final
@attrs.frozen(kw_only=True)
class Weighed:
    """The effects of each rule, and a cache of rankings."""

    #: The criteria that follow the status, in order of precedence.
    criteria: tuple[str, ...]
    #: For each rule, its effects on the options.
    reasons: Mapping[str, tuple[tuple[Reason, ...], ...]]
    #: A number for each rule. Equal sums mean equal rankings.
    numbers: Mapping[str, int]
    _known: dict[int, Ranking] = attrs.field(factory=dict, init=False)

    @classmethod
    def by(cls, policy: Policy) -> Weighed:
        """Collect the effects of the rules of *policy*."""
        criteria, reasons = criteria_and_reasons(policy)
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
        """Return the ranking if the rules in *binding* apply; it has no duplicates."""
        numbers = self.numbers
        total = sum([numbers[rule] for rule in binding])
        found = self._known.get(total)
        if found is None:
            found = self._known[total] = self._ranking(binding)
        return found

    def _ranking(self, binding: Sequence[str]) -> Ranking:
        scores = [
            self._worth([r for rule in binding for r in self.reasons[rule][n]])
            for n in range(len(Option))
        ]
        return tuple(
            tuple(o for o, score in zip(Option, scores, strict=True) if score == one)
            for one in sorted(set(scores))
        )

    def _worth(self, mine: list[Reason]) -> tuple[int, ...]:
        """Return the sort key of an option; lower is better."""
        sums = [
            sum(reason.points for reason in mine if reason.criterion == criterion)
            for criterion in self.criteria
        ]
        return (STATUS_ORDER[status_of(mine)], *(-points for points in sums))


def _kind(reason: Reason) -> tuple[object, ...]:
    return reason.option, reason.pull, reason.criterion, reason.points
