"""Facts, the vocabulary that declares them, and situations (S1 to S3, S23).

In: what a user states. Out: a situation that gives every fact one value, or
every problem with what was stated. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from operator import contains
from types import MappingProxyType
from typing import final

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import Problem, SituationError, problem
from boundaryethics.model.clashes import Clash, clashes, fits, impossible
from boundaryethics.model.conditions import Condition
from boundaryethics.model.stated import advice, told

#: The value that every fact has beside its own, always last (S1).
UNKNOWN = "unknown"

_TRUTH_WORDS = {True: "yes", False: "no", None: UNKNOWN}


@final
@attrs.frozen(kw_only=True)
class Fact:
    """Something that can be asked about a situation."""

    name: str
    #: A question that a clinician can answer.
    ask: str = ""
    #: The declared values in order; `unknown` is never among them.
    values: tuple[str, ...]

    @property
    def all_values(self) -> tuple[str, ...]:
        """The declared values and, last, `unknown`."""
        return (*self.values, UNKNOWN)

    @cached_property
    def declared(self) -> frozenset[str]:
        """All values, `unknown` included, without order."""
        return frozenset(self.all_values)

    @property
    def is_yes_no(self) -> bool:
        """Whether true and false may stand for the values."""
        return set(self.values) == {"yes", "no"}

    def read(self, stated: object) -> str | None:
        """The value that *stated* means, or None where it means none (S3)."""
        if self.is_yes_no and (stated is None or isinstance(stated, bool)):
            return _TRUTH_WORDS[stated]
        if isinstance(stated, str):
            # A subclass may hash and print as it likes: what counts is its text.
            text = str.__str__(stated)
            return text if text in self.declared else None
        return None

    def refusal(self, stated: object) -> str:
        """What to say where *stated* means none of the values."""
        return f"fact `{self.name}` cannot be {told(stated)}"


@final
@attrs.frozen
class Vocabulary:
    """All the facts that can be asked, in order."""

    facts: tuple[Fact, ...] = ()
    #: Conditions over facts that hold in no possible situation (S23).
    impossible: tuple[Condition, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Fact]:
        """Each fact under its name."""
        return MappingProxyType({fact.name: fact for fact in self.facts})

    @cached_property
    def declared(self) -> tuple[frozenset[str], ...]:
        """For each fact what its value can be."""
        return tuple(fact.declared for fact in self.facts)

    @cached_property
    def clashes(self) -> tuple[Clash, ...]:
        """Known values that cannot be true together."""
        return clashes(self)

    def __getitem__(self, name: str) -> Fact:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def joined(
        self, more: tuple[Fact, ...], impossible: tuple[Condition, ...] = ()
    ) -> Vocabulary:
        """This vocabulary with *more* facts, and more that is *impossible*.

        A repeated name takes the later fact; a condition that reads a value that is
        then no longer declared falls away.
        """
        facts = Vocabulary(tuple({f.name: f for f in (*self.facts, *more)}.values()))
        kept = (one for one in self.impossible if fits(one, facts))
        return attrs.evolve(facts, impossible=(*dict.fromkeys((*kept, *impossible)),))

    def situation(self, stated: Mapping[str, object]) -> Situation:
        """The situation in which *stated* holds and all else is unknown.

        Raises:
            SituationError: a fact is not declared, a value is not one of its fact's, or
                the values cannot be true together.
        """
        values = dict.fromkeys(self.by_name, UNKNOWN)
        for name, value in stated.items():
            fact = self.by_name.get(name)
            read = fact.read(value) if fact else None
            if read is None:
                raise SituationError(self.problems_of(stated))
            values[name] = read
        return Situation(vocabulary=self, values=tuple(values.values()))

    def problems_of(self, stated: Mapping[str, object]) -> tuple[Problem, ...]:
        """Everything that keeps *stated* from being a situation."""
        misfits = self.misfits_in(stated)
        if misfits:
            return misfits
        read = {name: self[name].read(value) or "" for name, value in stated.items()}
        return self.impossible_in([read.get(name, UNKNOWN) for name in self.by_name])

    def misfits_in(self, stated: Mapping[str, object]) -> tuple[Problem, ...]:
        """What of *stated* is not declared (S3)."""
        return tuple(
            self._misfit(name, value)
            for name, value in stated.items()
            if name not in self or self[name].read(value) is None
        )

    def impossible_in(self, values: Sequence[str]) -> tuple[Problem, ...]:
        """Which of *values*, one for each fact, cannot be true together (S23)."""
        names = (*self.by_name,)
        met = (clash for clash in self.clashes if clash.met(values))
        return tuple(impossible(clash, names, values) for clash in met)

    def _misfit(self, name: object, value: object) -> Problem:
        if not isinstance(name, str) or name not in self:
            return self._unknown(name)
        return problem(
            "BE402",
            name=name,
            value=told(value),
            advice=advice(self[name].all_values, value),
            path=(name,),
            token=value if isinstance(value, str) else None,
        )

    def _unknown(self, name: object) -> Problem:
        near = did_you_mean(name, self.by_name) if isinstance(name, str) else None
        return problem(
            "BE401.near" if near else "BE401",
            name=told(name),
            near=near,
            path=(name,) if isinstance(name, str) else (),
            token=name if isinstance(name, str) else None,
        )


@final
@attrs.frozen(kw_only=True)
class Situation:
    """One value for each fact of a vocabulary (S2); reads like a mapping."""

    vocabulary: Vocabulary = attrs.field(repr=False)
    #: The values, in the order of the vocabulary's facts.
    values: tuple[str, ...] = attrs.field(repr=False)

    def __attrs_post_init__(self) -> None:
        facts = self.vocabulary.facts
        if len(facts) != len(self.values):
            values = len(self.values)
            raise SituationError(
                [problem("BE403.values", values=values, facts=len(facts))]
            )
        if not all(map(contains, self.vocabulary.declared, self.values)):
            stated = dict(zip(self.vocabulary.by_name, self.values, strict=True))
            raise SituationError(self.vocabulary.problems_of(stated))
        for clash in self.vocabulary.clashes:
            if clash.met(self.values):
                raise SituationError(self.vocabulary.impossible_in(self.values))

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        return dict(zip(self.vocabulary.by_name, self.values, strict=True))

    def __getitem__(self, name: str) -> str:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self.values)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value of the fact, or *default* where there is no such fact."""
        return self._by_name.get(name, default)

    def items(self) -> tuple[tuple[str, str], ...]:
        """Each fact with its value, in order."""
        return tuple(self._by_name.items())

    def keys(self) -> tuple[str, ...]:
        """The names of all facts, in order."""
        return tuple(self._by_name)

    def known(self) -> dict[str, str]:
        """The facts that are not unknown, with their values."""
        return {n: v for n, v in self._by_name.items() if v != UNKNOWN}

    def values_possible_for(self, name: str) -> tuple[str, ...]:
        """The declared values that a fact can have beside all else, in order (S23).

        Raises:
            KeyError: there is no such fact.
        """
        place = self.keys().index(self.vocabulary[name].name)
        before, after = self.values[:place], self.values[place + 1 :]
        clashes = self.vocabulary.clashes
        return tuple(
            value
            for value in self.vocabulary[name].values
            if not any(clash.met((*before, value, *after)) for clash in clashes)
        )

    def with_facts(self, **changed: object) -> Situation:
        """This situation with some facts changed.

        Raises:
            SituationError: a fact or a value is not declared, or the values cannot be
                true together.
        """
        return self.vocabulary.situation({**self._by_name, **changed})

    def __repr__(self) -> str:
        return f"Situation({self.known()})"
