"""Fields: one situation as one long number, in which each table has a field.

In: what each code of each fact adds. Out: the number of any situation, found in one
addition a fact. Fields of their own count the tests of each clash that are met, and
run over where all are: so whether a situation is possible is known by the same sum.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from random import Random
from typing import Any, final

import attrs

from boundaryethics import consulting
from boundaryethics.batch.ranker import Stated
from boundaryethics.model.facts import UNKNOWN, Fact, Situation
from boundaryethics.model.policy import Policy

#: Bits of a field: the number of a row.
FIELD = 16
MASK = (1 << FIELD) - 1


@final
@attrs.frozen(eq=False)
class Fields:
    """What each value of each fact adds to the number of a situation."""

    policy: Policy
    #: The number where every fact is unknown.
    start: int
    #: What each value of each fact adds to that; nothing where it is left unknown.
    adds: Mapping[Any, Mapping[Any, int]]
    #: The bits of the number itself, and those that are set where something clashes.
    room: int
    clashing: int

    @classmethod
    def of(cls, policy: Policy, codes: Mapping[str, Sequence[int]]) -> Fields:
        """The fields of *policy*, where *codes* of each fact, unknown last, add so."""
        facts = policy.vocabulary.facts
        adds = [_from_unknown(fact, codes[fact.name]) for fact in facts]
        start = sum(of_one[-1] for of_one in codes.values())
        width = sum(map(max, codes.values())).bit_length()
        field, clashing = width, 0
        for clash in policy.vocabulary.clashes:
            tests = len(clash.tests)
            top = field + tests.bit_length()
            start += (1 << top) - (tests << field)
            clashing |= 1 << top
            for place, among in clash.tests:
                adds[place] |= {v: adds[place][v] + (1 << field) for v in among}
            field = top + 1
        by_fact = zip(policy.vocabulary.by_name, adds, strict=True)
        return cls(policy, start, dict(by_fact), (1 << width) - 1, clashing)

    def number(self, stated: Stated) -> int:
        """The number of what is *stated*.

        Raises:
            SituationError: a fact or a value is not declared, or the values cannot be
                true together.
        """
        if isinstance(stated, dict):
            number, adds = self.start, self.adds
            try:
                for fact, value in stated.items():
                    number += adds[fact][value]
            except (KeyError, TypeError):
                # True, false and nothing come here too, and so do the mistakes.
                pass
            else:
                if not number & self.clashing:
                    return number & self.room
        return self._number(consulting.situation_of(stated, self.policy))

    def read(self, stated: Stated) -> tuple[Situation, int]:
        """What is *stated* as a situation, and its number.

        Raises:
            SituationError: a fact or a value is not declared, or the values cannot be
                true together.
        """
        if isinstance(stated, dict):
            values = self._unknown.copy()
            number, known = self.start, self._known
            try:
                for fact, value in stated.items():
                    place, told, adds = known[fact][value]
                    values[place] = told
                    number += adds
            except (KeyError, TypeError):
                pass
            else:
                vocabulary = self.policy.vocabulary
                situation = Situation(vocabulary=vocabulary, values=tuple(values))
                return situation, number & self.room
        situation = consulting.situation_of(stated, self.policy)
        return situation, self._number(situation)

    def drawn(self, number: int) -> Iterator[int]:
        """The numbers of so many situations, drawn at random: the same every time."""
        random = Random(0)  # noqa: S311 (nothing is kept secret by it)
        added = [[*of_fact.values()] for of_fact in self.adds.values()]
        for _ in range(number):
            yield self.start + sum(map(random.choice, added)) & self.room

    def _number(self, situation: Situation) -> int:
        adds = zip(self._in_order, situation.values, strict=True)
        return self.start + sum([of_fact[value] for of_fact, value in adds]) & self.room

    @cached_property
    def _in_order(self) -> tuple[Mapping[Any, int], ...]:
        return tuple(self.adds.values())

    @cached_property
    def _unknown(self) -> list[str]:
        return [UNKNOWN] * len(self.adds)

    @cached_property
    def _known(self) -> Mapping[Any, Mapping[Any, tuple[int, str, int]]]:
        return {
            fact: {value: (place, value, adds) for value, adds in of_fact.items()}
            for place, (fact, of_fact) in enumerate(self.adds.items())
        }


def _from_unknown(fact: Fact, adds: Sequence[int]) -> dict[str, int]:
    """What each value adds beyond what unknown, the last one, does."""
    values = zip(fact.all_values, adds, strict=True)
    return {value: added - adds[-1] for value, added in values}
