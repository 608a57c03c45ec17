"""The families there are, but for switches: what to change in a base, and how.

Knows nothing of what becomes of the variants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias, final

import attrs

from boundaryethics.errors import Problem
from boundaryethics.model.layers import Adjustment
from boundaryethics.model.options import Option, Pull, Strength
from boundaryethics.model.parts import MethodName
from boundaryethics.model.policy import Policy
from boundaryethics.model.rules import Effects, Rule
from boundaryethics.variants.changes import Change, change
from boundaryethics.variants.family import Variation, repeated, strange
from boundaryethics.variants.labels import Label
from boundaryethics.variants.ranges import Range

#: A strength of a rule: how it pulls at which option.
Reason: TypeAlias = tuple[Pull, Option]

_STRENGTHS = tuple(Strength)


def _listed(names: str | Iterable[str]) -> tuple[str, ...]:
    """*names*, of which one may stand by itself."""
    return (names,) if isinstance(names, str) else tuple(names)


@final
@attrs.frozen
class Drops:
    """Each rule dropped, one at a time."""

    #: The rules; all of them where none is named.
    rules: tuple[str, ...] = attrs.field(default=(), converter=_listed)
    name: str = attrs.field(default="drop", init=False)
    switches: tuple[str, ...] = attrs.field(default=(), init=False)

    def problems(self, base: Policy) -> Iterator[Problem]:
        """Rules that *base* does not have."""
        return strange("rule", self.rules, base.rule)

    def size(self, base: Policy) -> int:
        """As many as there are rules."""
        return len(self._named(base))

    def of(self, base: Policy) -> Iterator[Variation]:
        """*base* without one rule, for each."""
        for rule in self._named(base):
            label = Label(family=self.name, variant=f"{self.name}:{rule}", rule=rule)
            yield Variation(label, (change(rule, drop=[rule]).edit,))

    def _named(self, base: Policy) -> Sequence[str]:
        return self.rules or tuple(base.rule)


@final
@attrs.frozen
class Strengths:
    """Each strength one up and one down, one at a time."""

    #: The rules; all of them where none is named.
    rules: tuple[str, ...] = attrs.field(default=(), converter=_listed)
    name: str = attrs.field(default="strengths", init=False)
    switches: tuple[str, ...] = attrs.field(default=(), init=False)

    def problems(self, base: Policy) -> Iterator[Problem]:
        """Rules that *base* does not have."""
        return strange("rule", self.rules, base.rule)

    def size(self, base: Policy) -> int:
        """Two for each moderate strength, one for each other."""
        return sum(1 for _ in self._moves(base))

    def of(self, base: Policy) -> Iterator[Variation]:
        """*base* with one strength moved, for each, up and then down."""
        for rule, (pull, option), before, after in self._moves(base):
            label = Label(
                family=self.name,
                variant=f"{self.name}:{rule.id}:{pull}-{option}:{after}",
                rule=rule.id,
                part=f"{pull} {option}",
                before=before.value,
                after=after.value,
            )
            then = _with_strength(rule.then, (pull, option), after)
            adjusted = {rule.id: Adjustment(rule=rule.id, then=then)}
            yield Variation(label, (change(rule.id, adjust=adjusted).edit,))

    def _moves(self, base: Policy) -> Iterator[tuple[Rule, Reason, Strength, Strength]]:
        for rule in map(base.rule.__getitem__, self.rules or base.rule):
            for pull, option, strength in rule.then.pulls():
                for after in _next_to(strength) if strength else ():
                    yield rule, (pull, option), strength or after, after


@final
@attrs.frozen
class Weights:
    """Each principle's weight over a range, one principle at a time.

    Weights count under the method `weighted` alone; a base of another method gets it
    with each variant, and so differs from it by that as well; `part` says so. To see
    the weights alone, vary a variant of the base that is weighted.
    """

    least: int
    most: int
    step: int = 1
    #: The principles; all of them where none is named.
    principles: tuple[str, ...] = attrs.field(default=(), converter=_listed)
    name: str = attrs.field(default="weights", init=False)
    switches: tuple[str, ...] = attrs.field(default=(), init=False)

    def problems(self, base: Policy) -> Iterator[Problem]:
        """A range of nothing, and principles that *base* does not have."""
        yield from self._ranges(base)[0].problems() if base.principles else ()
        yield from strange("principle", self.principles, base.principle)

    def size(self, base: Policy) -> int:
        """As many as there are principles, times the length of the range."""
        return sum(one.length for one in self._ranges(base))

    def of(self, base: Policy) -> Iterator[Variation]:
        """*base* with one weight, for each principle and each weight."""
        also = Range.alongside(base)
        part = f"weight ({also})" if also else "weight"
        for one in self._ranges(base):
            for weight in one.weights:
                label = Label(
                    family=self.name,
                    variant=f"{self.name}:{one.principle}:{weight}",
                    principle=one.principle,
                    part=part,
                    before=str(base.principle[one.principle].weight),
                    after=str(weight),
                )
                yield Variation(label, (one.at(weight, base),))

    def _ranges(self, base: Policy) -> list[Range]:
        named = self.principles or base.principle
        return [Range(one, self.least, self.most, self.step) for one in named]


@final
@attrs.frozen
class Methods:
    """Each other method."""

    name: str = attrs.field(default="methods", init=False)
    switches: tuple[str, ...] = attrs.field(default=(), init=False)

    def problems(self, _: Policy) -> Iterator[Problem]:
        """None: every policy has a method."""
        return iter(())

    def size(self, _: Policy) -> int:
        """All but the one that the base has."""
        return len(MethodName) - 1

    def of(self, base: Policy) -> Iterator[Variation]:
        """*base* by each other method, with its own points, weights and tiers."""
        for method in MethodName:
            if method is not base.method.name:
                label = Label(
                    family=self.name,
                    variant=f"{self.name}:{method}",
                    part="method",
                    before=base.method.name.value,
                    after=method.value,
                )
                edit = change(method, ranking={"method": method}).edit
                yield Variation(label, (edit,))


@final
@attrs.frozen
class Listed:
    """Changes of one's own, one at a time."""

    changes: tuple[Change, ...]
    name: str = "own"
    switches: tuple[str, ...] = attrs.field(default=(), init=False)

    def problems(self, _: Policy) -> Iterator[Problem]:
        """Names that are used twice."""
        return repeated("change", [one.name for one in self.changes])

    def size(self, _: Policy) -> int:
        """As many as there are changes."""
        return len(self.changes)

    def of(self, _: Policy) -> Iterator[Variation]:
        """The base with one change, for each."""
        for one in self.changes:
            label = Label(family=self.name, variant=f"{self.name}:{one.name}")
            yield Variation(label, (one.edit,))


def _next_to(strength: Strength) -> tuple[Strength, ...]:
    """One up, and one down, where there is one."""
    at = _STRENGTHS.index(strength)
    return (*_STRENGTHS[max(at - 1, 0) : at], *_STRENGTHS[at + 1 : at + 2])


def _with_strength(then: Effects, reason: Reason, strength: Strength) -> Effects:
    pull, option = reason
    was = then.favours if pull is Pull.FAVOURS else then.opposes
    moved = tuple((one, strength if one is option else how) for one, how in was)
    if pull is Pull.FAVOURS:
        return attrs.evolve(then, favours=moved)
    return attrs.evolve(then, opposes=moved)
