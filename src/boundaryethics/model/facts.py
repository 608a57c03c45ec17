"""Facts, the vocabulary that declares them, and situations (S1 to S3).

In: what a user states. Out: a situation that gives every fact one value, or
every problem with what was stated. Knows nothing of rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import final

import attrs

from boundaryethics._closest import did_you_mean
from boundaryethics.errors import Problem, SituationError

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

    @property
    def is_yes_no(self) -> bool:
        """Whether true and false may stand for the values."""
        return set(self.values) == {"yes", "no"}

    def read(self, stated: object) -> str | None:
        """The value that *stated* means, or None where it means none (S3)."""
        if self.is_yes_no and (stated is None or isinstance(stated, bool)):
            return _TRUTH_WORDS[stated]
        if isinstance(stated, str) and (stated in self.values or stated == UNKNOWN):
            return str(stated)
        return None


@final
@attrs.frozen
class Vocabulary:
    """All the facts that can be asked, in order."""

    facts: tuple[Fact, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Fact]:
        """Each fact under its name."""
        return {fact.name: fact for fact in self.facts}

    def __getitem__(self, name: str) -> Fact:
        return self.by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self.by_name

    def joined(self, more: tuple[Fact, ...]) -> Vocabulary:
        """This vocabulary with *more* facts; a repeated name takes the later fact."""
        return Vocabulary(tuple({f.name: f for f in (*self.facts, *more)}.values()))

    def situation(self, stated: Mapping[str, object]) -> Situation:
        """The situation in which *stated* holds and all else is unknown.

        Raises:
            SituationError: a fact is not declared, or a value is not one of its fact's.
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
        return tuple(
            self._misfit(name, value)
            for name, value in stated.items()
            if name not in self or self[name].read(value) is None
        )

    def _misfit(self, name: object, value: object) -> Problem:
        fact = self.by_name.get(name) if isinstance(name, str) else None
        if fact is None:
            return Problem(
                code="BE401",
                message=f"unknown fact `{name}`",
                help=did_you_mean(str(name), self.by_name)
                or "`boundaryethics facts` lists the facts and their values",
                path=(str(name),),
                token=str(name),
            )
        return Problem(
            code="BE402",
            message=f"fact `{name}` cannot be {_told(value)}",
            help=_advice(fact, value),
            path=(fact.name,),
            token=str(value),
        )


@final
@attrs.frozen(kw_only=True)
class Situation:
    """One value for each fact of a vocabulary (S2); reads like a mapping."""

    vocabulary: Vocabulary = attrs.field(repr=False)
    #: The values, in the order of the vocabulary's facts.
    values: tuple[str, ...] = attrs.field(repr=False)

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

    def keys(self) -> tuple[str, ...]:
        """The names of all facts, in order."""
        return tuple(self._by_name)

    def known(self) -> dict[str, str]:
        """The facts that are not unknown, with their values."""
        return {n: v for n, v in self._by_name.items() if v != UNKNOWN}

    def with_facts(self, **changed: object) -> Situation:
        """This situation with some facts changed.

        Raises:
            SituationError: a fact or a value is not declared.
        """
        return self.vocabulary.situation({**self._by_name, **changed})

    def __repr__(self) -> str:
        return f"Situation({self.known()})"


def _told(value: object) -> str:
    match value:
        case str():
            return f"`{value}`"
        case None:
            return "empty"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case _:
            return "a list or a group of values"


def _advice(fact: Fact, value: object) -> str:
    allowed = ", ".join(f"`{v}`" for v in fact.all_values)
    near = did_you_mean(value, fact.all_values) if isinstance(value, str) else None
    return f"{near} it is one of {allowed}" if near else f"it is one of {allowed}"
